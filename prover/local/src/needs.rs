//! The size of the structured reference string that a model needs.

use std::{
    fmt::{self, Display, Formatter},
    path::Path,
};

use hallmark_circuits::{
    error::KeyError,
    key::VerifyingKey,
    model::{Batch, ModelError},
    verifier::statement::Statement,
};
use serde_json::{Value, json};

use hallmark_proving::settlement::{Circuits, SettlementError};
use hallmark_proving::srs::{Srs, SrsError};

use super::facts;

/// What a model and its batches need powers of tau for.
pub struct Needs {
    row_bits: u32,
    circuits: Result<Circuits, KeyError>,
}

impl Needs {
    /// The needs of a statement, and of the batches that it is offered in.
    #[must_use]
    pub fn of(statement: &Statement<'_>, batches: &[Batch]) -> Self {
        let row_bits = batches.iter().map(|batch| batch.row_bits).fold(statement.model.row_bits, u32::max);
        let circuits = tracing::info_span!("circuit").in_scope(|| Circuits::new(statement, batches));
        Self { row_bits, circuits }
    }

    /// The needs of a key: of its model, and of the batches that it is offered in.
    ///
    /// # Errors
    /// [`ModelError`] if the key's architecture is refused.
    pub fn of_key(key: &VerifyingKey) -> Result<Self, ModelError> {
        Ok(Self::of(&Statement::new(&key.architecture)?, &key.batches))
    }

    /// The base-two logarithm of the powers that everything takes.
    #[must_use]
    pub fn log_size(&self) -> u32 {
        self.circuit_bits().max(self.row_bits)
    }

    /// The base-two logarithm of the powers that the longest row takes.
    #[must_use]
    pub const fn row_bits(&self) -> u32 {
        self.row_bits
    }

    /// The base-two logarithm of the powers that the settlement circuits take; zero where there are none.
    #[must_use]
    pub fn circuit_bits(&self) -> u32 {
        self.circuits.as_ref().map_or(0, Circuits::powers)
    }

    /// Reads the powers that everything takes, or as many as there are. Those that were not checked before are checked.
    ///
    /// # Errors
    /// [`SrsError`] if the file can't be read, or holds no powers of one tau.
    pub fn read(&self, path: &Path) -> Result<Srs, SrsError> {
        Srs::read_prefix_once(path, self.log_size(), &*facts::known())
    }

    /// The settlement circuits, which were built to know their sizes.
    ///
    /// # Errors
    /// [`SettlementError`] if there is none for the model or one of its batches.
    pub fn circuits(self) -> Result<Circuits, SettlementError> {
        Ok(self.circuits?)
    }

    /// Adds the needs to a JSON object.
    pub(crate) fn describe(&self, json: &mut Value) {
        json["srs_log_size"] = json!(self.log_size());
        json["settlement"] = match &self.circuits {
            Ok(Circuits { single, .. }) => json!({ "rows": single.rows(), "log_rows": single.log_rows() }),
            Err(error) => json!({ "error": error.to_string() }),
        };
    }
}

impl Display for Needs {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (log_size, row_bits) = (self.log_size(), self.row_bits);
        match &self.circuits {
            Ok(Circuits { single, batches, .. }) => {
                let (log_rows, rows) = (single.log_rows(), single.rows());
                write!(
                    f,
                    "size 2^{log_size}: 2^{row_bits} for a row, 2^{log_rows} for the {rows} rows of the settlement circuit"
                )?;
                batches.iter().try_for_each(|(batch, circuit)| {
                    let (log_rows, size) = (circuit.log_rows(), batch.size());
                    write!(f, ", 2^{log_rows} for that of batches of {size}")
                })
            }
            Err(error) => write!(f, "size 2^{log_size}, for off-chain proofs alone: {error}"),
        }
    }
}
