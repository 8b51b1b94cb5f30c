//! Figures for Prometheus.

use std::sync::Arc;

use prometheus_client::{
    encoding::text::encode,
    metrics::{
        counter::Counter,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

use super::Depth;

/// The counters of the service.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Registry>,
    pub(super) seen: Counter,
    pub(super) proofs: Counter,
    pub(super) proof_seconds: Histogram,
    pub(super) transactions: Counter,
    pub(super) replacements: Counter,
    pub(super) locks: Counter,
    pub(super) settled: Counter,
    pub(super) lost: Counter,
    pub(super) expired: Counter,
    pub(super) refused: Counter,
    pub(super) reorganized: Counter,
    pub(super) failures: Counter,
    pub(super) unproved: Counter,
    pub(super) rejected: Counter,
    pub(super) head: Gauge,
    pub(super) balance: Gauge,
    queue: Gauge,
    waiting: Gauge,
    held: Gauge,
    leased: Gauge,
    proved: Gauge,
    awaiting_input: Gauge,
    dead: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("hallmark");
        // From 50 ms to about half an hour.
        let proof_seconds = Histogram::new(exponential_buckets(0.05, 2.0, 16));
        registry.register("proof_seconds", "How long proofs took", proof_seconds.clone());
        let mut counter = |name: &str, help: &str| {
            let counter = Counter::default();
            registry.register(name, help, counter.clone());
            counter
        };
        let seen = counter("requests", "Requests to the models, by this process");
        let proofs = counter("proofs", "Proofs made");
        let transactions = counter("transactions", "Transactions with proofs sent");
        let replacements = counter("replacements", "Transactions sent in place of another that took too long");
        let locks = counter("locks", "Transactions sent that lock a request");
        let settled = counter("settled", "Requests settled and paid");
        let lost = counter("lost", "Requests that somebody else settled");
        let expired = counter("expired", "Requests whose time was over");
        let refused = counter("refused", "Requests that can't be answered");
        let reorganized = counter("reorganized", "Verdicts whose block was dropped");
        let failures = counter("failures", "Rounds that ended with an error of the node");
        let unproved = counter("unproved", "Leases whose jobs could not be proved");
        let rejected = counter("rejected_answers", "Answers of workers that are false");
        let mut gauge = |name: &str, help: &str| {
            let gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let head = gauge("head_block", "The last block");
        let balance = gauge("balance_gwei", "What the account has to pay for gas");
        let queue = gauge("queue", "Requests that are not done");
        let waiting = gauge("waiting", "Requests that no worker has yet");
        let held = gauge("held", "Requests that can't be settled now, or do not pay now");
        let leased = gauge("leased", "Requests that workers have");
        let proved = gauge("proved", "Requests that are proved and not settled");
        let awaiting_input = gauge("awaiting_input", "Requests whose input is not there");
        let dead = gauge("dead_letters", "Requests that were given up and can be requeued");
        let registry = Arc::new(registry);
        Self {
            registry,
            seen,
            proofs,
            proof_seconds,
            transactions,
            replacements,
            locks,
            settled,
            lost,
            expired,
            refused,
            reorganized,
            failures,
            unproved,
            rejected,
            head,
            balance,
            queue,
            waiting,
            held,
            leased,
            proved,
            awaiting_input,
            dead,
        }
    }
}

impl Metrics {
    /// Tells how many jobs there are.
    pub(super) fn set_depth(&self, depth: &Depth) {
        let set = |gauge: &Gauge, count: u64| gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        set(&self.queue, depth.open());
        set(&self.waiting, depth.waiting + depth.ready);
        set(&self.held, depth.held);
        set(&self.leased, depth.leased);
        set(&self.proved, depth.proved + depth.submitted);
        set(&self.awaiting_input, depth.awaiting_input);
        set(&self.dead, depth.dead);
    }

    /// The requests with which the service has done, whatever they came to.
    #[must_use]
    pub fn concluded(&self) -> u64 {
        [&self.settled, &self.lost, &self.expired, &self.refused].map(Counter::get).iter().sum()
    }

    /// In the text format of Prometheus.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
