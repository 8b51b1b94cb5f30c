//! `hallmark release`: the proceeds of a sale, as what they depend on is reached.

use std::fmt::{self, Display, Formatter, Write};

use alloy::primitives::{Address, U256};
use serde_json::{Value, json};

use super::{CliError, Outcome, amount::Amount, connection::Sending, ledger::Ledger, surroundings::Surroundings};
use hallmark_chain::node::{
    Intent,
    contracts::offering::{
        IInitialModelOffering::{Terms, Tranche},
        InitialModelOffering::{
            earnedSinceCloseCall, forfeitCall, isReachedCall, releaseCall, stateCall, termsCall, trancheOfCall,
        },
    },
};

const EXAMPLE: &str = "\
Example: hallmark release --offering 0x...
         hallmark release --offering 0x... --tranche 1
         hallmark release --offering 0x... --forfeit

Pays the team every tranche of the proceeds whose conditions hold, and tells what the others wait for. Anyone may do this:
the team gets it, not the sender. What was not reached in time is the buyers' from then on: --forfeit says so to the contract,
and `hallmark refund --offering` pays each its part. Tranches are numbered as in `hallmark offer`, from 0.

Exit status: 0 where nothing is due, too; 1 where --tranche names one that is not.";

/// The states of an offering and of a tranche, as `IInitialModelOffering` has them.
const FAILED: u8 = 2;
const SUCCEEDED: u8 = 3;
const RELEASED: u8 = 1;
const FORFEITED: u8 = 2;

/// Pays the proceeds of a sale.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The offering
    #[arg(long, value_name = "ADDRESS")]
    offering: Address,
    /// One tranche [default: all that are due]
    #[arg(long, value_name = "NUMBER")]
    tranche: Option<usize>,
    /// Give tranches that were not reached in time back to the buyers
    #[arg(long)]
    forfeit: bool,
    #[command(flatten)]
    sending: Sending,
}

/// How far a tranche is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stand {
    /// It is the team's by now, and paid.
    Released,
    /// It is the buyers' by now, who can fetch it.
    Forfeited,
    /// Its conditions hold: it can be paid to the team.
    Due,
    /// Its time is over: it can be given back to the buyers.
    Missed,
    /// It depends on something yet.
    Waits(String),
}

/// A tranche, with what is paid for it.
struct Entry {
    number: usize,
    amount: U256,
    expires: u64,
    stand: Stand,
}

impl Args {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        self.sending.run(around, async |ledger| {
            let terms = ledger.view(self.offering, &termsCall {}).await?;
            let numbers = self.numbers(terms.tranches.len())?;
            let mut done = 0;
            for entry in look(ledger, self.offering, &terms).await?.iter().filter(|e| numbers.contains(&e.number)) {
                let tranche = U256::from(entry.number);
                let intent = match entry.stand {
                    Stand::Due => Intent::call(self.offering, &releaseCall { tranche }),
                    Stand::Missed if self.forfeit => Intent::call(self.offering, &forfeitCall { tranche }),
                    _ => continue,
                };
                ledger.send(&intent).await?;
                done += 1;
            }
            let entries = look(ledger, self.offering, &terms).await?;
            let outcome = ledger.outcome(report(&entries, done, self.forfeit), describe(self.offering, &entries, done));
            Ok(Outcome { accepted: self.tranche.is_none() || done == 1, ..outcome })
        })
    }

    /// The tranches that are meant.
    fn numbers(&self, count: usize) -> Result<Vec<usize>, CliError> {
        match self.tranche {
            Some(number) if number >= count => {
                Err(CliError::Usage(format!("there is no tranche {number}: the offering has {count}, from 0")))
            }
            Some(number) => Ok(vec![number]),
            None => Ok((0..count).collect()),
        }
    }
}

/// Where all tranches are.
async fn look(ledger: &Ledger, offering: Address, terms: &Terms) -> Result<Vec<Entry>, CliError> {
    let now = ledger.node.head().await?.timestamp;
    let sale = ledger.view(offering, &stateCall {}).await?;
    let earned = ledger.view(offering, &earnedSinceCloseCall {}).await?;
    let mut entries = Vec::new();
    for (number, tranche) in terms.tranches.iter().enumerate() {
        let index = U256::from(number);
        let found = ledger.view(offering, &trancheOfCall { tranche: index }).await?;
        let stand = match found.found {
            RELEASED => Stand::Released,
            FORFEITED => Stand::Forfeited,
            _ if sale == FAILED => Stand::Waits("the sale failed: there are no proceeds".into()),
            _ if sale != SUCCEEDED => Stand::Waits(format!("the end of the sale at {}", terms.closes)),
            _ if now > tranche.expires => Stand::Missed,
            _ if ledger.view(offering, &isReachedCall { tranche: index }).await? => Stand::Due,
            _ => Stand::Waits(conditions(tranche, earned)),
        };
        entries.push(Entry { number, amount: found.amount, expires: tranche.expires, stand });
    }
    Ok(entries)
}

/// What a tranche that is not reached waits for.
fn conditions(tranche: &Tranche, earned: U256) -> String {
    let mut missing = Vec::new();
    if earned < U256::from(tranche.earned) {
        missing.push(format!("{} of {} for the holders", Amount::from(earned), Amount(tranche.earned)));
    }
    if !tranche.milestone.is_zero() {
        missing.push(format!("the milestone {}", tranche.milestone));
    }
    missing.join(" and ")
}

impl Display for Stand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Released => f.write_str("paid to the team"),
            Self::Forfeited => f.write_str("the buyers', see hallmark refund"),
            Self::Due => f.write_str("due"),
            Self::Missed => f.write_str("not reached in time: it is the buyers', see --forfeit"),
            Self::Waits(what) => write!(f, "waits: {what}"),
        }
    }
}

fn report(entries: &[Entry], done: usize, forfeit: bool) -> String {
    let mut text = match done {
        0 if forfeit => "Nothing can be paid or given back now".to_owned(),
        0 => "Nothing can be paid to the team now".to_owned(),
        1 => "1 tranche was settled".to_owned(),
        count => format!("{count} tranches were settled"),
    };
    for Entry { number, amount, expires, stand } in entries {
        let until = if matches!(stand, Stand::Waits(_)) { format!(", until {expires}") } else { String::new() };
        // Writing to a string does not fail.
        let _ = write!(text, "\ntranche {number}  {}  {stand}{until}", Amount::from(*amount));
    }
    text
}

fn describe(offering: Address, entries: &[Entry], done: usize) -> Value {
    let tranche = |entry: &Entry| {
        let state = match &entry.stand {
            Stand::Released => "released",
            Stand::Forfeited => "forfeited",
            Stand::Due => "due",
            Stand::Missed => "missed",
            Stand::Waits(_) => "waits",
        };
        let waits = if let Stand::Waits(what) = &entry.stand { Some(what) } else { None };
        json!({
            "tranche": entry.number,
            "amount_wei": entry.amount.to_string(),
            "state": state,
            "waits_for": waits,
            "expires": entry.expires,
        })
    };
    json!({
        "offering": offering.to_string(),
        "paid": done,
        "tranches": entries.iter().map(tranche).collect::<Vec<_>>(),
    })
}
