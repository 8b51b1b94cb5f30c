//! `hallmark deploy`: the contracts that models are registered in and paid through.

use std::path::PathBuf;

use alloy::primitives::U256;
use hallmark_circuits::srs::OpeningKey;
use serde_json::json;

use super::{
    CliError, Outcome,
    connection::Sending,
    ledger::{Ledger, Placed},
    next::quoted,
    surroundings::Surroundings,
};
use hallmark_chain::chain::{PROXY_COST, PROXY_GAS_PRICE, PROXY_SIGNER};
use hallmark_chain::node::deployment::{DeploymentError, Plan, has_proxy, proxy_funding, proxy_transaction};
use hallmark_proving::srs::Srs;

const EXAMPLE: &str = "\
Example: hallmark deploy --srs srs.bin --rpc https://node.example --keystore operator.json --password-file password

Deploys the verifier, a registry for models under this setup, and a market for them. None has an owner, so that others may
use them too. A registry for a setup of `hallmark srs new --insecure` takes --for-tests, and says so for good.

Contracts are deployed by the deterministic deployment proxy (CREATE2), so that their addresses commit to their code and to the
setup. They are the same on every chain and whoever deploys them. What is there already is not paid for again. Where a chain
lacks the proxy, --with-proxy puts it there first, by the transaction that everybody uses for that.";

/// Deploys the verifier, a registry and a market.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The structured reference string of all models in the registry
    #[arg(long)]
    srs: PathBuf,
    /// Allow an insecure setup, under which its maker can prove anything
    #[arg(long)]
    for_tests: bool,
    /// Deploy the deployment proxy first where the chain lacks it, for 0.01 ether
    #[arg(long)]
    with_proxy: bool,
    #[command(flatten)]
    sending: Sending,
}

impl Args {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        let setup = Srs::read_opening_key(&self.srs)?;
        if setup.insecure != self.for_tests {
            return Err(CliError::usage(if setup.insecure {
                "the setup is insecure: a registry for it takes --for-tests".into()
            } else {
                "--for-tests is for insecure setups, and this one is not".into()
            }));
        }
        let deploy = async |ledger: &mut Ledger| self.deploy(&setup, ledger).await;
        self.sending.run(around, deploy).map(|outcome| outcome.with_setup(setup.insecure))
    }

    async fn deploy(&self, setup: &OpeningKey, ledger: &mut Ledger) -> Result<Outcome, CliError> {
        if self.with_proxy {
            put_proxy(ledger).await?;
        }
        let verifier = ledger.place(&Plan::verifier()?).await?;
        let registry = ledger.place(&Plan::registry(verifier.address, setup.into())?).await?;
        let market = ledger.place(&Plan::market(registry.address)?).await?;
        let next = format!("hallmark register MODEL --srs {} --registry {}", quoted(&self.srs), registry.address);
        let mut json = json!({ "chain": ledger.node.chain_id() });
        let mut lines = Vec::new();
        for (name, Placed { address, was_there }) in
            [("verifier", verifier), ("registry", registry), ("market", market)]
        {
            let note = if was_there { ", already there" } else { "" };
            lines.push(format!("{name:<8}  {address}{note}"));
            json[name] = json!(address.to_string());
            json["already_there"][name] = json!(was_there);
        }
        Ok(ledger.followed(ledger.outcome(lines.join("\n"), json), [next]))
    }
}

/// Puts the proxy on a chain that lacks it.
async fn put_proxy(ledger: &mut Ledger) -> Result<(), CliError> {
    let node = ledger.node.clone();
    if has_proxy(&node).await? {
        return Ok(());
    }
    let base_fee = node.head().await?.base_fee;
    if u128::from(base_fee) > PROXY_GAS_PRICE {
        return Err(DeploymentError::ProxyPrice(base_fee).into());
    }
    let missing = U256::from(PROXY_COST).saturating_sub(node.balance(PROXY_SIGNER).await?);
    if !missing.is_zero() {
        ledger.send(&proxy_funding(missing)).await?;
    }
    ledger.forward("the deployment of the deployment proxy", &proxy_transaction()).await
}
