//! `hallmark revenue`: what a model's fees bring to the holders of its token.

use alloy::primitives::{Address, U256};
use serde_json::json;

use super::{
    CliError, Outcome, amount::Amount, connection::Sending, ledger::Ledger, surroundings::Surroundings, trust::Trust,
};
use hallmark_chain::node::{
    Intent,
    contracts::token::ModelToken::{claimManyCall, claimableRevenueCall, snapshotCall, snapshotCountCall},
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
}

impl Args {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        self.sending.run(around, async |ledger| {
            self.trust.token(&ledger.node, self.token).await?;
            if self.snapshot {
                ledger.send(&Intent::call(self.token, &snapshotCall {})).await?;
            }
            let Claimable { snapshots, sum: claimable } = self.claimable(ledger).await?;
            if self.claim && !snapshots.is_empty() {
                let to = ledger.account();
                let snapshot_ids = snapshots.iter().map(|id| U256::from(*id)).collect();
                ledger.send(&Intent::call(self.token, &claimManyCall { snapshotIds: snapshot_ids, to })).await?;
            }
            let claimed = self.claim && !snapshots.is_empty();
            let verb = if claimed { "claimed" } else { "can be claimed" };
            let text = format!("{} {verb}, of {}", Amount::from(claimable), count(snapshots.len(), "snapshot"));
            let json = json!({
                "token": self.token.to_string(),
                "snapshots": snapshots,
                "revenue_wei": claimable.to_string(),
                "claimed": claimed,
            });
            Ok(ledger.outcome(text, json))
        })
    }

    async fn claimable(&self, ledger: &Ledger) -> Result<Claimable, CliError> {
        let count: u64 = ledger.view(self.token, &snapshotCountCall {}).await?.saturating_to();
        let mut found = Claimable::default();
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
