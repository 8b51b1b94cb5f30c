//! `hallmark setup`: the keys of a model's settlement.

use std::path::PathBuf;

use hallmark_circuits::{
    key::VerifyingKey,
    model::Batch,
    settlement::{
        batches::ListedBatch,
        key::{BatchEntry, architecture_digest},
        trusted::{SettlementKey, TrustedCircuit},
    },
    tables::commit_tables,
    verifier::statement::Statement,
};
use serde_json::{Value, json};

use super::{
    CliError, Digest, Outcome,
    keys::{Keys, default_file, sized},
    needs::Needs,
    next::quoted,
    overwrite::Overwrite,
    subject::Subject,
};
use hallmark_proving::file::{self, Form, Stored};
use hallmark_proving::settlement::{Circuit, Circuits};
use hallmark_proving::srs::Srs;

const EXAMPLE: &str = "\
Example: hallmark setup m.hallmark --srs srs.bin
         hallmark setup m.key --srs srs.bin --blob m.blob

The keys follow from the architecture and the setup, with no secret: whoever runs this gets the same digests. The digest of the
settlement architecture takes no weights, so that a compiled model has it before it is committed to. The model digest is that
of the whole settlement key: it covers the circuit, the setup and the weight digest. A contract pins it, and it is the one
value to quote. The file spares `hallmark prove` some seconds and is checked when it
is read. Where it is there and right it is not made again; it may be deleted, and `hallmark verify` does without.";

/// Derives the keys of a model's settlement.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// A compiled or committed model, or a verifying key
    model: PathBuf,
    /// The structured reference string
    #[arg(long)]
    srs: PathBuf,
    /// The file of keys to write [default: the model's name with the extension .settlement]
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Write the settlement key too, the bytes that a contract is deployed with
    #[arg(long, value_name = "FILE")]
    blob: Option<PathBuf>,
    #[command(flatten)]
    overwrite: Overwrite,
}

/// What anyone can compute again.
struct Digests {
    architecture: Digest,
    key: Option<SettlementKey>,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let blob = self.blob.iter().map(|path| (path.as_path(), Form::BYTES));
        self.overwrite.check(blob, &[&self.model, &self.srs, &self.file()])?;
        let subject = Subject::read(&self.model)?;
        let published = subject.published();
        if self.blob.is_some() && published.is_none() {
            return Err(CliError::Uncommitted { path: self.model.clone() });
        }
        let statement = Statement::new(subject.architecture())?;
        let needs = Needs::of(&statement, published.as_ref().map_or(&[][..], |key| &key.batches));
        let srs = needs.read(&self.srs)?;
        let circuits = needs.circuits()?;
        let found = Keys::find_or_make(self.file(), circuits.single.clone(), &srs)?.kept()?;
        let batches = self.batches(&circuits, &srs)?;
        let (keys, setup) = (&found.keys, srs.opening_key());
        let known: Vec<&TrustedCircuit> = [keys.trusted()].into_iter().chain(&batches).collect();
        let digests = Digests::derive(&statement, published, &circuits, &known, &srs)?;
        let stored = self.write_blob(digests.key.as_ref())?;
        let mut json = json!({
            "rows": keys.height(),
            "log_rows": keys.circuit().log_rows,
            "architecture_digest": statement.model.digest().to_string(),
            "setup_digest": setup.digest.to_string(),
            "blob": self.blob.as_ref().map(|path| path.display().to_string()),
        });
        digests.describe(&mut json);
        let (model, file) = (quoted(&self.model), quoted(&self.srs));
        let next = match digests.key {
            Some(_) => format!("hallmark register {model} --srs {file} --registry REGISTRY"),
            None => format!("hallmark commit {model} --srs {file}"),
        };
        let outcome = Outcome::done(render(&json), json).with_setup(srs.is_insecure()).with_kept(&stored);
        Ok(found.annotate(outcome.with_next(next)))
    }

    /// The file of keys.
    fn file(&self) -> PathBuf {
        self.output.clone().unwrap_or_else(|| default_file(&self.model))
    }

    /// Finds or makes the keys of each batch, and leaves them in files of their own.
    fn batches(&self, circuits: &Circuits, srs: &Srs) -> Result<Vec<TrustedCircuit>, CliError> {
        let keys = |(batch, circuit): &(Batch, Circuit)| {
            let file = sized(&self.file(), batch.size());
            Ok(Keys::find_or_make(file, circuit.clone(), srs)?.kept()?.keys.trusted().clone())
        };
        circuits.batches.iter().map(keys).collect()
    }

    /// Writes the settlement key, and beside it those of its batches.
    fn write_blob(&self, key: Option<&SettlementKey>) -> Result<Stored, CliError> {
        let (Some(path), Some(key)) = (&self.blob, key) else { return Ok(Stored::default()) };
        for listed in key.batches() {
            let size = listed.batch().size();
            let batch = key.batch(size)?.to_bytes();
            file::store(self.overwrite.target(&sized(path, size)), &batch, &Form::BYTES)?;
        }
        Ok(file::store(self.overwrite.target(path), &key.to_bytes(), &Form::BYTES)?)
    }
}

impl Digests {
    fn derive(
        statement: &Statement<'_>,
        published: Option<VerifyingKey>,
        circuits: &Circuits,
        known: &[&TrustedCircuit],
        srs: &Srs,
    ) -> Result<Self, CliError> {
        if let Some(published) = published {
            let key = circuits.key_of(published, srs, known)?;
            return Ok(Self { architecture: key.architecture_digest(), key: Some(key) });
        }
        let tables = tracing::info_span!("tables").in_scope(|| commit_tables(statement, srs.powers()))?;
        let circuit = circuits.key(&circuits.single, srs, known)?;
        let architecture = architecture_digest(statement, circuit.key(), srs.opening_key(), &tables, &[]);
        Ok(Self { architecture, key: None })
    }

    fn describe(&self, json: &mut Value) {
        let key = self.key.as_ref();
        json["settlement_architecture_digest"] = json!(self.architecture.to_string());
        json["model_digest"] = json!(key.map(|key| key.digest().to_string()));
        let batch = |listed: &ListedBatch| {
            let BatchEntry { size, digest } = listed.entry();
            json!({ "size": size, "settlement_architecture_digest": digest.to_string() })
        };
        json["batches"] = json!(key.map(|key| key.batches().iter().map(batch).collect::<Vec<_>>()));
        json["settlement_key_bytes"] = json!(key.map(|key| key.to_bytes().len()));
        json["weight_digest"] = json!(key.map(|key| key.model().weight_digest().to_string()));
    }
}

/// The text says what the JSON says.
fn render(json: &Value) -> String {
    let text = |field: &str| json[field].as_str().map(str::to_owned);
    let mut lines = vec![format!("The circuit uses {} of 2^{} rows\n", json["rows"], json["log_rows"])];
    let digests = [
        ("model digest           ", text("model_digest")),
        ("weight digest          ", text("weight_digest")),
        ("settlement architecture", text("settlement_architecture_digest")),
    ];
    lines.extend(digests.into_iter().filter_map(|(name, digest)| Some(format!("{name}  {}", digest?))));
    let batches = json["batches"].as_array().into_iter().flatten();
    lines.extend(batches.map(|batch| {
        let digest = batch["settlement_architecture_digest"].as_str().unwrap_or_default();
        format!("  of batches of {:<7}  {digest}", batch["size"])
    }));
    match (text("blob"), text("weight_digest")) {
        (Some(blob), _) => lines.push(format!("\nWrote {blob}: {} bytes to deploy", json["settlement_key_bytes"])),
        (None, Some(_)) => {}
        (None, None) => lines.push("\nCommit to the model for its model digest, which a contract pins.".into()),
    }
    lines.join("\n")
}
