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

/// What the service counts.
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
    pub(super) head: Gauge,
    pub(super) queue: Gauge,
    pub(super) balance: Gauge,
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
        let mut gauge = |name: &str, help: &str| {
            let gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let head = gauge("head_block", "The last block");
        let queue = gauge("queue", "Requests that are not done");
        let balance = gauge("balance_gwei", "What the account has to pay for gas");
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
            head,
            queue,
            balance,
        }
    }
}

impl Metrics {
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
