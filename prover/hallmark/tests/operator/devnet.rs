//! The node inside the program says what anvil says, to the same signed transactions and the same questions.

use std::{
    collections::BTreeSet,
    time::{SystemTime, UNIX_EPOCH},
};

use alloy::{
    primitives::{Address, B256, Bytes, U256, keccak256},
    sol_types::{SolConstructor, SolError},
};
use hallmark_chain::chain::{Devnet, creation_code};
use hallmark_chain::node::{
    Account, GWEI, Intent, Price, Signed,
    contracts::{
        Contract,
        market::{
            IInferenceMarket::Order,
            InferenceMarket::{self, listCall, nonceOfCall, requestCall, withdrawCall},
        },
        registry::{
            IModelRegistry::Setup,
            ModelRegistry::{self, registerCall},
        },
    },
};
use hallmark_operator::{model_id, request_id};
use hallmark_proving::srs::Srs;
use serde_json::{Value, json};

use crate::{
    anvil::Anvil,
    world::{CUSTOMER, DEPLOYER, FEE, FILES, RIVAL, until},
};

/// What anvil gives to each of its accounts.
const ETHER: u128 = 10_000_000_000_000_000_000_000;
const PRICE: Price = Price { max: 20 * GWEI, tip: 2 * GWEI };
/// Enough for whatever is sent here.
const GAS: u64 = 6_000_000;

/// What two nodes need not agree on: when a block was made, and so what it is called.
const OF_BLOCK: [&str; 5] = ["blockHash", "blockTimestamp", "blobGasPrice", "blobGasUsed", "v"];

/// Both nodes, which are told the same.
struct Both {
    anvil: Anvil,
    devnet: Devnet,
    accounts: Vec<Account>,
    nonces: Vec<u64>,
}

impl Both {
    async fn new() -> Self {
        // Anvil's first two blocks have one base fee, where EIP-1559 takes an eighth off a gwei.
        let anvil = Anvil::start(&["--base-fee", "875000000"]);
        let mut accounts = Vec::new();
        for index in 0..5 {
            accounts.push(anvil.account(index).await);
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let rich: Vec<_> = accounts.iter().map(|account| (account.address(), U256::from(ETHER))).collect();
        Self { anvil, devnet: Devnet::new(now, &rich), nonces: vec![0; accounts.len()], accounts }
    }

    /// What both answer: anvil first.
    async fn say(&self, method: &str, parameters: Value) -> [Value; 2] {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters });
        let answer = self.devnet.answer(request.to_string().as_bytes());
        [self.anvil.say(method, parameters).await, serde_json::from_slice(&answer).unwrap()]
    }

    /// What both answer alike.
    async fn agree(&self, method: &str, parameters: Value) -> Value {
        let [anvil, devnet] = self.say(method, parameters.clone()).await.map(|mut answer| {
            assert!(answer.get("error").is_none(), "{method}: {answer}");
            forget(&mut answer["result"]);
            answer["result"].take()
        });
        let differ = differences(&devnet, &anvil);
        assert!(differ.is_empty(), "{method}: {differ:?}");
        devnet
    }

    /// Both refuse, with the same code of a contract's error where one is to blame.
    async fn refuse(&self, method: &str, parameters: Value) -> Value {
        let [anvil, devnet] = self.say(method, parameters).await;
        for answer in [&anvil, &devnet] {
            assert!(answer["error"]["message"].is_string() && answer.get("result").is_none(), "{method}: {answer}");
        }
        assert_eq!(devnet["error"].get("data").filter(|data| !data.is_null()), anvil["error"].get("data"), "{method}");
        devnet["error"].clone()
    }

    fn sign(&self, account: usize, intent: &Intent) -> Signed {
        self.accounts[account].sign(intent, self.nonces[account], GAS, PRICE).unwrap()
    }

    /// Sends the same bytes to both, and returns the receipt that both give.
    async fn send(&mut self, account: usize, intent: &Intent) -> Value {
        let signed = self.sign(account, intent);
        let hash = self.agree("eth_sendRawTransaction", json!([Bytes::from(signed.raw.clone())])).await;
        assert_eq!(hash, json!(B256::from(signed.hash)));
        self.nonces[account] += 1;
        // Anvil takes a moment to make a block.
        until("anvil's block", async || !self.anvil.ask("eth_getTransactionReceipt", json!([hash])).await.is_null())
            .await;
        // And another one to say so of the transaction.
        let placed = async || !self.anvil.ask("eth_getTransactionByHash", json!([hash])).await["blockNumber"].is_null();
        until("anvil's place of the transaction", placed).await;
        self.agree("eth_getTransactionByHash", json!([hash])).await;
        let receipt = self.agree("eth_getTransactionReceipt", json!([hash])).await;
        for account in &self.accounts {
            for method in ["eth_getBalance", "eth_getTransactionCount"] {
                self.agree(method, json!([account.address(), "latest"])).await;
            }
        }
        receipt
    }

    async fn deploy(&mut self, contract: Contract, arguments: &[u8]) -> Address {
        let intent = Intent::deploy(contract.deployment(), contract.creation(arguments).unwrap());
        self.deploy_intent(&intent).await
    }

    async fn deploy_intent(&mut self, intent: &Intent) -> Address {
        let receipt = self.send(DEPLOYER, intent).await;
        assert_eq!(receipt["status"], "0x1");
        let address: Address = receipt["contractAddress"].as_str().unwrap().parse().unwrap();
        let code = self.agree("eth_getCode", json!([address, "latest"])).await;
        assert!(code.as_str().unwrap().len() > 2);
        address
    }

    /// Both need about the same gas for it.
    async fn estimate(&self, account: usize, intent: &Intent) {
        let request = self.request(account, intent);
        let [anvil, devnet] = self.say("eth_estimateGas", json!([request])).await.map(|answer| {
            let text = answer["result"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
            u64::from_str_radix(text.trim_start_matches("0x"), 16).unwrap()
        });
        assert!(devnet.abs_diff(anvil) <= anvil / 50, "{}: {devnet} where anvil has {anvil}", intent.call);
    }

    /// Both say the same of transactions one after another, of which each sees what those before it have done.
    async fn simulate(&self, calls: &[(usize, &Intent)]) {
        let header = self
            .devnet
            .answer(br#"{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["latest",false]}"#);
        let header: Value = serde_json::from_slice(&header).unwrap();
        let quantity = |field: &str| {
            let text = header["result"][field].as_str().unwrap();
            u64::from_str_radix(text.trim_start_matches("0x"), 16).unwrap()
        };
        // Anvil's last block may be later than the other's.
        let (number, time) = (quantity("number") + 1, quantity("timestamp") + 1000);
        let with_gas = |(account, intent): &(usize, &Intent)| {
            let mut request = self.request(*account, intent);
            request["gas"] = json!(format!("{GAS:#x}"));
            request
        };
        let calls: Vec<Value> = calls.iter().map(with_gas).collect();
        let overrides = json!({ "number": format!("{number:#x}"), "time": format!("{time:#x}") });
        let payload = json!({ "blockStateCalls": [{ "blockOverrides": overrides, "calls": calls }] });
        let told = self.say("eth_simulateV1", json!([payload, "latest"])).await;
        let [anvil, devnet] = told.map(|answer| {
            let calls = answer["result"][0]["calls"].as_array().unwrap_or_else(|| panic!("{answer}")).clone();
            let log = |log: &Value| json!([log["address"], log["topics"], log["data"]]);
            let call = |call: &Value| {
                let logs: Vec<Value> = call["logs"].as_array().unwrap().iter().map(log).collect();
                json!([call["status"], call["returnData"], call["gasUsed"], logs])
            };
            calls.iter().map(call).collect::<Vec<_>>()
        });
        assert_eq!(devnet, anvil);
        assert_eq!(devnet.len(), calls.len());
    }

    fn request(&self, account: usize, intent: &Intent) -> Value {
        let (from, data, value) = (self.accounts[account].address(), &intent.data, intent.value);
        json!({ "from": from, "to": intent.to, "input": data, "value": value })
    }
}

/// What is not the same, in few words: codes are long.
fn differences(devnet: &Value, anvil: &Value) -> Vec<String> {
    match (devnet, anvil) {
        (Value::Object(left), Value::Object(right)) => {
            let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
            let inner = |name: &String| (name.clone(), differences(&devnet[name], &anvil[name]));
            let differ = names.into_iter().map(inner);
            differ.flat_map(|(name, texts)| texts.into_iter().map(move |text| format!("{name}: {text}"))).collect()
        }
        (left, right) if left == right => Vec::new(),
        (left, right) => vec![format!("{:.200} where anvil has {:.200}", left.to_string(), right.to_string())],
    }
}

fn forget(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(forget),
        Value::Object(fields) => {
            OF_BLOCK.iter().for_each(|name| drop(fields.remove(*name)));
            fields.values_mut().for_each(forget);
        }
        _ => {}
    }
}

#[tokio::test]
async fn both_nodes_say_the_same_to_the_same_transactions() {
    let mut both = Both::new().await;
    assert_eq!(both.agree("eth_chainId", json!([])).await, "0x7a69");
    let verifier = both.deploy(Contract::Verifier, &[]).await;
    let srs = Srs::read(FILES.path("srs.bin")).unwrap();
    let setup = Setup::from(srs.opening_key());
    let arguments = ModelRegistry::constructorCall { verifier_: verifier, setup_: setup, development: true };
    let registry = both.deploy(Contract::Registry, &arguments.abi_encode()).await;
    let arguments = InferenceMarket::constructorCall { registry_: registry };
    let market = both.deploy(Contract::Market, &arguments.abi_encode()).await;

    let key = FILES.settlement_key("m");
    let code = creation_code(&[&[0], key.to_bytes().as_slice()].concat()).unwrap();
    let address = both.deploy_intent(&Intent::deploy("the key", code)).await;
    let digest = B256::from(key.digest().0);
    let register = registerCall { key: address, keyDigest: digest, predecessor: B256::ZERO, uri: "ipfs://m".into() };
    let register = Intent::call(registry, &register);
    both.estimate(DEPLOYER, &register).await;
    assert_eq!(both.send(DEPLOYER, &register).await["status"], "0x1");
    // A second time it is undone, whether asked before or not.
    both.simulate(&[(RIVAL, &register), (DEPLOYER, &register), (DEPLOYER, &register)]).await;
    for method in ["eth_call", "eth_estimateGas"] {
        let error = both.refuse(method, json!([both.request(DEPLOYER, &register), "latest"])).await;
        assert!(error["data"].as_str().unwrap().len() > 10, "{error}");
    }
    let undone = both.send(DEPLOYER, &register).await;
    assert_eq!((&undone["status"], &undone["logs"]), (&json!("0x0"), &json!([])));

    let registrant = both.accounts[DEPLOYER].address();
    let model = model_id(31_337, registry, registrant, digest, B256::ZERO, "ipfs://m");
    let listing = listCall { modelId: model, holders: Address::repeat_byte(0x77), holdersBps: 1000 };
    both.send(DEPLOYER, &Intent::call(market, &listing)).await;
    let input = [1, 2, 3, 4];
    let order = Order {
        modelId: model,
        inputHash: keccak256(input),
        // The clocks may differ by some blocks.
        deadline: SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 3600,
        bond: 0,
        lockSeconds: 0,
        callback: Address::ZERO,
        callbackGas: 0,
    };
    let call = requestCall { order: order.clone(), input: input.to_vec().into() };
    let request = Intent::call(market, &call).paying(U256::from(FEE));
    both.estimate(CUSTOMER, &request).await;
    let nonce = Intent::call(market, &nonceOfCall { customer: both.accounts[CUSTOMER].address() });
    both.simulate(&[(CUSTOMER, &request), (RIVAL, &nonce), (CUSTOMER, &request), (RIVAL, &nonce)]).await;
    let receipt = both.send(CUSTOMER, &request).await;
    assert_eq!(receipt["logs"].as_array().unwrap().len(), 2, "{receipt}");
    assert_eq!(both.agree("eth_getBalance", json!([market, "latest"])).await, json!(U256::from(FEE)));

    // Ether alone, to an account that is new; and what runs out of gas.
    let transfer =
        Intent { call: "transfer", to: Some(Address::repeat_byte(9)), value: U256::from(5), data: Bytes::new() };
    both.estimate(RIVAL, &transfer).await;
    assert_eq!(both.send(RIVAL, &transfer).await["gasUsed"], "0x5208");
    let endless = Intent::deploy("an endless loop", vec![0x5b, 0x5f, 0x56]);
    let receipt = both.send(RIVAL, &endless).await;
    assert_eq!((&receipt["status"], &receipt["gasUsed"]), (&json!("0x0"), &json!(format!("{GAS:#x}"))));

    // Events by contract, by topic, and by blocks.
    let id = request_id(31_337, market, both.accounts[CUSTOMER].address(), U256::ZERO, &order, FEE);
    let (every, some) =
        (json!({ "fromBlock": "0x0", "toBlock": "latest" }), json!({ "fromBlock": "0x7", "toBlock": "0x8" }));
    let cases = [
        (every, 5),
        (some, 3),
        (json!({ "fromBlock": "0x0", "address": market }), 3),
        (json!({ "fromBlock": "0x0", "address": [registry, market], "topics": [null, id] }), 2),
        (json!({ "fromBlock": "0x0", "topics": [null, [id, model]] }), 4),
        (json!({ "fromBlock": "0x0", "topics": [id] }), 0),
        (json!({ "address": market }), 0),
    ];
    for (filter, count) in cases {
        let logs = both.agree("eth_getLogs", json!([filter])).await;
        assert_eq!(logs.as_array().unwrap().len(), count, "{filter}: {logs}");
    }

    // Blocks, but for what follows from when they were made.
    for number in 1..=9 {
        let [anvil, devnet] = both.say("eth_getBlockByNumber", json!([format!("{number:#x}"), false])).await;
        for field in ["number", "gasUsed", "gasLimit", "baseFeePerGas", "transactions", "transactionsRoot", "logsBloom"]
        {
            assert_eq!(devnet["result"][field], anvil["result"][field], "{field} of block {number}");
        }
    }
    assert!(both.agree("eth_getBlockByNumber", json!(["0x100", false])).await.is_null());
    for method in ["eth_getTransactionByHash", "eth_getTransactionReceipt"] {
        assert!(both.agree(method, json!([B256::repeat_byte(1)])).await.is_null());
    }

    // What both refuse: it leaves no trace.
    let withdraw = Intent::call(market, &withdrawCall { account: Address::repeat_byte(3) });
    let error = both.refuse("eth_call", json!([both.request(RIVAL, &withdraw), "latest"])).await;
    let expected = InferenceMarket::NothingToWithdraw { account: Address::repeat_byte(3) };
    assert_eq!(error["data"], json!(Bytes::from(expected.abi_encode())));
    both.nonces[RIVAL] -= 1;
    let low = both.sign(RIVAL, &transfer);
    both.nonces[RIVAL] += 1;
    let poor = both.sign(RIVAL, &transfer.clone().paying(U256::from(2 * ETHER)));
    let mut broken = both.sign(RIVAL, &transfer);
    broken.raw.truncate(80);
    for signed in [low, poor, broken] {
        both.refuse("eth_sendRawTransaction", json!([Bytes::from(signed.raw)])).await;
    }
    both.refuse("eth_noSuchMethod", json!([])).await;
    both.send(RIVAL, &transfer).await;
}
