//! What a command finds around it: nodes, a key to sign with, and who stops it.
//!
//! Commands have all of this from here, so that the demo runs the same commands on a chain inside the program.

use std::{
    io::{self, IsTerminal, Write},
    path::Path,
    pin::Pin,
    time::{Duration, Instant},
};

use super::CliError;
use hallmark_chain::chain::Devnet;
use hallmark_chain::node::{Node, NodeError, Wallet, WalletError};
use hallmark_operator::Metrics;

/// How often it is looked whether a service in the demo has done its work.
const POLL: Duration = Duration::from_millis(20);
/// How long it may take: far more than a proof of any model that comes with the program.
const LIMIT: Duration = Duration::from_secs(600);

/// What there is around a command.
#[derive(Debug)]
pub(super) enum Surroundings {
    /// The machine: the network, the variables of the process, and signals to it.
    Machine,
    /// A chain inside the program.
    Embedded {
        /// Its node, whatever the address.
        devnet: Devnet,
        /// The key, where there is one.
        wallet: Option<Wallet>,
    },
}

/// What ends when a service is to stop.
pub(super) type Stop = Pin<Box<dyn Future<Output = ()>>>;

impl Surroundings {
    /// The node at an address.
    pub(super) async fn node(&self, address: &str, chain: Option<u64>) -> Result<Node, NodeError> {
        match self {
            Self::Machine => Node::connect(address, chain).await,
            Self::Embedded { devnet, .. } => Node::embedded(devnet.clone(), chain).await,
        }
    }

    /// The key of a keystore, or else the one that is around.
    pub(super) fn wallet(&self, keystore: Option<&Path>, password: Option<&Path>) -> Result<Wallet, WalletError> {
        match (self, keystore) {
            (Self::Embedded { wallet, .. }, None) => wallet.clone().ok_or(WalletError::Missing),
            _ => Wallet::find(keystore, password),
        }
    }

    /// Asks a person whether to go on. Where nobody is at a terminal, nobody is asked, and nothing goes on.
    pub(super) fn confirm(&self, question: &str) -> Result<(), CliError> {
        const NOBODY: &str = "nobody is at a terminal who could agree: --yes agrees beforehand, for scripts";
        if !matches!(self, Self::Machine) || !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Err(CliError::usage(NOBODY.into()));
        }
        let mut answer = String::new();
        write!(io::stderr(), "{question} [y/N] ").map_err(CliError::Terminal)?;
        io::stdin().read_line(&mut answer).map_err(CliError::Terminal)?;
        match answer.trim().to_lowercase().as_str() {
            "y" | "yes" => Ok(()),
            _ => Err(CliError::Declined),
        }
    }

    /// When a service is to stop: the machine's at a signal, the demo's when it has done with a request.
    pub(super) fn stop(&self, metrics: &Metrics) -> Result<Stop, CliError> {
        match self {
            Self::Machine => Ok(Box::pin(signal()?)),
            Self::Embedded { .. } => Ok(Box::pin(one_request(metrics.clone()))),
        }
    }
}

async fn one_request(metrics: Metrics) {
    let start = Instant::now();
    while metrics.concluded() == 0 && start.elapsed() < LIMIT {
        tokio::time::sleep(POLL).await;
    }
}

/// Waits for a signal to end.
#[cfg(unix)]
fn signal() -> Result<impl Future<Output = ()>, CliError> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt()).map_err(CliError::Runtime)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(CliError::Runtime)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Waits for a signal to end.
#[cfg(not(unix))]
fn signal() -> Result<impl Future<Output = ()>, CliError> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}
