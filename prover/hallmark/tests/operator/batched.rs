//! Answers of different customers that one transaction settled: each customer finds its own, and an audit replays all.

use alloy::{
    primitives::{Address, B256, U256, keccak256},
    sol_types::SolCall,
};
use hallmark_chain::node::{
    Account, Answer, Intent,
    contracts::market::{
        IInferenceMarket::{Batch, Order},
        InferenceMarket::{fulfilBatchCall, listCall, nonceOfCall, requestCall},
    },
};
use hallmark_circuits::digest::Digest;
use hallmark_operator::request_id;
use hallmark_proving::artifact::{Model, write_model};
use hallmark_testing::batched::Batched;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    anvil::Anvil,
    program::{done, hallmark, say, text},
    relay::{Relay, pass_on},
    world::{CUSTOMER, DEPLOYER, FEE, OPERATOR, RIVAL, at},
};

const CHAIN: u64 = 31_337;
const SIZE: usize = 4;
const INPUTS: [[u8; 4]; 3] = [[1, 2, 3, 4], [5, 6, 7, 8], [100, 0, 0x80, 9]];

/// A market for a model that is offered in batches.
struct World {
    anvil: Anvil,
    folder: TempDir,
    model: Batched,
    registry: Address,
    market: Address,
    id: B256,
}

impl World {
    async fn new() -> Self {
        let (anvil, folder) = (Anvil::start(&[]), TempDir::new().unwrap());
        let model = Batched::new(&[2, SIZE], &mut ChaCha20Rng::seed_from_u64(31));
        let file = |name: &str| at(folder.path(), name);
        model.srs.write(&file("srs.bin")).unwrap();
        write_model(&file("b.hallmark"), &Model::from_committed(model.model.clone())).unwrap();
        let rpc = format!("--rpc {}", anvil.url());
        done(DEPLOYER, &format!("export-key {} -o {}", file("b.hallmark"), file("b.key")));
        let deployed = done(DEPLOYER, &format!("deploy --srs {} --for-tests {rpc}", file("srs.bin")));
        let [registry, market] = ["registry", "market"].map(|name| text(&deployed, name).parse::<Address>().unwrap());
        let register = format!("register {} --srs {} --registry {registry} {rpc}", file("b.hallmark"), file("srs.bin"));
        let id = text(&done(DEPLOYER, &register), "model").parse().unwrap();
        let deployer = anvil.account(DEPLOYER).await;
        let list = listCall { modelId: id, holders: Address::repeat_byte(0x77), holdersBps: 1000 };
        deployer.send(&Intent::call(market, &list)).await.unwrap();
        Self { anvil, folder, model, registry, market, id }
    }

    /// Requests of three customers.
    async fn requests(&self) -> Vec<B256> {
        let mut ids = Vec::new();
        for (customer, input) in [CUSTOMER, RIVAL, DEPLOYER].into_iter().zip(INPUTS) {
            ids.push(self.request(&self.anvil.account(customer).await, input).await);
        }
        ids
    }

    async fn request(&self, customer: &Account, input: [u8; 4]) -> B256 {
        let order = Order {
            modelId: self.id,
            inputHash: keccak256(input),
            deadline: customer.node.head().await.unwrap().timestamp + 3600,
            bond: 0,
            lockSeconds: 0,
            callback: Address::ZERO,
            callbackGas: 0,
        };
        let address = customer.address();
        let nonce = customer.node.view(self.market, &nonceOfCall { customer: address }).await.unwrap();
        let call = requestCall { order: order.clone(), input: input.to_vec().into() };
        customer.send(&Intent::call(self.market, &call).paying(U256::from(FEE))).await.unwrap();
        request_id(CHAIN, self.market, address, nonce, &order, FEE)
    }

    /// One batch with an answer to each request.
    fn batch(&self, ids: &[B256], payee: Address) -> Batch {
        let answer = |(request, input): (&B256, [u8; 4])| {
            let output = self.model.answer(&input).into();
            Answer { request: *request, payee, input: input.to_vec().into(), output }
        };
        let answers: Vec<Answer> = ids.iter().zip(INPUTS).map(answer).collect();
        let batch = Batch::gather(self.id, SIZE, &answers).unwrap();
        let [inputs, _] = batch.filled().unwrap();
        let context = Digest(batch.context(CHAIN, self.market).0);
        let settled = self.model.settle(SIZE, context, &inputs, &mut ChaCha20Rng::seed_from_u64(32));
        Batch { proof: settled.proof.into(), ..batch }
    }

    fn answer(&self, id: B256, rest: &str) -> String {
        format!("answer {id} --market {} --rpc {} {rest}", self.market, self.anvil.url())
    }

    /// With the files that say what bytes mean, and what proofs are held against.
    fn files(&self) -> String {
        let file = |name: &str| at(self.folder.path(), name);
        format!("--model-key {} --srs {}", file("b.key"), file("srs.bin"))
    }

    fn audit(&self, rest: &str) -> (i32, Value) {
        let Self { id, registry, market, anvil, .. } = self;
        let url = anvil.url();
        let command = format!("audit {id} --registry {registry} --market {market} --rpc {url} --for-tests");
        say(RIVAL, &format!("{command} {} {rest}", self.files()))
    }

    /// The answers that the audit found, each with its line.
    fn assert_replayed(&self, ids: &[B256], words: &str) {
        let (code, audit) = self.audit("");
        assert_eq!((code, &audit["failed"]), (0, &json!(0)), "{audit:#}");
        let checks = audit["checks"].as_array().unwrap();
        let line = |name: &str| checks.iter().find(|check| check["name"] == name).unwrap();
        assert_eq!(text(line("batches"), "detail"), "recorded are those of 2, 4");
        assert!(text(line("count"), "detail").starts_with(&ids.len().to_string()), "{audit:#}");
        for id in ids {
            let check = line(&id.to_string());
            assert!(check["verdict"] == "pass" && text(check, "detail").contains(words), "{check}");
        }
        let settlements = audit["settlements"].as_array().unwrap();
        assert!(
            settlements.iter().all(|found| found["batch"] == json!({ "answers": 3, "size": 4 })),
            "{settlements:?}"
        );
        // All of the transaction's gas is shared among its answers, however many of them are looked at.
        let gas = settlements[0]["gas"].as_u64().unwrap();
        assert!((100_000..300_000).contains(&gas), "{gas}");
        let (_, last) = self.audit("--replay 1");
        let settlements = last["settlements"].as_array().unwrap();
        assert_eq!((settlements.len(), &settlements[0]["gas"]), (1, &json!(gas)));
    }
}

#[tokio::test]
async fn three_customers_find_their_answers_in_one_transaction() {
    let world = World::new().await;
    let ids = world.requests().await;
    let operator = world.anvil.account(OPERATOR).await;
    let batch = world.batch(&ids, operator.address());
    operator.send(&Intent::call(world.market, &fulfilBatchCall { b: batch.clone() })).await.unwrap();

    let mut transactions = Vec::new();
    for (id, answer) in ids.iter().zip(batch.answers().unwrap()) {
        let (code, found) = say(CUSTOMER, &world.answer(*id, &world.files()));
        assert_eq!((code, &found["proof"]), (0, &json!("holds")), "{found}");
        assert_eq!(found["batch"], json!({ "answers": 3, "size": 4 }));
        assert_eq!(text(&found, "output_bytes"), answer.output.to_string());
        let output: Vec<f64> = answer.output.iter().map(|byte| f64::from(byte.cast_signed())).collect();
        assert_eq!(found["output"], json!(output));
        transactions.push(text(&found, "transaction"));
        let shown = hallmark(CUSTOMER, &world.answer(*id, &world.files())).output().unwrap().stdout;
        assert!(String::from_utf8(shown).unwrap().contains("one of 3 answers with one proof"));
    }
    transactions.dedup();
    assert_eq!(transactions.len(), 1);
    world.assert_replayed(&ids, "holds, of 3 answers in a batch of 4");

    // One of them as a token, whose content is that customer's answer.
    let mint = format!("mint {} --market {} --name Answers --symbol ANS", ids[1], world.market);
    let minted = done(RIVAL, &format!("{mint} --rpc {}", world.anvil.url()));
    assert_eq!(text(&minted, "request"), ids[1].to_string());
}

#[tokio::test]
async fn a_batch_that_another_contract_sent_is_found() {
    let world = World::new().await;
    let ids = world.requests().await;
    let operator = world.anvil.account(OPERATOR).await;
    let call = fulfilBatchCall { b: world.batch(&ids, operator.address()) }.abi_encode();
    pass_on(world.market, &operator, &call, Relay::Handed).await;
    for id in &ids {
        let (code, found) = say(CUSTOMER, &world.answer(*id, &world.files()));
        assert_eq!((code, &found["proof"]), (0, &json!("holds")), "{found}");
    }
    world.assert_replayed(&ids, "which another contract sent");
}
