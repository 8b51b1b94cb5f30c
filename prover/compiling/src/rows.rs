//! The size of a model's rows.
//!
//! Every row is a point that each settlement multiplies, so that longer rows take less gas. They take more time in the opening, and
//! a longer structured reference string.

use hallmark_circuits::{
    layout::Layout,
    model::{Architecture, MAX_ROW_BITS, MIN_ROW_BITS},
};
use serde::{Deserialize, Serialize};

use super::CompileOptions;
use super::cost::{Counts, Estimates, count, estimate};
use super::error::CompileError;

/// Gas that is worth one second of proving.
const GAS_PER_SECOND: f64 = 1_000_000.0;
/// Rows have at most this many bits unless gas asks for more, so that a small reference string suffices.
const USUAL_ROW_BITS: u32 = 15;
/// Where usual rows take more gas in a market's transaction than this, longer ones are chosen.
const USUAL_GAS: f64 = 1_200_000.0;
/// The report tells of so many sizes on either side of the chosen one.
const NEIGHBOURS: u32 = 3;

/// What a size of rows costs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowChoice {
    /// The logarithm of the size of a row, and of the powers that it needs.
    pub row_bits: u32,
    /// Gas of a market's transaction.
    pub market_gas: f64,
    /// Time of a proof for settlement on two threads.
    pub settlement_seconds: f64,
    /// The same as a share of the time with the chosen rows.
    pub relative_seconds: f64,
}

/// One size of rows, estimated.
#[derive(Clone, Copy, Debug)]
struct Size {
    bits: u32,
    estimates: Estimates,
}

impl Size {
    /// Time and gas together, in gas.
    fn cost(&self) -> f64 {
        self.estimates.proving_seconds * GAS_PER_SECOND + self.estimates.gas
    }
}

/// Lays the model out in rows of the size that costs least in time and gas together, within the gas budget if there is one. Returns
/// the estimates, and what other sizes would cost.
pub(super) fn choose_rows(
    model: &mut Architecture,
    counts: &Counts,
    options: &CompileOptions,
) -> Result<(Estimates, Vec<RowChoice>), CompileError> {
    let sizes =
        (MIN_ROW_BITS..=MAX_ROW_BITS).map(|bits| size_at(model, counts, bits)).collect::<Result<Vec<_>, _>>()?;
    let chosen = match options.row_bits {
        Some(bits) => *sizes.iter().find(|size| size.bits == bits).ok_or_else(|| {
            CompileError::Options(format!("row bits must be {MIN_ROW_BITS} to {MAX_ROW_BITS}, not {bits}"))
        })?,
        None => cheapest(&sizes, options).ok_or_else(|| beyond_budget(&sizes))?,
    };
    (model.row_bits, model.weight_row_bits) = (chosen.bits, chosen.bits);
    let choice = |size: &Size| RowChoice {
        row_bits: size.bits,
        market_gas: size.estimates.market_gas,
        settlement_seconds: size.estimates.settlement_seconds,
        relative_seconds: size.estimates.settlement_seconds / chosen.estimates.settlement_seconds,
    };
    let near = sizes.iter().filter(|size| size.bits.abs_diff(chosen.bits) <= NEIGHBOURS);
    Ok((chosen.estimates, near.map(choice).collect()))
}

/// Proving and settling a model in rows of the usual size, in gas; infinite where it cannot be laid out.
pub(super) fn worth(model: &Architecture) -> f64 {
    let counts = count(model);
    size_at(&mut model.clone(), &counts, USUAL_ROW_BITS).map_or(f64::INFINITY, |size| size.cost())
}

/// The size to take; `None` if none is within the gas budget.
fn cheapest(sizes: &[Size], options: &CompileOptions) -> Option<Size> {
    let fits = |size: &&Size| match options.gas_budget {
        Some(budget) => size.estimates.gas <= budget as f64,
        None => size.estimates.market_gas <= USUAL_GAS,
    };
    let usual = |size: &&Size| size.bits <= USUAL_ROW_BITS;
    let least = |sizes: &mut dyn Iterator<Item = &Size>| sizes.min_by(|a, b| a.cost().total_cmp(&b.cost())).copied();
    // Of longer rows the shortest that fit: they need the smallest reference string.
    let found = least(&mut sizes.iter().filter(usual).filter(fits)).or(sizes.iter().find(fits).copied());
    found.or_else(|| options.gas_budget.is_none().then(|| least(&mut sizes.iter())).flatten())
}

/// Tells of a gas budget that no size meets.
fn beyond_budget(sizes: &[Size]) -> CompileError {
    let least = sizes.iter().map(|size| size.estimates.gas).fold(f64::INFINITY, f64::min);
    CompileError::Options(format!("no row size meets the gas budget; the least is about {least:.0} gas"))
}

fn size_at(model: &mut Architecture, counts: &Counts, bits: u32) -> Result<Size, CompileError> {
    (model.row_bits, model.weight_row_bits) = (bits, bits);
    let layout = Layout::new(model)?;
    Ok(Size { bits, estimates: estimate(model, &layout, counts) })
}

#[cfg(test)]
mod tests {
    use super::{CompileOptions, Estimates, Size, USUAL_ROW_BITS, beyond_budget, cheapest};

    /// Sizes from 2^9 to 2^20: a row less is a point less, and an opening of twice the size.
    fn sizes(points: f64) -> Vec<Size> {
        let size = |bits: u32| {
            let gas = 500_000.0 + 6_000.0 * points / f64::from(1u32 << bits);
            let proving_seconds = f64::from(1u32 << bits) * 8.8e-6;
            let estimates = Estimates { gas, market_gas: gas + 100_000.0, proving_seconds, ..Estimates::default() };
            Size { bits, estimates }
        };
        (9..=20).map(size).collect()
    }

    #[test]
    fn small_models_have_rows_that_are_cheap_to_prove() {
        let chosen = cheapest(&sizes(1e5), &CompileOptions::default()).unwrap();
        assert!(chosen.bits < USUAL_ROW_BITS, "{}", chosen.bits);
    }

    #[test]
    fn large_models_have_the_shortest_rows_that_settle_for_a_usual_price() {
        let sizes = sizes(3.3e7);
        let chosen = cheapest(&sizes, &CompileOptions::default()).unwrap();
        let shorter = sizes.iter().find(|size| size.bits + 1 == chosen.bits).unwrap();
        assert!(chosen.estimates.market_gas <= 1.2e6 && shorter.estimates.market_gas > 1.2e6, "{}", chosen.bits);
        let budget = CompileOptions { gas_budget: Some(700_000), ..CompileOptions::default() };
        assert!(cheapest(&sizes, &budget).unwrap().bits > chosen.bits);
    }

    #[test]
    fn where_no_rows_settle_for_a_usual_price_time_and_gas_decide_and_a_budget_is_refused() {
        let sizes = sizes(3.3e8);
        let chosen = cheapest(&sizes, &CompileOptions::default()).unwrap();
        assert!(sizes.iter().all(|size| size.cost() >= chosen.cost()));
        let budget = CompileOptions { gas_budget: Some(900_000), ..CompileOptions::default() };
        assert!(cheapest(&sizes, &budget).is_none());
        let refused = beyond_budget(&sizes).to_string();
        let least = sizes.last().unwrap().estimates.gas;
        assert!(refused.ends_with(&format!("the least is about {least:.0} gas")), "{refused}");
    }
}
