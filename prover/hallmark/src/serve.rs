//! `hallmark serve`: answers requests for pay.

use std::{
    io::{self, IsTerminal},
    net::SocketAddr,
    path::PathBuf,
    time::Duration,
};

use alloy::primitives::{Address, B256};
use hallmark_circuits::verifier::statement::Statement;
use serde_json::json;
use tracing::{Dispatch, info, level_filters::LevelFilter};
use tracing_subscriber::fmt::MakeWriter;

use super::{
    CliError, Outcome,
    amount::Amount,
    connection::{Sender, block_on},
    keys::{Keys, default_file},
    pinned::Trust,
    span::Span,
    surroundings::Surroundings,
};
use hallmark_operator::{Identity, Journal, Metrics, Options, Served, Service, scrape};
use hallmark_proving::artifact::read_model;
use hallmark_proving::srs::Srs;

const EXAMPLE: &str = "\
Example: hallmark serve m.hallmark --model-id 0x... --srs srs.bin --market 0x... --journal m.journal --keystore operator.json \\
           --password-file password --metrics 127.0.0.1:9464

Watches the market for requests to the models, proves the answers in order, and settles them, several in a transaction
where they are ready. What was begun is in the journal: the program may be stopped or killed at any moment, and goes on
where it was. A node that fails is asked again; a reorganization is followed; a transaction that takes long is replaced by
one that offers more, up to --max-fee. The account is the service's alone: other transactions of it would be replaced.

Requests are left to be refunded whose input is not the model's, whose fee is too low, and those with a callback unless
--callbacks is given. Where the input is not on the chain, it is looked for with --inputs, until the deadline: as DIR/HASH.bin,
where HASH is 0x and the 64 digits of the input's hash, and as exactly the bytes that `hallmark request --hashed` wrote.

Where locks are offered, somebody could lock a request once the answer is seen. So such requests are answered with --lock only:
the service proves, locks the request for a bond of at most --max-bond, and settles it then. The bond comes back with that, as
a credit for `hallmark claim --market`. It is lost if no answer is in a block before the lock runs out: when the program, the
node or the chain is away for long, or gas is dearer than --max-fee. Requests that others have locked are left alone until then.

SIGINT and SIGTERM end it in order. The exit status is 0 then.";

/// Answers the requests to models, for pay.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The committed models
    #[arg(required = true)]
    models: Vec<PathBuf>,
    /// The models' numbers in the registry, in the same order
    #[arg(long = "model-id", value_name = "ID", required = true)]
    ids: Vec<B256>,
    /// The structured reference string that they were committed to under
    #[arg(long)]
    srs: PathBuf,
    /// The market
    #[arg(long, value_name = "ADDRESS", env = "HALLMARK_MARKET")]
    market: Address,
    /// The file that remembers what was begun
    #[arg(long, value_name = "FILE")]
    journal: PathBuf,
    /// Who is paid [default: the account]
    #[arg(long, value_name = "ADDRESS")]
    payee: Option<Address>,
    /// Refuse requests that pay less
    #[arg(long, value_name = "AMOUNT", default_value = "0wei")]
    min_fee: Amount,
    /// Answer requests with a callback, whose gas the account pays
    #[arg(long)]
    callbacks: bool,
    /// Answer requests that offer locks, and lock them first
    #[arg(long, requires = "max_bond", conflicts_with = "payee")]
    lock: bool,
    /// The most to pay as a bond for a lock
    #[arg(long, value_name = "AMOUNT", requires = "lock")]
    max_bond: Option<Amount>,
    /// Answer requests whose input is not on the chain, with inputs from this folder
    #[arg(long, value_name = "DIR")]
    inputs: Option<PathBuf>,
    /// The most answers in a transaction
    #[arg(long, value_name = "COUNT", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=64))]
    batch: u16,
    /// How long to wait between two looks at the chain, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(10..))]
    poll: u64,
    /// How many blocks a verdict of the chain may be undone by
    #[arg(long, value_name = "BLOCKS", default_value_t = 64)]
    margin: u64,
    /// Where an empty journal begins to look [default: about a day back]
    #[arg(long, value_name = "BLOCK")]
    from_block: Option<u64>,
    /// How long a transaction is waited for before it is replaced
    #[arg(long, value_name = "TIME", default_value = "60s")]
    patience: Span,
    /// Serve figures for Prometheus here, at /metrics
    #[arg(long, value_name = "HOST:PORT")]
    metrics: Option<SocketAddr>,
    /// Write the log as JSON
    #[arg(long)]
    log_json: bool,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    sender: Sender,
}

impl Args {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        if self.models.len() != self.ids.len() {
            return Err(CliError::Usage("each model needs its --model-id".into()));
        }
        let models = self.load()?;
        let insecure = models.iter().any(|model| model.srs.is_insecure());
        block_on(self.serve(models, around))?;
        Ok(Outcome::done("Stopped".into(), json!({ "stopped": true })).with_setup(insecure))
    }

    /// Starts the log, to standard error.
    pub(super) fn start_log(&self) {
        // Fails where another subscriber is there already, which then gets the events instead.
        let _ = tracing::dispatcher::set_global_default(self.log(io::stderr, io::stderr().is_terminal()));
    }

    /// What writes a log. Spans are not followed: they would add up in memory.
    pub(super) fn log(&self, writer: impl for<'w> MakeWriter<'w> + Send + Sync + 'static, colours: bool) -> Dispatch {
        let log = tracing_subscriber::fmt().with_writer(writer).with_max_level(LevelFilter::INFO);
        let log = log.with_target(false).with_ansi(colours);
        if self.log_json { log.json().with_span_list(false).finish().into() } else { log.finish().into() }
    }

    fn load(&self) -> Result<Vec<Served>, CliError> {
        let load = |(path, id): (&PathBuf, &B256)| {
            let model = read_model(path)?.into_committed();
            let model = model.ok_or_else(|| CliError::Uncommitted { path: path.clone() })?;
            let srs = Srs::read(&self.srs)?;
            let keys = Keys::find_or_make(default_file(path), &Statement::new(&model.key.architecture)?, &srs)?.keys;
            Ok(Served { id: *id, model, srs, keys })
        };
        self.models.iter().zip(&self.ids).map(load).collect()
    }

    async fn serve(&self, models: Vec<Served>, around: &Surroundings) -> Result<(), CliError> {
        let account = self.sender.account(around).await?;
        self.trust.require_market(&account.node, self.market).await?;
        let payee = self.payee.unwrap_or(account.address());
        let chain = account.node.chain_id();
        let identity = Identity { chain, market: self.market.into(), payee: payee.into() };
        let journal = Journal::open(&self.journal, identity).map_err(hallmark_operator::OperatorError::from)?;
        let metrics = Metrics::default();
        if let Some(address) = self.metrics {
            let (bound, server) = scrape(address, metrics.clone()).await?;
            info!(%bound, "metrics");
            tokio::spawn(server);
        }
        info!(account = %account.address(), %payee, market = %self.market, chain, "service");
        let stop = around.stop(&metrics)?;
        let service = Service::new(account, [self.market, payee], models, journal, metrics, self.options()).await?;
        Ok(service.run(stop).await?)
    }

    fn options(&self) -> Options {
        Options {
            poll: Duration::from_millis(self.poll),
            margin: self.margin,
            batch: self.batch.into(),
            from_block: self.from_block,
            min_fee: self.min_fee.0,
            callbacks: self.callbacks,
            max_bond: self.max_bond.filter(|_| self.lock).map(|amount| amount.0),
            inputs: self.inputs.clone(),
            patience: Duration::from_secs(self.patience.0),
        }
    }
}
