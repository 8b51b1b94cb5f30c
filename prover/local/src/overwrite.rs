//! The files that a command writes: what it must not lose is found before it begins to work.

use std::path::Path;

use super::LocalError;
use hallmark_proving::file::{self, Form, Target, is_same};

/// Whether files may be replaced whose contents could be missed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overwrite {
    /// Whether existing files are replaced. An existing model is renamed, never deleted.
    pub force: bool,
}

impl Overwrite {
    /// A file that is to be written.
    #[must_use]
    pub fn target<'a>(self, path: &'a Path) -> Target<'a> {
        Target { replace: self.force, ..path.into() }
    }

    /// Refuses files that may not be written: inputs, and others that could be missed.
    ///
    /// # Errors
    /// [`LocalError`] names the file, and says what to do.
    pub fn check<'a>(
        self,
        outputs: impl IntoIterator<Item = (&'a Path, Form)>,
        inputs: &[&Path],
    ) -> Result<(), LocalError> {
        let mut seen: Vec<&Path> = Vec::new();
        for (path, form) in outputs {
            let shown = path.display();
            if seen.iter().any(|other| is_same(path, other)) {
                return Err(LocalError::Usage(format!("this command would write {shown} twice: name two files")));
            }
            if !self.force && inputs.iter().any(|input| is_same(path, input)) {
                return Err(LocalError::Usage(format!(
                    "{shown} is an input of this command: name another file to write, or add --force to replace it"
                )));
            }
            file::check(self.target(path), &form)?;
            seen.push(path);
        }
        Ok(())
    }
}
