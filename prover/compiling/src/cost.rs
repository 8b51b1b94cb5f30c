//! The cost model: sizes of a model, and estimates before anything is proved.
//!
//! Times are those of two threads of a processor with AVX-512 IFMA. Other processors take about twice as long.

use hallmark_circuits::{
    layout::Layout,
    model::{Architecture, bits_of, block_bits},
    settlement::gas::Gas,
};
use serde::{Deserialize, Serialize};

/// Seconds for one full-size point of a multi-scalar multiplication.
pub const SECONDS_PER_POINT: f64 = 0.8e-6;
/// Seconds for one cell of a tensor: committed, looked up and opened.
pub const SECONDS_PER_CELL: f64 = 1.3e-6;
/// Seconds for one weight.
pub const SECONDS_PER_WEIGHT: f64 = 0.02e-6;
/// Seconds for one entry of a table or of a range of remainders.
pub const SECONDS_PER_ENTRY: f64 = 0.6e-6;
/// Seconds that every proof takes.
pub const SECONDS_BASE: f64 = 0.05;
/// Full-size points for each value of a row: the opening.
pub const POINTS_PER_ROW_VALUE: f64 = 4.0;
/// Bytes for each cell, weight and entry while proving.
pub const BYTES_PER_CELL: f64 = 400.0;
/// Bytes for each weight while proving.
pub const BYTES_PER_WEIGHT: f64 = 10.0;
/// Bytes that every proof takes.
pub const BYTES_BASE: f64 = 25e6;
/// Seconds that the proof for settlement takes beside the argument that it is about: for a circuit of 2^13 rows.
pub const SECONDS_SETTLEMENT: f64 = 0.17;
/// Gas of a market's transaction beside the check of the proof: `fulfil` in `verifier-contracts/snapshots/market.json`, without the
/// transaction's base, which the check has already.
pub const MARKET_GAS: f64 = (137_270 - 21_000) as f64;

/// How large a model is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Steps.
    pub steps: usize,
    /// Cells of all tensors.
    pub activations: usize,
    /// Weights.
    pub weights: usize,
    /// Entries of all tables.
    pub table_entries: usize,
    /// Multiplications and additions of one inference.
    pub multiply_accumulates: u64,
    /// The bits of the index space of all tensors, padded.
    pub tensor_bits: u32,
    /// The bits of the index space of all weights, padded.
    pub weight_bits: u32,
    /// The bits of the index space of all tables.
    pub table_bits: u32,
}

/// What a proof is expected to cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Estimates {
    /// Time of an off-chain proof on two threads.
    pub proving_seconds: f64,
    /// Time of a proof for settlement on two threads.
    pub settlement_seconds: f64,
    /// Peak memory of the prover.
    pub memory_bytes: f64,
    /// Gas of a transaction that only has the proof checked.
    pub gas: f64,
    /// Gas of a market's transaction, which pays for the answer too.
    pub market_gas: f64,
}

/// Counts what a model is made of.
pub(super) fn count(model: &Architecture) -> Counts {
    let product = |axes: &[usize]| axes.iter().product::<usize>();
    let padded = |axes: &[usize]| 1usize << block_bits(axes);
    let tensors = (0..model.tensors()).map(|tensor| model.tensor_axes(tensor));
    let weights = model.weights.iter().map(|shape| shape.axes.as_slice());
    let table_entries: usize = model.tables.iter().map(|table| table.outputs.len()).sum();
    let work = model
        .steps
        .iter()
        .flat_map(|step| step.terms.iter().map(|term| (product(&step.axes) * product(&term.summed)) as u64));
    Counts {
        steps: model.steps.len(),
        activations: tensors.clone().map(product).sum(),
        weights: weights.clone().map(product).sum(),
        table_entries,
        multiply_accumulates: work.sum(),
        tensor_bits: bits_of(tensors.map(padded).sum()) as u32,
        weight_bits: bits_of(weights.map(padded).sum()) as u32,
        table_bits: bits_of(table_entries + remainders(model)) as u32,
    }
}

/// Entries of the range that remainders are looked up in.
fn remainders(model: &Architecture) -> usize {
    model.steps.iter().map(|step| step.shift).max().map_or(0, |shift| 1 << shift)
}

/// What a proof is expected to cost.
pub(super) fn estimate(model: &Architecture, layout: &Layout, counts: &Counts) -> Estimates {
    let row = (1u64 << layout.row_bits) as f64;
    let proving_seconds = SECONDS_BASE
        + SECONDS_PER_CELL * counts.activations as f64
        + SECONDS_PER_WEIGHT * counts.weights as f64
        + SECONDS_PER_ENTRY * (counts.table_entries + remainders(model)) as f64
        + SECONDS_PER_POINT * POINTS_PER_ROW_VALUE * row;
    let gas = Gas::predict(model, layout).total() as f64;
    Estimates {
        proving_seconds,
        settlement_seconds: proving_seconds + SECONDS_SETTLEMENT,
        memory_bytes: BYTES_BASE
            + BYTES_PER_CELL * (2f64.powi(counts.tensor_bits as i32) + 2f64.powi(counts.table_bits as i32))
            + BYTES_PER_WEIGHT * 2f64.powi(counts.weight_bits as i32)
            + 64.0 * row,
        gas,
        market_gas: gas + MARKET_GAS,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::MARKET_GAS;

    #[test]
    fn the_market_takes_what_the_snapshot_of_its_gas_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../verifier-contracts/snapshots/market.json");
        let snapshot: BTreeMap<String, String> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!(snapshot["fulfil"].parse::<f64>().unwrap() - 21_000.0, MARKET_GAS);
    }
}
