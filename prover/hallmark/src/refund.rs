//! `hallmark refund`: a fee for no answer, or the price of a sale that failed.

use alloy::{
    primitives::{Address, B256},
    sol_types::SolEvent,
};
use serde_json::json;

use super::{
    CliError, Outcome, amount::Amount, connection::Sending, ledger::Ledger, surroundings::Surroundings, trust::Trust,
};
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
         hallmark refund --offering 0x... --to 0x...

With --request: if nobody answered by the deadline, the customer gets the fee back as a credit. `hallmark claim --market` pays
it out.

With --offering, a buyer gets ether back in three cases. A sale that missed its minimum returns all payments. A sale above its
cap returns the excess, once it has been bound for as long as the sale took. Tranches that the team did not reach in time are
returned in proportion to the payments.";

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
    /// Pay the sender's part of a sale to this account, as for a contract that takes no ether
    #[arg(long, value_name = "ADDRESS", requires = "offering", conflicts_with = "buyer")]
    to: Option<Address>,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    sending: Sending,
}

impl Args {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        self.sending.run(around, async |ledger| match (self.market, self.request, self.offering) {
            (Some(market), Some(request), _) => {
                self.trust.market(&ledger.node, market).await?;
                refund(ledger, market, request).await
            }
            (_, _, Some(offering)) => {
                self.trust.offering(&ledger.node, offering).await?;
                let intent = match self.to {
                    Some(to) => Intent::call(offering, &InitialModelOffering::refundToCall { to }),
                    None => {
                        let buyer = self.buyer.unwrap_or(ledger.account());
                        Intent::call(offering, &InitialModelOffering::refundCall { buyer })
                    }
                };
                pay_back(ledger, &intent).await
            }
            _ => Err(CliError::usage("name a market and a request, or an offering".into())),
        })
    }
}

async fn refund(ledger: &mut Ledger, market: Address, request: B256) -> Result<Outcome, CliError> {
    let call = InferenceMarket::refundCall { requestId: request };
    let logs = ledger.send(&Intent::call(market, &call)).await?;
    let event = logs.iter().find_map(|log| Refunded::decode_log(&log.inner).ok());
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

async fn pay_back(ledger: &mut Ledger, intent: &Intent) -> Result<Outcome, CliError> {
    let logs = ledger.send(intent).await?;
    let event = logs.iter().find_map(|log| RefundClaimed::decode_log(&log.inner).ok());
    let RefundClaimed { buyer, to, amount } =
        event.ok_or(CliError::Unanswered("the transaction shows no refund"))?.data;
    let whose = if to == buyer { String::new() } else { format!(" for {buyer}") };
    let text = format!("{to} was paid {} back{whose}", Amount::from(amount));
    let json = json!({ "buyer": buyer.to_string(), "to": to.to_string(), "amount_wei": amount.to_string() });
    Ok(ledger.outcome(text, json))
}
