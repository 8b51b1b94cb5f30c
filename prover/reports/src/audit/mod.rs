//! What Hallmark's contracts claim about a model, recomputed or compared, with a verdict for each claim.
//!
//! | file | idea |
//! |---|---|
//! | [`Check`] | a line of the report: pass, fail, or not checked and why |
//! | `expected` | the code that a contract has if it is this program's: its constructor is run here |
//! | `wiring` | the contracts' addresses and code, and whether they know each other |
//! | `sale` | the offering, its token, and the token's part of the fees |
//! | `setup` | the points behind the registry's setup |
//! | `blob` | a settlement key as it lies on the chain |
//! | `model` | the record and the key against the public description |
//! | `settlement` | past settlements, with when they were and what they cost |
//! | `replay`, `proofs` | their proofs, checked once more, alone or in batches |
//! | `customers` | those who paid for answers of their own model |
//! | [`Given`] | the files that the auditor brought along, by their digests |
//! | [`Report`] | text and JSON |
//! | [`Grade`] | what a report is worth, in its first line |
//! | `charts`, `html` | the page |
//! | [`Catalogue`] | the models of a registry |
//! | [`Fact`] | what is told without a verdict |
//! | [`sale_terms`] | what a buyer agrees to, in words |
//!
//! The chain is what a node says it is: an audit by a node that lies is worth nothing, and one by a node that stays silent
//! says so, since a line that could not be checked never passes.

mod blob;
mod catalogue;
mod charts;
mod check;
mod customers;
mod expected;
mod fact;
mod given;
mod headline;
mod html;
mod model;
mod proofs;
mod replay;
mod report;
mod sale;
mod settlement;
mod setup;
mod terms;
mod wiring;

use std::path::PathBuf;

use alloy::primitives::{Address, B256};
use hallmark_circuits::{error::KeyError, key::VerifyingKey, model::ModelError};
use thiserror::Error;
use tracing::{Instrument, info_span};

use self::{check::Finding, customers::Insiders, model::Yardstick, sale::Sale};
use hallmark_chain::node::{Node, NodeError};
use hallmark_proving::srs::{Srs, SrsError};

pub use catalogue::{Catalogue, Listed, Listing};
pub use check::{Check, Section, Verdict};
pub use fact::{Fact, table};
pub use given::Given;
pub use headline::Grade;
pub use report::Report;
pub use settlement::{Batched, Record};
pub use terms::sale_terms;

/// What is audited, and what the auditor brings along.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The model's number.
    pub model: B256,
    /// The registry that has it.
    pub registry: Address,
    /// The market that it is listed in; that of the offering's terms where none is named.
    pub market: Option<Address>,
    /// The sale of its token.
    pub offering: Option<Address>,
    /// Its public description.
    pub key: Option<VerifyingKey>,
    /// Its model digest, as it was quoted.
    pub digest: Option<B256>,
    /// The powers of the ceremony that the registry should be of.
    pub srs: Option<PathBuf>,
    /// The files that all this was read from, for the report.
    pub files: Vec<Given>,
    /// Whether a registry for tests is as it should be.
    pub for_tests: bool,
    /// The first block to look for settlements in; that of the registry's deployment where none is named.
    pub from_block: Option<u64>,
    /// How many settlements to replay: the last ones.
    pub replay: usize,
}

/// Why there is no report.
#[derive(Debug, Error)]
pub enum AuditError {
    /// The node does not even tell the last block.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The structured reference string can't be read.
    #[error(transparent)]
    Srs(#[from] SrsError),
    /// The key's architecture is refused.
    #[error("the model is refused: {0}")]
    Model(#[from] ModelError),
    /// The key's architecture can't be settled.
    #[error(transparent)]
    Circuit(#[from] KeyError),
    /// A registry has another record than its number says.
    #[error("the registry's record of the model {model} is that of {found}: it is no registry of this program's")]
    OtherRecord {
        /// The model that was asked for.
        model: B256,
        /// The model that the record is of.
        found: B256,
    },
}

/// Audits a model.
///
/// # Errors
/// - [`AuditError::Node`] if the node does not even tell the last block.
/// - [`AuditError::Srs`], [`AuditError::Model`] or [`AuditError::Circuit`] if what the auditor brought along can't be used.
/// - [`AuditError::OtherRecord`] if the registry is none of this program's.
pub async fn audit(node: &Node, scope: &Scope) -> Result<Report, AuditError> {
    let head = node.head().await?;
    let yardstick = scope.key.as_ref().map(|key| Yardstick::new(key, scope)).transpose()?;
    let ceremony = scope.srs.as_ref().map(Srs::read_opening_key).transpose()?;
    let mut report = Report::new(node.chain_id(), head, scope.model, scope.registry);
    report.files = scope.files.clone();
    // A node that forgets old blocks has lines that can't be checked, each of which says so.
    let birth = node.birth(scope.registry, head.number).instrument(info_span!("registry")).await.ok().flatten();
    let setup = setup::examine(node, scope, ceremony.as_ref(), birth, &mut report).await;
    wiring::registry(node, scope, setup.key.as_ref(), &mut report).await;
    let pinned = model::pinned(node, scope, &setup, &mut report).await;
    let recompute = || model::recompute(yardstick.as_ref(), &pinned, &setup, &mut report);
    let bench = info_span!("recompute").in_scope(recompute);
    model::batches(node, scope, &pinned, bench.as_ref().ok(), &mut report).await;
    let sale = Sale::read(node, scope.offering).await;
    let market = scope.market.or(sale.as_ref().ok().map(|sale| sale.terms.market));
    (report.market, report.offering) = (market, scope.offering);
    wiring::market(node, market, scope.registry, &mut report).await;
    sale::examine(node, scope, market, &sale, &mut report).await;
    let mut insiders = Insiders::default();
    if let Some(record) = &pinned.record {
        insiders.add(record.registrant, "registrant");
    }
    if let Ok(sale) = &sale {
        insiders.add(sale.terms.team, "team");
        insiders.counted = sale.counted(node, replay::start(scope, birth, head.number)..=head.number).await;
        report.terms = sale_terms(&sale.terms);
    }
    replay::replay(node, scope, market, birth, bench, insiders, &mut report).instrument(info_span!("replay")).await;
    Ok(report)
}
