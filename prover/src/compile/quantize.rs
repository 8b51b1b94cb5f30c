//! Gives a program integers: scales, weights, tables and bounds, one step after the other.
//!
//! Tensor `t` stands for `scale[t]` times its integers. A step whose table's argument has scale `s_z` multiplies a value of
//! scale `s_x` by weights of scale `s_z / (s_x 2^shift)`, so that the rescale is a plain shift.

use std::collections::HashMap;

use hallmark_circuits::model::{
    Architecture, InputPort, MAX_INTEGER, OutputPort, Step, Term, WeightShape, Weights, bits_of,
};

use super::bounds::{kernels, quotient_range};
use super::calibrate::Statistics;
use super::error::CompileError;
use super::function::Function;
use super::lookup::{Lookup, MAX_TABLE_BITS, Map, entries, share};
use super::program::{Product, Program, Rule, Sum};

/// The widths that a model is quantized with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Widths {
    /// The bits of an activation.
    pub(super) activation: u32,
    /// The bits of an input value.
    pub(super) input: u32,
    /// The common shift.
    pub(super) shift: u32,
}

/// A quantized program.
#[derive(Clone, Debug)]
pub(super) struct Quantized {
    /// The public part, without a choice of rows.
    pub(super) architecture: Architecture,
    /// The private part.
    pub(super) weights: Weights,
    /// What one unit of each tensor is worth.
    pub(super) scales: Vec<f64>,
}

/// Values beyond what calibration saw are kept up to this factor; beyond it they saturate.
const MARGIN: f64 = 1.25;
/// Tables stay below this size where that costs no accuracy that shows.
const SOFT_TABLE_BITS: u32 = 13;
/// The output has this many bits where its table's size allows.
const OUTPUT_BITS: u32 = 14;
/// The greatest magnitude of a weight.
const MAX_WEIGHT: f64 = (1u64 << 44) as f64;

struct Quantizer<'a> {
    program: &'a Program,
    statistics: &'a Statistics,
    widths: Widths,
    scales: Vec<f64>,
    ranges: Vec<(i64, i64)>,
    steps: Vec<Step>,
    lookups: Vec<Lookup>,
    shapes: Vec<WeightShape>,
    weights: Vec<Vec<i64>>,
    known: HashMap<(Vec<usize>, Vec<i64>), usize>,
}

/// The scale of a step's table's argument and of its values.
#[derive(Clone, Copy, Debug)]
struct Scales {
    argument: f64,
    value: f64,
}

/// Quantizes a program.
pub(super) fn quantize(program: &Program, statistics: &Statistics, widths: Widths) -> Result<Quantized, CompileError> {
    let input = input_port(program, statistics, widths.input);
    let half = 1i64 << (widths.input - 1);
    let scale = if program.input.features.is_some() { 1.0 / (half - 1) as f64 } else { f64::from(input.scales[0]) };
    let mut quantizer = Quantizer {
        program,
        statistics,
        widths,
        scales: vec![scale],
        ranges: vec![(-half, half - 1)],
        steps: vec![],
        lookups: vec![],
        shapes: vec![],
        weights: vec![],
        known: HashMap::new(),
    };
    for index in 0..program.steps.len() {
        quantizer.step(index)?;
    }
    Ok(quantizer.finish(input))
}

fn input_port(program: &Program, statistics: &Statistics, bits: u32) -> InputPort {
    let greatest = ((1i64 << (bits - 1)) - 1) as f64;
    let (scales, offsets) = match &program.input.features {
        Some(features) => (
            features.iter().map(|feature| (feature.1 / greatest) as f32).collect(),
            features.iter().map(|feature| feature.0 as f32).collect(),
        ),
        None => {
            let (low, high) = statistics.tensors[0];
            let reach = low.abs().max(high.abs());
            (vec![((if reach > 0.0 { reach } else { 1.0 }) / greatest) as f32], vec![0.0])
        }
    };
    InputPort { shape: program.input.shape.clone(), axes: program.input.axes.clone(), bits, scales, offsets }
}

impl Quantizer<'_> {
    fn finish(mut self, input: InputPort) -> Quantized {
        let (tables, places) = share(&self.lookups);
        self.steps.iter_mut().zip(places).for_each(|(step, place)| step.table = place);
        let scale = self.scales.last().copied().unwrap_or(1.0) as f32;
        let output = OutputPort { shape: self.program.output_shape.clone(), scale };
        let architecture = Architecture { input, output, weights: self.shapes, tables, steps: self.steps, row_bits: 0 };
        Quantized { architecture, weights: Weights(self.weights), scales: self.scales }
    }

    fn step(&mut self, index: usize) -> Result<(), CompileError> {
        let program = self.program;
        let step = &program.steps[index];
        let sum = &program.sums[step.sum];
        let (made, scales, range) = match self.exact_scale(sum) {
            Some(scale) => {
                let value = if step.function.clamp().is_some() { scale } else { self.value_scale(index) };
                self.try_scales(index, Scales { argument: scale, value }, 0)?
            }
            None => self.search_scales(index)?,
        };
        let lookup = self.lookup(index, scales, range, made.shift == 0);
        self.ranges.push(lookup.range());
        self.lookups.push(lookup);
        self.scales.push(scales.value);
        self.keep(made)
    }

    /// The scale of the sum where it adds and subtracts integers of one scale, and so needs no rescaling.
    fn exact_scale(&self, sum: &Sum) -> Option<f64> {
        let source = |product: &Product| product.values.as_ref().map(|access| self.scales[access.source]);
        let scale = source(sum.products.first()?)?;
        let whole = |product: &Product| {
            product.weights.is_none() && product.coefficient.abs() == 1.0 && source(product) == Some(scale)
        };
        (sum.constant == 0.0 && sum.products.iter().all(whole) && sum.products.len() <= 8).then_some(scale)
    }

    /// The scale of a step's values that spends their bits on the range seen in calibration.
    fn value_scale(&self, index: usize) -> f64 {
        let (low, high) = self.statistics.tensors[index + 1];
        let span = high.max(0.0) - low.min(0.0);
        let bits = if self.is_output(index) { OUTPUT_BITS.max(self.widths.activation) } else { self.widths.activation };
        (if span > 0.0 { span } else { 1.0 }) / ((1u64 << bits) - 1) as f64
    }

    fn is_output(&self, index: usize) -> bool {
        index + 1 == self.program.steps.len()
    }

    /// Coarsens the scale of the argument until the table is small enough.
    fn search_scales(&mut self, index: usize) -> Result<(Made, Scales, (i64, i64)), CompileError> {
        let value = self.value_scale(index);
        let function = &self.program.steps[index].function;
        let is_clamp = function.clamp().is_some();
        let slope = self.slope(index);
        let (mut argument, coarsest) = match (is_clamp, self.is_output(index)) {
            (true, false) => (value, value),
            (true, true) => (value, value * (1u64 << (OUTPUT_BITS.saturating_sub(self.widths.activation + 1))) as f64),
            (false, _) => (value / (2.0 * slope), value.max(self.coarse_value_scale(index)) / slope),
        };
        for _ in 0..64 {
            argument = self.snap(index, argument);
            let scales = Scales { argument, value: if is_clamp { argument } else { value } };
            let found = self.try_scales(index, scales, self.widths.shift);
            let size = match &found {
                Ok((_, _, (least, greatest))) => bits_of(entries(*least, *greatest)) as u32,
                Err(_) => MAX_TABLE_BITS + 1,
            };
            let limit = if argument < coarsest * 0.75 { SOFT_TABLE_BITS } else { MAX_TABLE_BITS };
            if size <= limit {
                return found;
            }
            argument *= 2.0;
        }
        Err(self.fail(index, "no scale keeps its sums within a table; its weights or inputs are too uneven"))
    }

    /// The scale that a value of the usual number of bits would have.
    fn coarse_value_scale(&self, index: usize) -> f64 {
        let bits = if self.is_output(index) { OUTPUT_BITS.saturating_sub(self.widths.activation + 1) } else { 0 };
        self.value_scale(index) * (1u64 << bits) as f64
    }

    /// The greatest slope of a step's function over the arguments seen in calibration.
    fn slope(&self, index: usize) -> f64 {
        const POINTS: usize = 2048;
        let (low, high) = self.statistics.sums[index];
        let function = &self.program.steps[index].function;
        let width = (high - low) / POINTS as f64;
        if width <= 0.0 {
            return 1.0;
        }
        let at = |point: usize| function.evaluate(low + width * point as f64);
        let steepest =
            (0..POINTS).map(|point| ((at(point + 1) - at(point)) / width).abs()).filter(|slope| slope.is_finite());
        let steepest = steepest.fold(0.0, f64::max);
        if steepest > 0.0 { steepest } else { 1.0 }
    }

    /// The nearest scale that makes the only public coefficient of a sum an exact integer.
    fn snap(&self, index: usize, argument: f64) -> f64 {
        let sum = &self.program.sums[self.program.steps[index].sum];
        let public = |product: &&Product| product.weights.is_none();
        let size = |product: &Product| {
            product.values.as_ref().map(|access| product.coefficient.abs() * self.scales[access.source])
        };
        let mut sizes = sum.products.iter().filter(public).filter_map(size);
        let Some(first) = sizes.next().filter(|first| *first > 0.0) else { return argument };
        if sizes.any(|size| size != first) || sum.products.iter().any(|product| product.weights.is_some()) {
            return argument;
        }
        let unit = first * (1u64 << self.widths.shift) as f64;
        unit / (unit / argument).round().max(1.0)
    }

    fn try_scales(&self, index: usize, scales: Scales, shift: u32) -> Result<(Made, Scales, (i64, i64)), CompileError> {
        let made = self.make(index, scales.argument, shift)?;
        let base = self.weights.len();
        debug_assert_eq!(base, self.shapes.len());
        let axes = |tensor: usize| self.program.tensor_axes(tensor).to_vec();
        let kernels = kernels(&made.step, &made.shapes, axes);
        let range = quotient_range(&made.step, &kernels, &made.weights, &self.ranges)
            .ok_or_else(|| self.fail(index, "its sums could overflow"))?;
        Ok((made, scales, range))
    }

    /// A step with integers; its weights are numbered on their own.
    fn make(&self, index: usize, argument: f64, shift: u32) -> Result<Made, CompileError> {
        let sum = &self.program.sums[self.program.steps[index].sum];
        let unit = (1u64 << shift) as f64 / argument;
        let floor = sum.floor.map_or(0, |(tensor, sign)| (sign * self.ranges[tensor].0) << shift);
        let constant = self.integer(index, sum.constant * unit)? + floor;
        let step = Step {
            name: self.program.steps[index].name.clone(),
            axes: sum.axes.clone(),
            constant,
            terms: vec![],
            shift,
            table: 0,
        };
        let mut made = Made { step, shift, shapes: vec![], weights: vec![] };
        for product in &sum.products {
            let scale = product.values.as_ref().map_or(1.0, |access| self.scales[access.source]);
            let factor = product.coefficient * scale * unit;
            let mut weights = product.weights.clone();
            let coefficient = match &mut weights {
                None => self.integer(index, factor)?,
                Some(access) => {
                    let source = &self.program.weights[access.source];
                    access.source = made.weights.len();
                    made.shapes.push(WeightShape { name: source.name.clone(), axes: source.axes.clone() });
                    made.weights.push(self.integers(index, &source.data, factor)?);
                    1
                }
            };
            made.step.terms.push(Term {
                coefficient,
                summed: product.summed.clone(),
                weights,
                values: product.values.clone(),
            });
        }
        Ok(made)
    }

    fn integer(&self, index: usize, value: f64) -> Result<i64, CompileError> {
        let fits = value.is_finite() && value.abs() < MAX_INTEGER as f64;
        if fits { Ok(value.round() as i64) } else { Err(self.fail(index, "a coefficient is too large")) }
    }

    fn integers(&self, index: usize, data: &[f64], factor: f64) -> Result<Vec<i64>, CompileError> {
        let integers = data.iter().map(|weight| (weight * factor).round());
        let fits = |value: f64| if value.abs() < MAX_WEIGHT { Some(value as i64) } else { None };
        integers.map(fits).collect::<Option<_>>().ok_or_else(|| self.fail(index, "a weight is too large"))
    }

    fn lookup(&self, index: usize, scales: Scales, (first, last): (i64, i64), exact: bool) -> Lookup {
        let step = &self.program.steps[index];
        let (low, high) = self.value_limits(index, scales.value, exact);
        if let Some((least, greatest)) = step.function.clamp() {
            let bound = |bound: f64| (bound / scales.argument).round().clamp(-1e15, 1e15) as i64;
            let (low, high) = (low.max(bound(least)).min(high), high.min(bound(greatest)).max(low));
            // A clamp that no argument reaches is the identity: equal maps share their table.
            return Lookup { first, last, map: Map::Clamp(low, high.max(low)) };
        }
        let sums = self.statistics.sums[index];
        let value = |offset: usize| {
            let argument = (first + offset as i64) as f64 * scales.argument;
            let at = finite(&step.function, argument, sums);
            (at / scales.value).round().clamp(low as f64, high as f64) as i32
        };
        Lookup { first, last, map: Map::Sampled((0..entries(first, last)).map(value).collect()) }
    }

    /// The integers beyond which a step's values saturate.
    fn value_limits(&self, index: usize, scale: f64, exact: bool) -> (i64, i64) {
        const WIDEST: i64 = 1 << 30;
        let step = &self.program.steps[index];
        match step.rule {
            Rule::Within(tensor) => self.ranges[tensor],
            Rule::Span(tensor) => (0, self.ranges[tensor].1 - self.ranges[tensor].0),
            Rule::Calibrated if self.is_output(index) || (exact && step.function.clamp().is_some()) => {
                (-WIDEST, WIDEST)
            }
            Rule::Calibrated => {
                let (low, high) = self.statistics.tensors[index + 1];
                let (low, high) = (low.min(0.0) * MARGIN / scale, high.max(0.0) * MARGIN / scale);
                // Rounded outwards to sixteenths of the range, so that layers share their tables.
                let grain = ((1i64 << self.widths.activation) / 16) as f64;
                (((low / grain).floor() * grain) as i64, ((high / grain - 1e-9).ceil() * grain) as i64)
            }
        }
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
        for access in made.step.terms.iter_mut().filter_map(|term| term.weights.as_mut()) {
            access.source = places[access.source];
        }
        self.steps.push(made.step);
        Ok(())
    }

    fn fail(&self, index: usize, reason: &str) -> CompileError {
        CompileError::quantize(&self.program.steps[index].name, reason)
    }
}

/// A step whose weights are not yet part of the model.
struct Made {
    step: Step,
    shift: u32,
    shapes: Vec<WeightShape>,
    weights: Vec<Vec<i64>>,
}

/// The function's value; outside its domain that of the nearest argument seen in calibration.
fn finite(function: &Function, argument: f64, (low, high): (f64, f64)) -> f64 {
    let value = function.evaluate(argument);
    if !value.is_nan() {
        return value;
    }
    let inside = function.evaluate(argument.clamp(low, high));
    if inside.is_nan() { 0.0 } else { inside }
}
