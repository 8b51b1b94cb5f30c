//! The circuits that a model's settlement key is made of: that of one sample, and one for each batch that it is offered in.

use hallmark_circuits::{
    error::KeyError,
    key::VerifyingKey,
    model::{Architecture, Batch},
    powers::Powers,
    settlement::{
        batches::ListedBatch,
        columns::Columns,
        recorded::Circuit,
        trusted::{SettlementKey, TrustedCircuit},
    },
    trusted::TrustedKey,
    verifier::statement::Statement,
};
use tracing::info_span;

use crate::srs::Srs;

/// The circuits of a model.
#[derive(Clone, Debug)]
pub struct Circuits {
    /// The circuit of one sample.
    pub single: Circuit,
    /// The circuit of each batch.
    pub batches: Vec<(Batch, Circuit)>,
    /// The most bits of a row.
    row_bits: u32,
}

impl Circuits {
    /// Builds the circuits of a statement and of its batches.
    ///
    /// # Errors
    /// If the architecture of a batch is refused, or a circuit would be too large.
    pub fn new(statement: &Statement<'_>, batches: &[Batch]) -> Result<Self, KeyError> {
        let circuit = |batch: &Batch| {
            let architecture = statement.model.batched(*batch)?;
            Ok((*batch, Circuit::new(&Statement::new(&architecture)?)?))
        };
        let row_bits = batches.iter().map(|batch| batch.row_bits).fold(statement.model.row_bits, u32::max);
        let batches = batches.iter().map(circuit).collect::<Result<_, KeyError>>()?;
        Ok(Self { single: Circuit::new(statement)?, batches, row_bits })
    }

    /// The circuit of so many samples.
    #[must_use]
    pub fn of_size(&self, size: usize) -> Option<&Circuit> {
        let batch = || self.batches.iter().find(|(batch, _)| batch.size() == size).map(|(_, circuit)| circuit);
        if size == 1 { Some(&self.single) } else { batch() }
    }

    /// The base-two logarithm of the powers of tau that all of them take.
    #[must_use]
    pub fn powers(&self) -> u32 {
        let batches = self.batches.iter().map(|(_, circuit)| circuit.log_rows());
        batches.fold(self.single.log_rows(), u32::max).max(self.row_bits)
    }

    /// The key of one of the circuits: a known one, or else derived.
    ///
    /// # Errors
    /// If there are too few powers.
    pub fn key(&self, circuit: &Circuit, srs: &Srs, known: &[&TrustedCircuit]) -> Result<TrustedCircuit, KeyError> {
        let known = known.iter().find(|known| known.is_of(circuit.architecture(), srs.opening_key()));
        let derive = || {
            let _span = info_span!("derive circuit").entered();
            TrustedCircuit::derive(&Columns::new(circuit), srs.powers())
        };
        known.map_or_else(derive, |known| Ok((*known).clone()))
    }

    /// The settlement key of a model: what a contract pins. The keys of circuits that are not known yet are derived.
    ///
    /// # Soundness
    /// The weights are those of whoever made the model's key. Which model this is, the digest says: compare it with the
    /// registered one.
    ///
    /// # Errors
    /// If the model is of another architecture or setup, its tables are not the architecture's, or there are too few powers.
    pub fn key_of(&self, model: VerifyingKey, srs: &Srs, known: &[&TrustedCircuit]) -> Result<SettlementKey, KeyError> {
        let model = info_span!("tables").in_scope(|| TrustedKey::derive(model, srs.powers()))?;
        let _span = info_span!("batch keys").entered();
        let key = |circuit: &Circuit| self.key(circuit, srs, known);
        let batches = self.list(&model.key().architecture, srs.powers(), key)?;
        SettlementKey::new(model, &self.key(&self.single, srs, known)?, batches)
    }

    /// The list of batches in the settlement key of an architecture, given a way to the key of each circuit.
    ///
    /// # Errors
    /// If there are too few powers.
    pub fn list(
        &self,
        single: &Architecture,
        powers: &Powers,
        key: impl Fn(&Circuit) -> Result<TrustedCircuit, KeyError>,
    ) -> Result<Vec<ListedBatch>, KeyError> {
        let listed = |(batch, circuit): &(Batch, Circuit)| ListedBatch::new(single, *batch, key(circuit)?, powers);
        self.batches.iter().map(listed).collect()
    }
}
