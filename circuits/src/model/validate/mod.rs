//! Checks everything that later code indexes or multiplies by, before anything is allocated for it.
//!
//! Files are hostile: the lengths in them come from whoever sent them. What passes here can be executed, laid out and proved
//! without an index out of bounds, an overflow or more memory than `limits` allows.

mod effort;
mod error;
mod ports;
mod term;
#[cfg(test)]
mod tests;
mod weights;

pub use error::{ModelError, Place};
pub(super) use ports::check_port;

use super::limits::*;
use super::{Architecture, Step, Table, bits_of, block_bits};

impl Architecture {
    /// Refuses an architecture that is beyond a limit or contradicts itself.
    ///
    /// # Errors
    /// [`ModelError`] names the first thing that is wrong.
    pub fn validate(&self) -> Result<(), ModelError> {
        self.check_counts()?;
        self.check_parts()?;
        self.check_names()?;
        self.check_axes()?;
        self.check_spaces()?;
        ports::check_input(&self.input)?;
        ports::check_output(&self.output, self.steps.last().map_or(&[], |step| &step.axes))?;
        check_all(&self.tables, check_table)?;
        check_all(&self.steps, |index, step| self.check_step(index, step))?;
        self.check_mapped()
    }

    fn check_counts(&self) -> Result<(), ModelError> {
        if self.steps.is_empty() {
            return Err(ModelError::NoSteps);
        }
        check_count("steps", self.steps.len(), MAX_STEPS)?;
        check_count("tables", self.tables.len(), MAX_STEPS)?;
        check_count("weight tensors", self.weights.len(), MAX_STEPS)?;
        check_all(&self.steps, |_, step| check_count("terms in one step", step.terms.len(), MAX_TERMS))?;
        check_row_bits("rows of cells and table entries", self.row_bits, MAX_ROW_BITS)?;
        check_row_bits("rows of weights", self.weight_row_bits, self.row_bits)
    }

    /// Parts are at least two, and have all weight tensors among them.
    fn check_parts(&self) -> Result<(), ModelError> {
        if self.parts.is_empty() {
            return Ok(());
        }
        check_count("parts of the weights", self.parts.len(), MAX_PARTS)?;
        let tensors = self.weights.len();
        let held = self.parts.iter().try_fold(0usize, |sum, count| sum.checked_add(*count));
        if self.parts.len() > 1 && held == Some(tensors) {
            return Ok(());
        }
        Err(ModelError::Parts { parts: self.parts.len(), tensors })
    }

    fn check_names(&self) -> Result<(), ModelError> {
        check_all(&self.steps, |index, step| check_name(Place::Step(index), &step.name))?;
        check_all(&self.tables, |index, table| check_name(Place::Table(index), &table.name))?;
        check_all(&self.weights, |index, shape| check_name(Place::Weights(index), &shape.name))
    }

    fn check_axes(&self) -> Result<(), ModelError> {
        check_axes(Place::Input, &self.input.axes)?;
        check_all(&self.weights, |index, shape| check_axes(Place::Weights(index), &shape.axes))?;
        check_all(&self.steps, |index, step| check_axes(Place::Step(index), &step.axes))
    }

    /// Each index space holds blocks of padded tensors. Needs `check_axes`.
    fn check_spaces(&self) -> Result<(), ModelError> {
        let tensors = (0..self.tensors()).map(|tensor| block_bits(self.tensor_axes(tensor)));
        check_space("the tensors", tensors)?;
        check_space("the weights", self.weights.iter().map(|shape| block_bits(&shape.axes)))?;
        check_space("the tables", self.tables.iter().map(|table| bits_of(table.outputs.len())))
    }

    fn check_step(&self, index: usize, step: &Step) -> Result<(), ModelError> {
        check_magnitude(Place::Step(index), "the constant", step.constant)?;
        if step.shift > MAX_SHIFT {
            return Err(ModelError::Shift { step: index, found: step.shift, limit: MAX_SHIFT });
        }
        if step.table >= self.tables.len() {
            return Err(ModelError::TableIndex { step: index, found: step.table, count: self.tables.len() });
        }
        check_all(&step.terms, |number, term| {
            self.check_term((index, step), Place::Term { step: index, term: number }, term)
        })
    }
}

fn check_all<T>(items: &[T], check: impl Fn(usize, &T) -> Result<(), ModelError>) -> Result<(), ModelError> {
    items.iter().enumerate().try_for_each(|(index, item)| check(index, item))
}

fn check_count(what: &'static str, found: usize, limit: usize) -> Result<(), ModelError> {
    if found <= limit { Ok(()) } else { Err(ModelError::Count { what, found, limit }) }
}

fn check_row_bits(what: &'static str, found: u32, greatest: u32) -> Result<(), ModelError> {
    let least = MIN_ROW_BITS;
    if (least..=greatest).contains(&found) { Ok(()) } else { Err(ModelError::RowBits { what, found, least, greatest }) }
}

fn check_name(place: Place, name: &str) -> Result<(), ModelError> {
    if name.len() <= MAX_NAME {
        return Ok(());
    }
    Err(ModelError::Name { place, found: name.len(), limit: MAX_NAME })
}

fn check_axes(place: Place, axes: &[usize]) -> Result<(), ModelError> {
    if !(1..=MAX_AXES).contains(&axes.len()) {
        return Err(ModelError::Rank { place, found: axes.len(), limit: MAX_AXES });
    }
    check_sizes(place, 0, axes)
}

/// Refuses sizes of axes, numbered from `first`, that are zero or too large.
pub(super) fn check_sizes(place: Place, first: usize, sizes: &[usize]) -> Result<(), ModelError> {
    let limit = 1 << MAX_AXIS_BITS;
    match sizes.iter().enumerate().find(|(_, size)| !(1..=limit).contains(*size)) {
        Some((axis, &found)) => Err(ModelError::AxisSize { place, axis: first + axis, found, limit }),
        None => Ok(()),
    }
}

fn check_space(what: &'static str, mut blocks: impl Iterator<Item = usize>) -> Result<(), ModelError> {
    let room = 1usize << MAX_SPACE_BITS;
    let left = blocks.try_fold(room, |left, bits| {
        let cells = u32::try_from(bits).ok().and_then(|bits| 1usize.checked_shl(bits))?;
        left.checked_sub(cells)
    });
    left.map(drop).ok_or(ModelError::Space { what, limit: MAX_SPACE_BITS })
}

fn check_table(index: usize, table: &Table) -> Result<(), ModelError> {
    let length = table.outputs.len();
    if !length.is_power_of_two() {
        return Err(ModelError::TableLength { table: index, found: length });
    }
    check_magnitude(Place::Table(index), "the first argument", table.first)?;
    check_magnitude(Place::Table(index), "the last argument", table.last())
}

fn check_magnitude(place: Place, what: &'static str, found: i64) -> Result<(), ModelError> {
    if found.unsigned_abs() <= MAX_INTEGER.unsigned_abs() {
        return Ok(());
    }
    Err(ModelError::Magnitude { place, what, found, limit: MAX_INTEGER })
}
