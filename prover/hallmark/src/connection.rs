//! Which node, which account, and what it pays: the same options for every command that goes to a chain.

use std::path::PathBuf;

use super::{CliError, amount::Amount, surroundings::Surroundings};
use hallmark_chain::node::{Account, Fees, Node};

/// The node of a chain.
#[derive(Debug, clap::Args)]
pub(super) struct Connection {
    /// The address of an Ethereum node
    #[arg(
        long,
        value_name = "URL",
        env = "HALLMARK_RPC",
        hide_env_values = true,
        default_value = "http://127.0.0.1:8545"
    )]
    rpc: String,
    /// Refuse a node of another chain
    #[arg(long, value_name = "NUMBER", env = "HALLMARK_CHAIN")]
    chain: Option<u64>,
}

/// An account that sends transactions. Without a keystore its private key is taken from HALLMARK_PRIVATE_KEY.
#[derive(Debug, clap::Args)]
pub(super) struct Sender {
    #[command(flatten)]
    connection: Connection,
    /// The account's keystore; without it the private key is taken from the variable HALLMARK_PRIVATE_KEY
    #[arg(long, value_name = "FILE")]
    keystore: Option<PathBuf>,
    /// The keystore's password; without it, it is taken from the variable HALLMARK_KEYSTORE_PASSWORD
    #[arg(long, value_name = "FILE", requires = "keystore")]
    password_file: Option<PathBuf>,
    /// The most to pay for a unit of gas
    #[arg(long, value_name = "AMOUNT", default_value = "100gwei")]
    max_fee: Amount,
    /// The most of it for who makes the block
    #[arg(long, value_name = "AMOUNT", default_value = "3gwei")]
    max_tip: Amount,
}

impl Connection {
    pub(super) async fn node(&self, around: &Surroundings) -> Result<Node, CliError> {
        Ok(around.node(&self.rpc, self.chain).await?)
    }
}

impl Sender {
    /// The key is looked at first: a command without one asks nobody.
    pub(super) async fn account(&self, around: &Surroundings) -> Result<Account, CliError> {
        let wallet = around.wallet(self.keystore.as_deref(), self.password_file.as_deref())?;
        let fees = Fees { cap: self.max_fee.0, tip: self.max_tip.0 };
        Ok(Account::new(self.connection.node(around).await?, wallet, fees))
    }
}

/// Runs what waits for a node.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(CliError::Runtime)?.block_on(work)
}
