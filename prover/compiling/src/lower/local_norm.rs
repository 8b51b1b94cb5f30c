//! LRN: each value by a power of the squares of the channels beside it.

use ndarray::Array2;

use super::Lowering;
use super::entry::Entry;
use crate::error::CompileError;
use crate::function::{Binary, Function};
use crate::limits::MAX_SELECTION;
use crate::node::Node;
use crate::operator::Kind;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[Entry::new(
    "LRN",
    &[1, 13],
    Kind::Normalization,
    "normalization over neighbouring channels",
    |lowering, node| lowering.lower_local_norm(node),
)];

impl Lowering<'_> {
    /// `x / (bias + alpha / size * sum x^2)^beta`, where the sum is over the channels of a window.
    fn lower_local_norm(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let value = self.tensor_value(node, value)?;
        let channels = self.shape_of(&value).get(1).copied().ok_or_else(|| node.fail("its input has no channels"))?;
        let size = usize::try_from(node.integer("size", 0)).ok().filter(|&size| size > 0);
        let size = size.ok_or_else(|| node.fail("its size is not positive"))?;
        if channels.saturating_mul(channels) > MAX_SELECTION {
            return Err(node.fail(format!(
                "it adds up windows of {channels} channels; the square of their number may be {MAX_SELECTION} at most"
            )));
        }
        // Of an even window the greater part is after the channel.
        let (before, after) = ((size - 1) / 2, size / 2);
        let inside = |from: usize, to: usize| from.saturating_add(before) >= to && from <= to.saturating_add(after);
        let window = Array2::from_shape_fn((channels, channels), |(from, to)| f64::from(u8::from(inside(from, to))));
        let squares = self.map(node, value.clone(), |x| x.combine(Binary::Power, &Function::Constant(2.0)))?;
        let sums = self.dense(node, squares, 1, &window, None)?;
        let (bias, alpha) = (node.real("bias", 1.0), node.real("alpha", 1e-4) / size as f64);
        let power = Function::Constant(-node.real("beta", 0.75));
        let factor = self.map(node, sums, |x| {
            let moved = x.combine(Binary::Multiply, &Function::Constant(alpha));
            moved.combine(Binary::Add, &Function::Constant(bias)).combine(Binary::Power, &power)
        })?;
        let value = self.multiplied(node, value, factor)?;
        self.set(node, value)
    }
}
