//! A fixture whose inference is ready to be settled.

use hallmark_circuits::{
    codec::{Receipt, ReceiptProof},
    commitments::Public,
    error::{KeyError, Reject},
    relations::packing::public_tensors,
    settlement::{native::verify, proof::SettlementProof, trusted::SettlementKey},
    verifier::{native::Proof, statement::Statement},
};
use hallmark_proving::proving::Inference;
use hallmark_proving::settlement::{Assignment, SettlementError, SettlementKeys};
use hallmark_reports::bench::{BenchError, Call};
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
    key: SettlementKey,
    output: Vec<i64>,
    proof: Proof,
}

impl<'m> ReadySettlement<'m> {
    /// Makes the keys for an inference of a model, proved for [`CONTEXT`].
    pub fn new(model: &'m ReadyModel, inference: &Inference) -> Result<Self, SettlementError> {
        let statement = statement(model)?;
        let keys = SettlementKeys::new(&statement, &model.srs)?;
        let key = keys.key_of(model.model.key.clone(), &model.srs)?;
        Ok(Self { model, statement, keys, key, output: inference.output.clone(), proof: inference.proof.clone() })
    }

    /// Makes the settlement proof.
    pub fn settle(&self) -> SettlementProof {
        let rng = &mut ChaCha20Rng::seed_from_u64(4);
        self.keys.prove(&self.statement, &self.public(), self.values(), self.proof.clone(), rng)
    }

    /// Checks a settlement proof.
    pub fn verify(&self, proof: &SettlementProof) -> Result<(), Reject> {
        verify(&self.key, self.key.digest(), CONTEXT, self.values(), proof)
    }

    /// The columns and instances of the settlement circuit, for the proof to be settled.
    #[must_use]
    pub fn assign(&self) -> Assignment {
        self.keys.assign(&self.statement, &self.public(), self.values(), &self.proof)
    }

    /// A contract with the model's key on the embedded chain, and a proof for it.
    pub fn call(&self, proof: SettlementProof) -> Result<Call, BenchError> {
        let (key, output) = (&self.model.model.key, self.output.clone());
        let proof = ReceiptProof::Settlement(proof);
        let receipt = Receipt { key: key.digest(), context: CONTEXT, output, proof };
        Call::new(key, &self.model.srs, &self.model.input, &receipt)
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
    Ok(Statement::new(&model.model.key.architecture).map_err(KeyError::from)?)
}
