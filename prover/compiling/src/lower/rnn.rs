//! RNN: a recurrence of fixed length, one step of the model for each of its own.

use ndarray::{Array2, Axis, Ix2};

use super::operator::{Kind, Operator};
use super::{Lowering, Value};
use crate::constant::Constant;
use crate::error::CompileError;
use crate::function::{Binary, Unary};
use crate::node::Node;

/// The operators of this file.
pub(super) const OPERATORS: &[Operator] =
    &[Operator::new("RNN", &[7, 14, 22], Kind::Dense, "recurrence of sums, without gates", |lowering, node| {
        lowering.lower_recurrence(node)
    })
    .limited("constant weights; Tanh, Relu or Sigmoid; without clip and lengths of sequences")];

/// The most steps of a recurrence.
const MAX_LENGTH: usize = 1 << 9;

/// One direction of a recurrence.
struct Direction {
    /// `features x hidden`.
    input: Array2<f64>,
    /// `hidden x hidden`.
    hidden: Array2<f64>,
    bias: Vec<f64>,
    activation: Unary,
    backwards: bool,
}

impl Lowering<'_> {
    fn lower_recurrence(&mut self, node: &Node) -> Result<(), CompileError> {
        if node.reals("clip").is_some() || node.input(4).is_some() {
            return Err(node.fail("its clip and the lengths of its sequences are not supported; export without them"));
        }
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
        let directions = self.directions(node, features)?;
        let first = self.constant(node, 5)?.map(|constant| constant.data);
        let (mut outputs, mut last) = (vec![], vec![]);
        for (index, direction) in directions.iter().enumerate() {
            let hidden = match &first {
                Some(data) => {
                    let axis = Axis(usize::from(batch_first));
                    let fits = data.ndim() == 3 && data.len_of(axis) == directions.len();
                    let data = fits.then(|| data.index_axis(axis, index).to_owned());
                    Constant::real(data.ok_or_else(|| node.fail("its initial_h does not fit"))?)
                }
                None => Constant::real(ndarray::ArrayD::zeros(vec![batch, direction.bias.len()])),
            };
            let states = self.states(node, &value, direction, Value::Constant(hidden), length)?;
            let end = if direction.backwards { states.first() } else { states.last() };
            last.extend(end.cloned());
            let wide = [1, 1, batch, direction.bias.len()];
            let parts: Result<Vec<Value>, CompileError> =
                states.into_iter().map(|state| self.reshaped(node, state, &wide)).collect();
            outputs.push(parts?);
        }
        self.set_recurrence(node, outputs, last, batch_first)
    }

    /// The states of a direction, in the order of the input.
    fn states(
        &mut self,
        node: &Node,
        value: &Value,
        direction: &Direction,
        mut hidden: Value,
        length: usize,
    ) -> Result<Vec<Value>, CompileError> {
        let mut states = vec![];
        for step in 0..length {
            let step = if direction.backwards { length - 1 - step } else { step };
            let input = self.picked(node, value.clone(), 0, &[step])?;
            let input = self.drop_axis(node, input, 0)?;
            let input = self.dense(node, input, 1, &direction.input, Some(direction.bias.clone()))?;
            let sum = match hidden {
                Value::Constant(constant) => {
                    let matrix =
                        constant.data.into_dimensionality::<Ix2>().map_err(|error| node.fail(error.to_string()))?;
                    if matrix.ncols() != direction.hidden.nrows() {
                        return Err(node.fail("its initial_h does not fit"));
                    }
                    let product = Constant::real(matrix.dot(&direction.hidden).into_dyn());
                    self.binary(node, Binary::Add, input, Value::Constant(product))?
                }
                hidden => {
                    let hidden = self.dense(node, hidden, 1, &direction.hidden, None)?;
                    self.add_values(node, input, hidden, 1.0, [true, true])?
                }
            };
            let state = self.map(node, sum, |x| x.then(direction.activation))?;
            let (tensor, view) = self.read(&node.name, state)?;
            hidden = Value::Tensor(tensor, view);
            states.push(hidden.clone());
        }
        if direction.backwards {
            states.reverse();
        }
        Ok(states)
    }

    /// Sets `Y`, of shape `[length, directions, batch, hidden]`, and `Y_h`, of shape `[directions, batch, hidden]`.
    fn set_recurrence(
        &mut self,
        node: &Node,
        outputs: Vec<Vec<Value>>,
        last: Vec<Value>,
        batch_first: bool,
    ) -> Result<(), CompileError> {
        let read = |index: usize| node.outputs.get(index).filter(|name| self.graph.uses.contains_key(*name)).cloned();
        let (all, end) = (read(0), read(1));
        if let Some(name) = all {
            let directions: Result<Vec<Value>, CompileError> =
                outputs.into_iter().map(|states| self.joined(node, states, 0)).collect();
            let mut value = self.joined(node, directions?, 1)?;
            if batch_first {
                value = self.permuted(value, &[2, 0, 1, 3])?;
            }
            self.values.insert(name, value);
        }
        if let Some(name) = end {
            let mut parts = vec![];
            for state in last {
                let shape = [&[1], self.shape_of(&state).as_slice()].concat();
                parts.push(self.reshaped(node, state, &shape)?);
            }
            let mut value = self.joined(node, parts, 0)?;
            if batch_first {
                value = self.permuted(value, &[1, 0, 2])?;
            }
            self.values.insert(name, value);
        }
        Ok(())
    }

    fn directions(&self, node: &Node, features: usize) -> Result<Vec<Direction>, CompileError> {
        let backwards = match node.text("direction", "forward").as_str() {
            "forward" => vec![false],
            "reverse" => vec![true],
            "bidirectional" => vec![false, true],
            other => return Err(node.fail(format!("its direction `{other}` is not known"))),
        };
        let (weights, recurrence) = (self.input_constant(node, 1)?.data, self.input_constant(node, 2)?.data);
        let bias = self.constant(node, 3)?.map(|constant| constant.data);
        let hidden = weights.shape().get(1).copied().unwrap_or(0);
        let fits = weights.shape() == [backwards.len(), hidden, features]
            && recurrence.shape() == [backwards.len(), hidden, hidden]
            && bias.as_ref().is_none_or(|bias| bias.shape() == [backwards.len(), 2 * hidden])
            && hidden > 0;
        if !fits {
            return Err(node.fail("its weights have shapes that do not fit its input and direction"));
        }
        let matrix = |data: &ndarray::ArrayD<f64>, index: usize| -> Result<Array2<f64>, CompileError> {
            let part = data.index_axis(Axis(0), index).to_owned();
            let part = part.into_dimensionality::<Ix2>().map_err(|error| node.fail(error.to_string()))?;
            Ok(part.reversed_axes().as_standard_layout().into_owned())
        };
        let activations = node.names("activations");
        let direction = |(index, backwards): (usize, bool)| {
            let activation = match activations.get(index).map_or("Tanh", String::as_str) {
                "Tanh" => Unary::Tanh,
                "Relu" => Unary::RELU,
                "Sigmoid" => Unary::Sigmoid,
                other => return Err(node.fail(format!("its activation {other} is not supported"))),
            };
            let sum =
                |unit: usize| bias.as_ref().map_or(0.0, |bias| bias[[index, unit]] + bias[[index, hidden + unit]]);
            Ok(Direction {
                input: matrix(&weights, index)?,
                hidden: matrix(&recurrence, index)?,
                bias: (0..hidden).map(sum).collect(),
                activation,
                backwards,
            })
        };
        backwards.into_iter().enumerate().map(direction).collect()
    }
}
