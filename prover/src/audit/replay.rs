//! Past settlements, checked once more: the proof is in the calldata of its transaction.

use alloy::{
    primitives::{Address, B256, keccak256},
    sol_types::{SolCall, abi::AbiDecoderConfig},
};
use hallmark_circuits::{
    codec::Reader,
    relations::packing::public_tensors,
    settlement::{native::verify, proof::SettlementProof},
};

use super::{
    Finding, Report, Scope, Section,
    model::Bench,
    settlement::{Found, Settlement},
};
use crate::{
    node::{
        Node, NodeError, Past,
        contracts::market::{
            IInferenceMarket::{Fulfilment, Request},
            InferenceMarket::{fulfilCall, fulfilManyCall, requestOfCall, settledCountCall},
        },
    },
    operator::{FULFILLED, context},
};

/// How far back is looked where it is not known when the registry was deployed: about two weeks.
const HISTORY: u64 = 100_000;
/// The most blocks that are looked through: some years of most chains, and hours of most nodes.
const MAX_SPAN: u64 = 50_000_000;
/// The most memory for what was sent: far more than a transaction's gas pays for.
const MAX_DECODED: usize = 16 << 20;

/// Finds the settlements of the model, and checks each.
pub(super) async fn replay(
    node: &Node,
    scope: &Scope,
    market: Option<Address>,
    birth: Option<u64>,
    bench: Result<Bench<'_>, String>,
    report: &mut Report,
) {
    const SECTION: Section = Section::Settlements;
    let Some(market) = market else {
        return report.add(SECTION, "count", Finding::skipped("name the market with --market"));
    };
    let (finding, found) = match census(node, scope, market, birth).await {
        Ok(census) => census,
        Err(error) => return report.add(SECTION, "count", Finding::from(&error)),
    };
    report.add(SECTION, "count", finding);
    if found.left_out() > 0 {
        let reason = format!("{} were not replayed: raise --replay", found.left_out());
        report.add(SECTION, "older ones", Finding::skipped(reason));
    }
    for settlement in &found.last {
        let finding = match &bench {
            Ok(bench) => check(node, scope, market, bench, settlement).await.into(),
            Err(reason) => Finding::skipped(reason.clone()),
        };
        report.add(SECTION, &settlement.request.to_string(), finding);
    }
    report.settlements = found.last.into();
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
    let from = scope.from_block.or(birth).unwrap_or(head.saturating_sub(HISTORY)).max(head.saturating_sub(MAX_SPAN));
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
    bench: &Bench<'_>,
    settlement: &Settlement,
) -> Result<Finding, NodeError> {
    let hash = settlement.transaction;
    let Some(past) = node.transaction(hash).await? else {
        return Ok(Finding::skipped(format!("the node does not have the transaction {hash}")));
    };
    let Some(sent) = fulfilment(&past, market, settlement) else {
        return Ok(Finding::skipped(format!("its proof is not in the calldata of {hash}: another contract sent it")));
    };
    let request = node.view(market, &requestOfCall { requestId: settlement.request }).await?;
    if let Some(reason) = contradiction(scope, settlement, &request, &sent) {
        return Ok(Finding::fail(reason));
    }
    let context = context(node.chain_id(), market, settlement.request, scope.model, settlement.payee, request.deadline);
    Ok(match hold(bench, context, &sent) {
        Ok(()) => Finding::pass(format!("the proof in {hash} holds")),
        Err(reason) => Finding::fail(format!("the proof in {hash} does not hold: {reason}")),
    })
}

/// What was sent to the market for a settlement. Others' contracts may send it in words of their own.
fn fulfilment(past: &Past, market: Address, settlement: &Settlement) -> Option<Fulfilment> {
    if past.to != Some(market) {
        return None;
    }
    // Items may share bytes, so that a few would become many.
    let bounds = AbiDecoderConfig::new().validate(true).memory_limit(MAX_DECODED);
    let one = fulfilCall::abi_decode_with_config(&past.input, bounds).map(|call| vec![call.f]);
    let many = || fulfilManyCall::abi_decode_with_config(&past.input, bounds).map(|call| call.fs);
    let sent = one.or_else(|_| many()).ok()?;
    sent.into_iter().find(|sent| sent.requestId == settlement.request && sent.payee == settlement.payee)
}

/// What of the event is not what was asked for, or not what was sent.
fn contradiction(scope: &Scope, settlement: &Settlement, request: &Request, sent: &Fulfilment) -> Option<&'static str> {
    let wrong = [
        (request.modelId != scope.model, "the request is not for this model"),
        (request.state != FULFILLED, "the market does not have the request as settled"),
        (request.inputHash != settlement.input, "the request is for another input"),
        (settlement.paid.checked_add(settlement.to_holders) != Some(request.fee), "the fee is another one"),
        (keccak256(&sent.input) != settlement.input, "the input that was sent is another one"),
        (keccak256(&sent.output) != settlement.output, "the output that was sent is another one"),
    ];
    wrong.into_iter().find_map(|(holds, reason)| holds.then_some(reason))
}

/// The Rust verifier's word.
fn hold(bench: &Bench<'_>, context: B256, sent: &Fulfilment) -> Result<(), String> {
    let tensors = public_tensors(bench.statement.model, &bench.statement.layout);
    let [input, output] = [(&tensors[0], &sent.input), (&tensors[1], &sent.output)]
        .map(|(tensor, bytes)| tensor.from_bytes(bytes).ok_or("input or output has another length"));
    let mut reader = Reader::new(&sent.proof);
    let proof = SettlementProof::read(bench.statement, &mut reader).map_err(|error| error.to_string())?;
    reader.finish().map_err(|error| error.to_string())?;
    let values = [input?, output?];
    verify(&bench.circuit, &bench.key.key, &bench.setup, context.0, [&values[0], &values[1]], &proof)
        .map_err(|error| error.to_string())
}
