//! The SRS file: what is written is read, and damaged or hostile files are refused by name.

use std::fs;

use hallmark_circuits::{
    encoding::{G1_BYTES, G2_BYTES, g2_to_bytes},
    powers::PowersError,
    srs::OpeningKey,
};
use hallmark_proving::facts::FactFolder;
use hallmark_proving::file::{Fault, FileError, Target};
use hallmark_proving::srs::{BLINDING, MAX_LOG_SIZE, Srs, SrsError};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use sha3::{Digest, Keccak256};
use tempfile::TempDir;

/// What stands before the powers: magic, version, flags, size, digest and [tau]_2.
const HEAD_BYTES: usize = 8 + 4 + 4 + 4 + DIGEST_BYTES + G2_BYTES;
const DIGEST_BYTES: usize = 32;

fn srs(log_size: u32) -> Srs {
    Srs::insecure(log_size, &mut ChaCha20Rng::seed_from_u64(1))
}

/// The bytes of the file of [`srs`].
fn file(log_size: u32) -> Vec<u8> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("srs");
    srs(log_size).write(&path).unwrap();
    fs::read(path).unwrap()
}

fn read(bytes: &[u8]) -> (Result<Srs, SrsError>, Result<OpeningKey, SrsError>) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("srs");
    fs::write(&path, bytes).unwrap();
    (Srs::read(&path), Srs::read_opening_key(&path))
}

/// Replaces the checksum by that of the changed content, as somebody who means harm would.
fn seal(bytes: &mut [u8]) {
    let (content, checksum) = bytes.split_at_mut(bytes.len() - DIGEST_BYTES);
    checksum.copy_from_slice(&Keccak256::digest(content));
}

macro_rules! assert_refused {
    ($bytes:expr, $error:pat) => {
        let (srs, key) = read(&$bytes);
        assert!(matches!(srs, Err($error)), "{srs:?}");
        assert!(matches!(key, Err($error)), "{key:?}");
    };
}

/// A file with the same head, but for one power, is checked although the right one was.
#[test]
fn powers_that_were_checked_are_not_paired_again_and_others_are() {
    let folder = TempDir::new().unwrap();
    let [right, wrong] = ["right", "wrong"].map(|name| folder.path().join(name));
    let mut bytes = file(4);
    fs::write(&right, &bytes).unwrap();
    let facts = FactFolder::open(folder.path().join("facts")).unwrap();
    for log_size in [2, 4, 4, 2] {
        let read = Srs::read_prefix_once(&right, log_size, &facts).unwrap();
        assert_eq!(read, Srs::read_prefix(&right, log_size).unwrap());
    }
    assert_eq!(facts.count(), 2, "one for each length");
    let place = HEAD_BYTES + 7 * G1_BYTES;
    (0..G1_BYTES).for_each(|byte| bytes.swap(place + byte, place + G1_BYTES + byte));
    fs::write(&wrong, &bytes).unwrap();
    for _ in 0..2 {
        let refused = Srs::read_prefix_once(&wrong, 2, &facts);
        assert!(matches!(refused, Err(SrsError::Powers(PowersError::Successive))), "{refused:?}");
    }
    assert_eq!(facts.count(), 2);
}

#[test]
fn file_survives() {
    for log_size in [0, 1, 6] {
        let (read_srs, read_key) = read(&file(log_size));
        assert_eq!(read_srs.unwrap(), srs(log_size));
        assert_eq!(read_key.unwrap(), *srs(log_size).opening_key());
    }
}

#[test]
fn writing_replaces_the_file() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("srs");
    fs::write(&path, "old").unwrap();
    let refused = srs(1).write(&path).unwrap_err();
    assert!(matches!(refused, SrsError::File(FileError { fault: Fault::Exists { .. }, .. })), "{refused}");
    assert_eq!(fs::read(&path).unwrap(), b"old");
    srs(1).write(Target { replace: true, ..(&path).into() }).unwrap();
    assert_eq!(Srs::read(&path).unwrap(), srs(1));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn unwritable_folder_and_absent_file_are_reported() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("absent").join("srs");
    assert!(matches!(srs(1).write(&path), Err(SrsError::File(_))));
    assert!(matches!(Srs::read(&path), Err(SrsError::Io { .. })));
    assert!(matches!(Srs::read_opening_key(&path), Err(SrsError::Io { .. })));
}

#[test]
fn every_truncation_is_refused() {
    let bytes = file(1);
    for length in 0..bytes.len() {
        assert_refused!(&bytes[..length], SrsError::Length { .. });
    }
}

/// A prefix is the beginning of the string, and no more than there is.
#[test]
fn a_prefix_is_read_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("srs");
    let whole = srs(4);
    whole.write(&path).unwrap();
    for log_size in 0..6 {
        let prefix = Srs::read_prefix(&path, log_size).unwrap();
        assert_eq!(prefix.log_size(), log_size.min(4));
        assert_eq!(prefix.g1(), &whole.g1()[..(1 << prefix.log_size()) + BLINDING]);
        assert_eq!(prefix.opening_key(), whole.opening_key());
    }
}

#[test]
fn trailing_bytes_are_refused() {
    assert_refused!([file(1), vec![0]].concat(), SrsError::Length { .. });
}

#[test]
fn every_changed_byte_is_refused() {
    let bytes = file(1);
    for index in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[index] ^= 1;
        assert!(read(&changed).0.is_err(), "byte {index}");
    }
}

#[test]
fn every_changed_byte_of_the_head_is_refused_by_the_key() {
    let bytes = file(1);
    for index in 0..HEAD_BYTES + 2 * G1_BYTES {
        let mut changed = bytes.clone();
        changed[index] ^= 1;
        assert!(read(&changed).1.is_err(), "byte {index}");
    }
}

#[test]
fn other_magic_version_and_flags_are_refused() {
    let mut bytes = file(1);
    bytes[0] = b'H';
    assert_refused!(bytes, SrsError::Magic);
    let mut bytes = file(1);
    bytes[8] = 2;
    assert_refused!(bytes, SrsError::Version(2));
    let mut bytes = file(1);
    bytes[12] = 3;
    assert_refused!(bytes, SrsError::Flags(3));
}

#[test]
fn huge_claims_are_refused() {
    let mut bytes = file(1);
    bytes[16..20].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_refused!(bytes, SrsError::LogSize(u32::MAX));
    bytes[16..20].copy_from_slice(&MAX_LOG_SIZE.to_le_bytes());
    assert_refused!(bytes, SrsError::Length { .. });
}

#[test]
fn hidden_provenance_is_refused() {
    let mut bytes = file(1);
    bytes[12] = 0;
    seal(&mut bytes);
    assert_refused!(bytes, SrsError::Checksum);
}

#[test]
fn sealed_invalid_points_are_refused() {
    let mut bytes = file(1);
    bytes[HEAD_BYTES + 2 * G1_BYTES - 1] ^= 1;
    seal(&mut bytes);
    assert_refused!(bytes, SrsError::Point { index: 1 });
    let mut bytes = file(1);
    bytes[HEAD_BYTES..HEAD_BYTES + G1_BYTES].fill(0);
    assert_refused!(bytes, SrsError::Point { index: 0 });
    let mut bytes = file(1);
    bytes[HEAD_BYTES - 1] ^= 1;
    seal(&mut bytes);
    assert_refused!(bytes, SrsError::PointG2);
}

#[test]
fn changed_content_does_not_fit_its_checksum() {
    let mut bytes = file(1);
    let (left, right) = bytes[HEAD_BYTES + G1_BYTES..].split_at_mut(G1_BYTES);
    right[..G1_BYTES].copy_from_slice(left);
    assert!(matches!(read(&bytes).0, Err(SrsError::Checksum)));
    seal(&mut bytes);
    assert!(matches!(read(&bytes).0, Err(SrsError::Powers(PowersError::Successive))));
}

#[test]
fn other_generator_is_refused() {
    let mut bytes = file(1);
    let (left, right) = bytes[HEAD_BYTES..].split_at_mut(G1_BYTES);
    left.copy_from_slice(&right[..G1_BYTES]);
    seal(&mut bytes);
    assert_refused!(bytes, SrsError::Powers(PowersError::Generator));
}

#[test]
fn inconsistent_key_is_refused() {
    let mut bytes = file(1);
    let other = Srs::insecure(1, &mut ChaCha20Rng::seed_from_u64(2));
    bytes[HEAD_BYTES - G2_BYTES..HEAD_BYTES].copy_from_slice(&g2_to_bytes(&other.opening_key().tau_g2));
    seal(&mut bytes);
    assert_refused!(bytes, SrsError::Powers(PowersError::Key(_)));
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_waited_for() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let found = [Srs::read(&pipe), Srs::read_prefix(&pipe, 0), Srs::import_ptau(&pipe, None)];
        sender.send(found.map(Result::unwrap_err)).unwrap();
    });
    // Nobody writes to the pipe, so that waiting has no end.
    let errors = receiver.recv_timeout(std::time::Duration::from_secs(30)).unwrap();
    for error in errors {
        assert!(matches!(error, SrsError::File(FileError { fault: Fault::NotAFile, .. })), "{error}");
    }
}
