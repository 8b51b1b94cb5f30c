//! Exit statuses: what the end of a command tells the program that started it.

use std::process::ExitCode;

/// How a command ended. Each has a number of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The command did what it was asked to.
    Done,
    /// The answer is no: something was examined, and is refused.
    No,
    /// The arguments are wrong.
    Usage,
    /// The question is open: a file, a node or the system did not let the command do its work.
    Unable,
    /// The command did its work, but its answer could not be written to standard output.
    Unwritten,
}

/// What `--help` says about them.
pub(super) const LEGEND: &str = "\
Exit status: 0 done; 1 the answer is no: a proof, a model, an input or a contract refuses; 2 wrong usage; 3 it could not be
found out: a file is missing or damaged, a node does not answer; 4 done, but standard output could not be written. What was
paid is then on standard error.";

impl Status {
    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::No => 1,
            Self::Usage => 2,
            Self::Unable => 3,
            Self::Unwritten => 4,
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status.code())
    }
}
