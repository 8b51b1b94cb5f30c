//! A node of a chain for development inside the program.
//!
//! It takes and gives the same bytes as a node over HTTP, so every client of a node can talk to it. It checks every transaction
//! as nodes do. Each transaction has a block of its own, and is in it before the node answers. Nothing waits, and no block is
//! undone. The node has only the methods that [`crate::node`] uses.
//!
//! | file | idea |
//! |---|---|
//! | [`Devnet`] | the node: bytes to bytes, and time |
//! | `methods` | which method answers what |
//! | `request` | a request, and its parameters, one after the other |
//! | `blocks` | the chain: what is in it, and how a block is added |
//! | `block` | a block with the state after it, and its header |
//! | `direct` | what happens without a transaction, and what gas would be spent on |
//! | `execution` | calls, transactions and estimates of their gas, on a state |
//! | `simulation` | transactions one after another, in a block that is not added |
//! | `envelope` | a signed transaction, from its bytes |
//! | `error` | why a request is refused, in JSON-RPC's and nodes' own words |

mod block;
mod blocks;
mod direct;
mod envelope;
mod execution;
mod machine;
mod methods;
mod outcome;
mod request;
mod rpc_error;
mod simulation;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alloy::{
    primitives::{Address, U256},
    rpc::{
        json_rpc::{Id, Response, ResponsePayload},
        types::TransactionReceipt,
    },
};

use blocks::Blocks;
use request::Request;
use rpc_error::RpcError;

pub use direct::{Deployment, SENDER, Trace};
pub use outcome::Outcome;

/// The answer if an answer can't be encoded.
const MUTE: &[u8] = br#"{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"Internal error"}}"#;

/// The node. Copies are of one chain.
#[derive(Clone, Debug)]
pub struct Devnet {
    blocks: Arc<Mutex<Blocks>>,
}

/// A chain that begins in 1970, where nobody has ether.
impl Default for Devnet {
    fn default() -> Self {
        Self::new(0, &[])
    }
}

impl Devnet {
    /// A chain that begins at a time, in seconds since 1970, with ether for some accounts, in wei.
    #[must_use]
    pub fn new(time: u64, accounts: &[(Address, U256)]) -> Self {
        Self { blocks: Arc::new(Mutex::new(Blocks::new(time, accounts))) }
    }

    /// The answer to a JSON-RPC request, as a body of HTTP has either.
    #[must_use]
    pub fn answer(&self, body: &[u8]) -> Vec<u8> {
        let (id, answer) = match Request::read(body) {
            Ok(mut request) => {
                let parameters = request.parameters();
                let answer = methods::answer(&mut self.blocks(), &request.method, parameters);
                (request.id.unwrap_or(Id::None), answer)
            }
            Err(error) => (Id::None, Err(error)),
        };
        let payload = match answer {
            Ok(result) => ResponsePayload::Success(result),
            Err(error) => ResponsePayload::Failure(error.into_payload()),
        };
        serde_json::to_vec(&Response { id, payload }).unwrap_or_else(|_| MUTE.to_vec())
    }

    /// Adds an empty block after so many seconds, of which there is one at least.
    pub fn pass(&self, seconds: u64) {
        self.blocks().pass(seconds);
    }

    /// The number of the last block.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.blocks().head().number()
    }

    /// An account's wei.
    #[must_use]
    pub fn balance(&self, address: Address) -> U256 {
        self.blocks().head().account(address).balance
    }

    /// The receipts of the transactions after a block, in order.
    #[must_use]
    pub fn receipts(&self, after: u64) -> Vec<TransactionReceipt> {
        self.blocks().receipts(after).cloned().collect()
    }

    /// A thread that panicked has changed nothing, since a block is added as a whole.
    fn blocks(&self) -> MutexGuard<'_, Blocks> {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
