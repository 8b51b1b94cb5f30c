//! The auditor's files, by their digests.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use alloy::hex;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::check::clean;
use hallmark_proving::file::{self, FileError};

/// A file that an audit rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Given {
    /// Its role.
    pub role: &'static str,
    /// Its name, without its folder.
    pub name: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// Its SHA-256, as `sha256sum` prints it.
    pub sha256: String,
}

impl Given {
    /// Reads a file, and keeps no more of it than its digest.
    ///
    /// # Errors
    ///
    /// If the file can't be read.
    pub fn read(role: &'static str, path: &Path) -> Result<Self, FileError> {
        let (file, _) = file::open(path)?;
        let (bytes, sha256) = digest(file).map_err(|error| FileError { path: path.to_owned(), fault: error.into() })?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        Ok(Self { role, name: clean(&name), bytes, sha256: hex::encode(sha256) })
    }
}

fn digest(mut file: File) -> io::Result<(u64, [u8; 32])> {
    let (mut hasher, mut count) = (Sha256::new(), 0);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = match file.read(&mut buffer) {
            Ok(0) => return Ok((count, hasher.finalize().into())),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(buffer.get(..read).unwrap_or_default());
        count += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_sha256sum() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc");
        std::fs::write(&path, "abc").unwrap();
        let given = Given::read("key", &path).unwrap();
        // The first example of FIPS 180-4.
        assert_eq!(given.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!((given.name.as_str(), given.bytes), ("abc", 3));
        assert!(Given::read("key", &folder.path().join("absent")).is_err());
        // It has no end.
        #[cfg(unix)]
        assert!(Given::read("key", Path::new("/dev/zero")).is_err());
    }
}
