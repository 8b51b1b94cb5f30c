//! Accounts and transactions.

use std::mem;

use revm::{
    ExecuteEvm, InspectCommitEvm, InspectEvm, MainBuilder, MainnetEvm,
    context::{TxEnv, result::ExecutionResult},
    database::InMemoryDB,
    handler::MainnetContext,
    primitives::{Address, Bytes, TxKind, U256},
    state::{AccountInfo, Bytecode},
};

use super::{
    ChainError,
    meter::{Meter, Spent},
    rules::{self, CHAIN_ID, MAX_CODE, MAX_GAS},
};

/// Who sends all transactions.
pub const SENDER: Address = Address::repeat_byte(0x11);

/// A chain that ends with the program.
#[derive(Debug)]
pub struct Chain {
    evm: MainnetEvm<MainnetContext<InMemoryDB>, Meter>,
    nonce: u64,
    id: u64,
}

/// A transaction that is in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The gas it used, refunds taken off, and no less than its calldata costs at least (EIP-7623).
    pub gas: u64,
    /// What its execution was spent on.
    pub spent: Spent,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With these bytes.
    Returned(Vec<u8>),
    /// Undone by the contract, which says why in these bytes.
    Reverted(Vec<u8>),
    /// Undone by the machine, for want of gas say.
    Halted(String),
}

/// A contract that is there now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Its address.
    pub address: Address,
    /// The gas of the transaction that deployed it.
    pub gas: u64,
    /// The bytes of its code.
    pub bytes: usize,
}

impl Default for Chain {
    fn default() -> Self {
        Self::new(CHAIN_ID)
    }
}

impl Chain {
    /// A chain with a number.
    #[must_use]
    pub fn new(id: u64) -> Self {
        let context = rules::context(InMemoryDB::default()).modify_cfg_chained(|rules| rules.chain_id = id);
        Self { evm: context.build_mainnet_with_inspector(Meter::default()), nonce: 0, id }
    }

    /// Deploys a contract by running its creation code.
    pub fn deploy(&mut self, creation: Vec<u8>) -> Result<Deployment, ChainError> {
        self.construct(creation).map(|(deployment, _)| deployment)
    }

    /// Deploys a contract, and tells what code its constructor has given it.
    pub fn construct(&mut self, creation: Vec<u8>) -> Result<(Deployment, Vec<u8>), ChainError> {
        let (result, _) = self.transact(TxKind::Create, creation)?;
        let gas = result.tx_gas_used();
        match (result.created_address(), outcome(result)) {
            (Some(address), Outcome::Returned(code)) => Ok((Deployment { address, gas, bytes: code.len() }, code)),
            (_, Outcome::Halted(reason)) => Err(ChainError::Deployment(reason)),
            _ => Err(ChainError::Deployment("its constructor reverts".into())),
        }
    }

    /// The code that creation code gives to an account, without a transaction. None if it reverts.
    ///
    /// What the account makes in its turn has the addresses that follow from this one.
    pub fn construct_at(&mut self, address: Address, creation: Vec<u8>) -> Result<Option<Vec<u8>>, ChainError> {
        // Creation code is code that returns code: it runs as the account's own.
        self.place(address, creation);
        match self.view(address, vec![])? {
            Outcome::Returned(code) => Ok(Some(code)),
            Outcome::Reverted(_) | Outcome::Halted(_) => Ok(None),
        }
    }

    /// Deploys a contract whose code is data.
    pub fn deploy_code(&mut self, code: &[u8]) -> Result<Deployment, ChainError> {
        self.deploy(creation_code(code)?)
    }

    /// Gives an address code that nobody deployed.
    pub fn place(&mut self, address: Address, code: Vec<u8>) {
        let account = AccountInfo::from_bytecode(Bytecode::new_legacy(code.into()));
        self.evm.ctx.modify_db(|db| db.insert_account_info(address, account));
    }

    /// Has the next blocks begin at a time, in seconds since 1970.
    pub fn set_time(&mut self, seconds: u64) {
        self.evm.ctx.modify_block(|block| block.timestamp = U256::from(seconds));
    }

    /// Sends a transaction.
    pub fn send(&mut self, to: Address, calldata: Vec<u8>) -> Result<Transaction, ChainError> {
        let (result, spent) = self.transact(TxKind::Call(to), calldata)?;
        Ok(Transaction { gas: result.tx_gas_used(), spent, outcome: outcome(result) })
    }

    /// Calls without a transaction: whatever changes is forgotten.
    pub fn view(&mut self, to: Address, calldata: Vec<u8>) -> Result<Outcome, ChainError> {
        let request = self.request(TxKind::Call(to), calldata);
        let answer = self.evm.transact(request).map_err(|error| ChainError::Invalid(error.to_string()))?;
        Ok(outcome(answer.result))
    }

    fn transact(&mut self, kind: TxKind, data: Vec<u8>) -> Result<(ExecutionResult, Spent), ChainError> {
        let request = self.request(kind, data);
        self.evm.set_inspector(Meter::default());
        let result = self.evm.inspect_tx_commit(request).map_err(|error| ChainError::Invalid(error.to_string()))?;
        self.nonce += 1;
        Ok((result, mem::take(&mut self.evm.inspector).into_spent()))
    }

    /// Gas is free, so that the sender needs no ether.
    fn request(&self, kind: TxKind, data: Vec<u8>) -> TxEnv {
        TxEnv {
            caller: SENDER,
            gas_limit: MAX_GAS,
            gas_price: 0,
            kind,
            data: Bytes::from(data),
            nonce: self.nonce,
            chain_id: Some(self.id),
            ..TxEnv::default()
        }
    }
}

pub(super) fn outcome(result: ExecutionResult) -> Outcome {
    match result {
        ExecutionResult::Success { output, .. } => Outcome::Returned(output.into_data().into()),
        ExecutionResult::Revert { output, .. } => Outcome::Reverted(output.into()),
        ExecutionResult::Halt { reason, .. } => Outcome::Halted(format!("{reason:?}")),
    }
}

/// Creation code of a contract whose code is data.
pub fn creation_code(code: &[u8]) -> Result<Vec<u8>, ChainError> {
    let length = u16::try_from(code.len()).ok().filter(|_| code.len() <= MAX_CODE);
    let length = length.ok_or_else(|| ChainError::Deployment(format!("it has {} bytes", code.len())))?;
    Ok([creation(length).as_slice(), code].concat())
}

/// Creation code that returns the `length` bytes behind it.
fn creation(length: u16) -> [u8; 10] {
    let [high, low] = length.to_be_bytes();
    [
        0x61, high, low,  // PUSH2 length
        0x80, // DUP1
        0x60, 10,   // PUSH1 the bytes of this
        0x5f, // PUSH0
        0x39, // CODECOPY: to 0, from behind this, length
        0x5f, // PUSH0
        0xf3, // RETURN: from 0, length
    ]
}

#[cfg(test)]
mod tests {
    use revm::primitives::{Address, address};

    use super::{Chain, ChainError, MAX_CODE, Outcome};

    #[test]
    fn code_is_deployed_as_it_is() {
        let mut chain = Chain::default();
        // PUSH0, PUSH0, REVERT
        let reverts = chain.deploy_code(&[0x5f, 0x5f, 0xfd]).unwrap();
        assert_eq!(chain.send(reverts.address, Vec::new()).unwrap().outcome, Outcome::Reverted(Vec::new()));
        // STOP, as data has it at its beginning.
        let stops = chain.deploy_code(&[0; MAX_CODE]).unwrap();
        assert_eq!((stops.bytes, stops.address != reverts.address), (MAX_CODE, true));
        let transaction = chain.send(stops.address, vec![0, 1]).unwrap();
        assert_eq!(transaction.outcome, Outcome::Returned(Vec::new()));
        // 21000, and by EIP-7623 at least 10 for a zero byte and 40 for another.
        assert_eq!(transaction.gas, 21_050);
        // INVALID
        let fails = chain.deploy_code(&[0xfe]).unwrap();
        assert!(matches!(chain.send(fails.address, Vec::new()).unwrap().outcome, Outcome::Halted(_)));
    }

    #[test]
    fn code_that_no_chain_takes_is_refused() {
        let mut chain = Chain::default();
        for code in [vec![0; MAX_CODE + 1], vec![0; 1 << 16], vec![0xef]] {
            assert!(matches!(chain.deploy_code(&code), Err(ChainError::Deployment(_))));
        }
        assert!(matches!(chain.deploy(vec![0; 3 * MAX_CODE]), Err(ChainError::Invalid(_))));
        // And nothing is wrong afterwards.
        assert!(chain.deploy_code(&[0]).is_ok());
    }

    #[test]
    fn precompiles_are_those_of_osaka() {
        let mut chain = Chain::default();
        // 3^5 mod 100: a length word for each, then the three numbers.
        let mut input = vec![0; 99];
        (input[31], input[63], input[95]) = (1, 1, 1);
        input[96..].copy_from_slice(&[3, 5, 100]);
        let modexp: Address = address!("0000000000000000000000000000000000000005");
        let answer = chain.send(modexp, input.clone()).unwrap();
        assert_eq!(answer.outcome, Outcome::Returned(vec![43]));
        let zeros = input.iter().filter(|byte| **byte == 0).count() as u64;
        // EIP-7883: 500 at least, where it was 200 before.
        let regular = 21_000 + 4 * zeros + 16 * (99 - zeros) + 500;
        assert_eq!(answer.gas, regular.max(21_000 + 10 * zeros + 40 * (99 - zeros)));
        assert_eq!(chain.view(modexp, input).unwrap(), Outcome::Returned(vec![43]));
        // G + G, which is a point other than G.
        let addition: Address = address!("0000000000000000000000000000000000000006");
        let mut points = vec![0; 128];
        (points[31], points[63], points[95], points[127]) = (1, 2, 1, 2);
        let Outcome::Returned(sum) = chain.view(addition, points).unwrap() else { panic!("no sum") };
        assert_eq!((sum.len(), &sum[..4]), (64, [0x03, 0x06, 0x44, 0xe7].as_slice()));
    }
}
