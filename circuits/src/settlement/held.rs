//! The check of a settlement proof, under the parts of a key that somebody has reason to believe.

use ark_bn254::Fr;

use super::{key::CircuitKey, proof::SettlementProof, verifier::instances};
use crate::{
    arithmetic::Native,
    claim::Claim,
    digest::Digest,
    error::Reject,
    key::VerifyingKey,
    srs::OpeningKey,
    verifier::{
        native::{check_pairing, check_points, check_shapes, seal},
        opening::Deferred,
        statement::Statement,
    },
};

/// A check of the halo2 proof of these instances, which are without the first.
pub(super) type CheckArgument = fn(&CircuitKey, &OpeningKey, &[Fr], &[u8]) -> Result<(), Reject>;

/// What a proof is held against, and by which verifier of halo2 proofs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held<'k> {
    pub(super) model: &'k VerifyingKey,
    pub(super) weight_digest: Digest,
    pub(super) circuit: &'k CircuitKey,
    pub(super) check_argument: CheckArgument,
}

impl Held<'_> {
    /// Checks the proof of a claim in integers.
    pub(super) fn verify<V: AsRef<[i64]>>(self, claim: &Claim<V>, proof: &SettlementProof) -> Result<(), Reject> {
        let statement = check_shapes(self.model, claim, &proof.commitments)?;
        self.check(&statement, &statement.told(claim), proof)
    }

    /// Checks the proof of a claim in the bytes that a contract is told.
    pub(super) fn verify_told(self, claim: &Claim<Vec<u8>>, proof: &SettlementProof) -> Result<(), Reject> {
        let statement = check_points(self.model, &proof.commitments)?;
        self.check(&statement, claim, proof)
    }

    /// Checks a proof whose commitments have the statement's shape.
    fn check(self, statement: &Statement<'_>, claim: &Claim<Vec<u8>>, proof: &SettlementProof) -> Result<(), Reject> {
        let Self { model, weight_digest, circuit, check_argument } = self;
        let told = statement.read_told(claim)?;
        let (gamma, numbers) = proof.published.split_first().ok_or(Reject::Published)?;
        let deferred = Deferred::from_slice(&statement.layout, numbers).ok_or(Reject::Published)?;
        let sealed = seal(weight_digest, claim, &proof.commitments);
        let [input, _] = &told;
        let instances = instances(&sealed, statement.pack_told(&told, *gamma), &proof.published, &input.digests);
        check_argument(circuit, &model.setup, &instances, &proof.argument)?;
        check_pairing(model, &proof.commitments, &deferred.scalars(&mut Native, &statement.layout))
    }
}
