//! The transactions of a command: sent, or only rehearsed, by the same steps. And how they are told.
//!
//! A command sends what it sends through here, and asks here for what has come of it. In a rehearsal the transactions so far are
//! simulated by the node, each time all of them, and a question is one more call behind them: so that a command need not know
//! which of both it is.

use alloy::{
    primitives::{Address, B256, Bytes, U256},
    rpc::types::Log,
    sol_types::SolCall,
};
use serde_json::{Value, json};
use tracing::Instrument;

use super::{CliError, Outcome, outcome::Say, rehearsal::Rehearsal, step::Step};
use hallmark_chain::node::{Account, Intent, Node, NodeError, Signed, Simulated, deployment::Plan};

/// A contract where its plan says.
pub(super) struct Placed {
    pub(super) address: Address,
    /// Whether somebody has deployed it before.
    pub(super) was_there: bool,
}

/// An account, and what it has sent or would send.
pub(super) struct Ledger {
    pub(super) node: Node,
    account: Address,
    way: Way,
    steps: Vec<Step>,
}

/// What becomes of transactions.
enum Way {
    /// They are sent.
    Send(Box<Account>),
    /// They are simulated.
    Rehearse(Rehearsal),
}

/// What answers questions about contracts: a node, or a ledger, which knows of its own transactions.
pub(super) trait Views {
    /// Asks a contract.
    async fn view<C: SolCall>(&self, contract: Address, call: &C) -> Result<C::Return, CliError>;
    /// The time of the last block.
    async fn now(&self) -> Result<u64, CliError>;
}

impl Views for Node {
    async fn view<C: SolCall>(&self, contract: Address, call: &C) -> Result<C::Return, CliError> {
        Ok(Self::view(self, contract, call).await?)
    }

    async fn now(&self) -> Result<u64, CliError> {
        Ok(self.head().await?.timestamp)
    }
}

impl Views for Ledger {
    async fn view<C: SolCall>(&self, contract: Address, call: &C) -> Result<C::Return, CliError> {
        Self::view(self, contract, call).await
    }

    async fn now(&self) -> Result<u64, CliError> {
        self.node.now().await
    }
}

impl Ledger {
    /// A ledger of transactions that are sent.
    pub(super) fn sending(account: Account) -> Self {
        let (node, address) = (account.node.clone(), account.address());
        Self { node, account: address, way: Way::Send(Box::new(account)), steps: Vec::new() }
    }

    /// A ledger of transactions that are simulated.
    pub(super) fn rehearsing(node: Node, account: Address, rehearsal: Rehearsal) -> Self {
        Self { node, account, way: Way::Rehearse(rehearsal), steps: Vec::new() }
    }

    /// Whose transactions these are.
    pub(super) const fn account(&self) -> Address {
        self.account
    }

    /// Whether nothing is sent.
    pub(super) const fn is_rehearsal(&self) -> bool {
        matches!(self.way, Way::Rehearse(_))
    }

    /// Refuses a call that would fail if it were sent now. A command asks before it sends or writes anything else.
    pub(super) async fn check(&self, intent: &Intent) -> Result<(), CliError> {
        let Intent { call, to, value, data } = intent;
        if let Some(contract) = to {
            self.node.dry_run(call, self.account, *contract, *value, data.to_vec()).await?;
        }
        Ok(())
    }

    /// Sends a transaction, waits until it is in a block, and returns its events.
    pub(super) async fn send(&mut self, intent: &Intent) -> Result<Vec<Log>, CliError> {
        let span = tracing::info_span!("transaction", call = intent.call);
        match &self.way {
            Way::Send(account) => {
                let mined = account.send(intent).instrument(span).await?;
                self.keep(intent, mined.gas, Some((mined.hash, mined.block)));
                Ok(mined.logs)
            }
            Way::Rehearse(_) => {
                let simulated = self.simulate(self.account, intent).instrument(span).await?;
                self.keep(intent, simulated.gas, None);
                Ok(simulated.logs)
            }
        }
    }

    /// Deploys a contract by the proxy, unless it is there already: then nothing is sent.
    pub(super) async fn place(&mut self, plan: &Plan) -> Result<Placed, CliError> {
        let (node, address) = (self.node.clone(), plan.address());
        let was_there = plan.is_there(&node).await?;
        if !was_there {
            plan.require_proxy(&node).await?;
            // What a rehearsal has deployed so far is not there for the constructor: the proxy's word has to do then.
            if self.steps.is_empty() || !self.is_rehearsal() {
                plan.rehearse(&node).await?;
            }
            self.send(&plan.intent()).await?;
            if !self.is_rehearsal() {
                node.require_code(address).await?;
            }
        }
        Ok(Placed { address, was_there })
    }

    /// Hands over a transaction that somebody else has signed, and waits until it is in a block.
    pub(super) async fn forward(&mut self, call: &'static str, signed: &Signed) -> Result<(), CliError> {
        let Way::Send(account) = &self.way else {
            return Err(CliError::usage("somebody else's transaction can't be rehearsed: send it first".into()));
        };
        let mined = account.forward(call, signed).await?;
        let intent = Intent { call, to: None, value: U256::ZERO, data: Bytes::from(signed.raw.clone()) };
        self.keep(&intent, mined.gas, Some((mined.hash, mined.block)));
        Ok(())
    }

    /// Asks a contract as things stand after the transactions.
    pub(super) async fn view<C: SolCall>(&self, contract: Address, call: &C) -> Result<C::Return, CliError> {
        if self.steps.is_empty() || !self.is_rehearsal() {
            return Ok(self.node.view(contract, call).await?);
        }
        let output = self.simulate(Address::ZERO, &Intent::call(contract, call)).await?.output;
        if output.is_empty() { Err(NodeError::NoCode(contract).into()) } else { Ok(Node::returned::<C>(&output)?) }
    }

    /// What was done, with the transactions that did it.
    pub(super) fn outcome(&self, text: String, mut json: Value) -> Outcome {
        json["account"] = json!(self.account.to_string());
        match &self.way {
            Way::Send(_) => {
                let lines: Vec<String> = self.steps.iter().map(Step::to_string).collect();
                json["transactions"] = self.steps.iter().map(Step::describe).collect();
                Outcome::done(format!("{text}\n\n{}", lines.join("\n")), json)
            }
            Way::Rehearse(rehearsal) => rehearsal.outcome(&self.steps, text, json),
        }
    }

    /// Adds what is likely to be next, unless nothing was sent that it could follow.
    pub(super) fn followed(&self, outcome: Outcome, next: impl IntoIterator<Item = String>) -> Outcome {
        if self.is_rehearsal() { outcome } else { next.into_iter().fold(outcome, Say::with_next) }
    }

    /// An error, with what was sent before it.
    pub(super) fn interrupted(&self, error: CliError) -> CliError {
        if self.is_rehearsal() || self.steps.is_empty() {
            return error;
        }
        let sent = self.steps.iter().map(|step| format!("\n{step}")).collect();
        let transactions = self.steps.iter().map(Step::describe).collect();
        CliError::Interrupted { error: Box::new(error), sent, transactions }
    }

    fn keep(&mut self, intent: &Intent, gas: u64, mined: Option<(B256, u64)>) {
        self.steps.push(Step { intent: intent.clone(), gas, mined });
    }

    /// What a call would do after all transactions so far.
    async fn simulate(&self, from: Address, intent: &Intent) -> Result<Simulated, CliError> {
        let before = self.steps.iter().map(|step| (self.account, &step.intent));
        let calls: Vec<_> = before.chain([(from, intent)]).collect();
        let last = self.node.simulate(&calls).await?.pop();
        last.ok_or(CliError::Unanswered("a simulation has no end"))
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::U256;
    use hallmark_chain::{
        chain::Devnet,
        node::{Fees, Wallet},
    };

    use super::{Account, CliError, Intent, Ledger, Node};

    #[tokio::test]
    async fn an_error_tells_what_was_sent_before_it() {
        // The first account of nodes for development.
        let wallet = Wallet::parse("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80").unwrap();
        let devnet = Devnet::new(1_700_000_000, &[(wallet.address(), U256::from(10).pow(U256::from(20)))]);
        let node = Node::embedded(devnet, None).await.unwrap();
        let fees = Fees { cap: 100_000_000_000, tip: 1_000_000_000 };
        let mut ledger = Ledger::sending(Account::new(node, wallet, fees));
        let failed = || CliError::Unanswered("the second step fails");
        assert!(matches!(ledger.interrupted(failed()), CliError::Unanswered(_)));
        ledger.send(&Intent::deploy("the first step", vec![0])).await.unwrap();
        let error = ledger.interrupted(failed());
        let CliError::Interrupted { transactions, .. } = &error else { panic!("{error}") };
        assert_eq!(transactions[0]["call"], "the first step");
        let (text, hash) = (error.to_string(), transactions[0]["hash"].as_str().unwrap());
        assert!(text.starts_with("the second step fails") && text.contains(hash), "{text}");
        assert_eq!((error.kind(), error.status()), (failed().kind(), failed().status()));
    }
}
