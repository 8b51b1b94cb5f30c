//! `hallmark serve`: answers requests for pay.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use alloy::primitives::Address;
use serde_json::json;
use tracing::info;

use super::{
    CliError, Outcome,
    amount::Amount,
    connection::{Sender, block_on},
    served::{Log, Models, process_name},
    span::Span,
    surroundings::{Stop, Surroundings},
    trust::Trust,
};
use hallmark_chain::node::Account;
use hallmark_operator::{
    EmbeddedStore, Health, JobStore, LeastFee, Metrics, OperatorError, Options, Policy, PostgresStore, Served, Service,
    Venue, endpoint,
};

/// How long a request is left alone that can't be settled or does not pay: some blocks.
const RECHECK: Duration = Duration::from_secs(30);
/// How long a worker may be silent. The one in this process is never, while the process lives.
const LEASE: Duration = Duration::from_secs(60);

const EXAMPLE: &str = "\
Example: hallmark serve m.hallmark --model-id 0x... --srs srs.bin --market 0x... --journal m.journal --keystore operator.json \\
           --password-file password --metrics 127.0.0.1:9464

The service watches the market for requests to the models, proves the most urgent first, and settles them. Answers that are
ready go together in one transaction. The journal remembers what was begun: you can stop or kill the program at any moment.
The service asks a node again that fails, and follows reorganizations. It replaces a transaction that takes long by one that
offers more, up to --max-fee. Give the service an account of its own: it would replace other transactions of the account.

An answer is public once its transaction is sent. So the service takes a request only if it pays:
  - its deadline is at least --deadline-margin away;
  - its fee, less the holders' share, is at least --fee-percent of the gas of its settlement at the current price.
The service checks both again before it sends the answer. No transaction offers more for gas than it earns. The service keeps a
request that does not pay until gas is cheaper or the deadline is near. With --min-fee you name the least fee yourself; then the
service pays for gas whatever it costs, up to --max-fee.

If a model was committed with --batches, one proof answers several requests to it. The service takes what is queued, and the size
that costs the least gas for an answer. Where single proofs cost no more, it makes those. A fee then has to cover a part of a batch.
A request whose fee covers a part of a full batch only waits until so many are there that the batch pays. Before a batch is sent,
the service asks about each of its requests again. The contract skips those that were answered, refunded or locked meanwhile. If
too few are left, the service proves those again instead of paying for the batch.

By default no request waits for others: the first is proved at once, and those that come meanwhile go together. So nobody waits in
vain, and a busy service has full batches all the same. With --batch-wait requests wait for a full batch, but not for
longer than this, and never when less than three times --deadline-margin is left. Requests with a callback or with locks have proofs of
their own. The registry needs the key of each size, which `hallmark register` records. Otherwise the service warns, and does without
that size.

The service leaves these requests to be refunded:
  - the input has another length than the model's;
  - the input is not on the chain, unless --inputs is given;
  - the request has a callback, unless --callbacks is given: the account pays its gas;
  - the request offers locks, unless --lock is given.

With --inputs the service looks for the input as DIR/HASH.bin until the deadline is near. HASH is 0x and the 64 digits of the
input hash that `hallmark request` printed. The file has exactly the bytes that `hallmark request --output` wrote. A model that was
compiled with --input-digests needs --inputs, since its requests have a digest only.

Where locks are offered, anybody could lock a request after seeing the answer. So the service proves first, then locks the request
for a bond of at most --max-bond, and then settles it. The settlement returns the bond as a credit for `hallmark claim --market`.
The bond is lost if no answer is in a block before the lock runs out: if the program, the node or the chain is away for long, or
if gas costs more than --max-fee. The service leaves requests alone that others have locked, until their locks run out.

The service gives a request up if proving it fails several times, or if the contract refuses its answer. The journal keeps such a
request until its deadline, and --requeue takes it up again.

With --queue the service keeps its requests in a PostgreSQL database instead of a journal, and `hallmark work` proves them on any
number of machines. The service proves too, unless --no-work is given. It checks the proof of every worker before it uses it. Start a
second service with the same arguments: it stands by, and takes over within ten seconds if the first is gone. The address is as psql
takes it: postgres://user@host/database?sslmode=verify-full. The password comes from the file that PGPASSFILE names, or from
~/.pgpass. One database has one queue. `hallmark queue` shows it.

--metrics serves /metrics for Prometheus, /healthz and /readyz. Restart a service that is not healthy. A service that is not
ready does not answer requests at the moment, and says why.

SIGINT and SIGTERM stop the service. The exit status is 0 then.";

/// Answers the requests to models, for pay.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    #[command(flatten)]
    models: Models,
    /// The market
    #[arg(long, value_name = "ADDRESS", env = "HALLMARK_MARKET")]
    market: Address,
    /// The file that remembers what was begun
    #[arg(long, value_name = "FILE", required_unless_present = "queue")]
    journal: Option<PathBuf>,
    /// The database that remembers what was begun, and that workers take requests from
    #[arg(long, value_name = "URL", conflicts_with = "journal")]
    queue: Option<String>,
    /// Prove nothing here: `hallmark work` does
    #[arg(long, requires = "queue")]
    no_work: bool,
    /// Who is paid [default: the account]
    #[arg(long, value_name = "ADDRESS")]
    payee: Option<Address>,
    /// Refuse requests whose fee is less, and answer all others whatever gas costs
    #[arg(long, value_name = "AMOUNT", conflicts_with = "fee_percent")]
    min_fee: Option<Amount>,
    /// Answer requests that pay at least this percentage of what their gas costs, or together in a batch
    #[arg(long, value_name = "PERCENT", default_value_t = 150, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    fee_percent: u32,
    /// The least time to a deadline when an answer is sent; twice as much when a request is taken, as the proof must fit in
    #[arg(long, value_name = "TIME", default_value = "2m")]
    deadline_margin: Span,
    /// Answer requests with a callback, whose gas the account pays
    #[arg(long)]
    callbacks: bool,
    /// Answer requests that offer locks, and lock them first
    #[arg(long, requires = "max_bond", conflicts_with = "payee")]
    lock: bool,
    /// The most to pay as a bond for a lock
    #[arg(long, value_name = "AMOUNT", requires = "lock")]
    max_bond: Option<Amount>,
    /// Answer requests that have only the hash or the digest of their input, with inputs from this folder
    #[arg(long, value_name = "DIR")]
    inputs: Option<PathBuf>,
    /// The most answers with proofs of their own in a transaction
    #[arg(long, value_name = "COUNT", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=64))]
    batch: u16,
    /// How long a request waits at most for others that the same proof would answer
    #[arg(long, value_name = "TIME", default_value = "0s", conflicts_with = "no_batches")]
    batch_wait: Span,
    /// How long to wait between two looks at the chain, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(10..))]
    poll: u64,
    /// How many blocks on top of a settlement make it final
    #[arg(long, value_name = "BLOCKS", default_value_t = 64)]
    confirmations: u64,
    /// Where an empty journal begins to look [default: about a day back]
    #[arg(long, value_name = "BLOCK")]
    from_block: Option<u64>,
    /// How long a transaction is waited for before it is replaced
    #[arg(long, value_name = "TIME", default_value = "60s")]
    patience: Span,
    /// Take up requests again that were given up
    #[arg(long)]
    requeue: bool,
    /// Serve figures for Prometheus and the state of the service here, at /metrics, /healthz and /readyz
    #[arg(long, value_name = "HOST:PORT")]
    metrics: Option<SocketAddr>,
    #[command(flatten)]
    pub(super) log: Log,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    sender: Sender,
}

impl Args {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        let models = self.models.load()?;
        if let Some(model) = models.iter().find(|model| self.inputs.is_none() && model.tells_digests()) {
            return Err(CliError::usage(format!(
                "requests to the model {} have digests of their inputs alone: name the folder of the inputs with --inputs",
                model.id
            )));
        }
        let insecure = models.iter().any(|model| model.srs.is_insecure());
        block_on(self.serve(models, around))?;
        Ok(Outcome::done("Stopped".into(), json!({ "stopped": true })).with_setup(insecure))
    }

    async fn serve(&self, models: Vec<Served>, around: &Surroundings) -> Result<(), CliError> {
        let account = self.sender.account(around).await?;
        self.trust.market(&account.node, self.market).await?;
        let payee = self.payee.unwrap_or(account.address());
        let chain = account.node.chain_id();
        let venue = Venue { chain, market: self.market.into(), payee: payee.into() };
        let (metrics, health) = (Metrics::default(), Health::default());
        if let Some(address) = self.metrics {
            let (bound, server) = endpoint(address, metrics.clone(), health.clone()).await?;
            info!(%bound, "metrics and health");
            tokio::spawn(server);
        }
        info!(account = %account.address(), %payee, market = %self.market, chain, "service");
        let stop = around.stop(&metrics)?;
        let place = (account, [self.market, payee], models);
        match (&self.journal, &self.queue) {
            (Some(journal), _) => {
                let store = EmbeddedStore::open(journal, venue).map_err(OperatorError::from)?;
                self.serve_from(store, place, metrics, health, stop).await
            }
            (None, Some(queue)) => {
                let store =
                    PostgresStore::open(queue, venue, &process_name("serve")).await.map_err(OperatorError::from)?;
                self.serve_from(store, place, metrics, health, stop).await
            }
            (None, None) => Err(CliError::usage("a service needs --journal or --queue".into())),
        }
    }

    async fn serve_from(
        &self,
        store: impl JobStore,
        (account, addresses, models): (Account, [Address; 2], Vec<Served>),
        metrics: Metrics,
        health: Health,
        stop: Stop,
    ) -> Result<(), CliError> {
        let service = Service::new(account, addresses, models, store, metrics, self.options()).await?;
        if self.requeue {
            info!(requests = service.requeue().await?, "requests that were given up are taken up again");
        }
        Ok(service.with_health(health).run(stop).await?)
    }

    fn options(&self) -> Options {
        let least_fee = match self.min_fee {
            Some(least) => LeastFee::Given(least.0),
            None => LeastFee::Gas { percent: self.fee_percent },
        };
        Options {
            poll: Duration::from_millis(self.poll),
            confirmations: self.confirmations,
            batch: self.batch.into(),
            batch_wait: Duration::from_secs(self.batch_wait.0),
            from_block: self.from_block,
            policy: Policy { deadline_margin: Duration::from_secs(self.deadline_margin.0), least_fee },
            callbacks: self.callbacks,
            max_bond: self.max_bond.filter(|_| self.lock).map(|amount| amount.0),
            inputs: self.inputs.clone(),
            patience: Duration::from_secs(self.patience.0),
            recheck: RECHECK,
            workers: usize::from(!self.no_work),
            lease: LEASE,
        }
    }
}
