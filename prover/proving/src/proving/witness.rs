//! What is committed: the tensors of an inference laid out in their spaces, and how often each table entry is used.

use hallmark_circuits::{layout::Layout, model::Weights, relations::packing::places, verifier::statement::Statement};

use crate::execute::Trace;

/// Where the cells of all tensors lie, padding left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// For each tensor its cells, in row-major order.
    pub tensors: Vec<Vec<u32>>,
    /// All cells, in ascending order.
    pub occupied: Vec<u32>,
}

impl Places {
    /// Finds the cells of a statement's tensors.
    #[must_use]
    pub fn new(statement: &Statement<'_>) -> Self {
        // An index space has at most 2^26 places: see the model's limits.
        let cells = |tensor: usize| {
            let offset = statement.layout.tensors[tensor].offset;
            places(statement.model.tensor_axes(tensor)).map(|place| (offset + place) as u32).collect()
        };
        let tensors: Vec<Vec<u32>> = (0..statement.layout.tensors.len()).map(cells).collect();
        let mut occupied = tensors.concat();
        occupied.sort_unstable();
        Self { tensors, occupied }
    }
}

/// The polynomials of small integers that the first commitments are to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The quotients, over the cells.
    pub quotient: Vec<i64>,
    /// The remainders, over the cells.
    pub remainder: Vec<i64>,
    /// The outputs, over the cells.
    pub output: Vec<i64>,
    /// How often each entry is looked up.
    pub multiplicity: Vec<i64>,
}

/// One cell of a tensor.
struct Cell {
    quotient: i64,
    remainder: i64,
    output: i64,
}

impl Witness {
    /// Lays out an inference.
    #[must_use]
    pub fn new(statement: &Statement<'_>, trace: &Trace) -> Self {
        Self::with_places(statement, &Places::new(statement), trace)
    }

    /// Lays out an inference of a statement whose cells were found before.
    #[must_use]
    pub fn with_places(statement: &Statement<'_>, places: &Places, trace: &Trace) -> Self {
        let layout = &statement.layout;
        let mut witness = Self {
            quotient: vec![0; 1 << layout.cell_bits],
            remainder: vec![0; 1 << layout.cell_bits],
            output: vec![0; 1 << layout.cell_bits],
            multiplicity: vec![0; 1 << layout.entry_bits],
        };
        let input = |index: usize| Cell { quotient: trace.input[index], remainder: 0, output: trace.input[index] };
        witness.place(statement, places, 0, input);
        for (index, step) in trace.steps.iter().enumerate() {
            let cell = |index: usize| Cell {
                quotient: step.quotient[index],
                remainder: i64::from(step.remainder[index]),
                output: i64::from(step.output[index]),
            };
            witness.place(statement, places, index + 1, cell);
        }
        witness.count_padding(statement);
        witness
    }

    /// Lays out one tensor, and counts its look-ups.
    fn place(&mut self, statement: &Statement<'_>, places: &Places, tensor: usize, cell: impl Fn(usize) -> Cell) {
        let (model, layout) = (statement.model, &statement.layout);
        let tables = [*layout.output_table(model, tensor), *layout.remainder_table(model, tensor)];
        for (index, &place) in places.tensors[tensor].iter().enumerate() {
            let (place, Cell { quotient, remainder, output }) = (place as usize, cell(index));
            self.quotient[place] = quotient;
            self.remainder[place] = remainder;
            self.output[place] = output;
            for (table, argument) in tables.iter().zip([quotient, remainder]) {
                self.multiplicity[table.block.offset + (argument - table.first) as usize] += 1;
            }
        }
    }

    /// The places of cells and of entries after which there is padding alone: those of the last tensor and of the last table. A lie,
    /// which the tests want to see refused, may stand beyond them.
    pub(super) fn ends(&self, layout: &Layout) -> [usize; 2] {
        let end = |column: &[i64]| column.iter().rposition(|&value| value != 0).map_or(0, |place| place + 1);
        let cells = [&self.quotient, &self.remainder, &self.output].map(|column| end(column)).into_iter().max();
        [layout.cell_end().max(cells.unwrap_or(0)), layout.entry_end().max(end(&self.multiplicity))]
    }

    /// Counts the two look-ups of every cell that is padding.
    fn count_padding(&mut self, statement: &Statement<'_>) {
        let layout = &statement.layout;
        let looked_up: i64 = self.multiplicity.iter().sum();
        self.multiplicity[layout.zero_table().block.offset] += (2i64 << layout.cell_bits) - looked_up;
    }
}

/// The weights over their space.
#[must_use]
pub fn place_weights(statement: &Statement<'_>, weights: &Weights) -> Vec<i64> {
    let mut space = vec![0; 1 << statement.layout.weight_bits];
    for ((shape, block), values) in statement.model.weights.iter().zip(&statement.layout.weights).zip(&weights.0) {
        for (place, &value) in places(&shape.axes).zip(values) {
            space[block.offset + place] = value;
        }
    }
    space
}
