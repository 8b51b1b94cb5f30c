//! The node inside the program: whatever it is sent, it answers in JSON-RPC, refuses what nodes refuse, and goes on.

use alloy::{
    consensus::{SignableTransaction, TxEip1559, TxLegacy},
    eips::eip2718::Encodable2718,
    network::TxSignerSync,
    primitives::{Address, B256, Bytes, TxKind, U256, keccak256},
    signers::local::PrivateKeySigner,
};
use hallmark_chain::chain::{CHAIN_ID, Devnet, MAX_GAS};
use hallmark_chain::node::{Account, Fees, GWEI, Intent, Node, NodeError, Wallet};
use serde_json::{Value, json};

const KEY: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const ETHER: u128 = 1_000_000_000_000_000_000;
/// When the chain begins.
const TIME: u64 = 1_700_000_000;
/// Somebody without ether.
const STRANGER: Address = Address::repeat_byte(0x5a);

fn signer() -> PrivateKeySigner {
    KEY.parse().unwrap()
}

fn devnet() -> Devnet {
    Devnet::new(TIME, &[(signer().address(), U256::from(ETHER))])
}

async fn account(devnet: &Devnet) -> Account {
    let node = Node::embedded(devnet.clone(), Some(CHAIN_ID)).await.unwrap();
    Account::new(node, Wallet::parse(KEY).unwrap(), Fees::default())
}

/// What is said to any bytes: an answer of JSON-RPC.
fn say(devnet: &Devnet, body: &[u8]) -> Value {
    let answer: Value = serde_json::from_slice(&devnet.answer(body)).unwrap();
    assert_eq!(answer["jsonrpc"], "2.0", "{answer}");
    assert!(answer.get("result").is_some() != answer.get("error").is_some(), "{answer}");
    answer
}

fn ask(devnet: &Devnet, method: &str, parameters: Value) -> Value {
    let request = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": parameters });
    let answer = say(devnet, request.to_string().as_bytes());
    assert_eq!(answer["id"], 7);
    answer
}

fn result(devnet: &Devnet, method: &str, parameters: Value) -> Value {
    let mut answer = ask(devnet, method, parameters);
    assert!(answer.get("error").is_none(), "{method}: {answer}");
    answer["result"].take()
}

fn number(value: &Value) -> u64 {
    u64::from_str_radix(value.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
}

fn transfer() -> TxEip1559 {
    TxEip1559 {
        chain_id: CHAIN_ID,
        nonce: 0,
        gas_limit: 21_000,
        max_fee_per_gas: 2 * GWEI,
        max_priority_fee_per_gas: GWEI,
        to: TxKind::Call(STRANGER),
        value: U256::from(1),
        access_list: Default::default(),
        input: Bytes::new(),
    }
}

fn sign(mut transaction: TxEip1559) -> Vec<u8> {
    let signature = signer().sign_transaction_sync(&mut transaction).unwrap();
    transaction.into_signed(signature).encoded_2718()
}

#[test]
fn transactions_that_no_block_takes_are_refused_and_leave_no_trace() {
    let devnet = devnet();
    let mut legacy =
        TxLegacy { chain_id: Some(CHAIN_ID), gas_limit: 21_000, gas_price: 2 * GWEI, ..TxLegacy::default() };
    let signature = signer().sign_transaction_sync(&mut legacy).unwrap();
    let legacy = legacy.into_signed(signature).encoded_2718();
    let good = sign(transfer());
    let mut unsigned = good.clone();
    // The last byte of s: somebody else, who has nothing, or nobody.
    *unsigned.last_mut().unwrap() ^= 1;
    let cases: [(&str, Vec<u8>); 15] = [
        ("chain id", sign(TxEip1559 { chain_id: 1, ..transfer() })),
        ("nonce too high", sign(TxEip1559 { nonce: 1, ..transfer() })),
        ("nonce too high", sign(TxEip1559 { nonce: u64::MAX - 1, ..transfer() })),
        ("insufficient funds", sign(TxEip1559 { value: U256::from(2 * ETHER), ..transfer() })),
        ("insufficient funds", sign(TxEip1559 { max_fee_per_gas: ETHER, ..transfer() })),
        ("overflow", sign(TxEip1559 { value: U256::MAX, ..transfer() })),
        ("block base fee", sign(TxEip1559 { max_fee_per_gas: 1, max_priority_fee_per_gas: 0, ..transfer() })),
        ("higher than max fee", sign(TxEip1559 { max_priority_fee_per_gas: 3 * GWEI, ..transfer() })),
        ("intrinsic gas too low", sign(TxEip1559 { gas_limit: 20_999, ..transfer() })),
        ("cap", sign(TxEip1559 { gas_limit: MAX_GAS + 1, ..transfer() })),
        ("type not supported", legacy),
        ("rlp", good[..good.len() - 1].to_vec()),
        ("rlp", [good.as_slice(), &[0]].concat()),
        ("rlp", Vec::new()),
        ("rlp", vec![0xff; 1000]),
    ];
    for (reason, raw) in cases {
        let answer = ask(&devnet, "eth_sendRawTransaction", json!([Bytes::from(raw)]));
        let message = answer["error"]["message"].as_str().unwrap().to_lowercase();
        assert!(message.contains(reason), "{reason}: {message}");
    }
    assert!(ask(&devnet, "eth_sendRawTransaction", json!([Bytes::from(unsigned)])).get("error").is_some());
    assert_eq!((devnet.height(), devnet.balance(signer().address())), (0, U256::from(ETHER)));

    let hash = result(&devnet, "eth_sendRawTransaction", json!([Bytes::from(good.clone())]));
    assert_eq!(hash, json!(keccak256(&good)));
    assert_eq!((devnet.height(), devnet.balance(STRANGER)), (1, U256::from(1)));
    let again = ask(&devnet, "eth_sendRawTransaction", json!([Bytes::from(good)]));
    assert!(again["error"]["message"].as_str().unwrap().contains("nonce too low"), "{again}");
    assert_eq!(devnet.height(), 1);
}

#[test]
fn every_single_bit_of_a_transaction_counts() {
    let devnet = devnet();
    let good = sign(transfer());
    for bit in 0..8 * good.len() {
        let mut raw = good.clone();
        raw[bit / 8] ^= 1 << (bit % 8);
        // Either nobody signed it, or somebody who has nothing.
        let answer = ask(&devnet, "eth_sendRawTransaction", json!([Bytes::from(raw)]));
        assert!(answer.get("error").is_some(), "bit {bit}: {answer}");
    }
    assert_eq!(devnet.height(), 0);
}

#[test]
fn nonsense_is_answered_with_the_codes_of_json_rpc() {
    let devnet = devnet();
    let deep = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":{}"#, "[".repeat(100_000));
    let bodies: [(i64, &[u8]); 10] = [
        (-32_700, b""),
        (-32_700, b"{"),
        (-32_700, &[0xff, 0xfe]),
        (-32_700, deep.as_bytes()),
        (-32_600, b"[]"),
        (-32_600, b"null"),
        (-32_600, b"{}"),
        (-32_600, br#"{"jsonrpc":"1.0","id":1,"method":"eth_chainId"}"#),
        (-32_600, br#"{"jsonrpc":"2.0","id":1,"method":7}"#),
        (-32_600, br#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":{"a":1}}"#),
    ];
    for (code, body) in bodies {
        assert_eq!(say(&devnet, body)["error"]["code"], code, "{:.80}", String::from_utf8_lossy(body));
    }
    let (address, word) = (STRANGER, B256::repeat_byte(1));
    let parameters = [
        ("eth_chainId", json!([1])),
        ("eth_getBalance", json!([])),
        ("eth_getBalance", json!(["0x12"])),
        ("eth_getBalance", json!([address, "newest"])),
        ("eth_getBalance", json!([address, "latest", 1])),
        ("eth_getBlockByNumber", json!(["latest"])),
        ("eth_getBlockByNumber", json!(["latest", true])),
        ("eth_getBlockByNumber", json!(["0xfffffffffffffffffff", false])),
        ("eth_call", json!([{ "to": "nobody" }])),
        ("eth_call", json!([{ "to": address }, "latest", {}])),
        ("eth_estimateGas", json!([{ "to": address, "value": "0xzz" }])),
        ("eth_sendRawTransaction", json!(["0x0"])),
        ("eth_sendRawTransaction", json!([[1, 2]])),
        ("eth_getTransactionReceipt", json!(["0x1234"])),
        ("eth_getLogs", json!([{ "topics": [[[]]] }])),
        ("eth_getLogs", json!([{ "fromBlock": "0x2", "toBlock": "0x1" }])),
        ("eth_getLogs", json!([{ "blockHash": word, "fromBlock": "0x1" }])),
    ];
    for (method, parameters) in parameters {
        let answer = ask(&devnet, method, parameters.clone());
        assert_eq!(answer["error"]["code"], -32_602, "{method} {parameters}: {answer}");
    }
    for method in ["", "eth_accounts", "eth_sendTransaction", "anvil_mine", "ETH_CHAINID"] {
        assert_eq!(ask(&devnet, method, json!([]))["error"]["code"], -32_601, "{method}");
    }
    for block in [json!("0x1"), json!({ "blockHash": word })] {
        let answer = ask(&devnet, "eth_getBalance", json!([address, block]));
        assert_eq!(answer["error"]["message"], "header not found");
    }
    let without = say(&devnet, br#"{"jsonrpc":"2.0","id":"a","method":"eth_chainId"}"#);
    assert_eq!((&without["id"], &without["result"]), (&json!("a"), &json!("0x7a69")));
}

/// Creation code of a contract with this code, of less than 256 bytes.
fn creation(code: &[u8]) -> Vec<u8> {
    // PUSH1 length, DUP1, PUSH1 9, PUSH0, CODECOPY, PUSH0, RETURN
    [&[0x60, code.len() as u8, 0x80, 0x60, 9, 0x5f, 0x39, 0x5f, 0xf3], code].concat()
}

async fn deploy(account: &Account, code: &[u8]) -> Address {
    account.send(&Intent::deploy("a contract", creation(code))).await.unwrap().contract.unwrap()
}

fn call(to: Address, data: &[u8]) -> Intent {
    Intent { call: "a call", to: Some(to), value: U256::ZERO, data: data.to_vec().into() }
}

#[tokio::test]
async fn events_are_found_by_contract_topic_and_block() {
    let devnet = devnet();
    let account = account(&devnet).await;
    // The calldata's first word is the topic of an event without data, twice.
    let code = [0x5f, 0x35, 0x5f, 0x5f, 0xa1, 0x5f, 0x35, 0x5f, 0x5f, 0xa1];
    let (first, second) = (deploy(&account, &code).await, deploy(&account, &code).await);
    let [a, b] = [1, 2].map(B256::repeat_byte);
    for (contract, topic) in [(first, a), (second, a), (first, b)] {
        let mined = account.send(&call(contract, topic.as_slice())).await.unwrap();
        assert_eq!(mined.logs.len(), 2);
        assert!(mined.logs.iter().enumerate().all(|(index, log)| {
            log.address() == contract && log.topics() == [topic] && log.log_index == Some(index as u64)
        }));
    }
    devnet.pass(0);
    let last = result(&devnet, "eth_getBlockByNumber", json!(["0x5", false]));
    let cases = [
        (json!({ "fromBlock": "earliest" }), 6),
        (json!({ "fromBlock": "0x0", "toBlock": "0xffffffff" }), 6),
        (json!({ "fromBlock": "0x3", "toBlock": "0x4" }), 4),
        (json!({ "fromBlock": "0x0", "address": first }), 4),
        (json!({ "fromBlock": "0x0", "address": [first, second], "topics": [a] }), 4),
        (json!({ "fromBlock": "0x0", "topics": [[a, b]] }), 6),
        (json!({ "fromBlock": "0x0", "address": second, "topics": [b] }), 0),
        (json!({ "fromBlock": "0x0", "topics": [null, a] }), 0),
        (json!({ "blockHash": last["hash"] }), 2),
        // The last block is empty.
        (json!({}), 0),
    ];
    for (filter, count) in cases {
        let logs = result(&devnet, "eth_getLogs", json!([filter]));
        assert_eq!(logs.as_array().unwrap().len(), count, "{filter}: {logs}");
    }
}

#[tokio::test]
async fn blocks_hang_together_and_the_past_stays() {
    let devnet = devnet();
    let account = account(&devnet).await;
    // NUMBER, TIMESTAMP and BLOCKHASH of the block before, as three words.
    let code =
        [0x43, 0x5f, 0x52, 0x42, 0x60, 0x20, 0x52, 0x60, 1, 0x43, 0x03, 0x40, 0x60, 0x40, 0x52, 0x60, 0x60, 0x5f, 0xf3];
    let clock = deploy(&account, &code).await;
    devnet.pass(604_800);
    account.send(&Intent { value: U256::from(5), ..call(STRANGER, &[]) }).await.unwrap();
    assert_eq!(devnet.height(), 3);
    let block = |number: u64| result(&devnet, "eth_getBlockByNumber", json!([format!("{number:#x}"), false]));
    let blocks: Vec<Value> = (0..=3).map(block).collect();
    for pair in blocks.windows(2) {
        assert_eq!(pair[1]["parentHash"], pair[0]["hash"]);
        assert!(number(&pair[1]["timestamp"]) > number(&pair[0]["timestamp"]));
        // Blocks are nearly empty, and so gas becomes cheaper by an eighth at most.
        let fees = [&pair[0], &pair[1]].map(|block| number(&block["baseFeePerGas"]));
        assert!(fees[1] < fees[0] && fees[1] >= fees[0] - fees[0] / 8, "{fees:?}");
    }
    assert_eq!(number(&blocks[0]["timestamp"]), TIME);
    assert_eq!(number(&blocks[2]["timestamp"]) - number(&blocks[1]["timestamp"]), 604_800);
    assert_eq!(blocks[2]["transactions"], json!([]));
    assert_eq!(result(&devnet, "eth_getBlockByNumber", json!(["latest", false])), blocks[3]);
    assert!(result(&devnet, "eth_getBlockByNumber", json!(["0x4", false])).is_null());

    let code_at = |block: &str| result(&devnet, "eth_getCode", json!([clock, block])).as_str().unwrap().len();
    assert_eq!([code_at("0x0"), code_at("0x1"), code_at("latest")], [2, 2 + 2 * code.len(), 2 + 2 * code.len()]);
    let balance = |block: Value| number(&result(&devnet, "eth_getBalance", json!([STRANGER, block])));
    assert_eq!(
        [balance(json!("0x2")), balance(json!("latest")), balance(json!({ "blockHash": blocks[3]["hash"] }))],
        [0, 5, 5]
    );
    for (index, block) in blocks.iter().enumerate().skip(1) {
        let words = result(&devnet, "eth_call", json!([{ "to": clock }, format!("{index:#x}")]));
        let expected = [
            U256::from(index).into(),
            B256::from(U256::from(number(&block["timestamp"]))),
            blocks[index - 1]["hash"].as_str().unwrap().parse().unwrap(),
        ];
        assert_eq!(words, json!(Bytes::from(expected.concat())), "block {index}");
    }
}

#[tokio::test]
async fn an_estimate_is_enough_and_hardly_more() {
    let devnet = devnet();
    let account = account(&devnet).await;
    // Stores 32 words, and ends with them.
    let mut code = Vec::new();
    for slot in 0..32 {
        code.extend([0x60, 7, 0x60, slot, 0x55]);
    }
    let stores = deploy(&account, &code).await;
    // Calls that contract with all the gas that there is, and reverts if it runs out: PUSH0 x5, PUSH20, GAS, CALL, ...
    let mut code = vec![0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x73];
    code.extend(stores.as_slice());
    code.extend([0x5a, 0xf1, 0x60, 36, 0x57, 0x5f, 0x5f, 0xfd, 0xfe, 0xfe, 0x5b, 0x00]);
    let calls = deploy(&account, &code).await;
    let gas = number(&result(&devnet, "eth_estimateGas", json!([{ "to": calls }])));
    let outcome = |gas: u64| ask(&devnet, "eth_call", json!([{ "to": calls, "gas": format!("{gas:#x}") }]));
    assert!(outcome(gas).get("result").is_some(), "{gas}: {}", outcome(gas));
    assert!(outcome(gas - gas / 32).get("error").is_some(), "{gas}");
    // What it uses is less than what it needs: the call keeps back a part.
    let mined = account.send(&call(calls, &[])).await.unwrap();
    assert!(mined.gas < gas, "{} of {gas}", mined.gas);
}

#[tokio::test]
async fn what_a_contract_says_when_it_reverts_is_told() {
    let devnet = devnet();
    let account = account(&devnet).await;
    // MSTORE8 0xab at 0, REVERT one byte.
    let reverts = deploy(&account, &[0x60, 0xab, 0x5f, 0x53, 0x60, 1, 0x5f, 0xfd]).await;
    for method in ["eth_call", "eth_estimateGas"] {
        let error = ask(&devnet, method, json!([{ "to": reverts }]))["error"].clone();
        assert_eq!(error, json!({ "code": 3, "message": "execution reverted", "data": "0xab" }));
    }
    assert!(matches!(account.send(&call(reverts, &[])).await, Err(NodeError::Reverted { .. })));
    let halts = deploy(&account, &[0xfe]).await;
    assert!(matches!(account.send(&call(halts, &[])).await, Err(NodeError::Refused { .. })));
    // Sent all the same, it is in a block, has failed, and is paid for.
    let (head, before) = (account.node.head().await.unwrap(), devnet.balance(account.address()));
    let nonce = account.node.nonce(account.address()).await.unwrap();
    let signed = account.sign(&call(reverts, &[]), nonce, 50_000, account.price(&head).await.unwrap()).unwrap();
    assert!(account.broadcast(&signed).await.unwrap());
    assert!(matches!(account.receipt("a call", &signed).await, Err(NodeError::Failed { .. })));
    let receipt = devnet.receipts(head.number).pop().unwrap();
    assert!(!receipt.status() && receipt.logs().is_empty());
    let paid = U256::from(u128::from(receipt.gas_used) * receipt.effective_gas_price);
    assert_eq!(before - devnet.balance(account.address()), paid);
    assert!(!account.broadcast(&signed).await.unwrap(), "a number is used once");
}
