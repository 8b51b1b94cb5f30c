//! Requests whose inputs contracts are told by digests.

use std::{fs, path::PathBuf, sync::LazyLock};

use alloy::primitives::{B256, keccak256};
use hallmark_chain::node::contracts::market::IInferenceMarket::Order;
use hallmark_circuits::model::Binding;
use hallmark_operator::{Clock, JobStore, Options, State};
use hallmark_proving::npy::write_floats;
use hallmark_testing::circuit::small;
use ndarray::{ArrayD, IxDyn};

use crate::{
    batches::BATCHED,
    paying::{GOOD, paying},
    program::{done, say, text},
    service::{FULFILLED, OPEN},
    world::{CUSTOMER, FEE, Files, OPERATOR, Running, World, at, options, until},
};

/// The model, told by digests, in batches of 4.
static TOLD: LazyLock<Files> = LazyLock::new(|| {
    let mut architecture = small();
    architecture.input.binding = Binding::Digests(1);
    Files::of(&architecture, 14, &["m"], &[4])
});

impl World {
    fn inputs(&self) -> PathBuf {
        let folder = self.folder.path().join("inputs");
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// A request with the digest of an input, which is handed to the operator or kept.
    async fn request_told(&self, input: [u8; 4], is_handed: bool) -> B256 {
        let told = self.served().told(&input).unwrap();
        assert_eq!(told.len(), 32);
        if is_handed {
            self.hand_over(&told, input);
        }
        self.request(&told).await
    }

    fn hand_over(&self, told: &[u8], input: [u8; 4]) {
        fs::write(self.inputs().join(format!("{}.bin", keccak256(told))), input).unwrap();
    }
}

#[tokio::test]
async fn an_operator_answers_digests_whose_inputs_it_has_alone_and_in_batches() {
    let world = World::batched_with(&TOLD, &[]).await;
    let service = world.serve_with(OPERATOR, Options { inputs: Some(world.inputs()), ..options() }).await;
    let alone = world.request_told([1, 2, 3, 4], true).await;
    world.wait(alone, FULFILLED).await;
    service.stop();
    let kept = world.request_told([9; 4], false).await;
    let mut ids = Vec::new();
    for index in 5..8 {
        ids.push(world.request_told([index; 4], true).await);
    }
    let service = world.serve_with(OPERATOR, Options { inputs: Some(world.inputs()), ..options() }).await;
    for id in &ids {
        world.wait(*id, FULFILLED).await;
    }
    until("a batch", async || service.count("batches_total") == 1).await;
    assert_eq!(world.request_of(kept).await.state, OPEN);
    service.stop();
}

/// A file under a digest's name that holds another input would make the operator prove an answer that nobody asked for.
#[tokio::test]
async fn another_input_under_a_digest_s_name_is_not_used() {
    let world = World::batched_with(&TOLD, &[]).await;
    let told = world.served().told(&[1, 2, 3, 4]).unwrap();
    let file = world.inputs().join(format!("{}.bin", keccak256(&told)));
    fs::write(&file, [1, 2, 3, 5]).unwrap();
    let id = world.request(&told).await;
    let service = world.serve_with(OPERATOR, Options { inputs: Some(world.inputs()), ..options() }).await;
    let other = world.request_told([7; 4], true).await;
    world.wait(other, FULFILLED).await;
    assert_eq!(world.request_of(id).await.state, OPEN);
    // The file is read again once it has changed.
    fs::write(&file, [1, 2, 3, 4]).unwrap();
    world.wait(id, FULFILLED).await;
    service.stop();
}

/// Whoever sends many requests that do not pay does not fill the operator's disk with copies of one input.
#[tokio::test]
async fn the_input_of_a_request_that_does_not_pay_is_not_stored() {
    let world = World::batched_with(&TOLD, &[]).await;
    let store = world.store(OPERATOR, Clock::default()).await;
    let told = world.served().told(&[7; 4]).unwrap();
    let dust = world.order(&world.ask_for(&told, 86_400).await, &told, 1_000).await;
    let good = world.order(&world.ask_for(&told, 86_400).await, &told, GOOD).await;
    world.hand_over(&told, [7; 4]);
    let options = Options { inputs: Some(world.inputs()), ..paying() };
    let (service, metrics) = world.service_with(store.clone(), OPERATOR, options).await;
    let service = Running::start(service, metrics);
    world.wait(good, FULFILLED).await;
    let job = store.job(dust.0).await.unwrap().unwrap();
    assert!(matches!(job.state, State::AwaitingInput(_)), "{job:?}");
    assert_eq!(store.input(dust.0).await.unwrap().unwrap_or_default(), [0; 0]);
    service.stop();
}

/// Whoever forgets the folder would have all requests refused.
#[tokio::test]
async fn serve_asks_for_the_folder_of_inputs_that_are_told_by_digests() {
    let world = World::batched_with(&TOLD, &[]).await;
    let folder = world.models();
    let [model, srs, journal] = ["m.hallmark", "srs.bin", "journal"].map(|name| at(&folder, name));
    let (id, market, rpc) = (world.model, world.market, world.anvil.url());
    let serve = format!("serve {model} --model-id {id} --srs {srs} --market {market} --journal {journal} --rpc {rpc}");
    let (code, json) = say(OPERATOR, &serve);
    assert_eq!(code, 2);
    assert!(text(&json, "error").contains("--inputs"), "{json}");
}

/// A request for one model with the input of another does not make the file unusable for the other.
#[tokio::test]
async fn a_file_that_is_no_input_of_one_model_is_one_of_another() {
    let world = World::batched_with(&TOLD, &[]).await;
    let other = world.register_of(&BATCHED).await;
    let told = world.served().told(&[7; 4]).unwrap();
    let order = world.ask_for(&told, 86_400).await;
    let attack = world.order_hashed(&Order { modelId: other, ..order.clone() }, FEE).await;
    let id = world.order_hashed(&order, FEE).await;
    world.hand_over(&told, [7; 4]);
    let models = vec![BATCHED.served("m", other), world.served()];
    let options = Options { inputs: Some(world.inputs()), ..options() };
    let store = world.store(OPERATOR, Clock::default()).await;
    let (service, metrics) = world.service_of(models, store, OPERATOR, options).await;
    let service = Running::start(service, metrics);
    world.wait(id, FULFILLED).await;
    assert_eq!(world.request_of(attack).await.state, OPEN);
    service.stop();
}

#[tokio::test]
async fn without_a_folder_digests_are_left_to_be_refunded() {
    let world = World::batched_with(&TOLD, &[]).await;
    let service = world.serve(OPERATOR).await;
    let id = world.request_told([1, 2, 3, 4], true).await;
    until("a refusal", async || service.count("refused_total") == 1).await;
    assert_eq!(world.request_of(id).await.state, OPEN);
    service.stop();
}

/// By the commands alone: the customer orders by digest, hands over the file, and reads the answer.
#[tokio::test]
async fn a_customer_hands_the_input_to_the_operator() {
    let world = World::batched_with(&TOLD, &[]).await;
    let [key, input, file] = ["m.key", "x.npy", "x.bin"].map(|name| at(world.folder.path(), name));
    let folder = world.models();
    done(CUSTOMER, &format!("export-key {} -o {key} --force", at(&folder, "m.hallmark")));
    write_floats(input.as_str(), ArrayD::from_shape_vec(IxDyn(&[4]), vec![1.0, 2.0, 3.0, 4.0]).unwrap().view())
        .unwrap();
    let (market, rpc, model) = (world.market, world.anvil.url(), world.model);
    let srs = at(&folder, "srs.bin");
    let request = format!(
        "request {key} --market {market} --model-id {model} --srs {srs} --input {input} --fee 1000gwei --for-tests --rpc {rpc}"
    );
    let ordered = done(CUSTOMER, &format!("{request} --output {file}"));
    let told = done(CUSTOMER, &format!("digest {key} --input {input}"));
    assert_eq!(text(&ordered, "input_hash"), text(&told, "input_hash"));
    fs::copy(&file, world.inputs().join(format!("{}.bin", text(&ordered, "input_hash")))).unwrap();
    let id: B256 = text(&ordered, "request").parse().unwrap();
    let service = world.serve_with(OPERATOR, Options { inputs: Some(world.inputs()), ..options() }).await;
    world.wait(id, FULFILLED).await;
    service.stop();
    let answer = done(CUSTOMER, &format!("answer {id} --model-key {key} --srs {srs} --market {market} --rpc {rpc}"));
    assert_eq!(answer["output"], serde_json::json!([0.0, 0.0]));
}
