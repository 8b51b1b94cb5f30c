//! `hallmark deploy`: the contracts that models are registered in and paid through.

use std::path::PathBuf;

use alloy::sol_types::SolConstructor;
use serde_json::json;

use super::{CliError, Outcome, connection::Sending, surroundings::Surroundings};
use hallmark_chain::chain::ChainError;
use hallmark_chain::node::{
    Intent,
    contracts::{Contract, market::InferenceMarket, registry::ModelRegistry},
};
use hallmark_proving::srs::Srs;

const EXAMPLE: &str = "\
Example: hallmark deploy --srs srs.bin --rpc https://node.example --keystore operator.json --password-file password

Deploys the verifier, a registry for models under this setup, and a market for them. None has an owner, so that others may
use them too. A registry for a setup of `hallmark srs new --insecure` takes --for-tests, and says so for good.";

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
    #[command(flatten)]
    sending: Sending,
}

impl Args {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        let setup = Srs::read_opening_key(&self.srs)?;
        if setup.insecure != self.for_tests {
            return Err(CliError::Usage(if setup.insecure {
                "the setup is insecure: a registry for it takes --for-tests".into()
            } else {
                "--for-tests is for insecure setups, and this one is not".into()
            }));
        }
        self.sending.run(around, async |ledger| {
            let verifier = ledger.deploy(&creation(Contract::Verifier, &[])?).await?;
            let arguments = ModelRegistry::constructorCall {
                verifier_: verifier,
                setup_: (&setup).into(),
                development: setup.insecure,
            };
            let registry = ledger.deploy(&creation(Contract::Registry, &arguments.abi_encode())?).await?;
            let arguments = InferenceMarket::constructorCall { registry_: registry };
            let market = ledger.deploy(&creation(Contract::Market, &arguments.abi_encode())?).await?;
            let text = format!("verifier  {verifier}\nregistry  {registry}\nmarket    {market}");
            let json = json!({
                "chain": ledger.node.chain_id(),
                "verifier": verifier.to_string(),
                "registry": registry.to_string(),
                "market": market.to_string(),
            });
            Ok(ledger.outcome(text, json).with_setup(setup.insecure))
        })
    }
}

/// The deployment of one of the contracts that come with the program.
pub(super) fn creation(contract: Contract, arguments: &[u8]) -> Result<Intent, CliError> {
    let creation = contract.creation(arguments).ok_or(ChainError::Artifact)?;
    Ok(Intent::deploy(contract.deployment(), creation))
}
