//! Settlement keys that were pinned by their digest, for whoever can't derive them.
//!
//! `SettlementKey` derives columns and tables from powers: that takes megabytes and seconds. A
//! browser has neither. It takes the key's bytes from anyone, and holds them against the digest that its user pins. Every byte
//! that is believed is covered by that digest: the verifying key has to be the one that the bytes are about.
//!
//! # Soundness
//! A digest says which key it is, not that its columns are the circuit's or its tables the architecture's. That says whoever
//! recomputed it, as `hallmark setup` and `hallmark audit` do. So pin a digest that you or your auditor recomputed.

use std::ops::RangeInclusive;

use ark_bn254::{Fr, G1Affine};
use thiserror::Error;

use super::{
    argument::check_argument,
    held::Held,
    key::{BLINDING_ROWS, BatchEntry, CircuitKey, key_bytes},
    proof::SettlementProof,
    roots::root_of_unity,
    size::MAX_ROWS,
    table::{CONSTANTS, VALUES},
};
use crate::{
    claim::Claim,
    codec::{CodecError, Reader, Receipt, ReceiptProof},
    digest::Digest,
    encoding::{FR_BYTES, G2_BYTES},
    error::Reject,
    key::VerifyingKey,
    layout::Layout,
    model::{Batch, MAX_BATCHES, ModelError},
    verifier::{native::verify_under, statement::Statement},
};

/// The base-two logarithms of the fewest and the most rows that a key may have: there is room for those that blind, and as many
/// as for the largest circuit.
const LOG_ROWS: RangeInclusive<u32> = (BLINDING_ROWS + 1).next_power_of_two().ilog2()..=MAX_ROWS.ilog2() + 1;
/// The numbers of a key's head that follow from its architecture.
const SHAPE_WORDS: usize = 9;

/// Why bytes are not a settlement key that was pinned.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PinError {
    /// The bytes have another digest.
    #[error(
        "the settlement key's digest is {found}, but {expected} is pinned: it is of another model, other weights or another circuit"
    )]
    Digest {
        /// The digest that is pinned.
        expected: Digest,
        /// That of the bytes.
        found: Digest,
    },
    /// The bytes end early, or hold what is no point or number.
    #[error("the settlement key can't be read: {0}")]
    Codec(#[from] CodecError),
    /// A number is beyond what any key has.
    #[error("the settlement key's {what} is beyond what any key has: get the key again from where it is registered")]
    Number {
        /// What it counts.
        what: &'static str,
    },
    /// The verifying key and the settlement key are of different models.
    #[error("the verifying key is not the one that the settlement key is about: get both from the same model")]
    OtherKey,
    /// The circuit has too few rows, or another root of unity than that of its number of rows.
    #[error("the settlement key is of no circuit that this program makes: do not trust who registered it")]
    Circuit,
    /// The key of a batch is none that the model's key lists.
    #[error(
        "the key of a batch is none that the model's settlement key lists: get it from where the model is registered"
    )]
    OtherBatch,
    /// The architecture is refused.
    #[error("the model is refused: {0}")]
    Model(#[from] ModelError),
}

/// The settlement key of a model, whose digest is one that somebody pinned.
#[derive(Clone, Debug, PartialEq)]
pub struct PinnedKey {
    size: usize,
    model: VerifyingKey,
    weight_digest: Digest,
    circuit: CircuitKey,
    batches: Vec<BatchEntry>,
    digest: Digest,
}

impl PinnedKey {
    /// Takes the bytes of a settlement key that have this digest, with the verifying key that they are about.
    ///
    /// # Soundness
    /// All that is believed has this digest. What it stands for was recomputed by whoever pinned it, and not here.
    ///
    /// # Errors
    /// [`PinError`] if the digest is another, the bytes are no key, or the verifying key is another one.
    pub fn new(model: VerifyingKey, bytes: &[u8], digest: Digest) -> Result<Self, PinError> {
        let found = Digest::keccak(bytes);
        if found != digest {
            return Err(PinError::Digest { expected: digest, found });
        }
        let Read { circuit, batches, .. } = Read::new(bytes)?;
        let listed = batches.iter().map(|entry| entry.size);
        if !listed.eq(model.batches.iter().map(|batch| batch.size())) {
            return Err(PinError::OtherKey);
        }
        if !is_of(bytes, &model, &circuit, &batches)? {
            return Err(PinError::OtherKey);
        }
        let weight_digest = model.digest();
        Ok(Self { size: 1, model, weight_digest, circuit, batches, digest })
    }

    /// The key of a batch that this key lists, from its bytes.
    ///
    /// # Errors
    /// [`PinError`] if the bytes are no key, or none that is listed.
    pub fn batch(&self, bytes: &[u8]) -> Result<Self, PinError> {
        let batch = self.listed(bytes).ok_or(PinError::OtherBatch)?;
        let Read { circuit, batches, mut rest } = Read::new(bytes)?;
        let architecture = self.model.architecture.batched(batch)?;
        // "hallmark model 3", two digests, two numbers of bits, and the number of rows.
        rest.slice("the model", 6 * FR_BYTES)?;
        let entry_outputs = rest.points("the table commitments", Layout::new(&architecture)?.entry_rows())?;
        let (setup, weights) = (self.model.setup.clone(), self.model.weights.clone());
        let model = VerifyingKey { architecture, setup, entry_outputs, weights, batches: Vec::new() };
        // The list names neither the length of a row nor the weights.
        if !is_of(bytes, &model, &circuit, &batches)? {
            return Err(PinError::OtherBatch);
        }
        let weight_digest = model.digest();
        Ok(Self { size: batch.size(), model, weight_digest, circuit, batches, digest: Digest::keccak(bytes) })
    }

    /// The listed batch whose key has all but the weights of these bytes.
    fn listed(&self, bytes: &[u8]) -> Option<Batch> {
        let end = bytes.len().checked_sub(self.model.weight_bytes().len())?;
        let found = Digest::keccak(bytes.get(..end)?);
        let entry = self.batches.iter().find(|entry| entry.digest == found)?;
        self.model.batch(entry.size)
    }

    /// Checks that a receipt's proof, of either kind, is one of its answer to this input.
    ///
    /// # Soundness
    /// The caller has the input from whoever asks, and holds the receipt's context against the one it expects.
    ///
    /// # Errors
    /// [`Reject`] if the receipt's values are not the model's, or its proof does not hold.
    pub fn verify(&self, input: &[i64], receipt: &Receipt) -> Result<(), Reject> {
        let claim = receipt.claim(input);
        match &receipt.proof {
            ReceiptProof::OffChain(proof) => verify_under(&self.model, self.weight_digest, &claim, proof),
            ReceiptProof::Settlement(proof) => self.held().verify(&claim, proof),
        }
    }

    /// Checks a settlement proof of a claim in the bytes that a contract was told.
    ///
    /// # Soundness
    /// The caller has the context and the input from the chain.
    ///
    /// # Errors
    /// [`Reject`] if the bytes are not the model's, or the proof does not hold.
    pub fn verify_told(&self, claim: &Claim<Vec<u8>>, proof: &SettlementProof) -> Result<(), Reject> {
        self.held().verify_told(claim, proof)
    }

    const fn held(&self) -> Held<'_> {
        Held { model: &self.model, weight_digest: self.weight_digest, circuit: &self.circuit, check_argument }
    }

    /// The number of samples that its proofs are about: 1, or the size of the batch.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    /// The verifying key.
    #[must_use]
    pub const fn model(&self) -> &VerifyingKey {
        &self.model
    }

    /// The weight digest.
    #[must_use]
    pub const fn weight_digest(&self) -> Digest {
        self.weight_digest
    }

    /// The digest of all bytes: the model digest, unless this is the key of a batch.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }
}

/// Whether these are the bytes of a model's settlement key. All in them but the circuit and the list follows from the model.
fn is_of(bytes: &[u8], model: &VerifyingKey, circuit: &CircuitKey, batches: &[BatchEntry]) -> Result<bool, PinError> {
    let statement = Statement::new(&model.architecture)?;
    Ok(key_bytes(&statement, circuit, model, batches) == bytes)
}

/// What is taken from a key's bytes.
struct Read<'b> {
    circuit: CircuitKey,
    batches: Vec<BatchEntry>,
    /// What the weight digest covers.
    rest: Reader<'b>,
}

impl<'b> Read<'b> {
    fn new(bytes: &'b [u8]) -> Result<Self, PinError> {
        const HEAD: &str = "the head";
        let mut reader = Reader::new(bytes);
        reader.slice(HEAD, FR_BYTES)?;
        let [transcript] = scalars(&mut reader)?;
        let log_rows = number(&mut reader, "number of rows", u64::from(*LOG_ROWS.end()))?;
        let [root, _last, _inverse] = scalars(&mut reader)?;
        reader.slice(HEAD, (SHAPE_WORDS + 1) * FR_BYTES)?;
        let columns = reader.points("the columns", CONSTANTS + VALUES)?;
        reader.slice("the setup", G2_BYTES)?;
        let count = number(&mut reader, "number of batches", MAX_BATCHES as u64)?;
        let batches = (0..count).map(|_| entry(&mut reader)).collect::<Result<_, _>>()?;
        let circuit = circuit(log_rows, [root, transcript], &columns).ok_or(PinError::Circuit)?;
        Ok(Self { circuit, batches, rest: reader })
    }
}

/// The circuit's key, if its root of unity is that of its number of rows, and these are more than those that blind.
fn circuit(log_rows: u64, [root, transcript]: [Fr; 2], columns: &[G1Affine]) -> Option<CircuitKey> {
    let (constants, permutation) = columns.split_at_checked(CONSTANTS)?;
    let log_rows = u32::try_from(log_rows).ok().filter(|log_rows| LOG_ROWS.contains(log_rows))?;
    let (constants, permutation) = (constants.try_into().ok()?, permutation.try_into().ok()?);
    (root_of_unity(log_rows) == root).then_some(CircuitKey { log_rows, root, transcript, constants, permutation })
}

fn entry(reader: &mut Reader<'_>) -> Result<BatchEntry, PinError> {
    const PART: &str = "the batches";
    let size = number(reader, "size of a batch", u32::MAX.into())?;
    let digest = Digest(reader.array(PART)?);
    Ok(BatchEntry { size: usize::try_from(size).map_err(|_| PinError::Number { what: "size of a batch" })?, digest })
}

fn scalars<const N: usize>(reader: &mut Reader<'_>) -> Result<[Fr; N], PinError> {
    let scalars = reader.scalars("the head", N)?;
    scalars.try_into().map_err(|_| PinError::Number { what: "head" })
}

/// A word that holds a number of at most `limit`.
fn number(reader: &mut Reader<'_>, what: &'static str, limit: u64) -> Result<u64, PinError> {
    let [high, middle, low] = [reader.number(what)?, reader.number(what)?, reader.number(what)?];
    let number = reader.number(what)?;
    if high | middle | low == 0 && number <= limit { Ok(number) } else { Err(PinError::Number { what }) }
}
