//! Attention by its parts, and rotary embedding.

use ndarray::{ArrayD, Axis, IxDyn};

use super::entry::Entry;
use super::mask::Masked;
use super::{Lowering, Value};
use crate::constant::Constant;
use crate::error::CompileError;
use crate::function::{Binary, Function, Unary};
use crate::node::Node;
use crate::operator::Kind;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    Entry::new("Attention", &[23, 24], Kind::Dense, "softmax of scaled products, times values", |lowering, node| {
        lowering.lower_attention(node)
    })
    .limited("a constant mask or a computed one that is added; without past keys and values"),
    Entry::new("RotaryEmbedding", &[23], Kind::Dense, "pairs turned by angles of their positions", |lowering, node| {
        lowering.lower_rotary(node)
    })
    .limited("constant cosines, sines and positions"),
];

impl Lowering<'_> {
    fn lower_attention(&mut self, node: &Node) -> Result<(), CompileError> {
        if (4..7).any(|input| node.input(input).is_some()) {
            return Err(node.fail("it takes past keys and values, or their number; export the model without a cache"));
        }
        let flat = self.shape_of(&self.value(node, 0)?).len() == 3;
        let query = self.heads(node, 0, "q_num_heads")?;
        let key = self.heads(node, 1, "kv_num_heads")?;
        let value = self.heads(node, 2, "kv_num_heads")?;
        let (q, k, v) = (self.shape_of(&query), self.shape_of(&key), self.shape_of(&value));
        let groups = k[1];
        if groups == 0 || !q[1].is_multiple_of(groups) || k[..3] != v[..3] || q[3] != k[3] || q[0] != k[0] {
            return Err(node.fail("its queries, keys and values have shapes that do not fit"));
        }
        // Several heads of queries share a head of keys: they are rows beside those of the others.
        let share = q[1] / groups;
        let query = self.reshaped(node, query, &[q[0], groups, share, q[2], q[3]])?;
        let key = self.reshaped(node, key, &[k[0], groups, 1, k[2], k[3]])?;
        let value = self.reshaped(node, value, &[v[0], groups, 1, v[2], v[3]])?;
        let key = self.permuted(key, &[0, 1, 2, 4, 3])?;
        let scores = self.matrix_product(node, query, key)?;
        let scale = node.real("scale", 1.0 / libm::sqrt(q[3] as f64));
        let cap = node.real("softcap", 0.0);
        let scores = self.map(node, scores, |x| capped(x, scale, cap))?;
        let weights = self.attention_weights(node, scores, [q[0], groups, share, q[2], k[2]])?;
        let answer = self.matrix_product(node, weights, value)?;
        let answer = self.reshaped(node, answer, &[q[0], q[1], q[2], v[3]])?;
        let answer = if flat {
            let moved = self.permuted(answer, &[0, 2, 1, 3])?;
            self.reshaped(node, moved, &[q[0], q[2], q[1] * v[3]])?
        } else {
            answer
        };
        self.set(node, answer)
    }

    /// An input as `[batch, heads, length, width]`.
    fn heads(&mut self, node: &Node, input: usize, count: &str) -> Result<Value, CompileError> {
        let value = self.value(node, input)?;
        match self.shape_of(&value)[..] {
            [_, _, _, _] => Ok(value),
            [batch, length, width] => {
                let heads = usize::try_from(node.integer(count, 0)).ok().filter(|&heads| heads > 0);
                let heads = heads.filter(|&heads| width.is_multiple_of(heads));
                let heads = heads.ok_or_else(|| node.fail(format!("its {count} does not divide its width")))?;
                let value = self.reshaped(node, value, &[batch, length, heads, width / heads])?;
                self.permuted(value, &[0, 2, 1, 3])
            }
            _ => Err(node.fail("its inputs must have 3 or 4 axes")),
        }
    }

    /// The softmax of scores of shape `[batch, groups, heads of a group, queries, keys]` under the node's masks.
    fn attention_weights(&mut self, node: &Node, scores: Value, shape: [usize; 5]) -> Result<Value, CompileError> {
        let [batch, groups, share, queries, keys] = shape;
        let mut scores = scores;
        let mut keep = ArrayD::from_elem(IxDyn(&[queries, keys]), 1.0);
        if node.flag("is_causal") {
            keep.indexed_iter_mut().filter(|(place, _)| place[1] > place[0]).for_each(|(_, kept)| *kept = 0.0);
        }
        match node.input(3).map(|_| self.value(node, 3)).transpose()? {
            None => {}
            Some(Value::Constant(mask)) => {
                let wide = mask.broadcast(&[batch, groups * share, queries, keys]);
                let wide = wide.ok_or_else(|| node.fail("its mask has a shape that does not fit"))?;
                let added = if mask.integer {
                    wide.mapv(|kept| if kept == 0.0 { f64::NEG_INFINITY } else { 0.0 })
                } else {
                    wide
                };
                let flat = ndarray::Zip::from(&added)
                    .and_broadcast(&keep)
                    .map_collect(|&added, &kept| if kept == 0.0 { f64::NEG_INFINITY } else { added });
                // Rows that are the same for every head are kept once.
                let flat = without_repeats(without_repeats(flat, 0), 1);
                let split =
                    [flat.shape()[0], if flat.shape()[1] == 1 { 1 } else { groups }, flat.shape()[1].div_ceil(groups)];
                let wide = [split.as_slice(), &[queries, keys]].concat();
                let added = flat.to_shape(wide).map_err(|error| node.fail(error.to_string()))?.to_owned();
                let (masked, rest) = Masked::split(scores, &Constant::real(added));
                scores = masked.value;
                if rest.data.iter().any(|&number| number != 0.0) {
                    scores = self.binary(node, Binary::Add, scores, Value::Constant(rest))?;
                }
                if let Value::Constant(kept) = masked.keep {
                    keep = kept.data;
                }
            }
            Some(mask) if self.is_whole(&mask) => {
                return Err(node.fail(
                    "its mask is computed and holds truths; add a large negative number where it is false instead",
                ));
            }
            Some(mask) => {
                let mask_shape = self.shape_of(&mask);
                let heads = mask_shape.len().checked_sub(3).map_or(1, |axis| mask_shape[axis]);
                let outer = mask_shape.len().checked_sub(4).map_or(1, |axis| mask_shape[axis]);
                let split = if heads == 1 { [1, 1] } else { [groups, share] };
                let wide = [&[outer], split.as_slice(), &mask_shape[mask_shape.len().saturating_sub(2)..]].concat();
                let mask = self.reshaped(node, mask, &wide)?;
                scores = self.binary(node, Binary::Add, scores, mask)?;
            }
        }
        self.masked_softmax(node, Masked { value: scores, keep: Value::Constant(Constant::real(keep)) }, 4)
    }

    fn lower_rotary(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let heads = usize::try_from(node.integer("num_heads", 0)).unwrap_or(0);
        let split = match shape[..] {
            [_, _, _, _] => value,
            [batch, length, width] if heads > 0 && width.is_multiple_of(heads) => {
                let value = self.reshaped(node, value, &[batch, length, heads, width / heads])?;
                self.permuted(value, &[0, 2, 1, 3])?
            }
            _ => return Err(node.fail("its input must have 4 axes, or 3 and a number of heads that divides the last")),
        };
        let [batch, _, length, width] = self.shape_of(&split)[..] else {
            return Err(node.fail("its input must have 4 axes"));
        };
        let turned =
            usize::try_from(node.integer("rotary_embedding_dim", 0)).ok().filter(|&size| size > 0).unwrap_or(width);
        if turned % 2 == 1 || turned > width {
            return Err(node.fail("its rotary_embedding_dim does not fit"));
        }
        let half = turned / 2;
        let cosines = self.angles(node, 1, [batch, length, half])?;
        let sines = self.angles(node, 2, [batch, length, half])?;
        let interleaved = node.flag("interleaved");
        let place = |pair: usize, side: usize| if interleaved { 2 * pair + side } else { pair + side * half };
        let side = |side: usize| -> Vec<usize> { (0..half).map(|pair| place(pair, side)).collect() };
        let first = self.picked(node, split.clone(), 3, &side(0))?;
        let second = self.picked(node, split.clone(), 3, &side(1))?;
        let mut turn = |a: &Value, x: &Constant, b: &Value, y: &Constant, sign: f64| -> Result<Value, CompileError> {
            let left = self.binary(node, Binary::Multiply, a.clone(), Value::Constant(x.clone()))?;
            let right = self.binary(node, Binary::Multiply, b.clone(), Value::Constant(y.clone()))?;
            self.add_values(node, left, right, sign, [true, true])
        };
        let parts = [turn(&first, &cosines, &second, &sines, -1.0)?, turn(&first, &sines, &second, &cosines, 1.0)?];
        let joined = self.joined(node, parts.to_vec(), 3)?;
        let order: Vec<usize> =
            (0..turned).map(|index| if interleaved { index / 2 + index % 2 * half } else { index }).collect();
        let mut answer = self.picked(node, joined, 3, &order)?;
        if turned < width {
            let rest = self.picked(node, split, 3, &(turned..width).collect::<Vec<_>>())?;
            answer = self.joined(node, vec![answer, rest], 3)?;
        }
        if shape.len() == 3 {
            answer = self.permuted(answer, &[0, 2, 1, 3])?;
            answer = self.reshaped(node, answer, &shape)?;
        }
        self.set(node, answer)
    }

    /// Cosines or sines of each position, as `[batch or 1, 1, length, half]`.
    fn angles(&self, node: &Node, input: usize, [batch, length, half]: [usize; 3]) -> Result<Constant, CompileError> {
        let unfit = || node.fail("its cosines, sines or positions have shapes that do not fit");
        let table = self.input_constant(node, input)?.data;
        let data = match self.constant(node, 3)? {
            Some(_) if table.ndim() < 2 => return Err(unfit()),
            Some(positions) => {
                let rows = table.shape().first().copied().unwrap_or(0);
                let places: Option<Vec<usize>> = positions
                    .as_integers()
                    .iter()
                    .map(|&place| usize::try_from(place).ok().filter(|&place| place < rows))
                    .collect();
                let picked = table.select(Axis(0), &places.ok_or_else(unfit)?);
                let outer = positions.data.shape().first().copied().unwrap_or(1);
                picked.to_shape(IxDyn(&[outer, 1, length, half])).map_err(|_| unfit())?.to_owned()
            }
            None => {
                let outer = if table.ndim() == 3 { table.shape()[0] } else { 1 };
                table.to_shape(IxDyn(&[outer, 1, length, half])).map_err(|_| unfit())?.to_owned()
            }
        };
        if data.shape()[0] != 1 && data.shape()[0] != batch {
            return Err(unfit());
        }
        Ok(Constant::real(data))
    }
}

/// `cap tanh(scale x / cap)`, or `scale x` without a cap.
fn capped(x: &Function, scale: f64, cap: f64) -> Function {
    let scaled = x.combine(Binary::Multiply, &Function::Constant(scale));
    if cap == 0.0 {
        return scaled;
    }
    let bounded = scaled.combine(Binary::Divide, &Function::Constant(cap)).then(Unary::Tanh);
    bounded.combine(Binary::Multiply, &Function::Constant(cap))
}

/// An array of which one index of an axis is left where all are equal.
fn without_repeats(data: ArrayD<f64>, axis: usize) -> ArrayD<f64> {
    let first = data.index_axis(Axis(axis), 0).to_owned();
    let equal = data.axis_iter(Axis(axis)).all(|other| other == first);
    if equal { first.insert_axis(Axis(axis)) } else { data }
}
