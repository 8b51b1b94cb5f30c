//! The model's record and key, against what anyone computes from its public description.

use alloy::primitives::B256;
use hallmark_circuits::{
    codec::PublishedKey,
    settlement::key::{CircuitKey, SettlementKey, architecture_digest},
    srs::OpeningKey,
    verifier::statement::Statement,
};

use super::{AuditError, Finding, Report, Scope, Section, Verdict, blob::Blob, setup::Setup};
use hallmark_chain::node::{
    Node, NodeError,
    contracts::registry::{
        IModelRegistry::Model,
        ModelRegistry::{modelCall, registrantOfCall},
    },
};
use hallmark_chain::settled::Replay;
use hallmark_operator::model_id;
use hallmark_proving::proving::{check_size, commit_tables};
use hallmark_proving::settlement::{Circuit, SettlementError};
use hallmark_proving::srs::Srs;

/// The most predecessors that are followed.
const MAX_PREDECESSORS: usize = 64;
const NO_KEY: &str = "name the model's public key with --model-key";
const NO_RECORD: &str = "there is no record";
const NO_SRS: &str = "it takes the powers of the registry's ceremony: name them with --srs";

/// What the auditor computes from the key file, with no word from the chain.
pub(super) struct Yardstick<'k> {
    pub(super) key: &'k PublishedKey,
    pub(super) statement: Statement<'k>,
    circuit: Circuit,
    srs: Option<Srs>,
}

/// What is on the chain of a model.
pub(super) struct Pinned {
    pub(super) record: Option<Model>,
    blob: Option<Blob>,
}

/// What past settlements are held against.
pub(super) struct Bench<'k> {
    pub(super) replay: Replay<'k>,
    /// Whether the key of the circuit was recomputed; else it is the one on the chain.
    pub(super) is_recomputed: bool,
}

impl<'k> Yardstick<'k> {
    pub(super) fn new(key: &'k PublishedKey, scope: &Scope) -> Result<Self, AuditError> {
        let statement = Statement::new(&key.key.architecture)?;
        let circuit = Circuit::new(&statement)?;
        let powers = circuit.log_rows().max(statement.model.row_bits);
        let srs = scope.srs.as_ref().map(|path| Srs::read_prefix(path, powers)).transpose()?;
        Ok(Self { key, statement, circuit, srs })
    }

    /// The key of the circuit and the tables' commitments, under a ceremony that is the registry's.
    fn derive(&self, setup: &Setup) -> Result<(CircuitKey, Vec<ark_bn254::G1Affine>), String> {
        let srs = self.srs.as_ref().filter(|_| setup.is_ceremony).ok_or(NO_SRS)?;
        check_size(&self.statement, srs).map_err(|error| error.to_string())?;
        // Wrong powers give another key, which would be held against the chain.
        srs.check().map_err(|error| error.to_string())?;
        let circuit = self.circuit.key(srs).map_err(|error: SettlementError| error.to_string())?;
        Ok((circuit, commit_tables(&self.statement, srs)))
    }
}

/// The record, and the key that it pins.
pub(super) async fn pinned(node: &Node, scope: &Scope, setup: &Setup, report: &mut Report) -> Pinned {
    let record = match node.view(scope.registry, &modelCall { modelId: scope.model }).await {
        Ok(record) => record,
        Err(error) => {
            let unknown = matches!(&error, NodeError::Reverted { fault, .. } if fault.is("UnknownModel"));
            let finding = if unknown { Finding::fail("the registry has no such model") } else { Finding::from(&error) };
            report.add(Section::Model, "record", finding);
            report.skip(Section::Model, &["predecessors", "key", "digests", "setup"], NO_RECORD);
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
    match found == scope.model {
        true => Finding::pass(format!("registered by {registrant} at {registeredAt}, described at {uri:?}")),
        false => Finding::fail(format!("it is that of the model {found}")),
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
    match () {
        () if blob.architecture_digest() != record.architectureDigest => {
            Finding::fail(format!("the key's settlement architecture is {}", blob.architecture_digest()))
        }
        () if blob.weight_digest() != record.weightDigest => {
            Finding::fail(format!("the key's weight digest is {}", blob.weight_digest()))
        }
        () => Finding::pass(format!("the key's weight digest is the recorded {}", record.weightDigest)),
    }
}

fn of_setup(blob: &Blob, setup: &OpeningKey) -> Finding {
    match () {
        () if blob.setup_digest() != setup.digest => Finding::fail("the key names another setup than the registry's"),
        () if blob.tau_g2() != Some(setup.tau_g2) => Finding::fail("the key is checked with another tau than it names"),
        () if blob.is_development() != setup.insecure => Finding::fail("the key does not say what its setup is for"),
        () => Finding::pass("the key is checked with the registry's setup"),
    }
}

/// The record and the key against the public description, and what settlements can be held against then.
pub(super) fn recompute<'k>(
    yardstick: Option<&'k Yardstick<'k>>,
    pinned: &Pinned,
    setup: &Setup,
    report: &mut Report,
) -> Result<Bench<'k>, String> {
    const NAMES: [&str; 5] = ["architecture", "weights", "tables", "circuit", "whole key"];
    let (Some(yardstick), Some(record)) = (yardstick, &pinned.record) else {
        let reason = if yardstick.is_none() { NO_KEY } else { NO_RECORD };
        report.skip(Section::Model, &NAMES, reason);
        return Err(reason.into());
    };
    let derived = yardstick.derive(setup);
    let weights = Finding::equal(&record.weightDigest, &B256::from(yardstick.key.key.digest()));
    let is_model = weights.verdict == Verdict::Pass;
    let findings = [
        architecture(yardstick, pinned.blob.as_ref()),
        weights,
        on(&derived, |(_, tables)| same_tables(yardstick, tables)),
        on(&derived, |(circuit, tables)| same_circuit(yardstick, record, setup, circuit, tables)),
        on(&derived, |(circuit, _)| whole_key(yardstick, is_model, pinned.blob.as_ref(), setup, circuit)),
    ];
    NAMES.into_iter().zip(findings).for_each(|(name, finding)| report.add(Section::Model, name, finding));
    if !is_model {
        return Err("the key file is of another model".into());
    }
    bench(yardstick, pinned, setup, derived.ok().map(|(circuit, _)| circuit))
}

fn on<T>(derived: &Result<T, String>, check: impl FnOnce(&T) -> Finding) -> Finding {
    derived.as_ref().map_or_else(|reason| Finding::skipped(reason.clone()), check)
}

fn architecture(yardstick: &Yardstick<'_>, blob: Option<&Blob>) -> Finding {
    let found = B256::from(yardstick.statement.model.digest());
    match blob {
        Some(blob) => Finding::equal(&blob.model_architecture(), &found),
        None => Finding::skipped("the key on the chain is not the pinned one"),
    }
}

/// Whoever chooses other tables chooses every answer.
fn same_tables(yardstick: &Yardstick<'_>, tables: &[ark_bn254::G1Affine]) -> Finding {
    match yardstick.key.key.entry_outputs == tables {
        true => Finding::pass("the key file commits to its architecture's tables"),
        false => Finding::fail("the key file commits to other tables than its architecture's"),
    }
}

/// The digest of all but the weights, from the architecture and the setup alone.
fn same_circuit(
    yardstick: &Yardstick<'_>,
    record: &Model,
    setup: &Setup,
    circuit: &CircuitKey,
    tables: &[ark_bn254::G1Affine],
) -> Finding {
    let Some(setup) = &setup.key else { return Finding::skipped("the setup's points are not known") };
    let found = architecture_digest(&yardstick.statement, circuit, setup, tables);
    Finding::equal(&record.architectureDigest, &B256::from(found))
}

fn whole_key(
    yardstick: &Yardstick<'_>,
    is_model: bool,
    blob: Option<&Blob>,
    setup: &Setup,
    circuit: &CircuitKey,
) -> Finding {
    let (Some(blob), Some(setup), true) = (blob, &setup.key, is_model) else {
        return Finding::skipped("the key file is of another model, or the key on the chain is not the pinned one");
    };
    let key = SettlementKey::new(&yardstick.statement, circuit, setup, &yardstick.key.key);
    match key.to_bytes() == blob.bytes() {
        true => Finding::pass("recomputed byte for byte"),
        false => Finding::fail("the recomputed key has other bytes than the chain's"),
    }
}

/// Where the circuit's key could not be recomputed, it is the chain's: then proofs are held against what the contract held
/// them against, and another line says that this was not recomputed.
fn bench<'k>(
    yardstick: &'k Yardstick<'k>,
    pinned: &Pinned,
    setup: &Setup,
    derived: Option<CircuitKey>,
) -> Result<Bench<'k>, String> {
    let is_recomputed = derived.is_some();
    let on_chain = || pinned.blob.as_ref()?.circuit_key(yardstick.circuit.log_rows());
    let circuit = derived.or_else(on_chain).ok_or("the circuit's key is not known")?;
    let setup = setup.key.clone().ok_or("the setup's points are not known")?;
    let replay = Replay { statement: &yardstick.statement, key: &yardstick.key.key, circuit, setup };
    Ok(Bench { replay, is_recomputed })
}
