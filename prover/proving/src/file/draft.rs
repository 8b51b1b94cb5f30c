//! A file that is written before it takes its place.
//!
//! The file has no name while it is written, so that nothing is left of it if the program is killed. To replace another file, it
//! gets a second name for a moment. If the program is killed in that moment, the next writer removes that name. Systems without
//! unnamed files have the second name all the time.

use std::{
    fs::{self, File},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use super::{Access, place::Place};

/// A file that is not in its place yet.
#[derive(Debug)]
pub(super) struct Draft {
    file: File,
    /// Its name where it has one.
    name: Option<PathBuf>,
}

impl Draft {
    /// An empty file in the folder of its place, with the permissions that it is to keep.
    pub(super) fn new(place: &Place, access: Access) -> io::Result<Self> {
        match unnamed::create(place, access) {
            Some(file) => Ok(Self { file, name: None }),
            None => Self::named(place, access),
        }
    }

    fn named(place: &Place, access: Access) -> io::Result<Self> {
        let name = place.draft();
        match create_new(&name, access) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                remove_abandoned(&name)?;
                create_new(&name, access)
            }
            created => created,
        }
        .map(|file| Self { file, name: Some(name) })
    }

    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Gives the file its name, which no file may have yet.
    pub(super) fn create(&self, path: &Path) -> io::Result<()> {
        match &self.name {
            Some(name) => fs::hard_link(name, path),
            None => unnamed::link(&self.file, path),
        }
    }

    /// Puts the file in the place of another, which the caller has locked. At any time there is one of them, whole.
    pub(super) fn replace(&mut self, place: &Place) -> io::Result<()> {
        let name = match self.name.take() {
            Some(name) => name,
            None => {
                let name = place.draft();
                // Nobody else is at work here: what has this name was left where a program was killed.
                match fs::remove_file(&name) {
                    Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                    _ => unnamed::link(&self.file, &name)?,
                }
                name
            }
        };
        fs::rename(&name, place.path()).inspect_err(|_| self.name = Some(name.clone()))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            // The next writer removes it where this can't.
            let _ = fs::remove_file(name);
        }
    }
}

fn create_new(name: &Path, access: Access) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, access.mode());
    #[cfg(not(unix))]
    let _ = access;
    let file = options.open(name)?;
    // Held as long as this program lives, by which others know.
    match file.try_lock() {
        Err(fs::TryLockError::WouldBlock) => Err(ErrorKind::AlreadyExists.into()),
        _ => Ok(file),
    }
}

/// Removes the draft of a program that was killed. That of a program at work is locked.
fn remove_abandoned(name: &Path) -> io::Result<()> {
    match File::open(name)?.try_lock() {
        Err(fs::TryLockError::WouldBlock) => Err(ErrorKind::ResourceBusy.into()),
        _ => fs::remove_file(name),
    }
}

/// Files without a name.
#[cfg(target_os = "linux")]
mod unnamed {
    use std::{
        fs::File,
        io,
        os::fd::AsRawFd,
        path::{Path, PathBuf},
    };

    use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, open};

    use super::{Access, Place};

    /// An empty file; nothing where the file system has none without a name.
    pub(super) fn create(place: &Place, access: Access) -> Option<File> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let file = File::from(open(place.folder.as_path(), flags, Mode::from_raw_mode(access.mode())).ok()?);
        // Without /proc it could not be given a name.
        descriptor(&file).exists().then_some(file)
    }

    /// Gives a file a name, which no file may have yet.
    pub(super) fn link(file: &File, path: &Path) -> io::Result<()> {
        Ok(linkat(CWD, descriptor(file), CWD, path, AtFlags::SYMLINK_FOLLOW)?)
    }

    fn descriptor(file: &File) -> PathBuf {
        format!("/proc/self/fd/{}", file.as_raw_fd()).into()
    }
}

/// Files without a name, which this system does not have.
#[cfg(not(target_os = "linux"))]
mod unnamed {
    use std::{fs::File, io, path::Path};

    use super::{Access, Place};

    pub(super) fn create(_: &Place, _: Access) -> Option<File> {
        None
    }

    pub(super) fn link(_: &File, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write};

    use super::{Access, Draft, Place};

    fn names(folder: &tempfile::TempDir) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names.into_iter().map(|name| name.into_string().unwrap()).collect()
    }

    #[test]
    fn a_draft_has_no_name_or_one_that_does_not_last() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::of(&folder.path().join("m")).unwrap();
        for make in [Draft::new, Draft::named] {
            let mut draft = make(&place, Access::Owner).unwrap();
            draft.file().write_all(b"first").unwrap();
            draft.create(&place.path()).unwrap();
            assert!(draft.create(&place.path()).is_err(), "nothing is replaced");
            drop(draft);
            let mut draft = make(&place, Access::Owner).unwrap();
            draft.file().write_all(b"second").unwrap();
            draft.replace(&place).unwrap();
            drop(draft);
            assert_eq!((fs::read(place.path()).unwrap(), names(&folder)), (b"second".to_vec(), vec!["m".to_owned()]));
            fs::remove_file(place.path()).unwrap();
        }
    }

    #[test]
    fn what_a_killed_program_left_is_removed_and_a_living_one_s_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::of(&folder.path().join("m")).unwrap();
        fs::write(place.draft(), "left").unwrap();
        let living = Draft::named(&place, Access::Owner).unwrap();
        assert!(Draft::named(&place, Access::Owner).is_err());
        drop(living);
        fs::write(place.path(), "old").unwrap();
        fs::write(place.draft(), "left").unwrap();
        Draft::new(&place, Access::Owner).unwrap().replace(&place).unwrap();
        assert_eq!(names(&folder), ["m"]);
    }
}
