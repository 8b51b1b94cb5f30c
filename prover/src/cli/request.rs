//! `hallmark request`: a proven answer, ordered and paid for.

use std::path::PathBuf;

use alloy::{
    primitives::{Address, B256, U256, keccak256},
    sol_types::SolEvent,
};
use hallmark_circuits::{relations::packing::public_tensors, verifier::statement::Statement};
use serde_json::json;

use super::{
    CliError, Digest, Outcome,
    amount::Amount,
    array::Input,
    connection::{Sender, block_on},
    ledger::Ledger,
    pinned::check_pinned,
    span::Span,
    subject::Subject,
    surroundings::Surroundings,
};
use crate::{
    node::{
        Intent,
        contracts::market::{
            IInferenceMarket::Order,
            InferenceMarket::{Requested, nonceOfCall, registryCall, requestCall},
        },
    },
    operator::request_id,
};

const EXAMPLE: &str = "\
Example: hallmark request m.key --market 0x... --model-id 0x... --input x.npy --fee 0.001ether --within 1h

The input becomes public. Whoever proves the answer in time gets the fee; nobody else, and for no other answer. After the
deadline `hallmark refund` gives the fee back. The key has to be that of the registered model, by its weight digest.";

/// Orders an answer and pays for it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The model's verifying key, which says how inputs become integers
    key: PathBuf,
    /// The market
    #[arg(long, value_name = "ADDRESS", env = "HALLMARK_MARKET")]
    market: Address,
    /// The model
    #[arg(long, value_name = "ID")]
    model_id: B256,
    /// The input
    #[arg(long, value_name = "NPY")]
    input: PathBuf,
    /// What to pay for the answer
    #[arg(long, value_name = "AMOUNT")]
    fee: Amount,
    /// How long operators have
    #[arg(long, value_name = "TIME", default_value = "1h")]
    within: Span,
    /// Pay in a registry for tests, whose setup is insecure
    #[arg(long)]
    for_tests: bool,
    #[command(flatten)]
    sender: Sender,
}

impl Args {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        let subject = Subject::read(&self.key)?;
        let published = subject.published().ok_or_else(|| CliError::Uncommitted { path: self.key.clone() })?;
        let statement = Statement::new(&published.key.architecture)?;
        let input = Input::read(&self.input, &statement.model.input)?;
        let [tensor, _] = public_tensors(statement.model, &statement.layout);
        let bytes = tensor.to_bytes(&input.integers);
        block_on(self.order(Digest(published.key.digest()), bytes, around)).map(|outcome| input.annotate(outcome))
    }

    async fn order(&self, digest: Digest, input: Vec<u8>, around: &Surroundings) -> Result<Outcome, CliError> {
        let mut ledger = Ledger::new(self.sender.account(around).await?);
        let (node, customer) = (ledger.account.node.clone(), ledger.account.address());
        let registry = node.view(self.market, &registryCall {}).await?;
        check_pinned(&node, registry, self.model_id, digest, self.for_tests).await?;
        let deadline = node.head().await?.timestamp.saturating_add(self.within.0);
        let order = Order {
            modelId: self.model_id,
            inputHash: keccak256(&input),
            deadline,
            bond: 0,
            lockSeconds: 0,
            callback: Address::ZERO,
            callbackGas: 0,
        };
        let nonce = node.view(self.market, &nonceOfCall { customer }).await?;
        let id = request_id(node.chain_id(), self.market, customer, nonce, &order, self.fee.0);
        let call = requestCall { order, input: input.into() };
        let mined = ledger.send(&Intent::call(self.market, &call).paying(U256::from(self.fee.0))).await?;
        let event = mined.logs.iter().find_map(|log| Requested::decode_log(&log.inner).ok());
        if event.is_none_or(|event| event.requestId != id) {
            return Err(CliError::Unanswered("the market has given the request another number"));
        }
        let text = format!("request   {id}\ndeadline  {deadline}\nfee       {}", self.fee);
        let json = json!({
            "request": id.to_string(),
            "model": self.model_id.to_string(),
            "deadline": deadline,
            "fee_wei": self.fee.0.to_string(),
        });
        Ok(ledger.outcome(text, json))
    }
}
