//! Events in ranges that the node accepts.

use std::ops::RangeInclusive;

use alloy::{
    primitives::Address,
    providers::Provider,
    rpc::types::{Filter, Log},
};

use super::{Node, NodeError};

const CALL: &str = "eth_getLogs";
/// The most blocks that are asked for at once: what public nodes allow.
const MAX_BLOCKS: u64 = 2_000;
/// The most events that a piece of a range may have.
const MAX_LOGS: usize = 20_000;

/// A walk through the events of a range, from its first block on.
#[derive(Debug)]
pub struct Pages<'n> {
    node: &'n Node,
    filter: Filter,
    rest: Option<RangeInclusive<u64>>,
}

impl Pages<'_> {
    /// The next events, in the order of the chain, and the last block up to which that are all. None at the end.
    ///
    /// # Errors
    /// [`NodeError`] if the node does not answer, refuses to, or answers nonsense.
    pub async fn next(&mut self) -> Result<Option<(Vec<Log>, u64)>, NodeError> {
        let Some(range) = self.rest.take().filter(|range| !range.is_empty()) else { return Ok(None) };
        let end = *range.end();
        let (logs, last) = self.node.logs(&self.filter, range).await?;
        self.rest = last.checked_add(1).map(|from| from..=end);
        Ok(Some((logs, last)))
    }
}

impl Node {
    /// All events in a range, in pieces.
    #[must_use]
    pub const fn pages(&self, filter: Filter, range: RangeInclusive<u64>) -> Pages<'_> {
        Pages { node: self, filter, rest: Some(range) }
    }

    /// The last event in a range, which is looked for from its end.
    ///
    /// # Errors
    /// [`NodeError`] if the node does not answer, refuses to, or answers nonsense.
    pub async fn last_log(&self, filter: &Filter, range: RangeInclusive<u64>) -> Result<Option<Log>, NodeError> {
        let (first, mut to) = range.into_inner();
        while first <= to {
            let from = to.saturating_sub(MAX_BLOCKS - 1).max(first);
            let mut pages = self.pages(filter.clone(), from..=to);
            let mut found = None;
            while let Some((logs, _)) = pages.next().await? {
                found = logs.into_iter().next_back().or(found);
            }
            match from.checked_sub(1) {
                Some(before) if found.is_none() => to = before,
                _ => return Ok(found),
            }
        }
        Ok(None)
    }

    /// The first events in a range, in the order of the chain, and the last block that was looked at.
    ///
    /// A range that the node finds too large is cut until it is not.
    ///
    /// # Errors
    /// [`NodeError`] if the node does not answer, refuses to, or answers nonsense.
    pub async fn logs(&self, filter: &Filter, range: RangeInclusive<u64>) -> Result<(Vec<Log>, u64), NodeError> {
        let (from, mut to) = (*range.start(), (*range.end()).min(range.start().saturating_add(MAX_BLOCKS - 1)));
        loop {
            let piece = filter.clone().from_block(from).to_block(to);
            let error = match self.provider.get_logs(&piece).await {
                Ok(logs) => return checked(filter, from..=to, logs).map(|logs| (logs, to)),
                Err(error) => NodeError::of(CALL, error),
            };
            // A node has many words for a range that is too large for it.
            if from >= to || self.block_hash(to).await.is_err() {
                return Err(error);
            }
            to = from + (to - from) / 2;
        }
    }
}

/// The events, if they are from the range and from the contracts that were asked for.
fn checked(filter: &Filter, range: RangeInclusive<u64>, mut logs: Vec<Log>) -> Result<Vec<Log>, NodeError> {
    if logs.len() > MAX_LOGS {
        return Err(NodeError::nonsense(CALL, "there are too many events in a few blocks"));
    }
    let wanted = |address: &Address| filter.address.matches(address);
    let place = |log: &Log| log.block_number.zip(log.log_index).zip(log.block_hash);
    let fine = |log: &Log| {
        place(log).is_some_and(|((block, _), _)| range.contains(&block)) && wanted(&log.address()) && !log.removed
    };
    if !logs.iter().all(fine) {
        return Err(NodeError::nonsense(CALL, "it holds events that were not asked for"));
    }
    logs.sort_by_key(place);
    Ok(logs)
}
