//! A proven answer, ordered and paid for.

use std::path::PathBuf;

use alloy::{
    primitives::{Address, B256, U256, keccak256},
    sol_types::SolEvent,
};
use hallmark_circuits::{
    key::VerifyingKey, relations::packing::public_tensors, settlement::trusted::SettlementKey,
    verifier::statement::Statement,
};
use serde_json::json;

use super::super::{
    CliError, Digest, Outcome,
    amount::Amount,
    connection::Sending,
    gas_cap::check_settles,
    ledger::Ledger,
    next::quoted,
    overwrite::Force,
    pinned::{Named, check_key_file, check_pinned},
    question::OneInput,
    span::Span,
    surroundings::Surroundings,
    trust::Trust,
};
use hallmark_chain::node::{
    Intent,
    contracts::market::{
        IInferenceMarket::Order,
        InferenceMarket::{Requested, nonceOfCall, requestCall, requestHashedCall},
    },
    local,
};
use hallmark_local::Subject;
use hallmark_operator::request_id;
use hallmark_proving::file::{self, Form, Stored};

const EXAMPLE: &str = "\
Example: hallmark request m.key --market 0x... --model-id 0x... --digest 0x... --input x.npy --fee 0.001ether --within 1h
         hallmark request show 0x... --market 0x...

The input becomes public. The fee goes to whoever first proves the model's answer before the deadline. `hallmark answer` shows
the answer. If none came by the deadline, `hallmark refund` returns the fee.

--digest names the model by its model digest, which covers the weights and the circuit that checks proofs. Before the command
pays, it compares --digest with the digest that the registry pins. With --srs the command derives the digest from the key file,
and --digest is not needed. Without --srs the key file must equal the registered key byte for byte.

With --hashed the request has only the input's hash. The command writes the input to a file and prints the file's name. Send
this file to operators. The settlement publishes the input.

If the model was compiled with --input-digests, the request has the input's digest, and --output is needed. Send the file to
operators. Nobody publishes the input.

With --bond and --lock an operator can lock the request for that time. An operator who does not answer in time loses the bond to
the customer.

With --callback the market passes the answer to a contract (IInferenceCallback). The operator pays for its gas, so the fee must
cover it.";

/// Orders an answer and pays for it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(in super::super) struct Args {
    /// The model's verifying key, which says how inputs become integers
    key: PathBuf,
    /// The market
    #[arg(long, value_name = "ADDRESS", env = "HALLMARK_MARKET")]
    market: Address,
    /// The model
    #[arg(long, value_name = "ID")]
    model_id: B256,
    #[command(flatten)]
    model: Named,
    #[command(flatten)]
    question: OneInput,
    /// What to pay for the answer
    #[arg(long, value_name = "AMOUNT")]
    fee: Amount,
    /// How long operators have
    #[arg(long, value_name = "TIME", default_value = "1h")]
    within: Span,
    /// Publish the input's hash alone, and write the input to --output
    #[arg(long, requires = "output")]
    hashed: bool,
    /// The file for the input's bytes. Operators need it with --hashed, and for models with --input-digests
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Offer locks, for a bond that an operator loses if the answer is late
    #[arg(long, value_name = "AMOUNT", requires = "lock")]
    bond: Option<Amount>,
    /// How long a lock holds
    #[arg(long, value_name = "TIME", requires = "bond")]
    lock: Option<Span>,
    /// A contract that is given the answer
    #[arg(long, value_name = "ADDRESS", requires = "callback_gas")]
    callback: Option<Address>,
    /// The gas limit of the callback, at most 1000000
    #[arg(long, value_name = "GAS", requires = "callback", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    callback_gas: Option<u32>,
    /// Pay in a registry for tests, whose setup is insecure
    #[arg(long)]
    for_tests: bool,
    #[command(flatten)]
    overwrite: Force,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    sending: Sending,
}

/// The model that the customer wants an answer of.
struct Wanted<'k> {
    /// What its proofs are of.
    statement: &'k Statement<'k>,
    /// What says how inputs become integers.
    key: &'k VerifyingKey,
    /// Whether the digest was derived from that key.
    derived: bool,
    /// The model digest.
    digest: Digest,
}

/// The input, in bytes.
struct Sent {
    /// What the market is told: the values, or their digest.
    told: Vec<u8>,
    /// The values, which operators need.
    values: Vec<u8>,
}

/// Why a request for a model whose inputs are told by digests needs a file.
const UNHANDED: &str =
    "contracts receive only a digest of this model's inputs: name a file with --output, and send it to operators";

impl Args {
    pub(in super::super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        let output = self.output.as_deref().map(|path| (path, Form::BYTES));
        self.overwrite.rule().check(output, &[&self.key, self.question.path()])?;
        let published = Subject::read_key(&self.key)?;
        let statement = Statement::new(&published.architecture)?;
        let input = self.question.question().read(&statement.model.input)?;
        let [tensor, _] = public_tensors(statement.model, &statement.layout);
        if tensor.digests > 0 && self.output.is_none() {
            return Err(CliError::usage(UNHANDED.into()));
        }
        let sent = Sent { told: tensor.told(&input.integers), values: tensor.to_bytes(&input.integers) };
        let derived = self.model.derive(&published)?;
        let digest = self.expected(derived.as_ref())?;
        let wanted = Wanted { statement: &statement, key: &published, derived: derived.is_some(), digest };
        let ordered = self.sending.run(around, async |ledger| self.order(&wanted, sent, ledger).await);
        ordered.map(|outcome| input.annotate(outcome))
    }

    fn expected(&self, derived: Option<&SettlementKey>) -> Result<Digest, CliError> {
        const MISSING: &str = "name the model that you want to pay, with --digest or with --srs";
        self.model.expected(derived).ok_or_else(|| CliError::usage(MISSING.into()))
    }

    async fn order(&self, wanted: &Wanted<'_>, sent: Sent, ledger: &mut Ledger) -> Result<Outcome, CliError> {
        let (node, customer) = (ledger.node.clone(), ledger.account());
        let registry = self.trust.market(&node, self.market).await?;
        let record = check_pinned(&node, registry, self.model_id, wanted.digest, self.for_tests).await?;
        if !wanted.derived {
            check_key_file(&node, &record, wanted.key).await?;
        }
        check_settles(&node, registry, wanted.statement).await?;
        let deadline = node.head().await?.timestamp.saturating_add(self.within.0);
        let hash = keccak256(&sent.told);
        let order = self.terms(hash, deadline)?;
        let nonce = node.view(self.market, &nonceOfCall { customer }).await?;
        let id = request_id(node.chain_id(), self.market, customer, nonce, &order, self.fee.0);
        let intent = if self.hashed {
            Intent::call(self.market, &requestHashedCall { order })
        } else {
            Intent::call(self.market, &requestCall { order, input: sent.told.into() })
        };
        let intent = intent.paying(U256::from(self.fee.0));
        ledger.check(&intent).await?;
        // First: a request whose input is nowhere would be for nothing.
        let stored = match self.output.as_ref().filter(|_| !ledger.is_rehearsal()) {
            Some(path) => file::store(self.overwrite.rule().target(path), &sent.values, &Form::BYTES)?,
            None => Stored::default(),
        };
        let logs = ledger.send(&intent).await?;
        let event = logs.iter().find_map(|log| Requested::decode_log(&log.inner).ok());
        if event.is_none_or(|event| event.requestId != id) {
            return Err(CliError::Unanswered("the market has given the request another number"));
        }
        let mut text = format!("request   {id}\ndeadline  {}\nfee       {}", local(deadline), self.fee);
        if let Some(path) = &self.output {
            text += &format!("\ninput     {}, which operators need as {hash}.bin", path.display());
        }
        let json = json!({
            "request": id.to_string(),
            "model": self.model_id.to_string(),
            "model_digest": wanted.digest.to_string(),
            "input_hash": hash.to_string(),
            "deadline": deadline,
            "fee_wei": self.fee.0.to_string(),
        });
        let (key, market) = (quoted(&self.key), self.market);
        let next = [
            format!("hallmark request show {id} --market {market}"),
            format!("hallmark answer {id} --market {market} --model-key {key}"),
        ];
        Ok(ledger.followed(ledger.outcome(text, json).with_kept(&stored), next))
    }

    fn terms(&self, input_hash: B256, deadline: u64) -> Result<Order, CliError> {
        const TOO_LONG: &str = "--lock is longer than a lock can be: 136 years";
        let seconds = self.lock.map_or(0, |span| span.0);
        Ok(Order {
            modelId: self.model_id,
            inputHash: input_hash,
            deadline,
            bond: self.bond.map_or(0, |bond| bond.0),
            lockSeconds: seconds.try_into().map_err(|_| CliError::usage(TOO_LONG.into()))?,
            callback: self.callback.unwrap_or_default(),
            callbackGas: self.callback_gas.unwrap_or_default(),
        })
    }
}
