//! A market on a chain inside the process, with open requests for a model that is offered in batches.

use alloy::{
    primitives::{Address, B256, Bytes, Log, U256, keccak256},
    sol_types::{SolCall, SolConstructor},
};
use hallmark_chain::{
    chain::{Devnet, creation_code, key_code},
    node::{
        Account, Answer, Fees, Intent, Node, NodeError, Wallet,
        contracts::{
            Contract,
            market::{
                IInferenceMarket::{Batch, Order},
                InferenceMarket::{self, fulfilBatchCall, listCall, requestHashedCall},
            },
            registry::ModelRegistry::{self, addBatchKeyCall, registerCall},
        },
    },
};
use hallmark_circuits::digest::Digest;
use hallmark_operator::{model_id, request_id};
use hallmark_testing::batched::Batched;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use tokio::runtime::Runtime;

use super::SIZES;

const TIME: u64 = 1_800_000_000;
const KEY: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const ETHER: u128 = 1_000_000_000_000_000_000;
pub(super) const PAYEES: [Address; 3] =
    [Address::repeat_byte(0xb0), Address::repeat_byte(0xca), Address::repeat_byte(0xda)];

/// The market, and what proves for it.
pub(super) struct World {
    runtime: Runtime,
    account: Account,
    pub(super) market: Address,
    pub(super) id: B256,
    pub(super) model: Batched,
    /// The requests, each with the answer that the model gives.
    pub(super) answers: Vec<Answer>,
}

impl World {
    pub(super) fn new() -> Self {
        let model = Batched::new(&SIZES, &mut ChaCha20Rng::seed_from_u64(21));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (account, market, id) = runtime.block_on(set_up(&model));
        let mut world = Self { runtime, account, market, id, model, answers: Vec::new() };
        // More than the largest batch takes.
        world.answers = (0..10).map(|number| world.request(number)).collect();
        world
    }

    pub(super) fn chain(&self) -> u64 {
        self.account.node.chain_id()
    }

    /// Orders an answer, and tells which it will be.
    fn request(&self, number: u8) -> Answer {
        let input = [number, 3, 0x80, 20 * number];
        let order = Order {
            modelId: self.id,
            inputHash: keccak256(input),
            deadline: TIME + 86_400,
            bond: 0,
            lockSeconds: 0,
            callback: Address::ZERO,
            callbackGas: 0,
        };
        let call = Intent::call(self.market, &requestHashedCall { order: order.clone() });
        self.runtime.block_on(self.account.send(&call)).unwrap();
        let customer = self.account.address();
        let request = request_id(self.chain(), self.market, customer, U256::from(number), &order, 0);
        let output = self.model.answer(&input).into();
        Answer { request, payee: PAYEES[0], input: input.to_vec().into(), output }
    }

    /// A batch of the first requests, with its proof.
    pub(super) fn batch(&self, size: usize, count: usize, rng: &mut ChaCha20Rng) -> Batch {
        let mut answers = self.answers[..count].to_vec();
        answers.iter_mut().for_each(|answer| answer.payee = PAYEES[rng.random_range(0..PAYEES.len())]);
        let batch = Batch::gather(self.id, size, &answers).unwrap();
        let [inputs, outputs] = batch.filled().unwrap();
        let context = Digest(batch.context(self.chain(), self.market).0);
        let settled = self.model.settle(size, context, &inputs, rng);
        assert_eq!(settled.output, outputs);
        Batch { proof: settled.proof.into(), ..batch }
    }

    /// What the market would say to this calldata: its events, or the name of its error.
    pub(super) fn market_says(&self, calldata: &[u8]) -> Result<Vec<Log>, String> {
        let (to, data) = (Some(self.market), Bytes::copy_from_slice(calldata));
        let intent = Intent { call: fulfilBatchCall::SIGNATURE, to, value: U256::ZERO, data };
        match self.runtime.block_on(self.account.node.simulate(&[(self.account.address(), &intent)])) {
            Ok(simulated) => Ok(simulated.into_iter().flat_map(|call| call.logs).map(|log| log.inner).collect()),
            Err(NodeError::Reverted { revert, .. }) => Err(revert.name.unwrap_or("no reason").to_owned()),
            Err(NodeError::Refused { reason, .. }) => Err(reason),
            Err(error) => panic!("{error}"),
        }
    }
}

/// The contracts, the model in them, and the keys of its batches.
async fn set_up(model: &Batched) -> (Account, Address, B256) {
    let wallet = Wallet::parse(KEY).unwrap();
    let devnet = Devnet::new(TIME, &[(wallet.address(), U256::from(ETHER))]);
    let node = Node::embedded(devnet, None).await.unwrap();
    let account = Account::new(node, wallet, Fees::default());
    let verifier = deploy(&account, Contract::Verifier, Vec::new()).await;
    let setup_ = model.srs.opening_key().into();
    let arguments = ModelRegistry::constructorCall { verifier_: verifier, setup_, development: true };
    let registry = deploy(&account, Contract::Registry, arguments.abi_encode()).await;
    let arguments = InferenceMarket::constructorCall { registry_: registry };
    let market = deploy(&account, Contract::Market, arguments.abi_encode()).await;

    let digest = B256::from(model.key.digest().0);
    let key = store(&account, &model.key.to_bytes()).await;
    let register = registerCall { key, keyDigest: digest, predecessor: B256::ZERO, uri: String::new() };
    account.send(&Intent::call(registry, &register)).await.unwrap();
    let id = model_id(account.node.chain_id(), registry, account.address(), digest, B256::ZERO, "");
    let list = listCall { modelId: id, holders: Address::repeat_byte(0x77), holdersBps: 1000 };
    account.send(&Intent::call(market, &list)).await.unwrap();
    for size in SIZES {
        let key = store(&account, &model.key.batch(size).unwrap().to_bytes()).await;
        let call = addBatchKeyCall { modelId: id, size: U256::from(size), key };
        account.send(&Intent::call(registry, &call)).await.unwrap();
    }
    (account, market, id)
}

async fn deploy(account: &Account, contract: Contract, arguments: Vec<u8>) -> Address {
    let intent = Intent::deploy(contract.deployment(), contract.creation(&arguments).unwrap());
    account.send(&intent).await.unwrap().contract.unwrap()
}

async fn store(account: &Account, key: &[u8]) -> Address {
    let intent = Intent::deploy("a key", creation_code(&key_code(key)).unwrap());
    account.send(&intent).await.unwrap().contract.unwrap()
}
