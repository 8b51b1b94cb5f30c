//! `hallmark work`: proves answers for a service that is somewhere else.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use serde_json::json;
use tokio::sync::watch;
use tracing::{info, warn};

use super::{
    CliError, Outcome,
    connection::block_on,
    served::{Log, Models, process_name},
    span::Span,
    surroundings::Surroundings,
};
use hallmark_operator::{
    Health, Metrics, OperatorError, PostgresStore, Served, StoreError, Venue, Worker, WorkerOptions, endpoint,
};

/// How long a worker waits at most until it looks for work again. The database wakes it before.
const POLL: Duration = Duration::from_secs(2);

const EXAMPLE: &str = "\
Example: hallmark work m.hallmark --model-id 0x... --srs srs.bin --queue postgres:///hallmark

Takes requests from the queue of a service, proves them, and delivers the answers. Any number of workers may share a queue, on any
number of machines. `hallmark serve --queue` watches the market and settles; it checks every proof before it uses it. A worker has
no key to sign with, and asks no node. It needs the model files, as the service has them.

The queue's address is that of a PostgreSQL database, as psql takes it: postgres://user@host/database?sslmode=verify-full. The
password comes from the file that PGPASSFILE names, or from ~/.pgpass, so that it stands in no command line. Give workers a role of
their own, with `GRANT USAGE ON SCHEMA hallmark_work TO role`: it can take requests and deliver answers, and nothing else.

A worker that is stopped gives its request back. If it is killed, another worker has the request after --lease at most.

--metrics serves /metrics for Prometheus, /healthz and /readyz. A worker that does not reach the queue is not ready.

SIGINT and SIGTERM stop the worker. The exit status is 0 then.";

/// Proves answers for a service that is somewhere else.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    #[command(flatten)]
    models: Models,
    /// The database that the service keeps its requests in
    #[arg(long, value_name = "URL")]
    queue: String,
    /// How long a request is kept for this worker if it is not heard of
    #[arg(long, value_name = "TIME", default_value = "60s")]
    lease: Span,
    /// Serve figures for Prometheus and the state of the worker here, at /metrics, /healthz and /readyz
    #[arg(long, value_name = "HOST:PORT")]
    metrics: Option<SocketAddr>,
    #[command(flatten)]
    pub(super) log: Log,
}

impl Args {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        if self.lease.0 == 0 {
            return Err(CliError::usage("a lease of no time is none: --lease takes a second at least".into()));
        }
        let models = self.models.load()?;
        let insecure = models.iter().any(|model| model.srs.is_insecure());
        block_on(self.work(models, around))?;
        Ok(Outcome::done("Stopped".into(), json!({ "stopped": true })).with_setup(insecure))
    }

    async fn work(&self, models: Vec<Served>, around: &Surroundings) -> Result<(), CliError> {
        let name = process_name("work");
        let (metrics, health) = (Metrics::default(), Health::default());
        if let Some(address) = self.metrics {
            let (bound, server) = endpoint(address, metrics.clone(), health.clone()).await?;
            info!(%bound, "metrics and health");
            tokio::spawn(server);
        }
        let mut stop = around.stop(&metrics)?;
        let (queue, venue) = tokio::select! {
            joined = self.join(&name) => joined.map_err(OperatorError::from)?,
            () = &mut stop => return Ok(()),
        };
        let (end, ended) = watch::channel(false);
        info!(worker = name, chain = venue.chain, models = models.len(), "worker");
        let options = WorkerOptions { name, venue, term: Duration::from_secs(self.lease.0), poll: POLL };
        let worker = Worker::new(queue, Arc::new(models), metrics, health, options).run(ended);
        tokio::pin!(worker);
        tokio::select! {
            worked = &mut worker => return Ok(worked?),
            () = stop => {}
        }
        end.send_replace(true);
        Ok(worker.await?)
    }

    /// Opens the queue, and waits until a service has made it one.
    async fn join(&self, name: &str) -> Result<(PostgresStore, Venue), StoreError> {
        let mut is_told = false;
        loop {
            match PostgresStore::join(&self.queue, name).await {
                Err(error @ StoreError::Unclaimed) => {
                    if !is_told {
                        warn!(%error, "waiting for a service");
                    }
                    is_told = true;
                    tokio::time::sleep(POLL).await;
                }
                joined => return joined,
            }
        }
    }
}
