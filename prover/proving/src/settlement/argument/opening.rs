//! The opening of many polynomials at two points (SHPLONK: Boneh, Drake, Fisch and Gabizon, ePrint 2020/081, section 4).
//!
//! Synthetic division leaves a remainder behind, so that no interpolation of opened values is ever subtracted here.

use ark_bn254::{Fr, G1Affine};
use ark_ec::CurveGroup;
use hallmark_circuits::settlement::transcript::KeccakTranscript;

use crate::msm::msm;
use crate::univariate::{add_scaled, batched, quotient_by};

/// What is opened.
pub(super) struct Opened<'p> {
    /// x and omega x.
    pub(super) points: [Fr; 2],
    /// The polynomials that are opened at both points.
    pub(super) at_both: Vec<&'p [Fr]>,
    /// Those that are opened at the first.
    pub(super) at_first: Vec<&'p [Fr]>,
}

impl Opened<'_> {
    /// With F and G for what is opened at both points and at the first, each batched with powers of a challenge,
    ///
    /// ```text
    /// W  = F / (X - x)(X - omega x) + v G / (X - x)
    /// W' = (F + v (u - omega x) G - (u - x)(u - omega x) W) / (X - u)
    /// ```
    ///
    /// less the remainders.
    pub(super) fn prove(&self, powers: &[G1Affine], transcript: &mut KeccakTranscript<Vec<u8>>) {
        let [x, next] = self.points;
        let (batch, v) = (transcript.challenge(), transcript.challenge());
        let [mut sum, first] = [&self.at_both, &self.at_first].map(|polynomials| batched(polynomials, batch));
        let mut quotient = quotient_by(sum.clone(), &[x, next]);
        let of_first = quotient_by(first.clone(), &[x]);
        quotient.resize(of_first.len().max(quotient.len()), Fr::from(0));
        add_scaled(&mut quotient, v, &of_first);
        transcript.send_point(&msm(powers, &quotient).into_affine());

        let u = transcript.challenge();
        sum.resize(first.len().max(sum.len()), Fr::from(0));
        add_scaled(&mut sum, v * (u - next), &first);
        add_scaled(&mut sum, -(u - x) * (u - next), &quotient);
        transcript.send_point(&msm(powers, &quotient_by(sum, &[u])).into_affine());
    }
}
