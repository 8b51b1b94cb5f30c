//! The owner's data set: its public part, its integers, and what opens the commitments to them.
//!
//! ```text
//! key        as in the key of a data set
//! then of each chunk
//!   integers  a width, then the integers: as a weight tensor of a model
//!   blinds    32 bytes for each row
//! ```

use hallmark_circuits::{
    codec::{CodecError, Reader, read_set_key, write_set_key},
    encoding::fr_to_bytes,
};

use super::weights;
use crate::proving::{Chunk, CommittedSet};

/// The bytes of a data set.
pub(super) fn to_bytes(set: &CommittedSet) -> Vec<u8> {
    let mut bytes = write_set_key(&set.key);
    for chunk in &set.chunks {
        weights::write_tensor(&mut bytes, &chunk.integers);
        bytes.extend(chunk.blinds.iter().flat_map(fr_to_bytes));
    }
    bytes
}

/// The data set with these bytes.
///
/// # Errors
/// [`CodecError`] says where the bytes are no data set.
pub(super) fn from_bytes(bytes: &[u8]) -> Result<CommittedSet, CodecError> {
    let mut reader = Reader::new(bytes);
    let key = read_set_key(&mut reader)?;
    let (integers, rows) = (key.form.capacity() * key.form.row_width(), key.form.rows(key.row_bits));
    let mut chunks = Vec::with_capacity(key.chunks.len());
    for _ in &key.chunks {
        let integers = weights::read_tensor(&mut reader, integers)?;
        chunks.push(Chunk { integers, blinds: reader.scalars("the blinds", rows)? });
    }
    reader.finish()?;
    Ok(CommittedSet { key, chunks })
}
