//! Decides how the input is made integers: one scale for all, one for each feature, or none where it holds integers already.

use std::ops::Range;

use super::calibrate::Samples;
use super::constant::checked_count;
use super::error::CompileError;
use super::float_model::{InputForm, PartForm, PartKind};
use super::interface::Input;
use super::node::Node;
use super::onnx::Graph;
use super::whole::{WIDE, Whole};

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

/// The form of a single input.
fn one_form(graph: &Graph, input: &Input, shape: &[usize], samples: &Samples) -> Result<InputForm, CompileError> {
    let axes: Vec<usize> = shape.iter().copied().filter(|&size| size > 1).collect();
    let axes = if axes.is_empty() { vec![1] } else { axes };
    let plain = InputForm::plain(shape.to_vec(), axes);
    let ranges = samples.ranges();
    let Some(whole) = Whole::of(graph, input, &ranges) else {
        let features = if is_table(shape) { features(&ranges, jumps(graph, input)) } else { None };
        return Ok(InputForm { features, ..plain });
    };
    whole.check(input, samples, &(0..ranges.len()))?;
    Ok(InputForm { whole: Some(whole.bits), kind: whole.kind, ..plain })
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
    let ranges = samples.ranges();
    let wholes = graph.inputs.iter().zip(&places).map(|(input, places)| {
        Whole::of(graph, input, &ranges[places.clone()]).map(|whole| whole.or_mask(samples, places))
    });
    let wholes: Vec<Option<Whole>> = wholes.collect();
    let any_real = wholes.iter().any(Option::is_none);
    // Real numbers beside whole ones get as many bits as an input may have.
    let bits = wholes.iter().flatten().map(|whole| whole.bits).max().map(|bits| if any_real { WIDE } else { bits });
    let (mut parts, mut units) = (vec![], vec![]);
    for (((input, shape), places), whole) in graph.inputs.iter().zip(shapes).zip(places).zip(wholes) {
        let (kind, features) = match whole {
            Some(whole) => {
                whole.check(input, samples, &places)?;
                (whole.kind, None)
            }
            None => {
                // Beside whole numbers, tensor 0 holds integers.
                let unit = |half: f64| bits.map_or(half, |bits| not_one(half / f64::from((1u32 << (bits - 1)) - 1)));
                let ranges = &ranges[places.clone()];
                let features = if is_table(shape) { features(ranges, jumps(graph, input)) } else { None };
                let features: Option<Vec<(f64, f64)>> =
                    features.map(|all| all.into_iter().map(|(middle, half)| (middle, unit(half))).collect());
                (PartKind::Real(unit(reach(ranges))), features)
            }
        };
        match &features {
            Some(features) => units.extend_from_slice(features),
            None => units.resize(places.end, (0.0, kind.unit())),
        }
        parts.push(PartForm { name: input.name.clone(), shape: shape.clone(), place: places.start, kind, features });
    }
    let features = any_real.then_some(units);
    Ok(InputForm { features, whole: bits, parts, ..InputForm::plain(vec![size], vec![size]) })
}

/// Whether an array of this shape is one of features, which may be scaled apart; images and signals never are.
fn is_table(shape: &[usize]) -> bool {
    shape.len() <= 2 && shape.iter().filter(|&&size| size > 1).count() <= 1
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
