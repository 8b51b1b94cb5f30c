//! The bytes of a file: a header, a checksum and a payload.
//!
//! All integers are little-endian:
//!
//! ```text
//! magic      8 bytes   "hallmrk" and the kind: 'M', 'K', 'P', 'S', 'D', 'E' or 'C'
//! version    2 bytes
//! length     8 bytes   of the payload
//! checksum  32 bytes   keccak256 of the payload
//! payload    length    postcard encoding
//! ```
//!
//! The checksum finds accidents. It authenticates nothing: what is read is still to be validated.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::digest::Digest;

const MAGIC: [u8; 7] = *b"hallmrk";
/// Changes with every change of what is stored, so that no version misreads another's files.
pub const VERSION: u16 = 7;
/// The bytes of the checksum, at the end of the header.
pub const CHECKSUM: usize = 32;
/// The bytes of the header.
pub const HEADER: usize = MAGIC.len() + 1 + size_of::<u16>() + size_of::<u64>() + CHECKSUM;

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
    /// Samples with labels, commitments to them, and their blinding. It is its owner's secret.
    DataSet,
    /// The form of a data set and the commitments to it.
    SetKey,
    /// The proofs of a model's score on a data set.
    Score,
}

impl Kind {
    const ALL: [Self; 7] =
        [Self::Model, Self::Key, Self::Proof, Self::Settlement, Self::DataSet, Self::SetKey, Self::Score];

    const fn tag(self) -> u8 {
        match self {
            Self::Model => b'M',
            Self::Key => b'K',
            Self::Proof => b'P',
            Self::Settlement => b'S',
            Self::DataSet => b'D',
            Self::SetKey => b'E',
            Self::Score => b'C',
        }
    }

    /// Its name in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Key => "verifying key",
            Self::Proof => "proof",
            Self::Settlement => "file of settlement keys",
            Self::DataSet => "data set",
            Self::SetKey => "key of a data set",
            Self::Score => "score",
        }
    }

    /// Whether a header is one of this kind, in whichever version.
    #[must_use]
    pub fn is_of(self, header: &[u8; HEADER]) -> bool {
        header.strip_prefix(&MAGIC).and_then(<[u8]>::first) == Some(&self.tag())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why bytes are not a file of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ContainerError {
    /// They have another origin.
    #[error("this is not a file of Hallmark's")]
    Magic,
    /// They are a file of another kind.
    #[error("this is a {found}, but a {expected} is needed here: check the order of the arguments")]
    Kind {
        /// The kind that is needed.
        expected: Kind,
        /// The kind found.
        found: Kind,
    },
    /// They were written by another version.
    #[error(
        "the file has format {found} and this program reads {expected}: make it again, or use the program that made it"
    )]
    Version {
        /// The version that is read.
        expected: u16,
        /// The version found.
        found: u16,
    },
    /// They end within the header.
    #[error("the file ends before its contents begin: copy or make it again")]
    Header,
    /// Their end is missing.
    #[error("the file's contents are cut off after {found} of {expected} bytes: copy or make it again")]
    Truncated {
        /// The length that the contents should have.
        expected: u64,
        /// The length that they have.
        found: u64,
    },
    /// Something stands behind their end.
    #[error("{extra} bytes follow the end of the file's contents: copy or make it again")]
    Trailing {
        /// How many bytes.
        extra: u64,
    },
    /// Bits changed since they were written.
    #[error("the file is damaged, its checksum does not match: copy or make it again")]
    Checksum,
    /// The payload is not what the header says.
    #[error("the file's contents make no sense ({0}): make it again with this version")]
    Decode(postcard::Error),
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
/// If the value has a length that is not known.
pub fn encode<T: Serialize>(kind: Kind, value: &T) -> Result<Vec<u8>, postcard::Error> {
    let payload = postcard::to_stdvec(value)?;
    let fields = Header { kind, length: wide(payload.len()), checksum: checksum(&payload) };
    Ok([fields.to_bytes(), payload].concat())
}

/// What the bytes of a file of the given kind hold.
///
/// Decoding takes memory in proportion to the bytes: a sequence reserves at most 1 MiB before its elements are seen, and each
/// element takes at least a byte. That holds for types without elements of size zero, such as `Vec<()>`.
///
/// # Errors
/// - [`ContainerError::Magic`], [`ContainerError::Kind`] or [`ContainerError::Version`] if it is a file of another origin, kind
///   or version.
/// - [`ContainerError::Header`], [`ContainerError::Truncated`], [`ContainerError::Trailing`] or [`ContainerError::Checksum`] if it
///   is damaged.
/// - [`ContainerError::Decode`] if its contents are not what its header says.
pub fn decode<T: DeserializeOwned>(bytes: &[u8], expected: Kind) -> Result<T, ContainerError> {
    let (header, payload) = Header::parse(bytes, expected)?;
    check_length(header.length, wide(payload.len()))?;
    if checksum(payload) != header.checksum {
        return Err(ContainerError::Checksum);
    }
    match postcard::take_from_bytes(payload).map_err(ContainerError::Decode)? {
        (value, []) => Ok(value),
        (_, rest) => Err(ContainerError::Trailing { extra: wide(rest.len()) }),
    }
}

impl Header {
    fn to_bytes(&self) -> Vec<u8> {
        let Self { kind, length, checksum } = self;
        [&MAGIC[..], &[kind.tag()], &VERSION.to_le_bytes(), &length.to_le_bytes(), checksum].concat()
    }

    /// The header and what follows it. The kind is told in every version, and both even where the rest is missing.
    fn parse(bytes: &[u8], expected: Kind) -> Result<(Self, &[u8]), ContainerError> {
        let (magic, rest) = take::<7>(bytes)?;
        if magic != MAGIC {
            return Err(ContainerError::Magic);
        }
        let ([tag], rest) = take(rest)?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.tag() == tag).ok_or(ContainerError::Magic)?;
        if kind != expected {
            return Err(ContainerError::Kind { expected, found: kind });
        }
        let (version, rest) = take(rest)?;
        check_version(u16::from_le_bytes(version))?;
        let (length, rest) = take(rest)?;
        let (checksum, payload) = take(rest)?;
        Ok((Self { kind, length: u64::from_le_bytes(length), checksum }, payload))
    }
}

/// The next bytes of a header.
fn take<const N: usize>(bytes: &[u8]) -> Result<([u8; N], &[u8]), ContainerError> {
    match bytes.split_first_chunk() {
        Some((chunk, rest)) => Ok((*chunk, rest)),
        None => Err(ContainerError::Header),
    }
}

fn check_version(found: u16) -> Result<(), ContainerError> {
    if found == VERSION { Ok(()) } else { Err(ContainerError::Version { expected: VERSION, found }) }
}

fn check_length(expected: u64, found: u64) -> Result<(), ContainerError> {
    match found.checked_sub(expected) {
        Some(0) => Ok(()),
        Some(extra) => Err(ContainerError::Trailing { extra }),
        None => Err(ContainerError::Truncated { expected, found }),
    }
}

fn checksum(payload: &[u8]) -> [u8; CHECKSUM] {
    Digest::keccak(payload).0
}

/// The number, as it is: an address has no more bits.
fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
