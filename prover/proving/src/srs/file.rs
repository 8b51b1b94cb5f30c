//! The SRS file.
//!
//! | bytes | content |
//! |---|---|
//! | 8 | `hallmsrs` |
//! | 4 | format version, 1 |
//! | 4 | flags: bit 0 is set where somebody may know tau |
//! | 4 | log_size |
//! | 32 | digest of the opening key |
//! | 128 | `[tau]_2` |
//! | 64 * (2^log_size + 15) | `[tau^i]_1` |
//! | 32 | keccak256 of all that is above |
//!
//! Integers are little-endian; points are encoded as [`hallmark_circuits::encoding`] says. The generators are the
//! standard ones.
//!
//! A file is anyone's word. Whatever is read of it is checked, unless the same bytes were before ([`Facts`]). A pairing
//! shows that the powers that were read are successive powers of the tau at its head
//! ([`Powers`](hallmark_circuits::powers::Powers)). That takes one multi-scalar multiplication over them. Without it,
//! whoever supplies the file chooses what is derived from it: the commitments to tables, the key of a circuit, and what
//! hides the weights. The checksum finds accidents, and authenticates nothing.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Write},
    path::Path,
};

use hallmark_circuits::{
    encoding::{G1_BYTES, G2_BYTES, g1_from_bytes, g1_to_bytes, g2_from_bytes, g2_to_bytes},
    facts::{Facts, NoFacts},
    srs::OpeningKey,
};
use sha3::{Digest, Keccak256};

use super::{BLINDING, MAX_LOG_SIZE, Srs, SrsError, open, points::read_g1, power_count};
use crate::file::{Access, Form, Target, store_by};

const MAGIC: &[u8; 8] = b"hallmsrs";
/// Changes with every change of what is stored.
pub const VERSION: u32 = 1;
const INSECURE: u32 = 1;
const DIGEST_BYTES: usize = 32;
const HEAD_BYTES: usize = MAGIC.len() + 3 * size_of::<u32>() + DIGEST_BYTES + G2_BYTES;

impl Srs {
    /// The form of such a file. It takes no file's place: nobody can make the powers of another secret again.
    pub const FORM: Form =
        Form { name: "structured reference string", access: Access::Everyone, replaces: |_| Ok(false) };

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    ///
    /// If it can't be written, or if there is a file that the target does not say to replace.
    pub fn write<'a>(&self, target: impl Into<Target<'a>>) -> Result<(), SrsError> {
        store_by(target, &Self::FORM, |file| self.write_to(file))?;
        Ok(())
    }

    fn write_to(&self, file: &mut File) -> io::Result<()> {
        let mut writer = Hashing { stream: BufWriter::new(file), hasher: Keccak256::new() };
        writer.write_all(&self.head())?;
        for point in self.g1() {
            writer.write_all(&g1_to_bytes(point))?;
        }
        writer.stream.write_all(&writer.hasher.finalize())?;
        writer.stream.flush()
    }

    fn head(&self) -> Vec<u8> {
        let key = self.opening_key();
        let flags = if key.insecure { INSECURE } else { 0 };
        let words = [VERSION, flags, self.log_size()].map(u32::to_le_bytes);
        [MAGIC.as_slice(), words.as_flattened(), key.digest.as_ref(), &g2_to_bytes(&key.tau_g2)].concat()
    }

    /// Reads the whole of a file that [`Srs::write`] wrote, and checks all of it.
    ///
    /// # Errors
    /// If the file can't be read, is damaged, or does not hold the successive powers of one tau.
    #[tracing::instrument(name = "read_srs", skip_all)]
    pub fn read(path: impl AsRef<Path>) -> Result<Self, SrsError> {
        let path = path.as_ref();
        let (head, reader) = Head::open(path)?;
        let mut reader = Hashing { stream: reader, hasher: Keccak256::new_with_prefix(head.bytes) };
        let g1 = read_g1(&mut reader, power_count(head.log_size), g1_from_bytes, on_io(path))?;
        let mut checksum = [0; DIGEST_BYTES];
        reader.stream.read_exact(&mut checksum).map_err(on_io(path))?;
        if reader.hasher.finalize().as_slice() != checksum {
            return Err(SrsError::Checksum);
        }
        let tau_g2 = g2_from_bytes(&head.tau_g2).ok_or(SrsError::PointG2)?;
        let srs = Self::check(g1, tau_g2, head.insecure, &NoFacts)?;
        head.check_digest(srs.opening_key())?;
        Ok(srs)
    }

    /// Reads the opening key alone: the same key as [`Srs::read`] gives, in constant time.
    ///
    /// # Errors
    /// As [`Srs::read_prefix`].
    pub fn read_opening_key(path: impl AsRef<Path>) -> Result<OpeningKey, SrsError> {
        Ok(Self::read_prefix(path, 0)?.opening_key().clone())
    }

    /// Reads the first 2^`log_size` + 15 powers, or as many as there are, in time that does not depend on the length of the
    /// file. All that is read is checked as [`Srs::read`] does, but for the checksum, which is about the whole file.
    ///
    /// # Errors
    /// If the file can't be read, or what is read does not hold the successive powers of one tau.
    pub fn read_prefix(path: impl AsRef<Path>, log_size: u32) -> Result<Self, SrsError> {
        Self::read_prefix_once(path, log_size, &NoFacts)
    }

    /// As [`Srs::read_prefix`], but powers that were checked before are not paired again.
    ///
    /// # Errors
    /// As [`Srs::read_prefix`].
    #[tracing::instrument(name = "read_srs_prefix", skip_all)]
    pub fn read_prefix_once(path: impl AsRef<Path>, log_size: u32, facts: &dyn Facts) -> Result<Self, SrsError> {
        let path = path.as_ref();
        let (head, mut reader) = Head::open(path)?;
        let log_size = log_size.min(head.log_size);
        let g1 = read_g1(&mut reader, power_count(log_size), g1_from_bytes, on_io(path))?;
        let tau_g2 = g2_from_bytes(&head.tau_g2).ok_or(SrsError::PointG2)?;
        let srs = Self::check(g1, tau_g2, head.insecure, facts)?;
        head.check_digest(srs.opening_key())?;
        Ok(srs)
    }
}

/// What stands before the powers.
struct Head {
    bytes: [u8; HEAD_BYTES],
    insecure: bool,
    log_size: u32,
    digest: [u8; DIGEST_BYTES],
    tau_g2: [u8; G2_BYTES],
}

impl Head {
    /// The head of a file whose length is the one that its head asks for.
    fn open(path: &Path) -> Result<(Self, BufReader<File>), SrsError> {
        let (file, found) = open(path)?;
        let mut reader = BufReader::new(file);
        let mut bytes = [0; HEAD_BYTES];
        let least = file_bytes(0);
        if found < least {
            return Err(SrsError::Length { expected: least, found });
        }
        reader.read_exact(&mut bytes).map_err(on_io(path))?;
        let head = Self::parse(bytes)?;
        let expected = file_bytes(head.log_size);
        if found == expected { Ok((head, reader)) } else { Err(SrsError::Length { expected, found }) }
    }

    fn parse(bytes: [u8; HEAD_BYTES]) -> Result<Self, SrsError> {
        let mut rest = bytes.as_slice();
        if take(&mut rest) != *MAGIC {
            return Err(SrsError::Magic);
        }
        let [version, flags, log_size] = std::array::from_fn(|_| u32::from_le_bytes(take(&mut rest)));
        match (version, flags, log_size) {
            (VERSION, 0 | INSECURE, ..=MAX_LOG_SIZE) => {}
            (VERSION, 0 | INSECURE, _) => return Err(SrsError::LogSize(log_size)),
            (VERSION, _, _) => return Err(SrsError::Flags(flags)),
            _ => return Err(SrsError::Version(version)),
        }
        let insecure = flags == INSECURE;
        Ok(Self { bytes, insecure, log_size, digest: take(&mut rest), tau_g2: take(&mut rest) })
    }

    /// The digest at the head stands for the checksum where only the head is read.
    fn check_digest(&self, key: &OpeningKey) -> Result<(), SrsError> {
        if key.digest.0 == self.digest { Ok(()) } else { Err(SrsError::Checksum) }
    }
}

/// The length of a file of this size.
fn file_bytes(log_size: u32) -> u64 {
    (HEAD_BYTES + DIGEST_BYTES) as u64 + ((1 << log_size) + BLINDING as u64) * G1_BYTES as u64
}

/// The next `N` bytes. Zeros stand for what is missing: the head has a fixed length, so that nothing is.
fn take<const N: usize>(bytes: &mut &[u8]) -> [u8; N] {
    bytes.split_off(..N).and_then(|bytes| bytes.try_into().ok()).unwrap_or([0; N])
}

fn on_io(path: &Path) -> impl Fn(io::Error) -> SrsError {
    move |source| SrsError::Io { path: path.to_owned(), source }
}

/// A stream that hashes what passes.
struct Hashing<S> {
    stream: S,
    hasher: Keccak256,
}

impl<S: Read> Read for Hashing<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}

impl<S: Write> Write for Hashing<S> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let count = self.stream.write(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
