//! Deployments and calls on the chain without a transaction. Calls can divide their gas by part.
//!
//! Benchmarks, audits and tests use the contracts this way. Nobody signs, and gas is free.

use std::mem;

use revm::{
    InspectEvm, MainBuilder,
    context::{BlockEnv, TxEnv, result::ResultAndState},
    database::CacheDB,
    primitives::{Address, Bytes, TxKind},
};

use super::{Devnet, Outcome, block::Block, machine};
use crate::chain::{CHAIN_ID, ChainError, MAX_GAS, Spent, creation_code, meter::Meter, rules};

/// The account that deploys contracts without a transaction.
pub const SENDER: Address = Address::repeat_byte(0x11);

/// How a call ended, and what it would cost as a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The gas it used, refunds taken off, and no less than its calldata costs at least (EIP-7623).
    pub gas: u64,
    /// The gas of its execution, by part.
    pub spent: Spent,
    /// How it ended.
    pub outcome: Outcome,
}

/// A contract that is there now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Its address.
    pub address: Address,
    /// The gas of a transaction that deploys it.
    pub gas: u64,
    /// The bytes of its code.
    pub bytes: usize,
}

impl Devnet {
    /// Deploys a contract by running its creation code.
    ///
    /// # Errors
    ///
    /// If no block would hold the transaction, or if the code does not become a contract.
    pub fn deploy(&self, creation: Vec<u8>) -> Result<Deployment, ChainError> {
        self.construct(creation).map(|(deployment, _)| deployment)
    }

    /// Deploys a contract, and returns the code that its constructor has given it.
    ///
    /// # Errors
    ///
    /// If no block would hold the transaction, or if the code does not become a contract.
    pub fn construct(&self, creation: Vec<u8>) -> Result<(Deployment, Vec<u8>), ChainError> {
        let mut blocks = self.blocks();
        let (ResultAndState { result, state }, _) = run(blocks.head(), CHAIN_ID, TxKind::Create, creation)?;
        let gas = result.tx_gas_used();
        match (result.created_address(), Outcome::from(result)) {
            (Some(address), Outcome::Returned(code)) => {
                blocks.alter(state);
                Ok((Deployment { address, gas, bytes: code.len() }, code))
            }
            (_, Outcome::Halted(reason)) => Err(ChainError::Deployment(reason)),
            _ => Err(ChainError::Deployment("its constructor reverts".into())),
        }
    }

    /// The code that creation code gives to an account of a chain with a number, without a transaction. Returns `None` if the
    /// constructor reverts.
    ///
    /// What the account makes in its turn has the addresses that follow from this one.
    ///
    /// # Errors
    ///
    /// If no block would hold the transaction.
    pub fn construct_at(&self, chain: u64, address: Address, creation: Vec<u8>) -> Result<Option<Vec<u8>>, ChainError> {
        // Creation code is code that returns code: it runs as the account's own.
        self.place(address, creation);
        let (answer, _) = run(self.blocks().head(), chain, TxKind::Call(address), Vec::new())?;
        Ok(match Outcome::from(answer.result) {
            Outcome::Returned(code) => Some(code),
            Outcome::Reverted(_) | Outcome::Halted(_) => None,
        })
    }

    /// Deploys a contract whose code is data.
    ///
    /// # Errors
    ///
    /// If there is more data than a contract's code may have.
    pub fn deploy_code(&self, code: &[u8]) -> Result<Deployment, ChainError> {
        self.deploy(creation_code(code)?)
    }

    /// Gives an address code that nobody deployed.
    pub fn place(&self, address: Address, code: Vec<u8>) {
        self.blocks().place(address, code);
    }

    /// The effect and the cost of a call as a transaction, with its gas by part. Nothing changes.
    ///
    /// # Errors
    ///
    /// If no block would hold the transaction.
    pub fn trace(&self, to: Address, calldata: Vec<u8>) -> Result<Trace, ChainError> {
        let (answer, spent) = run(self.blocks().head(), CHAIN_ID, TxKind::Call(to), calldata)?;
        Ok(Trace { gas: answer.result.tx_gas_used(), spent, outcome: answer.result.into() })
    }
}

/// Runs a transaction of [`SENDER`] for which nothing is paid, as things stand after a block.
fn run(block: &Block, chain: u64, kind: TxKind, data: Vec<u8>) -> Result<(ResultAndState, Spent), ChainError> {
    let free = BlockEnv { basefee: 0, ..machine::environment(block.header()) };
    let request = TxEnv {
        caller: SENDER,
        gas_limit: MAX_GAS,
        gas_price: 0,
        kind,
        data: Bytes::from(data),
        nonce: block.account(SENDER).nonce,
        chain_id: Some(chain),
        ..TxEnv::default()
    };
    let context = rules::context(CacheDB::new(block.state())).with_block(free);
    let context = context.modify_cfg_chained(|rules| rules.chain_id = chain);
    let mut evm = context.build_mainnet_with_inspector(Meter::default());
    let answer = evm.inspect_tx(request).map_err(|error| ChainError::Invalid(error.to_string()))?;
    Ok((answer, mem::take(&mut evm.inspector).into_spent()))
}

#[cfg(test)]
mod tests {
    use revm::primitives::{Address, address};

    use super::{ChainError, Devnet, Outcome};
    use crate::chain::MAX_CODE;

    #[test]
    fn code_is_deployed_as_it_is() {
        let chain = Devnet::default();
        // PUSH0, PUSH0, REVERT
        let reverts = chain.deploy_code(&[0x5f, 0x5f, 0xfd]).unwrap();
        assert_eq!(chain.trace(reverts.address, Vec::new()).unwrap().outcome, Outcome::Reverted(Vec::new()));
        // STOP, as data has it at its beginning.
        let stops = chain.deploy_code(&[0; MAX_CODE]).unwrap();
        assert_eq!((stops.bytes, stops.address != reverts.address), (MAX_CODE, true));
        let transaction = chain.trace(stops.address, vec![0, 1]).unwrap();
        assert_eq!(transaction.outcome, Outcome::Returned(Vec::new()));
        // 21000, and by EIP-7623 at least 10 for a zero byte and 40 for another.
        assert_eq!(transaction.gas, 21_050);
        // INVALID
        let fails = chain.deploy_code(&[0xfe]).unwrap();
        assert!(matches!(chain.trace(fails.address, Vec::new()).unwrap().outcome, Outcome::Halted(_)));
    }

    #[test]
    fn code_that_no_chain_takes_is_refused() {
        let chain = Devnet::default();
        for code in [vec![0; MAX_CODE + 1], vec![0; 1 << 16], vec![0xef]] {
            assert!(matches!(chain.deploy_code(&code), Err(ChainError::Deployment(_))));
        }
        assert!(matches!(chain.deploy(vec![0; 3 * MAX_CODE]), Err(ChainError::Invalid(_))));
        // And nothing is wrong afterwards.
        assert!(chain.deploy_code(&[0]).is_ok());
    }

    #[test]
    fn precompiles_are_those_of_osaka() {
        let chain = Devnet::default();
        // 3^5 mod 100: a length word for each, then the three numbers.
        let mut input = vec![0; 99];
        (input[31], input[63], input[95]) = (1, 1, 1);
        input[96..].copy_from_slice(&[3, 5, 100]);
        let modexp: Address = address!("0000000000000000000000000000000000000005");
        let answer = chain.trace(modexp, input.clone()).unwrap();
        assert_eq!(answer.outcome, Outcome::Returned(vec![43]));
        let zeros = input.iter().filter(|byte| **byte == 0).count() as u64;
        // EIP-7883: 500 at least, where it was 200 before.
        let regular = 21_000 + 4 * zeros + 16 * (99 - zeros) + 500;
        assert_eq!(answer.gas, regular.max(21_000 + 10 * zeros + 40 * (99 - zeros)));
        // G + G, which is a point other than G.
        let addition: Address = address!("0000000000000000000000000000000000000006");
        let mut points = vec![0; 128];
        (points[31], points[63], points[95], points[127]) = (1, 2, 1, 2);
        let Outcome::Returned(sum) = chain.trace(addition, points).unwrap().outcome else { panic!("no sum") };
        assert_eq!((sum.len(), &sum[..4]), (64, [0x03, 0x06, 0x44, 0xe7].as_slice()));
    }
}
