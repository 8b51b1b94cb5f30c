//! A chain with the contracts on it, a model that is registered and listed, and an operator's service.

use std::{
    iter,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use alloy::primitives::{Address, B256, U256, keccak256};
use hallmark_chain::chain::creation_code;
use hallmark_chain::node::{
    Account, Intent,
    contracts::{
        Contract,
        market::{
            IInferenceMarket::{Order, Request},
            InferenceMarket::{self, listCall, nonceOfCall, requestCall, requestHashedCall, requestOfCall},
        },
        registry::{IModelRegistry::Setup, ModelRegistry::registerCall},
    },
    deployment::{DeploymentError, Plan},
};
use hallmark_circuits::{
    facts::NoFacts,
    model::{Architecture, Batch},
    settlement::trusted::SettlementKey,
    verifier::statement::Statement,
};
use hallmark_operator::{
    Clock, EmbeddedStore, LeastFee, Metrics, OperatorError, Options, Policy, Served, Service, Venue, model_id,
    request_id,
};
use hallmark_proving::artifact::{Model, read_model, write_model};
use hallmark_proving::proving::commit;
use hallmark_proving::settlement::{Circuit, Circuits, SettlementKeys};
use hallmark_proving::srs::Srs;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::anvil::Anvil;
use hallmark_testing::circuit::{small, small_weights};

/// What a request is worth, in wei.
pub(crate) const FEE: u128 = 1_000_000;
/// Whose account does what.
pub(crate) const DEPLOYER: usize = 0;
pub(crate) const CUSTOMER: usize = 1;
pub(crate) const OPERATOR: usize = 2;
pub(crate) const RIVAL: usize = 3;

/// The files of a model that is as small as can be settled.
pub(crate) struct Files {
    folder: TempDir,
}

/// The model that all tests share.
pub(crate) static FILES: LazyLock<Files> = LazyLock::new(|| Files::new(12, &["m", "other"], &[]));

impl Files {
    /// Models with these names, in batches of these sizes, under a setup of `2^log_size` powers.
    pub(crate) fn new(log_size: u32, names: &[&str], sizes: &[usize]) -> Self {
        Self::of(&small(), log_size, names, sizes)
    }

    /// Models of the smallest architecture or of one with its weights.
    pub(crate) fn of(architecture: &Architecture, log_size: u32, names: &[&str], sizes: &[usize]) -> Self {
        let files = Self { folder: TempDir::new().unwrap() };
        let rng = &mut ChaCha20Rng::seed_from_u64(1);
        let srs = Srs::insecure(log_size, rng);
        srs.write(&files.path("srs.bin")).unwrap();
        for name in names {
            let weights = small_weights(rng);
            let mut model = commit(architecture.clone(), weights, &srs, rng).unwrap();
            model.key.batches = sizes.iter().map(|size| Batch::of(*size, architecture.row_bits).unwrap()).collect();
            let statement = Statement::new(&model.key.architecture).unwrap();
            let circuits = Circuits::new(&statement, &model.key.batches).unwrap();
            let batches = circuits.batches.into_iter().map(|(batch, circuit)| (format!(".{}", batch.size()), circuit));
            for (size, circuit) in iter::once((String::new(), circuits.single)).chain(batches) {
                let keys = SettlementKeys::of_circuit(circuit, &srs).unwrap();
                keys.store(&files.path(&format!("{name}{size}.settlement")), &srs).unwrap();
            }
            drop(statement);
            write_model(&files.path(&format!("{name}.hallmark")), &Model::from_committed(model)).unwrap();
        }
        files
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn served(&self, name: &str, id: B256) -> Served {
        let model = read_model(&self.path(&format!("{name}.hallmark"))).unwrap().into_committed().unwrap();
        let srs = Arc::new(Srs::read(self.path("srs.bin")).unwrap());
        let circuits = Circuits::new(&Statement::new(&model.key.architecture).unwrap(), &model.key.batches).unwrap();
        let load = |size: &str, circuit: &Circuit| {
            SettlementKeys::load(&self.path(&format!("{name}{size}.settlement")), circuit, &srs, &NoFacts).unwrap()
        };
        let keys = load("", &circuits.single);
        let batch = |(batch, circuit): &(Batch, Circuit)| load(&format!(".{}", batch.size()), circuit);
        let batches = circuits.batches.iter().map(batch).collect();
        Served::new(id, model, Arc::clone(&srs), keys, batches).unwrap()
    }

    pub(crate) fn settlement_key(&self, name: &str) -> SettlementKey {
        self.served(name, B256::ZERO).key().clone()
    }
}

/// A chain with a market.
pub(crate) struct World {
    pub(crate) anvil: Anvil,
    pub(crate) folder: TempDir,
    pub(crate) registry: Address,
    pub(crate) market: Address,
    pub(crate) model: B256,
    pub(crate) customer: Account,
    pub(crate) files: &'static Files,
}

impl World {
    pub(crate) async fn new(arguments: &[&str]) -> Self {
        Self::with(&FILES, arguments).await
    }

    /// A chain with the first model of these files.
    pub(crate) async fn with(files: &'static Files, arguments: &[&str]) -> Self {
        let anvil = Anvil::start(arguments);
        let deployer = anvil.account(DEPLOYER).await;
        let srs = Srs::read(files.path("srs.bin")).unwrap();
        let verifier = place(&deployer, Plan::verifier()).await;
        let registry = place(&deployer, Plan::registry(verifier, Setup::from(srs.opening_key()))).await;
        let market = place(&deployer, Plan::market(registry)).await;
        let model = register(files, &deployer, [registry, market], "m").await;
        let customer = anvil.account(CUSTOMER).await;
        Self { anvil, folder: TempDir::new().unwrap(), registry, market, model, customer, files }
    }

    /// A second model, of the same architecture.
    pub(crate) async fn register_other(&self) -> B256 {
        register(self.files, &self.anvil.account(DEPLOYER).await, [self.registry, self.market], "other").await
    }

    /// The model of other files.
    pub(crate) async fn register_of(&self, files: &Files) -> B256 {
        register(files, &self.anvil.account(DEPLOYER).await, [self.registry, self.market], "m").await
    }

    /// A service of an account.
    pub(crate) async fn service(&self, account: usize, options: Options) -> (Service<EmbeddedStore>, Metrics) {
        let store = self.store(account, Clock::default()).await;
        self.service_with(store, account, options).await
    }

    pub(crate) async fn service_with(
        &self,
        store: EmbeddedStore,
        account: usize,
        options: Options,
    ) -> (Service<EmbeddedStore>, Metrics) {
        self.service_of(vec![self.served()], store, account, options).await
    }

    pub(crate) async fn service_of(
        &self,
        models: Vec<Served>,
        store: EmbeddedStore,
        account: usize,
        options: Options,
    ) -> (Service<EmbeddedStore>, Metrics) {
        let account = self.anvil.account(account).await;
        let (payee, metrics) = (account.address(), Metrics::default());
        let service = Service::new(account, [self.market, payee], models, store, metrics.clone(), options);
        (service.await.unwrap(), metrics)
    }

    /// The folder of the model's files.
    pub(crate) fn models(&self) -> PathBuf {
        self.files.path(".")
    }

    /// The model with all that answering takes.
    pub(crate) fn served(&self) -> Served {
        self.files.served("m", self.model)
    }

    /// The store of an account's service.
    pub(crate) async fn store(&self, account: usize, clock: Clock) -> EmbeddedStore {
        let payee = self.anvil.account(account).await.address();
        let path = self.folder.path().join(format!("{payee}.journal"));
        let venue = Venue { chain: 31_337, market: self.market.into(), payee: payee.into() };
        EmbeddedStore::open_with(&path, venue, clock).unwrap()
    }

    pub(crate) async fn serve(&self, account: usize) -> Running {
        self.serve_with(account, options()).await
    }

    pub(crate) async fn serve_with(&self, account: usize, options: Options) -> Running {
        let (service, metrics) = self.service(account, options).await;
        Running::start(service, metrics)
    }

    pub(crate) async fn request(&self, input: &[u8]) -> B256 {
        self.order(&self.ask_for(input, 3600).await, input, FEE).await
    }

    /// An order with a deadline in so many seconds.
    pub(crate) async fn ask_for(&self, input: &[u8], seconds: u64) -> Order {
        let deadline = self.customer.node.head().await.unwrap().timestamp + seconds;
        Order {
            modelId: self.model,
            inputHash: keccak256(input),
            deadline,
            bond: 0,
            lockSeconds: 0,
            callback: Address::ZERO,
            callbackGas: 0,
        }
    }

    pub(crate) async fn order(&self, order: &Order, input: &[u8], fee: u128) -> B256 {
        let call = requestCall { order: order.clone(), input: input.to_vec().into() };
        self.send_order(order, Intent::call(self.market, &call), fee).await
    }

    /// An order whose input is not on the chain.
    pub(crate) async fn order_hashed(&self, order: &Order, fee: u128) -> B256 {
        let call = requestHashedCall { order: order.clone() };
        self.send_order(order, Intent::call(self.market, &call), fee).await
    }

    async fn send_order(&self, order: &Order, intent: Intent, fee: u128) -> B256 {
        let customer = self.customer.address();
        let nonce = self.customer.node.view(self.market, &nonceOfCall { customer }).await.unwrap();
        self.customer.send(&intent.paying(U256::from(fee))).await.unwrap();
        request_id(31_337, self.market, customer, nonce, order, fee)
    }

    pub(crate) async fn request_of(&self, id: B256) -> Request {
        self.customer.node.view(self.market, &requestOfCall { requestId: id }).await.unwrap()
    }

    pub(crate) async fn credit(&self, account: Address) -> U256 {
        self.customer.node.view(self.market, &InferenceMarket::creditCall { account }).await.unwrap()
    }

    /// Waits until a request is in a state.
    pub(crate) async fn wait(&self, id: B256, state: u8) {
        until(&format!("request {id} in state {state}"), async || self.request_of(id).await.state == state).await;
    }

    pub(crate) async fn mine(&self, blocks: u64) {
        self.anvil.ask("anvil_mine", serde_json::json!([format!("{blocks:#x}")])).await;
    }
}

/// Waits for something, for ten minutes at most: the machine may have much else to do.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !holds().await {
        assert!(start.elapsed() < Duration::from_secs(600), "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

pub(crate) fn options() -> Options {
    Options {
        poll: Duration::from_millis(100),
        confirmations: 4,
        batch: 16,
        batch_wait: Duration::ZERO,
        from_block: Some(0),
        policy: Policy { deadline_margin: Duration::ZERO, least_fee: LeastFee::Given(0) },
        callbacks: false,
        max_bond: None,
        inputs: None,
        patience: Duration::from_secs(2),
        recheck: Duration::from_millis(100),
        workers: 1,
        lease: Duration::from_secs(60),
    }
}

/// Deploys a contract by the proxy.
pub(crate) async fn place(account: &Account, plan: Result<Plan, DeploymentError>) -> Address {
    let plan = plan.unwrap();
    account.send(&plan.intent()).await.unwrap();
    assert!(plan.is_there(&account.node).await.unwrap());
    plan.address()
}

pub(crate) async fn deploy(account: &Account, contract: Contract, arguments: &[u8]) -> Address {
    let intent = Intent::deploy(contract.deployment(), contract.creation(arguments).unwrap());
    account.send(&intent).await.unwrap().contract.unwrap()
}

async fn register(files: &Files, account: &Account, [registry, market]: [Address; 2], name: &str) -> B256 {
    let key = files.settlement_key(name);
    let code = creation_code(&[&[0], key.to_bytes().as_slice()].concat()).unwrap();
    let address = account.send(&Intent::deploy("the key", code)).await.unwrap().contract.unwrap();
    let digest = B256::from(key.digest().0);
    let call = registerCall { key: address, keyDigest: digest, predecessor: B256::ZERO, uri: String::new() };
    account.send(&Intent::call(registry, &call)).await.unwrap();
    let model = model_id(31_337, registry, account.address(), digest, B256::ZERO, "");
    let call = listCall { modelId: model, holders: Address::repeat_byte(0x77), holdersBps: 1000 };
    account.send(&Intent::call(market, &call)).await.unwrap();
    model
}

/// A service on a thread of its own.
pub(crate) struct Running {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), OperatorError>>>,
    pub(crate) metrics: Metrics,
}

impl Running {
    pub(crate) fn start(service: Service<EmbeddedStore>, metrics: Metrics) -> Self {
        let (stop, stopped) = oneshot::channel();
        let work = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(service.run(async { drop(stopped.await) }))
        };
        Self { stop: Some(stop), thread: Some(thread::spawn(work)), metrics }
    }

    pub(crate) fn stop(mut self) {
        drop(self.stop.take());
        self.thread.take().unwrap().join().unwrap().unwrap();
    }

    /// Waits for something, during which the service sends nothing and gives nothing up. The test fails at once if it does,
    /// since what is waited for may never come then.
    pub(crate) async fn until_silently(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        until(what, async || {
            for name in ["transactions_total", "settled_total", "refused_total"] {
                assert_eq!(self.count(name), 0, "{name} before {what}");
            }
            holds().await
        })
        .await;
    }

    /// The sum of a histogram.
    pub(crate) fn sum(&self, name: &str) -> f64 {
        let text = self.metrics.render();
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("hallmark_{name}_sum ")));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
    }

    /// The value of a metric.
    pub(crate) fn count(&self, name: &str) -> u64 {
        let text = self.metrics.render();
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("hallmark_{name} ")));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
    }
}

pub(crate) fn at(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}
