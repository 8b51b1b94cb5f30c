//! `hallmark request show`: a request as the market has it.

use alloy::primitives::{Address, B256};
use serde_json::json;

use super::super::{
    CliError, Outcome,
    amount::Amount,
    connection::{Connection, block_on},
    surroundings::Surroundings,
    trust::Trust,
};
use hallmark_chain::node::{
    Node,
    contracts::market::{IInferenceMarket::Request, InferenceMarket::requestOfCall},
    local, request_state,
};
use hallmark_operator::OPEN;

const EXAMPLE: &str = "\
Example: hallmark request show 0x... --market 0x...

Tells what was ordered, by whom, for how much and until when; and how far it is. Nothing is sent, and no key is needed. `hallmark
answer` shows the answer itself, and checks its proof.";

/// Shows a request.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(in super::super) struct Args {
    /// The request
    #[arg(value_name = "ID")]
    request: B256,
    /// The market
    #[arg(long, value_name = "ADDRESS", env = "HALLMARK_MARKET")]
    market: Address,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    connection: Connection,
}

impl Args {
    pub(in super::super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        block_on(async {
            let node = self.connection.node(around).await?;
            self.trust.market(&node, self.market).await?;
            self.show(&node).await
        })
    }

    async fn show(&self, node: &Node) -> Result<Outcome, CliError> {
        let request = node.view(self.market, &requestOfCall { requestId: self.request }).await?;
        let Some(state) = state_name(request.state) else {
            return Err(CliError::Unanswered("the market has no such request"));
        };
        let now = node.head().await?.timestamp;
        let is_expired = request.state == OPEN && now > request.deadline;
        let is_locked = request.state == OPEN && now <= request.lockedUntil;
        let json = json!({
            "request": self.request.to_string(),
            "market": self.market.to_string(),
            "model": request.modelId.to_string(),
            "customer": request.customer.to_string(),
            "state": if is_expired { "expired" } else { state },
            "fee_wei": request.fee.to_string(),
            "deadline": request.deadline,
            "input_hash": (!request.inputHash.is_zero()).then(|| request.inputHash.to_string()),
            "answer_hash": (!request.answerHash.is_zero()).then(|| request.answerHash.to_string()),
            "bond_wei": request.bond.to_string(),
            "lock_seconds": request.lockSeconds,
            "locked_by": is_locked.then(|| request.lockedBy.to_string()),
            "locked_until": is_locked.then_some(request.lockedUntil),
            "callback": (!request.callback.is_zero()).then(|| request.callback.to_string()),
            "callback_gas": request.callbackGas,
        });
        Ok(Outcome::done(self.tell(&request, is_expired, is_locked), json))
    }

    fn tell(&self, request: &Request, is_expired: bool, is_locked: bool) -> String {
        let (id, market) = (self.request, self.market);
        let state = if is_expired {
            format!("expired: `hallmark refund --market {market} --request {id}` gives the fee back")
        } else {
            request_state(request.state).to_owned()
        };
        let mut lines = vec![
            ("request", id.to_string()),
            ("state", state),
            ("model", request.modelId.to_string()),
            ("customer", request.customer.to_string()),
            ("fee", Amount(request.fee).to_string()),
            ("deadline", local(request.deadline)),
        ];
        if request.bond > 0 {
            lines.push(("locks", format!("{} for {} s", Amount(request.bond), request.lockSeconds)));
        }
        if is_locked {
            lines.push(("locked", format!("by {} until {}", request.lockedBy, local(request.lockedUntil))));
        }
        if !request.callback.is_zero() {
            lines.push(("callback", format!("{} with {} gas", request.callback, request.callbackGas)));
        }
        lines.iter().map(|(name, value)| format!("{name:<8}  {value}")).collect::<Vec<_>>().join("\n")
    }
}

/// The name of a request's state in the market, in lower case; none for a request that is not there.
const fn state_name(state: u8) -> Option<&'static str> {
    match state {
        0 => None,
        1 => Some("open"),
        2 => Some("fulfilled"),
        3 => Some("refunded"),
        _ => Some("unknown"),
    }
}
