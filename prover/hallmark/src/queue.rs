//! `hallmark queue`: what is in the queue of a service, and its dead letters.

use alloy::primitives::{Address, B256};
use serde_json::{Value, json};

use super::{CliError, Outcome, connection::block_on, served::process_name};
use hallmark_operator::{Depth, Job, JobId, JobStore, OperatorError, PostgresStore, State, StoreError};

/// The most dead letters that are listed.
const MAX_LISTED: usize = 1000;

const EXAMPLE: &str = "\
Example: hallmark queue --queue postgres:///hallmark
         hallmark queue --queue postgres:///hallmark --requeue 0x...

Shows how many requests are in each state, and the requests that were given up: the dead letters, each with its reason. A request is
given up if it could not be proved eight times, if its transactions failed, or if the contract refuses its answer. Fix the cause, and
take it up again with --requeue or --requeue-all. The queue keeps a dead letter until its deadline.

The service may run meanwhile. The queue of a service with --journal is in a file that only the service can read: its log names
dead letters, and `hallmark serve --requeue` takes them up again.";

/// Shows what is in the queue of a service.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The database that the service keeps its requests in
    #[arg(long, value_name = "URL")]
    queue: String,
    /// Take these requests up again that were given up
    #[arg(long, value_name = "ID")]
    requeue: Vec<B256>,
    /// Take all requests up again that were given up
    #[arg(long, conflicts_with = "requeue")]
    requeue_all: bool,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        block_on(async { Ok(self.look().await.map_err(OperatorError::from)?) })
    }

    async fn look(&self) -> Result<Outcome, StoreError> {
        let (store, venue) = PostgresStore::join(&self.queue, &process_name("queue")).await?;
        let wanted: Vec<JobId> = if self.requeue_all {
            store.dead(usize::MAX).await?.into_iter().map(|(id, _)| id).collect()
        } else {
            self.requeue.iter().map(|id| id.0).collect()
        };
        let (mut requeued, mut missing) = (Vec::new(), Vec::new());
        for id in wanted {
            if store.requeue(id).await? { requeued.push(B256::from(id)) } else { missing.push(B256::from(id)) }
        }
        let (depth, dead) = (store.depth().await?, store.dead(MAX_LISTED).await?);
        let market = Address::from(venue.market);
        let text = text(&depth, &dead, &requeued, &missing);
        let json = json!({
            "chain": venue.chain, "market": market, "payee": Address::from(venue.payee), "requests": counts(&depth),
            "dead": dead.iter().map(letter).collect::<Vec<_>>(), "requeued": requeued, "missing": missing,
        });
        Ok(if missing.is_empty() { Outcome::done(text, json) } else { Outcome::refused(text, json) })
    }
}

/// The states that requests may stay in, by name.
const fn states(depth: &Depth) -> [(&'static str, u64); 9] {
    [
        ("awaiting_input", depth.awaiting_input),
        ("waiting", depth.waiting),
        ("held", depth.held),
        ("ready", depth.ready),
        ("leased", depth.leased),
        ("proved", depth.proved),
        ("submitted", depth.submitted),
        ("settled", depth.verdicts),
        ("dead", depth.dead),
    ]
}

fn counts(depth: &Depth) -> Value {
    states(depth).into_iter().map(|(name, count)| (name.to_owned(), json!(count))).collect()
}

fn letter((id, job): &(JobId, Job)) -> Value {
    json!({ "request": B256::from(*id), "deadline": job.deadline, "attempts": job.attempts, "reason": reason(job) })
}

/// Why a request was given up. Workers and contracts may have said anything.
fn reason(job: &Job) -> &str {
    if let State::Dead(reason) = &job.state { reason } else { "" }
}

fn text(depth: &Depth, dead: &[(JobId, Job)], requeued: &[B256], missing: &[B256]) -> String {
    let mut lines: Vec<_> =
        states(depth).iter().map(|(name, count)| format!("{:<16}{count}", name.replace('_', " "))).collect();
    for (id, job) in dead {
        let reason = reason(job).escape_debug();
        lines.push(format!("given up        {} until {}: {reason}", B256::from(*id), job.deadline));
    }
    lines.extend(requeued.iter().map(|id| format!("taken up again  {id}")));
    lines.extend(missing.iter().map(|id| format!("not given up    {id}")));
    lines.join("\n")
}
