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
    /// Inputs or outputs can't be divided among the requests.
    #[error("the batch has {bytes} bytes of inputs or outputs, which {count} requests can't have in equal parts")]
    Uneven {
        /// The number of bytes.
        bytes: usize,
        /// The number of requests.
        count: usize,
    },
}

impl Batch {
    /// Puts answers together, in their order. The proof comes later, since its context follows from the batch. The batch settles
    /// whatever is left of it, until the submitter names the least that it has to earn.
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
            leastEarned: U256::ZERO,
        })
    }

    /// The requests with their payees, in the order of the batch.
    pub fn requests(&self) -> impl Iterator<Item = (B256, Address)> + '_ {
        self.parts.iter().flat_map(|part| part.requestIds.iter().map(|request| (*request, part.payee)))
    }

    /// The number of requests.
    #[must_use]
    pub fn count(&self) -> usize {
        self.parts.iter().map(|part| part.requestIds.len()).sum()
    }

    /// Refuses what the market refuses by its lengths, whatever is in it.
    ///
    /// # Errors
    /// [`BatchError`] if there are too few or too many requests, or the bytes do not divide evenly.
    pub fn check(&self) -> Result<(), BatchError> {
        let (count, size) = (self.count(), self.size.saturating_to());
        if count == 0 || count > size {
            return Err(BatchError::Count { count, size });
        }
        let uneven = [&self.inputs, &self.outputs].into_iter().find(|bytes| bytes.len() % count != 0);
        uneven.map_or(Ok(()), |bytes| Err(BatchError::Uneven { bytes: bytes.len(), count }))
    }

    /// The answer to the request at a place, which is how a customer finds its own: inputs and outputs stand in the order of the
    /// requests, and all have the same length. Returns `None` if the bytes do not divide evenly, which the market refuses.
    #[must_use]
    pub fn answer(&self, index: usize) -> Option<Answer> {
        self.member(index, self.count(), self.requests().nth(index)?)
    }

    /// All answers, in the order of the requests.
    #[must_use]
    pub fn answers(&self) -> Option<Vec<Answer>> {
        let count = self.count();
        let answers = self.requests().enumerate().map(|(index, request)| self.member(index, count, request));
        answers.collect::<Option<Vec<_>>>().filter(|answers| !answers.is_empty())
    }

    fn member(&self, index: usize, count: usize, (request, payee): (B256, Address)) -> Option<Answer> {
        let [input, output] = [item(&self.inputs, index, count)?, item(&self.outputs, index, count)?];
        Some(Answer { request, payee, input, output })
    }

    /// The inputs and the outputs that the proof is about: the market fills both up with copies of the last.
    ///
    /// This takes the memory of as many inputs and outputs as the batch has room for. The caller has seen that a key is listed for
    /// this size, and that the lengths are the model's.
    ///
    /// # Errors
    /// [`BatchError`] as for [`Self::check`].
    pub fn filled(&self) -> Result<[Vec<u8>; 2], BatchError> {
        self.check()?;
        let count = self.count();
        let copies = self.size.saturating_to::<usize>().saturating_sub(count);
        Ok([&self.inputs, &self.outputs].map(|given| {
            let last = given.len().saturating_sub(given.len().checked_div(count).unwrap_or_default());
            [given.as_ref(), &given.slice(last..).repeat(copies)].concat()
        }))
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

/// One of so many items of the same length.
fn item(bytes: &Bytes, index: usize, count: usize) -> Option<Bytes> {
    let length = bytes.len().checked_div(count).filter(|length| index < count && length * count == bytes.len())?;
    Some(bytes.slice(index * length..(index + 1) * length))
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
