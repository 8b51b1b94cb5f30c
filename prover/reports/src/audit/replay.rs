//! Past settlements, checked once more.

use alloy::primitives::Address;

use super::{
    Finding, Report, Scope, Section,
    customers::{self, Insiders},
    model::Replayable,
    proofs::Proofs,
    settlement::Found,
};
use hallmark_chain::node::{
    Node, NodeError,
    contracts::market::InferenceMarket::{requestOfCall, settledCountCall},
};

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
    let mut proofs = replayable.as_ref().map(|replayable| Proofs::new(node, market, scope.model, replayable.replay()));
    for record in &mut found.last {
        let id = record.settlement.request;
        let request = node.view(market, &requestOfCall { requestId: id }).await;
        record.customer = request.as_ref().ok().map(|request| request.customer);
        let finding = match (&mut proofs, request) {
            (Ok(proofs), Ok(request)) => proofs.check(record, &request).await.into(),
            (Ok(_), Err(error)) => Finding::from(&error),
            (Err(reason), _) => Finding::skipped(reason.clone()),
        };
        report.add(SECTION, &id.to_string(), finding);
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
