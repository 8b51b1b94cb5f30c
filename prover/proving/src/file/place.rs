//! Where a file is written: links are followed, and what is no place for a file is refused before anything is made.

use std::{
    ffi::OsString,
    fs::{self, File, Metadata, TryLockError},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use super::Fault;

/// How long another writer is waited for: much longer than writing takes.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is looked whether it is done.
const PAUSE: Duration = Duration::from_millis(20);

/// Where a file is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) folder: PathBuf,
    name: OsString,
}

impl Place {
    /// The place that a path stands for.
    pub(super) fn of(path: &Path) -> Result<Self, Fault> {
        if path.as_os_str() == "-" {
            return Err(Fault::Dash);
        }
        let target = follow(path)?;
        match fs::metadata(&target) {
            Ok(found) if found.is_dir() => return Err(Fault::Directory),
            Ok(found) if !found.is_file() => return Err(Fault::NotAFile),
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let is_folder = path.as_os_str().as_encoded_bytes().ends_with(b"/");
        let name = target.file_name().filter(|_| !is_folder).ok_or(Fault::Directory)?.to_owned();
        let folder = match target.parent() {
            Some(parent) if parent != Path::new("") => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        match fs::metadata(&folder) {
            Ok(found) if found.is_dir() => Ok(Self { folder, name }),
            Ok(_) => Err(io::Error::from(ErrorKind::NotADirectory).into()),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    /// The name that a file has for the moment before it takes its own.
    pub(super) fn draft(&self) -> PathBuf {
        let mut name = OsString::from(".");
        name.push(&self.name);
        name.push(".hallmark-draft");
        self.folder.join(name)
    }

    /// The file that is there, locked against other writers; nothing if there is none.
    ///
    /// A writer gives the place another file, so that the one which was waited for may not be there any more.
    pub(super) fn lock(&self) -> Result<Option<File>, Fault> {
        let (path, deadline) = (self.path(), Instant::now() + PATIENCE);
        loop {
            let file = match File::open(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                file => file?,
            };
            match file.try_lock() {
                Ok(()) if is_there(&path, &file)? => return Ok(Some(file)),
                Ok(()) => {}
                Err(TryLockError::WouldBlock) if Instant::now() >= deadline => return Err(Fault::Locked),
                Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
                // Some network file systems have no locks.
                Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => return Ok(Some(file)),
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
        }
    }
}

/// Where a symbolic link leads. A file that is elsewhere for a reason stays there.
fn follow(path: &Path) -> Result<PathBuf, Fault> {
    if !fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) {
        return Ok(path.to_owned());
    }
    fs::canonicalize(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Fault::Dangling,
        _ => error.into(),
    })
}

fn is_there(path: &Path, file: &File) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(found) => Ok(is_one(&found, &file.metadata()?)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn is_one(left: &Metadata, right: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    (left.dev(), left.ino()) == (right.dev(), right.ino())
}

#[cfg(not(unix))]
fn is_one(left: &Metadata, right: &Metadata) -> bool {
    left.modified().ok() == right.modified().ok() && left.len() == right.len()
}

/// Whether two paths stand for one file, by whichever names: through links, or before there is one.
#[must_use]
pub fn is_same(left: &Path, right: &Path) -> bool {
    match (fs::metadata(left), fs::metadata(right)) {
        (Ok(found), Ok(other)) => is_one(&found, &other) && (cfg!(unix) || full(left) == full(right)),
        (Err(_), Err(_)) => full(left).is_some_and(|left| Some(left) == full(right)),
        _ => false,
    }
}

/// A path without links, of a file that need not be there.
fn full(path: &Path) -> Option<PathBuf> {
    let place = Place::of(path).ok()?;
    fs::canonicalize(&place.folder).ok().map(|folder| folder.join(place.name))
}
