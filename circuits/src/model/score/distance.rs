//! Answers compared with labels that are numbers.

use super::{
    ScoreError,
    convert::Numbers,
    derive::{Answers, Scoring, check_outputs},
    draft::{Function, term, value, variables},
};
use crate::model::{AxisMap, InputPort, Term};

/// The base-two logarithm of the base of a sum's digits.
pub const DIGIT_BITS: u32 = 16;

/// Adds up the distances between outputs and labels, or their squares.
pub(super) fn distance(
    scoring: &mut Scoring<'_>,
    answers: &Answers<'_>,
    port: &InputPort,
    squared: bool,
) -> Result<(), ScoreError> {
    check_outputs("numbers", answers, port.axes.iter().product())?;
    let sample = sample(scoring, port)?;
    let distances = distances(scoring, answers, port, sample, squared)?;
    let (cells, most) = (scoring.for_each(answers.axes), most(scoring, answers, distances, squared)?);
    let sum = |index: AxisMap| {
        let factor = value(distances, &[variables(1, &cells), vec![index]].concat());
        term(1, &cells, &vec![factor; if squared { 2 } else { 1 }])
    };
    let high = Function::identity("high digit", (0, (most >> DIGIT_BITS) + 1));
    let high = scoring.draft.shifted(&[1], vec![sum(AxisMap::constant(0))], DIGIT_BITS, &high)?;
    let digit = |coefficient, number| term(coefficient, &[], &[value(high, &[of_number(number)])]);
    let low = [sum(of_number(2)), digit(-(1 << DIGIT_BITS), 2)];
    let terms = [scoring.count(0, sample), digit(1, 1)].into_iter().chain(low).collect();
    let half = 1 << (DIGIT_BITS - 1);
    scoring.finish(3, terms, (-half, half.max(scoring.size as i64).max((most >> DIGIT_BITS) + 1)))
}

/// The greatest sum of all distances or squares. It has two digits.
fn most(scoring: &Scoring<'_>, answers: &Answers<'_>, distances: usize, squared: bool) -> Result<i64, ScoreError> {
    let (least, greatest) = scoring.draft.range(distances);
    let greatest = greatest.max(-least);
    let each = if squared { greatest.saturating_mul(greatest) } else { greatest };
    let count: usize = scoring.for_each(answers.axes).iter().product();
    let most = each.saturating_mul(count as i64);
    if most < 1 << (2 * DIGIT_BITS) {
        return Ok(most);
    }
    Err(ScoreError::Range { what: "the sum of distances", least: 0, greatest: most })
}

/// The index of a last axis with one index, which is there for one of the score's numbers alone.
fn of_number(number: i64) -> AxisMap {
    AxisMap::strided(0, 1, -number)
}

/// For each row, whether it is a sample: axes `[rows, 1]`.
fn sample(scoring: &mut Scoring<'_>, port: &InputPort) -> Result<usize, ScoreError> {
    let column = scoring.set.sample_width() + port.axes.iter().product::<usize>();
    let terms = vec![term(1, &[], &[scoring.cell(AxisMap::constant(column as i64))])];
    scoring.draft.step(&[scoring.size, 1], terms, &Function::identity("sample", (0, 1)))
}

/// For each row and output, the distance to the label, or the difference if squares are to be added up. 0 for padding. The last axis has
/// one index.
fn distances(
    scoring: &mut Scoring<'_>,
    answers: &Answers<'_>,
    port: &InputPort,
    sample: usize,
    squared: bool,
) -> Result<usize, ScoreError> {
    let axes = answers.axes;
    let integer = |_: usize, number: f32| (f64::from(number) / f64::from(answers.scale)).round() as i64;
    let labels =
        Numbers { name: "labels", port, column: scoring.set.sample_width(), integer: &integer, same: &|_, _| true };
    let labels = labels.read(scoring, axes)?;
    let index = [&[AxisMap::variable(0)], &variables(1, axes)[..]].concat();
    let is_sample = value(sample, &[AxisMap::variable(0), AxisMap::constant(0)]);
    let of_sample =
        |coefficient, tensor| -> Term { term(coefficient, &[], &[is_sample.clone(), value(tensor, &index)]) };
    let terms = vec![of_sample(1, answers.tensor), of_sample(-1, labels)];
    let (output, label) = (scoring.draft.range(answers.tensor), scoring.draft.range(labels));
    let range = ((output.0 - label.1).min(0), (output.1 - label.0).max(0));
    let shape = [scoring.for_each(axes), vec![1]].concat();
    let function = if squared {
        Function::identity("difference", range)
    } else {
        Function { name: "distance", range, value: &i64::abs }
    };
    scoring.draft.step(&shape, terms, &function)
}
