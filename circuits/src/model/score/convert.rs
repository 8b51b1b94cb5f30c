//! Numbers of a data set as integers of a model.

use std::ops::Range;

use super::{
    ScoreError,
    derive::Scoring,
    draft::{Function, flat, term, value},
};
use crate::model::{AxisMap, Factor, InputPort, MAX_TERMS};

/// Numbers that stand beside each other in every row of a data set.
pub(super) struct Numbers<'n> {
    /// What they are, for people.
    pub name: &'static str,
    /// How the set's integers stand for them.
    pub port: &'n InputPort,
    /// The column of the first.
    pub column: usize,
    /// The model's integer for a number at an index.
    pub integer: &'n dyn Fn(usize, f32) -> i64,
    /// Whether the model has the same integers for equal numbers at two indices.
    pub same: &'n dyn Fn(usize, usize) -> bool,
}

impl Numbers<'_> {
    /// Makes the tensor of the model's integers, which has these axes for each row of the set.
    ///
    /// A table has an entry for each integer that the set may hold. So nothing else has a proof, and what it stands for is
    /// converted just as a user's number is. Numbers with the same scale share a table.
    pub fn read(&self, scoring: &mut Scoring<'_>, axes: &[usize]) -> Result<usize, ScoreError> {
        let runs = self.runs(axes.iter().product());
        if let [run] = runs.as_slice() {
            let cell = scoring.cell(flat(self.column as i64, 1, axes));
            return self.convert(scoring, run.start, axes, cell);
        }
        if runs.len() > MAX_TERMS {
            return Err(ScoreError::Runs { what: self.name, found: runs.len(), limit: MAX_TERMS });
        }
        let mut parts = Vec::with_capacity(runs.len());
        for run in runs {
            let cell = scoring.cell(AxisMap::strided(1, 1, (self.column + run.start) as i64));
            let tensor = self.convert(scoring, run.start, &[run.len()], cell)?;
            let index = flat(-(run.start as i64), 1, axes);
            parts.push((tensor, term(1, &[], &[value(tensor, &[AxisMap::variable(0), index])])));
        }
        let ranges = parts.iter().map(|(tensor, _)| scoring.draft.range(*tensor));
        let range = ranges.fold((0, 0), |all, range| (all.0.min(range.0), all.1.max(range.1)));
        let terms = parts.into_iter().map(|(_, term)| term).collect();
        scoring.draft.step(&scoring.for_each(axes), terms, &Function::identity(self.name, range))
    }

    fn convert(
        &self,
        scoring: &mut Scoring<'_>,
        index: usize,
        axes: &[usize],
        cell: Factor,
    ) -> Result<usize, ScoreError> {
        let convert = |integer| (self.integer)(index, self.port.dequantize(index, integer));
        let function = Function { name: self.name, range: self.port.range(), value: &convert };
        scoring.draft.step(&scoring.for_each(axes), vec![term(1, &[], &[cell])], &function)
    }

    /// The runs of numbers whose integers stand for the same.
    fn runs(&self, count: usize) -> Vec<Range<usize>> {
        let meaning = |index| [self.port.dequantize(index, 0), self.port.dequantize(index, 1)].map(f32::to_bits);
        let is_start = |&index: &usize| match index.checked_sub(1) {
            Some(before) => meaning(before) != meaning(index) || !(self.same)(before, index),
            None => true,
        };
        let starts: Vec<usize> = (0..count).filter(is_start).collect();
        let ends = starts.iter().copied().skip(1).chain([count]);
        starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
    }
}
