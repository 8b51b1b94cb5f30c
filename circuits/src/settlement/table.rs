//! A wiring as a table of cells: three columns of values and six of constants, three of which select.
//!
//! | column | an arithmetic row | a step of a permutation |
//! |---|---|---|
//! | values | the factors and the addend | the state, or the inputs of three S-boxes |
//! | constants | the coefficients | what the step adds |
//!
//! A row's result lies in the next row: in its `c`, or in all of it for a step. So a row whose addend is the result of the
//! row above needs no copy of it, and chains of such rows are laid out one below the other. A row that is all zeros in the
//! constants computes nothing.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use sha3::{Digest as _, Keccak256};

use super::{
    gate::{RowKind, SELECTORS},
    wiring::{Equality, ONE, Source, Wire, Wiring},
};
use crate::{
    arithmetic::Native,
    digest::Digest,
    encoding::fr_to_bytes,
    error::Check,
    poseidon::{self, WIDTH, compact},
};

/// The number of columns of values.
pub const VALUES: usize = 3;
/// The number of columns of constants: the selectors, then those of [`Cells`](super::gate::Cells).
pub const CONSTANTS: usize = SELECTORS + VALUES;

/// The content of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Anything.
    Free,
    /// A wire; all of its cells are the same.
    Wire(Wire),
    /// A value within a permutation.
    State {
        /// The permutation.
        permutation: usize,
        /// The number of steps before.
        step: usize,
        /// The place in the row.
        element: usize,
    },
}

impl Cell {
    /// Different cells have different words.
    const fn to_words(self) -> [usize; 3] {
        match self {
            Self::Free => [0, 0, 0],
            Self::Wire(wire) => [1, wire, 0],
            Self::State { permutation, step, element } => [2 + element, permutation, step],
        }
    }
}

/// What a region of the table is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableRegion {
    /// Binds the first rows to the instances.
    Instances,
    /// A permutation of the transcript.
    Permutation(usize),
    /// Everything that no check depends on at once.
    Arithmetic,
    /// A check.
    Check(Check),
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableRow {
    /// `a`, `b` and `c`.
    pub cells: [Cell; VALUES],
    /// The columns of constants.
    pub constants: [Fr; CONSTANTS],
}

/// The table of an architecture's settlement circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The rows of each region, one after the other.
    pub regions: Vec<(TableRegion, Vec<TableRow>)>,
    /// The number of instances, the one that is one included.
    pub instances: usize,
}

impl Table {
    /// Lays out a wiring with `given` instances besides the one that is one.
    #[must_use]
    pub fn new(wiring: &Wiring, given: usize) -> Self {
        let instances: Vec<Wire> = (0..=given).chain(wiring.published.iter().copied()).collect();
        let mut regions = vec![(TableRegion::Instances, instance_rows(&instances))];
        regions.extend(
            (0..wiring.permutations.len()).map(|index| (TableRegion::Permutation(index), step_rows(wiring, index))),
        );
        regions.push((TableRegion::Arithmetic, arithmetic_rows(wiring)));
        regions.extend(
            wiring.equalities.iter().map(|equality| (TableRegion::Check(equality.check), check_rows(wiring, equality))),
        );
        Self { regions, instances: instances.len() }
    }

    /// All rows.
    pub fn rows(&self) -> impl Iterator<Item = &TableRow> {
        self.regions.iter().flat_map(|(_, rows)| rows)
    }

    /// The number of rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.regions.iter().map(|(_, rows)| rows.len()).sum()
    }

    /// The keccak digest of all rows and of the number of instances: what the key of the circuit follows from.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut hasher = Keccak256::new();
        hasher.update((self.instances as u64).to_be_bytes());
        for row in self.rows() {
            row.cells
                .iter()
                .for_each(|cell| hasher.update(cell.to_words().map(|word| (word as u64).to_be_bytes()).as_flattened()));
            row.constants.iter().for_each(|constant| hasher.update(fr_to_bytes(constant)));
        }
        Digest(hasher.finalize().into())
    }

    /// The columns of values, given the value of every wire.
    #[must_use]
    pub fn columns(&self, wiring: &Wiring, values: &[Fr]) -> [Vec<Fr>; VALUES] {
        let mut columns: [Vec<Fr>; VALUES] = std::array::from_fn(|_| Vec::with_capacity(self.height()));
        let mut trace = (usize::MAX, Vec::new());
        for row in self.rows() {
            for (column, cell) in columns.iter_mut().zip(row.cells) {
                column.push(match cell {
                    Cell::Free => Fr::ZERO,
                    Cell::Wire(wire) => values[wire],
                    Cell::State { permutation, step, element } => {
                        if trace.0 != permutation {
                            let state = wiring.permutations[permutation].map(|wire| values[wire]);
                            trace = (permutation, compact::trace(state));
                        }
                        trace.1[step][element]
                    }
                });
            }
        }
        columns
    }
}

/// Row `i` puts instance `i` below itself:
///
/// ```text
/// 1 * 1 - 1 + instance = next c
/// ```
///
/// In the first row, where the instance is one and the next `c` is the wire ONE too, this reads `(x - 1)^2 = 0`.
fn instance_rows(instances: &[Wire]) -> Vec<TableRow> {
    let mut above = Cell::Free;
    let mut rows = Vec::new();
    for wire in instances {
        let constants = arithmetic([-Fr::ONE, Fr::ZERO, Fr::ZERO]);
        rows.push(TableRow { cells: [Cell::Wire(ONE), Cell::Wire(ONE), above], constants });
        above = Cell::Wire(*wire);
    }
    rows.push(idle(above));
    rows
}

fn step_rows(wiring: &Wiring, permutation: usize) -> Vec<TableRow> {
    let cells = |step: usize| std::array::from_fn(|element| Cell::State { permutation, step, element });
    let mut rows: Vec<TableRow> = compact::steps()
        .iter()
        .enumerate()
        .map(|(step, (kind, constants))| TableRow {
            cells: cells(step),
            constants: columns_of(RowKind::Step(*kind), *constants),
        })
        .collect();
    rows.push(TableRow { cells: cells(rows.len()), constants: [Fr::ZERO; CONSTANTS] });
    let last = rows.len() - 1;
    rows[0].cells = wiring.permutations[permutation].map(Cell::Wire);
    for (wire, source) in wiring.wires.iter().enumerate() {
        if let Source::Permuted { permutation: of, element } = source
            && *of == permutation
        {
            rows[last].cells[*element] = Cell::Wire(wire);
        }
    }
    rows
}

/// All rows that no check ends in, in chains.
fn arithmetic_rows(wiring: &Wiring) -> Vec<TableRow> {
    let mut checked = vec![false; wiring.rows.len()];
    for equality in &wiring.equalities {
        checked[equality.row] = true;
    }
    // Each row is followed by the first that adds to its result.
    let mut next = vec![None; wiring.rows.len()];
    let mut follows = vec![false; wiring.rows.len()];
    for (index, row) in wiring.rows.iter().enumerate().filter(|(index, _)| !checked[*index]) {
        if let Some(wire) = row.inputs[2]
            && let Source::Row(previous) = wiring.wires[wire]
            && !checked[previous]
            && next[previous].is_none()
        {
            next[previous] = Some(index);
            follows[index] = true;
        }
    }
    let heads = (0..wiring.rows.len()).filter(|&index| !checked[index] && !follows[index]);
    chain_rows(wiring, heads.flat_map(|head| std::iter::successors(Some(head), |&row| next[row])))
}

/// These rows one below the other, with an idle row wherever the one above leaves something else than the addend.
fn chain_rows(wiring: &Wiring, order: impl Iterator<Item = usize>) -> Vec<TableRow> {
    let mut rows = Vec::new();
    let mut above = Cell::Free;
    for row in order.map(|index| &wiring.rows[index]) {
        let [a, b, c] = row.inputs.map(|wire| wire.map_or(Cell::Free, Cell::Wire));
        let mut last = c;
        if c == Cell::Free {
            last = above;
        } else if above != Cell::Free && above != c {
            rows.push(idle(above));
        }
        rows.push(TableRow { cells: [a, b, last], constants: arithmetic(row.coefficients) });
        above = Cell::Wire(row.out);
    }
    rows.push(idle(above));
    rows
}

/// A row with the expected result in the place of its result.
fn check_rows(wiring: &Wiring, equality: &Equality) -> Vec<TableRow> {
    let row = &wiring.rows[equality.row];
    let cells = row.inputs.map(|wire| wire.map_or(Cell::Free, Cell::Wire));
    vec![TableRow { cells, constants: arithmetic(row.coefficients) }, idle(Cell::Wire(equality.with))]
}

fn arithmetic(coefficients: [Fr; VALUES]) -> [Fr; CONSTANTS] {
    columns_of(RowKind::Arithmetic, coefficients)
}

fn columns_of(kind: RowKind, constants: [Fr; VALUES]) -> [Fr; CONSTANTS] {
    let [s, p, q] = kind.selectors();
    let [first, second, third] = constants;
    [s, p, q, first, second, third]
}

fn idle(above: Cell) -> TableRow {
    TableRow { cells: [Cell::Free, Cell::Free, above], constants: [Fr::ZERO; CONSTANTS] }
}

/// The permutation that [`Wiring::evaluate`] needs.
pub fn permute(state: &mut [Fr; WIDTH]) {
    poseidon::permute(&mut Native, state);
}
