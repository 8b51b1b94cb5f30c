//! Convolutions with constant weights, in any number of spatial axes.

use hallmark_circuits::model::{Access, AxisMap, Stride};
use ndarray::{ArrayD, Axis};

use super::entry::Entry;
use super::variables::{Variables, best_groups, merge};
use super::window::Window;
use super::{Lowering, Value};
use crate::error::CompileError;
use crate::function::Function;
use crate::node::Node;
use crate::operator::Kind;
use crate::view::View;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[Entry::new(
    "Conv",
    &[1, 11, 22],
    Kind::Dense,
    "convolution with strides, pads, dilations and groups",
    |lowering, node| lowering.lower_conv(node),
)
.limited("constant weights")];

impl Lowering<'_> {
    /// Conv.
    pub(super) fn lower_conv(&mut self, node: &Node) -> Result<(), CompileError> {
        let weights = self.constant(node, 1)?.ok_or_else(|| node.fail("its weights are missing"))?.data;
        let bias = self.constant(node, 2)?.map(|bias| bias.data);
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let groups = usize::try_from(node.integer("group", 1)).ok().filter(|&groups| groups > 0);
        let groups = groups.ok_or_else(|| node.fail("its group is not positive"))?;
        let fits = shape.len() >= 3
            && weights.ndim() == shape.len()
            && weights.shape()[1].checked_mul(groups) == Some(shape[1])
            && weights.shape()[0] % groups == 0
            && !weights.is_empty()
            && bias.as_ref().is_none_or(|bias| bias.len() == weights.shape()[0]);
        if !fits {
            return Err(node.fail("its input, weights and bias have shapes that do not fit"));
        }
        let windows = self.windows(node, &shape[2..], &weights.shape()[2..])?;
        let value = self.convolved(node, value, &weights, bias, groups, windows)?;
        self.set(node, value)
    }

    /// A value of shape `[batch, channels, ...]` convolved with weights, in groups.
    pub(super) fn convolved(
        &mut self,
        node: &Node,
        value: Value,
        weights: &ArrayD<f64>,
        bias: Option<ArrayD<f64>>,
        groups: usize,
        mut windows: Vec<Window>,
    ) -> Result<Value, CompileError> {
        let value = self.widen_flat_axes(node, value, &mut windows)?;
        let (windows, weights) = drop_flat_axes(windows, weights.clone());
        let (mut tensor, mut view) = self.read(&node.name, value)?;
        for axis in 2..view.digits.len() {
            (tensor, view) = self.with_plain_axis(node, tensor, view, axis)?;
        }
        let shape = view.shape();
        let grouped = [&[shape[0], groups, shape[1] / groups], &shape[2..]].concat();
        let view = view.reshape(&grouped).filter(|view| view.digits[3..].iter().all(|digits| digits.len() <= 1));
        let view = view.ok_or_else(|| node.fail("it slides over an axis that a reshape has merged from several"))?;
        self.convolve(node, tensor, &view, &windows, &weights, bias)
    }

    /// An axis of size 1 has no index to slide along: where more than its one value is read, its padding is made real.
    fn widen_flat_axes(
        &mut self,
        node: &Node,
        mut value: Value,
        windows: &mut [Window],
    ) -> Result<Value, CompileError> {
        for (axis, window) in windows.iter_mut().enumerate() {
            let total = window.input + window.before + window.after;
            if window.input == 1 && window.only_tap().is_none() && total > 1 {
                value = self.padded(node, value, 2 + axis, window.before, total)?;
                *window = Window { input: total, before: 0, after: 0, ..*window };
            }
        }
        Ok(value)
    }

    fn convolve(
        &mut self,
        node: &Node,
        tensor: usize,
        view: &View,
        windows: &[Window],
        weights: &ArrayD<f64>,
        bias: Option<ArrayD<f64>>,
    ) -> Result<Value, CompileError> {
        let (samples, outer, inner) = (view.digits[0].clone(), view.digits[1].clone(), view.digits[2].clone());
        let groups: usize = outer.iter().product();
        let width = weights.shape()[0] / groups;
        let kernel: Vec<usize> = windows.iter().map(|window| window.kernel).collect();
        let mut variables = Variables::default();
        let sample = variables.add_all(&samples);
        let group = variables.add_all(&outer);
        let channel = variables.add(width);
        let outputs: Vec<AxisMap> = windows.iter().map(|window| variables.add(window.output)).collect();
        variables.close_axes();
        let input = variables.add_all(&inner);
        let taps = variables.add_all(&kernel);
        let mut indices = [sample, group.clone(), input.clone()].concat();
        for (axis, window) in windows.iter().enumerate() {
            if !view.digits[3 + axis].is_empty() {
                indices.push(slide(window, &outputs[axis], &taps[axis]));
            }
        }
        let values = Access { source: tensor, axes: view.substitute(&indices) };
        let free = merge_all(&[&outer, &[width]], &[&group, std::slice::from_ref(&channel)]);
        let bound = merge_all(&[&inner, &kernel], &[&input, &taps]);
        let weights = self.grouped_weights(node, weights, &free, &bound);
        let mut products = vec![self.product(&variables, Some(weights), values)];
        if let Some(bias) = bias {
            let source =
                self.add_weights(node.input(2).unwrap_or(&node.name), free.0.clone(), bias.iter().copied().collect());
            let bias = Access { source, axes: free.1.clone() };
            products.push(crate::float_model::Product::new(vec![], Some(bias), None));
        }
        let sum = self.add_sum(&node.name, variables.axes(), products)?;
        let spatial = windows.iter().map(|window| if window.output == 1 { vec![] } else { vec![window.output] });
        let channels = if width == 1 { outer } else { [outer, vec![width]].concat() };
        let digits = [samples, channels].into_iter().chain(spatial).collect();
        Ok(Value::Sum(sum, Function::Variable, View::packed(digits)))
    }

    fn grouped_weights(
        &mut self,
        node: &Node,
        weights: &ArrayD<f64>,
        free: &(Vec<usize>, Vec<AxisMap>),
        bound: &(Vec<usize>, Vec<AxisMap>),
    ) -> Access {
        let mut axes = free.0.clone();
        let mut maps = free.1.clone();
        for group in best_groups(&bound.0) {
            axes.push(bound.0[group.clone()].iter().product());
            maps.push(merge(&bound.1[group.clone()], &bound.0[group]));
        }
        let data = weights.iter().copied().collect();
        Access { source: self.add_weights(node.input(1).unwrap_or(&node.name), axes, data), axes: maps }
    }
}

/// Sizes and indices of several lists in a row.
fn merge_all(sizes: &[&[usize]], indices: &[&[AxisMap]]) -> (Vec<usize>, Vec<AxisMap>) {
    (sizes.concat(), indices.concat())
}

/// The index `stride * output + dilation * tap - before`.
pub(super) fn slide(window: &Window, output: &AxisMap, tap: &AxisMap) -> AxisMap {
    let scale = |map: &AxisMap, factor: usize| -> Vec<Stride> {
        map.strides.iter().map(|by| Stride { variable: by.variable, stride: by.stride * factor as i64 }).collect()
    };
    AxisMap {
        offset: -(window.before as i64),
        strides: [scale(output, window.stride), scale(tap, window.dilation)].concat(),
    }
}

/// Along an input axis of size 1 that has one output only one tap reads anything: the others are dropped.
fn drop_flat_axes(mut windows: Vec<Window>, mut weights: ArrayD<f64>) -> (Vec<Window>, ArrayD<f64>) {
    for (axis, window) in windows.iter_mut().enumerate().filter(|(_, window)| window.input == 1) {
        if let Some(tap) = window.only_tap() {
            weights.slice_axis_inplace(Axis(2 + axis), ndarray::Slice::from(tap..tap + 1));
            *window = Window { kernel: 1, before: 0, after: 0, ..*window };
        }
    }
    (windows, weights)
}
