//! `hallmark offering`: a sale as it stands.

use alloy::primitives::{Address, U256};
use clap::Subcommand;
use serde_json::json;

use super::{
    CliError, Outcome,
    amount::{Amount, Tokens},
    connection::{Connection, block_on},
    surroundings::Surroundings,
    tranche::{Entry, look},
    trust::Trust,
};
use hallmark_chain::node::{
    Node,
    contracts::offering::{
        IInitialModelOffering::Terms,
        InitialModelOffering::{
            capCall, earnedSinceCloseCall, forfeitedCall, proceedsCall, raisedCall, soldCall, stateCall, tokenCall,
        },
    },
    local, sale_state,
};
use hallmark_reports::audit::{sale_terms, table};

/// The states of an offering that end at a time of its terms.
const PENDING: u8 = 0;
const OPEN: u8 = 1;

const EXAMPLE: &str = "\
Example: hallmark offering show 0x...

Tells how far a sale is: what was raised and sold, the terms in words with their digest, and what each tranche of the proceeds
waits for. Nothing is sent, and no key is needed.

The command trusts the node about all of that. It computes the addresses of the offering, its market, its registry and the verifier
from this program's code, and refuses others: those may show whatever they like. `hallmark audit` checks the rest.";

/// What to do with a sale.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show how far a sale is, and its terms
    Show(Show),
}

/// Shows a sale.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Show {
    /// The offering
    #[arg(value_name = "ADDRESS")]
    offering: Address,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    connection: Connection,
}

impl Command {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        match self {
            Self::Show(args) => block_on(async { args.show(&args.connection.node(around).await?).await }),
        }
    }
}

impl Show {
    async fn show(&self, node: &Node) -> Result<Outcome, CliError> {
        let offering = self.offering;
        let terms = self.trust.offering(node, offering).await?;
        let (token, state) = (node.view(offering, &tokenCall {}).await?, node.view(offering, &stateCall {}).await?);
        let (raised, cap) = (node.view(offering, &raisedCall {}).await?, node.view(offering, &capCall {}).await?);
        let (sold, proceeds) = (node.view(offering, &soldCall {}).await?, node.view(offering, &proceedsCall {}).await?);
        let forfeited = node.view(offering, &forfeitedCall {}).await?;
        let earned = node.view(offering, &earnedSinceCloseCall {}).await?;
        let entries = look(node, offering, &terms).await?;
        let text = format!(
            "offering  {offering}\ntoken     {token}\nsale      {}\nraised    {}; the minimum is {}, the cap {}\n\
             sold      {}, as things stand\nearned    {} for the holders since the sale\n\nterms\n{}\nproceeds  {}\n{}",
            sale(state, &terms),
            Amount::from(raised),
            Amount(terms.minimum),
            Amount::from(cap),
            Tokens::from(sold).counted(),
            Amount::from(earned),
            table(&sale_terms(&terms)),
            Amount::from(proceeds),
            entries.iter().map(Entry::to_string).collect::<Vec<_>>().join("\n"),
        );
        let wei = |amount: U256| amount.to_string();
        let json = json!({
            "offering": offering.to_string(),
            "token": token.to_string(),
            "model": terms.modelId.to_string(),
            "model_digest": terms.keyDigest.to_string(),
            "state": state_name(state),
            "raised_wei": wei(raised),
            "minimum_wei": terms.minimum.to_string(),
            "cap_wei": wei(cap),
            "sold": Tokens::from(sold).to_string(),
            "proceeds_wei": wei(proceeds),
            "forfeited_wei": wei(forfeited),
            "earned_since_close_wei": wei(earned),
            "terms": terms.digest().to_string(),
            "terms_in_words": sale_terms(&terms),
            "opens": terms.opens,
            "closes": terms.closes,
            "tranches": entries.iter().map(Entry::describe).collect::<Vec<_>>(),
        });
        Ok(Outcome::done(text, json))
    }
}

/// How far a sale is, and when it goes on.
fn sale(state: u8, terms: &Terms) -> String {
    let words = sale_state(state);
    match state {
        PENDING => format!("{words}; it opens at {}", local(terms.opens)),
        OPEN => format!("{words} until {}", local(terms.closes)),
        _ => words.to_owned(),
    }
}

/// The name of an offering's state in its contract, in lower case.
const fn state_name(state: u8) -> &'static str {
    match state {
        PENDING => "pending",
        OPEN => "open",
        2 => "failed",
        3 => "succeeded",
        _ => "unknown",
    }
}
