//! The structured reference string in halo2's terms: powers of tau, and the commitments to the Lagrange basis.

use ark_bn254::G1Affine;
use hallmark_circuits::settlement::convert::{g2_to_halo2, point_to_halo2};
use halo2_proofs::{
    halo2curves::bn256::{self, Bn256},
    poly::{commitment::ParamsProver, kzg::commitment::ParamsKZG},
};
use rayon::prelude::*;
use tracing::info_span;

use super::SettlementError;
use crate::srs::Srs;

/// Halo2's parameters for circuits of one size.
#[derive(Clone, Debug)]
pub struct Parameters {
    pub(super) halo2: ParamsKZG<Bn256>,
}

impl Parameters {
    /// Transforms the first `2^log_rows` powers to the Lagrange basis, which takes seconds.
    pub fn new(srs: &Srs, log_rows: u32) -> Result<Self, SettlementError> {
        let _span = info_span!("lagrange basis").entered();
        let powers = powers(srs, log_rows)?;
        Ok(Self::from_points(srs, log_rows, powers, None))
    }

    fn from_points(
        srs: &Srs,
        log_rows: u32,
        powers: Vec<bn256::G1Affine>,
        lagrange: Option<Vec<bn256::G1Affine>>,
    ) -> Self {
        let key = srs.opening_key();
        // There is no constructor but a method of an existing setup, which it ignores.
        let halo2 =
            ParamsKZG::new(0).from_parts(log_rows, powers, lagrange, g2_to_halo2(&key.g2), g2_to_halo2(&key.tau_g2));
        Self { halo2 }
    }
}

fn powers(srs: &Srs, log_rows: u32) -> Result<Vec<bn256::G1Affine>, SettlementError> {
    let found = srs.log_size();
    if found < log_rows {
        return Err(SettlementError::SetupTooSmall { needed: log_rows, found });
    }
    let powers: &[G1Affine] = &srs.g1()[..1 << log_rows];
    Ok(powers.par_iter().map(point_to_halo2).collect())
}
