//! The verifying key as bytes.
//!
//! ```text
//! length, architecture     postcard
//! setup                    193 bytes:
//!   insecure               1 byte, 0 or 1
//!   [tau]_1, [tau]_2       64 and 128 bytes
//! table rows, weight rows  64 bytes each, as many as the architecture fixes
//! batches                  1 byte, their number; then of each 1 byte for the logarithm of its size, and 1 for that of its rows
//! ```
//!
//! The setup's points stand here and not their digest: so the weight digest covers every bit of the bytes before the batches,
//! and the model digest covers those of the batches too.

use super::{CodecError, MAX_ARCHITECTURE_BYTES, Reader};
use crate::{
    encoding::{g1_from_bytes, g1_to_bytes, g2_from_bytes, g2_to_bytes},
    key::VerifyingKey,
    layout::Layout,
    model::{Architecture, Batch, check_batches},
    srs::OpeningKey,
};

/// The bytes of a key.
#[must_use]
pub fn write_key(key: &VerifyingKey) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_architecture(&mut bytes, &key.architecture);
    write_rows(&mut bytes, key);
    bytes
}

/// The key with these bytes.
///
/// # Errors
/// If they are not the one encoding of a key.
pub fn read_key(bytes: &[u8]) -> Result<VerifyingKey, CodecError> {
    let mut reader = Reader::new(bytes);
    let architecture = read_architecture(&mut reader)?;
    let key = read_rows(&mut reader, architecture)?;
    reader.finish()?;
    Ok(key)
}

/// Writes all of a key but the architecture.
pub fn write_rows(bytes: &mut Vec<u8>, key: &VerifyingKey) {
    write_setup(bytes, &key.setup);
    for row in key.entry_outputs.iter().chain(&key.weights) {
        bytes.extend(g1_to_bytes(row));
    }
    write_batches(bytes, &key.batches);
}

fn write_batches(bytes: &mut Vec<u8>, batches: &[Batch]) {
    // A valid list is short, and its logarithms are small.
    let byte = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
    bytes.push(u8::try_from(batches.len()).unwrap_or(u8::MAX));
    bytes.extend(batches.iter().flat_map(|batch| [byte(batch.log_size), byte(batch.row_bits)]));
}

fn read_batches(reader: &mut Reader<'_>) -> Result<Vec<Batch>, CodecError> {
    const PART: &str = "the batches";
    let [count] = reader.array(PART)?;
    let mut batches = Vec::new();
    for _ in 0..count {
        let [log_size, row_bits] = reader.array(PART)?.map(u32::from);
        batches.push(Batch { log_size, row_bits });
    }
    check_batches(&batches)?;
    Ok(batches)
}

/// Reads all of a key but the architecture, which fixes the number of rows.
///
/// # Errors
/// If the bytes are not the one encoding of a key's rows.
pub fn read_rows(reader: &mut Reader<'_>, architecture: Architecture) -> Result<VerifyingKey, CodecError> {
    let layout = Layout::new(&architecture)?;
    let setup = read_setup(reader)?;
    let entry_outputs = reader.points("the table commitments", layout.entry_rows())?;
    let weights = reader.points("the weight commitments", layout.weight_rows())?;
    let batches = read_batches(reader)?;
    // Each has to be one that can be derived.
    batches.iter().try_for_each(|batch| architecture.batched(*batch).map(drop))?;
    Ok(VerifyingKey { architecture, setup, entry_outputs, weights, batches })
}

pub(super) fn write_setup(bytes: &mut Vec<u8>, setup: &OpeningKey) {
    bytes.push(u8::from(setup.insecure));
    bytes.extend(g1_to_bytes(&setup.tau_g1));
    bytes.extend(g2_to_bytes(&setup.tau_g2));
}

pub(super) fn read_setup(reader: &mut Reader<'_>) -> Result<OpeningKey, CodecError> {
    const PART: &str = "the setup's points";
    let insecure = reader.flag("the setup's flag")?;
    let tau_g1 = g1_from_bytes(&reader.array(PART)?).ok_or(CodecError::Point { part: PART, index: 0 })?;
    let tau_g2 = g2_from_bytes(&reader.array(PART)?).ok_or(CodecError::Point { part: PART, index: 1 })?;
    Ok(OpeningKey::new(tau_g1, tau_g2, insecure)?)
}

/// Writes an architecture after its length.
pub fn write_architecture(bytes: &mut Vec<u8>, architecture: &Architecture) {
    let encoding = architecture.to_bytes();
    bytes.extend(u64::try_from(encoding.len()).unwrap_or(u64::MAX).to_be_bytes());
    bytes.extend(encoding);
}

/// Reads an architecture and validates it.
///
/// # Errors
/// - [`CodecError::Truncated`] if the bytes end early, [`CodecError::TooLarge`] if they are too many.
/// - [`CodecError::Architecture`] or [`CodecError::NotCanonical`] if they are no encoding of an architecture.
/// - [`CodecError::Model`] if the architecture is beyond a limit or contradicts itself.
pub fn read_architecture(reader: &mut Reader<'_>) -> Result<Architecture, CodecError> {
    const PART: &str = "the architecture";
    let found = reader.number(PART)?;
    let length = usize::try_from(found).ok().filter(|&length| length <= MAX_ARCHITECTURE_BYTES);
    let encoding = reader.slice(PART, length.ok_or(CodecError::TooLarge { found, limit: MAX_ARCHITECTURE_BYTES })?)?;
    let architecture: Architecture = postcard::from_bytes(encoding).map_err(CodecError::Architecture)?;
    architecture.validate()?;
    // Postcard accepts integers with needless bytes and ignores what follows the value.
    if architecture.to_bytes() != encoding {
        return Err(CodecError::NotCanonical { part: PART });
    }
    Ok(architecture)
}
