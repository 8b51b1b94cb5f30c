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
fn reverse_bits(values: &mut [Fr]) {
    let unused = values.len().leading_zeros() + 1;
    for index in 1..values.len() {
        let reversed = index.reverse_bits() >> unused;
        if index < reversed {
            values.swap(index, reversed);
        }
    }
}
