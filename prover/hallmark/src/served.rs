//! The models that `serve` and `work` prove, and the log of both.

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
    sync::Arc,
};

use alloy::primitives::B256;
use tracing::{Dispatch, level_filters::LevelFilter};
use tracing_subscriber::fmt::MakeWriter;

use super::CliError;
use hallmark_circuits::{model::Batch, settlement::recorded::Circuit};
use hallmark_local::{Keys, Needs, default_file, facts, sized};
use hallmark_operator::Served;
use hallmark_proving::artifact::read_model;
use hallmark_proving::proving::CommittedModel;
use hallmark_proving::srs::Srs;

/// Committed models, and what their proofs take.
#[derive(Debug, clap::Args)]
pub(super) struct Models {
    /// The committed models
    #[arg(required = true)]
    models: Vec<PathBuf>,
    /// The models' numbers in the registry, in the same order
    #[arg(long = "model-id", value_name = "ID", required = true)]
    ids: Vec<B256>,
    /// The structured reference string that they were committed to under
    #[arg(long)]
    srs: PathBuf,
    /// Prove each request alone, also those to models that are offered in batches
    #[arg(long)]
    no_batches: bool,
}

impl Models {
    /// The models, with the setup that all of them share.
    pub(super) fn load(&self) -> Result<Vec<Served>, CliError> {
        if self.models.len() != self.ids.len() {
            return Err(CliError::usage("each model needs its --model-id".into()));
        }
        let read = |path: &PathBuf| {
            let model = read_model(path)?.into_committed();
            model.ok_or_else(|| CliError::uncommitted(path.clone()))
        };
        let models = self.models.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let needs = |model: &CommittedModel| Ok(Needs::of_key(&model.key)?);
        let needs = models.iter().map(needs).collect::<Result<Vec<_>, CliError>>()?;
        // The models share one setup, which is read and checked once.
        let log_size = needs.iter().map(Needs::log_size).max().unwrap_or(0);
        let srs = Arc::new(Srs::read_prefix_once(&self.srs, log_size, &*facts::known())?);
        let load = |(((path, id), model), needs): (((&PathBuf, &B256), CommittedModel), Needs)| {
            let (file, circuits) = (default_file(path), needs.circuits()?);
            let keys = Keys::find_or_make(file.clone(), circuits.single, &srs)?.keys;
            let batches = if self.no_batches { Vec::new() } else { circuits.batches };
            let batch = |(batch, circuit): (Batch, Circuit)| {
                Ok(Keys::find_or_make(sized(&file, batch.size()), circuit, &srs)?.keys)
            };
            let batches = batches.into_iter().map(batch).collect::<Result<Vec<_>, CliError>>()?;
            Ok(Served::new(*id, model, Arc::clone(&srs), keys, batches)?)
        };
        self.models.iter().zip(&self.ids).zip(models).zip(needs).map(load).collect()
    }
}

/// How a log is written.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Log {
    /// Write the log as JSON
    #[arg(long)]
    log_json: bool,
}

impl Log {
    /// Starts the log, to standard error.
    pub(super) fn start(self) {
        // Fails where another subscriber is there already, which then gets the events instead.
        let _ = tracing::dispatcher::set_global_default(self.to(io::stderr, io::stderr().is_terminal()));
    }

    /// What writes a log. Spans are not followed: they would add up in memory.
    pub(super) fn to(self, writer: impl for<'w> MakeWriter<'w> + Send + Sync + 'static, colours: bool) -> Dispatch {
        let log = tracing_subscriber::fmt().with_writer(writer).with_max_level(LevelFilter::INFO);
        let log = log.with_target(false).with_ansi(colours);
        if self.log_json { log.json().with_span_list(false).finish().into() } else { log.finish().into() }
    }
}

/// What a process of a fleet is called: no other process has the name, and nobody guesses it.
pub(super) fn process_name(kind: &str) -> String {
    format!("{kind}-{}-{:016x}", std::process::id(), rand::random::<u64>())
}
