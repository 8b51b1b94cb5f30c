//! The check of a score, with nothing but public keys and digests.

use std::{path::PathBuf, time::Instant};

use hallmark_circuits::{
    codec::{Receipt, ReceiptProof, ScoreRecord},
    digest::Digest,
    error::KeyError,
    key::VerifyingKey,
    powers::Powers,
    set_key::SetKey,
    settlement::trusted::{SettlementKey, TrustedCircuit},
    trusted::TrustedKey,
    verifier::statement::Statement,
};
use hallmark_proving::{
    artifact::{ArtifactError, read_key, read_score, read_set_key},
    settlement::Circuit,
    srs::Srs,
};
use serde_json::json;

use super::{
    CONTEXT, INPUT,
    metric::{Shown, shown},
    prove::receipts,
    total,
};
use crate::{
    LocalError, Outcome, Refusal, Trusted, check_receipt, facts,
    needs::Needs,
    refusal::{check_digest, check_names},
};

const NAMELESS: &str = "a score is held against the model that it is of: give its model digest or its weight digest";

/// Checks the proofs of a score.
#[derive(Clone, Debug)]
pub struct ScoreVerification {
    /// The proofs.
    pub score: PathBuf,
    /// The model's verifying key.
    pub key: PathBuf,
    /// The data set's key.
    pub set: PathBuf,
    /// The structured reference string. Only the powers that are needed are read, and checked.
    pub srs: PathBuf,
    /// The model digest that the operator registered.
    pub digest: Option<Digest>,
    /// The weight digest, which says the same of the weights.
    pub weight_digest: Option<Digest>,
    /// The digest of the data set.
    pub set_digest: Digest,
}

impl ScoreVerification {
    /// No is the answer of a check alone. Whatever keeps the check from being made is an error.
    ///
    /// # Soundness
    /// The outcome says whether all proofs hold: look at `accepted`.
    ///
    /// # Errors
    /// [`LocalError::Unchecked`] if the check can't be made.
    pub fn run(&self) -> Result<Outcome, LocalError> {
        self.check().or_else(|error| {
            if !self.is_refusal(&error) {
                return Err(LocalError::Unchecked(Box::new(error)));
            }
            let reason = error.to_string();
            Ok(Outcome::refused(format!("REFUSED: {reason}"), json!({ "valid": false, "reason": reason })))
        })
    }

    fn is_refusal(&self, error: &LocalError) -> bool {
        match error {
            LocalError::Refused(_) | LocalError::Key(KeyError::Tables) => true,
            LocalError::Artifact(ArtifactError::Codec { path, .. }) => *path == self.score,
            _ => false,
        }
    }

    fn check(&self) -> Result<Outcome, LocalError> {
        let start = Instant::now();
        let (model, set) = (read_key(&self.key)?, read_set_key(&self.set)?);
        let record = read_score(&self.score)?;
        self.check_digests(&model, &set, &record)?;
        let architecture = model.architecture.scored(&set.form, record.score).map_err(KeyError::from)?;
        let statement = Statement::new(&architecture)?;
        let receipts = receipts(&record, &statement, &self.score)?;
        let settled = receipts.iter().any(|receipt| matches!(receipt.proof, ReceiptProof::Settlement(_)));
        let needs = Needs::of_key(&model)?;
        let scored = Needs::of(&statement, &[]);
        let srs = self.read_srs(&needs, &scored, settled)?;
        let trusted = self.derive(model.clone(), needs, &srs)?;
        let circuit = if settled { Some(derive_circuit(&scored.circuits()?.single, srs.powers())?) } else { None };
        for (chunk, receipt) in receipts.iter().enumerate() {
            let key = trusted.scored(&set, chunk, record.score, srs.powers())?;
            check_chunk(key, circuit.as_ref(), receipt)?;
        }
        let numbers = receipts.iter().map(|receipt| receipt.answer.output.clone());
        let numbers = total(record.score.metric.numbers(), numbers);
        Ok(self.accept(&model, &record, &numbers, start).with_setup(model.setup.insecure))
    }

    /// Model, set and score are those that were named.
    fn check_digests(&self, model: &VerifyingKey, set: &SetKey, record: &ScoreRecord) -> Result<(), LocalError> {
        if self.digest.is_none() && self.weight_digest.is_none() {
            return Err(LocalError::Usage(NAMELESS.into()));
        }
        let weights = model.digest();
        if let Some(expected) = self.weight_digest {
            check_digest(expected, weights)?;
        }
        if record.model != weights {
            return Err(Refusal::Weights { expected: weights, found: record.model }.into());
        }
        for found in [set.digest(), record.set] {
            if found != self.set_digest {
                return Err(Refusal::Set { expected: self.set_digest, found }.into());
            }
        }
        let (expected, found) = (set.chunks.len(), record.receipts.len() - record.missing().count());
        if found == expected { Ok(()) } else { Err(Refusal::Chunks { expected, found }.into()) }
    }

    fn read_srs(&self, needs: &Needs, scored: &Needs, settled: bool) -> Result<Srs, LocalError> {
        let of_model = if self.digest.is_some() { needs.log_size() } else { needs.row_bits() };
        let of_score = if settled { scored.log_size() } else { scored.row_bits() };
        Ok(Srs::read_prefix_once(&self.srs, of_model.max(of_score), &*facts::known())?)
    }

    /// The model's key, which has the digests that were named.
    fn derive(&self, model: VerifyingKey, needs: Needs, srs: &Srs) -> Result<TrustedKey, LocalError> {
        let Some(expected) = self.digest else { return Ok(TrustedKey::derive(model, srs.powers())?) };
        let key = needs.circuits()?.key_of(model, srs, &[])?;
        check_digest(expected, key.digest())?;
        Ok(key.model().clone())
    }

    fn accept(&self, model: &VerifyingKey, record: &ScoreRecord, numbers: &[i64], start: Instant) -> Outcome {
        let Shown { text, json: score } = shown(record.score.metric, &model.architecture.output, numbers);
        let seconds = start.elapsed().as_secs_f64();
        let (name, digest) = self.digest.map_or(("weight", model.digest()), |digest| ("model", digest));
        let text = format!(
            "VALID: the model with {name} digest {digest} scores on the data set {}\n{text}\nChecked in {:.0} ms",
            self.set_digest,
            1e3 * seconds
        );
        let json = json!({
            "valid": true,
            "score": score,
            "numbers": numbers,
            "chunks": record.receipts.len(),
            "seconds": seconds,
            "model_digest": self.digest.map(|digest| digest.to_string()),
            "weight_digest": model.digest().to_string(),
            "data_set_digest": self.set_digest.to_string(),
        });
        Outcome::done(text, json)
    }
}

fn derive_circuit(circuit: &Circuit, powers: &Powers) -> Result<TrustedCircuit, KeyError> {
    TrustedCircuit::derive(&hallmark_circuits::settlement::columns::Columns::new(circuit), powers)
}

/// Checks the proof of a chunk under its key.
fn check_chunk(key: TrustedKey, circuit: Option<&TrustedCircuit>, receipt: &Receipt) -> Result<(), LocalError> {
    check_names(key.key(), CONTEXT, receipt)?;
    let trusted = match (&receipt.proof, circuit) {
        (ReceiptProof::Settlement(_), Some(circuit)) => {
            Trusted::Model(Box::new(SettlementKey::new(key, circuit, Vec::new())?))
        }
        _ => Trusted::Weights(Box::new(key)),
    };
    Ok(check_receipt(&trusted, &INPUT, receipt)?)
}
