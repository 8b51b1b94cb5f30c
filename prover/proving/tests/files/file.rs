//! Files that are cut off, damaged, mixed up or hostile are refused, each for its own reason.

use std::fs;
use std::path::Path;

use hallmark_proving::file::{
    ContainerError, Fault, FileError, Kind, Stamp, Target, VERSION, decode, encode, is_same, read, write_atomically,
};
use proptest::prelude::*;

/// Something like a model: nested sequences, text and integers.
type Value = (String, Vec<Vec<i64>>);

const HEADER: usize = 50;

fn value() -> Value {
    ("name".into(), vec![vec![1, -2, 3_000_000_000], vec![]])
}

fn bytes() -> Vec<u8> {
    encode(Kind::Key, &value()).unwrap()
}

fn fault(bytes: &[u8]) -> ContainerError {
    decode::<Value>(bytes, Kind::Key).unwrap_err()
}

fn read_value(path: &Path, max_bytes: u64) -> Result<Value, FileError> {
    read(path, Kind::Key, max_bytes)
}

#[test]
fn what_is_written_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("some.key");
    for _ in 0..2 {
        write_atomically(&path, Kind::Key, &value()).unwrap();
        assert_eq!(read_value(&path, 1000).unwrap(), value());
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn another_kind_is_named() {
    let bytes = encode(Kind::Proof, &value()).unwrap();
    assert!(matches!(fault(&bytes), ContainerError::Kind { expected: Kind::Key, found: Kind::Proof }));
    assert_eq!(
        fault(&bytes).to_string(),
        "this is a proof, but a verifying key is needed here: check the order of the arguments"
    );
    // Also where it was written by another version, so that no file is taken for an old one of another kind.
    let mut other = bytes;
    other[8] ^= 0xff;
    assert!(matches!(fault(&other), ContainerError::Kind { expected: Kind::Key, found: Kind::Proof }));
}

#[test]
fn every_truncation_is_refused() {
    let bytes = bytes();
    for length in 0..bytes.len() {
        match fault(&bytes[..length]) {
            ContainerError::Header => assert!(length < HEADER),
            ContainerError::Truncated { expected, found } => {
                assert_eq!((expected, found), ((bytes.len() - HEADER) as u64, (length - HEADER) as u64));
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    let bytes = bytes();
    for bit in 0..8 * bytes.len() {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        match (bit / 8, fault(&flipped)) {
            (0..8, ContainerError::Magic | ContainerError::Kind { .. })
            | (8..10, ContainerError::Version { expected: VERSION, .. })
            | (10..18, ContainerError::Truncated { .. } | ContainerError::Trailing { .. })
            | (18.., ContainerError::Checksum) => {}
            (position, other) => panic!("byte {position}: {other}"),
        }
    }
}

#[test]
fn trailing_bytes_are_refused_outside_and_inside() {
    let outside = [bytes(), vec![0]].concat();
    assert!(matches!(fault(&outside), ContainerError::Trailing { extra: 1 }));
    let inside = encode(Kind::Key, &(value(), 7u16)).unwrap();
    assert!(matches!(fault(&inside), ContainerError::Trailing { extra: 1 }));
}

#[test]
fn a_payload_of_another_type_is_refused() {
    let bytes = encode(Kind::Key, &vec![0xffu8; 3]).unwrap();
    assert!(matches!(fault(&bytes), ContainerError::Decode(_)));
}

#[test]
fn a_hostile_length_takes_no_memory() {
    // An empty name, then 2^63 tensors: more than could be allocated.
    let bytes = encode(Kind::Key, &("", u64::MAX >> 1)).unwrap();
    assert!(matches!(fault(&bytes), ContainerError::Decode(postcard::Error::DeserializeUnexpectedEnd)));
}

#[test]
fn a_file_beyond_the_limit_is_not_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("some.key");
    // A sparse terabyte.
    fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    let error = read_value(&path, 1 << 20).unwrap_err();
    assert!(matches!(error.fault, Fault::TooLarge { found: 0x100_0000_0000, limit: 0x10_0000 }));
    fs::remove_file(&path).unwrap();
    write_atomically(&path, Kind::Key, &value()).unwrap();
    let length = bytes().len() as u64;
    assert!(read_value(&path, length).is_ok());
    assert!(matches!(read_value(&path, length - 1).unwrap_err().fault, Fault::TooLarge { .. }));
}

#[test]
fn errors_of_the_system_name_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("missing.key");
    let error = read_value(&missing, 1000).unwrap_err();
    assert!(matches!(error.fault, Fault::Io(_)));
    assert!(error.to_string().starts_with(&missing.display().to_string()));
    assert!(matches!(read_value(directory.path(), 1000).unwrap_err().fault, Fault::NotAFile));
    let nowhere = directory.path().join("missing").join("some.key");
    assert!(matches!(write_atomically(&nowhere, Kind::Key, &value()).unwrap_err().fault, Fault::Io(_)));
}

#[test]
fn a_model_is_replaced_only_as_it_was_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("m");
    let write = |value: &Value, unchanged| {
        write_atomically(Target { path: &path, replace: true, unchanged }, Kind::Model, value).map(|stored| stored.kept)
    };
    let changed = |result: Result<_, FileError>| matches!(result.unwrap_err().fault, Fault::Changed);
    assert_eq!(write(&value(), None).unwrap(), None);
    let read = Stamp::of(&path).unwrap();
    let first = write(&("second".into(), vec![]), read).unwrap().unwrap();
    assert_eq!(Stamp::of(&first).unwrap(), read);
    assert!(changed(write(&value(), read)));
    fs::remove_file(&path).unwrap();
    assert!(changed(write(&value(), read)));
    // The same model is kept once.
    for _ in 0..2 {
        fs::copy(&first, &path).unwrap();
        assert_eq!(write(&("third".into(), vec![]), read).unwrap(), Some(first.clone()));
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
}

#[test]
fn names_of_one_file_are_told_from_others() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    assert!(is_same(&at("new"), &at("./new")) && !is_same(&at("new"), &at("other")));
    fs::write(at("old"), "").unwrap();
    fs::write(at("other"), "").unwrap();
    assert!(
        is_same(&at("old"), &at("./old")) && !is_same(&at("old"), &at("other")) && !is_same(&at("old"), &at("new"))
    );
    #[cfg(unix)]
    {
        fs::hard_link(at("old"), at("hard")).unwrap();
        std::os::unix::fs::symlink(at("old"), at("soft")).unwrap();
        assert!(is_same(&at("hard"), &at("soft")));
    }
}

#[cfg(unix)]
#[test]
fn a_model_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let mode = |kind| {
        let path = directory.path().join("file");
        write_atomically(Target { replace: true, ..(&path).into() }, kind, &value()).unwrap();
        fs::metadata(&path).unwrap().permissions().mode() & 0o777
    };
    assert_eq!(mode(Kind::Model), 0o600);
    assert_eq!(mode(Kind::Key) & 0o600, 0o600);
    assert_eq!(mode(Kind::Model), 0o600, "also where a public file was replaced");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_waited_for() {
    assert!(matches!(read_value(Path::new("/dev/null"), 1000).unwrap_err().fault, Fault::NotAFile));
}

proptest! {
    #[test]
    fn noise_is_refused(noise: Vec<u8>, with_header: bool) {
        let bytes = if with_header { [&bytes()[..HEADER], &noise].concat() } else { noise };
        prop_assert!(decode::<Value>(&bytes, Kind::Key).is_err());
    }
}
