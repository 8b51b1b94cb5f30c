//! Facts in a folder of the user's, so that what one process has checked, the next one need not check again.
//!
//! A fact is an empty file whose name is its digest. Whoever can write such a file makes a check pass that was not run. So the folder has
//! to belong to the user, and nobody else may write to it. Who can write there all the same can also change the user's programs.

use std::{
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use hallmark_circuits::{digest::Digest, facts::Facts};
use thiserror::Error;

/// A folder of facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactFolder {
    path: PathBuf,
}

/// Why facts are not kept in a folder.
#[derive(Debug, Error)]
pub enum FolderError {
    /// The operating system refuses.
    #[error("{}: {source}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is something else, such as a file or a link.
    #[error("{} is no folder", .0.display())]
    Other(PathBuf),
    /// Others may write to it, or it belongs to somebody else.
    #[error(
        "others can write to {}, and could make any file pass: use `chmod 700` on it, or name another folder",
        .0.display()
    )]
    Shared(PathBuf),
    /// The system does not say who can write to it.
    #[error("who can write to {} is not known on this system", .0.display())]
    Unknown(PathBuf),
}

impl FactFolder {
    /// The folder at a path, which is made if there is none.
    ///
    /// # Errors
    /// If it can't be made, is no folder, or others than the user can write to it.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, FolderError> {
        let path = path.into();
        let on_io = |source| FolderError::Io { path: path.clone(), source };
        make(&path).map_err(on_io)?;
        let metadata = fs::symlink_metadata(&path).map_err(on_io)?;
        if !metadata.is_dir() {
            return Err(FolderError::Other(path));
        }
        match is_private(&metadata) {
            Some(true) => Ok(Self { path }),
            Some(false) => Err(FolderError::Shared(path)),
            None => Err(FolderError::Unknown(path)),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number of facts.
    #[must_use]
    pub fn count(&self) -> usize {
        let names =
            fs::read_dir(&self.path).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.file_name());
        names.filter(|name| name.to_str().is_some_and(|name| name.parse::<Digest>().is_ok())).count()
    }

    fn file(&self, fact: Digest) -> PathBuf {
        self.path.join(fact.to_string())
    }
}

impl Facts for FactFolder {
    fn hold(&self, fact: Digest) -> bool {
        fs::symlink_metadata(self.file(fact)).is_ok_and(|metadata| metadata.is_file())
    }

    fn remember(&self, fact: Digest) {
        // It is checked again where it can't be kept.
        let _ = OpenOptions::new().write(true).create_new(true).open(self.file(fact));
    }
}

#[cfg(unix)]
fn make(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;

    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Whether nobody but the user can write; none if the system does not say.
#[cfg(unix)]
fn is_private(metadata: &fs::Metadata) -> Option<bool> {
    use std::os::unix::fs::MetadataExt;

    const OTHERS_WRITE: u32 = 0o022;
    let user = rustix::process::geteuid().as_raw();
    Some(metadata.uid() == user && metadata.mode() & OTHERS_WRITE == 0)
}

#[cfg(not(unix))]
fn is_private(_: &fs::Metadata) -> Option<bool> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn allow(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn facts_outlive_the_process_that_found_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        let (one, other) = (Digest([1; 32]), Digest([2; 32]));
        let facts = FactFolder::open(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(!facts.hold(one));
        facts.remember(one);
        facts.remember(one);
        let again = FactFolder::open(&path).unwrap();
        assert!(again.hold(one) && !again.hold(other));
        fs::write(path.join("notes.txt"), "").unwrap();
        assert_eq!((again.count(), again.path()), (1, path.as_path()));
    }

    #[test]
    fn a_folder_that_others_can_write_to_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for mode in [0o770, 0o702, 0o777] {
            allow(folder.path(), mode);
            assert!(matches!(FactFolder::open(folder.path()), Err(FolderError::Shared(_))), "{mode:o}");
        }
        allow(folder.path(), 0o755);
        assert!(FactFolder::open(folder.path()).is_ok());
        // Somebody else's, if this process may give it away.
        if std::os::unix::fs::chown(folder.path(), Some(12345), None).is_ok() {
            assert!(matches!(FactFolder::open(folder.path()), Err(FolderError::Shared(_))));
        }
    }

    #[test]
    fn files_and_links_are_no_folders_and_no_facts() {
        let folder = tempfile::tempdir().unwrap();
        let [file, link] = ["file", "link"].map(|name| folder.path().join(name));
        fs::write(&file, "").unwrap();
        assert!(matches!(FactFolder::open(file.join("below")), Err(FolderError::Io { .. })));
        let facts = FactFolder::open(folder.path().join("facts")).unwrap();
        symlink(facts.path(), &link).unwrap();
        assert!(matches!(FactFolder::open(&link), Err(FolderError::Other(_))));
        let fact = Digest([3; 32]);
        symlink(&file, facts.file(fact)).unwrap();
        assert!(!facts.hold(fact));
        facts.remember(fact);
        assert!(!facts.hold(fact));
    }
}
