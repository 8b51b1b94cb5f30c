//! The models of a registry, for an auditor who does not know which to ask about.

use alloy::{
    primitives::{Address, B256},
    rpc::types::Filter,
    sol_types::SolEvent,
};
use serde::Serialize;

use super::{AuditError, check::clean, utc::utc};
use hallmark_chain::node::{
    Node,
    contracts::registry::ModelRegistry::{ModelRegistered, modelCall},
};
use hallmark_operator::model_id;

/// The most models that are listed.
const MAX_MODELS: usize = 1_000;
/// How far back is looked where it is not known when the registry was deployed.
const HISTORY: u64 = 100_000;

/// The models of a registry.
#[derive(Clone, Debug, Serialize)]
pub struct Catalogue {
    /// The registry.
    pub registry: Address,
    /// The block from which on it was looked.
    pub from_block: u64,
    /// Whether there are more models than are listed.
    pub is_cut: bool,
    /// The models, in the order of the chain.
    pub models: Vec<Listed>,
}

/// A model as its registry has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its number.
    pub model: B256,
    /// Who registered it.
    pub registrant: Address,
    /// The digest of its settlement key, which covers its circuit and its weights.
    pub settlement_key_digest: B256,
    /// The digest of its weights.
    pub weight_digest: B256,
    /// The model that it succeeds; zero, if none.
    pub predecessor: B256,
    /// When it was registered, in seconds since 1970.
    pub registered_at: u64,
    /// Where a description is, without what would change a terminal.
    pub uri: String,
}

impl Catalogue {
    /// Lists the models that a registry has announced and still has.
    ///
    /// # Errors
    ///
    /// If the node does not show events, or if the registry does not have a model that it has announced.
    pub async fn read(node: &Node, registry: Address, from_block: Option<u64>) -> Result<Self, AuditError> {
        let head = node.head().await?.number;
        let birth = match from_block {
            Some(block) => Some(block),
            // A node that forgets old blocks shows the last ones.
            None => node.birth(registry, head).await.ok().flatten(),
        };
        let from_block = birth.unwrap_or(head.saturating_sub(HISTORY));
        let filter = Filter::new().address(registry).event_signature(ModelRegistered::SIGNATURE_HASH);
        let (mut catalogue, mut pages) =
            (Self { registry, from_block, is_cut: false, models: Vec::new() }, node.pages(filter, from_block..=head));
        while let Some((logs, _)) = pages.next().await? {
            for event in logs.iter().filter_map(|log| ModelRegistered::decode_log_validate(&log.inner).ok()) {
                if catalogue.models.len() == MAX_MODELS {
                    catalogue.is_cut = true;
                    return Ok(catalogue);
                }
                catalogue.models.push(Listed::read(node, registry, event.modelId).await?);
            }
        }
        Ok(catalogue)
    }

    /// The list for people.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { registry, from_block, is_cut, models } = self;
        let head = format!("{} models in the registry {registry} from block {from_block} on", models.len());
        let more = if *is_cut { "\n\nThere are more: see --from-block" } else { "" };
        let models: String = models.iter().map(Listed::text).collect();
        format!("{head}\n{models}{more}\n\nAudit one: hallmark audit MODEL --registry {registry} ...")
    }
}

impl Listed {
    /// The record, whose number covers all that it says but for the time.
    async fn read(node: &Node, registry: Address, model: B256) -> Result<Self, AuditError> {
        let record = node.view(registry, &modelCall { modelId: model }).await?;
        let found =
            model_id(node.chain_id(), registry, record.registrant, record.keyDigest, record.predecessor, &record.uri);
        if found != model {
            return Err(AuditError::OtherRecord { model, found });
        }
        Ok(Self {
            model,
            registrant: record.registrant,
            settlement_key_digest: record.keyDigest,
            weight_digest: record.weightDigest,
            predecessor: record.predecessor,
            registered_at: record.registeredAt,
            uri: clean(&record.uri),
        })
    }

    fn text(&self) -> String {
        let Self { model, registrant, settlement_key_digest, weight_digest, registered_at, uri, .. } = self;
        format!(
            "\nmodel          {model}\n  registered   {} by {registrant}\n  key digest   {settlement_key_digest}\n  \
             weights      {weight_digest}\n  described at {uri:?}\n",
            utc(*registered_at)
        )
    }
}
