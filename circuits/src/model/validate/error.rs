//! Why a model is refused before anything is made of it.

use std::fmt;

use thiserror::Error;

/// The part of a model that an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The input port.
    Input,
    /// One of several arrays that the input is put together from.
    InputPart(usize),
    /// The output port.
    Output,
    /// One of several arrays that the output is taken apart into.
    OutputPart(usize),
    /// A weight tensor.
    Weights(usize),
    /// A row of a data set.
    DataSet,
    /// A table.
    Table(usize),
    /// A step.
    Step(usize),
    /// A term of a step.
    Term {
        /// The step.
        step: usize,
        /// The term within it.
        term: usize,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input => write!(f, "the input"),
            Self::InputPart(index) => write!(f, "array {index} of the input"),
            Self::Output => write!(f, "the output"),
            Self::OutputPart(index) => write!(f, "array {index} of the output"),
            Self::Weights(index) => write!(f, "weight tensor {index}"),
            Self::DataSet => write!(f, "a row of the data set"),
            Self::Table(index) => write!(f, "table {index}"),
            Self::Step(index) => write!(f, "step {index}"),
            Self::Term { step, term } => write!(f, "term {term} of step {step}"),
        }
    }
}

/// Why a model is refused. Every one means that the file was not written by this version's compiler: compile it again.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ModelError {
    /// The model does nothing.
    #[error("the model has no steps")]
    NoSteps,
    /// More of something than a model may have.
    #[error("the model has {found} {what} where at most {limit} are allowed")]
    Count {
        /// The counted objects.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// Parts of the weights are not at least two, or have not all weight tensors among them.
    #[error("{parts} parts do not divide {tensors} weight tensors")]
    Parts {
        /// How many parts there are.
        parts: usize,
        /// How many weight tensors there are.
        tensors: usize,
    },
    /// A name is too long.
    #[error("{place} has a name of {found} bytes where at most {limit} are allowed")]
    Name {
        /// Whose name.
        place: Place,
        /// Its length.
        found: usize,
        /// The greatest length.
        limit: usize,
    },
    /// A tensor or a term has no axes, or too many.
    #[error("{place} has {found} axes or variables where 1 to {limit} are allowed")]
    Rank {
        /// Whose axes.
        place: Place,
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// An axis or a summed variable has no or too many values.
    #[error("axis {axis} of {place} has size {found} where 1 to {limit} are allowed")]
    AxisSize {
        /// Whose axis.
        place: Place,
        /// The axis.
        axis: usize,
        /// Its size.
        found: usize,
        /// The greatest size.
        limit: usize,
    },
    /// All tensors, all weights or all tables together are too large.
    #[error("{what} need more than 2^{limit} cells with their axes padded to powers of two")]
    Space {
        /// The space that is too large.
        what: &'static str,
        /// The logarithm of the greatest size.
        limit: usize,
    },
    /// A term adds up too many products.
    #[error("{place} runs over 2^{found} assignments of its variables where 2^{limit} are allowed")]
    Work {
        /// The term.
        place: Place,
        /// The logarithm of their number.
        found: usize,
        /// The logarithm of the greatest number.
        limit: usize,
    },
    /// Too many indices that are not just a variable.
    #[error("2^{found} indices are mapped one by one where 2^{limit} are allowed")]
    Mapped {
        /// The logarithm of their number.
        found: usize,
        /// The logarithm of the greatest number.
        limit: usize,
    },
    /// The user's shape and the tensor's hold different numbers of values.
    #[error("the shape {shape:?} of {place} does not hold the {values} values of its tensor")]
    Shape {
        /// The port.
        place: Place,
        /// The user's shape.
        shape: Vec<usize>,
        /// The tensor's number of values.
        values: usize,
    },
    /// The input's integers are neither 8 nor 16 bits wide.
    #[error("input integers have {found} bits where 8 and 16 are supported")]
    InputBits {
        /// The width found.
        found: u32,
    },
    /// The arrays of an input do not make it up, or there is just one.
    #[error("the input's {count} arrays are not what its {values} values are put together from")]
    InputParts {
        /// The number of arrays.
        count: usize,
        /// The number of values of the input.
        values: usize,
    },
    /// An array of an input or an output has no name, that of another, or one that can't be shown.
    #[error("{place} has no name, the name of an earlier one, or one that changes a terminal")]
    PartName {
        /// The array.
        place: Place,
    },
    /// The arrays of an output are one alone, or have a scale or a shape in common.
    #[error("the output's {count} arrays are not what its {values} values are taken apart into")]
    OutputParts {
        /// The number of arrays.
        count: usize,
        /// The number of values of the last tensor.
        values: usize,
    },
    /// An array of an output has places beyond the last tensor.
    #[error("array {index} of the output has places beyond the {values} of the last tensor")]
    OutputPlace {
        /// The array.
        index: usize,
        /// The number of values of the last tensor.
        values: usize,
    },
    /// Two arrays of an output share a place.
    #[error("array {index} of the output has a place twice, or one of an earlier array")]
    OutputOverlap {
        /// The array.
        index: usize,
    },
    /// A range of an input's values is empty, holds none of them, or exceeds the bits.
    #[error("range {index} of the input's values is empty, holds no value, or exceeds what the input's bits allow")]
    InputRange {
        /// The range.
        index: usize,
    },
    /// The ranges of an input's values are about more or fewer of them.
    #[error("the ranges of the input's values are not about {values} values")]
    InputRanges {
        /// The number of values of the input.
        values: usize,
    },
    /// There is neither one scale or offset nor one for each value.
    #[error("the input has {found} {what} where 1 or {values} are needed")]
    PortLength {
        /// Scales or offsets.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// The number of values.
        values: usize,
    },
    /// A scale is not a finite positive number.
    #[error("scale {index} of {place} is not a finite positive number")]
    Scale {
        /// The port.
        place: Place,
        /// Which scale.
        index: usize,
    },
    /// An offset is not finite.
    #[error("offset {index} of the input is not a finite number")]
    Offset {
        /// Which offset.
        index: usize,
    },
    /// A table's length is not a power of two.
    #[error("table {table} has {found} entries, which is not a power of two")]
    TableLength {
        /// The table.
        table: usize,
        /// Its length.
        found: usize,
    },
    /// A public integer is too large.
    #[error("{what} of {place} is {found}, beyond the greatest magnitude {limit}")]
    Magnitude {
        /// Whose integer.
        place: Place,
        /// Which integer.
        what: &'static str,
        /// Its value.
        found: i64,
        /// The greatest magnitude.
        limit: i64,
    },
    /// A public factor is zero, so that what it multiplies says nothing.
    #[error("{what} of {place} is zero")]
    Zero {
        /// Whose factor.
        place: Place,
        /// Which factor.
        what: &'static str,
    },
    /// A shift is too large.
    #[error("step {step} shifts by {found} where at most {limit} is allowed")]
    Shift {
        /// The step.
        step: usize,
        /// Its shift.
        found: u32,
        /// The greatest shift.
        limit: u32,
    },
    /// A step names a table that is not there.
    #[error("step {step} looks up in table {found} of {count}")]
    TableIndex {
        /// The step.
        step: usize,
        /// The table it names.
        found: usize,
        /// The number of tables.
        count: usize,
    },
    /// A row size is outside its range.
    #[error("{what} of 2^{found} values: the exponent must be {least} to {greatest}")]
    RowBits {
        /// What the rows hold.
        what: &'static str,
        /// The exponent found.
        found: u32,
        /// The least exponent.
        least: u32,
        /// The greatest exponent.
        greatest: u32,
    },
    /// A batch's number of samples is no power of two, or beyond the limits.
    #[error("a batch of {found} samples: the number must be a power of two from 2 to 2^{limit}")]
    BatchSize {
        /// The number found.
        found: usize,
        /// The base-two logarithm of the greatest number.
        limit: u32,
    },
    /// The input has another number of digests than samples.
    #[error("the input has {found} digests, and its outermost axis another number of samples")]
    Digests {
        /// The number of digests.
        found: usize,
    },
    /// The sizes of batches are not in increasing order, or one is there twice.
    #[error("batches of {first} and then of {second} samples: each size must be larger than the one before it")]
    BatchOrder {
        /// The size before.
        first: usize,
        /// The size after it.
        second: usize,
    },
    /// A term multiplies nothing; the step's constant is for that.
    #[error("{place} has no factors")]
    EmptyTerm {
        /// The term.
        place: Place,
    },
    /// A term multiplies too much.
    #[error("{place} has {found} factors where at most {limit} are allowed")]
    Factors {
        /// The term.
        place: Place,
        /// The number of factors.
        found: usize,
        /// The greatest number.
        limit: usize,
    },
    /// A term reads a tensor that is not there or not made yet.
    #[error("{place} reads {what} {found} where only the first {count} can be read")]
    Source {
        /// The term.
        place: Place,
        /// Weights or values.
        what: &'static str,
        /// The tensor it names.
        found: usize,
        /// How many it could name.
        count: usize,
    },
    /// An access has another number of index maps than its tensor has axes.
    #[error("{place} reads {what} by {found} indices where the tensor has {expected} axes")]
    AccessRank {
        /// The term.
        place: Place,
        /// Weights or values.
        what: &'static str,
        /// The number of maps.
        found: usize,
        /// The number of axes.
        expected: usize,
    },
    /// An index map names a variable that the term does not have.
    #[error("{place} uses variable {found} of {count}")]
    Variable {
        /// The term.
        place: Place,
        /// The variable.
        found: usize,
        /// The number of variables.
        count: usize,
    },
    /// A variable stands twice in one access.
    #[error("{place} uses variable {variable} twice in one access")]
    VariableReused {
        /// The term.
        place: Place,
        /// The variable.
        variable: usize,
    },
    /// A summed variable that nothing reads: a coefficient is for that.
    #[error("{place} sums over variable {variable}, which it never reads")]
    VariableUnread {
        /// The term.
        place: Place,
        /// The variable.
        variable: usize,
    },
    /// The weights have another number of tensors than the architecture.
    #[error("there are {found} weight tensors where the architecture has {expected}")]
    WeightCount {
        /// The number found.
        found: usize,
        /// The architecture's.
        expected: usize,
    },
    /// A weight tensor has another number of values than its shape.
    #[error("weight tensor {tensor} has {found} values where its shape holds {expected}")]
    WeightLength {
        /// The tensor.
        tensor: usize,
        /// The number found.
        found: usize,
        /// The shape's number.
        expected: usize,
    },
}
