//! Which node, which account, and what it pays: the same options for every command that goes to a chain.

use std::path::PathBuf;

use alloy::primitives::Address;

use super::{CliError, Outcome, amount::Amount, ledger::Ledger, rehearsal::Rehearsal, surroundings::Surroundings};
use hallmark_chain::node::{Account, Fees, Node, Wallet};

/// The node that a command asks if nobody names one: the one on this machine.
pub(super) const DEFAULT_NODE: &str = "http://127.0.0.1:8545";

/// The node of a chain.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Chain")]
pub(super) struct Connection {
    /// The address of an Ethereum node
    #[arg(long, value_name = "URL", env = "HALLMARK_RPC", hide_env_values = true, default_value = DEFAULT_NODE)]
    rpc: String,
    /// The chain id; a node of another chain is refused
    #[arg(long, value_name = "NUMBER", env = "HALLMARK_CHAIN")]
    chain: Option<u64>,
}

/// An account that sends transactions. Without a keystore its private key is taken from HALLMARK_PRIVATE_KEY.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Chain")]
pub(super) struct Sender {
    #[command(flatten)]
    connection: Connection,
    /// The account's keystore file [default: the private key in the variable HALLMARK_PRIVATE_KEY]
    #[arg(long, value_name = "FILE")]
    keystore: Option<PathBuf>,
    /// The file with the keystore's password [default: the variable HALLMARK_KEYSTORE_PASSWORD]
    #[arg(long, value_name = "FILE", requires = "keystore")]
    password_file: Option<PathBuf>,
    /// The highest price to pay for a unit of gas
    #[arg(long, value_name = "AMOUNT", default_value = "100gwei")]
    max_fee: Amount,
    /// The highest tip for the block's builder, within --max-fee
    #[arg(long, value_name = "AMOUNT", default_value = "3gwei")]
    max_tip: Amount,
}

/// An account that sends transactions, unless they are only rehearsed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Chain")]
pub(super) struct Sending {
    #[command(flatten)]
    sender: Sender,
    /// Simulate the transactions, print their effects and cost, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Print the transactions for a multisig or a contract to send, and send nothing
    #[arg(long)]
    calldata: bool,
    /// The sender for --dry-run and --calldata, for which no key is needed [default: the key's account]
    #[arg(long, value_name = "ADDRESS")]
    from: Option<Address>,
}

impl Connection {
    pub(super) async fn node(&self, around: &Surroundings) -> Result<Node, CliError> {
        Ok(around.node(&self.rpc, self.chain).await?)
    }
}

impl Sender {
    /// The key is looked at first: a command without one asks nobody.
    pub(super) async fn account(&self, around: &Surroundings) -> Result<Account, CliError> {
        let wallet = self.wallet(around)?;
        Ok(Account::new(self.connection.node(around).await?, wallet, self.fees()))
    }

    fn wallet(&self, around: &Surroundings) -> Result<Wallet, CliError> {
        Ok(around.wallet(self.keystore.as_deref(), self.password_file.as_deref())?)
    }

    const fn fees(&self) -> Fees {
        Fees { cap: self.max_fee.0, tip: self.max_tip.0 }
    }
}

impl Sending {
    /// Runs the steps of a command. If they fail, the error tells what was sent before.
    pub(super) fn run(
        &self,
        around: &Surroundings,
        steps: impl AsyncFnOnce(&mut Ledger) -> Result<Outcome, CliError>,
    ) -> Result<Outcome, CliError> {
        block_on(async {
            let mut ledger = self.ledger(around).await?;
            steps(&mut ledger).await.map_err(|error| ledger.interrupted(error))
        })
    }

    /// Where the command's transactions go.
    async fn ledger(&self, around: &Surroundings) -> Result<Ledger, CliError> {
        if !self.is_rehearsal() {
            return match self.from {
                None => Ok(Ledger::sending(self.sender.account(around).await?)),
                Some(_) => {
                    Err(CliError::usage("--from is for --dry-run and --calldata: else the key says who sends".into()))
                }
            };
        }
        let account = match self.from {
            Some(account) => account,
            None => self.sender.wallet(around)?.address(),
        };
        let node = self.sender.connection.node(around).await?;
        let rehearsal = Rehearsal::new(&node, account, &self.sender.fees(), self.calldata).await?;
        Ok(Ledger::rehearsing(node, account, rehearsal))
    }

    /// Whether nothing is sent.
    pub(super) const fn is_rehearsal(&self) -> bool {
        self.dry_run || self.calldata
    }
}

/// Runs what waits for a node.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(CliError::Runtime)?.block_on(work)
}
