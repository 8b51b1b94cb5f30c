//! Answers compared with labels that are classes.

use super::{
    ScoreError,
    derive::{Answers, Scoring, check_outputs},
    draft::{Function, flat, term, value, variables},
};
use crate::model::{AxisMap, Stride};

/// The integers that a bit may be.
const BIT: (i64, i64) = (0, 1);

/// The labels of a set, in values.
struct Classes {
    /// How many classes there are.
    count: usize,
    /// For each row and class, whether it is the row's: axes `[rows, classes]`.
    one_hot: usize,
    /// For each row, whether it is a sample: axes `[rows, 1]`.
    sample: usize,
}

/// Counts the samples whose class is among the greatest outputs, and all samples.
pub(super) fn top(
    scoring: &mut Scoring<'_>,
    answers: &Answers<'_>,
    count: usize,
    greatest: usize,
) -> Result<(), ScoreError> {
    check_outputs("classes", answers, count)?;
    if !(1..=count).contains(&greatest) {
        return Err(ScoreError::TopK { found: greatest, outputs: count });
    }
    let labels = Classes::read(scoring, count)?;
    let below = labels.below(scoring, answers)?;
    let summed = variables(2, answers.axes);
    let outputs = term(1, answers.axes, &[value(below, &[&[AxisMap::variable(0)], &summed[..]].concat())]);
    let above_all = count as i64 + 1;
    let sample = term(above_all, &[], &[value(labels.sample, &variables(0, &[scoring.size, 1]))]);
    // Of a sample's outputs, its own class counts too.
    let least = above_all + (count - greatest) as i64 + 1;
    let is_right = |sum: i64| i64::from(sum >= least);
    let function = Function { name: "right", range: (0, above_all + count as i64), value: &is_right };
    let right = scoring.draft.step(&[scoring.size, 1], vec![outputs, sample], &function)?;
    let totals = [right, labels.sample].into_iter().enumerate();
    let terms = totals.map(|(number, tensor)| scoring.count(number, tensor)).collect();
    scoring.finish(2, terms, (0, scoring.size as i64))
}

/// Counts true and false positives, the samples of class 1, and all samples.
pub(super) fn threshold(
    scoring: &mut Scoring<'_>,
    answers: &Answers<'_>,
    count: usize,
    least: i64,
) -> Result<(), ScoreError> {
    check_outputs("classes", answers, 1)?;
    if count != 2 {
        return Err(ScoreError::TwoClasses { found: count });
    }
    let labels = Classes::read(scoring, count)?;
    let answer = [&[AxisMap::variable(0)], &vec![AxisMap::constant(0); answers.axes.len()][..]].concat();
    let is_positive = |output: i64| i64::from(output >= least);
    let range = scoring.draft.range(answers.tensor);
    let function = Function { name: "positive", range, value: &is_positive };
    let terms = vec![term(1, &[], &[value(answers.tensor, &answer)])];
    let positive = scoring.draft.step(&[scoring.size, 1], terms, &function)?;
    let of_class = |class: i64| value(labels.one_hot, &[AxisMap::variable(1), AxisMap::constant(class)]);
    let positives = |number: i64, class| {
        let positive = value(positive, &[AxisMap::variable(1), AxisMap::strided(0, 1, -number)]);
        term(1, &[scoring.size], &[positive, of_class(class)])
    };
    let members = value(labels.sample, &[AxisMap::variable(1), AxisMap::strided(0, 1, -2)]);
    let members = term(1, &[scoring.size], &[members, of_class(1)]);
    let terms = vec![positives(0, 1), positives(1, 0), members, scoring.count(3, labels.sample)];
    scoring.finish(4, terms, (0, scoring.size as i64))
}

impl Classes {
    /// Reads the labels. There is no proof unless every label is a row of zeros with at most a single one.
    fn read(scoring: &mut Scoring<'_>, count: usize) -> Result<Self, ScoreError> {
        let column = AxisMap::strided(1, 1, scoring.set.sample_width() as i64);
        let read = term(1, &[], &[scoring.cell(column)]);
        let bit = |name| Function::identity(name, BIT);
        let one_hot = scoring.draft.step(&[scoring.size, count], vec![read], &bit("label"))?;
        let sum = term(1, &[count], &[value(one_hot, &[AxisMap::variable(0), AxisMap::variable(2)])]);
        let sample = scoring.draft.step(&[scoring.size, 1], vec![sum], &bit("sample"))?;
        Ok(Self { count, one_hot, sample })
    }

    /// For each output, whether it is the label's own or less than that. An equal output is less if it comes after.
    fn below(&self, scoring: &mut Scoring<'_>, answers: &Answers<'_>) -> Result<usize, ScoreError> {
        let own = self.own(scoring, answers)?;
        let (row, axes) = (AxisMap::variable(0), answers.axes);
        let output = [std::slice::from_ref(&row), &variables(1, axes)].concat();
        let mut at_or_before = flat(0, 1, axes);
        at_or_before.strides.push(Stride { variable: 1 + axes.len(), stride: -1 });
        let terms = vec![
            term(2, &[], &[value(own, &[row.clone(), AxisMap::constant(0)])]),
            term(-2, &[], &[value(answers.tensor, &output)]),
            // 1 from the label's class on: an equal output is less there.
            term(1, &[self.count], &[value(self.one_hot, &[row, at_or_before])]),
        ];
        let ([least, greatest], [low, high]) = (ends(scoring, own), ends(scoring, answers.tensor));
        let is_below = |difference: i64| i64::from(difference >= 1);
        let range = (2 * (least - high), 2 * (greatest - low) + 1);
        scoring.draft.step(&scoring.for_each(axes), terms, &Function { name: "below", range, value: &is_below })
    }

    /// The output of the label's class; 0 for padding.
    fn own(&self, scoring: &mut Scoring<'_>, answers: &Answers<'_>) -> Result<usize, ScoreError> {
        let row = AxisMap::variable(0);
        let output = [std::slice::from_ref(&row), &variables(2, answers.axes)].concat();
        let label = value(self.one_hot, &[row, flat(0, 2, answers.axes)]);
        let terms = vec![term(1, answers.axes, &[label, value(answers.tensor, &output)])];
        let [least, greatest] = ends(scoring, answers.tensor);
        let range = (least.min(0), greatest.max(0));
        scoring.draft.step(&[scoring.size, 1], terms, &Function::identity("own output", range))
    }
}

fn ends(scoring: &Scoring<'_>, tensor: usize) -> [i64; 2] {
    scoring.draft.range(tensor).into()
}
