//! The cost model: sizes of a model, the size of its rows, and estimates before anything is proved.

use hallmark_circuits::{
    layout::Layout,
    model::{Architecture, MAX_ROW_BITS, MIN_ROW_BITS, bits_of, block_bits},
    settlement::gas::Gas,
};
use serde::{Deserialize, Serialize};

use super::CompileOptions;
use super::error::CompileError;

/// Seconds for one full-size point of a multi-scalar multiplication, two threads.
pub const SECONDS_PER_POINT: f64 = 2.2e-6;
/// Seconds for one cell of a tensor: committed, looked up and opened.
pub const SECONDS_PER_CELL: f64 = 2.5e-6;
/// Seconds for one weight.
pub const SECONDS_PER_WEIGHT: f64 = 0.02e-6;
/// Seconds for one entry of a table.
pub const SECONDS_PER_ENTRY: f64 = 1.5e-6;
/// Seconds that every proof takes.
pub const SECONDS_BASE: f64 = 0.02;
/// Full-size points for each value of a row: the opening.
pub const POINTS_PER_ROW_VALUE: f64 = 4.0;
/// Bytes for each cell, weight and entry while proving.
pub const BYTES_PER_CELL: f64 = 400.0;
/// Bytes for each weight while proving.
pub const BYTES_PER_WEIGHT: f64 = 10.0;
/// Bytes that every proof takes.
pub const BYTES_BASE: f64 = 25e6;
/// Seconds that the proof for settlement takes beside the argument that it is about: for a circuit of 2^13 rows.
pub const SECONDS_SETTLEMENT: f64 = 0.45;
/// Gas of a market's transaction beside the check of the proof: `fulfil` in `verifier-contracts/snapshots/market.json`, without the
/// transaction's base, which the check has already.
pub const MARKET_GAS: f64 = 93_000.0;
/// Gas that is worth one second of proving when the size of rows is chosen.
const GAS_PER_SECOND: f64 = 1_000_000.0;
/// Rows have at most this many bits unless the gas budget forces more, so that a small reference string suffices.
const USUAL_ROW_BITS: u32 = 15;

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
    let remainders = model.steps.iter().map(|step| step.shift).max().map_or(0, |shift| 1usize << shift);
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
        table_bits: bits_of(table_entries + remainders) as u32,
    }
}

/// What a proof is expected to cost.
pub(super) fn estimate(model: &Architecture, layout: &Layout, counts: &Counts) -> Estimates {
    let row = (1u64 << layout.row_bits) as f64;
    let proving_seconds = SECONDS_BASE
        + SECONDS_PER_CELL * counts.activations as f64
        + SECONDS_PER_WEIGHT * counts.weights as f64
        + SECONDS_PER_ENTRY * 2f64.powi(counts.table_bits as i32)
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

/// Lays the model out in rows of the size that costs least in time and gas together, within the gas budget if there is one.
pub(super) fn choose_rows(
    model: &mut Architecture,
    counts: &Counts,
    options: &CompileOptions,
) -> Result<Estimates, CompileError> {
    let bits = match options.row_bits {
        Some(bits) if (MIN_ROW_BITS..=MAX_ROW_BITS).contains(&bits) => bits,
        Some(bits) => {
            let message = format!("row bits must be {MIN_ROW_BITS} to {MAX_ROW_BITS}, not {bits}");
            return Err(CompileError::Options(message));
        }
        None => cheapest_row_bits(model, counts, options)?,
    };
    estimate_at(model, counts, bits)
}

/// Proving and settling a model in rows of the usual size, in gas; infinite where it cannot be laid out.
pub(super) fn worth(model: &Architecture) -> f64 {
    let mut model = model.clone();
    let counts = count(&model);
    match estimate_at(&mut model, &counts, USUAL_ROW_BITS) {
        Ok(estimates) => estimates.proving_seconds * GAS_PER_SECOND + estimates.gas,
        Err(_) => f64::INFINITY,
    }
}

fn cheapest_row_bits(model: &mut Architecture, counts: &Counts, options: &CompileOptions) -> Result<u32, CompileError> {
    let mut best: Option<(u32, f64)> = None;
    let mut least = f64::INFINITY;
    for bits in MIN_ROW_BITS..=MAX_ROW_BITS {
        // Longer rows than usual need a larger reference string, and only a gas budget asks for them.
        if bits > USUAL_ROW_BITS && (best.is_some() || options.gas_budget.is_none()) {
            break;
        }
        let Estimates { proving_seconds, gas, .. } = estimate_at(model, counts, bits)?;
        least = least.min(gas);
        let cost = proving_seconds * GAS_PER_SECOND + gas;
        let within = options.gas_budget.is_none_or(|budget| gas <= budget as f64);
        if within && best.is_none_or(|best| cost < best.1) {
            best = Some((bits, cost));
        }
    }
    best.map(|best| best.0).ok_or_else(|| {
        CompileError::Options(format!("no row size meets the gas budget; the least is about {least:.0} gas"))
    })
}

fn estimate_at(model: &mut Architecture, counts: &Counts, bits: u32) -> Result<Estimates, CompileError> {
    (model.row_bits, model.weight_row_bits) = (bits, bits);
    let layout = Layout::new(model)?;
    Ok(estimate(model, &layout, counts))
}
