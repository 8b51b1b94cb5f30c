//! `hallmark models`: the models of a registry.

use alloy::primitives::Address;
use serde_json::json;

use super::{
    CliError, Outcome,
    connection::{Connection, block_on},
    surroundings::Surroundings,
    trust::Trust,
};
use hallmark_reports::audit::Catalogue;

const EXAMPLE: &str = "\
Example: hallmark models --registry 0x...
         hallmark models --registry 0x... --market 0x...

Lists the models that were registered, with who registered them, their model digests, and whether it was proven that the registrant
has the model. With --market it also shows which of them take requests, and who gets the holders' part of each fee. Nothing is
sent, and no key is needed.

A model's id covers its record, which is compared. The rest is as the node says. `hallmark audit` checks a model.";

/// Lists the models of a registry.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The registry
    #[arg(long, value_name = "ADDRESS", env = "HALLMARK_REGISTRY")]
    registry: Address,
    /// A market of the registry, to tell which models take requests
    #[arg(long, value_name = "ADDRESS", env = "HALLMARK_MARKET")]
    market: Option<Address>,
    /// Look for models from this block on [default: that of the registry's deployment]
    #[arg(long, value_name = "BLOCK")]
    from_block: Option<u64>,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    connection: Connection,
}

impl Args {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        let catalogue = block_on(async {
            let node = self.connection.node(around).await?;
            match self.market {
                None => self.trust.registry(&node, self.registry).await?,
                Some(market) => {
                    let of = self.trust.market(&node, market).await?;
                    if of != self.registry {
                        return Err(CliError::usage(format!("the market {market} is of the registry {of}: name that")));
                    }
                }
            }
            Ok(Catalogue::read(&node, self.registry, self.market, self.from_block).await?)
        })?;
        Ok(Outcome::done(catalogue.text(), json!(catalogue)))
    }
}
