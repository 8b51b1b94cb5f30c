//! Bytes from and to the file system.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use super::{Fault, FileError, Form, Kind, Stored, Target};

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Its owner alone: mode 0600 where there are modes.
    Owner,
    /// Whomever the user's mask allows.
    Everyone,
}

impl Access {
    /// Who may read a file of a kind.
    pub(crate) const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Model | Kind::DataSet => Self::Owner,
            Kind::Key | Kind::Proof | Kind::Settlement | Kind::SetKey | Kind::Score => Self::Everyone,
        }
    }

    /// The mode of a new file. The system takes away what the user's mask forbids.
    #[cfg(unix)]
    pub(super) const fn mode(self) -> u32 {
        match self {
            Self::Owner => 0o600,
            Self::Everyone => 0o666,
        }
    }
}

/// The contents of a regular file of at most `max_bytes`.
///
/// # Errors
/// [`Fault::NotAFile`], [`Fault::DashRead`], [`Fault::TooLarge`], or [`Fault::Io`] if the operating system refuses.
pub fn load(path: &Path, max_bytes: u64) -> Result<Vec<u8>, FileError> {
    load_bounded(path, max_bytes).map_err(|fault| FileError::new(path, fault))
}

/// A regular file, opened to be read, and its length.
///
/// # Errors
/// [`Fault::NotAFile`], [`Fault::DashRead`], or [`Fault::Io`] if the operating system refuses.
pub fn open(path: &Path) -> Result<(File, u64), FileError> {
    open_regular(path).map_err(|fault| FileError::new(path, fault))
}

fn open_regular(path: &Path) -> Result<(File, u64), Fault> {
    if path == Path::new("-") {
        return Err(Fault::DashRead);
    }
    // Asked before it is opened, since opening a pipe waits for its other end.
    if !fs::metadata(path)?.is_file() {
        return Err(Fault::NotAFile);
    }
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    Ok((file, length))
}

fn load_bounded(path: &Path, limit: u64) -> Result<Vec<u8>, Fault> {
    let (file, found) = open_regular(path)?;
    if found > limit {
        return Err(Fault::TooLarge { found, limit });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(found).unwrap_or_default());
    // One byte more than the limit shows a file that has grown since.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    match bytes.len() as u64 {
        found if found > limit => Err(Fault::TooLarge { found, limit }),
        _ => Ok(bytes),
    }
}

/// Writes a file, so that at any time there is the old one or the new one whole, even when the machine stops.
///
/// A file that is there is replaced only where [`Form::replaces`] finds that nothing is lost, or where the target says so. A
/// model is kept under another name even then.
///
/// # Errors
/// - [`Fault::Exists`] or [`Fault::Model`] if a file is there that could be missed.
/// - [`Fault::Directory`], [`Fault::Dangling`] or [`Fault::Dash`] if the path is no file's.
/// - [`Fault::Locked`] or [`Fault::Changed`] if another program is at work there.
/// - [`Fault::Io`] if the operating system refuses.
pub fn store<'a>(target: impl Into<Target<'a>>, bytes: &[u8], form: &Form) -> Result<Stored, FileError> {
    store_by(target, form, |file| file.write_all(bytes))
}

/// Writes a file as [`store`] does, whose bytes are made while it is written.
pub(crate) fn store_by<'a>(
    target: impl Into<Target<'a>>,
    form: &Form,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<Stored, FileError> {
    let target = target.into();
    target.write(form, fill).map_err(|fault| FileError::new(target.path, fault))
}
