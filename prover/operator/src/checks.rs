//! Checks of the workers' answers, before anything uses them.

use std::collections::HashSet;

use alloy::{
    primitives::{Address, B256, keccak256},
    sol_types::SolValue,
};

use super::{BatchAnswer, Served, ServedBatch};
use hallmark_chain::{node::contracts::market::IInferenceMarket::Fulfilment, settled::Replay};

/// The most answers that are remembered as checked: more than wait at any time.
const MAX_REMEMBERED: usize = 4096;

/// The answers that this process has found true.
///
/// Only this process is believed. What the store says of an answer is not: workers write to it.
#[derive(Debug, Default)]
pub(super) struct Checks {
    /// The digests of what the contract is told, each with its context.
    passed: HashSet<B256>,
}

impl Checks {
    /// Checks that the proof holds for this context, input and output.
    ///
    /// # Errors
    /// The reason why it does not.
    pub(super) fn check(&mut self, model: &Served, context: [u8; 32], fulfilment: &Fulfilment) -> Result<(), String> {
        self.once(keccak256((B256::from(context), fulfilment.clone()).abi_encode()), || {
            let statement = model.statement().map_err(|error| error.to_string())?;
            let replay = Replay { statement: &statement, key: model.key() };
            replay.check(context.into(), fulfilment).map_err(|error| error.to_string())
        })
    }

    /// Checks that the proof of a batch holds for its context and its answers.
    ///
    /// # Errors
    /// The reason why it does not.
    pub(super) fn check_batch(
        &mut self,
        model: &ServedBatch,
        context: B256,
        batch: &BatchAnswer,
    ) -> Result<(), String> {
        let [input, output] = batch.filled().map(Into::into);
        // What the contract asks the verifier: the batch is one inference of a larger model.
        let whole = Fulfilment {
            requestId: B256::ZERO,
            payee: Address::ZERO,
            input,
            output,
            proof: batch.proof.clone().into(),
        };
        self.once(keccak256((context, whole.clone()).abi_encode()), || {
            let statement = model.statement().map_err(|error| error.to_string())?;
            let replay = Replay { statement: &statement, key: model.key() };
            replay.check(context, &whole).map_err(|error| error.to_string())
        })
    }

    /// Checks what has not passed before.
    fn once(&mut self, digest: B256, check: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
        if self.passed.contains(&digest) {
            return Ok(());
        }
        check()?;
        if self.passed.len() >= MAX_REMEMBERED {
            self.passed.clear();
        }
        self.passed.insert(digest);
        Ok(())
    }
}
