//! Bounds on everything that is read from a file, so that a hostile file costs bounded time and memory.

/// The most steps of a model.
pub const MAX_STEPS: usize = 1 << 12;
/// The most terms of a step.
pub const MAX_TERMS: usize = 1 << 8;
/// The most factors of a term. With the equality polynomial of the cells, a product then has degree 4, as the main sumcheck
/// allows.
pub const MAX_FACTORS: usize = 3;
/// The most axes of a tensor, and the most variables of a term.
pub const MAX_AXES: usize = 16;
/// The most bits of the index of one axis.
pub const MAX_AXIS_BITS: usize = 24;
/// The most bits of the index space of all tensors, all weights, or all tables.
pub const MAX_SPACE_BITS: usize = 26;
/// The most bits of the index space of a term's variables: the step's axes and the summed variables together. Bounds the work
/// of a step.
pub const MAX_TERM_BITS: usize = 40;
/// The most bits of the number of indices that a verifier visits one by one. These are the indices of all axes that are not
/// read at a single variable of their own size.
pub const MAX_MAPPED_BITS: usize = 22;
/// The greatest shift: remainders are looked up in a table of `2^shift` entries.
pub const MAX_SHIFT: u32 = 20;
/// The fewest bits of a row. From here on, tests show that the blinding coefficients cover an opening.
pub const MIN_ROW_BITS: u32 = 9;
/// The most bits of a row.
pub const MAX_ROW_BITS: u32 = 24;
/// The greatest magnitude of a public integer: coefficients, constants, strides, offsets, the ends of tables.
pub const MAX_INTEGER: i64 = 1 << 38;
/// Accumulators are less than this in magnitude, for every input. It is far below the field's size, so nothing wraps.
pub const MAX_ACCUMULATOR: i64 = 1 << 62;
/// The most characters of a name.
pub const MAX_NAME: usize = 256;
/// The most bits of the number of samples in a batch.
pub const MAX_BATCH_BITS: u32 = 12;
/// The most sizes of batches that a model is offered in: each is an entry of its settlement key.
pub const MAX_BATCHES: usize = 16;
/// The most arrays that an input is put together from.
pub const MAX_INPUT_PARTS: usize = 64;
/// The most arrays that an output is taken apart into.
pub const MAX_OUTPUT_PARTS: usize = 64;
/// The most parts of the weights.
pub const MAX_PARTS: usize = 8;
/// The most chunks of a data set.
pub const MAX_CHUNKS: usize = 1 << 10;
