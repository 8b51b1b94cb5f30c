//! Measures the program end to end on the machine that it runs on, so that anyone can hold its figures against ours.
//!
//! Every stage is a command in a process of its own, on files, as a user runs it. So its time and memory include nothing else.
//! A report has all figures of a run, and everything that they depend on. Two reports can be compared.
//!
//! | file | idea |
//! |---|---|
//! | [`Measured`] | what a process took, as it tells itself |
//! | [`Unit`] | U: figures in it can be compared between machines |
//! | `child`, `pipeline` | a command, and the commands from a model to a settlement |
//! | [`Call`] | the settlement on the chain inside the program |
//! | [`BatchReport`] | what an answer costs in a batch, and by itself |
//! | `scaling`, [`Growth`] | models that differ in one number, and the exponent that costs grow with |
//! | `peers` | the same models proved by someone else's prover, in turn |
//! | [`Report`] | everything; `verdict`, `tables`, `charts` and `html` tell of it |
//! | [`Comparison`] | one report held against another |

mod bars;
mod batch;
mod charts;
mod child;
mod compare;
mod curves;
mod error;
mod growth;
mod html;
mod machine;
mod measured;
mod model;
mod palette;
mod peers;
mod pipeline;
mod report;
mod scaling;
mod settle;
mod stage;
mod subject;
mod table;
mod tables;
mod unit;
mod verdict;

pub use batch::{BatchReport, Settled};
pub use compare::{Change, Comparison};
pub use error::BenchError;
pub use growth::{Growth, exponent};
pub use hallmark_local::Timing;
pub use machine::{Build, Machine};
pub use measured::{Measured, Usage};
pub use model::{ModelReport, Sizes};
pub use peers::{Peer, PeerRun, Peering, Peers, Side};
pub use report::{Plan, Report};
pub use scaling::{Knob, Point, Series};
pub use settle::Call;
pub use stage::{Phase, Stage};
pub use unit::Unit;

/// The median: of an even number of values, the mean of the two in the middle.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = |index: usize| values.get(index).copied().unwrap_or_default();
    f64::midpoint(middle(values.len().saturating_sub(1) / 2), middle(values.len() / 2))
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn medians_lie_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 100.0]), 3.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 100.0]), 3.0);
        assert_eq!((median(vec![5.0]), median(Vec::new())), (5.0, 0.0));
    }
}
