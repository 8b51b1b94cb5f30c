//! Checks of the contracts' addresses and code, and that the contracts name each other.
//!
//! An address commits to the creation code and its arguments, and so to the first storage. The code at the address is compared
//! too. Neither check replaces the other: the right code may have storage that other creation code has planted.

use alloy::primitives::{Address, keccak256};
use hallmark_circuits::srs::OpeningKey;

use super::{
    Finding, Report, Scope, Section,
    expected::{self, Place},
};
use hallmark_chain::node::{
    Node, NodeError,
    contracts::{
        market::InferenceMarket::registryCall,
        registry::ModelRegistry::{verifierCall, verifierCodeHashCall},
        verifier_code,
    },
    deployment::{DeploymentError, Plan},
};

/// The text for a contract whose constructor was not run, because an argument is unknown.
const UNKNOWN_SETUP: &str = "the setup's points are missing, so the registry's constructor arguments are unknown";
pub(super) const NO_MARKET: &str = "name the market with --market";

/// The verifier, and the registry that pins it.
pub(super) async fn registry(node: &Node, scope: &Scope, setup: Option<&OpeningKey>, report: &mut Report) {
    let verifier = match node.view(scope.registry, &verifierCall {}).await {
        Ok(verifier) => verifier,
        Err(error) => {
            report.skip(Section::Verifier, &["address", "code"], "the registry does not name it");
            report.add(Section::Registry, "address", Finding::from(&error));
            report.add(Section::Registry, "code", Finding::from(&error));
            return;
        }
    };
    report.add(Section::Verifier, "address", placed(verifier, Plan::verifier()));
    report.add(Section::Verifier, "code", verifier_is_genuine(node, scope.registry, verifier).await.into());
    let Some(setup) = setup else {
        return report.skip(Section::Registry, &["address", "code"], UNKNOWN_SETUP);
    };
    report.add(Section::Registry, "address", placed(scope.registry, Plan::registry(verifier, setup.into())));
    let expected = expected::registry(at(node, scope.registry), verifier, setup.into());
    report.add(Section::Registry, "code", same_code(node, scope.registry, expected).await.into());
}

/// Nothing is fixed at construction, so there is only one code.
async fn verifier_is_genuine(node: &Node, registry: Address, verifier: Address) -> Result<Finding, NodeError> {
    let pinned = node.view(registry, &verifierCodeHashCall {}).await?;
    let code = node.code(verifier).await?;
    Ok(if verifier_code().as_deref() != Some(&*code) {
        Finding::fail(other_code(verifier, code.len()))
    } else if keccak256(&code) != pinned {
        Finding::fail(format!("its hash is not the registry's {pinned}"))
    } else {
        Finding::pass(format!("at {verifier}, {} bytes of this program's", code.len()))
    })
}

/// The market.
pub(super) async fn market(node: &Node, market: Option<Address>, registry: Address, report: &mut Report) {
    const NAMES: [&str; 3] = ["address", "code", "registry"];
    let Some(market) = market else {
        return report.skip(Section::Market, &NAMES, NO_MARKET);
    };
    match node.view(market, &registryCall {}).await {
        Ok(found) => {
            report.add(Section::Market, "address", placed(market, Plan::market(found)));
            report.add(
                Section::Market,
                "code",
                same_code(node, market, expected::market(at(node, market), found)).await.into(),
            );
            report.add(Section::Market, "registry", Finding::equal(&registry, &found));
        }
        Err(error) => NAMES.iter().for_each(|name| report.add(Section::Market, name, Finding::from(&error))),
    }
}

/// Checks that a contract has the address of this program's code with these arguments.
pub(super) fn placed(contract: Address, plan: Result<Plan, DeploymentError>) -> Finding {
    match plan.map(|plan| plan.address()) {
        Ok(expected) if expected == contract => {
            Finding::pass(format!("{contract} commits to this program's code and to what it was deployed with"))
        }
        Ok(expected) => Finding::fail(format!(
            "{contract} does not commit to this program's code, which is at {expected} with what this one says of itself: its \
             storage may have been forged when it was deployed"
        )),
        Err(error) => Finding::fail(error.to_string()),
    }
}

/// The place of a contract, which its code may contain.
pub(super) fn at(node: &Node, address: Address) -> Place {
    Place { chain: node.chain_id(), address }
}

/// Checks that a contract has the code of this program's sources.
pub(super) async fn same_code(node: &Node, contract: Address, expected: Option<Vec<u8>>) -> Result<Finding, NodeError> {
    let code = node.code(contract).await?;
    Ok(match expected {
        None => Finding::fail("this program's constructor refuses the arguments that the contract reports"),
        Some(expected) if *expected == *code => {
            Finding::pass(format!("at {contract}, {} bytes of this program's", code.len()))
        }
        Some(_) => Finding::fail(other_code(contract, code.len())),
    })
}

fn other_code(contract: Address, bytes: usize) -> String {
    match bytes {
        0 => format!("there is no contract at {contract}"),
        _ => format!("the {bytes} bytes at {contract} are not this program's: another version, or a forgery"),
    }
}
