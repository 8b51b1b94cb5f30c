//! Random small models for which every input in range has a proof.

use hallmark_circuits::model::{
    Architecture, Binding, InputPort, MAX_SHIFT, MIN_ROW_BITS, OutputPort, Step, Table, WeightShape, Weights,
};
use rand::{Rng, RngExt};

use super::bounds::{self, Range};
use super::terms::{Draft, draft};

/// The most bits of a table's length, so that proofs in tests stay quick.
const MAX_TABLE_BITS: u32 = 12;

/// A model under construction.
struct Builder {
    model: Architecture,
    weights: Weights,
    /// What each tensor can hold, the input first.
    ranges: Vec<Range>,
}

/// A random model. Its tables cover whatever can come of any input in range, by interval arithmetic.
pub fn random_model(rng: &mut impl Rng) -> (Architecture, Weights) {
    let steps = rng.random_range(1..=5);
    model_with_steps(rng, steps)
}

/// A random model with so many steps.
pub fn model_with_steps(rng: &mut impl Rng, steps: usize) -> (Architecture, Weights) {
    let mut builder = Builder::new(rng);
    for _ in 0..steps {
        builder.add_step(rng);
    }
    let Builder { mut model, weights, .. } = builder;
    model.output.shape = model.tensor_axes(steps).to_vec();
    (model, weights)
}

/// A random input in range.
pub fn random_input(model: &Architecture, rng: &mut impl Rng) -> Vec<i64> {
    let (least, greatest) = model.input.range();
    (0..values(model)).map(|_| rng.random_range(least..=greatest)).collect()
}

/// The inputs at the ends of the range: all least, all greatest, and the two by turns.
pub fn extreme_inputs(model: &Architecture) -> [Vec<i64>; 4] {
    let (least, greatest) = model.input.range();
    let by_turns = |even, odd| (0..values(model)).map(|index| if index % 2 == 0 { even } else { odd }).collect();
    [by_turns(least, least), by_turns(greatest, greatest), by_turns(least, greatest), by_turns(greatest, least)]
}

fn values(model: &Architecture) -> usize {
    model.input.axes.iter().product()
}

impl Builder {
    fn new(rng: &mut impl Rng) -> Self {
        let axes: Vec<usize> = match rng.random_range(0..4) {
            0 => vec![rng.random_range(1..=40)],
            1 => vec![rng.random_range(1..=6), rng.random_range(1..=9)],
            _ => vec![rng.random_range(1..=4), rng.random_range(1..=7), rng.random_range(1..=9)],
        };
        let bits = if rng.random_bool(0.8) { 8 } else { 16 };
        let input = InputPort {
            parts: vec![],
            ranges: vec![],
            shape: axes.clone(),
            axes,
            bits,
            scales: vec![1.0],
            offsets: vec![0.0],
            binding: Binding::Values,
        };
        let ranges = vec![input.range()];
        let row_bits = rng.random_range(MIN_ROW_BITS..=11);
        let model = Architecture {
            input,
            output: OutputPort { shape: vec![], parts: vec![], scale: 1.0 },
            weights: vec![],
            parts: vec![],
            tables: vec![],
            steps: vec![],
            row_bits,
            weight_row_bits: rng.random_range(MIN_ROW_BITS..=row_bits),
        };
        Self { model, weights: Weights(vec![]), ranges }
    }

    fn add_step(&mut self, rng: &mut impl Rng) {
        while !self.try_step(rng) {}
    }

    /// Adds a random step, unless its sums are so large that no shift brings them into a table.
    fn try_step(&mut self, rng: &mut impl Rng) -> bool {
        let weights = self.weights.0.len();
        let tensors: Vec<_> = (0..self.model.tensors()).map(|tensor| self.model.tensor_axes(tensor).to_vec()).collect();
        let Draft { axes, terms, shapes } = draft(rng, &tensors, self.model.weights.len());
        shapes.into_iter().for_each(|axes| self.add_weights(rng, axes));
        let name = format!("step {}", self.model.steps.len());
        let constant = if rng.random_bool(0.3) { rng.random_range(-1000..=1000) } else { 0 };
        let mut step = Step { name, axes, constant, terms, shift: rng.random_range(0..=12), table: 0 };
        let Some(range) = self.settle_shift(&mut step) else {
            self.weights.0.truncate(weights);
            self.model.weights.truncate(weights);
            return false;
        };
        step.table = self.table_for(rng, range);
        self.ranges.push(bounds::outputs(&self.model.tables[step.table], range));
        self.model.steps.push(step);
        true
    }

    /// Weights of a width that is random too, now and then all at an end of their range.
    fn add_weights(&mut self, rng: &mut impl Rng, axes: Vec<usize>) {
        let greatest = (1i64 << rng.random_range(0..=8)) - 1;
        let extreme = rng.random_bool(0.1);
        let weight = |_| if extreme { -greatest } else { rng.random_range(-greatest..=greatest) };
        self.weights.0.push((0..axes.iter().product()).map(weight).collect());
        self.model.weights.push(WeightShape { name: format!("weights {}", self.model.weights.len()), axes });
    }

    /// Raises the shift until what is looked up fits a table, and tells what that is.
    fn settle_shift(&self, step: &mut Step) -> Option<Range> {
        (step.shift..=MAX_SHIFT).find_map(|shift| {
            step.shift = shift;
            let (least, greatest) = bounds::quotients(&self.model, &self.weights, &self.ranges, step);
            (greatest - least < 1 << MAX_TABLE_BITS).then_some((least, greatest))
        })
    }

    /// A table that covers a range: one that is there already, or a new one.
    fn table_for(&mut self, rng: &mut impl Rng, (least, greatest): Range) -> usize {
        let covers = |table: &Table| table.first <= least && greatest <= table.last();
        match self.model.tables.iter().position(covers) {
            Some(table) if rng.random_bool(0.5) => table,
            _ => {
                self.model.tables.push(random_table(rng, (least, greatest)));
                self.model.tables.len() - 1
            }
        }
    }
}

fn random_table(rng: &mut impl Rng, (least, greatest): Range) -> Table {
    let length = ((greatest - least + 1) as u64).next_power_of_two() as i64;
    let first = least - rng.random_range(0..=length - 1 - (greatest - least));
    let arguments = first..first + length;
    let (name, outputs) = match rng.random_range(0..5) {
        0 => ("identity", arguments.map(|x| x as i32).collect()),
        1 => ("saturate", arguments.map(|x| x.clamp(-128, 127) as i32).collect()),
        2 => ("relu", arguments.map(|x| x.clamp(0, 127) as i32).collect()),
        3 => ("leaky relu", arguments.map(|x| x.max(x >> 3).clamp(-128, 127) as i32).collect()),
        _ => ("arbitrary", arguments.map(|_| rng.random_range(-128..=127)).collect()),
    };
    Table { name: name.into(), first, outputs }
}
