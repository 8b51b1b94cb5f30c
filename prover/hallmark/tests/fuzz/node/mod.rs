//! Answers of a node: an audit and the operator's service against one that changes an answer. They may say what they like of it,
//! but go on or end with an error, in bounded memory.

mod honest;
mod server;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use alloy::{
    primitives::{Address, B256},
    sol_types::SolCall,
};
use hallmark_chain::node::{
    Account, Answer, Fees, Node, Wallet,
    contracts::{
        market::{
            IInferenceMarket::{Batch, Fulfilment},
            InferenceMarket::{fulfilBatchCall, fulfilCall},
        },
        registry::IModelRegistry::Model,
    },
};
use hallmark_circuits::{digest::Digest, facts::NoFacts, verifier::statement::Statement};
use hallmark_operator::{EmbeddedStore, LeastFee, Metrics, Options, Policy, Served, Service, Venue, context, model_id};
use hallmark_proving::artifact::Model as ModelFile;
use hallmark_proving::settlement::{Circuit, SettlementKeys};
use hallmark_proving::srs::Srs;
use hallmark_reports::audit::{Scope, Verdict, audit};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use tempfile::TempDir;

use crate::{
    harness::{Target, prepare},
    mutate::mutate,
};
use hallmark_testing::batched::{Batched, Settled};

const CHAIN: u64 = 31_337;
const REGISTRY: Address = Address::repeat_byte(0x11);
const MARKET: Address = Address::repeat_byte(0x22);
const KEY: Address = Address::repeat_byte(0x44);
const PAYEE: Address = Address::repeat_byte(0x55);
const REQUEST: B256 = B256::repeat_byte(0x66);
const INPUT: [u8; 4] = [1, 2, 3, 4];
/// More than the gas of any settlement costs.
const FEE: u128 = 1_000_000_000_000_000_000;
const DEADLINE: u64 = 2000;
/// The longest that a service may take to learn what an honest node says, on the slowest machine.
const MAX_HONEST: Duration = Duration::from_secs(60);
/// How long a service is let learn from a node that changes an answer: often there is nothing to learn.
const MAX_CHANGED: Duration = Duration::from_millis(200);
const PRIVATE_KEY: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

/// What a node says, by what it is asked: a method, a function, an event or an address.
type Answers = BTreeMap<String, String>;

/// A registered model, with one request for it that is settled.
struct World {
    folder: TempDir,
    srs: Srs,
    file: ModelFile,
    model: B256,
    honest: Answers,
}

impl World {
    /// The request was settled by itself, or else in a batch of this size with another one.
    fn new(size: usize) -> Self {
        let rng = &mut ChaCha20Rng::seed_from_u64(8);
        let sizes: Vec<usize> = (size > 1).then_some(size).into_iter().collect();
        let batched = Batched::new(&sizes, rng);
        let folder = TempDir::new().unwrap();
        batched.keys(1).store(&folder.path().join("keys"), &batched.srs).unwrap();
        batched.srs.write(&folder.path().join("srs")).unwrap();
        let key = &batched.key;
        let record = Model {
            registrant: PAYEE,
            key: KEY,
            keyDigest: key.digest().0.into(),
            architectureDigest: key.architecture_digest().0.into(),
            weightDigest: batched.model.key.digest().0.into(),
            predecessor: B256::ZERO,
            registeredAt: 1,
            provenAt: 1,
            uri: String::new(),
        };
        let model = model_id(CHAIN, REGISTRY, PAYEE, record.keyDigest, B256::ZERO, "");
        let calldata = if size == 1 { alone(&batched, model, rng) } else { together(&batched, model, size, rng) };
        let output = batched.answer(&INPUT);
        let honest = honest::answers(&batched.srs, &record, &key.to_bytes(), model, &output, &calldata);
        Self { folder, srs: batched.srs, file: ModelFile::from_committed(batched.model), model, honest }
    }

    fn scope(&self) -> Scope {
        Scope {
            model: self.model,
            registry: REGISTRY,
            market: Some(MARKET),
            offering: None,
            key: self.file.published_key(),
            digest: None,
            srs: Some(self.folder.path().join("srs")),
            files: Vec::new(),
            for_tests: true,
            from_block: None,
            replay: 10,
        }
    }

    fn served(&self) -> Served {
        let model = self.file.clone().into_committed().unwrap();
        let circuit = Circuit::new(&Statement::new(&model.key.architecture).unwrap()).unwrap();
        let keys = SettlementKeys::load(&self.folder.path().join("keys"), &circuit, &self.srs, &NoFacts).unwrap();
        Served::new(self.model, model, Arc::new(self.srs.clone()), keys, Vec::new()).unwrap()
    }

    /// The audit of the settlement passes.
    async fn audit(&self, url: &str) -> bool {
        let Ok(node) = Node::connect(url, Some(CHAIN)).await else { return false };
        let Ok(report) = audit(&node, &self.scope()).await else { return false };
        let line = report.checks.iter().find(|check| check.name == REQUEST.to_string());
        let passes = line.is_some_and(|line| line.verdict == Verdict::Pass);
        !report.html().is_empty() && !report.text().is_empty() && passes
    }

    /// The service learns of the request and of its settlement, before this `limit`.
    async fn serve(&self, url: &str, limit: Duration) -> bool {
        let Ok(node) = Node::connect(url, Some(CHAIN)).await else { return false };
        let account = Account::new(node, Wallet::parse(PRIVATE_KEY).unwrap(), Fees::default());
        let venue = Venue { chain: CHAIN, market: MARKET.into(), payee: PAYEE.into() };
        let folder = TempDir::new().unwrap();
        let store = EmbeddedStore::open(&folder.path().join("journal"), venue).unwrap();
        let options = Options {
            poll: Duration::from_millis(1),
            confirmations: 2,
            batch: 4,
            batch_wait: Duration::ZERO,
            from_block: Some(0),
            policy: Policy { deadline_margin: Duration::ZERO, least_fee: LeastFee::Gas { percent: 100 } },
            callbacks: false,
            max_bond: None,
            inputs: None,
            patience: Duration::from_secs(1),
            recheck: Duration::from_millis(5),
            workers: 1,
            lease: Duration::from_secs(60),
        };
        let (models, metrics) = (vec![self.served()], Metrics::default());
        let service = Service::new(account, [MARKET, PAYEE], models, store, metrics.clone(), options).await;
        let Ok(service) = service else { return false };
        let stop = async {
            let settled = async {
                while !metrics.render().contains("hallmark_settled_total 1") {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            // A service that learns of nothing is stopped too.
            let _ = tokio::time::timeout(limit, settled).await;
        };
        service.run(stop).await.is_ok() && metrics.render().contains("hallmark_settled_total 1")
    }
}

/// The calldata of a fulfilment of the request.
fn alone(batched: &Batched, model: B256, rng: &mut ChaCha20Rng) -> Vec<u8> {
    let context = context(CHAIN, MARKET, REQUEST, model, PAYEE, DEADLINE);
    let Settled { output, proof } = batched.settle(1, Digest(context.0), &INPUT, rng);
    let f = Fulfilment {
        requestId: REQUEST,
        payee: PAYEE,
        input: INPUT.to_vec().into(),
        output: output.into(),
        proof: proof.into(),
    };
    fulfilCall { f }.abi_encode()
}

/// The calldata of a batch with the request and another one, which the market has skipped.
fn together(batched: &Batched, model: B256, size: usize, rng: &mut ChaCha20Rng) -> Vec<u8> {
    let answer = |request, input: [u8; 4]| {
        let output = batched.answer(&input).into();
        Answer { request, payee: PAYEE, input: input.to_vec().into(), output }
    };
    let answers = [answer(B256::repeat_byte(0x67), [5, 6, 7, 8]), answer(REQUEST, INPUT)];
    let batch = Batch::gather(model, size, &answers).unwrap();
    let [inputs, _] = batch.filled().unwrap();
    let proof = batched.settle(size, Digest(batch.context(CHAIN, MARKET).0), &inputs, rng).proof.into();
    fulfilBatchCall { b: Batch { proof, ..batch } }.abi_encode()
}

/// The number of an answer, and what is said in its place.
fn change(honest: &[Vec<u8>], rng: &mut impl Rng) -> Vec<u8> {
    let number = rng.random_range(0..honest.len());
    let mut bytes = mutate(&honest[number..=number], rng);
    if rng.random_bool(0.5) {
        // Another digit, so that the answer stays one.
        bytes = honest[number].clone();
        let at = rng.random_range(0..bytes.len());
        if bytes[at].is_ascii_hexdigit() {
            bytes[at] = b"0123456789abcdef"[rng.random_range(0..16)];
        }
    }
    bytes.insert(0, number as u8);
    bytes
}

fn fuzz(name: &'static str, size: usize, look: impl AsyncFn(&World, &str, Duration) -> bool) {
    let world = prepare(|| World::new(size));
    let answers = Arc::new(Mutex::new(world.honest.clone()));
    let url = server::serve(Arc::clone(&answers));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert!(runtime.block_on(look(&world, &url, MAX_HONEST)), "an honest node is believed");
    let (keys, honest): (Vec<_>, Vec<_>) =
        world.honest.iter().map(|(key, answer)| (key.clone(), answer.clone().into_bytes())).unzip();
    let read = |bytes: &[u8]| {
        let Some((number, text)) = bytes.split_first() else { return false };
        let mut said = world.honest.clone();
        said.insert(keys[usize::from(*number) % keys.len()].clone(), String::from_utf8_lossy(text).into_owned());
        *answers.lock().unwrap() = said;
        runtime.block_on(look(&world, &url, MAX_CHANGED))
    };
    Target { name, max_memory: 128, input: &|rng| change(&honest, rng), read: &read }.run();
}

#[test]
fn node_of_an_audit() {
    fuzz("node of an audit", 1, async |world, url, _| world.audit(url).await);
}

#[test]
fn node_of_an_audit_of_a_batch() {
    fuzz("node of an audit of a batch", 4, async |world, url, _| world.audit(url).await);
}

#[test]
fn node_of_a_service() {
    fuzz("node of a service", 1, async |world, url, limit| world.serve(url, limit).await);
}
