//! `hallmark mint`: an answer that was paid for, as a token by ERC-7007.

use alloy::{
    primitives::{Address, B256, Bytes, U256, keccak256},
    sol_types::SolValue,
};
use serde_json::json;

use super::{
    CliError, Outcome, connection::Sending, delivered::Delivered, ledger::Ledger, surroundings::Surroundings,
    trust::Trust,
};
use hallmark_chain::node::{
    Intent, NodeError,
    contracts::{
        collection::VerifiableOutput::{addAigcDataCall, ownerOfCall},
        market::{IInferenceMarket::Request, InferenceMarket::requestOfCall},
    },
    deployment::Plan,
    request_state,
};
use hallmark_operator::FULFILLED;

const EXAMPLE: &str = "\
Example: hallmark mint 0x... --market 0x... --name 'Digits answers' --symbol DGTA
         hallmark mint 0x... --collection 0x...

The command makes a token (ERC-721, ERC-7007) of an answer that a market has settled. The token's prompt is the input, and its
content is the output. It goes to the customer of the request, whoever mints it. The market has checked the proof, so no proof
is sent again.

A collection has the answers of one model in one market. Its address follows from the model, the market, its name and its
symbol. With --name and --symbol the command deploys the collection if it is missing. A customer gets one token for an input: a
second answer to the same input makes no second token.

Before it pays, the command finds the answer in the calldata of its settlement, and compares it with the hashes that the market
recorded. If the token exists, the command pays nothing.";

/// Mints a token of an answer.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The request that was answered
    #[arg(value_name = "ID")]
    request: B256,
    /// The market [default: the collection's]
    #[arg(long, value_name = "ADDRESS", env = "HALLMARK_MARKET", required_unless_present = "collection")]
    market: Option<Address>,
    /// The collection, where there is one
    #[arg(long, value_name = "ADDRESS", required_unless_present = "name")]
    collection: Option<Address>,
    /// The name of the collection
    #[arg(long, requires = "symbol", conflicts_with = "collection")]
    name: Option<String>,
    /// The symbol of the collection's tokens
    #[arg(long, requires = "name")]
    symbol: Option<String>,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    sending: Sending,
}

/// Where the token is made.
struct Place {
    market: Address,
    request: Request,
    collection: Address,
    /// What puts the collection there, if it may be missing.
    plan: Option<Plan>,
}

impl Args {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        self.sending.run(around, async |ledger| {
            let place = self.place(ledger).await?;
            self.mint(&place, ledger).await
        })
    }

    /// Finds the request and the collection for it.
    async fn place(&self, ledger: &Ledger) -> Result<Place, CliError> {
        const OTHER_MARKET: &str = "--market is not the market of the collection: leave it out";
        let node = &ledger.node;
        if let Some(collection) = self.collection {
            let (market, model) = self.trust.collection(node, collection).await?;
            if self.market.is_some_and(|named| named != market) {
                return Err(CliError::usage(OTHER_MARKET.into()));
            }
            let request = self.settled(ledger, market).await?;
            if request.modelId != model {
                return Err(CliError::usage(format!(
                    "the collection has answers of the model {model}, and the request is for {}: name another collection",
                    request.modelId
                )));
            }
            return Ok(Place { market, request, collection, plan: None });
        }
        let (Some(market), Some(name), Some(symbol)) = (self.market, &self.name, &self.symbol) else {
            return Err(CliError::usage("name a collection, or a market with --name and --symbol".into()));
        };
        self.trust.market(node, market).await?;
        let request = self.settled(ledger, market).await?;
        let plan = Plan::collection(name, symbol, market, request.modelId)?;
        Ok(Place { market, request, collection: plan.address(), plan: Some(plan) })
    }

    /// The request, if the market has settled it.
    async fn settled(&self, ledger: &Ledger, market: Address) -> Result<Request, CliError> {
        let request = ledger.view(market, &requestOfCall { requestId: self.request }).await?;
        if request.state == FULFILLED {
            Ok(request)
        } else {
            Err(CliError::NotAnswered { request: self.request, state: request_state(request.state) })
        }
    }

    async fn mint(&self, place: &Place, ledger: &mut Ledger) -> Result<Outcome, CliError> {
        let Place { market, request, collection, plan } = place;
        let head = ledger.node.head().await?;
        let delivered = Delivered::find(&ledger.node, *market, self.request, request, &head).await?;
        let sent = delivered.sent.into_iter().next().ok_or(CliError::Unanswered(
            "the answer is not in the calldata of its settlement, as another contract sent it in words of its own",
        ))?;
        let (customer, answer) = (request.customer, sent.answer);
        let token = token_id(request.modelId, customer, &answer.input);
        let was_there = match plan {
            None => true,
            Some(plan) => plan.is_there(&ledger.node).await?,
        };
        let was_minted = was_there && owner(ledger, *collection, token).await?.is_some();
        if !was_minted {
            let proof = Bytes::from(self.request.abi_encode());
            let call = addAigcDataCall { tokenId: token, prompt: answer.input, aigcData: answer.output, proof };
            if let Some(plan) = plan {
                ledger.place(plan).await?;
            }
            ledger.send(&Intent::call(*collection, &call)).await?;
        }
        let owner = owner(ledger, *collection, token).await?;
        let owner = owner.ok_or(CliError::Unanswered("the collection has no such token afterwards"))?;
        let note = if was_minted { "  (it was minted already)" } else { "" };
        let text = format!(
            "token       {token}{note}\ncollection  {collection}\nowner       {owner}\nmodel       {}\nrequest     {}",
            request.modelId, self.request
        );
        let json = json!({
            "token": token.to_string(),
            "collection": collection.to_string(),
            "owner": owner.to_string(),
            "customer": customer.to_string(),
            "model": request.modelId.to_string(),
            "request": self.request.to_string(),
            "was_minted": was_minted,
        });
        Ok(ledger.outcome(text, json))
    }
}

/// What a collection calls a customer's token for a prompt: `keccak256(abi.encode(modelId, customer, prompt))`.
fn token_id(model: B256, customer: Address, prompt: &Bytes) -> U256 {
    keccak256((model, customer, prompt.clone()).abi_encode_params()).into()
}

/// Who has a token, if it was minted.
async fn owner(ledger: &Ledger, collection: Address, token: U256) -> Result<Option<Address>, CliError> {
    match ledger.view(collection, &ownerOfCall { tokenId: token }).await {
        Ok(owner) => Ok(Some(owner)),
        Err(CliError::Node(NodeError::Reverted { revert, .. })) if revert.is("ERC721NonexistentToken") => Ok(None),
        Err(error) => Err(error),
    }
}
