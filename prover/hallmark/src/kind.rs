//! Kinds of errors: what a program that reads `--json` tells them apart by.

use super::{CliError, Status};
use hallmark_chain::node::{NodeError, genuine::GenuineError};
use hallmark_local::{Kind as LocalKind, LocalError};
use hallmark_operator::{OperatorError, StoreError};
use hallmark_reports::audit::AuditError;
use hallmark_reports::bench::BenchError;

/// The kind of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// That of work on this machine.
    Local(LocalKind),
    /// A contract refuses.
    Contract,
    /// A node does not answer as it should.
    Node,
    /// There is no key to sign with.
    Account,
    /// The database of a queue does not answer as it should.
    Queue,
}

impl<E> From<E> for Kind
where
    E: Into<LocalKind>,
{
    fn from(error: E) -> Self {
        Self::Local(error.into())
    }
}

impl Kind {
    /// The name that `--json` has.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Local(kind) => kind.name(),
            Self::Contract => "contract",
            Self::Node => "node",
            Self::Account => "account",
            Self::Queue => "queue",
        }
    }

    /// The status that a command ends with for such an error.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::Local(LocalKind::Usage) => Status::Usage,
            Self::Local(LocalKind::Missing | LocalKind::File | LocalKind::Damaged | LocalKind::System)
            | Self::Node
            | Self::Account
            | Self::Queue => Status::Unable,
            Self::Local(
                LocalKind::Refused
                | LocalKind::Model
                | LocalKind::Input
                | LocalKind::Uncommitted
                | LocalKind::Setup
                | LocalKind::Exists,
            )
            | Self::Contract => Status::No,
        }
    }
}

impl CliError {
    /// The status that the program ends with.
    #[must_use]
    pub fn status(&self) -> Status {
        match (self, self.kind().status()) {
            (Self::Local(error), Status::No) if matches!(**error, LocalError::Unchecked(_)) => Status::Unable,
            (_, status) => status,
        }
    }

    /// The kind of the error.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Local(error) => error.kind().into(),
            Self::Settings { .. } => LocalKind::Usage.into(),
            Self::Interrupted { error, .. } => error.kind(),
            Self::Node(error) => of_node(error),
            Self::Wallet(_) => Kind::Account,
            Self::Foreign(GenuineError::Node(error)) => of_node(error),
            Self::Operator(error) => of_service(error),
            Self::Audit(error) => of_audit(error),
            Self::Bench(error) => of_bench(error),
            Self::Chain(_) | Self::Runtime(_) | Self::Folder(_) | Self::Terminal(_) => LocalKind::System.into(),
            Self::Contract(_) | Self::Deployment(_) => Kind::Contract,
            Self::OtherModel { .. }
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
            | Self::Demo(_) => LocalKind::Refused.into(),
        }
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
        OperatorError::Store(error) => of_store(error),
        OperatorError::Prove(error) => error.into(),
        OperatorError::Settlement(error) => error.into(),
        OperatorError::Model { .. } => LocalKind::Refused.into(),
        OperatorError::Prover(_) | OperatorError::Port { .. } => LocalKind::System.into(),
    }
}

fn of_store(error: &StoreError) -> Kind {
    match error {
        StoreError::Address(_) => LocalKind::Usage.into(),
        StoreError::Unreachable(_) | StoreError::Refused(_) | StoreError::Foreign(_) | StoreError::Unclaimed => {
            Kind::Queue
        }
        _ => LocalKind::File.into(),
    }
}

fn of_audit(error: &AuditError) -> Kind {
    match error {
        AuditError::Node(error) => of_node(error),
        AuditError::Srs(error) => error.into(),
        AuditError::Model(_) => LocalKind::Model.into(),
        AuditError::Circuit(error) => error.into(),
        AuditError::OtherRecord { .. } => Kind::Contract,
    }
}

fn of_bench(error: &BenchError) -> Kind {
    match error {
        BenchError::File(error) => error.into(),
        BenchError::Npy(error) => error.into(),
        BenchError::Artifact(error) => error.into(),
        BenchError::Srs(error) => error.into(),
        BenchError::Report { .. } => LocalKind::Damaged.into(),
        BenchError::Contract(_) => Kind::Contract,
        BenchError::Model(_) => LocalKind::Model.into(),
        BenchError::Reject(_) => LocalKind::Refused.into(),
        _ => LocalKind::System.into(),
    }
}
