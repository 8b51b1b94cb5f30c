//! Checks of the workers' answers, before anything uses them.

use std::collections::HashMap;

use alloy::{
    primitives::{B256, keccak256},
    sol_types::SolValue,
};

use super::{JobId, Served};
use hallmark_chain::{node::contracts::market::IInferenceMarket::Fulfilment, settled::Replay};

/// The most answers that are remembered as checked: more than wait at any time.
const MAX_REMEMBERED: usize = 4096;

/// The answers that this process has found true.
///
/// Only this process is believed. What the store says of an answer is not: workers write to it.
#[derive(Debug, Default)]
pub(super) struct Checks {
    /// By job, the digest of the fulfilment.
    passed: HashMap<JobId, B256>,
}

impl Checks {
    /// Checks that the proof holds for this context, input and output.
    ///
    /// # Errors
    /// The reason why it does not.
    pub(super) fn check(
        &mut self,
        model: &Served,
        id: JobId,
        context: [u8; 32],
        fulfilment: &Fulfilment,
    ) -> Result<(), String> {
        let digest = keccak256(fulfilment.abi_encode());
        if self.passed.get(&id) == Some(&digest) {
            return Ok(());
        }
        let statement = model.statement().map_err(|error| error.to_string())?;
        let replay = Replay { statement: &statement, key: model.key() };
        replay.check(context.into(), fulfilment).map_err(|error| error.to_string())?;
        if self.passed.len() >= MAX_REMEMBERED {
            self.passed.clear();
        }
        self.passed.insert(id, digest);
        Ok(())
    }
}
