//! `hallmark revenue`: what a model's fees bring to the holders of its token.

use alloy::primitives::{Address, U256};
use serde_json::json;

use super::{
    CliError, Outcome, amount::Amount, connection::Sending, ledger::Ledger, surroundings::Surroundings, trust::Trust,
};
use hallmark_chain::node::{
    Intent,
    contracts::token::ModelToken::{
        claimManyCall, claimableRevenueCall, revenueAtCall, snapshotCall, snapshotCountCall,
    },
};
use hallmark_reports::number::count;

const EXAMPLE: &str = "\
Example: hallmark revenue --token 0x...
         hallmark revenue --token 0x... --snapshot
         hallmark revenue --token 0x... --claim

Without a flag the command prints what the account can claim. The holders' share of each fee waits in the market. --snapshot
fetches it and divides it among the holders, by the number of tokens and the time that they were held since the last snapshot.
Snapshots are at least a week apart. --claim collects the account's shares of all snapshots.";

/// How many snapshots are looked at, and claimed at once: the last.
const SNAPSHOTS: u64 = 256;
/// What the token calls ether, where others are named by their contract.
const ETHER: Address = Address::ZERO;

/// Tells of a token's revenue, and takes a holder's share.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The model's token
    #[arg(long, value_name = "ADDRESS")]
    token: Address,
    /// Take a snapshot
    #[arg(long)]
    snapshot: bool,
    /// Claim the account's shares of all snapshots
    #[arg(long)]
    claim: bool,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    sending: Sending,
}

/// What an account can claim.
#[derive(Default)]
struct Claimable {
    /// The snapshots of which it gets something.
    snapshots: Vec<u64>,
    /// How much in all.
    sum: U256,
    /// How many snapshots were taken by anybody.
    taken: u64,
}

impl Args {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        self.sending.run(around, async |ledger| {
            self.trust.token(&ledger.node, self.token).await?;
            if self.snapshot {
                ledger.send(&Intent::call(self.token, &snapshotCall {})).await?;
            }
            let Claimable { snapshots, sum: claimable, taken } = self.claimable(ledger).await?;
            if self.claim && !snapshots.is_empty() {
                let to = ledger.account();
                let snapshot_ids = snapshots.iter().map(|id| U256::from(*id)).collect();
                ledger.send(&Intent::call(self.token, &claimManyCall { snapshotIds: snapshot_ids, to })).await?;
            }
            let claimed = self.claim && !snapshots.is_empty();
            let text = match (snapshots.len(), claimed) {
                (0, _) => self.nothing(ledger, taken).await?,
                (found, true) => format!("{} claimed, of {}", Amount::from(claimable), count(found, "snapshot")),
                (found, false) => {
                    format!("{} can be claimed, of {}", Amount::from(claimable), count(found, "snapshot"))
                }
            };
            let json = json!({
                "token": self.token.to_string(),
                "snapshots": snapshots,
                "revenue_wei": claimable.to_string(),
                "claimed": claimed,
            });
            Ok(ledger.outcome(text, json))
        })
    }

    /// Why there is nothing to claim.
    async fn nothing(&self, ledger: &Ledger, taken: u64) -> Result<String, CliError> {
        if taken == 0 {
            return Ok(format!(
                "There is no snapshot yet: `hallmark revenue --token {} --snapshot` takes one",
                self.token
            ));
        }
        let call = revenueAtCall { snapshotId: U256::from(taken), token: ETHER };
        if self.snapshot && ledger.view(self.token, &call).await?.is_zero() {
            return Ok(format!(
                "Took snapshot {taken}. No fees have come in since the one before, so it has nothing to share"
            ));
        }
        Ok(format!(
            "{} has nothing to claim: it held no tokens before the snapshots ({taken} so far), or it has claimed its shares",
            ledger.account()
        ))
    }

    async fn claimable(&self, ledger: &Ledger) -> Result<Claimable, CliError> {
        let count: u64 = ledger.view(self.token, &snapshotCountCall {}).await?.saturating_to();
        let mut found = Claimable { taken: count, ..Claimable::default() };
        for id in count.saturating_sub(SNAPSHOTS) + 1..=count {
            let call = claimableRevenueCall { account: ledger.account(), snapshotId: U256::from(id) };
            let amount = ledger.view(self.token, &call).await?;
            if !amount.is_zero() {
                found.snapshots.push(id);
                found.sum = found.sum.saturating_add(amount);
            }
        }
        Ok(found)
    }
}
