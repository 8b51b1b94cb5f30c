//! `hallmark answer`: what a customer has paid for.

use std::path::{Path, PathBuf};

use alloy::{
    hex,
    primitives::{Address, B256, Bytes},
};
use hallmark_circuits::{
    key::VerifyingKey, relations::packing::public_tensors, settlement::trusted::SettlementKey,
    verifier::statement::Statement,
};
use serde_json::{Value, json};

use super::{
    CliError, Outcome,
    amount::Amount,
    connection::{Connection, block_on},
    delivered::Delivered,
    overwrite::Force,
    pinned::{Named, check_key_file, check_model, record},
    surroundings::Surroundings,
    trust::Trust,
};
use hallmark_chain::node::{
    Head, Node,
    contracts::market::{IInferenceMarket::Request, InferenceMarket::requestOfCall},
    local,
};
use hallmark_chain::settled::{Replay, Sent, Settlement};
use hallmark_local::{Answer, Subject};
use hallmark_operator::{FULFILLED, OPEN, REFUNDED, context};
use hallmark_proving::npy::ARRAY;
use hallmark_reports::number::count;

const EXAMPLE: &str = "\
Example: hallmark answer 0x... --market 0x... --model-key m.key -o y.npy

The command finds the transaction that settled the request, and the output in its calldata. The output's hash must be the one
that the market recorded. The key file says what the bytes mean, and must be the registered key, byte for byte.

The market has checked the proof already, with the circuit that the registry pins. The command recomputes the addresses of
market, registry and verifier, and refuses others; --foreign-contracts turns this off. With --digest the pinned key must have
this model digest. With --srs the command derives the settlement key itself and checks the proof again. Then only one fact
depends on the node's honesty: that the input is the ordered one.

An answer may have come in a batch, with one proof for many requests. Then the proof is checked for all of them, in their order
and with the payee of each, and the command says how many they are.

If a contract called the market, the output may be missing from the transaction's calldata. Then the command can't show it. Ask
the sender for it, and compare its hash.

Exit status: 0 if the answer can be read, 1 if there is none, 3 if the command could not find out.";

/// Shows the answer to a request.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The request
    request: B256,
    /// The market
    #[arg(long, value_name = "ADDRESS", env = "HALLMARK_MARKET")]
    market: Address,
    /// The model's public description, which says what the output means: its verifying key, or the committed model
    #[arg(long, value_name = "FILE")]
    model_key: Option<PathBuf>,
    #[command(flatten)]
    model: Named,
    /// Write the output to a file
    #[arg(long, short, value_name = "NPY", requires = "model_key")]
    output: Option<PathBuf>,
    #[command(flatten)]
    overwrite: Force,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    connection: Connection,
}

/// What is known of the proof.
enum Proof {
    /// It was not looked at.
    Unchecked,
    /// It holds.
    Holds {
        /// Whether that means little.
        insecure: bool,
    },
}

impl Args {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        let inputs: Vec<&Path> = self.model_key.iter().chain(&self.model.srs).map(PathBuf::as_path).collect();
        self.overwrite.rule().check(self.output.as_deref().map(|path| (path, ARRAY)), &inputs)?;
        let key = self.model_key.as_deref().map(Subject::read_key).transpose()?;
        if self.model.srs.is_some() && key.is_none() {
            return Err(CliError::usage(
                "--srs checks the proof with the model's key: name it with --model-key".into(),
            ));
        }
        let derived = key.as_ref().map(|key| self.model.derive(key)).transpose()?.flatten();
        block_on(async {
            let node = self.connection.node(around).await?;
            let registry = self.trust.market(&node, self.market).await?;
            let request = node.view(self.market, &requestOfCall { requestId: self.request }).await?;
            let head = node.head().await?;
            match request.state {
                FULFILLED => self.show((&node, &head, registry), &request, key.as_ref(), derived.as_ref()).await,
                _ => self.unanswered(&request, head.timestamp),
            }
        })
    }

    async fn show(
        &self,
        (node, head, registry): (&Node, &Head, Address),
        request: &Request,
        key: Option<&VerifyingKey>,
        derived: Option<&SettlementKey>,
    ) -> Result<Outcome, CliError> {
        let record = record(node, registry, request.modelId).await?;
        if let Some(expected) = self.model.expected(derived) {
            check_model(&record, expected)?;
        }
        if let (Some(key), None) = (key, derived) {
            check_key_file(node, &record, key).await?;
        }
        let Delivered { settlement, sent } = Delivered::find(node, self.market, self.request, request, head).await?;
        let chain = node.chain_id();
        let alone = context(chain, self.market, self.request, request.modelId, settlement.payee, request.deadline);
        let (sent, proof) = check(derived, (chain, self.market, alone), sent)?;
        self.tell(&settlement, request, key, sent, &proof)
    }

    fn tell(
        &self,
        settlement: &Settlement,
        request: &Request,
        key: Option<&VerifyingKey>,
        sent: Option<Sent>,
        proof: &Proof,
    ) -> Result<Outcome, CliError> {
        let Settlement { payee, paid, to_holders, transaction, block, output_hash, .. } = settlement;
        let batch = sent.as_ref().and_then(Sent::batch);
        let mut json = json!({
            "request": self.request.to_string(),
            "model": request.modelId.to_string(),
            "state": "fulfilled",
            "payee": payee.to_string(),
            "paid_wei": paid.to_string(),
            "to_holders_wei": to_holders.to_string(),
            "transaction": transaction.to_string(),
            "block": block,
            "output_hash": output_hash.to_string(),
            "proof": match proof { Proof::Unchecked => "not checked", Proof::Holds { .. } => "holds" },
            "batch": batch.map(|batch| json!({ "answers": batch.count(), "size": batch.size.saturating_to::<u64>() })),
        });
        let shown = match &sent {
            Some(sent) => self.read(key, &sent.answer.output, &mut json)?,
            None => format!(
                "The output is not in the calldata: another contract sent it, in words of its own. Its hash is\n  {output_hash}\n"
            ),
        };
        let checked = match proof {
            Proof::Unchecked => "not checked here: name the setup with --srs",
            Proof::Holds { .. } => "holds",
        };
        let shared = batch.map_or_else(String::new, |batch| {
            format!("\nbatch        one of {} with one proof", count(batch.count(), "answer"))
        });
        let text = format!(
            "{shown}\nmodel        {}\nproof        {checked}{shared}\npaid         {} to {payee}, {} to the holders of the model's token\n\
             transaction  {transaction}  block {block}",
            request.modelId,
            Amount(*paid),
            Amount(*to_holders),
        );
        let outcome = Outcome { accepted: sent.is_some(), text, json, warnings: Vec::new() };
        Ok(match proof {
            Proof::Unchecked => outcome,
            Proof::Holds { insecure } => outcome.with_setup(*insecure),
        })
    }

    /// What was sent, in the model's own units where it is known what those are.
    fn read(&self, key: Option<&VerifyingKey>, output: &Bytes, json: &mut Value) -> Result<String, CliError> {
        json["output_bytes"] = json!(output.to_string());
        let Some(key) = key else {
            let bytes = hex::encode_prefixed(output);
            return Ok(format!("Output, in bytes: --model-key says what they mean\n  {bytes}\n"));
        };
        let statement = Statement::new(&key.architecture)?;
        let [_, tensor] = public_tensors(statement.model, &statement.layout);
        let integers = tensor.from_bytes(output);
        let integers = integers.ok_or(CliError::Unanswered("the output has another length than the model's"))?;
        let answer = Answer::new(&statement.model.output, &integers);
        answer.save(self.output.as_deref().map(|path| self.overwrite.rule().target(path)))?;
        answer.describe(json);
        Ok(format!("Output\n{answer}"))
    }

    /// What became of a request without an answer.
    fn unanswered(&self, request: &Request, now: u64) -> Result<Outcome, CliError> {
        let (id, market, deadline) = (self.request, self.market, request.deadline);
        let fee = Amount(request.fee);
        let is_locked = now <= request.lockedUntil;
        let (state, text) = match request.state {
            OPEN if now > deadline => {
                let back = format!("`hallmark refund --market {market} --request {id}` gives {fee} back");
                ("expired", format!("Nobody has answered by the deadline, {}: {back}", local(deadline)))
            }
            OPEN => {
                let lock = if is_locked {
                    format!("\nlocked by {} until {}", request.lockedBy, local(request.lockedUntil))
                } else {
                    String::new()
                };
                (
                    "open",
                    format!("There is no answer yet. The request is open until {}, for {fee}{lock}", local(deadline)),
                )
            }
            REFUNDED => {
                let paid = format!("`hallmark claim --market {market} --for {}` pays it out", request.customer);
                ("refunded", format!("Nobody has answered, and {fee} went back to {}: {paid}", request.customer))
            }
            _ => return Err(CliError::Unanswered("the market has no such request")),
        };
        let json = json!({
            "request": id.to_string(),
            "model": request.modelId.to_string(),
            "state": state,
            "fee_wei": request.fee.to_string(),
            "deadline": deadline,
            "locked_by": is_locked.then(|| request.lockedBy.to_string()),
            "locked_until": is_locked.then_some(request.lockedUntil),
        });
        Ok(Outcome { accepted: false, text, json, warnings: Vec::new() })
    }
}

/// The first of what may have been sent, or the first whose proof holds where there is a key to hold it against. `alone` is the
/// context of a proof of the answer alone, in a market on a chain.
fn check(
    derived: Option<&SettlementKey>,
    (chain, market, alone): (u64, Address, B256),
    sent: Vec<Sent>,
) -> Result<(Option<Sent>, Proof), CliError> {
    let Some(key) = derived else { return Ok((sent.into_iter().next(), Proof::Unchecked)) };
    let model = key.model().key();
    let replay = Replay { statement: &Statement::new(&model.architecture)?, key };
    let mut refusal = None;
    for sent in sent {
        match replay.check_sent(chain, market, alone, &sent) {
            Ok(()) => return Ok((Some(sent), Proof::Holds { insecure: model.setup.insecure })),
            Err(reason) => refusal = Some(reason),
        }
    }
    refusal.map_or(Ok((None, Proof::Unchecked)), |reason| Err(CliError::Unproved(reason)))
}
