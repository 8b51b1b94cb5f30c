//! The setup that all models of a registry have in common.

use alloy::{
    primitives::{Address, U256},
    rpc::types::Filter,
    sol_types::SolEvent,
};
use hallmark_circuits::{
    encoding::{FQ_BYTES, g1_from_bytes, g2_from_bytes},
    srs::OpeningKey,
};

use super::{Finding, Report, Scope, Section};
use hallmark_chain::node::{
    Node, NodeError,
    contracts::registry::ModelRegistry::{RegistryDeployed, isForTestsCall, setupDigestCall},
};

/// What the registry says of its setup, and what is behind it.
pub(super) struct Setup {
    /// The points, whose digest is the registry's. None where neither the chain nor the auditor has them.
    pub(super) key: Option<OpeningKey>,
    /// Whether the auditor's ceremony is the registry's.
    pub(super) is_ceremony: bool,
}

/// Looks at the setup. `birth` is the block in which the registry was deployed.
pub(super) async fn examine(
    node: &Node,
    scope: &Scope,
    ceremony: Option<&OpeningKey>,
    birth: Option<u64>,
    report: &mut Report,
) -> Setup {
    let pinned = match node.view(scope.registry, &setupDigestCall {}).await {
        Ok(pinned) => pinned,
        Err(error) => {
            report.add(Section::Setup, "points", Finding::from(&error));
            report.skip(Section::Setup, &["ceremony", "purpose"], "the registry does not tell its setup");
            return Setup { key: None, is_ceremony: false };
        }
    };
    let (finding, mut key) = match points(node, scope.registry, birth).await {
        Ok(Some(key)) if pinned == key.digest.0 => {
            (Finding::pass(format!("they pair, and have the digest {pinned}")), Some(key))
        }
        Ok(Some(_)) => (Finding::fail(format!("they do not have the registry's digest {pinned}")), None),
        Ok(None) => (Finding::skipped("the node does not show the registry's deployment"), None),
        Err(PointsError::Node(error)) => (Finding::from(&error), None),
        Err(PointsError::Points(reason)) => (Finding::fail(reason), None),
    };
    report.add(Section::Setup, "points", finding);
    let is_ceremony = ceremony.is_some_and(|ceremony| pinned == ceremony.digest.0);
    report.add(
        Section::Setup,
        "ceremony",
        match ceremony {
            None => Finding::skipped("name the ceremony with --srs"),
            Some(_) if is_ceremony => Finding::pass("the registry's setup is the one that was given"),
            Some(given) => Finding::fail(format!(
                "the registry's digest is {pinned}, and that of the ceremony is {}",
                given.digest
            )),
        },
    );
    let is_for_tests = node.view(scope.registry, &isForTestsCall {}).await;
    report.is_for_tests = *is_for_tests.as_ref().unwrap_or(&false);
    let purpose = is_for_tests.map(|is_for_tests| purpose(is_for_tests, scope.for_tests));
    report.add(Section::Setup, "purpose", purpose.into());
    if key.is_none() && is_ceremony {
        key = ceremony.cloned();
    }
    Setup { key, is_ceremony }
}

/// Whether proofs mean anything.
fn purpose(is_for_tests: bool, is_accepted: bool) -> Finding {
    match (is_for_tests, is_accepted) {
        (false, _) => Finding::pass("the registry is for use"),
        (true, true) => Finding::caution("the registry is for tests, which --for-tests accepts: proofs show nothing"),
        (true, false) => Finding::fail("the registry is for tests: some can prove anything; --for-tests accepts that"),
    }
}

enum PointsError {
    Node(NodeError),
    Points(String),
}

/// The points of the registry's deployment, which belong together.
async fn points(node: &Node, registry: Address, birth: Option<u64>) -> Result<Option<OpeningKey>, PointsError> {
    let Some(birth) = birth else { return Ok(None) };
    let filter = Filter::new().address(registry).event_signature(RegistryDeployed::SIGNATURE_HASH);
    let (logs, _) = node.logs(&filter, birth..=birth).await.map_err(PointsError::Node)?;
    let Some(event) = logs.iter().find_map(|log| RegistryDeployed::decode_log(&log.inner).ok()) else {
        return Ok(None);
    };
    let invalid = || PointsError::Points("a point of the registry's deployment is on no curve".into());
    let g1 = bytes(&event.tauG1).first_chunk().and_then(g1_from_bytes).ok_or_else(invalid)?;
    let g2 = bytes(&event.tauG2).first_chunk().and_then(g2_from_bytes).ok_or_else(invalid)?;
    OpeningKey::new(g1, g2, event.development).map(Some).map_err(|error| PointsError::Points(error.to_string()))
}

fn bytes(words: &[U256]) -> Vec<u8> {
    words.iter().flat_map(U256::to_be_bytes::<FQ_BYTES>).collect()
}
