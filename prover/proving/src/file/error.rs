//! Why a file cannot be read or written.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::ContainerError;

/// A file, and what is wrong with it.
#[derive(Debug, Error)]
#[error("{}: {fault}", path.display())]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub fault: Fault,
}

impl FileError {
    pub(crate) fn new(path: &Path, fault: impl Into<Fault>) -> Self {
        Self { path: path.to_owned(), fault: fault.into() }
    }
}

/// What is wrong with a file.
#[derive(Debug, Error)]
pub enum Fault {
    /// The operating system refuses.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is a directory, a device or a pipe.
    #[error("this is not a regular file")]
    NotAFile,
    /// It would have to be written to something that holds files.
    #[error("this is a folder: name a file in it")]
    Directory,
    /// It is a link to nothing.
    #[error("this symbolic link points to a missing file: remove the link, or name another file")]
    Dangling,
    /// It is what other programs call standard output.
    #[error("Hallmark writes files, not standard output: name a file (`./-` for a file of that name)")]
    Dash,
    /// It is what other programs call standard input.
    #[error("Hallmark reads files, not standard input: save the data to a file first (`./-` for a file of that name)")]
    DashRead,
    /// Another file is there, which could be missed.
    #[error(
        "the file exists, and Hallmark replaces only a {form} that can be made again: name another file, or add --force"
    )]
    Exists {
        /// What was to take its place.
        form: &'static str,
    },
    /// A model is there, whose blinds nobody could make again.
    #[error(
        "the file holds a model. If the model is committed to, nobody can prove anything under its digest without this file: name \
         another file, or add --force, which keeps the model under another name"
    )]
    Model,
    /// Another program is at work there.
    #[error("another program is writing this file: try again when it is done")]
    Locked,
    /// Another program was at work there.
    #[error(
        "another program changed this file in the meantime, so that it was left as it is: look at it, then try again"
    )]
    Changed,
    /// It is larger than anything that may be read here.
    #[error("the file has {found} bytes where at most {limit} are accepted")]
    TooLarge {
        /// Its length.
        found: u64,
        /// The greatest length.
        limit: u64,
    },
    /// It is damaged, or no file of its kind.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// A value that cannot be written.
    #[error("the contents cannot be encoded ({0})")]
    Encode(postcard::Error),
}
