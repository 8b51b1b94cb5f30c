//! What an honest node says.

use alloy::{
    hex,
    primitives::{Address, B256, LogData, U256, keccak256},
    sol_types::{SolCall, SolEvent, SolValue},
};
use hallmark_chain::node::contracts::{
    market::{
        IInferenceMarket::{Listing, Request},
        InferenceMarket as market,
    },
    registry::{
        IModelRegistry::{Model, Setup},
        ModelRegistry as registry,
    },
    verifier_code,
};
use hallmark_proving::srs::Srs;
use serde_json::{Value, json};

use super::{Answers, CHAIN, DEADLINE, FEE, INPUT, KEY, MARKET, PAYEE, REGISTRY, REQUEST};

const VERIFIER: Address = Address::repeat_byte(0x33);
const TRANSACTION: B256 = B256::repeat_byte(0x77);
const BLOCK: B256 = B256::repeat_byte(0x88);

/// Its answers about a model that is registered, and about one request for it that is settled.
pub(super) fn answers(srs: &Srs, record: &Model, blob: &[u8], model: B256, output: &[u8], calldata: &[u8]) -> Answers {
    let setup = Setup::from(srs.opening_key());
    let code = verifier_code().unwrap();
    let request = Request {
        modelId: model,
        inputHash: B256::ZERO,
        customer: PAYEE,
        fee: FEE,
        bond: 0,
        deadline: DEADLINE,
        lockSeconds: 0,
        callback: Address::ZERO,
        callbackGas: 0,
        state: 2,
        lockedBy: Address::ZERO,
        lockedUntil: 0,
        answerHash: keccak256((keccak256(INPUT), keccak256(output)).abi_encode()),
    };
    let deployed = registry::RegistryDeployed {
        verifier: VERIFIER,
        verifierCodeHash: keccak256(&code),
        setupDigest: srs.opening_key().digest.0.into(),
        tauG1: setup.tauG1,
        tauG2: setup.tauG2,
        development: true,
    };
    let requested = market::Requested {
        requestId: REQUEST,
        modelId: model,
        customer: PAYEE,
        nonce: U256::ZERO,
        inputHash: keccak256(INPUT),
        fee: FEE,
        bond: 0,
        deadline: DEADLINE,
        lockSeconds: 0,
        callback: Address::ZERO,
        callbackGas: 0,
    };
    let published = market::InputPublished { requestId: REQUEST, input: INPUT.to_vec().into() };
    let fulfilled = market::Fulfilled {
        requestId: REQUEST,
        modelId: model,
        payee: PAYEE,
        inputHash: keccak256(INPUT),
        output: output.to_vec().into(),
        paid: FEE,
        toHolders: 0,
        submitter: PAYEE,
    };
    let listing = Listing { holders: PAYEE, holdersBps: 1, settled: 1, earned: 0 };
    let calls = [
        (registry::verifierCall::SELECTOR, VERIFIER.abi_encode()),
        (registry::verifierCodeHashCall::SELECTOR, keccak256(&code).abi_encode()),
        (registry::setupDigestCall::SELECTOR, B256::from(srs.opening_key().digest.0).abi_encode()),
        (registry::isForTestsCall::SELECTOR, true.abi_encode()),
        (registry::modelCall::SELECTOR, record.abi_encode()),
        (market::registryCall::SELECTOR, REGISTRY.abi_encode()),
        (market::listingCall::SELECTOR, listing.abi_encode()),
        (market::settledCountCall::SELECTOR, U256::ONE.abi_encode()),
        (market::requestOfCall::SELECTOR, request.abi_encode()),
    ];
    let quoted = |bytes: &[u8]| json!(hex::encode_prefixed(bytes));
    let mut answers: Vec<(String, Value)> =
        calls.into_iter().map(|(selector, answer)| (hex::encode(selector), quoted(&answer))).collect();
    answers.extend([(VERIFIER, code), (KEY, [&[0], blob].concat())].map(|(at, code)| (name(at), quoted(&code))));
    answers.extend([REGISTRY, MARKET].map(|at| (name(at), json!("0x00"))));
    answers.extend([
        (topic(deployed.encode_log_data()), json!([log(REGISTRY, deployed.encode_log_data(), 0)])),
        (topic(fulfilled.encode_log_data()), json!([log(MARKET, fulfilled.encode_log_data(), 2)])),
        (
            topic(requested.encode_log_data()),
            json!([log(MARKET, requested.encode_log_data(), 0), log(MARKET, published.encode_log_data(), 1)]),
        ),
        ("eth_chainId".into(), json!(format!("{CHAIN:#x}"))),
        ("eth_getBalance".into(), json!("0xde0b6b3a7640000")),
        ("eth_getTransactionCount".into(), json!("0x1")),
        ("eth_getBlockByNumber".into(), block()),
        ("eth_getTransactionByHash".into(), transaction(calldata)),
        ("eth_getTransactionReceipt".into(), receipt()),
    ]);
    answers.into_iter().map(|(name, answer)| (name, answer.to_string())).collect()
}

fn name(address: Address) -> String {
    address.to_string().to_lowercase()
}

fn topic(log: LogData) -> String {
    log.topics()[0].to_string()
}

fn log(address: Address, log: LogData, index: u64) -> Value {
    json!({
        "address": address,
        "topics": log.topics(),
        "data": log.data,
        "blockNumber": "0x0",
        "blockHash": BLOCK,
        "transactionHash": TRANSACTION,
        "transactionIndex": "0x0",
        "logIndex": format!("{index:#x}"),
        "removed": false,
    })
}

fn block() -> Value {
    json!({
        "hash": BLOCK, "parentHash": BLOCK, "sha3Uncles": BLOCK, "stateRoot": BLOCK, "transactionsRoot": BLOCK,
        "receiptsRoot": BLOCK, "mixHash": BLOCK, "miner": PAYEE, "logsBloom": format!("0x{}", "00".repeat(256)),
        "difficulty": "0x0", "number": "0x0", "gasLimit": "0x1c9c380", "gasUsed": "0x0", "timestamp": "0x10",
        "extraData": "0x", "nonce": "0x0000000000000000", "baseFeePerGas": "0x7", "size": "0x1", "uncles": [],
        "transactions": [TRANSACTION],
    })
}

fn transaction(input: &[u8]) -> Value {
    json!({
        "type": "0x0", "hash": TRANSACTION, "nonce": "0x0", "blockHash": BLOCK, "blockNumber": "0x0",
        "transactionIndex": "0x0", "from": PAYEE, "to": MARKET, "value": "0x0", "gasPrice": "0x7", "gas": "0x100000",
        "input": hex::encode_prefixed(input), "v": "0x1b", "r": "0x1", "s": "0x1",
    })
}

fn receipt() -> Value {
    json!({
        "type": "0x0", "status": "0x1", "transactionHash": TRANSACTION, "transactionIndex": "0x0", "blockHash": BLOCK,
        "blockNumber": "0x0", "from": PAYEE, "to": MARKET, "cumulativeGasUsed": "0x100000", "gasUsed": "0x100000",
        "effectiveGasPrice": "0x7", "contractAddress": null, "logs": [],
        "logsBloom": format!("0x{}", "00".repeat(256)),
    })
}
