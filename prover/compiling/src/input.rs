//! Decides how the input is made integers: one scale for all, one for each feature, or none where it holds integers already.

use std::ops::Range;

use tract_onnx::pb::tensor_proto::DataType;

use super::calibrate::Samples;
use super::constant::{checked_count, is_real};
use super::error::CompileError;
use super::float_model::{InputForm, PartForm, PartKind};
use super::interface::Input;
use super::node::Node;
use super::onnx::Graph;

/// The most bits of an input.
const WIDE: u32 = 16;
/// Features are scaled apart where one reaches this much further than the usual one.
const UNEVEN: f64 = 8.0;
/// Features are moved apart where the usual one lies this many of its half-widths from zero.
const OFF_CENTRE: f64 = 4.0;
/// Room for values beyond those seen in calibration.
const MARGIN: f64 = 1.125;

/// The form of the inputs of these shapes.
pub(super) fn input_form(graph: &Graph, shapes: &[Vec<usize>], samples: &Samples) -> Result<InputForm, CompileError> {
    match (graph.inputs.as_slice(), shapes) {
        ([input], [shape]) => one_form(graph, input, shape, samples),
        _ => joint_form(graph, shapes, samples),
    }
}

/// The form of a single input: tables of features may be scaled apart, images and signals never are.
fn one_form(graph: &Graph, input: &Input, shape: &[usize], samples: &Samples) -> Result<InputForm, CompileError> {
    let axes: Vec<usize> = shape.iter().copied().filter(|&size| size > 1).collect();
    let axes = if axes.is_empty() { vec![1] } else { axes };
    let tabular = shape.len() <= 2 && axes.len() == 1;
    let whole = whole_bits(graph, input);
    let ranges = samples.ranges();
    if let Some(bits) = whole {
        check_whole(samples, &(0..ranges.len()), bits)?;
    }
    let features = if tabular && whole.is_none() { features(&ranges, jumps(graph, input)) } else { None };
    Ok(InputForm { features, whole, ..InputForm::plain(shape.to_vec(), axes) })
}

/// The form of several inputs, one after another. Each has a scale of its own, and whole numbers stay as they are.
fn joint_form(graph: &Graph, shapes: &[Vec<usize>], samples: &Samples) -> Result<InputForm, CompileError> {
    let mut size = 0;
    let place = |shape: &Vec<usize>| {
        let start = size;
        size += shape.iter().product::<usize>();
        start..size
    };
    let places: Vec<Range<usize>> = shapes.iter().map(place).collect();
    checked_count("the inputs", &[size])?;
    let wholes = graph.inputs.iter().zip(&places).map(|(input, places)| whole_part(graph, input, samples, places));
    let wholes: Vec<Option<(PartKind, u32)>> = wholes.collect();
    let any_real = wholes.contains(&None);
    // Real numbers beside whole ones get as many bits as an input may have.
    let bits = wholes.iter().flatten().map(|whole| whole.1).max().map(|bits| if any_real { WIDE } else { bits });
    let ranges = samples.ranges();
    let (mut parts, mut units) = (vec![], vec![]);
    for (((input, shape), places), whole) in graph.inputs.iter().zip(shapes).zip(places).zip(wholes) {
        let kind = match (whole, bits) {
            (Some((kind, bits)), _) => {
                check_whole(samples, &places, bits)?;
                kind
            }
            (None, Some(bits)) => {
                PartKind::Real(not_one(reach(&ranges[places.clone()]) / f64::from((1u32 << (bits - 1)) - 1)))
            }
            (None, None) => PartKind::Real(reach(&ranges[places.clone()])),
        };
        units.resize(places.end, (0.0, kind.unit()));
        parts.push(PartForm { name: input.name.clone(), shape: shape.clone(), place: places.start, kind });
    }
    let features = any_real.then_some(units);
    Ok(InputForm { features, whole: bits, parts, ..InputForm::plain(vec![size], vec![size]) })
}

/// What one of several inputs holds if it is of whole numbers, and its bits.
fn whole_part(graph: &Graph, input: &Input, samples: &Samples, places: &Range<usize>) -> Option<(PartKind, u32)> {
    let bits = whole_bits(graph, input);
    let just_zeros_and_ones =
        || samples.rows.iter().flat_map(|row| &row[places.clone()]).all(|x| [0.0, 1.0].contains(x));
    match bits {
        None => (input.kind == DataType::Bool).then_some((PartKind::Truth, 8)),
        Some(_) if just_zeros_and_ones() && !is_index(graph, input) => Some((PartKind::Truth, 8)),
        Some(bits) => Some((PartKind::Whole, bits)),
    }
}

/// How far values reach from zero; 1 if they are all zero.
fn reach(ranges: &[(f64, f64)]) -> f64 {
    let reach = ranges.iter().fold(0.0f64, |reach, (low, high)| reach.max(low.abs()).max(high.abs()));
    if reach > 0.0 { reach } else { 1.0 }
}

/// A scale of real numbers. It is never just 1, by which whole numbers are told.
pub(super) fn not_one(scale: f64) -> f64 {
    if scale as f32 == 1.0 { f64::from(1f32.next_up()) } else { scale }
}

/// Whether an operator that jumps reads the input itself: one scale for all features then makes its jumps exact.
fn jumps(graph: &Graph, input: &Input) -> bool {
    let jumping = |node: &Node| {
        let name = node.operator.name;
        let rounds = matches!(name, "Ceil" | "Floor" | "Round" | "Shrink" | "ThresholdedRelu");
        rounds || matches!(name, "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual")
    };
    graph.nodes.iter().any(|node| node.inputs.contains(&input.name) && jumping(node))
}

/// Whether an input only says which rows of tables are read.
fn is_index(graph: &Graph, input: &Input) -> bool {
    let name = &input.name;
    let mut readers = graph.nodes.iter().filter(|node| node.reads(name));
    readers.all(|node| is_gathered_by(node, name))
}

/// Whether a node reads rows of a table by this index.
fn is_gathered_by(node: &Node, index: &str) -> bool {
    node.operator.name == "Gather" && node.input(1) == Some(index)
}

/// The bits of an input of whole numbers: 8 where its type or the tables that it indexes say so.
fn whole_bits(graph: &Graph, input: &Input) -> Option<u32> {
    if is_real(input.kind) || input.kind == DataType::Bool {
        return None;
    }
    let name = &input.name;
    let readers = || graph.nodes.iter().filter(|node| node.reads(name));
    let indexes_few = |node: &Node| {
        let rows = || graph.constants.get(node.input(0)?)?.data.shape().first().copied();
        let axis = node.integer("axis", 0);
        is_gathered_by(node, name) && axis == 0 && rows().is_some_and(|rows| rows <= 128)
    };
    let few = input.kind == DataType::Int8 || readers().next().is_some() && readers().all(indexes_few);
    Some(if few { 8 } else { WIDE })
}

/// Refuses samples whose values in this range of places are not whole or do not fit.
fn check_whole(samples: &Samples, places: &Range<usize>, bits: u32) -> Result<(), CompileError> {
    let reach = f64::from(1u32 << (bits - 1));
    let unfit = |value: &&f32| value.fract() != 0.0 || !(-reach..reach).contains(&f64::from(**value));
    match samples.rows.iter().flat_map(|row| &row[places.clone()]).find(unfit) {
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
