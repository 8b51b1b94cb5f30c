//! The keys of a model's settlement.

use std::path::PathBuf;

use hallmark_circuits::{
    digest::Digest,
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
    LocalError, Outcome,
    keys::{Keys, default_file, sized},
    needs::Needs,
    overwrite::Overwrite,
    subject::Subject,
};
use hallmark_proving::file::{self, Form, Stored};
use hallmark_proving::settlement::{Circuit, Circuits};
use hallmark_proving::srs::Srs;

/// Derives the keys of a model's settlement.
#[derive(Clone, Debug)]
pub struct SetupKeys {
    /// A compiled or committed model, or a verifying key.
    pub model: PathBuf,
    /// The structured reference string.
    pub srs: PathBuf,
    /// The file of keys, if it is not beside the model.
    pub output: Option<PathBuf>,
    /// The file for the settlement key, the bytes that a contract is deployed with.
    pub blob: Option<PathBuf>,
    /// Whether files may be replaced.
    pub overwrite: Overwrite,
}

/// What anyone can compute again.
struct Digests {
    architecture: Digest,
    key: Option<SettlementKey>,
}

impl SetupKeys {
    /// Derives the keys, and writes them.
    ///
    /// # Errors
    /// [`LocalError`] if a file is of no use, or the setup is too small.
    pub fn run(&self) -> Result<Outcome, LocalError> {
        let blob = self.blob.iter().map(|path| (path.as_path(), Form::BYTES));
        self.overwrite.check(blob, &[&self.model, &self.srs, &self.file()])?;
        let subject = Subject::read(&self.model)?;
        let published = subject.published();
        if self.blob.is_some() && published.is_none() {
            return Err(LocalError::Uncommitted { path: self.model.clone() });
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
        let outcome = Outcome::done(render(&json), json).with_setup(srs.is_insecure()).with_kept(&stored);
        Ok(found.annotate(outcome))
    }

    /// The file of keys.
    fn file(&self) -> PathBuf {
        self.output.clone().unwrap_or_else(|| default_file(&self.model))
    }

    /// Finds or makes the keys of each batch, and leaves them in files of their own.
    fn batches(&self, circuits: &Circuits, srs: &Srs) -> Result<Vec<TrustedCircuit>, LocalError> {
        let keys = |(batch, circuit): &(Batch, Circuit)| {
            let file = sized(&self.file(), batch.size());
            Ok(Keys::find_or_make(file, circuit.clone(), srs)?.kept()?.keys.trusted().clone())
        };
        circuits.batches.iter().map(keys).collect()
    }

    /// Writes the settlement key, and beside it those of its batches.
    fn write_blob(&self, key: Option<&SettlementKey>) -> Result<Stored, LocalError> {
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
    ) -> Result<Self, LocalError> {
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
