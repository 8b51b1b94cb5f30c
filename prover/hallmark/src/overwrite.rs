//! The files that a command writes: what it must not lose is found before it begins to work.

use std::path::Path;

use super::CliError;
use hallmark_proving::file::{self, Form, Target, is_same};

/// Whether files may be replaced whose contents could be missed.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Overwrite {
    /// Replace existing files; an existing model is renamed, never deleted
    #[arg(long)]
    force: bool,
}

impl Overwrite {
    /// A file that is to be written.
    pub(super) fn target<'a>(self, path: &'a Path) -> Target<'a> {
        Target { replace: self.force, ..path.into() }
    }

    /// Whether the user accepts what is lost.
    pub(super) const fn is_forced(self) -> bool {
        self.force
    }

    /// Refuses files that may not be written: inputs, and others that could be missed.
    pub(super) fn check<'a>(
        self,
        outputs: impl IntoIterator<Item = (&'a Path, Form)>,
        inputs: &[&Path],
    ) -> Result<(), CliError> {
        let mut seen: Vec<&Path> = Vec::new();
        for (path, form) in outputs {
            let shown = path.display();
            if seen.iter().any(|other| is_same(path, other)) {
                return Err(CliError::Usage(format!("this command would write {shown} twice: name two files")));
            }
            if !self.force && inputs.iter().any(|input| is_same(path, input)) {
                return Err(CliError::Usage(format!(
                    "{shown} is an input of this command: name another file to write, or add --force to replace it"
                )));
            }
            file::check(self.target(path), &form)?;
            seen.push(path);
        }
        Ok(())
    }
}
