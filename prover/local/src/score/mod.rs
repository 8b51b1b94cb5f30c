//! Scores of a model on a data set: proofs, and their check.

mod check;
mod metric;
mod prove;

pub use check::ScoreVerification;
pub use metric::{MetricError, MetricName};
pub use prove::Scoring;

use hallmark_circuits::digest::Digest;

/// What scores are bound to: nothing. Whoever takes one names model and set.
const CONTEXT: Digest = Digest([0; 32]);
/// The input of every score.
const INPUT: [i64; 1] = [0];

/// The sums of the numbers of all chunks.
fn total(numbers: usize, chunks: impl Iterator<Item = Vec<i64>>) -> Vec<i64> {
    let add = |(sum, number): (i64, i64)| sum.saturating_add(number);
    chunks.fold(vec![0; numbers], |total, chunk| total.into_iter().zip(chunk).map(add).collect())
}
