//! The sale, its token, and whether the fees go there.

use std::ops::RangeInclusive;

use alloy::{
    primitives::{Address, B256},
    rpc::types::Filter,
    sol_types::SolEvent,
};

use super::{
    Finding, Report, Scope, Section,
    customers::Counted,
    expected,
    wiring::{NO_MARKET, at, placed, same_code},
};
use hallmark_chain::node::{
    Node, NodeError,
    contracts::{
        market::InferenceMarket::listingCall,
        offering::{
            IInitialModelOffering::Terms,
            InitialModelOffering::{Finalised, isFinalisedCall, termsCall, tokenCall},
        },
        token::ModelToken::{distributorCall, modelIdCall},
    },
    deployment::{self, Plan},
};

const NO_OFFERING: &str = "name the offering with --offering";
/// The lines of this section.
const NAMES: [&str; 7] =
    ["offering address", "offering code", "terms", "token address", "token code", "model", "listing"];

/// What an offering says of itself.
pub(super) struct Sale {
    offering: Address,
    pub(super) terms: Terms,
    pub(super) token: Address,
}

impl Sale {
    /// What the offering says, where one is named.
    pub(super) async fn read(node: &Node, offering: Option<Address>) -> Result<Self, Finding> {
        let offering = offering.ok_or_else(|| Finding::skipped(NO_OFFERING))?;
        let refused = |error: NodeError| Finding::from(&error);
        let terms = node.view(offering, &termsCall {}).await.map_err(refused)?;
        let token = node.view(offering, &tokenCall {}).await.map_err(refused)?;
        Ok(Self { offering, terms, token })
    }

    /// Which settlements count for its tranches. What the node does not tell leaves all of them.
    pub(super) async fn counted(&self, node: &Node, range: RangeInclusive<u64>) -> Counted {
        match node.view(self.offering, &isFinalisedCall {}).await {
            Ok(true) => {
                let filter = Filter::new().address(self.offering).event_signature(Finalised::SIGNATURE_HASH);
                let log = node.last_log(&filter, range).await.ok().flatten();
                log.and_then(|log| log.block_number).map_or(Counted::All, Counted::Since)
            }
            Ok(false) => Counted::Nothing,
            Err(_) => Counted::All,
        }
    }
}

/// The sale, its token, and that the fees go there.
pub(super) async fn examine(
    node: &Node,
    scope: &Scope,
    market: Option<Address>,
    sale: &Result<Sale, Finding>,
    report: &mut Report,
) {
    let sale = match sale {
        Ok(sale) => sale,
        Err(finding) => return NAMES.iter().for_each(|name| report.add(Section::Token, name, finding.clone())),
    };
    let code = expected::offering(at(node, sale.offering), &sale.terms);
    let [token_code, model] = coin(node, scope, sale).await;
    let findings = [
        placed(sale.offering, Plan::offering(sale.terms.clone())),
        same_code(node, sale.offering, code).await.into(),
        terms(&sale.terms, scope, market),
        created(sale),
        token_code,
        model,
        listing(node, scope, market, sale).await.into(),
    ];
    NAMES.into_iter().zip(findings).for_each(|(name, finding)| report.add(Section::Token, name, finding));
}

fn terms(terms: &Terms, scope: &Scope, market: Option<Address>) -> Finding {
    if terms.modelId != scope.model {
        Finding::fail(format!("they are for the model {}", terms.modelId))
    } else if terms.registry != scope.registry {
        Finding::fail(format!("they name the registry {}", terms.registry))
    } else if Some(terms.market) != market {
        Finding::fail(format!("they name the market {}", terms.market))
    } else {
        let tranches = match terms.tranches.len() {
            1 => "1 tranche".into(),
            count => format!("{count} tranches"),
        };
        Finding::pass(format!(
            "{}: {} ({}), {} bps of each fee for the holders, {tranches}",
            terms.digest(),
            terms.name,
            terms.symbol,
            terms.holdersBps
        ))
    }
}

/// The token's address follows from its offering's, which commits to the code that creates it.
fn created(sale: &Sale) -> Finding {
    let (expected, found) = (deployment::token(sale.offering), sale.token);
    if expected == found {
        Finding::pass(format!("{found} is the first contract that {} has created", sale.offering))
    } else {
        Finding::fail(format!("{found} is not the contract that {} has created: that is {expected}", sale.offering))
    }
}

/// The token's code, and whom it belongs to.
async fn coin(node: &Node, scope: &Scope, sale: &Sale) -> [Finding; 2] {
    let (offering, token) = (sale.offering, sale.token);
    let says = async {
        Ok::<_, NodeError>((node.view(token, &modelIdCall {}).await?, node.view(token, &distributorCall {}).await?))
    };
    let (model, distributor): (B256, Address) = match says.await {
        Ok(says) => says,
        Err(error) => return [(); 2].map(|()| Finding::from(&error)),
    };
    let code = same_code(node, token, expected::token(at(node, token), model, distributor, &sale.terms)).await;
    let belongs = if model != scope.model {
        Finding::fail(format!("it is the token of the model {model}"))
    } else if distributor != offering {
        Finding::fail(format!("it is handed out by {distributor}"))
    } else {
        Finding::pass(format!("{token} is the model's, and its offering hands it out"))
    };
    [code.into(), belongs]
}

async fn listing(node: &Node, scope: &Scope, market: Option<Address>, sale: &Sale) -> Result<Finding, NodeError> {
    let Some(market) = market else { return Ok(Finding::skipped(NO_MARKET)) };
    let found = node.view(market, &listingCall { modelId: scope.model }).await?;
    let (token, bps) = (sale.token, sale.terms.holdersBps);
    Ok(if found.holders != token {
        Finding::fail(format!("fees go to {}, and the token is {token}", found.holders))
    } else if found.holdersBps != bps {
        Finding::fail(format!("{} bps of each fee are for the holders, and {bps} were offered", found.holdersBps))
    } else {
        Finding::pass(format!("{bps} bps of each fee go to the token"))
    })
}
