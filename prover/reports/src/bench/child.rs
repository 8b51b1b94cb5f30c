//! A command in a process of its own.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{BenchError, Measured};

/// The folder, below that of a model, of what its commands have checked. Those of the user's machine do not count.
pub(super) const FACTS: &str = "facts";

/// The program, which runs itself.
#[derive(Debug)]
pub(super) struct Executable {
    path: PathBuf,
    threads: usize,
}

/// The answer of a command.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    model: String,
    stage: &'static str,
    json: Value,
}

impl Executable {
    /// The program that is running, with as many threads as each command is to use.
    pub(super) fn this(threads: usize) -> Result<Self, BenchError> {
        let path = env::current_exe().map_err(|error| BenchError::Start { program: "hallmark".into(), error })?;
        Ok(Self { path, threads })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) const fn threads(&self) -> usize {
        self.threads
    }

    /// Runs a command on a model in a folder, and waits for its answer.
    pub(super) fn run<'a>(
        &self,
        model: &str,
        folder: &Path,
        stage: &'static str,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Result<Answer, BenchError> {
        let _span = tracing::info_span!("run", command = format!("{model}: {stage}")).entered();
        let output = Command::new(&self.path)
            .args(stage.split(' '))
            .args(arguments)
            .args(["--json", "--timings", "--quiet"])
            .current_dir(folder)
            .env("RAYON_NUM_THREADS", self.threads.to_string())
            .env("HALLMARK_FACTS_DIR", FACTS)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| BenchError::Start { program: self.path.clone(), error })?;
        let json: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let answer = Answer { model: model.into(), stage, json };
        if output.status.success() { Ok(answer) } else { Err(answer.failure(&output.stderr)) }
    }
}

impl Answer {
    /// The time and memory of the command.
    pub(super) fn measured(&self) -> Result<Measured, BenchError> {
        serde_json::from_value(self.json.clone()).map_err(|_| self.lacks("its time and memory"))
    }

    /// A field of the answer.
    pub(super) fn get<T: DeserializeOwned>(&self, field: &'static str) -> Result<T, BenchError> {
        serde_json::from_value(self.json[field].clone()).map_err(|_| self.lacks(field))
    }

    fn lacks(&self, what: &'static str) -> BenchError {
        BenchError::Answer { model: self.model.clone(), stage: self.stage.into(), what }
    }

    fn failure(&self, errors: &[u8]) -> BenchError {
        let said = self.json["error"]["message"].as_str().or_else(|| self.json["reason"].as_str());
        let reason = said.map_or_else(|| String::from_utf8_lossy(errors).trim().to_owned(), str::to_owned);
        BenchError::Stage { model: self.model.clone(), stage: self.stage.into(), reason }
    }
}
