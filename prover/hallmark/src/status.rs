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
Exit status:
  0  the command did its work
  1  the answer is no: a proof, a model or an input is refused, or a contract refuses
  2  the arguments are wrong
  3  the command could not find out: a file is missing or damaged, or a node does not answer
  4  the command did its work, but could not write its answer; it writes what it paid to standard error";

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
