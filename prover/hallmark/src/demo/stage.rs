//! The folder and the chain that it all happens in.

use std::{
    env, io,
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use alloy::primitives::{Address, U256};
use ndarray::{ArrayView, IxDyn};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Bundle, CliError, Sample, Shell};
use hallmark_chain::chain::Devnet;
use hallmark_chain::node::Wallet;
use hallmark_proving::file::{self, Form};
use hallmark_proving::npy::write_floats;

/// Who takes part, with keys that everybody knows: those of the first accounts of nodes for development.
pub(super) const ACCOUNTS: &[(&str, &str)] = &[
    ("OPERATOR", "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"),
    ("ALICE", "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"),
    ("BOB", "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"),
    ("CUSTOMER", "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6"),
    ("SERVICE", "0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a"),
];
/// Contracts that hold ether, by the variables that name them.
const HOLDERS: [&str; 3] = ["OFFERING", "MARKET", "TOKEN"];
/// What everybody has at first, in wei: as there.
const ETHER: u128 = 10_000_000_000_000_000_000_000;

/// A folder that the program works in as long as the value is there.
pub(super) struct Folder {
    before: PathBuf,
    _folder: TempDir,
}

impl Folder {
    /// Goes to a new folder with the model, its calibration samples, and two images as inputs.
    pub(super) fn enter(bundle: &Bundle, sample: &Sample, other: &Sample) -> Result<Self, CliError> {
        let enter = || -> io::Result<Self> {
            let (before, folder) = (env::current_dir()?, tempfile::tempdir()?);
            env::set_current_dir(folder.path())?;
            Ok(Self { before, _folder: folder })
        };
        let entered = enter().map_err(CliError::Folder)?;
        file::store("digits.onnx", bundle.onnx, &Form::BYTES)?;
        write_floats("calibration.npy", bundle.calibration.view())?;
        // The samples are stacked along the first axis.
        let shape: Vec<usize> = [1].iter().chain(bundle.calibration.shape().iter().skip(1)).copied().collect();
        for (name, sample) in [("image.npy", sample), ("other.npy", other)] {
            let image = ArrayView::from_shape(IxDyn(&shape), &sample.pixels);
            write_floats(name, image.map_err(|_| CliError::Demo("an image is no input of the model"))?)?;
        }
        Ok(entered)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Where it is gone there is nothing to go back to.
        let _ = env::set_current_dir(&self.before);
    }
}

/// A chain that begins now.
pub(super) fn chain() -> Result<Devnet, CliError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let rich = |(_, key): &(&str, &str)| Ok((Wallet::parse(key)?.address(), U256::from(ETHER)));
    let accounts = ACCOUNTS.iter().map(rich).collect::<Result<Vec<_>, CliError>>()?;
    Ok(Devnet::new(now, &accounts))
}

/// The ether of all who take part, and of the contracts that there are.
pub(super) fn balances(shell: &Shell) -> Result<Vec<Value>, CliError> {
    let describe = |name: &str, address: Address, before: u128| {
        let after = shell.devnet.balance(address);
        json!({ "name": name, "address": address.to_string(), "wei_before": before.to_string(), "wei": after.to_string() })
    };
    let mut balances = Vec::new();
    for (name, key) in ACCOUNTS {
        balances.push(describe(name, Wallet::parse(key)?.address(), ETHER));
    }
    let contracts = HOLDERS.iter().filter_map(|name| Some((name, shell.get(name)?.parse().ok()?)));
    balances.extend(contracts.map(|(name, address)| describe(name, address, 0)));
    Ok(balances)
}
