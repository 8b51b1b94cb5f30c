//! Decides how the input is made integers: one scale for all, one for each feature, or none where it holds integers already.

use tract_onnx::pb::tensor_proto::DataType;

use super::calibrate::Samples;
use super::constant::is_real;
use super::error::CompileError;
use super::float_model::InputForm;
use super::node::Node;
use super::onnx::Graph;

/// Features are scaled apart where one reaches this much further than the usual one.
const UNEVEN: f64 = 8.0;
/// Features are moved apart where the usual one lies this many of its half-widths from zero.
const OFF_CENTRE: f64 = 4.0;
/// Room for values beyond those seen in calibration.
const MARGIN: f64 = 1.125;

/// The form of the input: tables of features may be scaled apart, images and signals never are.
pub(super) fn input_form(graph: &Graph, shape: &[usize], samples: &Samples) -> Result<InputForm, CompileError> {
    let axes: Vec<usize> = shape.iter().copied().filter(|&size| size > 1).collect();
    let axes = if axes.is_empty() { vec![1] } else { axes };
    let tabular = shape.len() <= 2 && axes.len() == 1;
    let whole = whole_bits(graph);
    if let Some(bits) = whole {
        check_whole(samples, bits)?;
    }
    let features = if tabular && whole.is_none() { features(&samples.ranges(), jumps(graph)) } else { None };
    Ok(InputForm { shape: shape.to_vec(), axes, features, whole })
}

/// Whether an operator that jumps reads the input itself: one scale for all features then makes its jumps exact.
fn jumps(graph: &Graph) -> bool {
    let jumping = |node: &Node| {
        let name = node.operator.name;
        let rounds = matches!(name, "Ceil" | "Floor" | "Round" | "Shrink" | "ThresholdedRelu");
        rounds || matches!(name, "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual")
    };
    graph.nodes.iter().any(|node| node.inputs.contains(&graph.input.name) && jumping(node))
}

/// The bits of an input of whole numbers: 8 where its type or the tables that it indexes say so.
fn whole_bits(graph: &Graph) -> Option<u32> {
    if is_real(graph.input.kind) || graph.input.kind == DataType::Bool {
        return None;
    }
    let name = &graph.input.name;
    let readers = || graph.nodes.iter().filter(|node| node.reads(name));
    let indexes_few = |node: &Node| {
        let rows = || graph.constants.get(node.input(0)?)?.data.shape().first().copied();
        let axis = node.integer("axis", 0);
        node.operator.name == "Gather"
            && axis == 0
            && node.input(1) == Some(name.as_str())
            && rows().is_some_and(|rows| rows <= 128)
    };
    let few = graph.input.kind == DataType::Int8 || readers().next().is_some() && readers().all(indexes_few);
    Some(if few { 8 } else { 16 })
}

/// Refuses samples of an integer input that are not whole or that do not fit.
fn check_whole(samples: &Samples, bits: u32) -> Result<(), CompileError> {
    let reach = f64::from(1u32 << (bits - 1));
    let unfit = |value: &&f32| value.fract() != 0.0 || !(-reach..reach).contains(&f64::from(**value));
    match samples.rows.iter().flatten().find(unfit) {
        None => Ok(()),
        Some(value) => Err(CompileError::Calibration(format!(
            "it has {value}, and the model takes whole numbers from {} to {}: give indices as they are",
            -reach,
            reach - 1.0
        ))),
    }
}

/// The middle and half-width of each feature, where one scale for all would lose accuracy.
fn features(ranges: &[(f64, f64)], jumps: bool) -> Option<Vec<(f64, f64)>> {
    let middle = |range: &(f64, f64)| f64::midpoint(range.0, range.1);
    let half = |range: &(f64, f64)| (range.1 - range.0) / 2.0;
    let moving: Vec<&(f64, f64)> = ranges.iter().filter(|range| half(range) > 0.0).collect();
    let usual = median(moving.iter().map(|range| half(range)).collect())?;
    let widest = moving.iter().map(|range| half(range)).fold(0.0, f64::max);
    let distance = median(moving.iter().map(|range| middle(range).abs() / half(range)).collect())?;
    if widest <= UNEVEN * usual && (jumps || distance <= OFF_CENTRE) {
        return None;
    }
    let feature = |range: &(f64, f64)| {
        let half = if half(range) > 0.0 { half(range) } else { middle(range).abs().max(1.0) * 0.01 };
        (f64::from(middle(range) as f32), MARGIN * half)
    };
    Some(ranges.iter().map(feature).collect())
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
