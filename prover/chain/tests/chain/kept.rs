//! The batches that are kept in `fixtures/settlement` are this program's own: of bundled models, under today's keys, for the
//! requests of `verifier-contracts/test/InferenceMarketBatchKept.t.sol`, which measures their gas.
//!
//! `UPDATE_GOLDEN=1 cargo test --workspace --test chain kept` makes them anew. The gas follows with `npm run snapshot`.

use std::{fs, path::PathBuf};

use alloy::{
    primitives::{Address, B256, Bytes, U256, address, keccak256},
    sol_types::SolValue,
};
use hallmark_chain::{
    chain::CHAIN_ID,
    node::{
        Answer,
        contracts::market::IInferenceMarket::{Batch, Order},
    },
    settled::Replay,
};
use hallmark_circuits::{
    digest::Digest,
    layout::Layout,
    model::{Batch as Size, Binding},
    relations::packing::public_tensors,
    settlement::trusted::SettlementKey,
    verifier::statement::Statement,
};
use hallmark_compiling::{CompileOptions, compile};
use hallmark_fixtures::Fixture;
use hallmark_proving::{
    execute::execute,
    proving::{CommittedModel, Prover, commit},
    settlement::{Circuits, SettlementKeys, Settler},
    srs::Srs,
};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// A batch that is kept.
struct Kept {
    /// Its folder.
    folder: &'static str,
    /// The bundled model.
    model: &'static str,
    /// What its registrant registers it under.
    uri: &'static str,
    /// The number of answers.
    size: usize,
    /// How the market is told of inputs.
    binding: Binding,
}

const DIGITS: Kept =
    Kept { folder: "digits_mlp_64", model: "digits_mlp", uri: "digits", size: 64, binding: Binding::Values };
const LENET: Kept =
    Kept { folder: "lenet5_max_32", model: "lenet5_max", uri: "lenet", size: 32, binding: Binding::Digests(1) };
const CNN: Kept = Kept { folder: "cnn_264k_16", model: "cnn_264k", uri: "cnn", size: 16, binding: Binding::Digests(1) };

/// The base-two logarithm of the most rows of a batch's cells, as `hallmark commit --batches` has it.
const CELL_ROWS_BITS: u32 = 3;
const REGISTRANT: Address = address!("00000000000000000000000000000000004e6157");
const OPERATOR: Address = address!("00000000000000000000000000000000000009e6");
const REGISTRY: Address = address!("000000000000000000000000000000004e6157a2");
const MARKET: Address = address!("00000000000000000000000000000000003a24e7");
const CUSTOMERS: u64 = 0xc057_0000;
const DEADLINE: u64 = 1_800_000_000 + 86_400;
const FEE: u128 = 1_000_000_000_000_000_000;

/// A model that is offered in batches of one size, and as many samples.
struct Offered {
    kept: Kept,
    srs: Srs,
    model: CommittedModel,
    key: SettlementKey,
    samples: Vec<Vec<i64>>,
}

impl Offered {
    fn new(kept: Kept) -> Self {
        // The same setup as that of the other settlements.
        let rng = &mut ChaCha20Rng::seed_from_u64(0);
        let fixture = Fixture::find(kept.model).unwrap();
        let calibration = fixture.calibration();
        let options = CompileOptions { binding: kept.binding, ..CompileOptions::default() };
        let compiled = compile(&fixture.model(), &calibration, None, &options).unwrap();
        let architecture = compiled.architecture;
        let port = &architecture.input;
        let quantized = |(index, value): (usize, &f32)| port.quantize(index, *value);
        let image = |image: ndarray::ArrayViewD<'_, f32>| image.iter().enumerate().map(quantized).collect();
        let samples = calibration.outer_iter().take(kept.size).map(image).collect();
        let batched = architecture.batched(Size::of(kept.size, architecture.row_bits).unwrap()).unwrap();
        let cell_bits = Layout::new(&batched).unwrap().cell_bits as u32;
        let row_bits = architecture.row_bits.max(cell_bits.saturating_sub(CELL_ROWS_BITS));
        let batch = Size::of(kept.size, row_bits).unwrap();
        let circuits = Circuits::new(&Statement::new(&architecture).unwrap(), &[batch]).unwrap();
        let srs = Srs::insecure(circuits.powers(), rng);
        let mut model = commit(architecture, compiled.weights, &srs, rng).unwrap();
        model.key.batches = vec![batch];
        let key = circuits.key_of(model.key.clone(), &srs, &[]).unwrap();
        Self { kept, srs, model, key, samples }
    }

    /// The answers to the requests, one for each sample.
    fn batch(&self) -> Batch {
        let statement = Statement::new(&self.model.key.architecture).unwrap();
        let [read, answered] = public_tensors(statement.model, &statement.layout);
        let id = model_id(self.key.digest().0.into(), self.kept.uri);
        let answer = |(index, sample): (usize, &Vec<i64>)| {
            let trace = execute(statement.model, &self.model.weights, sample).unwrap();
            let output: Vec<i64> = trace.output().iter().copied().map(i64::from).collect();
            let input = read.told(sample);
            let request = request_id(id, index as u64, keccak256(&input));
            Answer { request, payee: OPERATOR, input: input.into(), output: answered.told(&output).into() }
        };
        Batch::gather(id, self.kept.size, &self.samples.iter().enumerate().map(answer).collect::<Vec<_>>()).unwrap()
    }

    fn prove(&self, batch: &Batch) -> Vec<u8> {
        let rng = &mut ChaCha20Rng::seed_from_u64(1);
        let committed = self.model.batch(self.model.key.batches[0], &self.srs).unwrap();
        let statement = Statement::new(&committed.key.architecture).unwrap();
        let (keys, key) =
            (SettlementKeys::new(&statement, &self.srs).unwrap(), self.key.batch(self.kept.size).unwrap());
        let context = Digest(batch.context(CHAIN_ID, MARKET).0);
        let inference =
            Prover::new(&committed, &self.srs).unwrap().prove(context, &self.samples.concat(), rng).unwrap();
        Settler { statement: &statement, key: &key, keys: &keys }.settle(&inference, rng).unwrap().to_bytes()
    }
}

/// `IModelRegistry.idOf`.
fn model_id(digest: B256, uri: &str) -> B256 {
    keccak256((U256::from(CHAIN_ID), REGISTRY, REGISTRANT, digest, B256::ZERO, keccak256(uri)).abi_encode())
}

/// The request of a customer with a number, which is its first.
fn request_id(model: B256, customer: u64, input: B256) -> B256 {
    let customer = Address::from_word(U256::from(CUSTOMERS + customer).into());
    let order = Order {
        modelId: model,
        inputHash: input,
        deadline: DEADLINE,
        bond: 0,
        lockSeconds: 0,
        callback: Address::ZERO,
        callbackGas: 0,
    };
    keccak256((U256::from(CHAIN_ID), MARKET, customer, U256::ZERO, order, FEE).abi_encode())
}

#[test]
fn the_batch_of_digits_is_this_program_s() {
    is_this_program_s(DIGITS);
}

#[test]
fn the_batch_by_digests_is_this_program_s() {
    is_this_program_s(LENET);
}

#[test]
fn the_batch_of_a_larger_model_is_this_program_s() {
    is_this_program_s(CNN);
}

fn is_this_program_s(kept: Kept) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/settlement").join(kept.folder);
    let path = |file: &str| folder.join(file);
    let offered = Offered::new(kept);
    let batch = offered.batch();
    let files = [
        ("key.bin", offered.key.to_bytes()),
        ("batch.bin", offered.key.batch(offered.kept.size).unwrap().to_bytes()),
        ("context.bin", batch.context(CHAIN_ID, MARKET).to_vec()),
        ("input.bin", batch.inputs.to_vec()),
        ("output.bin", batch.outputs.to_vec()),
    ];
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path("")).unwrap();
        files.iter().for_each(|(file, bytes)| fs::write(path(file), bytes).unwrap());
        fs::write(path("proof.bin"), offered.prove(&batch)).unwrap();
    }
    for (file, bytes) in files {
        assert!(fs::read(path(file)).unwrap() == bytes, "{file} is another: set UPDATE_GOLDEN to make it anew");
    }
    let proven = Batch { proof: Bytes::from(fs::read(path("proof.bin")).unwrap()), ..batch };
    let statement = Statement::new(&offered.model.key.architecture).unwrap();
    let replay = Replay { statement: &statement, key: &offered.key };
    assert_eq!(replay.check_batch(CHAIN_ID, MARKET, &proven), Ok(()), "set UPDATE_GOLDEN to make the proof anew");
}
