//! The public part of a data set as bytes.
//!
//! ```text
//! length, form   postcard
//! setup          as in a verifying key
//! row bits       1 byte
//! chunks         8 bytes, their number; then of each as many rows as form and row bits fix, 64 bytes each
//! ```

use super::{
    CodecError, MAX_ARCHITECTURE_BYTES, Reader,
    key::{read_setup, write_setup},
};
use crate::{
    encoding::g1_to_bytes,
    model::{DataSet, MAX_CHUNKS, MAX_ROW_BITS, MIN_ROW_BITS, ModelError},
    set_key::SetKey,
};

/// The bytes of a data set's public part.
#[must_use]
pub fn write_set_key(key: &SetKey) -> Vec<u8> {
    let mut bytes = Vec::new();
    let form = key.form.to_bytes();
    bytes.extend(u64::try_from(form.len()).unwrap_or(u64::MAX).to_be_bytes());
    bytes.extend(form);
    write_setup(&mut bytes, &key.setup);
    bytes.push(u8::try_from(key.row_bits).unwrap_or(u8::MAX));
    bytes.extend(u64::try_from(key.chunks.len()).unwrap_or(u64::MAX).to_be_bytes());
    bytes.extend(key.chunks.iter().flatten().flat_map(g1_to_bytes));
    bytes
}

/// Reads the public part of a data set, of which more may follow.
///
/// # Errors
/// If the bytes are not the one encoding of a data set's public part.
pub fn read_set_key(reader: &mut Reader<'_>) -> Result<SetKey, CodecError> {
    let form = read_form(reader)?;
    let setup = read_setup(reader)?;
    let [row_bits] = reader.array("the length of rows")?.map(u32::from);
    let (least, greatest) = (MIN_ROW_BITS, MAX_ROW_BITS);
    if !(least..=greatest).contains(&row_bits) {
        return Err(ModelError::RowBits { what: "rows of a data set", found: row_bits, least, greatest }.into());
    }
    let chunks = read_chunk_count(reader)?;
    let rows = form.rows(row_bits);
    let chunks = (0..chunks).map(|_| reader.points("the commitments to a chunk", rows)).collect::<Result<_, _>>()?;
    Ok(SetKey { form, setup, row_bits, chunks })
}

fn read_chunk_count(reader: &mut Reader<'_>) -> Result<usize, CodecError> {
    let found = usize::try_from(reader.number("the number of chunks")?).unwrap_or(usize::MAX);
    if (1..=MAX_CHUNKS).contains(&found) {
        return Ok(found);
    }
    Err(ModelError::Count { what: "chunks of a data set", found, limit: MAX_CHUNKS }.into())
}

fn read_form(reader: &mut Reader<'_>) -> Result<DataSet, CodecError> {
    const PART: &str = "the form of the data set";
    let found = reader.number(PART)?;
    let length = usize::try_from(found).ok().filter(|&length| length <= MAX_ARCHITECTURE_BYTES);
    let encoding = reader.slice(PART, length.ok_or(CodecError::TooLarge { found, limit: MAX_ARCHITECTURE_BYTES })?)?;
    let form: DataSet = postcard::from_bytes(encoding).map_err(CodecError::Architecture)?;
    form.validate()?;
    // Postcard accepts integers with needless bytes and ignores what follows the value.
    if form.to_bytes() == encoding { Ok(form) } else { Err(CodecError::NotCanonical { part: PART }) }
}
