//! `hallmark refund`: a fee for no answer, or the price of a sale that failed.

use alloy::{
    primitives::{Address, B256},
    sol_types::SolEvent,
};
use serde_json::json;

use super::{CliError, Outcome, amount::Amount, connection::Sending, ledger::Ledger, surroundings::Surroundings};
use hallmark_chain::node::{
    Intent,
    contracts::{
        market::InferenceMarket::{self, Refunded},
        offering::InitialModelOffering::{self, RefundClaimed},
    },
};

const EXAMPLE: &str = "\
Example: hallmark refund --market 0x... --request 0x...
         hallmark refund --offering 0x...

A request that nobody has answered by its deadline is refunded to its customer, as a credit that `hallmark claim --market`
pays out. A sale that missed its minimum pays its buyers back; one above its cap pays what exceeds it, once that has been bound as long as
the sale took; and tranches that the team did not reach in time go back to the buyers, by what they paid.";

/// Takes back what was paid for an answer that did not come, or for a sale that failed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The market of a request
    #[arg(long, value_name = "ADDRESS", env = "HALLMARK_MARKET")]
    market: Option<Address>,
    /// The request
    #[arg(long, value_name = "ID", requires = "market", required_unless_present = "offering")]
    request: Option<B256>,
    /// The offering of a sale
    #[arg(long, value_name = "ADDRESS", conflicts_with = "request")]
    offering: Option<Address>,
    /// The sale's buyer [default: the sender]
    #[arg(long = "for", value_name = "ADDRESS", requires = "offering")]
    buyer: Option<Address>,
    #[command(flatten)]
    sending: Sending,
}

impl Args {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        self.sending.run(around, async |ledger| match (self.market, self.request, self.offering) {
            (Some(market), Some(request), _) => refund(ledger, market, request).await,
            (_, _, Some(offering)) => {
                let buyer = self.buyer.unwrap_or(ledger.account());
                pay_back(ledger, offering, buyer).await
            }
            _ => Err(CliError::Usage("name a market and a request, or an offering".into())),
        })
    }
}

async fn refund(ledger: &mut Ledger, market: Address, request: B256) -> Result<Outcome, CliError> {
    let call = InferenceMarket::refundCall { requestId: request };
    let mined = ledger.send(&Intent::call(market, &call)).await?;
    let event = mined.logs.iter().find_map(|log| Refunded::decode_log(&log.inner).ok());
    let event = event.ok_or(CliError::Unanswered("the transaction shows no refund"))?;
    let amount = Amount(event.amount);
    let text = format!("{} is owed {amount}: `hallmark claim --market {market}` pays it", event.customer);
    let json = json!({
        "request": request.to_string(),
        "customer": event.customer.to_string(),
        "amount_wei": amount.0.to_string(),
    });
    Ok(ledger.outcome(text, json))
}

async fn pay_back(ledger: &mut Ledger, offering: Address, buyer: Address) -> Result<Outcome, CliError> {
    let call = InitialModelOffering::refundCall { buyer };
    let mined = ledger.send(&Intent::call(offering, &call)).await?;
    let event = mined.logs.iter().find_map(|log| RefundClaimed::decode_log(&log.inner).ok());
    let event = event.ok_or(CliError::Unanswered("the transaction shows no refund"))?;
    let text = format!("{buyer} was paid {} back", Amount::from(event.amount));
    Ok(ledger.outcome(text, json!({ "buyer": buyer.to_string(), "amount_wei": event.amount.to_string() })))
}
