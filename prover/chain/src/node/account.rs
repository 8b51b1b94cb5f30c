//! Transactions: signed first, so that their hashes are known before anyone else sees them.

use std::time::{Duration, Instant};

use alloy::{
    consensus::{SignableTransaction, TxEip1559},
    eips::eip2718::Encodable2718,
    network::TxSignerSync,
    primitives::{Address, B256, Bytes, TxKind, U256},
    providers::Provider,
    rpc::types::{Log, TransactionReceipt},
    sol_types::SolCall,
};
use serde::{Deserialize, Serialize};

use super::{Fees, Head, Node, NodeError, Price, Wallet};
use crate::chain::MAX_GAS;

/// How long a transaction is waited for before another takes its place.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long it is waited for at all.
const LIMIT: Duration = Duration::from_secs(600);
const POLL: Duration = Duration::from_millis(200);

/// An account that sends transactions.
#[derive(Clone, Debug)]
pub struct Account {
    /// Where to.
    pub node: Node,
    /// What it pays.
    pub fees: Fees,
    wallet: Wallet,
}

/// What a transaction is to do.
#[derive(Clone, Debug)]
pub struct Intent {
    /// What it is called.
    pub call: &'static str,
    /// Whom it calls; nobody, if it deploys.
    pub to: Option<Address>,
    /// The wei that it takes along.
    pub value: U256,
    /// Its calldata, or creation code.
    pub data: Bytes,
}

/// A transaction with its signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// Its hash.
    pub hash: [u8; 32],
    /// Its number among those of its account.
    pub nonce: u64,
    /// The most that it offers for a unit of gas, and the most of it for who makes the block.
    pub price: (u128, u128),
    /// Its bytes.
    pub raw: Vec<u8>,
}

/// A transaction in a block, where it did what it should.
#[derive(Clone, Debug)]
pub struct Mined {
    /// Its hash.
    pub hash: B256,
    /// The number of the block.
    pub block: u64,
    /// The gas that it used.
    pub gas: u64,
    /// The contract that it deployed.
    pub contract: Option<Address>,
    /// Its events.
    pub logs: Vec<Log>,
}

impl Intent {
    /// A call of a contract.
    #[must_use]
    pub fn call<C: SolCall>(to: Address, call: &C) -> Self {
        Self { call: C::SIGNATURE, to: Some(to), value: U256::ZERO, data: call.abi_encode().into() }
    }

    /// The deployment of a contract.
    #[must_use]
    pub fn deploy(call: &'static str, creation: Vec<u8>) -> Self {
        Self { call, to: None, value: U256::ZERO, data: creation.into() }
    }

    /// The same with wei.
    #[must_use]
    pub const fn paying(mut self, value: U256) -> Self {
        self.value = value;
        self
    }
}

impl Signed {
    /// What it offers for gas.
    #[must_use]
    pub const fn offer(&self) -> Price {
        Price { max: self.price.0, tip: self.price.1 }
    }
}

impl Account {
    /// An account on a chain.
    #[must_use]
    pub const fn new(node: Node, wallet: Wallet, fees: Fees) -> Self {
        Self { node, fees, wallet }
    }

    /// Its address.
    #[must_use]
    pub const fn address(&self) -> Address {
        self.wallet.address()
    }

    /// The gas to allow a transaction: what it takes as things stand, and some more, since things change.
    ///
    /// # Errors
    /// [`NodeError::Reverted`] if a contract refuses, [`NodeError::TooMuchGas`] if no block would hold it, and otherwise the node's.
    pub async fn estimate(&self, intent: &Intent) -> Result<u64, NodeError> {
        let request = intent.request(self.address());
        let used = self.node.provider.estimate_gas(request).await.map_err(|error| NodeError::of(intent.call, error))?;
        if used > MAX_GAS {
            return Err(NodeError::TooMuchGas { call: intent.call, needed: used, limit: MAX_GAS });
        }
        Ok((used + used / 8).min(MAX_GAS))
    }

    /// What to offer for gas now.
    ///
    /// # Errors
    /// [`NodeError::TooDear`] if gas costs more than may be paid, and otherwise the node's.
    pub async fn price(&self, head: &Head) -> Result<Price, NodeError> {
        self.fees.price(head, self.node.suggested_tip().await)
    }

    /// Signs a transaction, and sends it to nobody.
    ///
    /// # Errors
    /// [`NodeError`] if the signer fails.
    pub fn sign(&self, intent: &Intent, nonce: u64, gas_limit: u64, price: Price) -> Result<Signed, NodeError> {
        let mut transaction = TxEip1559 {
            chain_id: self.node.chain_id(),
            nonce,
            gas_limit,
            max_fee_per_gas: price.max,
            max_priority_fee_per_gas: price.tip,
            to: intent.to.map_or(TxKind::Create, TxKind::Call),
            value: intent.value,
            access_list: Default::default(),
            input: intent.data.clone(),
        };
        let signature = self.wallet.signer.sign_transaction_sync(&mut transaction);
        let signature = signature.map_err(|error| NodeError::Signature(error.to_string()))?;
        let signed = transaction.into_signed(signature);
        let hash = signed.hash().0;
        Ok(Signed { hash, nonce, price: (price.max, price.tip), raw: signed.encoded_2718() })
    }

    /// Hands a transaction to the node, and tells whether it took it. It does not where the number is used by now, or where
    /// another transaction has it that offers as much.
    ///
    /// # Errors
    /// [`NodeError`] if the node does not answer, refuses to, or answers nonsense.
    pub async fn broadcast(&self, signed: &Signed) -> Result<bool, NodeError> {
        const CALL: &str = "eth_sendRawTransaction";
        let Err(error) = self.node.provider.send_raw_transaction(&signed.raw).await else { return Ok(true) };
        let error = NodeError::of(CALL, error);
        let NodeError::Refused { reason, .. } = &error else { return Err(error) };
        let reason = reason.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| reason.contains(word));
        if says(&["already known", "already imported", "known transaction"]) {
            Ok(true)
        } else if says(&["nonce too low", "underpriced", "nonce is too low"]) {
            Ok(false)
        } else {
            Err(error)
        }
    }

    /// What became of a transaction; nothing while it is in no block.
    ///
    /// # Errors
    /// [`NodeError::Reverted`] if the transaction failed in its block, and otherwise the node's.
    pub async fn receipt(&self, call: &'static str, signed: &Signed) -> Result<Option<Mined>, NodeError> {
        let hash = B256::from(signed.hash);
        let receipt = self.node.provider.get_transaction_receipt(hash).await;
        let receipt = receipt.map_err(|error| NodeError::of("eth_getTransactionReceipt", error))?;
        let Some(receipt) = receipt else { return Ok(None) };
        let Some(block) = receipt.block_number.filter(|_| receipt.transaction_hash == hash) else {
            return Err(NodeError::nonsense("eth_getTransactionReceipt", "it is of another transaction"));
        };
        if !receipt.status() {
            return Err(NodeError::Failed { call, hash });
        }
        Ok(Some(self.mined(hash, block, signed.nonce, &receipt)))
    }

    /// Sends a transaction and waits until it is in a block, offering more when it takes long.
    ///
    /// # Errors
    /// - [`NodeError::Reverted`] if a contract refuses.
    /// - [`NodeError::TooDear`] or [`NodeError::TooMuchGas`] if it costs more than may be paid.
    /// - [`NodeError::Unmined`] if it is in no block after some time: it may still be mined.
    /// - Otherwise the node's.
    pub async fn send(&self, intent: &Intent) -> Result<Mined, NodeError> {
        let gas = self.estimate(intent).await?;
        let nonce = self.node.provider.get_transaction_count(self.address()).pending().await;
        let nonce = nonce.map_err(|error| NodeError::of("eth_getTransactionCount", error))?;
        let price = self.price(&self.node.head().await?).await?;
        let mut sent = vec![self.sign(intent, nonce, gas, price)?];
        if !self.broadcast(&sent[0]).await? {
            let reason = "another transaction of the account is under way: wait for it".to_owned();
            return Err(NodeError::Refused { call: intent.call, reason });
        }
        let start = Instant::now();
        while start.elapsed() < LIMIT {
            for signed in &sent {
                if let Some(mined) = self.receipt(intent.call, signed).await? {
                    return Ok(mined);
                }
            }
            if start.elapsed() > PATIENCE * sent.len() as u32 {
                let fresh = self.price(&self.node.head().await?).await;
                let last = sent.last().map(Signed::offer).unwrap_or(price);
                if let Some(price) = fresh.ok().and_then(|fresh| self.fees.bump(last, fresh)) {
                    let signed = self.sign(intent, nonce, gas, price)?;
                    self.broadcast(&signed).await?;
                    sent.push(signed);
                }
            }
            tokio::time::sleep(POLL).await;
        }
        Err(NodeError::Unmined { call: intent.call, hash: B256::from(sent[0].hash), seconds: LIMIT.as_secs() })
    }

    /// Hands over a transaction that somebody else has signed, and waits until it is in a block.
    ///
    /// # Errors
    /// - [`NodeError::Reverted`] if it failed in its block.
    /// - [`NodeError::Unmined`] if it is in no block after some time: it may still be mined.
    /// - Otherwise the node's.
    pub async fn forward(&self, call: &'static str, signed: &Signed) -> Result<Mined, NodeError> {
        if !self.broadcast(signed).await? {
            return Err(NodeError::Refused { call, reason: "the node does not take the transaction".into() });
        }
        let start = Instant::now();
        while start.elapsed() < LIMIT {
            if let Some(mined) = self.receipt(call, signed).await? {
                return Ok(Mined { contract: None, ..mined });
            }
            tokio::time::sleep(POLL).await;
        }
        Err(NodeError::Unmined { call, hash: B256::from(signed.hash), seconds: LIMIT.as_secs() })
    }

    /// The address of what was deployed follows from the account and the number; the node is not asked.
    fn mined(&self, hash: B256, block: u64, nonce: u64, receipt: &TransactionReceipt) -> Mined {
        let contract = receipt.to.is_none().then(|| self.address().create(nonce));
        Mined { hash, block, gas: receipt.gas_used, contract, logs: receipt.logs().to_vec() }
    }
}
