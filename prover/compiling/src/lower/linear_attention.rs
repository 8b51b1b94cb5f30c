//! LinearAttention: a state of keys times values, which each time lets fade, corrects and adds to, and which queries read.
//!
//! With the state `S`, the decay `g` and the rate `b` a time does `S = exp(g) S`, `v = b (v - S^T k)`, `S = S + k v^T`, and answers
//! `scale S^T q`. Rules without decay or correction leave out the first or the second.

use super::entry::Entry;
use super::{Lowering, Value};
use crate::error::CompileError;
use crate::function::{Binary, Unary};
use crate::node::Node;
use crate::operator::Kind;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[Entry::new(
    "LinearAttention",
    &[27],
    Kind::Dense,
    "queries of a state of keys times values",
    |lowering, node| lowering.lower_linear_attention(node),
)
.limited("a few times: each takes its own part of a proof")];

/// What is read at each time. Shapes are of one batch `b` and the heads `h` of keys.
struct Sequence {
    /// `[b, h, heads of queries for each of keys, times, width of keys]`.
    queries: Value,
    /// `[b, h, times, width of keys]`.
    keys: Value,
    /// `[b, h, times, width of values]`.
    values: Value,
    /// What the state is multiplied by: `[b, h, width of keys or 1, times]`.
    decays: Option<Value>,
    /// What a correction is multiplied by: `[b, h or 1, times, 1]`.
    rates: Option<Value>,
    /// `[b, h, heads of queries for each of keys, times, width of keys, width of values]`.
    sizes: [usize; 6],
}

impl Lowering<'_> {
    fn lower_linear_attention(&mut self, node: &Node) -> Result<(), CompileError> {
        let sequence = self.sequence(node)?;
        let [batch, heads, share, times, width, depth] = sequence.sizes;
        let mut state = node.input(3).map(|_| self.value(node, 3)).transpose()?;
        if state.as_ref().is_some_and(|state| self.shape_of(state) != [batch, heads, width, depth]) {
            return Err(node.fail("its past state has a shape that does not fit"));
        }
        let mut answers = vec![];
        for time in 0..times {
            self.charge(&node.name, batch * heads * width * depth)?;
            let next = self.state_after(node, state, &sequence, time)?;
            let query = self.picked(node, sequence.queries.clone(), 3, &[time])?;
            let query = self.reshaped(node, query, &[batch, heads, share, width])?;
            let answer = self.matmul(node, query, next.clone())?;
            answers.push(self.reshaped(node, answer, &[batch, heads * share, 1, depth])?);
            state = Some(next);
        }
        let answer = self.joined(node, answers, 2)?;
        let scale = Some(node.real("scale", 0.0)).filter(|&scale| scale != 0.0);
        let scale = scale.unwrap_or(1.0 / libm::sqrt(width as f64));
        let answer = self.combine_scalar(node, Binary::Multiply, answer, scale, false)?;
        let answer = self.permuted(answer, &[0, 2, 1, 3])?;
        let answer = self.reshaped(node, answer, &[batch, times, heads * share * depth])?;
        if let (Some(name), Some(state)) = (node.outputs.get(1), state) {
            self.values.insert(name.clone(), state);
        }
        self.set(node, answer)
    }

    fn sequence(&mut self, node: &Node) -> Result<Sequence, CompileError> {
        let (fades, corrects) = match node.text("update_rule", "gated_delta").as_str() {
            "linear" => (false, false),
            "gated" => (true, false),
            "delta" => (false, true),
            "gated_delta" => (true, true),
            other => return Err(node.fail(format!("its update_rule `{other}` is not known"))),
        };
        if fades != node.input(4).is_some() || corrects != node.input(5).is_some() {
            return Err(node.fail("its decay or beta does not fit its update_rule"));
        }
        let queries = self.heads(node, 0, "q_num_heads")?;
        let (keys, values) = (self.heads(node, 1, "kv_num_heads")?, self.heads(node, 2, "kv_num_heads")?);
        let (q, k, v) = (self.shape_of(&queries), self.shape_of(&keys), self.shape_of(&values));
        let fits =
            k[1] > 0 && q[1].is_multiple_of(k[1]) && k[..3] == v[..3] && [q[0], q[2], q[3]] == [k[0], k[2], k[3]];
        if !fits || q[2] == 0 {
            return Err(node.fail("its queries, keys and values have shapes that do not fit"));
        }
        let sizes = [q[0], k[1], q[1] / k[1], q[2], q[3], v[3]];
        let [batch, heads, share, times, width, _] = sizes;
        Ok(Sequence {
            // Heads of queries that share a head of keys are rows of one matrix.
            queries: self.reshaped(node, queries, &[batch, heads, share, times, width])?,
            keys,
            values,
            decays: if fades { Some(self.decays(node, sizes)?) } else { None },
            rates: if corrects { Some(self.rates(node, sizes)?) } else { None },
            sizes,
        })
    }

    fn decays(&mut self, node: &Node, [batch, heads, _, times, width, _]: [usize; 6]) -> Result<Value, CompileError> {
        let logarithms = self.value(node, 4)?;
        let rows = match self.shape_of(&logarithms)[..] {
            [b, t, n] if b == batch && t == times && n == heads => 1,
            [b, t, n] if b == batch && t == times && n == heads * width => width,
            _ => return Err(node.fail("its decay has a shape that does not fit")),
        };
        let logarithms = self.reshaped(node, logarithms, &[batch, times, heads, rows])?;
        let logarithms = self.permuted(logarithms, &[0, 2, 3, 1])?;
        self.map(node, logarithms, |x| x.then(Unary::Exp))
    }

    fn rates(&mut self, node: &Node, [batch, heads, _, times, ..]: [usize; 6]) -> Result<Value, CompileError> {
        let rates = self.value(node, 5)?;
        let own = match self.shape_of(&rates)[..] {
            [b, t, n] if b == batch && t == times && (n == heads || n == 1) => n,
            _ => return Err(node.fail("its beta has a shape that does not fit")),
        };
        let rates = self.permuted(rates, &[0, 2, 1])?;
        self.reshaped(node, rates, &[batch, own, times, 1])
    }

    /// The state after a time: of shape `[batch, heads, width of keys, width of values]`.
    fn state_after(
        &mut self,
        node: &Node,
        state: Option<Value>,
        sequence: &Sequence,
        time: usize,
    ) -> Result<Value, CompileError> {
        let key = self.picked(node, sequence.keys.clone(), 2, &[time])?;
        let mut value = self.picked(node, sequence.values.clone(), 2, &[time])?;
        let state = match (state, &sequence.decays) {
            (Some(state), Some(decays)) => {
                let decay = self.picked(node, decays.clone(), 3, &[time])?;
                Some(self.cells_of_product(node, state, decay)?)
            }
            (state, _) => state,
        };
        if let Some(rates) = &sequence.rates {
            if let Some(state) = &state {
                let known = self.matmul(node, key.clone(), state.clone())?;
                value = self.binary(node, Binary::Subtract, value, known)?;
            }
            let rate = self.picked(node, rates.clone(), 2, &[time])?;
            value = self.cells_of_product(node, value, rate)?;
        }
        let column = self.permuted(key, &[0, 1, 3, 2])?;
        let added = self.cells_of_product(node, column, value)?;
        let Some(state) = state else { return Ok(added) };
        let state = self.binary(node, Binary::Add, state, added)?;
        self.made(node, state)
    }

    /// A product cell by cell, which other products can read.
    fn cells_of_product(&mut self, node: &Node, left: Value, right: Value) -> Result<Value, CompileError> {
        let product = self.binary(node, Binary::Multiply, left, right)?;
        self.made(node, product)
    }
}
