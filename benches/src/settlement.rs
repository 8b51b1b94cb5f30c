//! A fixture whose inference is ready to be settled.

use hallmark_circuits::{
    commitments::Public,
    error::Reject,
    relations::packing::public_tensors,
    settlement::{gas::Gas, native::verify, proof::SettlementProof},
    verifier::{native::Proof, statement::Statement},
};
use hallmark_prover::{
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
    pub fn settle(&self) -> Result<SettlementProof, SettlementError> {
        let tensors = public_tensors(self.statement.model, &self.statement.layout);
        let public = Public::new(&tensors, self.model.model.key.digest(), CONTEXT, self.values());
        let rng = &mut ChaCha20Rng::seed_from_u64(4);
        self.keys.prove(&self.statement, &public, self.values(), self.proof.clone(), rng)
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

    fn values(&self) -> [&[i64]; 2] {
        [&self.model.input, &self.output]
    }
}

fn statement(model: &ReadyModel) -> Result<Statement<'_>, SettlementError> {
    Ok(Statement::new(&model.model.key.architecture).map_err(Reject::from)?)
}
