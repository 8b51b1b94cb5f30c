//! A fixture whose inference is ready to be settled.

use hallmark_circuits::{
    claim::Claim,
    codec::{Answer, Receipt, ReceiptProof},
    digest::Digest,
    error::{KeyError, Reject},
    settlement::{native::verify, proof::SettlementProof, trusted::SettlementKey},
    verifier::statement::Statement,
};
use hallmark_proving::proving::Inference;
use hallmark_proving::settlement::{Assignment, SettlementError, SettlementKeys};
use hallmark_reports::bench::{BenchError, Call};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use crate::model::ReadyModel;

/// What every settlement of the benches is bound to.
pub const CONTEXT: Digest = Digest([7; 32]);

/// An inference, and the keys to settle it with.
#[derive(Debug)]
pub struct ReadySettlement<'m> {
    model: &'m ReadyModel,
    statement: Statement<'m>,
    /// The keys.
    pub keys: SettlementKeys,
    key: SettlementKey,
    inference: Inference,
}

impl<'m> ReadySettlement<'m> {
    /// Makes the keys for an inference of a model, proved for [`CONTEXT`].
    pub fn new(model: &'m ReadyModel, inference: &Inference) -> Result<Self, SettlementError> {
        let statement = statement(model)?;
        let keys = SettlementKeys::new(&statement, &model.srs)?;
        let key = keys.key_of(model.model.key.clone(), &model.srs)?;
        Ok(Self { model, statement, keys, key, inference: inference.clone() })
    }

    /// Makes the settlement proof.
    pub fn settle(&self) -> SettlementProof {
        let rng = &mut ChaCha20Rng::seed_from_u64(4);
        self.keys.prove(&self.statement, self.model.model.key.digest(), &self.inference, rng)
    }

    /// Checks a settlement proof.
    pub fn verify(&self, proof: &SettlementProof) -> Result<(), Reject> {
        verify(&self.key, self.key.digest(), &self.inference.claim, proof)
    }

    /// The columns and instances of the settlement circuit, for the proof to be settled.
    #[must_use]
    pub fn assign(&self) -> Assignment {
        self.keys.assign(&self.statement, self.model.model.key.digest(), &self.inference)
    }

    /// A contract with the model's key on the embedded chain, and a proof for it.
    pub fn call(&self, proof: SettlementProof) -> Result<Call, BenchError> {
        let key = &self.model.model.key;
        let Claim { context, output, .. } = self.inference.claim.clone();
        let answer = Answer { context, output };
        let receipt =
            Receipt { key: key.digest(), size: 1, samples: 1, answer, proof: ReceiptProof::Settlement(proof) };
        Call::new(key, &self.model.srs, &self.model.input, &receipt)
    }
}

fn statement(model: &ReadyModel) -> Result<Statement<'_>, SettlementError> {
    Ok(Statement::new(&model.model.key.architecture).map_err(KeyError::from)?)
}
