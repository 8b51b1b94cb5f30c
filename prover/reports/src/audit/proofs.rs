//! The proofs of past settlements, each in the calldata of its transaction.

use alloy::{
    primitives::{Address, B256, keccak256},
    sol_types::SolValue,
};

use super::{Finding, Record, settlement::Batched};
use crate::number::count;
use hallmark_chain::node::{
    Node, NodeError, Past,
    contracts::market::IInferenceMarket::{Batch, Request},
};
use hallmark_chain::settled::{Replay, ReplayError, Sent, SentError, Settlement, carried, told};
use hallmark_operator::{FULFILLED, context};

/// Checks the proofs of settlements that come in the order of the chain: so the answers of a batch come one after another, and
/// its transaction is asked for and its proof checked once.
pub(super) struct Proofs<'a> {
    node: &'a Node,
    market: Address,
    model: B256,
    replay: Replay<'a>,
    /// The last transaction.
    past: Option<(B256, Past)>,
    /// The last batch, with what became of its proof.
    batch: Option<(Batch, Result<(), ReplayError>)>,
}

impl<'a> Proofs<'a> {
    pub(super) const fn new(node: &'a Node, market: Address, model: B256, replay: Replay<'a>) -> Self {
        Self { node, market, model, replay, past: None, batch: None }
    }

    /// Checks that a proof of this answer was sent, for this request and this payee. Notes the batch that it came in.
    pub(super) async fn check(&mut self, record: &mut Record, request: &Request) -> Result<Finding, NodeError> {
        let settlement = &record.settlement;
        let hash = settlement.transaction;
        let Some(past) = self.transaction(hash).await? else {
            return Ok(Finding::skipped(format!("the node does not have the transaction {hash}")));
        };
        if let Some(reason) = self.contradiction(settlement, request) {
            return Ok(Finding::fail(reason));
        }
        let chain = self.node.chain_id();
        let alone = context(chain, self.market, settlement.request, self.model, settlement.payee, request.deadline);
        let sent = match told(&past, self.market, settlement) {
            Ok(Some(sent)) => sent,
            Ok(None) => return Ok(self.passed_on(&past, record, alone)),
            // It may be more than this program takes apart.
            Err(error @ SentError::Unreadable) => return Ok(Finding::skipped(error.to_string())),
            Err(error) => return Ok(Finding::fail(error.to_string())),
        };
        record.batch = Batched::of(&sent);
        Ok(match self.hold(alone, &sent) {
            Ok(()) => Finding::pass(format!("the proof in {hash} holds{}", shared(record.batch))),
            Err(reason) => Finding::fail(format!("the proof in {hash} does not hold: {reason}")),
        })
    }

    async fn transaction(&mut self, hash: B256) -> Result<Option<Past>, NodeError> {
        if let Some((_, past)) = self.past.as_ref().filter(|(known, _)| *known == hash) {
            return Ok(Some(past.clone()));
        }
        let past = self.node.transaction(hash).await?;
        self.past = past.clone().map(|past| (hash, past));
        Ok(past)
    }

    /// Among guesses, one that holds is proof enough. That none does shows only that none is what was sent.
    fn passed_on(&mut self, past: &Past, record: &mut Record, alone: B256) -> Finding {
        let hash = record.settlement.transaction;
        let found = carried(past, &record.settlement).into_iter().find(|sent| self.hold(alone, sent).is_ok());
        let Some(sent) = found else {
            return Finding::skipped(format!("its proof is not in the calldata of {hash}: another contract sent it"));
        };
        record.batch = Batched::of(&sent);
        Finding::pass(format!("the proof in {hash} holds{}, which another contract sent", shared(record.batch)))
    }

    /// Checks a proof, or tells what is known of it.
    fn hold(&mut self, alone: B256, sent: &Sent) -> Result<(), ReplayError> {
        let check = || self.replay.check_sent(self.node.chain_id(), self.market, alone, sent);
        let Some(batch) = sent.batch() else { return check() };
        if let Some((_, verdict)) = self.batch.as_ref().filter(|(known, _)| known == batch) {
            return verdict.clone();
        }
        let verdict = check();
        self.batch = Some((batch.clone(), verdict.clone()));
        verdict
    }

    /// What of the event is not what was asked for.
    fn contradiction(&self, settlement: &Settlement, request: &Request) -> Option<&'static str> {
        let wrong = [
            (request.modelId != self.model, "the request is not for this model"),
            (request.state != FULFILLED, "the market does not have the request as settled"),
            (request.answerHash != answer_hash(settlement), "the market has another input or answer for the request"),
            (settlement.paid.checked_add(settlement.to_holders) != Some(request.fee), "the fee is another one"),
        ];
        wrong.into_iter().find_map(|(holds, reason)| holds.then_some(reason))
    }
}

/// What a market keeps of an answer: `keccak256(abi.encode(keccak256(input), keccak256(output)))`.
fn answer_hash(settlement: &Settlement) -> B256 {
    keccak256((settlement.input_hash, settlement.output_hash).abi_encode())
}

/// Words about the batch that an answer came in.
fn shared(batch: Option<Batched>) -> String {
    batch.map_or_else(String::new, |Batched { answers, size }| {
        format!(", of {} in a batch of {size}", count(answers, "answer"))
    })
}
