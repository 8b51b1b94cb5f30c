//! Past settlements, checked once more: the proof is in the calldata of its transaction.

use alloy::{
    primitives::{Address, B256, keccak256},
    sol_types::SolValue,
};

use super::{
    Finding, Record, Report, Scope, Section,
    customers::{self, Insiders},
    model::Replayable,
    settlement::Found,
};
use hallmark_chain::node::{
    Node, NodeError,
    contracts::market::{
        IInferenceMarket::{Fulfilment, Request},
        InferenceMarket::{requestOfCall, settledCountCall},
    },
};
use hallmark_chain::settled::{Settlement, carried, told};
use hallmark_operator::{FULFILLED, context};

/// How far back is looked where it is not known when the registry was deployed: about two weeks.
const HISTORY: u64 = 100_000;
/// The most blocks that are looked through: some years of most chains, and hours of most nodes.
const MAX_SPAN: u64 = 50_000_000;

/// Finds the settlements of the model, and checks each.
pub(super) async fn replay(
    node: &Node,
    scope: &Scope,
    market: Option<Address>,
    birth: Option<u64>,
    replayable: Result<Replayable<'_>, String>,
    insiders: Insiders,
    report: &mut Report,
) {
    const SECTION: Section = Section::Settlements;
    let Some(market) = market else {
        return report.skip(SECTION, &["count", "customers"], "name the market with --market");
    };
    let (finding, mut found) = match census(node, scope, market, birth).await {
        Ok(census) => census,
        Err(error) => {
            report.add(SECTION, "count", Finding::from(&error));
            return report.skip(SECTION, &["customers"], "the settlements are not known");
        }
    };
    report.add(SECTION, "count", finding);
    if found.left_out() > 0 {
        let reason = format!("{} were not replayed: raise --replay", found.left_out());
        report.add(SECTION, "older ones", Finding::skipped(reason));
    }
    for Record { settlement, customer, .. } in &mut found.last {
        let request = node.view(market, &requestOfCall { requestId: settlement.request }).await;
        *customer = request.as_ref().ok().map(|request| request.customer);
        let finding = match (&replayable, request) {
            (Ok(replayable), Ok(request)) => check(node, scope, market, replayable, settlement, &request).await.into(),
            (Ok(_), Err(error)) => Finding::from(&error),
            (Err(reason), _) => Finding::skipped(reason.clone()),
        };
        report.add(SECTION, &settlement.request.to_string(), finding);
    }
    report.settlements = found.last.into();
    let finding = customers::examine(insiders, &mut report.settlements);
    report.add(SECTION, "customers", finding);
}

/// The first block that is looked through.
pub(super) fn start(scope: &Scope, birth: Option<u64>, head: u64) -> u64 {
    scope.from_block.or(birth).unwrap_or(head.saturating_sub(HISTORY)).max(head.saturating_sub(MAX_SPAN))
}

/// All settlements, and whether they are as many as the market has counted.
async fn census(
    node: &Node,
    scope: &Scope,
    market: Address,
    birth: Option<u64>,
) -> Result<(Finding, Found), NodeError> {
    let call = settledCountCall { modelId: scope.model };
    let before = node.view(market, &call).await?;
    let head = node.head().await?.number;
    let from = start(scope, birth, head);
    let found = Found::find(node, market, scope.model, from..=head, scope.replay).await?;
    // More may have been settled meanwhile.
    let after = node.view(market, &call).await?;
    let finding = match found.count {
        count if (before..=after).contains(&count) => Finding::pass(format!("{count}, as the market has counted")),
        count if count > after => Finding::fail(format!("{count} events, and the market has counted {after}")),
        count if birth.is_some_and(|birth| from <= birth) => {
            Finding::fail(format!("{count} events, and the market has counted {before}"))
        }
        count => Finding::skipped(format!("{count} of {before} are after block {from}: see --from-block")),
    };
    Ok((finding, found))
}

/// Whether a proof of this answer was sent, for this request and this payee.
async fn check(
    node: &Node,
    scope: &Scope,
    market: Address,
    replayable: &Replayable<'_>,
    settlement: &Settlement,
    request: &Request,
) -> Result<Finding, NodeError> {
    let hash = settlement.transaction;
    let Some(past) = node.transaction(hash).await? else {
        return Ok(Finding::skipped(format!("the node does not have the transaction {hash}")));
    };
    if let Some(reason) = contradiction(scope, settlement, request) {
        return Ok(Finding::fail(reason));
    }
    let context = context(node.chain_id(), market, settlement.request, scope.model, settlement.payee, request.deadline);
    let replay = replayable.replay();
    let Some(sent) = told(&past, market, settlement) else {
        // Among guesses, one that holds is proof enough; that none does shows only that none is what was sent.
        let holds = carried(&past, settlement).iter().any(|sent| replay.check(context, sent).is_ok());
        return Ok(if holds {
            Finding::pass(format!("the proof in {hash} holds, which another contract sent"))
        } else {
            Finding::skipped(format!("its proof is not in the calldata of {hash}: another contract sent it"))
        });
    };
    if let Some(reason) = substitution(settlement, &sent) {
        return Ok(Finding::fail(reason));
    }
    Ok(match replay.check(context, &sent) {
        Ok(()) => Finding::pass(format!("the proof in {hash} holds")),
        Err(reason) => Finding::fail(format!("the proof in {hash} does not hold: {reason}")),
    })
}

/// What of the event is not what was asked for.
fn contradiction(scope: &Scope, settlement: &Settlement, request: &Request) -> Option<&'static str> {
    let wrong = [
        (request.modelId != scope.model, "the request is not for this model"),
        (request.state != FULFILLED, "the market does not have the request as settled"),
        (request.answerHash != answer_hash(settlement), "the market has another input or answer for the request"),
        (settlement.paid.checked_add(settlement.to_holders) != Some(request.fee), "the fee is another one"),
    ];
    wrong.into_iter().find_map(|(holds, reason)| holds.then_some(reason))
}

/// What a market keeps of an answer: `keccak256(abi.encode(keccak256(input), keccak256(output)))`.
fn answer_hash(settlement: &Settlement) -> B256 {
    keccak256((settlement.input_hash, settlement.output_hash).abi_encode())
}

/// What of the event is not what was sent.
fn substitution(settlement: &Settlement, sent: &Fulfilment) -> Option<&'static str> {
    let wrong = [
        (keccak256(&sent.input) != settlement.input_hash, "the input that was sent is another one"),
        (keccak256(&sent.output) != settlement.output_hash, "the output that was sent is another one"),
    ];
    wrong.into_iter().find_map(|(holds, reason)| holds.then_some(reason))
}
