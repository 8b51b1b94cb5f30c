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
    connection::{Sending, block_on},
    pinned::{Trust, check_pinned},
    span::Span,
    subject::Subject,
    surroundings::Surroundings,
};
use hallmark_chain::node::{
    Intent,
    contracts::market::{
        IInferenceMarket::Order,
        InferenceMarket::{Requested, nonceOfCall, registryCall, requestCall, requestHashedCall},
    },
};
use hallmark_operator::request_id;
use hallmark_proving::file::{self, Access};

const EXAMPLE: &str = "\
Example: hallmark request m.key --market 0x... --model-id 0x... --input x.npy --fee 0.001ether --within 1h

The input becomes public. Whoever proves the answer in time gets the fee; nobody else, and for no other answer. `hallmark
answer` shows it. After the deadline `hallmark refund` gives the fee back. The key has to be that of the registered model, by
its weight digest.

With --hashed the chain gets only the input's hash when the request is made. Hand the file that is written to operators, under
the name that is printed; who settles publishes it. With --bond and --lock operators may lock the request for that time, and
lose the bond to the customer if they don't answer in it; many answer no request without a lock then. With --callback the
answer is given to a contract (IInferenceCallback), for whose gas the operator pays: the fee has to be worth it.";

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
    /// Publish the input's hash alone, and write the input to --output
    #[arg(long, requires = "output")]
    hashed: bool,
    /// The file for the input's bytes, which operators need
    #[arg(long, short, value_name = "FILE", requires = "hashed")]
    output: Option<PathBuf>,
    /// Offer locks: what one costs who does not answer in time
    #[arg(long, value_name = "AMOUNT", requires = "lock")]
    bond: Option<Amount>,
    /// How long a lock holds
    #[arg(long, value_name = "TIME", requires = "bond")]
    lock: Option<Span>,
    /// A contract that is given the answer
    #[arg(long, value_name = "ADDRESS", requires = "callback_gas")]
    callback: Option<Address>,
    /// The gas that it is given, at most 1000000
    #[arg(long, value_name = "GAS", requires = "callback", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    callback_gas: Option<u32>,
    /// Pay in a registry for tests, whose setup is insecure
    #[arg(long)]
    for_tests: bool,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    sending: Sending,
}

impl Args {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        let published = Subject::read_key(&self.key)?;
        let statement = Statement::new(&published.key.architecture)?;
        let input = Input::read(&self.input, &statement.model.input)?;
        let [tensor, _] = public_tensors(statement.model, &statement.layout);
        let bytes = tensor.to_bytes(&input.integers);
        block_on(self.order(Digest(published.key.digest()), bytes, around)).map(|outcome| input.annotate(outcome))
    }

    async fn order(&self, digest: Digest, input: Vec<u8>, around: &Surroundings) -> Result<Outcome, CliError> {
        let mut ledger = self.sending.ledger(around).await?;
        let (node, customer) = (ledger.node.clone(), ledger.account());
        self.trust.require_market(&node, self.market).await?;
        let registry = node.view(self.market, &registryCall {}).await?;
        check_pinned(&node, registry, self.model_id, digest, self.for_tests).await?;
        let deadline = node.head().await?.timestamp.saturating_add(self.within.0);
        let hash = keccak256(&input);
        let order = self.terms(hash, deadline)?;
        let nonce = node.view(self.market, &nonceOfCall { customer }).await?;
        let id = request_id(node.chain_id(), self.market, customer, nonce, &order, self.fee.0);
        if let Some(path) = self.output.as_ref().filter(|_| !ledger.is_rehearsal()) {
            // First: a request whose input is nowhere would be for nothing.
            file::store(path, &input, Access::Everyone)?;
        }
        let intent = match self.hashed {
            true => Intent::call(self.market, &requestHashedCall { order }),
            false => Intent::call(self.market, &requestCall { order, input: input.into() }),
        };
        let mined = ledger.send(&intent.paying(U256::from(self.fee.0))).await?;
        let event = mined.logs.iter().find_map(|log| Requested::decode_log(&log.inner).ok());
        if event.is_none_or(|event| event.requestId != id) {
            return Err(CliError::Unanswered("the market has given the request another number"));
        }
        let mut text = format!("request   {id}\ndeadline  {deadline}\nfee       {}", self.fee);
        if let Some(path) = &self.output {
            text += &format!("\ninput     {}, which operators need as {hash}.bin", path.display());
        }
        let json = json!({
            "request": id.to_string(),
            "model": self.model_id.to_string(),
            "input_hash": hash.to_string(),
            "deadline": deadline,
            "fee_wei": self.fee.0.to_string(),
        });
        Ok(ledger.outcome(text, json))
    }

    fn terms(&self, input_hash: B256, deadline: u64) -> Result<Order, CliError> {
        const TOO_LONG: &str = "--lock is longer than a lock can be: 136 years";
        let seconds = self.lock.map_or(0, |span| span.0);
        Ok(Order {
            modelId: self.model_id,
            inputHash: input_hash,
            deadline,
            bond: self.bond.map_or(0, |bond| bond.0),
            lockSeconds: seconds.try_into().map_err(|_| CliError::Usage(TOO_LONG.into()))?,
            callback: self.callback.unwrap_or_default(),
            callbackGas: self.callback_gas.unwrap_or_default(),
        })
    }
}
