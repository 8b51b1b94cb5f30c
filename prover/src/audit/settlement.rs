//! What the chain says of the settlements of a model.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    ops::RangeInclusive,
};

use alloy::{
    primitives::{Address, B256},
    rpc::types::{Filter, Log},
    sol_types::SolEvent,
};
use serde::{Serialize, Serializer};

use crate::node::{Node, NodeError, contracts::market::InferenceMarket::Fulfilled};

/// An answer that was paid for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Settlement {
    /// The request.
    pub request: B256,
    /// Whom the fee was paid to.
    pub payee: Address,
    /// What the payee got of it, in wei.
    #[serde(rename = "paid_wei", serialize_with = "as_text")]
    pub paid: u128,
    /// What the token's holders got of it, in wei.
    #[serde(rename = "to_holders_wei", serialize_with = "as_text")]
    pub to_holders: u128,
    /// Its transaction.
    pub transaction: B256,
    /// Its block.
    pub block: u64,
    /// When the block was made, in seconds since 1970, if the node tells.
    pub time: Option<u64>,
    /// The gas of the transaction, in equal parts for all its settlements, if the node tells.
    pub gas: Option<u64>,
    #[serde(skip)]
    pub(super) input: B256,
    #[serde(skip)]
    pub(super) output: B256,
}

/// The settlements of a range of blocks.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The last of them, in the order of the chain.
    pub(super) last: VecDeque<Settlement>,
    /// How many there are in all.
    pub(super) count: u64,
}

impl Found {
    /// Those that were not kept.
    pub(super) fn left_out(&self) -> u64 {
        self.count - self.last.len() as u64
    }

    /// Finds the settlements of a model, and keeps so many of them.
    pub(super) async fn find(
        node: &Node,
        market: Address,
        model: B256,
        range: RangeInclusive<u64>,
        keep: usize,
    ) -> Result<Self, NodeError> {
        let filter = Filter::new().address(market).event_signature(Fulfilled::SIGNATURE_HASH).topic2(model);
        let (mut found, mut from) = (Self::default(), *range.start());
        while from <= *range.end() {
            let (logs, last) = node.logs(&filter, from..=*range.end()).await?;
            logs.iter()
                .filter_map(|log| Settlement::of(log, model))
                .for_each(|settlement| found.push(settlement, keep));
            from = last.saturating_add(1);
        }
        found.describe(node).await;
        Ok(found)
    }

    fn push(&mut self, settlement: Settlement, keep: usize) {
        self.count += 1;
        self.last.push_back(settlement);
        if self.last.len() > keep {
            self.last.pop_front();
        }
    }

    /// Asks for times and gas. They are for charts alone, so that what the node does not tell is left out.
    async fn describe(&mut self, node: &Node) {
        let (mut times, mut gas) = (HashMap::new(), HashMap::new());
        let mut shares: HashMap<B256, u64> = HashMap::new();
        self.last.iter().for_each(|settlement| *shares.entry(settlement.transaction).or_default() += 1);
        for settlement in &mut self.last {
            if let Entry::Vacant(unknown) = times.entry(settlement.block) {
                unknown.insert(node.time(settlement.block).await.ok().flatten());
            }
            if let Entry::Vacant(unknown) = gas.entry(settlement.transaction) {
                unknown.insert(node.gas_used(settlement.transaction).await.ok().flatten());
            }
            let share = shares.get(&settlement.transaction).copied().unwrap_or(1).max(1);
            settlement.time = times.get(&settlement.block).copied().flatten();
            settlement.gas = gas.get(&settlement.transaction).copied().flatten().map(|gas| gas / share);
        }
    }
}

impl Settlement {
    /// Of events of other models nobody asked.
    fn of(log: &Log, model: B256) -> Option<Self> {
        let event = Fulfilled::decode_log_validate(&log.inner).ok().filter(|event| event.modelId == model)?;
        Some(Self {
            request: event.requestId,
            payee: event.payee,
            paid: event.paid,
            to_holders: event.toHolders,
            transaction: log.transaction_hash?,
            block: log.block_number?,
            time: None,
            gas: None,
            input: event.inputHash,
            output: event.outputHash,
        })
    }
}

/// Most readers of JSON have no integers of this length.
fn as_text<S: Serializer>(wei: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(wei)
}
