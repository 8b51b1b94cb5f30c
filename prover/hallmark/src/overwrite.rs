//! The option that lets a command replace files.

use hallmark_local::Overwrite;

/// Whether files may be replaced whose contents could be missed.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Force {
    /// Replace existing files; an existing model is renamed, never deleted
    #[arg(long)]
    force: bool,
}

impl Force {
    /// What it means for the files that a command writes.
    pub(super) const fn rule(self) -> Overwrite {
        Overwrite { force: self.force }
    }
}
