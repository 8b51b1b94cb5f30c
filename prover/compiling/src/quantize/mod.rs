//! Gives a lowered model integers: scales, weights, tables and bounds, one step after the other.
//!
//! Tensor `t` stands for `scale[t]` times its integers. A step whose table's argument has scale `s_z` multiplies a value of
//! scale `s_x` by weights of scale `s_z / (s_x 2^shift)`, so that the rescale is a plain shift.

mod integers;
mod joined;
mod product;
mod scale;
mod table;

use std::collections::{HashMap, HashSet};

use hallmark_circuits::model::{
    Architecture, AxisMap, Binding, Factor, InputPort, OutputPart, OutputPort, Space, Step, Term, WeightShape, Weights,
};

use super::bounds::{kernels, quotient_range};
use super::calibrate::Statistics;
use super::error::CompileError;
use super::float_model::{FloatModel, InputForm, PartForm, Product, Rule};
use super::input::not_one;
use super::lookup::{Lookup, share};

/// The widths that a model is quantized with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Widths {
    /// The bits of an activation.
    pub(crate) activation: u32,
    /// The bits of an input value.
    pub(crate) input: u32,
    /// The common shift.
    pub(crate) shift: u32,
}

/// A quantized lowered.
#[derive(Clone, Debug)]
pub(crate) struct Quantized {
    /// The public part, without a choice of rows.
    pub(crate) architecture: Architecture,
    /// The private part.
    pub(crate) weights: Weights,
    /// What one unit of each tensor is worth.
    pub(crate) scales: Vec<f64>,
}

struct Quantizer<'a> {
    lowered: &'a FloatModel,
    statistics: &'a Statistics,
    widths: Widths,
    scales: Vec<f64>,
    ranges: Vec<(i64, i64)>,
    steps: Vec<Step>,
    lookups: Vec<Lookup>,
    shapes: Vec<WeightShape>,
    weights: Vec<Vec<i64>>,
    known: HashMap<(Vec<usize>, Vec<i64>), usize>,
    /// The tensors that stand in products with others: their scales are powers of two, so that products add up exactly.
    multiplied: HashSet<usize>,
    /// Several outputs, once they are made.
    parts: Vec<OutputPart>,
    /// The tensors of which one value along an axis is 1 at most, and the others are 0.
    one_hot: HashMap<usize, usize>,
    /// Where values saturate.
    bounds: ClampBounds,
}

/// Where the values of tensors saturate that calibration bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClampBounds {
    /// Just beyond what calibration saw.
    Own,
    /// At one of few numbers, on both sides alike, so that many steps share a table.
    Shared,
}

/// Models with no more entries of tables are not worth a second look.
const MANY_ENTRIES: usize = 1 << 20;

/// The scale of a step's table's argument and of its values.
#[derive(Clone, Copy, Debug)]
struct Scales {
    argument: f64,
    value: f64,
}

/// Quantizes a lowered model. One that would have more entries of tables than cells shares its tables between more steps, if that
/// leaves fewer.
pub(crate) fn quantize(
    lowered: &FloatModel,
    statistics: &Statistics,
    widths: Widths,
    binding: Binding,
) -> Result<Quantized, CompileError> {
    let with = |bounds: ClampBounds| quantize_with(lowered, statistics, widths, binding, bounds);
    let own = with(ClampBounds::Own);
    let cells: usize = (0..lowered.tensors()).map(|tensor| lowered.cells(tensor)).sum();
    let few = own.as_ref().map_or(usize::MAX, Quantized::entries);
    if few <= cells.max(MANY_ENTRIES) {
        return own;
    }
    match with(ClampBounds::Shared) {
        Ok(shared) if shared.entries() < few => Ok(shared),
        _ => own,
    }
}

impl Quantized {
    /// The number of entries of all tables of the model.
    fn entries(&self) -> usize {
        self.architecture.tables.iter().map(|table| table.outputs.len()).sum()
    }
}

fn quantize_with(
    lowered: &FloatModel,
    statistics: &Statistics,
    widths: Widths,
    binding: Binding,
    bounds: ClampBounds,
) -> Result<Quantized, CompileError> {
    let input = InputPort { binding, ..input_port(lowered, statistics, widths.input) };
    let widths = Widths { input: lowered.input.whole.unwrap_or(widths.input), ..widths };
    let half = 1i64 << (widths.input - 1);
    let scale = match lowered.input {
        InputForm { whole: Some(_), .. } => 1.0,
        InputForm { features: Some(_), .. } => 1.0 / (half - 1) as f64,
        _ => f64::from(input.scales[0]),
    };
    let mut quantizer = Quantizer {
        lowered,
        statistics,
        widths,
        scales: vec![scale],
        ranges: vec![(-half, half - 1)],
        steps: vec![],
        lookups: vec![],
        shapes: vec![],
        weights: vec![],
        known: HashMap::new(),
        multiplied: multiplied(lowered),
        parts: vec![],
        one_hot: HashMap::new(),
        bounds,
    };
    for index in 0..lowered.steps.len() {
        quantizer.step(index)?;
    }
    quantizer.finish(input)
}

/// The tensors that a product multiplies with other tensors.
fn multiplied(lowered: &FloatModel) -> HashSet<usize> {
    let sums = lowered.steps.iter().map(|step| &lowered.sums[step.sum]);
    // Under a mask, integers of one scale are added.
    let products =
        sums.filter(|sum| sum.products.iter().all(|product| product.floor.is_none())).flat_map(|sum| &sum.products);
    products.filter(|product| product.is_of_values()).flat_map(Product::values).map(|access| access.source).collect()
}

fn input_port(lowered: &FloatModel, statistics: &Statistics, bits: u32) -> InputPort {
    let greatest = ((1i64 << (bits - 1)) - 1) as f64;
    let (scales, offsets) = match (&lowered.input.features, lowered.input.whole) {
        (None, Some(_)) => (vec![1.0], vec![0.0]),
        (Some(features), whole) => {
            // Beside whole numbers, tensor 0 holds integers.
            let scale = |half: f64| if whole.is_some() { half } else { not_one(half / greatest) };
            let scales = features.iter().map(|feature| scale(feature.1) as f32).collect();
            let is_moved = features.iter().any(|feature| feature.0 != 0.0);
            let offsets = features.iter().map(|feature| feature.0 as f32).collect();
            (scales, if is_moved { offsets } else { vec![0.0] })
        }
        (None, None) => {
            let (low, high) = statistics.tensors[0];
            let reach = low.abs().max(high.abs());
            let scale = (if reach > 0.0 { reach } else { 1.0 }) / greatest;
            let scale = lowered.unit_of_input().and_then(|unit| part_of(unit, scale)).unwrap_or(scale) as f32;
            // A scale of just 1 says that the model takes whole numbers.
            (vec![not_one(scale.into()) as f32], vec![0.0])
        }
    };
    InputPort {
        shape: lowered.input.shape.clone(),
        parts: lowered.input.parts.iter().map(PartForm::port).collect(),
        axes: lowered.input.axes.clone(),
        bits,
        scales,
        offsets,
        ranges: lowered.input.ranges(bits),
        binding: Binding::Values,
    }
}

/// The least half, quarter, ... of a unit that is no less than a scale, or the unit itself; nothing if the unit is less.
fn part_of(unit: f64, scale: f64) -> Option<f64> {
    let halvings = libm::log2(unit / scale).floor();
    (halvings >= 0.0).then(|| unit / libm::exp2(halvings))
}

impl Quantizer<'_> {
    fn finish(mut self, input: InputPort) -> Result<Quantized, CompileError> {
        let (tables, places) = share(&self.lookups)?;
        self.steps.iter_mut().zip(places).for_each(|(step, place)| step.table = place);
        let scale = self.scales.last().copied().unwrap_or(1.0) as f32;
        let output = OutputPort { shape: self.lowered.output_shape.clone(), parts: self.parts, scale };
        let (weights, steps) = (self.shapes, self.steps);
        let architecture =
            Architecture { input, output, weights, parts: vec![], tables, steps, row_bits: 0, weight_row_bits: 0 };
        Ok(Quantized { architecture, weights: Weights(self.weights), scales: self.scales })
    }

    fn step(&mut self, index: usize) -> Result<(), CompileError> {
        let lowered = self.lowered;
        let step = &lowered.steps[index];
        let sum = &lowered.sums[step.sum];
        if step.rule == Rule::Joined {
            return self.join(index);
        }
        let (made, scales, range) = match self.exact_scale(sum) {
            Some(scale) => self.exact_scales(index, scale)?,
            None => self.search_scales(index)?,
        };
        if let (Rule::OneHot(axis), 0, 1.0, 1.0) = (step.rule, made.shift, scales.argument, scales.value) {
            self.one_hot.insert(index + 1, axis);
        }
        let lookup = self.lookup(index, scales, range, made.shift == 0);
        self.ranges.push(lookup.range());
        self.lookups.push(lookup);
        self.scales.push(scales.value);
        self.keep(made)
    }

    fn try_scales(&self, index: usize, scales: Scales, shift: u32) -> Result<(Made, Scales, (i64, i64)), CompileError> {
        let made = self.make(index, scales.argument, shift)?;
        let base = self.weights.len();
        debug_assert_eq!(base, self.shapes.len());
        let axes = |tensor: usize| self.lowered.tensor_axes(tensor).to_vec();
        let kernels = kernels(&made.step, &made.shapes, axes);
        let (least, mut greatest) =
            quotient_range(&made.step, &kernels, &made.weights, &self.ranges, &self.chosen(&made.step))
                .ok_or_else(|| self.fail(index, OVERFLOW))?;
        let sum = &self.lowered.sums[self.lowered.steps[index].sum];
        // Exactly so if all of its values count in one unit.
        if sum.nonpositive && self.has_one_unit(sum) {
            greatest = greatest.min(0);
        }
        Ok((made, scales, (least.min(greatest), greatest)))
    }

    /// Adds a step to the model; equal weights are kept once.
    fn keep(&mut self, mut made: Made) -> Result<(), CompileError> {
        let mut places = vec![];
        for (shape, data) in made.shapes.into_iter().zip(made.weights) {
            let next = self.weights.len();
            let place = *self.known.entry((shape.axes.clone(), data.clone())).or_insert(next);
            if place == next {
                self.shapes.push(shape);
                self.weights.push(data);
            }
            places.push(place);
        }
        let factors = made.step.terms.iter_mut().flat_map(|term| &mut term.factors);
        for factor in factors.filter(|factor| factor.space == Space::Weights) {
            factor.access.source = places[factor.access.source];
        }
        self.steps.push(made.step);
        Ok(())
    }

    /// The terms that add up one product at most: each of their summed variables is the axis of a one-hot vector.
    fn chosen(&self, step: &Step) -> Vec<bool> {
        let picks = |term: &Term, variable: usize| {
            term.factors.iter().any(|Factor { space, access }| {
                let axis = self.one_hot.get(&access.source).filter(|_| *space == Space::Values);
                axis.is_some_and(|&axis| access.axes[axis] == AxisMap::variable(variable))
            })
        };
        let free = step.axes.len();
        let chosen = |term: &Term| {
            !term.summed.is_empty() && (free..free + term.summed.len()).all(|variable| picks(term, variable))
        };
        step.terms.iter().map(chosen).collect()
    }

    fn fail(&self, index: usize, reason: &str) -> CompileError {
        CompileError::quantize(&self.lowered.steps[index].name, reason)
    }
}

/// What sums that could exceed the accumulator are refused with.
const OVERFLOW: &str =
    "its sums could reach 2^62, beyond which no proof counts; multiply fewer values, or give fewer --activation-bits";

/// A step whose weights are not yet part of the model.
struct Made {
    step: Step,
    shift: u32,
    shapes: Vec<WeightShape>,
    weights: Vec<Vec<i64>>,
}
