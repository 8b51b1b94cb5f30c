//! The setup that all models of a registry have in common.

use alloy::{
    primitives::{Address, U256},
    rpc::types::Filter,
    sol_types::SolEvent,
};
use hallmark_circuits::{
    digest::Digest,
    encoding::{FQ_BYTES, g1_from_bytes, g2_from_bytes},
    srs::OpeningKey,
};
use hallmark_proving::srs::Ceremony;

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
    report.add(Section::Setup, "ceremony", compare(Digest(pinned.0), ceremony));
    let is_for_tests = node.view(scope.registry, &isForTestsCall {}).await;
    report.is_for_tests = *is_for_tests.as_ref().unwrap_or(&false);
    let purpose = is_for_tests.map(|is_for_tests| purpose(is_for_tests, scope.for_tests));
    report.add(Section::Setup, "purpose", purpose.into());
    if key.is_none() && is_ceremony {
        key = ceremony.cloned();
    }
    Setup { key, is_ceremony }
}

/// Whether the registry's setup is the auditor's, or else one that everybody knows; and whose it is.
fn compare(pinned: Digest, given: Option<&OpeningKey>) -> Finding {
    let known = Ceremony::of(pinned).map(Ceremony::describe);
    match (given, known) {
        (Some(given), _) if given.digest != pinned => {
            Finding::fail(format!("the registry's digest is {pinned}, and that of the ceremony is {}", given.digest))
        }
        (_, Some(known)) => Finding::pass(format!("the registry's setup is that of {known}")),
        (None, None) => Finding::skipped("name the ceremony with --srs: the registry's is not known here"),
        (Some(given), None) if given.insecure => Finding::pass("the registry's setup is the one that was given"),
        (Some(_), None) => Finding::pass(
            "the registry's setup is the one that was given, which is not known here: `snarkjs powersoftau verify` checks its transcript",
        ),
    }
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

#[cfg(test)]
mod tests {
    use hallmark_proving::srs::{CEREMONIES, Srs};
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::audit::Verdict;

    fn key(insecure: bool) -> OpeningKey {
        let srs = Srs::insecure(0, &mut ChaCha20Rng::seed_from_u64(7));
        let OpeningKey { tau_g1, tau_g2, .. } = *srs.opening_key();
        OpeningKey::new(tau_g1, tau_g2, insecure).unwrap()
    }

    fn said(pinned: Digest, given: Option<&OpeningKey>) -> (Verdict, String) {
        let finding = compare(pinned, given);
        (finding.verdict, finding.detail)
    }

    #[test]
    fn a_known_ceremony_is_named_with_and_without_a_file() {
        let known: Digest = CEREMONIES[0].digest.parse().unwrap();
        let (verdict, text) = said(known, None);
        assert!(verdict == Verdict::Pass && text.contains("Hermez"), "{text}");
        // A file of another setup is not the registry's, however well known that is.
        let (verdict, text) = said(known, Some(&key(false)));
        assert!(verdict == Verdict::Fail && text.contains(CEREMONIES[0].digest), "{text}");
    }

    #[test]
    fn an_unknown_ceremony_has_to_be_given_and_its_transcript_to_be_verified() {
        let (unknown, for_tests) = (key(false), key(true));
        assert_eq!(said(unknown.digest, None).0, Verdict::Skipped);
        let (verdict, text) = said(unknown.digest, Some(&unknown));
        assert!(verdict == Verdict::Pass && text.contains("powersoftau verify"), "{text}");
        let (verdict, text) = said(for_tests.digest, Some(&for_tests));
        assert!(verdict == Verdict::Pass && !text.contains("powersoftau"), "{text}");
    }
}
