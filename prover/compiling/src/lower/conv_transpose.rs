//! Transposed convolutions, as convolutions of more channels: the outputs `stride * q + r` of one remainder `r` are a convolution
//! with the taps that reach it, and the remainders are laid side by side.
//!
//! Input `i` reaches output `p = stride * i + dilation * k - before` with tap `k`. For `p = stride * q + r` that is the input
//! `i = q + (r + before - dilation * k) / stride`, where the division leaves no remainder.

use ndarray::{ArrayD, IxDyn};

use super::entry::Entry;
use super::window::Window;
use super::{Lowering, Value};
use crate::constant::checked_count;
use crate::error::CompileError;
use crate::node::Node;
use crate::operator::Kind;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[Entry::new(
    "ConvTranspose",
    &[1, 11, 22],
    Kind::Dense,
    "transposed convolution with strides, pads, dilations and groups",
    |lowering, node| lowering.lower_conv_transpose(node),
)
.limited("constant weights")];

/// One axis of a transposed convolution.
#[derive(Clone, Copy, Debug)]
struct Axis {
    input: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    before: usize,
    output: usize,
}

impl Axis {
    /// The distance from `q` to the input that a tap reads for the remainder `r`; nothing where it reads none.
    fn distance(&self, remainder: usize, tap: usize) -> Option<i64> {
        let reach = (remainder + self.before) as i64 - (self.dilation * tap) as i64;
        let stride = self.stride as i64;
        (reach % stride == 0).then_some(reach / stride)
    }

    /// The least and the greatest distance, zero among them.
    fn distances(&self) -> (i64, i64) {
        let all = (0..self.stride).flat_map(|r| (0..self.kernel).filter_map(move |tap| self.distance(r, tap)));
        all.fold((0, 0), |(least, greatest), distance| (least.min(distance), greatest.max(distance)))
    }

    /// The window of the convolution for all remainders.
    fn window(&self) -> Window {
        let (least, greatest) = self.distances();
        let kernel = (greatest - least + 1) as usize;
        let output = self.output.div_ceil(self.stride);
        let before = least.unsigned_abs() as usize;
        let after = (output + kernel - 1).saturating_sub(before + self.input);
        Window { input: self.input, kernel, stride: 1, dilation: 1, before, after, output }
    }
}

impl Lowering<'_> {
    fn lower_conv_transpose(&mut self, node: &Node) -> Result<(), CompileError> {
        let weights = self.input_constant(node, 1)?.data;
        let bias = self.constant(node, 2)?.map(|bias| bias.data);
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let groups = usize::try_from(node.integer("group", 1)).ok().filter(|&groups| groups > 0);
        let groups = groups.ok_or_else(|| node.fail("its group is not positive"))?;
        let fits = shape.len() >= 3
            && weights.ndim() == shape.len()
            && weights.shape()[0] == shape[1]
            && shape[1].is_multiple_of(groups)
            && !weights.is_empty();
        if !fits {
            return Err(node.fail("its input and weights have shapes that do not fit"));
        }
        let axes = transposed_axes(node, &shape[2..], &weights.shape()[2..])?;
        let channels = weights.shape()[1] * groups;
        if bias.as_ref().is_some_and(|bias| bias.len() != channels) {
            return Err(node.fail("its bias does not have one number a channel"));
        }
        let remainders: Vec<usize> = axes.iter().map(|axis| axis.stride).collect();
        let count: usize = remainders.iter().product();
        let dense = self.gathered_weights(node, &weights, &axes, groups)?;
        let bias = bias.map(|bias| bias.iter().flat_map(|&x| vec![x; count]).collect::<Vec<f64>>());
        let bias = bias.map(|bias| ndarray::Array1::from(bias).into_dyn());
        let windows = axes.iter().map(Axis::window).collect();
        let value = self.convolved(node, value, &dense, bias, groups, windows)?;
        let value = self.interleaved(node, value, [shape[0], channels], &axes)?;
        self.set(node, value)
    }

    /// The weights of the convolution: for each output channel and remainders a channel, for each input channel of its group and
    /// distances a weight.
    fn gathered_weights(
        &mut self,
        node: &Node,
        weights: &ArrayD<f64>,
        axes: &[Axis],
        groups: usize,
    ) -> Result<ArrayD<f64>, CompileError> {
        let (inner, width) = (weights.shape()[0] / groups, weights.shape()[1]);
        let remainders: Vec<usize> = axes.iter().map(|axis| axis.stride).collect();
        let kernel: Vec<usize> = axes.iter().map(|axis| axis.window().kernel).collect();
        let count: usize = remainders.iter().product();
        let shape = [vec![groups * width * count, inner], kernel].concat();
        self.charge(&node.name, checked_count(&node.name, &shape)?)?;
        let mut dense = ArrayD::zeros(IxDyn(&shape));
        for (cell, &weight) in weights.indexed_iter() {
            let (channel, output) = (cell[0], cell[1]);
            let row = (channel / inner * width + output) * count;
            for (number, remainder) in hallmark_circuits::semantics::assignments(&remainders).enumerate() {
                let tap = |index: usize| {
                    let axis = &axes[index];
                    let distance = axis.distance(remainder[index], cell[2 + index])?;
                    Some((distance - axis.distances().0) as usize)
                };
                let taps: Option<Vec<usize>> = (0..axes.len()).map(tap).collect();
                if let Some(taps) = taps {
                    dense[IxDyn(&[vec![row + number, channel % inner], taps].concat())] += weight;
                }
            }
        }
        Ok(dense)
    }

    /// Channels of remainders laid side by side along each axis, and what exceeds the output cut off.
    fn interleaved(
        &mut self,
        node: &Node,
        value: Value,
        outer: [usize; 2],
        axes: &[Axis],
    ) -> Result<Value, CompileError> {
        let rank = axes.len();
        let strides = axes.iter().map(|axis| axis.stride);
        let quotients: Vec<usize> = axes.iter().map(|axis| axis.output.div_ceil(axis.stride)).collect();
        let split: Vec<usize> = outer.into_iter().chain(strides).chain(quotients.iter().copied()).collect();
        let value = self.reshaped(node, value, &split)?;
        let order: Vec<usize> =
            [0, 1].into_iter().chain((0..rank).flat_map(|axis| [2 + rank + axis, 2 + axis])).collect();
        let value = self.permuted(value, &order)?;
        let wide = axes.iter().zip(&quotients).map(|(axis, quotient)| axis.stride * quotient);
        let shape: Vec<usize> = outer.into_iter().chain(wide).collect();
        let mut value = self.reshaped(node, value, &shape)?;
        for (index, axis) in axes.iter().enumerate() {
            let kept: Vec<usize> = (0..axis.output).collect();
            value = self.picked(node, value, 2 + index, &kept)?;
        }
        Ok(value)
    }
}

fn transposed_axes(node: &Node, input: &[usize], kernel: &[usize]) -> Result<Vec<Axis>, CompileError> {
    let rank = input.len();
    let list = |name: &str, length: usize, default: i64, least: i64| -> Result<Vec<i64>, CompileError> {
        let values = node.integers(name).unwrap_or_else(|| vec![default; length]);
        let fits = values.len() == length && values.iter().all(|value| (least..1 << 16).contains(value));
        if fits { Ok(values) } else { Err(node.fail(format!("its {name} are not {length} numbers in range"))) }
    };
    let (strides, dilations) = (list("strides", rank, 1, 1)?, list("dilations", rank, 1, 1)?);
    let (pads, extra) = (list("pads", 2 * rank, 0, 0)?, list("output_padding", rank, 0, 0)?);
    let mode = node.text("auto_pad", "NOTSET");
    let wanted = node.integers("output_shape").filter(|shape| !shape.is_empty());
    let axis = |index: usize| {
        let reach = dilations[index] * (kernel[index] as i64 - 1) + 1;
        let whole = strides[index] * (input[index] as i64 - 1) + extra[index] + reach;
        let output = match (&wanted, mode.as_str()) {
            (Some(shape), _) => shape.get(shape.len().wrapping_sub(rank) + index).copied()?,
            (None, "NOTSET" | "") => whole - pads[index] - pads[rank + index],
            (None, "VALID") => whole,
            (None, _) => input[index] as i64 * strides[index],
        };
        let total = whole - output;
        let before = match (&wanted, mode.as_str()) {
            (None, "NOTSET" | "") => pads[index],
            (None, "VALID") => 0,
            // Runtimes split an odd number in different ways where the output's shape is given.
            (_, "NOTSET" | "" | "VALID") if total % 2 == 0 => total / 2,
            (_, "SAME_UPPER") => total / 2,
            (_, "SAME_LOWER") => total - total / 2,
            _ => return None,
        };
        Some(Axis {
            input: input[index],
            kernel: kernel[index],
            stride: strides[index] as usize,
            dilation: dilations[index] as usize,
            before: usize::try_from(before).ok()?,
            output: usize::try_from(output).ok().filter(|&output| output > 0)?,
        })
    };
    let axes: Option<Vec<Axis>> = (0..rank).map(axis).collect();
    axes.ok_or_else(|| node.fail("its pads or output_shape are not supported; give pads that fit its output"))
}
