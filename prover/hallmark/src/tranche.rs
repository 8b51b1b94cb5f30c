//! The tranches of a sale's proceeds: what each is worth, and what it waits for.

use std::fmt::{self, Display, Formatter};

use alloy::primitives::{Address, U256};
use serde_json::{Value, json};

use super::{CliError, amount::Amount, ledger::Views};
use hallmark_chain::node::{
    contracts::offering::{
        IInitialModelOffering::{Terms, Tranche},
        InitialModelOffering::{earnedSinceCloseCall, isReachedCall, stateCall, trancheOfCall},
    },
    utc,
};

/// The states of an offering and of a tranche, as `IInitialModelOffering` has them.
const FAILED: u8 = 2;
const SUCCEEDED: u8 = 3;
const RELEASED: u8 = 1;
const FORFEITED: u8 = 2;

/// How far a tranche is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stand {
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
pub(super) struct Entry {
    pub(super) number: usize,
    amount: U256,
    expires: u64,
    pub(super) stand: Stand,
}

/// Where all tranches are.
pub(super) async fn look(views: &impl Views, offering: Address, terms: &Terms) -> Result<Vec<Entry>, CliError> {
    let now = views.now().await?;
    let sale = views.view(offering, &stateCall {}).await?;
    let earned = views.view(offering, &earnedSinceCloseCall {}).await?;
    let mut entries = Vec::new();
    for (number, tranche) in terms.tranches.iter().enumerate() {
        let index = U256::from(number);
        let found = views.view(offering, &trancheOfCall { tranche: index }).await?;
        let stand = match found.found {
            RELEASED => Stand::Released,
            FORFEITED => Stand::Forfeited,
            _ if sale == FAILED => Stand::Waits("the sale failed: there are no proceeds".into()),
            _ if sale != SUCCEEDED => Stand::Waits(format!("the end of the sale at {}", utc(terms.closes))),
            _ if now > tranche.expires => Stand::Missed,
            _ if views.view(offering, &isReachedCall { tranche: index }).await? => Stand::Due,
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

impl Display for Entry {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { number, amount, expires, stand } = self;
        write!(f, "tranche {number}  {}  {stand}", Amount::from(*amount))?;
        if matches!(stand, Stand::Waits(_)) { write!(f, ", until {}", utc(*expires)) } else { Ok(()) }
    }
}

impl Entry {
    pub(super) fn describe(&self) -> Value {
        let state = match &self.stand {
            Stand::Released => "released",
            Stand::Forfeited => "forfeited",
            Stand::Due => "due",
            Stand::Missed => "missed",
            Stand::Waits(_) => "waits",
        };
        let waits = if let Stand::Waits(what) = &self.stand { Some(what) } else { None };
        json!({
            "tranche": self.number,
            "amount_wei": self.amount.to_string(),
            "state": state,
            "waits_for": waits,
            "expires": self.expires,
        })
    }
}
