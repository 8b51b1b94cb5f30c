//! Bytes from and to the file system.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use super::{Fault, FileError};

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Its owner alone: mode 0600 where there are modes.
    Owner,
    /// Whomever the user's mask allows.
    Everyone,
}

/// The contents of a regular file of at most `max_bytes`.
pub fn load(path: &Path, max_bytes: u64) -> Result<Vec<u8>, FileError> {
    load_bounded(path, max_bytes).map_err(|fault| FileError::new(path, fault))
}

fn load_bounded(path: &Path, limit: u64) -> Result<Vec<u8>, Fault> {
    // Asked before it is opened, since opening a pipe waits for its other end.
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(Fault::NotAFile);
    }
    let found = metadata.len();
    if found > limit {
        return Err(Fault::TooLarge { found, limit });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(found).unwrap_or_default());
    // One byte more than the limit shows a file that has grown since.
    File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    match bytes.len() as u64 {
        found if found > limit => Err(Fault::TooLarge { found, limit }),
        _ => Ok(bytes),
    }
}

/// Writes a file such that at any time there is the old one or the new one whole, even when the machine stops.
pub fn store(path: &Path, bytes: &[u8], access: Access) -> Result<(), FileError> {
    store_atomically(path, bytes, access).map_err(|error| FileError::new(path, error))
}

fn store_atomically(path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
    // Renaming is atomic within one file system only, so the temporary file goes to the same directory.
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mut file = temporary_file(directory, access)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_directory(directory)
}

/// A new file with the permissions that it is to keep.
///
/// # Errors
///
/// If the directory takes no files.
#[cfg(unix)]
pub fn temporary_file(directory: &Path, access: Access) -> io::Result<tempfile::NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;

    let mode = match access {
        Access::Owner => 0o600,
        // The system takes away what the user's mask forbids.
        Access::Everyone => 0o666,
    };
    tempfile::Builder::new().permissions(fs::Permissions::from_mode(mode)).tempfile_in(directory)
}

/// A new file.
///
/// # Errors
///
/// If the directory takes no files.
#[cfg(not(unix))]
pub fn temporary_file(directory: &Path, _: Access) -> io::Result<tempfile::NamedTempFile> {
    tempfile::NamedTempFile::new_in(directory)
}

/// Makes the renaming itself last.
#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}
