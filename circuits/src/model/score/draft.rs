//! Steps and tables that are added to a model's.

use super::ScoreError;
use crate::model::{Access, AxisMap, Factor, Step, Stride, Table, Term};

/// The most bits of a table's arguments: more than 16-bit numbers, their differences and their doubles take.
const MAX_TABLE_BITS: u32 = 20;

/// The steps of a larger model, as far as they are made.
pub(super) struct Draft {
    pub tables: Vec<Table>,
    pub steps: Vec<Step>,
}

/// A function over a range of integers.
pub(super) struct Function<'f> {
    pub name: &'static str,
    /// The least and the greatest argument.
    pub range: (i64, i64),
    pub value: &'f dyn Fn(i64) -> i64,
}

impl Function<'static> {
    /// The identity, which checks a range.
    pub fn identity(name: &'static str, range: (i64, i64)) -> Self {
        Self { name, range, value: &|value| value }
    }
}

impl Draft {
    /// Adds a step, and returns the tensor that it makes.
    pub fn step(&mut self, axes: &[usize], terms: Vec<Term>, function: &Function<'_>) -> Result<usize, ScoreError> {
        self.shifted(axes, terms, 0, function)
    }

    /// The same for a sum that is divided by `2^shift`.
    pub fn shifted(
        &mut self,
        axes: &[usize],
        terms: Vec<Term>,
        shift: u32,
        function: &Function<'_>,
    ) -> Result<usize, ScoreError> {
        let table = self.table(function)?;
        let name = named(function);
        self.steps.push(Step { name, axes: axes.to_vec(), constant: 0, terms, shift, table });
        Ok(self.steps.len())
    }

    /// The index of a function's table, which is shared with others that are equal. It holds all arguments of the range, and as few
    /// others as make a power of two.
    fn table(&mut self, function: &Function<'_>) -> Result<usize, ScoreError> {
        let (first, last) = function.range;
        let refused = |(least, greatest)| ScoreError::Range { what: function.name, least, greatest };
        let count = last.checked_sub(first).and_then(|width| u64::try_from(width.checked_add(1)?).ok());
        let entries = count.and_then(u64::checked_next_power_of_two).filter(|entries| *entries <= 1 << MAX_TABLE_BITS);
        let entries = entries.ok_or_else(|| refused(function.range))?;
        let value = |index: u64| {
            let value = (function.value)(last.min(first + index.cast_signed()));
            i32::try_from(value).map_err(|_| refused((value, value)))
        };
        let outputs = (0..entries).map(value).collect::<Result<Vec<i32>, _>>()?;
        let same = |table: &Table| table.first == first && table.outputs == outputs;
        if let Some(table) = self.tables.iter().position(same) {
            return Ok(table);
        }
        self.tables.push(Table { name: named(function), first, outputs });
        Ok(self.tables.len() - 1)
    }

    /// The least and the greatest value of a tensor that a step makes.
    pub fn range(&self, tensor: usize) -> (i64, i64) {
        let step = tensor.checked_sub(1).and_then(|step| self.steps.get(step));
        let values = step.and_then(|step| self.tables.get(step.table)).map_or(&[][..], |table| &table.outputs);
        let [least, greatest] = [values.iter().min(), values.iter().max()].map(|end| end.copied().unwrap_or_default());
        (least.into(), greatest.into())
    }
}

fn named(function: &Function<'_>) -> String {
    format!("score/{}", function.name)
}

/// The sum of products of factors over summed variables of these sizes.
pub(super) fn term(coefficient: i64, summed: &[usize], factors: &[Factor]) -> Term {
    Term { coefficient, summed: summed.to_vec(), factors: factors.to_vec() }
}

/// Reads a tensor at these indices.
pub(super) fn value(source: usize, axes: &[AxisMap]) -> Factor {
    Factor::values(Access { source, axes: axes.to_vec() })
}

/// The variables from `first` on, one for each axis.
pub(super) fn variables(first: usize, axes: &[usize]) -> Vec<AxisMap> {
    (first..first + axes.len()).map(AxisMap::variable).collect()
}

/// The row-major index of the axes whose variables are those from `first` on, moved by `offset`.
pub(super) fn flat(offset: i64, first: usize, axes: &[usize]) -> AxisMap {
    let mut strides = Vec::with_capacity(axes.len());
    let mut stride = 1;
    for (axis, &size) in axes.iter().enumerate().rev() {
        strides.push(Stride { variable: first + axis, stride });
        stride = stride.saturating_mul(size as i64);
    }
    strides.reverse();
    AxisMap { offset, strides }
}
