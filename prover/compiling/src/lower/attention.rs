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
    Entry::new(
        "Attention",
        &[23, 24, 25],
        Kind::Dense,
        "softmax of scaled products, times values",
        |lowering, node| lowering.lower_attention(node),
    )
    .limited("a constant mask or a computed one that is added; the first output"),
    Entry::new("RotaryEmbedding", &[23], Kind::Dense, "pairs turned by angles of their positions", |lowering, node| {
        lowering.lower_rotary(node)
    })
    .limited("constant cosines, sines and positions"),
];

impl Lowering<'_> {
    fn lower_attention(&mut self, node: &Node) -> Result<(), CompileError> {
        let flat = self.shape_of(&self.value(node, 0)?).len() == 3;
        let query = self.heads(node, 0, "q_num_heads")?;
        let (key, past) = self.with_past(node, 1, 4)?;
        let (value, _) = self.with_past(node, 2, 5)?;
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
        let keep = self.sight(node, [q[0], q[2], k[2], past])?.keep(q[2], k[2]);
        let weights = self.attention_weights(node, scores, keep, [q[0], groups, share, q[2], k[2]])?;
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
    pub(super) fn heads(&mut self, node: &Node, input: usize, count: &str) -> Result<Value, CompileError> {
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

    /// An input as heads, after those of a cache, and the length of the cache.
    fn with_past(&mut self, node: &Node, input: usize, past: usize) -> Result<(Value, usize), CompileError> {
        let heads = self.heads(node, input, "kv_num_heads")?;
        if node.input(past).is_none() {
            return Ok((heads, 0));
        }
        let past = self.value(node, past)?;
        let length = self.shape_of(&past).get(2).copied().unwrap_or(0);
        Ok((self.joined(node, vec![past, heads], 2)?, length))
    }

    /// The softmax of scores of shape `[batch, groups, heads of a group, queries, keys]` of the keys that are seen and that the
    /// node's mask keeps. A query that sees none has no weights.
    fn attention_weights(
        &mut self,
        node: &Node,
        scores: Value,
        seen: ArrayD<f64>,
        shape: [usize; 5],
    ) -> Result<Value, CompileError> {
        let unseen = seen.mapv(|seen| if seen == 1.0 { 0.0 } else { f64::NEG_INFINITY });
        let unseen = unseen.insert_axis(Axis(1)).insert_axis(Axis(1));
        let (scores, mut added) = match node.input(3).map(|_| self.value(node, 3)).transpose()? {
            None => (scores, unseen),
            Some(Value::Constant(mask)) => (scores, with_constant_mask(node, &unseen, &mask, shape)?),
            Some(mask) if self.is_whole(&mask) => {
                return Err(node.fail(
                    "its mask is computed and holds truths; add a large negative number where it is false instead",
                ));
            }
            Some(mask) => (self.with_computed_mask(node, scores, mask, shape)?, unseen),
        };
        let mut blind = vec![];
        for mut row in added.lanes_mut(Axis(4)) {
            let sees_none = row.iter().all(|&added| added == f64::NEG_INFINITY);
            blind.push(f64::from(u8::from(sees_none)));
            if sees_none {
                row.fill(0.0);
            }
        }
        let rows = [&added.shape()[..4], &[1]].concat();
        let (masked, rest) = Masked::split(scores, &Constant::real(added));
        let value = if rest.data.iter().all(|&number| number == 0.0) {
            masked.value
        } else {
            self.binary(node, Binary::Add, masked.value, Value::Constant(rest))?
        };
        let weights = self.masked_softmax(node, Masked { value, ..masked }, 4)?;
        if blind.iter().all(|&blind| blind == 0.0) {
            return Ok(weights);
        }
        let sighted = blind.into_iter().map(|blind| 1.0 - blind).collect();
        let sighted = ArrayD::from_shape_vec(rows, sighted).map_err(|error| node.fail(error.to_string()))?;
        self.binary(node, Binary::Multiply, weights, Value::Constant(Constant::real(sighted)))
    }

    /// Scores to which a mask is added that depends on the input.
    fn with_computed_mask(
        &mut self,
        node: &Node,
        scores: Value,
        mask: Value,
        [_, groups, share, _, keys]: [usize; 5],
    ) -> Result<Value, CompileError> {
        let shape = self.shape_of(&mask);
        if shape.last() != Some(&keys) {
            return Err(node.fail("its mask is computed and shorter than the keys"));
        }
        let heads = shape.len().checked_sub(3).map_or(1, |axis| shape[axis]);
        let outer = shape.len().checked_sub(4).map_or(1, |axis| shape[axis]);
        let split = if heads == 1 { [1, 1] } else { [groups, share] };
        let wide = [&[outer], split.as_slice(), &shape[shape.len().saturating_sub(2)..]].concat();
        let mask = self.reshaped(node, mask, &wide)?;
        self.binary(node, Binary::Add, scores, mask)
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

/// What is added to scores under a constant mask: that, and minus infinity where a key is not seen.
fn with_constant_mask(
    node: &Node,
    unseen: &ArrayD<f64>,
    mask: &Constant,
    [batch, groups, share, queries, keys]: [usize; 5],
) -> Result<ArrayD<f64>, CompileError> {
    let unfit = || node.fail("its mask has a shape that does not fit");
    let added = if mask.integer {
        mask.data.mapv(|kept| if kept == 0.0 { f64::NEG_INFINITY } else { 0.0 })
    } else {
        mask.data.clone()
    };
    let wide = lengthened(added, keys);
    let wide = wide.broadcast(IxDyn(&[batch, groups * share, queries, keys])).ok_or_else(unfit)?;
    let wide = wide.to_shape(IxDyn(&[batch, groups, share, queries, keys])).map_err(|_| unfit())?;
    let unseen = unseen.broadcast(wide.raw_dim()).ok_or_else(unfit)?;
    // Rows that are the same for every head are kept once.
    Ok((0..3).fold(&wide + &unseen, without_repeats))
}

/// A mask for so many keys. Those that it does not name are left out.
fn lengthened(mask: ArrayD<f64>, keys: usize) -> ArrayD<f64> {
    let last = mask.ndim().saturating_sub(1);
    let named = mask.shape().last().copied().unwrap_or(1);
    // One number is that of every key.
    if mask.ndim() == 0 || named == 1 || named >= keys {
        return mask;
    }
    let mut shape = mask.shape().to_vec();
    shape[last] = keys;
    let mut wide = ArrayD::from_elem(shape, f64::NEG_INFINITY);
    wide.slice_axis_mut(Axis(last), ndarray::Slice::from(..named)).assign(&mask);
    wide
}

/// An array of which one index of an axis is left where all are equal.
fn without_repeats(data: ArrayD<f64>, axis: usize) -> ArrayD<f64> {
    let first = data.index_axis(Axis(axis), 0).to_owned();
    let equal = data.axis_iter(Axis(axis)).all(|other| other == first);
    if equal { first.insert_axis(Axis(axis)) } else { data }
}
