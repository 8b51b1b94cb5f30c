//! The batch in `fixtures/settlement/digits_mlp_64` is this program's own: of the bundled model, under today's keys, for the
//! requests of `verifier-contracts/test/InferenceMarketBatchDigits.t.sol`, which measures its gas.
//!
//! `UPDATE_GOLDEN=1 cargo test --workspace --test chain digits` makes it anew. The gas follows with `npm run snapshot`.

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
    digest::Digest, layout::Layout, model::Batch as Size, relations::packing::public_tensors,
    settlement::trusted::SettlementKey, verifier::statement::Statement,
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

const SIZE: usize = 64;
/// The base-two logarithm of the most rows of a batch's cells, as `hallmark commit --batches` has it.
const CELL_ROWS_BITS: u32 = 3;
const REGISTRANT: Address = address!("00000000000000000000000000000000004e6157");
const OPERATOR: Address = address!("00000000000000000000000000000000000009e6");
const REGISTRY: Address = address!("000000000000000000000000000000004e6157a2");
const MARKET: Address = address!("00000000000000000000000000000000003a24e7");
const CUSTOMERS: u64 = 0xc057_0000;
const DEADLINE: u64 = 1_800_000_000 + 86_400;
const FEE: u128 = 1_000_000_000_000_000_000;

/// The digits MLP, offered in batches of 64, and samples of digits.
struct Digits {
    srs: Srs,
    model: CommittedModel,
    key: SettlementKey,
    samples: Vec<Vec<i64>>,
}

impl Digits {
    fn new() -> Self {
        // The same setup as that of the other settlements.
        let rng = &mut ChaCha20Rng::seed_from_u64(0);
        let fixture = Fixture::find("digits_mlp").unwrap();
        let calibration = fixture.calibration();
        let compiled = compile(&fixture.model(), &calibration, None, &CompileOptions::default()).unwrap();
        let architecture = compiled.architecture;
        let port = &architecture.input;
        let quantized = |(index, value): (usize, &f32)| port.quantize(index, *value);
        let image = |image: ndarray::ArrayViewD<'_, f32>| image.iter().enumerate().map(quantized).collect();
        let samples = calibration.outer_iter().take(SIZE).map(image).collect();
        let batched = architecture.batched(Size::of(SIZE, architecture.row_bits).unwrap()).unwrap();
        let cell_bits = Layout::new(&batched).unwrap().cell_bits as u32;
        let row_bits = architecture.row_bits.max(cell_bits.saturating_sub(CELL_ROWS_BITS));
        let batch = Size::of(SIZE, row_bits).unwrap();
        let circuits = Circuits::new(&Statement::new(&architecture).unwrap(), &[batch]).unwrap();
        let srs = Srs::insecure(circuits.powers(), rng);
        let mut model = commit(architecture, compiled.weights, &srs, rng).unwrap();
        model.key.batches = vec![batch];
        let key = circuits.key_of(model.key.clone(), &srs, &[]).unwrap();
        Self { srs, model, key, samples }
    }

    /// The answers to the requests, one for each sample.
    fn batch(&self) -> Batch {
        let statement = Statement::new(&self.model.key.architecture).unwrap();
        let [read, answered] = public_tensors(statement.model, &statement.layout);
        let id = model_id(self.key.digest().0.into());
        let answer = |(index, sample): (usize, &Vec<i64>)| {
            let trace = execute(statement.model, &self.model.weights, sample).unwrap();
            let output: Vec<i64> = trace.output().iter().copied().map(i64::from).collect();
            let input = read.to_bytes(sample);
            let request = request_id(id, index as u64, keccak256(&input));
            Answer { request, payee: OPERATOR, input: input.into(), output: answered.to_bytes(&output).into() }
        };
        Batch::gather(id, SIZE, &self.samples.iter().enumerate().map(answer).collect::<Vec<_>>()).unwrap()
    }

    fn prove(&self, batch: &Batch) -> Vec<u8> {
        let rng = &mut ChaCha20Rng::seed_from_u64(1);
        let committed = self.model.batch(self.model.key.batches[0], &self.srs).unwrap();
        let statement = Statement::new(&committed.key.architecture).unwrap();
        let (keys, key) = (SettlementKeys::new(&statement, &self.srs).unwrap(), self.key.batch(SIZE).unwrap());
        let context = Digest(batch.context(CHAIN_ID, MARKET).0);
        let inference =
            Prover::new(&committed, &self.srs).unwrap().prove(context, &self.samples.concat(), rng).unwrap();
        Settler { statement: &statement, key: &key, keys: &keys }.settle(&inference, rng).unwrap().to_bytes()
    }
}

/// `IModelRegistry.idOf`.
fn model_id(digest: B256) -> B256 {
    keccak256((U256::from(CHAIN_ID), REGISTRY, REGISTRANT, digest, B256::ZERO, keccak256("digits")).abi_encode())
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

fn path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/settlement/digits_mlp_64").join(file)
}

#[test]
fn the_batch_of_digits_is_this_program_s() {
    let digits = Digits::new();
    let batch = digits.batch();
    let files = [
        ("key.bin", digits.key.to_bytes()),
        ("batch.bin", digits.key.batch(SIZE).unwrap().to_bytes()),
        ("context.bin", batch.context(CHAIN_ID, MARKET).to_vec()),
        ("input.bin", batch.inputs.to_vec()),
        ("output.bin", batch.outputs.to_vec()),
    ];
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path("")).unwrap();
        files.iter().for_each(|(file, bytes)| fs::write(path(file), bytes).unwrap());
        fs::write(path("proof.bin"), digits.prove(&batch)).unwrap();
    }
    for (file, bytes) in files {
        assert!(fs::read(path(file)).unwrap() == bytes, "{file} is another: set UPDATE_GOLDEN to make it anew");
    }
    let proven = Batch { proof: Bytes::from(fs::read(path("proof.bin")).unwrap()), ..batch };
    let statement = Statement::new(&digits.model.key.architecture).unwrap();
    let replay = Replay { statement: &statement, key: &digits.key };
    assert_eq!(replay.check_batch(CHAIN_ID, MARKET, &proven), Ok(()), "set UPDATE_GOLDEN to make the proof anew");
}
