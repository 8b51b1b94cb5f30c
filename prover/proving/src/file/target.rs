//! A file that is to be written, and what must not be lost with the one that is there.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read, Seek},
    path::{Path, PathBuf},
};

use hallmark_circuits::codec::container::{CHECKSUM, HEADER};

use super::{Access, Fault, FileError, Form, Kind, draft::Draft, place::Place};

/// How many copies of models may be kept beside a model.
const MAX_KEPT: usize = 1000;

/// A file that is to be written. One that is there is replaced only if nothing is lost with it.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The file.
    pub path: &'a Path,
    /// Whether to replace whatever is there. A model is still kept, under another name.
    pub replace: bool,
    /// The model that has to be there still, where one was read that is to be replaced.
    pub unchanged: Option<Stamp>,
}

impl<'a, P: AsRef<Path> + ?Sized> From<&'a P> for Target<'a> {
    fn from(path: &'a P) -> Self {
        Self { path: path.as_ref(), replace: false, unchanged: None }
    }
}

/// What was done besides writing a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// The length of the file.
    pub bytes: u64,
    /// Where the model is that was there before.
    pub kept: Option<PathBuf>,
}

/// What tells one model's file from every other: the head of its container, with its checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp([u8; HEADER]);

impl Stamp {
    /// The stamp of a model; nothing if the file holds something else.
    ///
    /// # Errors
    /// [`Fault::Io`] if the file can't be read.
    pub fn of(path: &Path) -> Result<Option<Self>, FileError> {
        File::open(path).and_then(|file| Self::read(&file)).map_err(|error| FileError::new(path, error))
    }

    fn read(mut file: &File) -> io::Result<Option<Self>> {
        let mut head = [0; HEADER];
        file.rewind()?;
        match file.read_exact(&mut head) {
            Ok(()) => Ok(Kind::Model.is_of(&head).then_some(Self(head))),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Eight bytes of the checksum, in hexadecimal.
    fn name(&self) -> String {
        let checksum = &self.0[HEADER - CHECKSUM..];
        checksum.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Refuses a target that [`store`](super::store) would refuse, before any work is done for it.
///
/// # Errors
/// Those of [`store`](super::store) that can be told before.
pub fn check<'a>(target: impl Into<Target<'a>>, form: &Form) -> Result<(), FileError> {
    let target = target.into();
    let check = || -> Result<(), Fault> {
        match File::open(Place::of(target.path)?.path()) {
            Ok(existing) => target.judge(&existing, form).map(drop),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error.into()),
        }
    };
    check().map_err(|fault| FileError::new(target.path, fault))
}

impl Target<'_> {
    /// Writes the file: whole or not at all, and for good.
    pub(super) fn write(&self, form: &Form, fill: impl FnOnce(&mut File) -> io::Result<()>) -> Result<Stored, Fault> {
        let place = Place::of(self.path)?;
        let mut draft = Draft::new(&place, form.access).map_err(|error| match error.kind() {
            ErrorKind::ResourceBusy => Fault::Locked,
            _ => error.into(),
        })?;
        fill(draft.file())?;
        draft.file().sync_all()?;
        let bytes = draft.file().metadata()?.len();
        let kept = self.publish(&place, form, &mut draft)?;
        sync_folder(&place.folder)?;
        Ok(Stored { bytes, kept })
    }

    fn publish(&self, place: &Place, form: &Form, draft: &mut Draft) -> Result<Option<PathBuf>, Fault> {
        loop {
            let Some(existing) = place.lock()? else {
                if self.unchanged.is_some() {
                    return Err(Fault::Changed);
                }
                match draft.create(&place.path()) {
                    // Somebody else was faster, and is looked at now.
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                    created => return Ok(created.map(|()| None)?),
                }
            };
            let lost = self.judge(&existing, form)?;
            let kept = lost.map(|stamp| keep(place, &stamp)).transpose()?;
            draft.replace(place)?;
            return Ok(kept);
        }
    }

    /// The model that would be lost with the file that is there, or why that file has to stay.
    fn judge(&self, mut existing: &File, form: &Form) -> Result<Option<Stamp>, Fault> {
        let stamp = Stamp::read(existing)?;
        if self.unchanged.is_some() && self.unchanged != stamp {
            return Err(Fault::Changed);
        }
        existing.rewind()?;
        if existing.metadata()?.len() == 0 || (form.replaces)(existing)? {
            return Ok(None);
        }
        match (self.replace, stamp) {
            (true, stamp) => Ok(stamp),
            (false, Some(_)) => Err(Fault::Model),
            (false, None) => Err(Fault::Exists { form: form.name }),
        }
    }
}

/// Gives a model that is about to be replaced another name beside its own.
fn keep(place: &Place, stamp: &Stamp) -> Result<PathBuf, Fault> {
    let (path, name) = (place.path(), stamp.name());
    let names = (1..=MAX_KEPT).map(|number| match number {
        1 => path.with_extension(format!("{name}.hallmark")),
        number => path.with_extension(format!("{name}-{number}.hallmark")),
    });
    for kept in names {
        match link(place, &path, &kept) {
            Ok(()) => return Ok(kept),
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error.into()),
            // It was kept before.
            Err(_) if File::open(&kept).and_then(|file| Stamp::read(&file))? == Some(*stamp) => return Ok(kept),
            Err(_) => {}
        }
    }
    Err(io::Error::from(ErrorKind::AlreadyExists).into())
}

/// A second name for a file, or a copy where the file system has one name for each.
fn link(place: &Place, path: &Path, second: &Path) -> io::Result<()> {
    match fs::hard_link(path, second) {
        Err(error) if !matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => {
            let mut copy = Draft::new(place, Access::Owner)?;
            io::copy(&mut File::open(path)?, copy.file())?;
            copy.file().sync_all()?;
            copy.create(second)
        }
        linked => linked,
    }
}

/// Makes the names themselves last.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
