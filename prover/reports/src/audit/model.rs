//! The model's record and key, against what anyone computes from its public description.

use alloy::primitives::{B256, U256};
use hallmark_circuits::{
    error::KeyError,
    key::VerifyingKey,
    settlement::{
        batches::ListedBatch,
        columns::Columns,
        key::{BatchEntry, architecture_digest},
        recorded::Circuit,
        trusted::{SettlementKey, TrustedCircuit},
    },
    srs::OpeningKey,
    tables::commit_tables,
    trusted::TrustedKey,
    verifier::statement::Statement,
};

use super::{AuditError, Finding, Report, Scope, Section, Verdict, blob::Blob, setup::Setup};
use hallmark_chain::node::{
    Node, NodeError,
    contracts::registry::{
        IModelRegistry::Model,
        ModelRegistry::{batchKeyCall, modelCall, registrantOfCall},
    },
    utc,
};
use hallmark_chain::settled::Replay;
use hallmark_operator::model_id;
use hallmark_proving::settlement::Circuits;
use hallmark_proving::srs::Srs;

/// The most predecessors that are followed.
const MAX_PREDECESSORS: usize = 64;
const NO_KEY: &str = "name the model's public key with --model-key";
const NO_RECORD: &str = "there is no record";
const NO_SRS: &str = "it takes the powers of the registry's ceremony: name them with --srs";
const OTHER_SRS: &str = "the file of --srs has the powers of another ceremony than the registry's: name the registry's";

/// What the auditor computes from the key file, with no word from the chain.
pub(super) struct Yardstick<'k> {
    pub(super) key: &'k VerifyingKey,
    pub(super) statement: Statement<'k>,
    circuits: Circuits,
    srs: Option<Srs>,
}

/// What is on the chain of a model.
pub(super) struct Pinned {
    pub(super) record: Option<Model>,
    blob: Option<Blob>,
}

/// What past settlements are held against.
pub(super) struct Replayable<'k> {
    statement: &'k Statement<'k>,
    key: SettlementKey,
}

impl Replayable<'_> {
    /// The check of a settlement's proof.
    pub(super) fn replay(&self) -> Replay<'_> {
        Replay { statement: self.statement, key: &self.key }
    }
}

impl<'k> Yardstick<'k> {
    pub(super) fn new(key: &'k VerifyingKey, scope: &Scope) -> Result<Self, AuditError> {
        let statement = Statement::new(&key.architecture)?;
        let circuits = Circuits::new(&statement, &key.batches)?;
        let srs = scope.srs.as_ref().map(|path| Srs::read_prefix(path, circuits.powers())).transpose()?;
        Ok(Self { key, statement, circuits, srs })
    }

    /// All that follows from the key file and a ceremony that is the registry's.
    fn derive(&self, setup: &Setup) -> Result<Derived, String> {
        let srs = self.srs.as_ref().ok_or(NO_SRS)?;
        if !setup.is_ceremony {
            return Err(OTHER_SRS.into());
        }
        let message = |error: KeyError| error.to_string();
        let tables = commit_tables(&self.statement, srs.powers()).map_err(message)?;
        let derive = |circuit: &Circuit| TrustedCircuit::derive(&Columns::new(circuit), srs.powers());
        let circuit = derive(&self.circuits.single).map_err(message)?;
        let batches = self.circuits.list(self.statement.model, srs.powers(), derive).map_err(message)?;
        let entries: Vec<BatchEntry> = batches.iter().map(ListedBatch::entry).collect();
        let model = TrustedKey::derive(self.key.clone(), srs.powers());
        let architecture = architecture_digest(&self.statement, circuit.key(), circuit.setup(), &tables, &entries);
        let key = model.and_then(|model| SettlementKey::new(model, &circuit, batches));
        Ok(Derived { architecture: architecture.0.into(), key })
    }
}

/// What was derived.
pub(super) struct Derived {
    /// The digest of all but the weights.
    architecture: B256,
    /// The settlement key, unless the key file is not what its architecture gives.
    key: Result<SettlementKey, KeyError>,
}

/// The record, and the key that it pins.
pub(super) async fn pinned(node: &Node, scope: &Scope, setup: &Setup, report: &mut Report) -> Pinned {
    let record = match node.view(scope.registry, &modelCall { modelId: scope.model }).await {
        Ok(record) => record,
        Err(error) => {
            let unknown = matches!(&error, NodeError::Reverted { revert, .. } if revert.is("UnknownModel"));
            let finding = if unknown { Finding::fail("the registry has no such model") } else { Finding::from(&error) };
            report.add(Section::Model, "record", finding);
            report.skip(Section::Model, &["predecessors", "key", "name", "digests", "setup"], NO_RECORD);
            return Pinned { record: None, blob: None };
        }
    };
    let record_is = id(node.chain_id(), scope, &record);
    let line = match record_is.verdict {
        Verdict::Pass => predecessors(node, scope, &record).await.into(),
        _ => Finding::skipped("the record is not the model's"),
    };
    report.add(Section::Model, "record", record_is);
    report.add(Section::Model, "predecessors", line);
    let (finding, blob) = match node.code(record.key).await {
        Ok(code) => read_blob(&code, &record),
        Err(error) => (Finding::from(&error), None),
    };
    report.add(Section::Model, "key", finding);
    report.add(Section::Model, "name", named(scope, &record));
    let skipped = || Finding::skipped("the key on the chain is not the pinned one");
    report.add(Section::Model, "digests", blob.as_ref().map_or_else(skipped, |blob| digests(blob, &record)));
    report.add(
        Section::Model,
        "setup",
        match (&blob, &setup.key) {
            (None, _) => skipped(),
            (_, None) => Finding::skipped("the setup's points are not known"),
            (Some(blob), Some(setup)) => of_setup(blob, setup),
        },
    );
    Pinned { record: Some(record), blob }
}

/// A record's number covers all of it, and the registry that it is in.
fn id(chain: u64, scope: &Scope, record: &Model) -> Finding {
    let Model { registrant, keyDigest, predecessor, uri, registeredAt, .. } = record;
    let found = model_id(chain, scope.registry, *registrant, *keyDigest, *predecessor, uri);
    if found == scope.model {
        Finding::pass(format!("registered by {registrant}, {}, described at {uri:?}", utc(*registeredAt)))
    } else {
        Finding::fail(format!("it is that of the model {found}"))
    }
}

/// Only who registered a model names it as a predecessor.
async fn predecessors(node: &Node, scope: &Scope, record: &Model) -> Result<Finding, NodeError> {
    let mut next = record.predecessor;
    for count in 0..MAX_PREDECESSORS {
        if next.is_zero() {
            return Ok(Finding::pass(format!("{count}")));
        }
        let registrant = node.view(scope.registry, &registrantOfCall { modelId: next }).await?;
        if registrant != record.registrant {
            return Ok(Finding::fail(format!("{next} was registered by {registrant}")));
        }
        next = node.view(scope.registry, &modelCall { modelId: next }).await?.predecessor;
    }
    Ok(Finding::skipped(format!("there are more than {MAX_PREDECESSORS}")))
}

/// The model digest covers the whole key, so that nothing else has to be compared with what the auditor was told.
fn named(scope: &Scope, record: &Model) -> Finding {
    match scope.digest {
        Some(expected) => Finding::equal(&expected, &record.keyDigest),
        None => {
            Finding::skipped(format!("the model digest is {}: name the expected one with --digest", record.keyDigest))
        }
    }
}

fn read_blob(code: &[u8], record: &Model) -> (Finding, Option<Blob>) {
    match Blob::of_code(code) {
        Ok(blob) if blob.digest() == record.keyDigest => (
            Finding::pass(format!("{} bytes with the pinned digest {}", blob.bytes().len(), record.keyDigest)),
            Some(blob),
        ),
        Ok(blob) => (Finding::equal(&record.keyDigest, &blob.digest()), None),
        Err(reason) => (Finding::fail(reason), None),
    }
}

fn digests(blob: &Blob, record: &Model) -> Finding {
    if blob.architecture_digest() != record.architectureDigest {
        Finding::fail(format!("the key's settlement architecture is {}", blob.architecture_digest()))
    } else if blob.weight_digest() != record.weightDigest {
        Finding::fail(format!("the key's weight digest is {}", blob.weight_digest()))
    } else {
        Finding::pass(format!("the key's weight digest is the recorded {}", record.weightDigest))
    }
}

fn of_setup(blob: &Blob, setup: &OpeningKey) -> Finding {
    if blob.setup_digest() != setup.digest.0 {
        Finding::fail("the key names another setup than the registry's")
    } else if blob.tau_g2() != Some(setup.tau_g2) {
        Finding::fail("the key is checked with another tau than it names")
    } else if blob.is_development() != setup.insecure {
        Finding::fail("the key does not say what its setup is for")
    } else {
        Finding::pass("the key is checked with the registry's setup")
    }
}

/// The record and the key against the public description, and what settlements can be held against then.
pub(super) fn recompute<'k>(
    yardstick: Option<&'k Yardstick<'k>>,
    pinned: &Pinned,
    setup: &Setup,
    report: &mut Report,
) -> Result<Replayable<'k>, String> {
    const NAMES: [&str; 5] = ["architecture", "weights", "tables", "circuit", "whole key"];
    let (Some(yardstick), Some(record)) = (yardstick, &pinned.record) else {
        let reason = if yardstick.is_none() { NO_KEY } else { NO_RECORD };
        report.skip(Section::Model, &NAMES, reason);
        return Err(reason.into());
    };
    let derived = yardstick.derive(setup);
    let weights = Finding::equal(&record.weightDigest, &B256::from(yardstick.key.digest().0));
    let blob = pinned.blob.as_ref().filter(|_| weights.verdict == Verdict::Pass);
    let findings = [
        architecture(yardstick, pinned.blob.as_ref()),
        weights,
        on(&derived, |derived| same_tables(&derived.key)),
        on(&derived, |derived| Finding::equal(&record.architectureDigest, &derived.architecture)),
        on(&derived, |derived| whole_key(&derived.key, blob)),
    ];
    NAMES.into_iter().zip(findings).for_each(|(name, finding)| report.add(Section::Model, name, finding));
    replayable(yardstick, record, derived?)
}

/// The keys of batches that the model's key lists, and which of them the registry has.
pub(super) async fn batches(
    node: &Node,
    scope: &Scope,
    pinned: &Pinned,
    bench: Option<&Replayable<'_>>,
    report: &mut Report,
) {
    let finding = match (&pinned.record, bench) {
        (None, _) => Finding::skipped(NO_RECORD),
        (Some(_), None) => Finding::skipped("they follow from the whole key, which was not recomputed"),
        (Some(_), Some(bench)) => recorded(node, scope, &bench.key).await.into(),
    };
    report.add(Section::Model, "batches", finding);
}

/// The registry records a listed key once somebody brings it. It can have no other.
async fn recorded(node: &Node, scope: &Scope, key: &SettlementKey) -> Result<Finding, NodeError> {
    let (mut there, mut missing) = (Vec::new(), Vec::new());
    for size in key.batches().iter().map(|listed| listed.batch().size()) {
        let call = batchKeyCall { modelId: scope.model, size: U256::from(size) };
        let found = node.view(scope.registry, &call).await?.keyDigest;
        let expected = key.batch(size).map(|batch| B256::from(batch.digest().0));
        match expected {
            _ if found.is_zero() => missing.push(size.to_string()),
            Ok(expected) if expected == found => there.push(size.to_string()),
            Ok(expected) => return Ok(Finding::fail(format!("the key of {size} is {found}, expected {expected}"))),
            Err(error) => return Ok(Finding::fail(error.to_string())),
        }
    }
    let told = |sizes: &[String], words: &str| (!sizes.is_empty()).then(|| format!("{words} {}", sizes.join(", ")));
    let parts = [told(&there, "recorded are those of"), told(&missing, "listed and not recorded are those of")];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    Ok(Finding::pass(if parts.is_empty() { "the key lists none".into() } else { parts.join("; ") }))
}

fn on<T>(derived: &Result<T, String>, check: impl FnOnce(&T) -> Finding) -> Finding {
    derived.as_ref().map_or_else(|reason| Finding::skipped(reason.clone()), check)
}

fn architecture(yardstick: &Yardstick<'_>, blob: Option<&Blob>) -> Finding {
    let found = B256::from(yardstick.statement.model.digest().0);
    match blob {
        Some(blob) => Finding::equal(&blob.model_architecture(), &found),
        None => Finding::skipped("the key on the chain is not the pinned one"),
    }
}

/// Whoever chooses other tables chooses every answer.
fn same_tables(key: &Result<SettlementKey, KeyError>) -> Finding {
    match key {
        Ok(_) => Finding::pass("the key file commits to its architecture's tables"),
        Err(error) => Finding::fail(error.to_string()),
    }
}

fn whole_key(key: &Result<SettlementKey, KeyError>, blob: Option<&Blob>) -> Finding {
    let (Some(blob), Ok(key)) = (blob, key) else {
        return Finding::skipped("the key file is not of this model, or the key on the chain is not the pinned one");
    };
    if key.to_bytes() == blob.bytes() {
        Finding::pass("recomputed byte for byte")
    } else {
        Finding::fail("the recomputed key has other bytes than the chain's")
    }
}

/// Proofs are held against the key that was derived, and only where it is the registered one.
fn replayable<'k>(yardstick: &'k Yardstick<'k>, record: &Model, derived: Derived) -> Result<Replayable<'k>, String> {
    let key = derived.key.map_err(|error| error.to_string())?;
    if record.keyDigest == B256::from(key.digest().0) {
        Ok(Replayable { statement: &yardstick.statement, key })
    } else {
        Err("the key file is of another model, or the registered circuit is not the architecture's".into())
    }
}
