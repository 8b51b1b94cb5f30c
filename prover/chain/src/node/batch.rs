//! Answers to several requests with one proof, as `InferenceMarket.fulfilBatch` takes them.
//!
//! The key for n takes n inputs. A batch has at most n requests, and the market fills it up with copies of the last one. The
//! proof's context covers the requests in their order, the payee of each, the model and n.

use alloy::{
    primitives::{Address, B256, Bytes, U256, keccak256},
    sol_types::SolValue,
};

use super::contracts::market::IInferenceMarket::{Batch, Part};

/// The word that begins the context of every batch.
const CONTEXT: &[u8] = b"hallmark market batch 1";

/// The answer to one request of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The request.
    pub request: B256,
    /// Whom its fee goes to.
    pub payee: Address,
    /// The bytes of the input.
    pub input: Bytes,
    /// The bytes of the output.
    pub output: Bytes,
}

/// Why answers are no batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// There are too few or too many.
    #[error(
        "a batch of {size} takes between 1 and {size} answers, and there are {count}. Use a larger batch, or several"
    )]
    Count {
        /// The number of answers.
        count: usize,
        /// The number of inputs of the key.
        size: usize,
    },
    /// They are not of one model.
    #[error(
        "the answer {index} of the batch has an input or output of another length than the first. All must be of one model"
    )]
    Length {
        /// The first one that differs.
        index: usize,
    },
}

impl Batch {
    /// Puts answers together, in their order. The proof comes later, since its context follows from the batch.
    ///
    /// # Errors
    /// [`BatchError`] if there are too few or too many, or inputs or outputs differ in length.
    pub fn gather(model: B256, size: usize, answers: &[Answer]) -> Result<Self, BatchError> {
        let count = answers.len();
        let Some(first) = answers.first().filter(|_| count <= size) else {
            return Err(BatchError::Count { count, size });
        };
        let lengths = |answer: &Answer| (answer.input.len(), answer.output.len());
        if let Some(index) = answers.iter().position(|answer| lengths(answer) != lengths(first)) {
            return Err(BatchError::Length { index });
        }
        let joined = |part: fn(&Answer) -> &Bytes| -> Bytes {
            answers.iter().flat_map(|answer| part(answer).iter().copied()).collect::<Vec<_>>().into()
        };
        Ok(Self {
            modelId: model,
            size: U256::from(size),
            parts: parts(answers),
            inputs: joined(|answer| &answer.input),
            outputs: joined(|answer| &answer.output),
            proof: Bytes::new(),
        })
    }

    /// The answers in the calldata of a batch, which is how a customer finds its own: inputs and outputs stand in the order of the
    /// requests, and all have the same length. Returns `None` if the bytes do not divide evenly, which the market refuses.
    #[must_use]
    pub fn answers(&self) -> Option<Vec<Answer>> {
        let ids =
            |part: &Part| part.requestIds.clone().into_iter().map(|request| (request, part.payee)).collect::<Vec<_>>();
        let requests: Vec<_> = self.parts.iter().flat_map(ids).collect();
        let inputs = items(&self.inputs, requests.len())?;
        let outputs = items(&self.outputs, requests.len())?;
        let answers = requests.into_iter().zip(inputs.into_iter().zip(outputs));
        Some(answers.map(|((request, payee), (input, output))| Answer { request, payee, input, output }).collect())
    }

    /// The context of the proof, as `IInferenceMarket.batchContext` has it:
    /// `keccak256(abi.encode(bytes32("hallmark market batch 1"), chain id, market, model id, size, parts))`.
    #[must_use]
    pub fn context(&self, chain: u64, market: Address) -> B256 {
        let tag = B256::right_padding_from(CONTEXT);
        let bound = (tag, U256::from(chain), market, self.modelId, self.size, self.parts.clone());
        keccak256(bound.abi_encode_params())
    }
}

/// So many items of the same length.
fn items(bytes: &Bytes, count: usize) -> Option<Vec<Bytes>> {
    let length = bytes.len().checked_div(count).filter(|length| length * count == bytes.len())?;
    Some((0..count).map(|index| bytes.slice(index * length..(index + 1) * length)).collect())
}

/// Runs of requests with the same payee: the market credits each run at once.
fn parts(answers: &[Answer]) -> Vec<Part> {
    let runs = answers.chunk_by(|left, right| left.payee == right.payee);
    let part = |run: &[Answer]| {
        let payee = run.first().map(|answer| answer.payee)?;
        Some(Part { payee, requestIds: run.iter().map(|answer| answer.request).collect() })
    };
    runs.filter_map(part).collect()
}
