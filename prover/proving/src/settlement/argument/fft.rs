//! The fast Fourier transform over the scalar field (Cooley and Tukey, decimation in time).

use ark_bn254::{Fr, FrConfig};
use hallmark_lanes::{LANES, Lanes, Packed, Task};

/// `values[i] <- sum_j values[j] root^(ij)`, given the powers of `root` from 0 to half of its order, which is the number of
/// values and a power of two.
pub(super) fn transform(values: &mut [Fr], roots: &[Fr]) {
    transform_with(Lanes::detect(), values, roots);
}

fn transform_with(lanes: Option<Lanes>, values: &mut [Fr], roots: &[Fr]) {
    debug_assert!(values.len().is_power_of_two() && 2 * roots.len() == values.len(), "roots of another order");
    reverse_bits(values);
    let mut half = 1;
    while half < values.len() {
        match lanes.filter(|_| half >= LANES) {
            Some(lanes) => lanes.run(Level { values, roots, half }),
            None => turn(values, roots, half),
        }
        half *= 2;
    }
}

/// A level of the transform: halves of so many values each are joined.
fn turn(values: &mut [Fr], roots: &[Fr], half: usize) {
    let stride = roots.len() / half;
    for block in values.chunks_exact_mut(2 * half) {
        let (low, high) = block.split_at_mut(half);
        for ((low, high), root) in low.iter_mut().zip(high).zip(roots.iter().step_by(stride)) {
            let turned = *high * root;
            *high = *low - turned;
            *low += turned;
        }
    }
}

/// The work of [`turn`], eight values at a time.
struct Level<'v> {
    values: &'v mut [Fr],
    roots: &'v [Fr],
    half: usize,
}

impl Task for Level<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, lanes: Lanes) {
        let Self { values, roots, half } = self;
        let stride = roots.len() / half;
        // Roots lie apart. So all blocks are turned by eight of them before the next eight are read.
        for start in (0..half).step_by(LANES) {
            let root = Packed::<FrConfig>::gather(lanes, std::array::from_fn(|lane| &roots[(start + lane) * stride]));
            for block in values.chunks_exact_mut(2 * half) {
                let (low, high) = block.split_at_mut(half);
                let low = &mut low[start..].as_chunks_mut::<LANES>().0[0];
                let high = &mut high[start..].as_chunks_mut::<LANES>().0[0];
                let (kept, turned) = (Packed::load(lanes, low), Packed::load(lanes, high) * root);
                (kept + turned).store(low);
                (kept - turned).store(high);
            }
        }
    }
}

/// Puts every value where the reversal of its index's bits says.
pub(in crate::settlement) fn reverse_bits<T>(values: &mut [T]) {
    let unused = values.len().leading_zeros() + 1;
    for index in 1..values.len() {
        let reversed = index.reverse_bits() >> unused;
        if index < reversed {
            values.swap(index, reversed);
        }
    }
}

#[cfg(test)]
mod tests {
    use ark_ff::{FftField, Field};
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::random::random_scalar;
    use crate::univariate::evaluate;

    #[test]
    fn the_transform_evaluates_at_all_roots() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        for log in 1..8 {
            let order = 1 << log;
            let root = Fr::get_root_of_unity(order).unwrap();
            let powers: Vec<Fr> = (0..order).map(|power| root.pow([power])).collect();
            let coefficients: Vec<Fr> = powers.iter().map(|_| random_scalar(&mut rng)).collect();
            let naive: Vec<Fr> = powers.iter().map(|power| evaluate(&coefficients, *power)).collect();
            for lanes in [None, Lanes::detect()] {
                let mut values = coefficients.clone();
                transform_with(lanes, &mut values, &powers[..powers.len() / 2]);
                assert_eq!(values, naive);
            }
        }
    }
}
