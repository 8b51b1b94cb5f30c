//! The settlements of a model, with the data for charts.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    ops::RangeInclusive,
};

use alloy::{
    primitives::{Address, B256},
    rpc::types::Filter,
    sol_types::SolEvent,
};
use serde::Serialize;

use hallmark_chain::node::{Node, NodeError, contracts::market::InferenceMarket::Fulfilled};
use hallmark_chain::settled::{Sent, Settlement};

/// A settlement, with when it was and what it cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// The event on the chain.
    #[serde(flatten)]
    pub settlement: Settlement,
    /// When its block was made, in seconds since 1970, if the node tells.
    pub time: Option<u64>,
    /// The gas of its transaction, in equal parts for all settlements in it, if the node tells.
    pub gas: Option<u64>,
    /// The customer, if the market names it.
    pub customer: Option<Address>,
    /// The customer's role, if it gets a part of the fees: registrant, team or payee.
    pub insider: Option<&'static str>,
    /// The batch that the answer came in, if it did not come alone and its calldata is known.
    pub batch: Option<Batched>,
}

/// A batch: answers that have one proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Batched {
    /// How many requests it has.
    pub answers: usize,
    /// How many inputs its proof is about: those that no request asked for are copies of the last.
    pub size: usize,
}

impl Batched {
    /// The batch that an answer was sent in.
    pub(super) fn of(sent: &Sent) -> Option<Self> {
        sent.batch().map(|batch| Self { answers: batch.count(), size: batch.size.saturating_to() })
    }
}

/// The settlements of a range of blocks.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The last of them, in the order of the chain.
    pub(super) last: VecDeque<Record>,
    /// How many there are in all.
    pub(super) count: u64,
    /// How many of those that were not kept are in the first transaction of which some were.
    cut: u64,
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
        let (mut found, mut pages) = (Self::default(), node.pages(filter, range));
        while let Some((logs, _)) = pages.next().await? {
            // Of events of other models nobody asked.
            let settlements = logs.iter().filter_map(Settlement::of).filter(|settlement| settlement.model == model);
            settlements.for_each(|settlement| found.push(settlement, keep));
        }
        found.describe(node).await;
        Ok(found)
    }

    fn push(&mut self, settlement: Settlement, keep: usize) {
        self.count += 1;
        let record = Record { settlement, time: None, gas: None, customer: None, insider: None, batch: None };
        self.last.push_back(record);
        if self.last.len() > keep {
            let left_out = self.last.pop_front();
            let of = |record: Option<&Record>| record.map(|record| record.settlement.transaction);
            let is_cut = of(left_out.as_ref()) == of(self.last.front());
            self.cut = if is_cut { self.cut + 1 } else { 0 };
        }
    }

    /// Asks for times and gas. They are for charts alone, so that what the node does not tell is left out.
    async fn describe(&mut self, node: &Node) {
        let (mut times, mut gas) = (HashMap::new(), HashMap::new());
        let mut shares: HashMap<B256, u64> = HashMap::new();
        self.last.iter().for_each(|record| *shares.entry(record.settlement.transaction).or_default() += 1);
        if let Some(first) = self.last.front() {
            *shares.entry(first.settlement.transaction).or_default() += self.cut;
        }
        for Record { settlement, time, gas: used, .. } in &mut self.last {
            if let Entry::Vacant(unknown) = times.entry(settlement.block) {
                unknown.insert(node.time(settlement.block).await.ok().flatten());
            }
            if let Entry::Vacant(unknown) = gas.entry(settlement.transaction) {
                unknown.insert(node.gas_used(settlement.transaction).await.ok().flatten());
            }
            let share = shares.get(&settlement.transaction).copied().unwrap_or(1).max(1);
            *time = times.get(&settlement.block).copied().flatten();
            *used = gas.get(&settlement.transaction).copied().flatten().map(|gas| gas / share);
        }
    }
}
