//! The operator's settlement keys: taken from their file, or made and put there.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use serde_json::json;
use tracing::info;

use super::{LocalError, Outcome, facts};
use hallmark_circuits::settlement::trusted::TrustedCircuit;
use hallmark_proving::file::FileError;
use hallmark_proving::settlement::{Circuit, Circuits, LoadError, SettlementKeys};
use hallmark_proving::srs::Srs;

/// Settlement keys, and how they were come by.
pub struct Keys {
    /// The keys.
    pub keys: SettlementKeys,
    file: PathBuf,
    made: Option<Made>,
}

/// Keys that were not to be had from the file.
struct Made {
    reason: String,
    seconds: f64,
    /// Why they are not in the file now.
    lost: Option<FileError>,
}

/// Where a model's keys are, unless another file is named.
#[must_use]
pub fn default_file(model: &Path) -> PathBuf {
    model.with_extension("settlement")
}

/// Where what belongs to a batch is, beside the file of one sample: `m.64.settlement` beside `m.settlement`.
#[must_use]
pub fn sized(file: &Path, size: usize) -> PathBuf {
    let extension = file.extension().map(|extension| extension.to_string_lossy());
    file.with_extension(extension.map_or_else(|| size.to_string(), |extension| format!("{size}.{extension}")))
}

/// The keys of circuits that files have which `hallmark setup` wrote, as far as they are there and right. The others are derived.
pub(crate) fn kept_circuits(
    circuits: &Circuits,
    srs: &Srs,
    file: impl Fn(usize) -> Option<PathBuf>,
) -> Vec<TrustedCircuit> {
    let batches = circuits.batches.iter().map(|(batch, circuit)| (batch.size(), circuit));
    let facts = facts::known();
    let load = |(size, circuit)| SettlementKeys::load_circuit(&file(size)?, circuit, srs, &*facts).ok();
    [(1, &circuits.single)].into_iter().chain(batches).filter_map(load).collect()
}

impl Keys {
    /// Takes the keys from a file, or makes them and writes it.
    ///
    /// A file that holds something else is left alone, and its name refused.
    ///
    /// # Errors
    /// [`LocalError`] if the file holds something else, or the setup is too small.
    pub fn find_or_make(file: PathBuf, circuit: Circuit, srs: &Srs) -> Result<Self, LocalError> {
        let reason = match SettlementKeys::load(&file, &circuit, srs, &*facts::known()) {
            Ok(keys) => return Ok(Self { keys, file, made: None }),
            Err(error) if error.is_missing() => "there were none".to_owned(),
            Err(error) if error.is_replaceable() => error.to_string(),
            Err(LoadError::Keys(error)) => return Err(error.into()),
            Err(error) => return Err(LocalError::Keys(error)),
        };
        // A service shows no phases, and would be silent meanwhile.
        info!(file = %file.display(), reason, "making settlement keys, which takes a while");
        let start = Instant::now();
        let keys = tracing::info_span!("make keys").in_scope(|| SettlementKeys::of_circuit(circuit, srs))?;
        let seconds = start.elapsed().as_secs_f64();
        // Without the file there is a proof all the same, and the keys are made again next time.
        let lost = keys.store(&file, srs).err();
        Ok(Self { keys, file, made: Some(Made { reason, seconds, lost }) })
    }

    /// The keys, unless they are not in their file now.
    pub(crate) fn kept(mut self) -> Result<Self, FileError> {
        match self.made.as_mut().and_then(|made| made.lost.take()) {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }

    /// Tells where the keys are, and whether they were made.
    pub(crate) fn annotate(&self, mut outcome: Outcome) -> Outcome {
        let made = self.made.as_ref().map(|made| json!({ "reason": made.reason, "seconds": made.seconds }));
        outcome.json["keys"] = json!({ "file": self.file.display().to_string(), "made": made });
        let Some(Made { reason, seconds, lost }) = &self.made else { return outcome };
        if let Some(error) = lost {
            return outcome.with_warning(format!(
                "the settlement keys were made in {seconds:.1} s and can't be kept ({error}): name another file with `--keys`"
            ));
        }
        let file = self.file.display();
        outcome.text += &format!("\n\nMade the settlement keys in {seconds:.1} s and wrote {file}: {reason}");
        outcome
    }
}
