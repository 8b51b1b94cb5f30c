//! An answer in the calldata of the transaction that settled it.

use alloy::primitives::{Address, B256, Bytes};

use crate::node::{
    Answer, BatchError,
    contracts::market::IInferenceMarket::{Batch, Fulfilment},
};

/// An answer as it was sent, with its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The answer.
    pub answer: Answer,
    /// Its proof.
    pub proof: Proof,
}

/// A proof that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Of one answer.
    Alone(Bytes),
    /// Of all answers of a batch.
    Shared(Batch),
}

/// Why a transaction that called the market has not settled a request as the event says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SentError {
    /// The calldata is of no call that settles.
    #[error("the settlement's transaction called the market with something that settles nothing")]
    Unreadable,
    /// Nothing in it is for the request and the payee of the event.
    #[error("the settlement's transaction has no answer to the request for the event's payee")]
    Absent,
    /// The batch is of another model.
    #[error("the settlement's transaction has a batch of the model {0}, and the event names another")]
    OtherModel(B256),
    /// The batch is none.
    #[error("the settlement's transaction has no batch that a market takes: {0}")]
    Batch(#[from] BatchError),
    /// The input does not have the event's hash.
    #[error("the transaction has another answer than the event: the input that was sent is another one")]
    Input,
    /// The output does not have the event's hash.
    #[error("the transaction has another answer than the event: the output that was sent is another one")]
    Output,
}

impl From<Fulfilment> for Sent {
    fn from(sent: Fulfilment) -> Self {
        let Fulfilment { requestId: request, payee, input, output, proof } = sent;
        Self { answer: Answer { request, payee, input, output }, proof: Proof::Alone(proof) }
    }
}

impl Sent {
    /// The answer of a batch that a request was settled with.
    ///
    /// A request may stand in a batch more than once. The market takes the first place that has the payee, and skips the others.
    pub(super) fn of_batch(batch: Batch, model: B256, request: B256, payee: Address) -> Result<Self, SentError> {
        if batch.modelId != model {
            return Err(SentError::OtherModel(batch.modelId));
        }
        batch.check()?;
        let place = batch.requests().position(|found| found == (request, payee));
        let answer = place.and_then(|place| batch.answer(place)).ok_or(SentError::Absent)?;
        Ok(Self { answer, proof: Proof::Shared(batch) })
    }

    /// The batch that the answer came in, if it did not come alone.
    #[must_use]
    pub const fn batch(&self) -> Option<&Batch> {
        match &self.proof {
            Proof::Alone(_) => None,
            Proof::Shared(batch) => Some(batch),
        }
    }

    /// The fulfilment that it was sent as, if it came alone.
    #[must_use]
    pub fn alone(self) -> Option<Fulfilment> {
        let Self { answer: Answer { request, payee, input, output }, proof: Proof::Alone(proof) } = self else {
            return None;
        };
        Some(Fulfilment { requestId: request, payee, input, output, proof })
    }
}
