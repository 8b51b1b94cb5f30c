//! The fast Fourier transform over the scalar field (Cooley and Tukey, decimation in time).

use ark_bn254::Fr;

/// `values[i] <- sum_j values[j] root^(ij)`, given the powers of `root` from 0 to half of its order, which is the number of
/// values and a power of two.
pub(super) fn transform(values: &mut [Fr], roots: &[Fr]) {
    debug_assert!(values.len().is_power_of_two() && 2 * roots.len() == values.len(), "roots of another order");
    reverse_bits(values);
    let mut half = 1;
    while half < values.len() {
        let stride = roots.len() / half;
        for block in values.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for ((low, high), root) in low.iter_mut().zip(high).zip(roots.iter().step_by(stride)) {
                let turned = *high * root;
                *high = *low - turned;
                *low += turned;
            }
        }
        half *= 2;
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
        for log in 1..7 {
            let order = 1 << log;
            let root = Fr::get_root_of_unity(order).unwrap();
            let powers: Vec<Fr> = (0..order).map(|power| root.pow([power])).collect();
            let coefficients: Vec<Fr> = powers.iter().map(|_| random_scalar(&mut rng)).collect();
            let mut values = coefficients.clone();
            transform(&mut values, &powers[..powers.len() / 2]);
            let naive: Vec<Fr> = powers.iter().map(|power| evaluate(&coefficients, *power)).collect();
            assert_eq!(values, naive);
        }
    }
}
