//! A fixture whose inference is ready to be settled.

use std::io::{self, Error};

use hallmark_circuits::{
    commitments::Public,
    error::Reject,
    relations::packing::public_tensors,
    settlement::{gas::Gas, key::SettlementKey, native::verify, proof::SettlementProof},
    verifier::{native::Proof, statement::Statement},
};
use hallmark_prover::{
    chain::{Chain, GasReport, Pinned, Verifier},
    proving::Inference,
    settlement::{SettlementError, SettlementKeys},
};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use crate::model::ReadyModel;

/// What every settlement of the benches is bound to.
pub const CONTEXT: [u8; 32] = [7; 32];

/// An inference, and the keys to settle it with.
#[derive(Debug)]
pub struct ReadySettlement<'m> {
    model: &'m ReadyModel,
    statement: Statement<'m>,
    /// The keys.
    pub keys: SettlementKeys,
    output: Vec<i64>,
    proof: Proof,
}

impl<'m> ReadySettlement<'m> {
    /// Makes the keys for an inference of a model, proved for [`CONTEXT`].
    pub fn new(model: &'m ReadyModel, inference: &Inference) -> Result<Self, SettlementError> {
        let statement = statement(model)?;
        let keys = SettlementKeys::new(&statement, &model.srs)?;
        Ok(Self { model, statement, keys, output: inference.output.clone(), proof: inference.proof.clone() })
    }

    /// Makes the settlement proof.
    pub fn settle(&self) -> SettlementProof {
        let rng = &mut ChaCha20Rng::seed_from_u64(4);
        self.keys.prove(&self.statement, &self.public(), self.values(), self.proof.clone(), rng)
    }

    /// Checks a settlement proof.
    pub fn verify(&self, proof: &SettlementProof) -> Result<(), Reject> {
        let (key, setup) = (&self.model.model.key, self.model.srs.opening_key());
        verify(self.keys.circuit(), key, setup, CONTEXT, self.values(), proof)
    }

    /// The gas that a settlement is predicted to cost.
    #[must_use]
    pub fn predicted_gas(&self) -> Gas {
        Gas::predict(self.statement.model, &self.statement.layout)
    }

    /// What a settlement costs on the embedded chain, where the contract accepts it.
    pub fn measured_gas(&self, proof: &SettlementProof) -> io::Result<GasReport> {
        let mut chain = Chain::default();
        let verifier = Verifier::deploy(&mut chain).map_err(Error::other)?;
        let (model, setup) = (&self.model.model.key, self.model.srs.opening_key());
        let key = SettlementKey::new(&self.statement, self.keys.circuit(), setup, model);
        let address = Verifier::store(&mut chain, &key).map_err(Error::other)?.address;
        let pinned = Pinned { address, digest: key.digest() };
        let public = self.public();
        let verdict = verifier.verify(&mut chain, &pinned, &public, &proof.to_bytes()).map_err(Error::other)?;
        let gas = GasReport::new(&verdict);
        verdict.refusal.map_or(Ok(gas), |refusal| Err(Error::other(refusal)))
    }

    fn public(&self) -> Public {
        let tensors = public_tensors(self.statement.model, &self.statement.layout);
        Public::new(&tensors, self.model.model.key.digest(), CONTEXT, self.values())
    }

    fn values(&self) -> [&[i64]; 2] {
        [&self.model.input, &self.output]
    }
}

fn statement(model: &ReadyModel) -> Result<Statement<'_>, SettlementError> {
    Ok(Statement::new(&model.model.key.architecture).map_err(Reject::from)?)
}
