//! Gives a program integers: scales, weights, tables and bounds, one step after the other.
//!
//! Tensor `t` stands for `scale[t]` times its integers. A step whose table's argument has scale `s_z` multiplies a value of
//! scale `s_x` by weights of scale `s_z / (s_x 2^shift)`, so that the rescale is a plain shift.

mod integers;
mod scale;
mod table;

use std::collections::HashMap;

use hallmark_circuits::model::{Architecture, InputPort, OutputPort, Space, Step, WeightShape, Weights};

use super::bounds::{kernels, quotient_range};
use super::calibrate::Statistics;
use super::error::CompileError;
use super::lookup::{Lookup, share};
use super::program::Program;

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

/// A quantized program.
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
pub(crate) fn quantize(program: &Program, statistics: &Statistics, widths: Widths) -> Result<Quantized, CompileError> {
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
