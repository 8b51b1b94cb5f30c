//! What a contract needs to know of a model to settle its inferences, as the bytes of one blob.
//!
//! The contract holds columns and gates; the key holds what differs from one architecture to the next, and then the model's
//! own digest with all that the digest covers. The blob's keccak digest pins all of it.

use ark_bn254::{Fr, G1Affine};
use ark_ff::Field;

use super::table::{CONSTANTS, VALUES};
use crate::{
    columns::IndexSpace,
    digest::Digest,
    encoding::{FR_BYTES, G1_BYTES, G2_BYTES, fr_to_bytes, g1_to_bytes, g2_to_bytes, integer_word, word},
    key::{VerifyingKey, public_bytes},
    relations::packing::{PublicTensor, public_tensors},
    srs::OpeningKey,
    verifier::statement::Statement,
};

/// The rows at the end of halo2's columns that are random, and the one before them where the permutation's product ends.
pub const BLINDING_ROWS: usize = 6;

/// Where the list of batches begins in a key's bytes: after 16 numbers, the commitments to the columns, and tau.
pub const LIST_OFFSET: usize = 16 * FR_BYTES + (CONSTANTS + VALUES) * G1_BYTES + G2_BYTES;

/// Where what the weight digest covers begins in the bytes of a key that lists so many batches.
#[must_use]
pub const fn model_offset(batches: usize) -> usize {
    LIST_OFFSET + (1 + 2 * batches) * FR_BYTES
}

/// A batch that a settlement key lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchEntry {
    /// The number of samples.
    pub size: usize,
    /// The digest of the batch's settlement key without its weights. They are those of the key that has the list.
    pub digest: Digest,
}

/// The verifying key of an architecture's settlement circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircuitKey {
    /// The base-two logarithm of the number of rows.
    pub log_rows: u32,
    /// The primitive root of unity that goes from row to row.
    pub root: Fr,
    /// What halo2 absorbs in the key's place.
    pub transcript: Fr,
    /// The commitments to the columns of constants.
    pub constants: [G1Affine; CONSTANTS],
    /// The commitments to the permutation of the columns of values.
    pub permutation: [G1Affine; VALUES],
}

/// The bytes that a contract reads of a model whose circuit has this key.
///
/// # Soundness
/// Nothing in them is checked: proofs are held against a `SettlementKey`, which is derived.
#[must_use]
pub fn key_bytes(
    statement: &Statement<'_>,
    circuit: &CircuitKey,
    model: &VerifyingKey,
    batches: &[BatchEntry],
) -> Vec<u8> {
    let setup = &model.setup;
    let circuit = circuit_bytes(statement, circuit, setup);
    [circuit, list_bytes(batches), model.public_bytes(), model.weight_bytes()].concat()
}

/// The digest of all bytes of a key but the weights' commitments, which anyone can compute from the architecture and the
/// setup: `entry_outputs` are the commitments to the tables, and no weights are needed.
#[must_use]
pub fn architecture_digest(
    statement: &Statement<'_>,
    circuit: &CircuitKey,
    setup: &OpeningKey,
    entry_outputs: &[G1Affine],
    batches: &[BatchEntry],
) -> Digest {
    let weight_rows = statement.layout.weight_rows();
    let mut bytes = circuit_bytes(statement, circuit, setup);
    bytes.extend(list_bytes(batches));
    bytes.extend(public_bytes(statement.model, setup.digest, entry_outputs, weight_rows));
    Digest::keccak(&bytes)
}

/// The number of entries, then of each its number of samples and its digest.
fn list_bytes(batches: &[BatchEntry]) -> Vec<u8> {
    let entry = |entry: &BatchEntry| [integer_word(entry.size as u64), entry.digest.0].concat();
    integer_word(batches.len() as u64).into_iter().chain(batches.iter().flat_map(entry)).collect()
}

fn circuit_bytes(statement: &Statement<'_>, circuit: &CircuitKey, setup: &OpeningKey) -> Vec<u8> {
    let rows = 1 << circuit.log_rows;
    let last = circuit.root.pow([rows - BLINDING_ROWS as u64]);
    let inverse = Fr::from(rows).inverse().unwrap_or_default();
    let mut bytes = Vec::new();
    bytes.extend(word(b"hallmark settlement 3"));
    bytes.extend(fr_to_bytes(&circuit.transcript));
    bytes.extend(integer_word(u64::from(circuit.log_rows)));
    bytes.extend([circuit.root, last, inverse].iter().flat_map(fr_to_bytes));
    bytes.extend(shape_words(statement).into_iter().flat_map(integer_word));
    bytes.extend(integer_word(u64::from(setup.insecure)));
    bytes.extend(circuit.constants.iter().chain(&circuit.permutation).flat_map(g1_to_bytes));
    bytes.extend(g2_to_bytes(&setup.tau_g2));
    bytes
}

/// The numbers of rows, and how public values are packed. Each digest is a run of one value of 32 bytes.
fn shape_words(statement: &Statement<'_>) -> Vec<u64> {
    let spaces = [IndexSpace::Cells, IndexSpace::Entries, IndexSpace::Weights];
    let rows = spaces.map(|space| space.row_coordinates(&statement.layout));
    let tensors = public_tensors(statement.model, &statement.layout);
    let run = |public: &PublicTensor<'_>| match public.digests {
        0 => [public.width, public.run() * public.width, public.values() / public.run()],
        digests => [FR_BYTES, FR_BYTES, digests],
    };
    rows.into_iter().chain(tensors.iter().flat_map(run)).map(|value| value as u64).collect()
}
