//! Commitments to data sets.

mod form;

use std::path::{Path, PathBuf};

use hallmark_circuits::{
    model::{DataSet, MAX_BATCH_BITS, bits_of},
    set_key::SetKey,
};
use hallmark_compiling::number::count;
use hallmark_proving::{
    artifact::{read_data_set, read_key, read_set_key, write_data_set, write_set_key},
    file::{Form, Kind},
    proving::commit_set,
    srs::Srs,
};
use serde_json::{Value, json};

use super::{Given, LocalError, Outcome, facts, overwrite::Overwrite};
use form::{read_labels, read_targets, samples};

/// The most bytes of a file of samples or labels.
const MAX_SET_BYTES: u64 = 1 << 30;
/// The most samples of a chunk, unless another number is named: as many as one proof takes some gigabytes for.
const USUAL_CHUNK: usize = 1 << 10;
/// The row length of most models' weights.
const USUAL_ROW_BITS: u32 = 13;

/// What stands beside the samples.
#[derive(Clone, Debug)]
pub enum Truth {
    /// The right classes, of which there are so many. If none are said, the greatest is the last.
    Classes(Given, Option<usize>),
    /// The numbers that a model should answer.
    Numbers(Given),
}

/// Commits to samples with their labels.
#[derive(Clone, Debug)]
pub struct SetCommitment {
    /// The samples, along the first axis.
    pub inputs: Given,
    /// Their labels.
    pub truth: Truth,
    /// The structured reference string.
    pub srs: PathBuf,
    /// The key of a model, whose weights' rows the set's are to be as long as.
    pub key: Option<PathBuf>,
    /// The logarithm of the length of rows, if no key is to say it.
    pub row_bits: Option<u32>,
    /// The number of samples that one proof is to be about, a power of two.
    pub chunk: Option<usize>,
    /// The file to write.
    pub output: PathBuf,
    /// Whether files may be replaced.
    pub overwrite: Overwrite,
}

impl SetCommitment {
    /// Commits to the set, and writes it.
    ///
    /// # Errors
    /// [`LocalError`] if a file is of no use, or may not be replaced.
    pub fn run(&self) -> Result<Outcome, LocalError> {
        let given = [Some(self.inputs.file()), Some(self.truth.given().file()), Some(Some(self.srs.as_path()))];
        let inputs: Vec<&Path> = given.into_iter().flatten().flatten().collect();
        self.overwrite.check([(self.output.as_path(), Form::of(Kind::DataSet))], &inputs)?;
        let (samples, rows) = samples(&self.inputs, MAX_SET_BYTES)?;
        let (labels, truth) = match &self.truth {
            Truth::Classes(given, classes) => read_labels(given, *classes, rows.len(), MAX_SET_BYTES)?,
            Truth::Numbers(given) => read_targets(given, rows.len(), MAX_SET_BYTES)?,
        };
        let chunk = self.chunk_size(rows.len())?;
        let form = DataSet { log_size: chunk.trailing_zeros(), samples, labels };
        let row_bits = self.row_bits()?;
        let srs = Srs::read_prefix_once(&self.srs, row_bits, &*facts::known())?;
        let count_of_samples = rows.len();
        let rows: Vec<Vec<i64>> = rows.into_iter().zip(truth).map(|(row, label)| [row, label].concat()).collect();
        let chunks = rows.chunks(chunk).map(|rows| filled(&form, rows)).collect();
        let set =
            tracing::info_span!("commit").in_scope(|| commit_set(form, chunks, row_bits, &srs, &mut rand::rng()))?;
        let stored = write_data_set(self.overwrite.target(&self.output), &set)?;
        let mut text = format!(
            "Wrote {}: {} in {}\n\ndata set digest  {}",
            self.output.display(),
            count(count_of_samples, "sample"),
            count(set.chunks.len(), "chunk"),
            set.key.digest()
        );
        text += "\n\nThe file is secret: it holds the samples and labels. Publish the digest with the key of `hallmark dataset export-key`.";
        let mut json = described(&set.key);
        json["file"] = json!(self.output.display().to_string());
        json["samples"] = json!(count_of_samples);
        Ok(Outcome::done(text, json).with_setup(srs.is_insecure()).with_kept(&stored))
    }

    fn chunk_size(&self, samples: usize) -> Result<usize, LocalError> {
        let most = 1usize << MAX_BATCH_BITS;
        match self.chunk {
            Some(size) if size.is_power_of_two() && (2..=most).contains(&size) => Ok(size),
            Some(size) => Err(LocalError::Usage(format!(
                "--chunk {size}: a chunk has a power of two of samples, from 2 to {most}"
            ))),
            None => Ok((1 << bits_of(samples.max(2))).min(USUAL_CHUNK)),
        }
    }

    fn row_bits(&self) -> Result<u32, LocalError> {
        match (&self.key, self.row_bits) {
            (Some(key), None) => Ok(read_key(key)?.architecture.weight_row_bits),
            (_, bits) => Ok(bits.unwrap_or(USUAL_ROW_BITS)),
        }
    }
}

impl Truth {
    fn given(&self) -> &Given {
        match self {
            Self::Classes(given, _) | Self::Numbers(given) => given,
        }
    }
}

/// A chunk's integers: those of its rows, and zeros for padding.
fn filled(form: &DataSet, rows: &[Vec<i64>]) -> Vec<i64> {
    let mut integers = rows.concat();
    integers.resize(form.capacity() * form.row_width(), 0);
    integers
}

/// Writes the public part of a data set.
#[derive(Clone, Debug)]
pub struct SetExport {
    /// The data set.
    pub set: PathBuf,
    /// The file to write.
    pub output: PathBuf,
    /// Whether the file may be replaced.
    pub overwrite: Overwrite,
}

impl SetExport {
    /// Writes the key of the set.
    ///
    /// # Errors
    /// [`LocalError`] if a file is of no use, or may not be replaced.
    pub fn run(&self) -> Result<Outcome, LocalError> {
        self.overwrite.check([(self.output.as_path(), Form::of(Kind::SetKey))], &[&self.set])?;
        let key = read_data_set(&self.set)?.key;
        let stored = write_set_key(self.overwrite.target(&self.output), &key)?;
        let mut json = described(&key);
        json["file"] = json!(self.output.display().to_string());
        let text =
            format!("Wrote {}: no samples are in it\n\ndata set digest  {}", self.output.display(), key.digest());
        Ok(Outcome::done(text, json).with_setup(key.setup.insecure).with_kept(&stored))
    }
}

/// Shows what the key of a data set says.
#[derive(Clone, Debug)]
pub struct SetInspection {
    /// The key of a data set.
    pub key: PathBuf,
}

impl SetInspection {
    /// Describes it.
    ///
    /// # Errors
    /// [`LocalError`] if the file can't be read.
    pub fn run(&self) -> Result<Outcome, LocalError> {
        let key = read_set_key(&self.key)?;
        let json = described(&key);
        let text = format!(
            "A data set\n  digest   {}\n  setup    {}\n  samples  {} of {} bits\n  labels   {}\n  chunks   {} of at most {}, in rows of 2^{}",
            key.digest(),
            key.setup.digest,
            json["shape"],
            json["bits"],
            json["labels"],
            key.chunks.len(),
            count(key.form.capacity(), "sample"),
            key.row_bits
        );
        Ok(Outcome::done(text, json).with_setup(key.setup.insecure))
    }
}

fn described(key: &SetKey) -> Value {
    let DataSet { samples, labels, .. } = &key.form;
    json!({
        "data_set_digest": key.digest().to_string(),
        "form_digest": key.form.digest().to_string(),
        "setup_digest": key.setup.digest.to_string(),
        "shape": samples.shape,
        "bits": samples.bits,
        "labels": form::described(labels),
        "chunk": key.form.capacity(),
        "chunks": key.chunks.len(),
        "row_bits": key.row_bits,
    })
}
