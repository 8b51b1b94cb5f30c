//! `hallmark release`: the proceeds of a sale, as what they depend on is reached.

use alloy::primitives::{Address, U256};
use serde_json::{Value, json};

use super::{
    CliError, Outcome,
    connection::Sending,
    surroundings::Surroundings,
    tranche::{Entry, Stand, look},
    trust::Trust,
};
use hallmark_chain::node::{
    Intent,
    contracts::offering::InitialModelOffering::{forfeitCall, releaseCall},
};

const EXAMPLE: &str = "\
Example: hallmark release --offering 0x...
         hallmark release --offering 0x... --tranche 1
         hallmark release --offering 0x... --forfeit

The command pays the team every tranche whose conditions are met, and prints what the others wait for. Anyone may send it: the
team is paid, not the sender. A tranche that was not reached in time belongs to the buyers. --forfeit records this in the
contract, and `hallmark refund --offering` pays each buyer. Tranches are numbered from 0, in the order of `hallmark offer`.

Exit status: 0, also if nothing is due; 1 if the tranche of --tranche is not due.";

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
    /// Return tranches that were not reached in time to the buyers
    #[arg(long)]
    forfeit: bool,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    sending: Sending,
}

impl Args {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        self.sending.run(around, async |ledger| {
            let terms = self.trust.offering(&ledger.node, self.offering).await?;
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
                Err(CliError::usage(format!("there is no tranche {number}: the offering has {count}, from 0")))
            }
            Some(number) => Ok(vec![number]),
            None => Ok((0..count).collect()),
        }
    }
}

fn report(entries: &[Entry], done: usize, forfeit: bool) -> String {
    let head = match done {
        0 if forfeit => "Nothing can be paid or given back now".to_owned(),
        0 => "Nothing can be paid to the team now".to_owned(),
        1 => "1 tranche was settled".to_owned(),
        count => format!("{count} tranches were settled"),
    };
    entries.iter().fold(head, |text, entry| format!("{text}\n{entry}"))
}

fn describe(offering: Address, entries: &[Entry], done: usize) -> Value {
    json!({
        "offering": offering.to_string(),
        "paid": done,
        "tranches": entries.iter().map(Entry::describe).collect::<Vec<_>>(),
    })
}
