//! Checks of the workers' answers, before anything uses them.

use std::collections::HashSet;

use alloy::{
    primitives::{Address, B256, U256, keccak256},
    sol_types::SolValue,
};

use super::Served;
use hallmark_chain::{
    node::contracts::market::IInferenceMarket::{Batch, Fulfilment},
    settled::Replay,
};

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

    /// Checks that the proof of a batch for a market on a chain holds.
    ///
    /// # Errors
    /// The reason why it does not.
    pub(super) fn check_batch(
        &mut self,
        model: &Served,
        (chain, market): (u64, Address),
        batch: &Batch,
    ) -> Result<(), String> {
        self.once(keccak256((U256::from(chain), market, batch.clone()).abi_encode()), || {
            let statement = model.statement().map_err(|error| error.to_string())?;
            let replay = Replay { statement: &statement, key: model.key() };
            replay.check_batch(chain, market, batch).map_err(|error| error.to_string())
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
