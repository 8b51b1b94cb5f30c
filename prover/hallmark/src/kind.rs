//! Kinds of errors: what a program that reads `--json` tells them apart by.

use std::io::ErrorKind;

use hallmark_circuits::error::KeyError;

use super::{CliError, Status};
use hallmark_chain::node::{NodeError, genuine::GenuineError};
use hallmark_operator::OperatorError;
use hallmark_proving::artifact::ArtifactError;
use hallmark_proving::file::{Fault, FileError};
use hallmark_proving::npy::NpyError;
use hallmark_proving::proving::ProveError;
use hallmark_proving::settlement::{LoadError, SettlementError};
use hallmark_proving::srs::SrsError;
use hallmark_reports::audit::AuditError;
use hallmark_reports::bench::BenchError;

/// The kind of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The arguments are wrong.
    Usage,
    /// A proof, a key, a model on the chain or terms are other ones than they should be.
    Refused,
    /// A model can't be compiled, or can't be run.
    Model,
    /// An input is none of the model's.
    Input,
    /// The model is not committed to.
    Uncommitted,
    /// A setup is too small, or another one.
    Setup,
    /// A file stays as it is.
    Exists,
    /// A contract refuses.
    Contract,
    /// There is no such file.
    Missing,
    /// A file can't be read or written.
    File,
    /// A file is damaged, or another one than it should be.
    Damaged,
    /// A node does not answer as it should.
    Node,
    /// There is no key to sign with.
    Account,
    /// The operating system, or a part of this program, fails.
    System,
}

impl Kind {
    /// The name that `--json` has.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Refused => "refused",
            Self::Model => "model",
            Self::Input => "input",
            Self::Uncommitted => "uncommitted",
            Self::Setup => "setup",
            Self::Exists => "exists",
            Self::Contract => "contract",
            Self::Missing => "missing",
            Self::File => "file",
            Self::Damaged => "damaged",
            Self::Node => "node",
            Self::Account => "account",
            Self::System => "system",
        }
    }

    /// The status that a command ends with for such an error.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::Usage => Status::Usage,
            Self::Refused
            | Self::Model
            | Self::Input
            | Self::Uncommitted
            | Self::Setup
            | Self::Exists
            | Self::Contract => Status::No,
            Self::Missing | Self::File | Self::Damaged | Self::Node | Self::Account | Self::System => Status::Unable,
        }
    }
}

impl CliError {
    /// The status that the program ends with.
    #[must_use]
    pub fn status(&self) -> Status {
        match (self, self.kind().status()) {
            (Self::Unchecked(_), Status::No) => Status::Unable,
            (_, status) => status,
        }
    }

    /// The kind of the error.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Usage(_) | Self::Settings { .. } => Kind::Usage,
            Self::Artifact(error) => of_artifact(error),
            Self::File(error) => of_file(error),
            Self::Keys(LoadError::File(error)) if matches!(error.fault, Fault::Io(_)) => of_file(error),
            Self::Npy(error) => of_array(error),
            Self::Shape(_) | Self::Names(_) | Self::Input(_) | Self::Samples { .. } => Kind::Input,
            Self::Srs(error) => of_setup(error),
            Self::Compile(_) | Self::Model(_) | Self::Execution(_) => Kind::Model,
            Self::Prove(error) => of_prover(error),
            Self::Key(error) => of_key(error),
            Self::Settlement(error) => of_settlement(error),
            Self::Unchecked(error) | Self::Interrupted { error, .. } => error.kind(),
            Self::Keys(_) | Self::Committed { .. } => Kind::Exists,
            Self::Uncommitted { .. } => Kind::Uncommitted,
            Self::Node(error) => of_node(error),
            Self::Wallet(_) => Kind::Account,
            Self::Foreign(GenuineError::Node(error)) => of_node(error),
            Self::Operator(error) => of_service(error),
            Self::Audit(error) => of_audit(error),
            Self::Bench(error) => of_bench(error),
            Self::Chain(_) | Self::Runtime(_) | Self::Folder(_) | Self::Terminal(_) => Kind::System,
            Self::Contract(_) | Self::Deployment(_) => Kind::Contract,
            Self::Refused(_)
            | Self::OtherModel { .. }
            | Self::OtherKey(_)
            | Self::Foreign(_)
            | Self::OtherTerms { .. }
            | Self::Unanswered(_)
            | Self::Sent(_)
            | Self::Unproved(_)
            | Self::NeverSettles(_)
            | Self::ForeignPredecessor { .. }
            | Self::NotAnswered { .. }
            | Self::Declined
            | Self::Demo(_) => Kind::Refused,
        }
    }
}

fn of_file(error: &FileError) -> Kind {
    match &error.fault {
        Fault::Io(error) if error.kind() == ErrorKind::NotFound => Kind::Missing,
        Fault::Exists { .. } | Fault::Model => Kind::Exists,
        Fault::Dash | Fault::DashRead => Kind::Usage,
        Fault::Io(_)
        | Fault::NotAFile
        | Fault::Directory
        | Fault::Dangling
        | Fault::Locked
        | Fault::Changed
        | Fault::TooLarge { .. }
        | Fault::Encode(_) => Kind::File,
        Fault::Container(_) => Kind::Damaged,
    }
}

fn of_artifact(error: &ArtifactError) -> Kind {
    match error {
        ArtifactError::File(error) => of_file(error),
        ArtifactError::Codec { .. } => Kind::Refused,
    }
}

fn of_array(error: &NpyError) -> Kind {
    match error {
        NpyError::File(error) => of_file(error),
        NpyError::Array { .. } => Kind::Damaged,
    }
}

fn of_setup(error: &SrsError) -> Kind {
    match error {
        SrsError::Io { source, .. } if source.kind() == ErrorKind::NotFound => Kind::Missing,
        SrsError::Io { .. } => Kind::File,
        SrsError::File(error) => of_file(error),
        _ => Kind::Damaged,
    }
}

fn of_prover(error: &ProveError) -> Kind {
    match error {
        ProveError::Key(error) => of_key(error),
        ProveError::SetupDiffers => Kind::Setup,
        ProveError::Model(_) | ProveError::Execution(_) => Kind::Model,
        ProveError::Commitments => Kind::Damaged,
        ProveError::Unlucky => Kind::System,
    }
}

fn of_key(error: &KeyError) -> Kind {
    match error {
        KeyError::Setup { .. } | KeyError::Powers { .. } | KeyError::CircuitPowers { .. } => Kind::Setup,
        KeyError::Model(_) | KeyError::CircuitSize { .. } => Kind::Model,
        KeyError::Shape(_) => Kind::Damaged,
        KeyError::Tables
        | KeyError::CircuitColumns
        | KeyError::OtherCircuit
        | KeyError::OtherBatches
        | KeyError::Batch { .. } => Kind::Refused,
    }
}

fn of_settlement(error: &SettlementError) -> Kind {
    match error {
        SettlementError::Key(error) => of_key(error),
        SettlementError::Unsettled(_) => Kind::System,
    }
}

fn of_node(error: &NodeError) -> Kind {
    match error {
        NodeError::Reverted { .. } | NodeError::Failed { .. } => Kind::Contract,
        _ => Kind::Node,
    }
}

fn of_service(error: &OperatorError) -> Kind {
    match error {
        OperatorError::Node(error) => of_node(error),
        OperatorError::Store(_) => Kind::File,
        OperatorError::Prove(error) => of_prover(error),
        OperatorError::Settlement(error) => of_settlement(error),
        OperatorError::Model { .. } => Kind::Refused,
        OperatorError::Prover(_) | OperatorError::Port { .. } => Kind::System,
    }
}

fn of_audit(error: &AuditError) -> Kind {
    match error {
        AuditError::Node(error) => of_node(error),
        AuditError::Srs(error) => of_setup(error),
        AuditError::Model(_) => Kind::Model,
        AuditError::Circuit(error) => of_key(error),
        AuditError::OtherRecord { .. } => Kind::Contract,
    }
}

fn of_bench(error: &BenchError) -> Kind {
    match error {
        BenchError::File(error) => of_file(error),
        BenchError::Npy(error) => of_array(error),
        BenchError::Artifact(error) => of_artifact(error),
        BenchError::Srs(error) => of_setup(error),
        BenchError::Report { .. } => Kind::Damaged,
        BenchError::Contract(_) => Kind::Contract,
        BenchError::Model(_) => Kind::Model,
        BenchError::Reject(_) => Kind::Refused,
        _ => Kind::System,
    }
}
