//! The models of a registry, for an auditor who does not know which to ask about.

use std::fmt::{self, Display, Formatter};

use alloy::{
    primitives::{Address, B256},
    rpc::types::Filter,
    sol_types::SolEvent,
};
use hallmark_circuits::model::MAX_BATCHES;
use serde::Serialize;

use super::{AuditError, check::clean, terms::percent};
use crate::number::count;
use hallmark_chain::node::{
    Node,
    contracts::{
        market::InferenceMarket::listingCall,
        registry::ModelRegistry::{BatchKeyAdded, ModelRegistered, isForTestsCall, modelCall},
    },
    utc,
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
    /// Whether its setup is for tests, under which some can prove anything.
    pub is_for_tests: bool,
    /// The market whose listings are told, if one was named.
    pub market: Option<Address>,
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
    /// Its model digest, which covers its circuit and its weights.
    pub model_digest: B256,
    /// The digest of its weights.
    pub weight_digest: B256,
    /// The model that it succeeds; zero, if none.
    pub predecessor: B256,
    /// When it was registered, in seconds since 1970.
    pub registered_at: u64,
    /// When it was proven that the registrant has it, in seconds since 1970; 0 if it was not.
    pub proven_at: u64,
    /// Where a description is, without what would change a terminal.
    pub uri: String,
    /// The sizes of the batches that it can be settled in, in the order in which their keys were recorded.
    pub batches: Vec<u64>,
    /// How the market lists it, if it does.
    pub listing: Option<Listing>,
}

/// How a market lists a model, which then takes requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listing {
    /// Who gets the holders' part of each fee.
    pub holders: Address,
    /// That part, in ten-thousandths.
    pub holders_bps: u16,
    /// How many requests were answered.
    pub settled: u64,
    /// What the holders were credited in all, in wei.
    #[serde(rename = "earned_wei")]
    pub earned: String,
}

impl Catalogue {
    /// Lists the models that a registry has announced and still has, with what a market says of them.
    ///
    /// # Errors
    ///
    /// If the node does not show events, or if the registry does not have a model that it has announced.
    pub async fn read(
        node: &Node,
        registry: Address,
        market: Option<Address>,
        from_block: Option<u64>,
    ) -> Result<Self, AuditError> {
        let is_for_tests = node.view(registry, &isForTestsCall {}).await?;
        let head = node.head().await?.number;
        let birth = match from_block {
            Some(block) => Some(block),
            // A node that forgets old blocks shows the last ones.
            None => node.birth(registry, head).await.ok().flatten(),
        };
        let from_block = birth.unwrap_or(head.saturating_sub(HISTORY));
        let events = vec![ModelRegistered::SIGNATURE_HASH, BatchKeyAdded::SIGNATURE_HASH];
        let filter = Filter::new().address(registry).event_signature(events);
        let mut catalogue = Self { registry, is_for_tests, market, from_block, is_cut: false, models: Vec::new() };
        let mut pages = node.pages(filter, from_block..=head);
        while let Some((logs, _)) = pages.next().await? {
            for log in &logs {
                if let Ok(event) = BatchKeyAdded::decode_log_validate(&log.inner) {
                    catalogue.add_batch(event.modelId, event.size.saturating_to());
                    continue;
                }
                let Ok(event) = ModelRegistered::decode_log_validate(&log.inner) else { continue };
                if catalogue.models.len() == MAX_MODELS {
                    catalogue.is_cut = true;
                    return Ok(catalogue);
                }
                catalogue.models.push(Listed::read(node, registry, market, event.modelId).await?);
            }
        }
        Ok(catalogue)
    }

    /// A key for batches of a size was recorded. A key lists few of them.
    fn add_batch(&mut self, model: B256, size: u64) {
        let listed = self.models.iter_mut().find(|listed| listed.model == model);
        if let Some(listed) = listed.filter(|listed| listed.batches.len() < MAX_BATCHES) {
            listed.batches.push(size);
        }
    }

    /// The list for people.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { registry, is_for_tests, from_block, is_cut, models, .. } = self;
        let found = count(models.len(), "model");
        let warning = if *is_for_tests { ", which is for tests: its proofs show nothing" } else { "" };
        let head = format!("{found} in the registry {registry} from block {from_block} on{warning}");
        let more = if *is_cut { "\n\nThere are more: see --from-block" } else { "" };
        let models: String = models.iter().map(|model| model.text(self.market)).collect();
        format!("{head}\n{models}{more}\n\nAudit one: hallmark audit MODEL --registry {registry} ...")
    }
}

impl Listed {
    /// The record, whose number covers all that it says but for the time.
    async fn read(node: &Node, registry: Address, market: Option<Address>, model: B256) -> Result<Self, AuditError> {
        let record = node.view(registry, &modelCall { modelId: model }).await?;
        let found =
            model_id(node.chain_id(), registry, record.registrant, record.keyDigest, record.predecessor, &record.uri);
        if found != model {
            return Err(AuditError::OtherRecord { model, found });
        }
        let listing = match market {
            Some(market) => Listing::read(node, market, model).await?,
            None => None,
        };
        Ok(Self {
            model,
            registrant: record.registrant,
            model_digest: record.keyDigest,
            weight_digest: record.weightDigest,
            predecessor: record.predecessor,
            registered_at: record.registeredAt,
            proven_at: record.provenAt,
            uri: clean(&record.uri),
            batches: Vec::new(),
            listing,
        })
    }

    fn text(&self, market: Option<Address>) -> String {
        let Self { model, registrant, model_digest, weight_digest, registered_at, proven_at, uri, batches, .. } = self;
        let sizes: Vec<_> = batches.iter().map(u64::to_string).collect();
        let sizes = if sizes.is_empty() { "none".into() } else { sizes.join(", ") };
        let possession = match proven_at {
            0 => "not proven: the registrant may have no more than the public key".to_owned(),
            time => format!("proven {}", utc(*time)),
        };
        let requests = match (market, &self.listing) {
            (None, _) => String::new(),
            (Some(_), None) => "\n  requests       none: the market does not list it".into(),
            (Some(_), Some(listing)) => format!("\n  requests       {listing}"),
        };
        format!(
            "\nmodel            {model}\n  registered     {} by {registrant}\n  model digest   {model_digest}\n  \
             weight digest  {weight_digest}\n  batches of     {sizes}\n  possession     {possession}\n  described at   {uri:?}{requests}\n",
            utc(*registered_at)
        )
    }
}

impl Listing {
    /// How a market lists a model, if it does.
    async fn read(node: &Node, market: Address, model: B256) -> Result<Option<Self>, AuditError> {
        let found = node.view(market, &listingCall { modelId: model }).await?;
        Ok((!found.holders.is_zero()).then(|| Self {
            holders: found.holders,
            holders_bps: found.holdersBps,
            settled: found.settled,
            earned: found.earned.to_string(),
        }))
    }
}

impl Display for Listing {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { holders, holders_bps, settled, .. } = self;
        write!(f, "taken, {settled} answered; {} of each fee for {holders}", percent(*holders_bps))
    }
}
