//! Multi-scalar multiplication.

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::VariableBaseMSM;

/// sum_i scalars[i] * bases[i].
pub fn msm(bases: &[G1Affine], scalars: &[Fr]) -> G1Projective {
    debug_assert!(scalars.len() <= bases.len(), "more scalars than bases");
    G1Projective::msm_unchecked(bases, scalars)
}
