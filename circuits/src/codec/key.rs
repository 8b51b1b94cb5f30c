//! The verifying key as bytes.
//!
//! ```text
//! length, architecture     postcard
//! insecure setup           1 byte, 0 or 1
//! setup digest             32 bytes
//! table rows, weight rows  64 bytes each, as many as the architecture fixes
//! ```

use super::{CodecError, MAX_ARCHITECTURE_BYTES, Reader};
use crate::{encoding::g1_to_bytes, key::VerifyingKey, layout::Layout, model::Architecture};

/// A verifying key as it is handed to verifiers.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedKey {
    /// The key.
    pub key: VerifyingKey,
    /// Whether its setup was made for development. It informs: the setup's own flag decides, and its digest covers that.
    pub insecure_setup: bool,
}

impl PublishedKey {
    /// The bytes of the key.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_architecture(&mut bytes, &self.key.architecture);
        self.write_rows(&mut bytes);
        bytes
    }

    /// The key with these bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let architecture = read_architecture(&mut reader)?;
        let key = Self::read_rows(&mut reader, architecture)?;
        reader.finish()?;
        Ok(key)
    }

    /// Writes all but the architecture.
    pub fn write_rows(&self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(self.insecure_setup));
        bytes.extend(self.key.setup);
        for row in self.key.entry_outputs.iter().chain(&self.key.weights) {
            bytes.extend(g1_to_bytes(row));
        }
    }

    /// Reads all but the architecture, which fixes the number of rows.
    pub fn read_rows(reader: &mut Reader<'_>, architecture: Architecture) -> Result<Self, CodecError> {
        let layout = Layout::new(&architecture)?;
        let insecure_setup = reader.flag("the setup's flag")?;
        let setup = reader.array("the setup's digest")?;
        let entry_outputs = reader.points("the table commitments", layout.entry_rows())?;
        let weights = reader.points("the weight commitments", layout.weight_rows())?;
        let key = VerifyingKey { architecture, setup, entry_outputs, weights };
        key.check_shape(&layout)?;
        Ok(Self { key, insecure_setup })
    }
}

/// Writes an architecture after its length.
pub fn write_architecture(bytes: &mut Vec<u8>, architecture: &Architecture) {
    let encoding = architecture.to_bytes();
    bytes.extend(u64::try_from(encoding.len()).unwrap_or(u64::MAX).to_be_bytes());
    bytes.extend(encoding);
}

/// Reads an architecture and validates it.
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
