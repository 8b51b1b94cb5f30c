//! The cost model: sizes of a model, the size of its rows, and estimates before anything is proved.

use hallmark_circuits::model::{Architecture, MAX_ROW_BITS, MIN_ROW_BITS, bits_of, block_bits};
use serde::Serialize;

use super::CompileOptions;
use super::error::CompileError;

/// Seconds for one full-size point of a multi-scalar multiplication, two threads.
pub const SECONDS_PER_POINT: f64 = 2.2e-6;
/// Seconds for one cell of a tensor: committed, looked up and opened.
pub const SECONDS_PER_CELL: f64 = 2.5e-6;
/// Seconds for one weight.
pub const SECONDS_PER_WEIGHT: f64 = 0.3e-6;
/// Seconds for one entry of a table.
pub const SECONDS_PER_ENTRY: f64 = 1.5e-6;
/// Seconds that every proof takes.
pub const SECONDS_BASE: f64 = 0.02;
/// Full-size points for each value of a row: the opening.
pub const POINTS_PER_ROW_VALUE: f64 = 4.0;
/// Bytes for each cell, weight and entry while proving.
pub const BYTES_PER_CELL: f64 = 400.0;
/// Bytes for each weight while proving.
pub const BYTES_PER_WEIGHT: f64 = 75.0;
/// Bytes that every proof takes.
pub const BYTES_BASE: f64 = 25e6;
/// Gas for each row of a commitment.
pub const GAS_PER_ROW: f64 = 6_200.0;
/// Gas that every settlement takes.
pub const GAS_BASE: f64 = 600_000.0;
/// Gas that is worth one second of proving when the size of rows is chosen.
const GAS_PER_SECOND: f64 = 1_000_000.0;
/// Rows have at most this many bits unless the gas budget forces more, so that a small reference string suffices.
const USUAL_ROW_BITS: u32 = 15;

/// How large a model is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Estimates {
    /// Proving time on two threads.
    pub proving_seconds: f64,
    /// Peak memory of the prover.
    pub memory_bytes: f64,
    /// Gas of a settlement.
    pub gas: f64,
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

/// The number of committed rows of `2^bits` values.
fn rows(counts: &Counts, bits: u32) -> f64 {
    let space = |space: u32| f64::from(1u32 << space.saturating_sub(bits).min(31));
    4.0 * space(counts.tensor_bits) + 2.0 * space(counts.table_bits) + space(counts.weight_bits)
}

/// What a proof with rows of `2^bits` values is expected to cost.
pub(super) fn estimate(counts: &Counts, bits: u32) -> Estimates {
    let row = 2f64.powi(bits as i32);
    Estimates {
        proving_seconds: SECONDS_BASE
            + SECONDS_PER_CELL * counts.activations as f64
            + SECONDS_PER_WEIGHT * counts.weights as f64
            + SECONDS_PER_ENTRY * 2f64.powi(counts.table_bits as i32)
            + SECONDS_PER_POINT * POINTS_PER_ROW_VALUE * row,
        memory_bytes: BYTES_BASE
            + BYTES_PER_CELL * (2f64.powi(counts.tensor_bits as i32) + 2f64.powi(counts.table_bits as i32))
            + BYTES_PER_WEIGHT * 2f64.powi(counts.weight_bits as i32)
            + 64.0 * row,
        gas: GAS_BASE + GAS_PER_ROW * rows(counts, bits),
    }
}

/// The size of rows that costs least in time and gas together, within the gas budget if there is one.
pub(super) fn choose_row_bits(counts: &Counts, options: &CompileOptions) -> Result<u32, CompileError> {
    if let Some(bits) = options.row_bits {
        let fits = (MIN_ROW_BITS..=MAX_ROW_BITS).contains(&bits);
        return fits.then_some(bits).ok_or_else(|| {
            CompileError::Options(format!("row bits must be {MIN_ROW_BITS} to {MAX_ROW_BITS}, not {bits}"))
        });
    }
    let cost = |bits: u32| {
        let estimate = estimate(counts, bits);
        estimate.proving_seconds * GAS_PER_SECOND + estimate.gas
    };
    let within = |bits: &u32| options.gas_budget.is_none_or(|budget| estimate(counts, *bits).gas <= budget as f64);
    let cheapest = (MIN_ROW_BITS..=USUAL_ROW_BITS).filter(within).min_by(|a, b| cost(*a).total_cmp(&cost(*b)));
    cheapest.or_else(|| (USUAL_ROW_BITS..=MAX_ROW_BITS).find(within)).ok_or_else(|| {
        let least = estimate(counts, MAX_ROW_BITS).gas;
        CompileError::Options(format!("no row size meets the gas budget; the least is about {least:.0} gas"))
    })
}
