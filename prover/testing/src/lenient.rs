//! The verifier with one of its checks left out, to show that nothing else stands where that one stands.

use ark_bn254::{Bn254, Fr, G1Affine, G1Projective};
use ark_ec::{AffineRepr, CurveGroup, pairing::Pairing};
use ark_ff::{Field, Zero};
use hallmark_circuits::{
    arithmetic::{Arithmetic, Native},
    claim::Claim,
    columns::Column,
    commitments::Commitments,
    digest::Digest,
    error::{Check, Reject},
    key::VerifyingKey,
    poseidon::{self, WIDTH},
    srs::OpeningKey,
    verification::Verification,
    verifier::{
        self,
        native::{Proof, seal},
        opening::Scalars,
        statement::Statement,
    },
};

/// Native arithmetic that doesn't assert some of the checks, and keeps the transcript's permutations.
#[derive(Debug, Default)]
pub struct Lenient {
    pub skip: Vec<Check>,
    pub permuted: Vec<[Fr; WIDTH]>,
}

impl Arithmetic for Lenient {
    type Scalar = Fr;

    fn constant(&mut self, value: Fr) -> Fr {
        value
    }
}

impl Verification for Lenient {
    fn invert(&mut self, check: Check, value: Fr) -> Result<Fr, Reject> {
        if self.skip.contains(&check) { Ok(value.inverse().unwrap_or_default()) } else { Native.invert(check, value) }
    }

    fn assert_equal(&mut self, check: Check, left: Fr, right: Fr) -> Result<(), Reject> {
        if self.skip.contains(&check) { Ok(()) } else { Native.assert_equal(check, left, right) }
    }

    fn permute(&mut self, state: &mut [Fr; WIDTH]) {
        poseidon::permute(&mut Native, state);
        self.permuted.push(*state);
    }
}

/// Verifies a claim on the model of this digest without the check `skip`, and without those that come before any arithmetic:
/// shapes, setup and public ranges.
pub fn verify_without<V: AsRef<[i64]>>(
    skip: Option<Check>,
    key: &VerifyingKey,
    setup: &OpeningKey,
    named: Digest,
    claim: &Claim<V>,
    proof: &Proof,
) -> Result<(), Reject> {
    let statement = Statement::new(&key.architecture)?;
    let sealed = seal(named, &statement.told(claim), &proof.commitments);
    let mut lenient = Lenient { skip: skip.into_iter().collect(), ..Lenient::default() };
    let pack = |_: &mut Lenient, gamma| statement.pack(claim, gamma);
    let deferred = verifier::verify(&mut lenient, &statement, &sealed, &proof.elements, pack)?;
    let deferred = deferred.scalars(&mut Native, &statement.layout);
    if skip == Some(Check::Pairing) || pairing_holds(key, setup, &proof.commitments, &deferred) {
        return Ok(());
    }
    Err(Reject::Check(Check::Pairing))
}

/// `e(sum of scalar * point, [1]_2) = e(last, [tau]_2)`, by one scalar multiplication after another.
pub fn pairing_holds(key: &VerifyingKey, setup: &OpeningKey, points: &Commitments, scalars: &Scalars<Fr>) -> bool {
    let columns = [
        (Column::Weights, &key.weights),
        (Column::EntryOutputs, &key.entry_outputs),
        (Column::Quotients, &points.columns[Column::Quotients]),
        (Column::Remainders, &points.columns[Column::Remainders]),
        (Column::Outputs, &points.columns[Column::Outputs]),
        (Column::Multiplicities, &points.columns[Column::Multiplicities]),
        (Column::Helpers, &points.columns[Column::Helpers]),
        (Column::EntryHelpers, &points.columns[Column::EntryHelpers]),
    ];
    let (opening, of) = (&points.opening, &scalars.opening);
    let single = [
        (opening.fold[0], of.fold[0]),
        (opening.fold[1], of.fold[1]),
        (opening.division, of.division),
        (opening.batch, of.batch),
        (opening.last, of.last),
        (setup.g1, scalars.generator),
    ];
    let rows: Vec<(G1Affine, Fr)> = columns
        .iter()
        .flat_map(|(column, points)| points.iter().copied().zip(scalars.columns[*column].iter().copied()))
        .chain(single)
        .collect();
    let left: G1Projective = rows.iter().map(|(point, scalar)| *point * scalar).sum();
    let right = -points.opening.last.into_group();
    Bn254::multi_pairing([left.into_affine(), right.into_affine()], [setup.g2, setup.tau_g2]).is_zero()
}
