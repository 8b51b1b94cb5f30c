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
    pub(super) batches: Counter,
    pub(super) singles: Counter,
    pub(super) withdrawn: Counter,
    skipped: Counter,
    answers_per_settlement: Histogram,
    gas_per_answer: Histogram,
    pub(super) head: Gauge,
    pub(super) balance: Gauge,
    pub(super) leads: Gauge,
    pub(super) workers: Gauge,
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
        // From 1 to 4096, the largest batch.
        let answers_per_settlement = Histogram::new(exponential_buckets(1.0, 2.0, 13));
        let help = "How many answers a transaction settled";
        registry.register("answers_per_settlement", help, answers_per_settlement.clone());
        // From 8,000 to 16 million, which is all that a transaction has.
        let gas_per_answer = Histogram::new(exponential_buckets(8_000.0, 2.0, 12));
        registry.register(
            "gas_per_answer",
            "The gas of a transaction for each answer that it settled",
            gas_per_answer.clone(),
        );
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
        let failures = counter("failures", "Rounds that ended with an error of the node or of the queue");
        let unproved = counter("unproved", "Leases whose jobs could not be proved");
        let rejected = counter("rejected_answers", "Answers of workers that are false");
        let batches = counter("batches", "Batches sent: several answers with one proof");
        let singles = counter("singles", "Answers sent with a proof of their own");
        let withdrawn =
            counter("withdrawn_answers", "Answers of batches that were dropped, whose requests are proved again");
        let skipped =
            counter("skipped", "Answers sent that their transaction passed over, since their request had changed");
        let mut gauge = |name: &str, help: &str| {
            let gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let head = gauge("head_block", "The last block");
        let balance = gauge("balance_gwei", "What the account has to pay for gas");
        let leads = gauge("leads", "1 while this service leads, and 0 while another one does");
        let workers = gauge("workers", "Workers in this process and in others");
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
            batches,
            singles,
            withdrawn,
            skipped,
            answers_per_settlement,
            gas_per_answer,
            head,
            balance,
            leads,
            workers,
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

    /// Tells of a transaction that settled some answers, and passed over others.
    pub(super) fn settled_with(&self, answers: u64, skipped: u64, gas: u64) {
        self.skipped.inc_by(skipped);
        self.answers_per_settlement.observe(answers as f64);
        self.gas_per_answer.observe(gas as f64 / answers.max(1) as f64);
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

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet},
        fs,
        path::Path,
    };

    use super::Metrics;

    /// The figures by name, and what a query calls each.
    fn exported() -> BTreeMap<String, Vec<String>> {
        let text = Metrics::default().render();
        let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
        let endings = |kind: &str| match kind {
            "counter" => vec!["_total"],
            "histogram" => vec!["_bucket", "_sum", "_count"],
            _ => vec![""],
        };
        types
            .map(|(name, kind)| (name.into(), endings(kind).iter().map(|ending| format!("{name}{ending}")).collect()))
            .collect()
    }

    /// The names of figures in a file of the repository.
    fn named(path: &str) -> BTreeSet<String> {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap();
        let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        words.filter(|word| word.starts_with("hallmark_")).map(str::to_owned).collect()
    }

    #[test]
    fn the_dashboard_shows_every_figure_and_no_other() {
        let (exported, shown) = (exported(), named("docs/deploy/grafana/hallmark.json"));
        assert!(exported.len() > 25 && shown.len() >= exported.len(), "{exported:?} {shown:?}");
        for (name, queries) in &exported {
            assert!(queries.iter().any(|query| shown.contains(query)), "the dashboard has no {name}");
        }
        let known: BTreeSet<&String> = exported.values().flatten().collect();
        for name in shown {
            assert!(known.contains(&name), "the service has no {name}");
        }
    }

    #[test]
    fn alerts_and_documents_name_figures_that_there_are() {
        let exported = exported();
        let known: BTreeSet<&String> = exported.keys().chain(exported.values().flatten()).collect();
        let named: BTreeSet<String> =
            ["docs/deploy/alerts.yml", "docs/serving.md"].into_iter().flat_map(named).collect();
        assert!(named.len() > 10, "{named:?}");
        for name in named {
            assert!(known.contains(&name), "the service has no {name}");
        }
    }
}
