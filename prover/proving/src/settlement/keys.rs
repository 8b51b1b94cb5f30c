//! The keys of an architecture's settlement circuit.

use ark_bn254::{G1Affine, G1Projective};
use ark_ec::CurveGroup;
use hallmark_circuits::{
    error::KeyError,
    facts::{Facts, NoFacts},
    key::VerifyingKey,
    settlement::{
        batches::ListedBatch,
        columns::{COLUMNS, Columns},
        key::CircuitKey,
        recorded::Circuit,
        table::Table,
        trusted::{SettlementKey, TrustedCircuit},
    },
    trusted::TrustedKey,
    verifier::statement::Statement,
};
use tracing::info_span;

use super::{Parameters, SettlementError, argument::ArgumentKey};
use crate::{msm::msm, srs::Srs};

/// All that settling an architecture's inferences takes.
///
/// Everything is computed from the architecture and the setup, with no secret and no randomness: whoever has both gets
/// the same keys.
#[derive(Debug)]
pub struct SettlementKeys {
    pub(super) circuit: Circuit,
    pub(super) parameters: Parameters,
    pub(super) argument: ArgumentKey,
    trusted: TrustedCircuit,
}

impl SettlementKeys {
    /// Builds a statement's circuit and makes its keys.
    ///
    /// # Errors
    /// If the circuit would be too large, or there are fewer powers than it has rows.
    pub fn new(statement: &Statement<'_>, srs: &Srs) -> Result<Self, SettlementError> {
        let circuit = info_span!("circuit").in_scope(|| Circuit::new(statement))?;
        Self::of_circuit(circuit, srs)
    }

    /// Makes the keys of a circuit, which takes seconds: most of them for the Lagrange basis.
    ///
    /// # Errors
    /// If there are fewer powers than the circuit has rows.
    pub fn of_circuit(circuit: Circuit, srs: &Srs) -> Result<Self, SettlementError> {
        let parameters = Parameters::new(circuit.powers(srs.powers())?);
        let columns = Columns::new(&circuit);
        let commitments = info_span!("verifying key").in_scope(|| commit(&columns, parameters.lagrange()));
        Ok(Self::with_commitments(circuit, &columns, parameters, srs, &commitments, &NoFacts)?)
    }

    /// Puts the keys together, given what takes long to make: parameters for as many rows as the circuit's, and the
    /// commitments to its columns, which are checked.
    pub(super) fn with_commitments(
        circuit: Circuit,
        columns: &Columns,
        parameters: Parameters,
        srs: &Srs,
        commitments: &[G1Affine; COLUMNS],
        facts: &dyn Facts,
    ) -> Result<Self, KeyError> {
        let check = || TrustedCircuit::check_once(columns, srs.powers(), commitments, facts);
        let trusted = info_span!("check columns").in_scope(check)?;
        let argument = info_span!("proving key").in_scope(|| ArgumentKey::new(columns, trusted.key()));
        Ok(Self { circuit, parameters, argument, trusted })
    }

    /// The settlement key of a model of this architecture: what a contract pins, and what its proofs are held against. The
    /// circuits of the batches that the model is offered in are derived.
    ///
    /// # Errors
    /// If the model is of another architecture or setup, its tables are not the architecture's, or there are too few powers for
    /// a batch.
    pub fn key_of(&self, model: VerifyingKey, srs: &Srs) -> Result<SettlementKey, KeyError> {
        let model = info_span!("tables").in_scope(|| TrustedKey::derive(model, srs.powers()))?;
        let derive = || ListedBatch::derive_all(model.key(), srs.powers());
        let batches = info_span!("batches").in_scope(derive)?;
        SettlementKey::new(model, &self.trusted, batches)
    }

    /// The key of the circuit, which was derived or checked.
    #[must_use]
    pub const fn trusted(&self) -> &TrustedCircuit {
        &self.trusted
    }

    /// The verifying key of the circuit.
    #[must_use]
    pub const fn circuit(&self) -> &CircuitKey {
        self.trusted.key()
    }

    /// The table of the circuit.
    #[must_use]
    pub const fn table(&self) -> &Table {
        self.circuit.table()
    }

    /// The rows that the circuit uses.
    #[must_use]
    pub fn height(&self) -> usize {
        self.circuit.rows()
    }
}

/// The commitments to the columns by their values, mostly zeros and ones: a fraction of what coefficients take.
fn commit(columns: &Columns, lagrange: &[G1Affine]) -> [G1Affine; COLUMNS] {
    let sums: Vec<G1Projective> = columns.all().map(|column| msm(lagrange, column)).collect();
    let mut commitments = CurveGroup::normalize_batch(&sums).into_iter();
    std::array::from_fn(|_| commitments.next().unwrap_or_default())
}
