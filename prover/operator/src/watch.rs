//! New requests, from the chain's events.

use std::collections::HashMap;

use alloy::{
    primitives::{B256, keccak256},
    rpc::types::{Filter, Log},
    sol_types::SolEvent,
};
use tracing::{info, warn};

use super::{Job, OperatorError, Place, Service, State, lock::MIN_LOCK};
use hallmark_chain::node::{
    Head,
    contracts::market::InferenceMarket::{InputPublished, Requested},
};

/// How many blocks back an empty journal begins: about a day.
const HISTORY: u64 = 7_200;

/// A job for the journal, with its input.
type Entry = ([u8; 32], Job, Vec<u8>);

impl Service {
    /// Looks at the blocks that are new, and once more at those that may have been replaced.
    pub(super) async fn watch(&mut self, head: &Head) -> Result<(), OperatorError> {
        if self.watched == Some(head.hash) {
            return Ok(());
        }
        let filter = Filter::new()
            .address(self.market)
            .event_signature(vec![Requested::SIGNATURE_HASH, InputPublished::SIGNATURE_HASH]);
        let from = match self.journal.cursor()? {
            Some(cursor) => cursor.min(head.number).saturating_sub(self.options.margin),
            None => self.options.from_block.unwrap_or(head.number.saturating_sub(HISTORY)),
        };
        let mut pages = self.account.node.pages(filter, from..=head.number);
        while let Some((logs, to)) = pages.next().await? {
            let entries = self.unknown(self.entries(&logs))?;
            self.journal.record(&entries, to)?;
            entries.iter().for_each(|entry| self.announce(entry));
        }
        self.watched = Some(head.hash);
        Ok(())
    }

    /// The requests for our models among some events, which are in the order of the chain.
    fn entries(&self, logs: &[Log]) -> Vec<Entry> {
        let published = logs.iter().filter_map(|log| InputPublished::decode_log(&log.inner).ok());
        let longest = self.models.iter().map(super::Served::input_bytes).max().unwrap_or_default();
        // An input that is longer than any model's is as good as none, and takes no memory.
        let inputs: HashMap<B256, Vec<u8>> = published
            .filter(|event| event.input.len() <= longest)
            .map(|event| (event.requestId, event.input.to_vec()))
            .collect();
        logs.iter().filter_map(|log| self.entry(log, &inputs)).collect()
    }

    fn entry(&self, log: &Log, inputs: &HashMap<B256, Vec<u8>>) -> Option<Entry> {
        let event = Requested::decode_log(&log.inner).ok()?;
        let model = self.models.iter().find(|model| model.id == event.modelId)?;
        let place = Place { block: log.block_number?, index: log.log_index? };
        let input = inputs.get(&event.requestId).cloned();
        let state = match (self.objection(&event), input.as_deref()) {
            (Some(reason), _) => State::Refused(reason),
            (None, None) if self.inputs.is_some() => State::Hidden(event.inputHash.0),
            (None, Some(input)) if input.len() == model.input_bytes() && keccak256(input) == event.inputHash => {
                State::Seen
            }
            (None, None) => State::Refused("its input was not published, or is too long; see --inputs".into()),
            (None, Some(_)) => State::Refused("its input has another length than the model's, or another hash".into()),
        };
        let job = Job { place, model: model.id.0, deadline: event.deadline, fee: event.fee, failures: 0, state };
        Some((event.requestId.0, job, input.unwrap_or_default()))
    }

    /// Why a request is not answered, whatever its input is.
    fn objection(&self, event: &Requested) -> Option<String> {
        let Requested { fee, bond, lockSeconds: seconds, .. } = event;
        match () {
            () if *fee < self.options.min_fee => Some(format!("it is worth {fee} wei only")),
            () if !event.callback.is_zero() && !self.options.callbacks => {
                Some("its callback's gas would be paid here; see --callbacks".into())
            }
            () if *bond == 0 => None,
            () => match self.options.max_bond {
                None => Some("it offers locks: one in front of the answer would keep it out; see --lock".into()),
                Some(most) if *bond > most => Some(format!("a lock of it takes a bond of {bond} wei")),
                Some(_) if u64::from(*seconds) < MIN_LOCK => Some(format!("a lock of it holds for {seconds} s only")),
                Some(_) => None,
            },
        }
    }

    fn unknown(&self, entries: Vec<Entry>) -> Result<Vec<Entry>, OperatorError> {
        let mut unknown = Vec::new();
        for entry in entries {
            if self.journal.job(entry.0)?.is_none() {
                unknown.push(entry);
            }
        }
        Ok(unknown)
    }

    fn announce(&self, (id, job, _): &Entry) {
        let request = B256::from(*id);
        self.metrics.seen.inc();
        if let State::Refused(reason) = &job.state {
            self.metrics.refused.inc();
            warn!(%request, reason, "a request is refused: its fee goes back to the customer after the deadline");
        } else {
            info!(%request, block = job.place.block, fee = job.fee, deadline = job.deadline, "a request");
        }
        if let State::Hidden(hash) = job.state {
            info!(%request, input = %B256::from(hash), "its input is waited for");
        }
    }
}
