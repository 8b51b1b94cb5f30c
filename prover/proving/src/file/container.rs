//! The bytes of a file: a header, a checksum and a payload.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha3::{Digest, Keccak256};

use super::{Access, Fault};

const MAGIC: [u8; 7] = *b"hallmrk";
/// Changes with every change of what is stored, so that no version misreads another's files.
pub const VERSION: u16 = 5;
pub(super) const CHECKSUM: usize = 32;
pub(super) const HEADER: usize = MAGIC.len() + 1 + size_of::<u16>() + size_of::<u64>() + CHECKSUM;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An architecture and its weights; after `commit` their blinding too. It is its owner's secret.
    Model,
    /// An architecture and the commitment to its weights.
    Key,
    /// A proof of one inference.
    Proof,
    /// What spares the making of settlement keys their slow part.
    Settlement,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Model, Self::Key, Self::Proof, Self::Settlement];

    const fn tag(self) -> u8 {
        match self {
            Self::Model => b'M',
            Self::Key => b'K',
            Self::Proof => b'P',
            Self::Settlement => b'S',
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Key => "verifying key",
            Self::Proof => "proof",
            Self::Settlement => "file of settlement keys",
        }
    }

    /// Who may read such a file.
    pub(crate) const fn access(self) -> Access {
        match self {
            Self::Model => Access::Owner,
            Self::Key | Self::Proof | Self::Settlement => Access::Everyone,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether a header is that of a kind, in whichever version.
pub(super) fn is(header: &[u8; HEADER], kind: Kind) -> bool {
    header.starts_with(&MAGIC) && header[MAGIC.len()] == kind.tag()
}

/// The fields of a header, in order.
struct Header {
    kind: Kind,
    length: u64,
    checksum: [u8; CHECKSUM],
}

/// The bytes of a file that holds `value`.
///
/// # Errors
/// [`Fault::Encode`] if the value has a length that is not known.
pub fn encode<T: Serialize>(kind: Kind, value: &T) -> Result<Vec<u8>, Fault> {
    let mut bytes = postcard::to_extend(value, vec![0; HEADER]).map_err(Fault::Encode)?;
    let (header, payload) = bytes.split_at_mut(HEADER);
    let fields = Header { kind, length: payload.len() as u64, checksum: checksum(payload) };
    header.copy_from_slice(&fields.to_bytes());
    Ok(bytes)
}

/// What the bytes of a file of the given kind hold.
///
/// # Errors
/// - [`Fault::Magic`], [`Fault::Kind`] or [`Fault::Version`] if it is a file of another origin, kind or version.
/// - [`Fault::Header`], [`Fault::Truncated`], [`Fault::Trailing`] or [`Fault::Checksum`] if it is damaged.
/// - [`Fault::Decode`] if its contents are not what its header says.
pub fn decode<T: DeserializeOwned>(bytes: &[u8], expected: Kind) -> Result<T, Fault> {
    let (header, payload) = Header::parse(bytes, expected)?;
    check_length(header.length, payload.len() as u64)?;
    if checksum(payload) != header.checksum {
        return Err(Fault::Checksum);
    }
    match postcard::take_from_bytes(payload).map_err(Fault::Decode)? {
        (value, []) => Ok(value),
        (_, rest) => Err(Fault::Trailing { extra: rest.len() as u64 }),
    }
}

impl Header {
    fn to_bytes(&self) -> Vec<u8> {
        let Self { kind, length, checksum } = self;
        [&MAGIC[..], &[kind.tag()], &VERSION.to_le_bytes(), &length.to_le_bytes(), checksum].concat()
    }

    /// The header and what follows it. The kind is told in every version, and both even where the rest is missing.
    fn parse(bytes: &[u8], expected: Kind) -> Result<(Self, &[u8]), Fault> {
        let (magic, rest) = take::<7>(bytes)?;
        if magic != MAGIC {
            return Err(Fault::Magic);
        }
        let ([tag], rest) = take(rest)?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.tag() == tag).ok_or(Fault::Magic)?;
        if kind != expected {
            return Err(Fault::Kind { expected, found: kind });
        }
        let (version, rest) = take(rest)?;
        check_version(u16::from_le_bytes(version))?;
        let (length, rest) = take(rest)?;
        let (checksum, payload) = take(rest)?;
        Ok((Self { kind, length: u64::from_le_bytes(length), checksum }, payload))
    }
}

/// The next bytes of a header.
fn take<const N: usize>(bytes: &[u8]) -> Result<([u8; N], &[u8]), Fault> {
    match bytes.split_first_chunk() {
        Some((chunk, rest)) => Ok((*chunk, rest)),
        None => Err(Fault::Header),
    }
}

fn check_version(found: u16) -> Result<(), Fault> {
    if found == VERSION { Ok(()) } else { Err(Fault::Version { expected: VERSION, found }) }
}

fn check_length(expected: u64, found: u64) -> Result<(), Fault> {
    match found.checked_sub(expected) {
        Some(0) => Ok(()),
        Some(extra) => Err(Fault::Trailing { extra }),
        None => Err(Fault::Truncated { expected, found }),
    }
}

fn checksum(payload: &[u8]) -> [u8; CHECKSUM] {
    Keccak256::digest(payload).into()
}
