//! `hallmark claim`: tokens that were bought, or fees that were earned.

use alloy::primitives::Address;
use serde_json::json;

use super::{
    CliError, Outcome,
    amount::{Amount, Tokens},
    connection::Sending,
    ledger::Ledger,
    surroundings::Surroundings,
    trust::Trust,
};
use hallmark_chain::node::{
    Intent,
    contracts::{
        market::InferenceMarket::{creditCall, withdrawCall, withdrawToCall},
        offering::InitialModelOffering::{allocationOfCall, claimCall, excessFromCall, repaidToCall},
    },
    utc,
};

const EXAMPLE: &str = "\
Example: hallmark claim --offering 0x...
         hallmark claim --market 0x...
         hallmark claim --market 0x... --to 0x...

With --offering, after a sale that succeeded: the buyer gets the tokens. The buyer also gets back what was paid above the cap,
once it has been bound for as long as the sale took.

With --market: the account gets the fees that it earned, and the fees and bonds that were returned to it.

Anyone may send this for anyone: the account is paid, not the sender. With --to the sender's own ether goes to another account.
Use it for a contract that can't receive ether.";

/// Takes tokens that were bought, or ether that was earned.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    #[command(flatten)]
    place: Place,
    /// The account whose tokens or ether are paid [default: the sender]
    #[arg(long = "for", value_name = "ADDRESS")]
    owner: Option<Address>,
    /// Pay what the market owes the sender to this account
    #[arg(long, value_name = "ADDRESS", requires = "market", conflicts_with_all = ["owner", "offering"])]
    to: Option<Address>,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    sending: Sending,
}

/// Where from.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Place {
    /// The offering, for tokens
    #[arg(long, value_name = "ADDRESS")]
    offering: Option<Address>,
    /// The market, for ether
    #[arg(long, value_name = "ADDRESS")]
    market: Option<Address>,
}

impl Args {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        self.sending.run(around, async |ledger| {
            let owner = self.owner.unwrap_or(ledger.account());
            match (self.place.offering, self.place.market) {
                (Some(offering), _) => {
                    self.trust.offering(&ledger.node, offering).await?;
                    claim(ledger, offering, owner).await
                }
                (None, Some(market)) => {
                    self.trust.market(&ledger.node, market).await?;
                    withdraw(ledger, market, owner, self.to).await
                }
                (None, None) => Err(CliError::usage("name the offering or the market".into())),
            }
        })
    }
}

async fn claim(ledger: &mut Ledger, offering: Address, buyer: Address) -> Result<Outcome, CliError> {
    ledger.send(&Intent::call(offering, &claimCall { buyer })).await?;
    let allocation = ledger.view(offering, &allocationOfCall { buyer }).await?;
    let repaid = ledger.view(offering, &repaidToCall { buyer }).await?;
    let tokens = Tokens::from(allocation.tokens);
    let mut text = format!("{buyer} has {}, and {} back", tokens.counted(), Amount::from(repaid));
    if repaid < allocation.excess {
        let from = ledger.view(offering, &excessFromCall { buyer }).await?;
        let rest = Amount::from(allocation.excess - repaid);
        text += &format!(
            "\n{rest} more is bound until {}: `hallmark refund --offering {offering}` pays it then",
            utc(from.saturating_to())
        );
    }
    let json = json!({
        "buyer": buyer.to_string(),
        "tokens": tokens.to_string(),
        "excess_wei": allocation.excess.to_string(),
        "repaid_wei": repaid.to_string(),
    });
    Ok(ledger.outcome(text, json))
}

/// Has a market pay what it owes an account, to another account if that is named.
async fn withdraw(
    ledger: &mut Ledger,
    market: Address,
    account: Address,
    to: Option<Address>,
) -> Result<Outcome, CliError> {
    let credit = ledger.view(market, &creditCall { account }).await?;
    let intent = match to {
        Some(to) => Intent::call(market, &withdrawToCall { to }),
        None => Intent::call(market, &withdrawCall { account }),
    };
    ledger.send(&intent).await?;
    let paid = to.unwrap_or(account);
    let whose = if paid == account { String::new() } else { format!(" for {account}") };
    let text = format!("{paid} was paid {}{whose}", Amount::from(credit));
    let json = json!({ "owner": account.to_string(), "to": paid.to_string(), "paid_wei": credit.to_string() });
    Ok(ledger.outcome(text, json))
}
