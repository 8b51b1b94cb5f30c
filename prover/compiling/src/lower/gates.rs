//! One step of an RNN, an LSTM or a GRU.

use ndarray::Ix2;

use super::rnn::{Cell, Direction, Gate, State};
use super::{Lowering, Value};
use crate::constant::Constant;
use crate::error::CompileError;
use crate::function::{Binary, Unary};
use crate::node::Node;

impl Lowering<'_> {
    /// The state after a step.
    pub(super) fn next_state(
        &mut self,
        node: &Node,
        cell: Cell,
        direction: &Direction,
        input: Value,
        state: State,
    ) -> Result<State, CompileError> {
        match cell {
            Cell::Plain => {
                let gate = &direction.gates[0];
                let hidden = self.gate(node, gate, &input, &state.hidden, direction.activations[0])?;
                Ok(State { hidden, ..state })
            }
            Cell::Memory => self.next_memory(node, direction, &input, &state),
            Cell::Gated => {
                let hidden = self.next_gated(node, direction, &input, &state.hidden)?;
                Ok(State { hidden, ..state })
            }
        }
    }

    /// LSTM: `c' = f c + i g` and `h' = o tanh(c')`.
    fn next_memory(
        &mut self,
        node: &Node,
        direction: &Direction,
        input: &Value,
        state: &State,
    ) -> Result<State, CompileError> {
        let [gate, change, output] = direction.activations[..] else { return Err(node.fail("it lacks functions")) };
        let mut gates = vec![];
        // ONNX has them in the order i, o, f, g.
        for (weights, function) in direction.gates.iter().zip([gate, gate, gate, change]) {
            gates.push(self.gate(node, weights, input, &state.hidden, function)?);
        }
        let [enter, exit, forget, entering] = &gates[..] else { return Err(node.fail("it lacks gates")) };
        let (enter, entering) = (enter.clone(), entering.clone());
        let memory = match &state.memory {
            Value::Constant(old) if is_zero(old) => self.multiplied(node, enter, entering)?,
            Value::Constant(_) => {
                let kept = self.binary(node, Binary::Multiply, forget.clone(), state.memory.clone())?;
                let added = self.multiplied(node, enter, entering)?;
                self.binary(node, Binary::Add, kept, added)?
            }
            old => self.products_added(node, None, vec![(1.0, forget.clone(), old.clone()), (1.0, enter, entering)])?,
        };
        let memory = self.tensor_value(node, memory)?;
        let shown = self.map(node, memory.clone(), |x| x.then(output))?;
        let hidden = self.multiplied(node, exit.clone(), shown)?;
        Ok(State { hidden: self.tensor_value(node, hidden)?, memory })
    }

    /// GRU: `h' = (1 - z) n + z h`.
    fn next_gated(
        &mut self,
        node: &Node,
        direction: &Direction,
        input: &Value,
        hidden: &Value,
    ) -> Result<Value, CompileError> {
        let [gate, change] = direction.activations[..] else { return Err(node.fail("it lacks functions")) };
        let [update, reset, new] = &direction.gates[..] else { return Err(node.fail("it lacks gates")) };
        let update = self.gate(node, update, input, hidden, gate)?;
        let fresh = match hidden {
            // Nothing to reset.
            Value::Constant(old) if is_zero(old) && !node.flag("linear_before_reset") => {
                self.gate(node, new, input, hidden, change)?
            }
            hidden => {
                let reset = self.gate(node, reset, input, hidden, gate)?;
                let part = if node.flag("linear_before_reset") {
                    let inner = self.state_part(node, new, hidden)?;
                    self.binary(node, Binary::Multiply, reset, inner)?
                } else {
                    let kept = self.binary(node, Binary::Multiply, reset, hidden.clone())?;
                    let kept = self.tensor_value(node, kept)?;
                    self.state_part(node, new, &kept)?
                };
                let input = self.dense(node, input.clone(), 1, &new.input, Some(new.input_bias.clone()))?;
                let sum = self.binary(node, Binary::Add, input, part)?;
                self.activated(node, sum, change)?
            }
        };
        let passed = (-1.0, update.clone(), fresh.clone());
        let value = match hidden {
            Value::Constant(old) if is_zero(old) => self.products_added(node, Some(fresh), vec![passed])?,
            Value::Constant(_) => {
                let kept = self.binary(node, Binary::Multiply, update, hidden.clone())?;
                let rest = self.products_added(node, Some(fresh), vec![passed])?;
                self.binary(node, Binary::Add, rest, kept)?
            }
            old => self.products_added(node, Some(fresh), vec![passed, (1.0, update, old.clone())])?,
        };
        self.tensor_value(node, value)
    }

    /// A function of the sum of the input's part and the state's part.
    fn gate(
        &mut self,
        node: &Node,
        gate: &Gate,
        input: &Value,
        hidden: &Value,
        function: Unary,
    ) -> Result<Value, CompileError> {
        let input = self.dense(node, input.clone(), 1, &gate.input, Some(gate.input_bias.clone()))?;
        let state = self.state_part(node, gate, hidden)?;
        let sum = match state {
            Value::Constant(_) => self.binary(node, Binary::Add, input, state)?,
            state => self.add_values(node, input, state, 1.0, [true, true])?,
        };
        self.activated(node, sum, function)
    }

    /// What the state adds to a sum.
    fn state_part(&mut self, node: &Node, gate: &Gate, hidden: &Value) -> Result<Value, CompileError> {
        let Value::Constant(constant) = hidden else {
            return self.dense(node, hidden.clone(), 1, &gate.hidden, Some(gate.hidden_bias.clone()));
        };
        let matrix =
            constant.data.clone().into_dimensionality::<Ix2>().map_err(|error| node.fail(error.to_string()))?;
        let bias = ndarray::Array1::from(gate.hidden_bias.clone());
        Ok(Value::Constant(Constant::real((matrix.dot(&gate.hidden) + bias).into_dyn())))
    }

    fn activated(&mut self, node: &Node, sum: Value, function: Unary) -> Result<Value, CompileError> {
        let value = self.map(node, sum, |x| x.then(function))?;
        self.tensor_value(node, value)
    }
}

fn is_zero(constant: &Constant) -> bool {
    constant.data.iter().all(|&value| value == 0.0)
}
