//! The proof of a settlement, checked once more.

use alloy::primitives::{Address, B256};
use hallmark_circuits::{
    claim::Claim,
    codec::{CodecError, Reader},
    digest::Digest,
    error::{KeyError, Reject},
    model::ModelError,
    relations::packing::public_tensors,
    settlement::{native::verify_told, proof::SettlementProof, trusted::SettlementKey},
    verifier::statement::Statement,
};

use super::{Proof, Sent};
use crate::node::{
    BatchError,
    contracts::market::IInferenceMarket::{Batch, Fulfilment},
};

/// What the proofs of a model's settlements are held against.
#[derive(Clone, Debug)]
pub struct Replay<'k> {
    /// The model's statement.
    pub statement: &'k Statement<'k>,
    /// Its settlement key, which lists those of its batches.
    pub key: &'k SettlementKey,
}

/// Why what was sent is no proof.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// The input or the output does not have the model's length.
    #[error("input or output has another length")]
    Length,
    /// What was sent is no batch.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// The model's key lists no batch of this size.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The batch's model is refused.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The bytes of the proof are no proof.
    #[error(transparent)]
    Encoding(#[from] CodecError),
    /// The proof does not hold.
    #[error(transparent)]
    Refused(#[from] Reject),
}

impl Replay<'_> {
    /// Checks the proof of one answer in this context, by the verifier in Rust.
    ///
    /// # Errors
    /// The reason why it is none.
    pub fn check(&self, context: B256, sent: &Fulfilment) -> Result<(), ReplayError> {
        hold(self.statement, self.key, &claim(context, [&sent.input, &sent.output]), &sent.proof)
    }

    /// Checks the proof of all answers of a batch that a market on a chain took. Its key is the one that the model's key lists for
    /// the batch's size.
    ///
    /// # Errors
    /// The reason why it is none.
    pub fn check_batch(&self, chain: u64, market: Address, batch: &Batch) -> Result<(), ReplayError> {
        let key = self.key.batch(batch.size.saturating_to())?;
        // The size is listed now. With the model's lengths the batch is not larger than what the key is for.
        let tensors = public_tensors(self.statement.model, &self.statement.layout);
        let given = [&batch.inputs, &batch.outputs].map(|bytes| bytes.len().checked_div(batch.count()));
        if given != tensors.map(|tensor| Some(tensor.told_bytes())) {
            return Err(ReplayError::Length);
        }
        let statement = Statement::new(&key.model().key().architecture)?;
        let [inputs, outputs] = batch.filled()?;
        hold(&statement, &key, &claim(batch.context(chain, market), [&inputs, &outputs]), &batch.proof)
    }

    /// Checks the proof that came with an answer. `alone` is the context of a proof of this answer alone.
    ///
    /// # Errors
    /// The reason why it is none.
    pub fn check_sent(&self, chain: u64, market: Address, alone: B256, sent: &Sent) -> Result<(), ReplayError> {
        match &sent.proof {
            Proof::Shared(batch) => self.check_batch(chain, market, batch),
            Proof::Alone(proof) => {
                let claim = claim(alone, [&sent.answer.input, &sent.answer.output]);
                hold(self.statement, self.key, &claim, proof)
            }
        }
    }
}

fn claim(context: B256, bytes: [&[u8]; 2]) -> Claim<Vec<u8>> {
    let [input, output] = bytes.map(<[u8]>::to_vec);
    Claim { context: Digest(context.0), input, output }
}

/// Checks a proof in its bytes.
fn hold(
    statement: &Statement<'_>,
    key: &SettlementKey,
    claim: &Claim<Vec<u8>>,
    proof: &[u8],
) -> Result<(), ReplayError> {
    let mut reader = Reader::new(proof);
    let proof = SettlementProof::read(statement, &mut reader)?;
    reader.finish()?;
    Ok(verify_told(key, key.digest(), claim, &proof)?)
}
