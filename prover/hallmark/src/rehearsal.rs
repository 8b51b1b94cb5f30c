//! What transactions would do and cost, without sending them; and their calldata, for accounts that are contracts.

use std::fmt::Write;

use alloy::primitives::{Address, U256};
use serde_json::{Value, json};

use super::{CliError, Outcome, amount::Amount, step::Step};
use hallmark_chain::node::{Fees, Node};

/// What is said of transactions that are not sent.
pub(super) struct Rehearsal {
    /// What a unit of gas costs now, and at most.
    price: [u128; 2],
    /// The account's wei.
    balance: U256,
    /// Whether the transactions are told in full, to be sent by somebody else.
    calldata: bool,
}

/// What transactions would cost, in gas and wei.
struct Cost {
    gas: u64,
    now: U256,
    most: U256,
    value: U256,
}

impl Rehearsal {
    pub(super) async fn new(node: &Node, account: Address, fees: &Fees, calldata: bool) -> Result<Self, CliError> {
        let head = node.head().await?;
        let price = fees.price(&head, node.suggested_tip().await)?;
        let now = u128::from(head.base_fee).saturating_add(price.tip);
        Ok(Self { price: [now, price.max], balance: node.balance(account).await?, calldata })
    }

    /// What a command would do, and what it would send for that.
    pub(super) fn outcome(&self, steps: &[Step], text: String, mut json: Value) -> Outcome {
        let cost = self.cost(steps);
        json["dry_run"] = json!(true);
        json["gas"] = json!(cost.gas);
        json["gas_cost_wei"] = json!(cost.now.to_string());
        json["gas_cost_at_most_wei"] = json!(cost.most.to_string());
        json["value_wei"] = json!(cost.value.to_string());
        json["transactions"] = steps.iter().map(|step| self.describe(step)).collect();
        let outcome = Outcome::done(self.tell(steps, &cost, &text), json);
        let needed = cost.value.saturating_add(cost.most);
        if self.calldata || needed <= self.balance {
            return outcome;
        }
        let (needed, balance) = (Amount::from(needed), Amount::from(self.balance));
        outcome.with_warning(format!("the account has {balance}, and this takes up to {needed}: it would not be sent"))
    }

    fn cost(&self, steps: &[Step]) -> Cost {
        let gas = steps.iter().fold(0_u64, |sum, step| sum.saturating_add(step.gas));
        let value = steps.iter().fold(U256::ZERO, |sum, step| sum.saturating_add(step.value()));
        let [now, most] = self.price.map(|price| U256::from(price).saturating_mul(U256::from(gas)));
        Cost { gas, now, most, value }
    }

    fn describe(&self, step: &Step) -> Value {
        let intent = &step.intent;
        let mut json = json!({ "call": intent.call, "gas": step.gas, "value_wei": intent.value.to_string() });
        if self.calldata {
            json["to"] = json!(intent.to.map(|to| to.to_string()));
            json["data"] = json!(intent.data.to_string());
        }
        json
    }

    fn tell(&self, steps: &[Step], cost: &Cost, text: &str) -> String {
        let Cost { gas, now, most, value } = cost;
        let [now, most, value] = [now, most, value].map(|wei| Amount::from(*wei));
        let mut told = format!("Nothing was sent. As things stand, this would come of it:\n\n{text}\n");
        for step in steps {
            // Writing to a string does not fail.
            let _ = write!(told, "\n{step}");
            if self.calldata {
                let to = step.intent.to.map_or_else(|| "nobody: it deploys".to_owned(), |to| to.to_string());
                let _ = write!(told, "\n  to     {to}\n  value  {} wei\n  data   {}", step.value(), step.intent.data);
            }
        }
        told + &format!("\n\ncosts  {gas} gas, {now} for it now and {most} at most\npays   {value} besides")
    }
}
