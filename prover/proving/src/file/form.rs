//! What a file is to hold: who may read it, and which files it may take the place of.

use std::{
    fs::File,
    io::{self, Read},
};

use super::{Access, Kind};

/// What a file is to hold.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// Its name in messages.
    pub name: &'static str,
    /// Who may read it.
    pub access: Access,
    /// Whether nothing is lost where a file of this form takes the place of the given one.
    pub replaces: fn(&File) -> io::Result<bool>,
}

impl Form {
    /// A page for browsers.
    pub const PAGE: Self =
        Self { name: "page", access: Access::Everyone, replaces: |file| begins_with(file, b"<!DOCTYPE html") };
    /// A report as JSON.
    pub const REPORT: Self =
        Self { name: "report", access: Access::Everyone, replaces: |file| begins_with(file, b"{") };
    /// Bytes that have no mark of their own: they take the place of nothing but the same bytes.
    pub const BYTES: Self = Self { name: "file of plain bytes", access: Access::Everyone, replaces: |_| Ok(false) };

    /// The form of files of a kind. A model takes no model's place, and a data set no set's: what it holds may be its owner's only
    /// copy.
    #[must_use]
    pub const fn of(kind: Kind) -> Self {
        let replaces: fn(&File) -> io::Result<bool> = match kind {
            Kind::Model | Kind::DataSet => |_| Ok(false),
            Kind::Key => |file| begins_with(file, b"hallmrkK"),
            Kind::Proof => |file| begins_with(file, b"hallmrkP"),
            Kind::Settlement => |file| begins_with(file, b"hallmrkS"),
            Kind::SetKey => |file| begins_with(file, b"hallmrkE"),
            Kind::Score => |file| begins_with(file, b"hallmrkC"),
        };
        Self { name: kind.name(), access: Access::of(kind), replaces }
    }
}

/// Whether a file begins with a mark.
///
/// # Errors
/// If the operating system refuses.
pub fn begins_with(file: &File, mark: &[u8]) -> io::Result<bool> {
    let mut found = Vec::with_capacity(mark.len());
    file.take(mark.len() as u64).read_to_end(&mut found)?;
    Ok(found == mark)
}
