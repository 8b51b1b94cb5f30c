//! A small model that is offered in batches, with all that settling them takes.

use hallmark_circuits::{
    digest::Digest,
    model::{Architecture, Batch, MIN_ROW_BITS, Table},
    relations::packing::public_tensors,
    settlement::trusted::SettlementKey,
    verifier::statement::Statement,
};
use hallmark_proving::{
    proving::{CommittedModel, Prover, commit},
    settlement::{Circuits, SettlementKeys, Settler},
    srs::Srs,
};
use rand::CryptoRng;

use crate::circuit::{small, small_weights};

/// The bytes of an input and of an output of [`linear`].
pub const LENGTHS: [usize; 2] = [4, 2];

/// The smallest model whose answers differ with its inputs: a dense layer, whose table changes nothing.
pub fn linear() -> Architecture {
    let same = Table { name: "same".into(), first: -64, outputs: (-64..64).collect() };
    Architecture { tables: vec![same], ..small() }
}

/// A model with its settlement key, which lists its batches.
pub struct Batched {
    pub srs: Srs,
    pub model: CommittedModel,
    pub key: SettlementKey,
    sizes: Vec<Ready>,
}

/// What proves for one number of samples.
struct Ready {
    size: usize,
    committed: CommittedModel,
    keys: SettlementKeys,
    key: SettlementKey,
}

/// An answer in bytes, and the bytes of its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    pub output: Vec<u8>,
    pub proof: Vec<u8>,
}

impl Batched {
    /// Commits to [`linear`], offered in batches of these sizes.
    pub fn new(sizes: &[usize], rng: &mut impl CryptoRng) -> Self {
        let row_bits = linear().row_bits.max(MIN_ROW_BITS);
        let batches: Vec<Batch> = sizes.iter().map(|size| Batch::of(*size, row_bits).unwrap()).collect();
        let architecture = linear();
        let circuits = Circuits::new(&Statement::new(&architecture).unwrap(), &batches).unwrap();
        let srs = Srs::insecure(circuits.powers(), rng);
        let mut model = commit(architecture, small_weights(rng), &srs, rng).unwrap();
        model.key.batches = batches;
        let key = circuits.key_of(model.key.clone(), &srs, &[]).unwrap();
        let ready = |size: usize, committed: CommittedModel, key: SettlementKey| {
            let keys = SettlementKeys::new(&Statement::new(&committed.key.architecture).unwrap(), &srs).unwrap();
            Ready { size, committed, keys, key }
        };
        let batch = |batch: &Batch| {
            let key = key.batch(batch.size()).unwrap();
            ready(batch.size(), model.batch(*batch, &srs).unwrap(), key)
        };
        let mut sizes: Vec<Ready> = model.key.batches.iter().map(batch).collect();
        sizes.push(ready(1, model.clone(), key.clone()));
        Self { srs, model, key, sizes }
    }

    /// The model's statement.
    pub fn statement(&self) -> Statement<'_> {
        Statement::new(&self.model.key.architecture).unwrap()
    }

    /// The keys that prove for one of the sizes.
    pub fn keys(&self, size: usize) -> &SettlementKeys {
        &self.ready(size).keys
    }

    fn ready(&self, size: usize) -> &Ready {
        self.sizes.iter().find(|ready| ready.size == size).unwrap()
    }

    /// Answers as many inputs as one of the sizes, and settles that with one proof for a context.
    pub fn settle(&self, size: usize, context: Digest, inputs: &[u8], rng: &mut impl CryptoRng) -> Settled {
        let Ready { committed, keys, key, .. } = self.ready(size);
        let statement = Statement::new(&committed.key.architecture).unwrap();
        let [tensor, _] = public_tensors(statement.model, &statement.layout);
        let input = tensor.from_bytes(inputs).unwrap();
        let inference = Prover::new(committed, &self.srs).unwrap().prove(context, &input, rng).unwrap();
        let settler = Settler { statement: &statement, key, keys };
        let proof = settler.settle(&inference, rng).unwrap().to_bytes();
        Settled { output: settler.statement.told(&inference.claim).output, proof }
    }

    /// The bytes of what the model answers an input.
    pub fn answer(&self, input: &[u8]) -> Vec<u8> {
        let statement = self.statement();
        let [read, answered] = public_tensors(statement.model, &statement.layout);
        let trace =
            hallmark_proving::execute::execute(statement.model, &self.model.weights, &read.from_bytes(input).unwrap());
        let output: Vec<i64> = trace.unwrap().output().iter().copied().map(i64::from).collect();
        answered.to_bytes(&output)
    }
}
