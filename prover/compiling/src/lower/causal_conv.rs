//! CausalConvWithState: channels convolved along time, each with its own kernel, over this and earlier times alone.

use super::Lowering;
use super::entry::Entry;
use super::pointwise::swish;
use super::window::Window;
use crate::error::CompileError;
use crate::node::Node;
use crate::operator::Kind;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[Entry::new(
    "CausalConvWithState",
    &[27],
    Kind::Dense,
    "convolution of each channel over earlier times",
    |lowering, node| lowering.lower_causal_conv(node),
)
.limited("constant weights; the first output")];

impl Lowering<'_> {
    fn lower_causal_conv(&mut self, node: &Node) -> Result<(), CompileError> {
        let weights = self.input_constant(node, 1)?.data;
        let bias = self.constant(node, 2)?.map(|bias| bias.data);
        let value = self.value(node, 0)?;
        let (&[_, channels, length], &[rows, 1, kernel]) = (self.shape_of(&value).as_slice(), weights.shape()) else {
            return Err(
                node.fail("its input and weights must have the shapes [batch, channels, length] and [channels, 1, k]")
            );
        };
        let fits = rows == channels && kernel > 0 && bias.as_ref().is_none_or(|bias| bias.len() == channels);
        if !fits {
            return Err(node.fail("its input, weights and bias have shapes that do not fit"));
        }
        let before = kernel - 1;
        let (value, before) = match node.input(3).map(|_| self.value(node, 3)).transpose()? {
            // A kernel of one reads no state.
            Some(past) if before > 0 => (self.joined(node, vec![past, value], 2)?, 0),
            _ => (value, before),
        };
        let input = self.shape_of(&value).get(2).copied().unwrap_or(0);
        if input + before != length + kernel - 1 {
            return Err(node.fail("its state must have the shape [batch, channels, k - 1]"));
        }
        let window = Window { input, kernel, stride: 1, dilation: 1, before, after: 0, output: length };
        let value = self.convolved(node, value, &weights, bias, channels, vec![window])?;
        let value = match node.text("activation", "none").as_str() {
            "none" => value,
            "silu" | "swish" => self.map(node, value, |x| swish(x, 1.0))?,
            other => return Err(node.fail(format!("its activation `{other}` is not known"))),
        };
        self.set(node, value)
    }
}
