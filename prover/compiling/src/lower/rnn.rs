//! RNN, LSTM and GRU: recurrences of fixed length, unrolled.

use ndarray::{Array2, ArrayD, Axis, Ix2};

use super::entry::Entry;
use super::{Lowering, Value};
use crate::constant::Constant;
use crate::error::CompileError;
use crate::function::Unary;
use crate::node::Node;
use crate::operator::Kind;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    recurrence("RNN", "recurrence of sums, without gates", |lowering, node| {
        lowering.lower_recurrence(node, Cell::Plain)
    }),
    recurrence("LSTM", "recurrence with a memory behind gates", |lowering, node| {
        lowering.lower_recurrence(node, Cell::Memory)
    }),
    recurrence("GRU", "recurrence behind gates", |lowering, node| lowering.lower_recurrence(node, Cell::Gated)),
];

const fn recurrence(name: &'static str, about: &'static str, lower: super::entry::Lower) -> Entry {
    Entry::new(name, &[7, 14, 22], Kind::Dense, about, lower)
        .limited("constant weights; Tanh, Relu or Sigmoid; without clip, peepholes and lengths of sequences")
}

/// The most steps of a recurrence.
const MAX_LENGTH: usize = 1 << 9;

/// What a recurrence does in a step.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Cell {
    /// RNN.
    Plain,
    /// LSTM.
    Memory,
    /// GRU.
    Gated,
}

impl Cell {
    /// The number of sums of the input and the state.
    fn gates(self) -> usize {
        match self {
            Self::Plain => 1,
            Self::Memory => 4,
            Self::Gated => 3,
        }
    }

    /// The functions, where the node names none.
    fn activations(self) -> &'static [&'static str] {
        match self {
            Self::Plain => &["Tanh"],
            Self::Memory => &["Sigmoid", "Tanh", "Tanh"],
            Self::Gated => &["Sigmoid", "Tanh"],
        }
    }
}

/// One direction of a recurrence.
pub(super) struct Direction {
    /// One for each sum.
    pub(super) gates: Vec<Gate>,
    /// The functions, in ONNX's order.
    pub(super) activations: Vec<Unary>,
    backwards: bool,
}

/// The weights of one sum of the input and the state.
pub(super) struct Gate {
    /// `features x hidden`.
    pub(super) input: Array2<f64>,
    /// `hidden x hidden`.
    pub(super) hidden: Array2<f64>,
    /// Added to the input's part.
    pub(super) input_bias: Vec<f64>,
    /// Added to the state's part.
    pub(super) hidden_bias: Vec<f64>,
}

/// What a recurrence carries from step to step.
#[derive(Clone)]
pub(super) struct State {
    /// The output of the last step.
    pub(super) hidden: Value,
    /// The memory, of an LSTM.
    pub(super) memory: Value,
}

impl Lowering<'_> {
    fn lower_recurrence(&mut self, node: &Node, cell: Cell) -> Result<(), CompileError> {
        let batch_first = node.flag("layout");
        let mut value = self.value(node, 0)?;
        if batch_first {
            value = self.permuted(value, &[1, 0, 2])?;
        }
        let shape = self.shape_of(&value);
        let &[length, batch, features] = shape.as_slice() else { return Err(node.fail("its input must have 3 axes")) };
        if length > MAX_LENGTH {
            return Err(node.fail(format!("it has {length} steps; {MAX_LENGTH} are the most")));
        }
        self.check_plain(node, cell, length)?;
        let directions = self.directions(node, cell, features)?;
        let mut outputs = vec![vec![]; directions.len()];
        let (mut hidden, mut memory) = (vec![], vec![]);
        for (index, direction) in directions.iter().enumerate() {
            let width = direction.gates[0].hidden.nrows();
            let mut initial = |input| self.initial(node, input, index, batch_first, &[batch, width]);
            let mut state = State { hidden: initial(5)?, memory: initial(6)? };
            for step in 0..length {
                let step = if direction.backwards { length - 1 - step } else { step };
                let input = self.picked(node, value.clone(), 0, &[step])?;
                let input = self.drop_axis(node, input, 0)?;
                state = self.next_state(node, cell, direction, input, state)?;
                outputs[index].push(self.reshaped(node, state.hidden.clone(), &[1, 1, batch, width])?);
            }
            if direction.backwards {
                outputs[index].reverse();
            }
            hidden.push(state.hidden);
            memory.push(state.memory);
        }
        self.set_all_states(node, outputs, batch_first)?;
        self.set_last_state(node, 1, hidden, batch_first)?;
        self.set_last_state(node, 2, memory, batch_first)
    }

    /// Refuses what no cell here has.
    fn check_plain(&self, node: &Node, cell: Cell, length: usize) -> Result<(), CompileError> {
        let lengths = self.constant(node, 4)?.map(|constant| constant.as_integers());
        let whole = lengths.is_none_or(|lengths| lengths.iter().all(|&other| other == length as i64));
        if node.reals("clip").is_some() || node.flag("input_forget") || !whole {
            return Err(node.fail(
                "its clip, its coupled gates or the lengths of its sequences are not supported; export without them",
            ));
        }
        let peepholes = if cell == Cell::Memory { self.constant(node, 7)? } else { None };
        match peepholes {
            Some(weights) if weights.data.iter().any(|&weight| weight != 0.0) => {
                Err(node.fail("its peepholes are not supported; export without them"))
            }
            _ => Ok(()),
        }
    }

    /// The state before the first step: zeros where the node gives none.
    fn initial(
        &mut self,
        node: &Node,
        input: usize,
        direction: usize,
        batch_first: bool,
        shape: &[usize],
    ) -> Result<Value, CompileError> {
        if node.input(input).is_none() {
            return Ok(Value::Constant(Constant::real(ArrayD::zeros(shape))));
        }
        let axis = usize::from(batch_first);
        let given = self.value(node, input)?;
        let fits = self.shape_of(&given).get(axis).is_some_and(|&directions| direction < directions);
        if !fits {
            return Err(node.fail("its initial state does not fit"));
        }
        let picked = self.picked(node, given, axis, &[direction])?;
        self.reshaped(node, picked, shape)
    }

    /// Sets `Y`, of shape `[length, directions, batch, hidden]`.
    fn set_all_states(&mut self, node: &Node, outputs: Vec<Vec<Value>>, batch_first: bool) -> Result<(), CompileError> {
        let Some(name) = self.read_output(node, 0) else { return Ok(()) };
        let directions: Result<Vec<Value>, CompileError> =
            outputs.into_iter().map(|states| self.joined(node, states, 0)).collect();
        let mut value = self.joined(node, directions?, 1)?;
        if batch_first {
            value = self.permuted(value, &[2, 0, 1, 3])?;
        }
        self.values.insert(name, value);
        Ok(())
    }

    /// Sets `Y_h` or `Y_c`, of shape `[directions, batch, hidden]`.
    fn set_last_state(
        &mut self,
        node: &Node,
        output: usize,
        states: Vec<Value>,
        batch_first: bool,
    ) -> Result<(), CompileError> {
        let Some(name) = self.read_output(node, output) else { return Ok(()) };
        let mut parts = vec![];
        for state in states {
            let shape = [&[1], self.shape_of(&state).as_slice()].concat();
            parts.push(self.reshaped(node, state, &shape)?);
        }
        let mut value = self.joined(node, parts, 0)?;
        if batch_first {
            value = self.permuted(value, &[1, 0, 2])?;
        }
        self.values.insert(name, value);
        Ok(())
    }

    /// The name of an output that something reads.
    fn read_output(&self, node: &Node, index: usize) -> Option<String> {
        node.outputs.get(index).filter(|name| self.graph.uses.contains_key(*name)).cloned()
    }

    fn directions(&self, node: &Node, cell: Cell, features: usize) -> Result<Vec<Direction>, CompileError> {
        let backwards = match node.text("direction", "forward").as_str() {
            "forward" => vec![false],
            "reverse" => vec![true],
            "bidirectional" => vec![false, true],
            other => return Err(node.fail(format!("its direction `{other}` is not known"))),
        };
        let (weights, recurrence) = (self.input_constant(node, 1)?.data, self.input_constant(node, 2)?.data);
        let bias = self.constant(node, 3)?.map(|constant| constant.data);
        let (count, gates) = (backwards.len(), cell.gates());
        let hidden = weights.shape().get(1).copied().unwrap_or(0) / gates;
        let fits = weights.shape() == [count, gates * hidden, features]
            && recurrence.shape() == [count, gates * hidden, hidden]
            && bias.as_ref().is_none_or(|bias| bias.shape() == [count, 2 * gates * hidden])
            && hidden > 0;
        if !fits {
            return Err(node.fail("its weights have shapes that do not fit its input and direction"));
        }
        let part = |data: &ArrayD<f64>, index: usize, gate: usize| -> Result<Array2<f64>, CompileError> {
            let matrix = data.index_axis(Axis(0), index).to_owned();
            let matrix = matrix.into_dimensionality::<Ix2>().map_err(|error| node.fail(error.to_string()))?;
            let rows = matrix.slice_axis(Axis(0), ndarray::Slice::from(gate * hidden..(gate + 1) * hidden));
            Ok(rows.t().as_standard_layout().into_owned())
        };
        let biases = |index: usize, first: usize| -> Vec<f64> {
            (first..first + hidden).map(|unit| bias.as_ref().map_or(0.0, |bias| bias[[index, unit]])).collect()
        };
        let gate = |index: usize, gate: usize| {
            Ok(Gate {
                input: part(&weights, index, gate)?,
                hidden: part(&recurrence, index, gate)?,
                input_bias: biases(index, gate * hidden),
                hidden_bias: biases(index, (gates + gate) * hidden),
            })
        };
        let direction = |(index, backwards): (usize, bool)| {
            let activations = activations(node, cell, index)?;
            let gates = (0..gates).map(|number| gate(index, number)).collect::<Result<_, CompileError>>()?;
            Ok(Direction { gates, activations, backwards })
        };
        backwards.into_iter().enumerate().map(direction).collect()
    }
}

/// The functions of a direction.
fn activations(node: &Node, cell: Cell, direction: usize) -> Result<Vec<Unary>, CompileError> {
    let names = node.names("activations");
    let usual = cell.activations();
    let name = |index: usize| names.get(direction * usual.len() + index).map_or(usual[index], String::as_str);
    let function = |index: usize| match name(index) {
        "Tanh" => Ok(Unary::Tanh),
        "Relu" => Ok(Unary::RELU),
        "Sigmoid" => Ok(Unary::Sigmoid),
        other => Err(node.fail(format!("its activation {other} is not supported"))),
    };
    (0..usual.len()).map(function).collect()
}
