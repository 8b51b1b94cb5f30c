//! Why a structured reference string cannot be used.

use std::{io, path::PathBuf};

use hallmark_circuits::powers::PowersError;
use thiserror::Error;

use super::MAX_LOG_SIZE;
use crate::file::FileError;

/// Why a structured reference string cannot be read, written or trusted.
#[derive(Debug, Error)]
pub enum SrsError {
    /// The operating system refuses.
    #[error("cannot access the SRS file {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// It is no file, or can't be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file does not start as an SRS does.
    #[error("this is not a Hallmark SRS file; make one with `hallmark srs`, or import a .ptau file")]
    Magic,
    /// The file is of another format version.
    #[error("the SRS file has format version {0}, which this program does not know; make it again with this program")]
    Version(u32),
    /// The file has flags that no version sets.
    #[error("the SRS file has unknown flags {0:#x}; make it again with this program")]
    Flags(u32),
    /// The size is above the limit.
    #[error("the SRS file claims size 2^{0}, above the limit 2^{MAX_LOG_SIZE}; it is damaged, make it again")]
    LogSize(u32),
    /// The file is truncated, or has bytes after its end.
    #[error("the SRS file has {found} bytes where its header asks for {expected}; copy it again from its source")]
    Length {
        /// The length that the header asks for.
        expected: u64,
        /// The file's length.
        found: u64,
    },
    /// The file is not what was written.
    #[error("the SRS file's checksum does not hold; copy it again from its source")]
    Checksum,
    /// The encoding of a point is not one: it is neutral or off its curve, or its coordinates are not reduced.
    #[error("power {index} of the SRS is not a valid point of G1; get the file again from its source")]
    Point {
        /// The power of tau.
        index: usize,
    },
    /// `[tau]_2` is off its curve or outside its subgroup, or its coordinates are not reduced.
    #[error("the SRS holds an invalid point of G2; get the file again from its source")]
    PointG2,
    /// The ceremony is not over the standard generator of G2.
    #[error("the SRS does not start with BN254's standard generators; use one made over them")]
    Generator,
    /// The points are not the powers of one tau.
    #[error(transparent)]
    Powers(#[from] PowersError),
    /// The .ptau file cannot be read.
    #[error("the .ptau file cannot be imported: {0}")]
    Ptau(#[from] PtauError),
}

/// Why a .ptau file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PtauError {
    /// The file does not start as a .ptau file does.
    #[error("it is not a .ptau file; give the result of a snarkjs powers-of-tau ceremony")]
    Magic,
    /// The file is of another format version.
    #[error("its format version {0} is unknown; only version 1 can be read")]
    Version(u32),
    /// A section's end is beyond the file's.
    #[error("it ends inside a section; download it again")]
    Truncated,
    /// A section is absent.
    #[error("it has no section {0}; give a file with the powers of tau, such as `pot14_final.ptau`")]
    Missing(u32),
    /// A section comes twice.
    #[error("its section {0} comes twice; get it again from its source")]
    Duplicate(u32),
    /// A section has another length than the header asks for.
    #[error("its section {section} has {found} bytes where the header asks for {expected}; download it again")]
    SectionLength {
        /// The section's number in the format.
        section: u32,
        /// The length that the header asks for.
        expected: u64,
        /// The length found.
        found: u64,
    },
    /// The ceremony is over another curve.
    #[error("its curve is not BN254; give a ceremony over bn128, as snarkjs calls it")]
    Curve,
    /// The ceremony's size is not supported.
    #[error("its power {0} is not from 1 to {MAX_LOG_SIZE}")]
    Power(u32),
    /// The ceremony is smaller than what is asked for.
    #[error("it holds powers for size 2^{available} where 2^{requested} is asked for; give a larger ceremony's file")]
    TooSmall {
        /// The binary logarithm of the size asked for.
        requested: u32,
        /// The binary logarithm of the largest size in the file.
        available: u32,
    },
}
