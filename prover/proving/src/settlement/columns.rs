//! Commitments to a circuit's columns, as halo2's key generation asks for them.
//!
//! A column is given by its values at the roots of unity. The prover has the Lagrange basis and commits to the values as they
//! are, mostly zeros and ones. A verifier has the powers of tau alone, and commits to the coefficients of the polynomial
//! through the values: the basis takes an FFT in the group, seconds that it need not wait. Both give the same points.

use std::io::{self, Error, ErrorKind};

use ark_bn254::{Fr, G1Affine};
use ark_ec::CurveGroup;
use hallmark_circuits::settlement::convert::{point_to_halo2, scalar_from_halo2, scalar_to_halo2};
use halo2_proofs::{
    halo2curves::{bn256, group::prime::PrimeCurveAffine},
    poly::{
        EvaluationDomain, LagrangeCoeff, Polynomial,
        commitment::{Blind, Params},
        kzg::msm::MSMKZG,
    },
};
use rayon::prelude::*;

use crate::msm::msm;

/// What a column is committed with: as many points as it has rows, a power of two.
#[derive(Clone, Copy, Debug)]
pub(super) enum Columns<'b> {
    /// The powers of tau.
    Powers(&'b [G1Affine]),
    /// The Lagrange basis.
    Lagrange(&'b [G1Affine]),
}

impl<'b> Columns<'b> {
    fn points(&self) -> &'b [G1Affine] {
        match self {
            Self::Powers(points) | Self::Lagrange(points) => points,
        }
    }
}

/// The coefficients of the polynomial with these values at the roots of unity, of which there are as many.
fn interpolate(values: &[Fr]) -> Vec<Fr> {
    let domain = EvaluationDomain::new(1, values.len().ilog2());
    let values = values.iter().map(scalar_to_halo2).collect();
    to_scalars(&domain.lagrange_to_coeff(domain.lagrange_from_vec(values)))
}

/// Values in arkworks' representation.
fn to_scalars(values: &[bn256::Fr]) -> Vec<Fr> {
    values.par_iter().with_min_len(1 << 10).map(scalar_from_halo2).collect()
}

impl<'params> Params<'params, bn256::G1Affine> for Columns<'_> {
    type MSM = MSMKZG<bn256::Bn256>;

    fn k(&self) -> u32 {
        self.points().len().ilog2()
    }

    fn n(&self) -> u64 {
        self.points().len() as u64
    }

    /// Nothing is hidden: all columns are public.
    fn commit_lagrange(
        &self,
        column: &Polynomial<bn256::Fr, LagrangeCoeff>,
        _: Blind<bn256::Fr>,
    ) -> <bn256::G1Affine as PrimeCurveAffine>::Curve {
        let values = to_scalars(column);
        let scalars = match self {
            Self::Powers(_) => interpolate(&values),
            Self::Lagrange(_) => values,
        };
        point_to_halo2(&msm(self.points(), &scalars).into_affine()).to_curve()
    }

    fn empty_msm(&'params self) -> Self::MSM {
        MSMKZG::new()
    }

    /// Does nothing: the number of rows is the circuit's.
    fn downsize(&mut self, _: u32) {}

    fn write<W: io::Write>(&self, _: &mut W) -> io::Result<()> {
        Err(Error::from(ErrorKind::Unsupported))
    }

    fn read<R: io::Read>(_: &mut R) -> io::Result<Self> {
        Err(Error::from(ErrorKind::Unsupported))
    }
}
