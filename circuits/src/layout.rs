//! Where every tensor, weight and table lies: three index spaces, in which each owns one aligned block.
//!
//! | space | polynomials over it | a block is |
//! |---|---|---|
//! | cells | quotient `z`, remainder, output `y`, helper `h` | a tensor, its axes padded to powers of two |
//! | weights | `W` | a weight tensor, its axes padded likewise |
//! | entries | table output `T`, multiplicity `m`, table helper `g` | a table |
//!
//! Every space has at least the places of one of its rows, so that a committed row is never longer than its space.

use std::{cmp::Reverse, ops::Range};

use crate::model::{Architecture, Factor, MAX_SPACE_BITS, ModelError, Space, bits_of, block_bits};

/// The tag of the look-up that holds only zeros: of padding, and of remainders where nothing is divided.
pub const ZERO_TAG: u64 = 0;

/// An aligned block of an index space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The first place; a multiple of `2^bits`.
    pub offset: usize,
    /// The base-two logarithm of the number of places.
    pub bits: usize,
}

impl Block {
    /// The number of places.
    #[must_use]
    pub const fn len(&self) -> usize {
        1 << self.bits
    }

    /// Never: a block has at least one place.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        false
    }

    /// The bits of the index above the block's own, which are the same all over the block.
    #[must_use]
    pub const fn prefix(&self) -> usize {
        self.offset >> self.bits
    }
}

/// A look-up table of the argument and the place of its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableBlock {
    /// The entries' place.
    pub block: Block,
    /// Keeps the tables apart: the first member of every looked-up triple.
    pub tag: u64,
    /// The argument of the first entry.
    pub first: i64,
    /// What the entries map to.
    pub kind: TableKind,
}

/// What a table maps its arguments to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableKind {
    /// A table of the model, by its index.
    Model(usize),
    /// The identity on the integers that an input may be.
    Input,
    /// Zero, for all remainders of a division by `2^shift`.
    Remainder {
        /// The shift.
        shift: u32,
    },
    /// The only entry is (0, 0).
    Zero,
}

/// The three index spaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The base-two logarithm of the length of a committed row of cells or entries.
    pub row_bits: usize,
    /// The base-two logarithm of the length of a committed row of weights, which is no longer.
    pub weight_row_bits: usize,
    /// The number of variables of the cells' space.
    pub cell_bits: usize,
    /// The number of variables of the weights' space.
    pub weight_bits: usize,
    /// The number of variables of the entries' space.
    pub entry_bits: usize,
    /// The block of each tensor; the input comes first.
    pub tensors: Vec<Block>,
    /// The block of each weight tensor.
    pub weights: Vec<Block>,
    /// The rows of each part of the weights: a single one where no parts are told apart. Rows between them are zero.
    pub parts: Vec<Range<usize>>,
    /// The tables: the model's, the input's, one for each shift, and the one of zeros.
    pub tables: Vec<TableBlock>,
}

impl Layout {
    /// Lays out a model, which is validated first.
    ///
    /// # Errors
    /// [`ModelError`] names what is beyond a limit, or contradicts itself.
    pub fn new(model: &Architecture) -> Result<Self, ModelError> {
        model.validate()?;
        let [row_bits, weight_row_bits] = [model.row_bits, model.weight_row_bits].map(|bits| bits as usize);
        let tensors: Vec<usize> = (0..model.tensors()).map(|tensor| block_bits(model.tensor_axes(tensor))).collect();
        let weights: Vec<usize> = model.weights.iter().map(|weight| block_bits(&weight.axes)).collect();
        let kinds = table_kinds(model);
        let tables: Vec<usize> = kinds.iter().map(|&(_, kind)| table_bits(model, kind)).collect();
        let (tensors, cell_bits) = pack("cells", &tensors, row_bits)?;
        let Weights { blocks: weights, parts, bits: weight_bits } =
            pack_parts(&weights, &model.parts, weight_row_bits)?;
        let (blocks, entry_bits) = pack("table entries", &tables, row_bits)?;
        let tables = blocks
            .into_iter()
            .zip(kinds)
            .map(|(block, (tag, kind))| TableBlock { block, tag, first: table_first(model, kind), kind })
            .collect();
        Ok(Self { row_bits, weight_row_bits, cell_bits, weight_bits, entry_bits, tensors, weights, parts, tables })
    }

    /// The block of what a factor reads, and the number of variables of the space that it is in.
    #[must_use]
    pub fn source(&self, factor: &Factor) -> (Block, usize) {
        match factor.space {
            Space::Weights => (self.weights[factor.access.source], self.weight_bits),
            Space::Values => (self.tensors[factor.access.source], self.cell_bits),
        }
    }

    /// The block of a tensor.
    #[must_use]
    pub fn tensor(&self, tensor: usize) -> Block {
        self.tensors[tensor]
    }

    /// The number of rows of a polynomial over the cells. The helpers are not zero outside of the blocks, so that none can
    /// be left out.
    #[must_use]
    pub const fn cell_rows(&self) -> usize {
        1 << (self.cell_bits - self.row_bits)
    }

    /// The places of cells up to the end of the last tensor. All cells beyond are padding.
    #[must_use]
    pub fn cell_end(&self) -> usize {
        end(&self.tensors)
    }

    /// The places of entries up to the end of the last table.
    #[must_use]
    pub fn entry_end(&self) -> usize {
        end(self.tables.iter().map(|table| &table.block))
    }

    /// The number of rows of a polynomial over the entries. What lies beyond them is zero by definition.
    #[must_use]
    pub fn entry_rows(&self) -> usize {
        rows(self.entry_end(), self.row_bits)
    }

    /// The number of rows of the weights. What lies beyond them is zero by definition.
    #[must_use]
    pub fn weight_rows(&self) -> usize {
        self.parts.iter().map(|part| part.end).max().unwrap_or(1)
    }

    /// The table that the outputs of a tensor are looked up in.
    #[must_use]
    pub fn output_table(&self, model: &Architecture, tensor: usize) -> &TableBlock {
        match tensor.checked_sub(1) {
            None => &self.tables[model.tables.len()],
            Some(step) => &self.tables[model.steps[step].table],
        }
    }

    /// The table that the remainders of a tensor are looked up in.
    #[must_use]
    pub fn remainder_table(&self, model: &Architecture, tensor: usize) -> &TableBlock {
        let shift = tensor.checked_sub(1).map_or(0, |step| model.steps[step].shift);
        let position = self.tables.iter().position(|table| table.kind == TableKind::Remainder { shift });
        position.map_or_else(|| self.zero_table(), |position| &self.tables[position])
    }

    /// The table of padding.
    #[must_use]
    pub fn zero_table(&self) -> &TableBlock {
        &self.tables[self.tables.len() - 1]
    }
}

/// The end of the last block.
fn end<'b>(blocks: impl IntoIterator<Item = &'b Block>) -> usize {
    blocks.into_iter().map(|block| block.offset + block.len()).max().unwrap_or(0)
}

/// The number of rows of `2^row_bits` places up to an end.
fn rows(end: usize, row_bits: usize) -> usize {
    end.div_ceil(1 << row_bits).max(1)
}

/// The tables of a model with their tags.
fn table_kinds(model: &Architecture) -> Vec<(u64, TableKind)> {
    let mut shifts: Vec<u32> = model.steps.iter().map(|step| step.shift).filter(|&shift| shift > 0).collect();
    shifts.sort_unstable();
    shifts.dedup();
    let kinds = (0..model.tables.len())
        .map(TableKind::Model)
        .chain([TableKind::Input])
        .chain(shifts.into_iter().map(|shift| TableKind::Remainder { shift }));
    (ZERO_TAG + 1..).zip(kinds).chain([(ZERO_TAG, TableKind::Zero)]).collect()
}

fn table_bits(model: &Architecture, kind: TableKind) -> usize {
    match kind {
        TableKind::Model(index) => bits_of(model.tables[index].outputs.len()),
        TableKind::Input => model.input.bits as usize,
        TableKind::Remainder { shift } => shift as usize,
        TableKind::Zero => 0,
    }
}

fn table_first(model: &Architecture, kind: TableKind) -> i64 {
    match kind {
        TableKind::Model(index) => model.tables[index].first,
        TableKind::Input => model.input.range().0,
        TableKind::Remainder { .. } | TableKind::Zero => 0,
    }
}

/// The weights' space.
struct Weights {
    blocks: Vec<Block>,
    parts: Vec<Range<usize>>,
    bits: usize,
}

/// Places the blocks of each part by themselves, in rows of the part's own. The part with the largest block comes first, so that few
/// rows lie between parts.
fn pack_parts(sizes: &[usize], counts: &[usize], row_bits: usize) -> Result<Weights, ModelError> {
    let mut rest = sizes;
    let single = [sizes.len()];
    let counts = if counts.is_empty() { single.as_slice() } else { counts };
    let parts: Vec<&[usize]> = counts.iter().filter_map(|&count| rest.split_off(..count)).collect();
    let largest = |part: &[usize]| part.iter().copied().max().unwrap_or(0).max(row_bits);
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&part| (Reverse(largest(parts[part])), part));
    let mut placed = vec![(Vec::new(), 0..0); parts.len()];
    let mut free = 0usize;
    for part in order {
        let (mut blocks, _) = pack("weights", parts[part], row_bits)?;
        let start = free.next_multiple_of(1 << largest(parts[part]));
        blocks.iter_mut().for_each(|block| block.offset += start);
        let first = start >> row_bits;
        let count = rows(end(&blocks).saturating_sub(start), row_bits);
        free = (first + count) << row_bits;
        placed[part] = (blocks, first..first + count);
    }
    let bits = space_bits("weights", free, row_bits)?;
    let (blocks, parts): (Vec<_>, Vec<_>) = placed.into_iter().unzip();
    Ok(Weights { blocks: blocks.concat(), parts, bits })
}

/// Places blocks of these sizes, the largest first, so that each is aligned without gaps.
fn pack(space: &'static str, sizes: &[usize], least: usize) -> Result<(Vec<Block>, usize), ModelError> {
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|&index| (Reverse(sizes[index]), index));
    let mut blocks = vec![Block { offset: 0, bits: 0 }; sizes.len()];
    let mut offset = 0;
    for index in order {
        blocks[index] = Block { offset, bits: sizes[index] };
        offset += blocks[index].len();
    }
    Ok((blocks, space_bits(space, offset, least)?))
}

/// The bits of a space of so many places, which are at least those of a row.
fn space_bits(space: &'static str, places: usize, least: usize) -> Result<usize, ModelError> {
    let bits = bits_of(places).max(least);
    if bits <= MAX_SPACE_BITS { Ok(bits) } else { Err(ModelError::Space { what: space, limit: MAX_SPACE_BITS }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{InputPort, MIN_ROW_BITS, OutputPort, Step, Table};

    /// A model of steps without terms that divide by these powers of two.
    fn model(shifts: &[u32]) -> Architecture {
        let step = |&shift| Step { name: String::new(), axes: vec![3], constant: 0, terms: vec![], shift, table: 0 };
        Architecture {
            input: InputPort::of_integers(vec![3], 8),
            output: OutputPort { shape: vec![3], parts: vec![], scale: 1.0 },
            weights: vec![],
            parts: vec![],
            tables: vec![Table { name: String::new(), first: -2, outputs: vec![7; 4] }],
            steps: shifts.iter().map(step).collect(),
            row_bits: MIN_ROW_BITS,
            weight_row_bits: MIN_ROW_BITS,
        }
    }

    #[test]
    fn there_is_a_table_for_each_shift_in_order() {
        let model = model(&[5, 1, 5, 0]);
        let layout = Layout::new(&model).unwrap();
        let tables: Vec<_> = layout.tables.iter().map(|table| (table.tag, table.kind, table.first)).collect();
        let expected = [
            (1, TableKind::Model(0), -2),
            (2, TableKind::Input, -128),
            (3, TableKind::Remainder { shift: 1 }, 0),
            (4, TableKind::Remainder { shift: 5 }, 0),
            (0, TableKind::Zero, 0),
        ];
        assert_eq!(tables, expected);
        // What nothing was divided for has no remainder: the input, and the last step.
        let kinds: Vec<_> = (0..5).map(|tensor| layout.remainder_table(&model, tensor).kind).collect();
        let [one, five] = [1, 5].map(|shift| TableKind::Remainder { shift });
        assert_eq!(kinds, [TableKind::Zero, five, one, five, TableKind::Zero]);
        let kinds: Vec<_> = (0..2).map(|tensor| layout.output_table(&model, tensor).kind).collect();
        assert_eq!(kinds, [TableKind::Input, TableKind::Model(0)]);
    }

    #[test]
    fn blocks_fill_their_space_the_largest_first() {
        let block = |offset, bits| Block { offset, bits };
        let blocks = vec![block(12, 1), block(0, 3), block(14, 0), block(8, 2), block(15, 0)];
        assert_eq!(pack("cells", &[1, 3, 0, 2, 0], 0), Ok((blocks, 4)));
    }

    #[test]
    fn a_space_has_at_least_a_row_and_at_most_its_limit() {
        let bits = |sizes: &[usize]| pack("table entries", sizes, 9).map(|(_, bits)| bits);
        assert_eq!(bits(&[3]), Ok(9));
        assert_eq!(bits(&[9, 0]), Ok(10));
        assert_eq!(bits(&[MAX_SPACE_BITS]), Ok(MAX_SPACE_BITS));
        let refused = Err(ModelError::Space { what: "table entries", limit: MAX_SPACE_BITS });
        assert_eq!(bits(&[MAX_SPACE_BITS, 0]), refused);
    }
}
