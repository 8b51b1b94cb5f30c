//! The size of the structured reference string that a model needs.

use std::{
    fmt::{self, Display, Formatter},
    path::Path,
};

use hallmark_circuits::{error::KeyError, verifier::statement::Statement};
use serde_json::{Value, json};

use hallmark_proving::settlement::{Circuit, SettlementError};
use hallmark_proving::srs::{Srs, SrsError};

/// What a model needs powers of tau for.
pub(super) struct Needs {
    row_bits: u32,
    circuit: Result<Circuit, KeyError>,
}

impl Needs {
    pub(super) fn of(statement: &Statement<'_>) -> Self {
        Self { row_bits: statement.model.row_bits, circuit: Circuit::new(statement) }
    }

    /// The base-two logarithm of the powers that everything takes.
    pub(super) fn log_size(&self) -> u32 {
        self.circuit_bits().max(self.row_bits)
    }

    /// The base-two logarithm of the powers that the settlement circuit takes; zero where there is no circuit.
    pub(super) fn circuit_bits(&self) -> u32 {
        self.circuit.as_ref().map_or(0, Circuit::log_rows)
    }

    /// Reads the powers that everything takes, or as many as there are, and checks them.
    pub(super) fn read(&self, path: &Path) -> Result<Srs, SrsError> {
        Srs::read_prefix(path, self.log_size())
    }

    /// The settlement circuit, which was built to know its size.
    pub(super) fn circuit(self) -> Result<Circuit, SettlementError> {
        Ok(self.circuit?)
    }

    /// Adds the needs to a JSON object.
    pub(super) fn describe(&self, json: &mut Value) {
        json["srs_log_size"] = json!(self.log_size());
        json["settlement"] = match &self.circuit {
            Ok(circuit) => json!({ "rows": circuit.rows(), "log_rows": circuit.log_rows() }),
            Err(error) => json!({ "error": error.to_string() }),
        };
    }
}

impl Display for Needs {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (log_size, row_bits) = (self.log_size(), self.row_bits);
        match &self.circuit {
            Ok(circuit) => write!(
                f,
                "size 2^{log_size}: 2^{row_bits} for a row, 2^{} for the {} rows of the settlement circuit",
                circuit.log_rows(),
                circuit.rows()
            ),
            Err(error) => write!(f, "size 2^{log_size}, for off-chain proofs alone: {error}"),
        }
    }
}
