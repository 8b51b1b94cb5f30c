//! Whether contracts have the code of this program's sources, and know each other.

use alloy::primitives::{Address, B256, keccak256};
use hallmark_circuits::srs::OpeningKey;

use super::{
    Finding, Report, Scope, Section,
    expected::{self, Place},
};
use hallmark_chain::node::{
    Node, NodeError,
    contracts::{
        market::InferenceMarket::{listingCall, registryCall},
        offering::{
            IInitialModelOffering::Terms,
            InitialModelOffering::{termsCall, tokenCall},
        },
        registry::ModelRegistry::{verifierCall, verifierCodeHashCall},
        token::ModelToken::{distributorCall, modelIdCall},
        verifier_code,
    },
};

/// What is said of a contract whose constructor was not run, because something it was given is not known.
const UNKNOWN_SETUP: &str = "without the setup's points it is not known what the registry was deployed with";
const NO_MARKET: &str = "name the market with --market";
const NO_OFFERING: &str = "name the offering with --offering";

/// The verifier, and the registry that pins it.
pub(super) async fn registry(node: &Node, scope: &Scope, setup: Option<&OpeningKey>, report: &mut Report) {
    let [verifier, code] = match node.view(scope.registry, &verifierCall {}).await {
        Ok(verifier) => {
            let code = match setup.map(|setup| expected::registry(at(node, scope.registry), verifier, setup.into())) {
                Some(expected) => same_code(node, scope.registry, expected).await.into(),
                None => Finding::skipped(UNKNOWN_SETUP),
            };
            [verifier_is_genuine(node, scope.registry, verifier).await.into(), code]
        }
        Err(error) => [Finding::skipped("the registry does not name it"), Finding::from(&error)],
    };
    report.add(Section::Verifier, "code", verifier);
    report.add(Section::Registry, "code", code);
}

/// What is fixed at construction is nothing here: there is one code.
async fn verifier_is_genuine(node: &Node, registry: Address, verifier: Address) -> Result<Finding, NodeError> {
    let pinned = node.view(registry, &verifierCodeHashCall {}).await?;
    let code = node.code(verifier).await?;
    Ok(match () {
        () if verifier_code().as_deref() != Some(&*code) => Finding::fail(other_code(verifier, code.len())),
        () if keccak256(&code) != pinned => Finding::fail(format!("its hash is another than the registry's {pinned}")),
        () => Finding::pass(format!("at {verifier}, {} bytes of this program's", code.len())),
    })
}

/// The market, and how the model is listed there.
pub(super) async fn market(node: &Node, market: Option<Address>, registry: Address, report: &mut Report) {
    let Some(market) = market else {
        return report.skip(Section::Market, &["code", "registry"], NO_MARKET);
    };
    match node.view(market, &registryCall {}).await {
        Ok(found) => {
            let expected = expected::market(at(node, market), found);
            report.add(Section::Market, "code", same_code(node, market, expected).await.into());
            report.add(Section::Market, "registry", Finding::equal(&registry, &found));
        }
        Err(error) => {
            report.add(Section::Market, "code", Finding::from(&error));
            report.add(Section::Market, "registry", Finding::from(&error));
        }
    }
}

/// What an offering says of itself.
pub(super) struct Sale {
    pub(super) terms: Terms,
    token: Address,
}

/// What the offering says, where one is named.
pub(super) async fn sale(node: &Node, offering: Option<Address>) -> Result<Sale, Finding> {
    let offering = offering.ok_or_else(|| Finding::skipped(NO_OFFERING))?;
    let refused = |error: NodeError| Finding::from(&error);
    let terms = node.view(offering, &termsCall {}).await.map_err(refused)?;
    let token = node.view(offering, &tokenCall {}).await.map_err(refused)?;
    Ok(Sale { terms, token })
}

/// The sale, its token, and that the fees go there.
pub(super) async fn token(
    node: &Node,
    scope: &Scope,
    market: Option<Address>,
    sale: &Result<Sale, Finding>,
    report: &mut Report,
) {
    let (sale, offering) = match (sale, scope.offering) {
        (Ok(sale), Some(offering)) => (sale, offering),
        (Err(finding), _) => {
            let names = ["offering", "terms", "code", "model", "listing"];
            return names.iter().for_each(|name| report.add(Section::Token, name, finding.clone()));
        }
        (Ok(_), None) => return,
    };
    // The token that the terms' offering makes has to be the one that this offering names.
    let expected = expected::offering(at(node, offering), &sale.terms).filter(|_| offering.create(1) == sale.token);
    report.add(Section::Token, "offering", same_code(node, offering, expected).await.into());
    report.add(Section::Token, "terms", terms(&sale.terms, scope, market));
    let [code, model] = coin(node, scope, offering, sale).await;
    report.add(Section::Token, "code", code);
    report.add(Section::Token, "model", model);
    report.add(Section::Token, "listing", listing(node, scope, market, sale).await.into());
}

fn terms(terms: &Terms, scope: &Scope, market: Option<Address>) -> Finding {
    match () {
        () if terms.modelId != scope.model => Finding::fail(format!("they are for the model {}", terms.modelId)),
        () if terms.registry != scope.registry => Finding::fail(format!("they name the registry {}", terms.registry)),
        () if Some(terms.market) != market => Finding::fail(format!("they name the market {}", terms.market)),
        () => Finding::pass(format!(
            "{}: {} ({}), {} bps of each fee for the holders, {} tranches",
            terms.digest(),
            terms.name,
            terms.symbol,
            terms.holdersBps,
            terms.tranches.len()
        )),
    }
}

/// The token's code, and whom it belongs to.
async fn coin(node: &Node, scope: &Scope, offering: Address, sale: &Sale) -> [Finding; 2] {
    let token = sale.token;
    let says = async {
        Ok::<_, NodeError>((node.view(token, &modelIdCall {}).await?, node.view(token, &distributorCall {}).await?))
    };
    let (model, distributor): (B256, Address) = match says.await {
        Ok(says) => says,
        Err(error) => return [(); 2].map(|()| Finding::from(&error)),
    };
    let code = same_code(node, token, expected::token(at(node, token), model, distributor, &sale.terms)).await;
    let belongs = match () {
        () if model != scope.model => Finding::fail(format!("it is the token of the model {model}")),
        () if distributor != offering => Finding::fail(format!("it is handed out by {distributor}")),
        () => Finding::pass(format!("{token} is the model's, and its offering hands it out")),
    };
    [code.into(), belongs]
}

async fn listing(node: &Node, scope: &Scope, market: Option<Address>, sale: &Sale) -> Result<Finding, NodeError> {
    let Some(market) = market else { return Ok(Finding::skipped(NO_MARKET)) };
    let found = node.view(market, &listingCall { modelId: scope.model }).await?;
    let (token, bps) = (sale.token, sale.terms.holdersBps);
    Ok(match () {
        () if found.holders != token => {
            Finding::fail(format!("fees go to {}, and the token is {token}", found.holders))
        }
        () if found.holdersBps != bps => {
            Finding::fail(format!("{} bps of each fee are for the holders, and {bps} were offered", found.holdersBps))
        }
        () => Finding::pass(format!("{bps} bps of each fee go to the token")),
    })
}

fn at(node: &Node, address: Address) -> Place {
    Place { chain: node.chain_id(), address }
}

/// Whether a contract has the code that this program's sources give it.
async fn same_code(node: &Node, contract: Address, expected: Option<Vec<u8>>) -> Result<Finding, NodeError> {
    let code = node.code(contract).await?;
    Ok(match expected {
        None => Finding::fail("this program's sources can't be deployed with what it says of itself"),
        Some(expected) if *expected == *code => {
            Finding::pass(format!("at {contract}, {} bytes of this program's", code.len()))
        }
        Some(_) => Finding::fail(other_code(contract, code.len())),
    })
}

fn other_code(contract: Address, bytes: usize) -> String {
    match bytes {
        0 => format!("there is no contract at {contract}"),
        _ => format!("at {contract} are {bytes} bytes that are not this program's: another version, or a forgery"),
    }
}
