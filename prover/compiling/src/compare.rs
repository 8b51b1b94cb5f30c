//! Runs the integers beside the real numbers and measures how far they part.

use hallmark_circuits::model::Step;
use hallmark_circuits::semantics::rescale;

use super::bounds::kernels;
use super::calibrate::{FloatRunner, Samples, transpose};
use super::engine::{Contraction, Kernel, accumulate};
use super::float_model::{FloatModel, Rule};
use super::quantize::Quantized;

/// How far one step's integers are from its real numbers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StepError {
    /// The sum of the errors' squares.
    pub(super) error: f64,
    /// The sum of the real numbers' squares.
    pub(super) signal: f64,
}

/// The outcome of a comparison.
#[derive(Clone, Debug, Default)]
pub(super) struct Comparison {
    /// One for each step.
    pub(super) steps: Vec<StepError>,
    /// The quantized model's outputs of each sample, in the user's units.
    pub(super) outputs: Vec<Vec<f32>>,
}

/// A quantized model prepared to run.
struct IntegerRunner<'a> {
    model: &'a Quantized,
    kernels: Vec<Vec<Kernel>>,
}

impl<'a> IntegerRunner<'a> {
    fn new(model: &'a Quantized) -> Self {
        let architecture = &model.architecture;
        let axes = |tensor: usize| architecture.tensor_axes(tensor).to_vec();
        let prepare = |step: &Step| kernels(step, &architecture.weights, axes);
        Self { model, kernels: architecture.steps.iter().map(prepare).collect() }
    }

    fn input(&self, rows: &[Vec<f32>]) -> Vec<i64> {
        let port = &self.model.architecture.input;
        let size = rows.first().map_or(0, Vec::len);
        (0..size).flat_map(|index| rows.iter().map(move |row| port.quantize(index, row[index]))).collect()
    }

    fn step(&self, index: usize, tensors: &[Vec<i64>], batch: usize) -> Vec<i64> {
        let step = &self.model.architecture.steps[index];
        let table = &self.model.architecture.tables[step.table];
        let coefficients: Vec<i64> = step.terms.iter().map(|term| term.coefficient).collect();
        let contraction = Contraction {
            axes: &step.axes,
            constant: step.constant,
            kernels: &self.kernels[index],
            coefficients: &coefficients,
            weights: &self.model.weights.0,
        };
        let mut values = accumulate(&contraction, tensors, batch);
        for value in &mut values {
            // Bounds hold for every input, so that the table has an entry; zero would show as a large error.
            *value = table.get(rescale(*value, step.shift).0).map_or(0, i64::from);
        }
        values
    }
}

/// Compares a quantized model with the lowered one on all samples.
pub(super) fn compare(lowered: &FloatModel, model: &Quantized, samples: &Samples) -> Comparison {
    let runner = IntegerRunner::new(model);
    let mut comparison = Comparison { steps: vec![StepError::default(); lowered.steps.len()], outputs: vec![] };
    FloatRunner::new(lowered).run(samples, |from, batch, run| {
        let mut tensors = vec![runner.input(&samples.rows[from..from + batch])];
        for index in 0..lowered.steps.len() {
            let values = runner.step(index, &tensors, batch);
            if !lowered.is_shifted(index) && lowered.steps[index].rule != Rule::Joined {
                measure(&mut comparison.steps[index], &values, model.scales[index + 1], &run.tensors[index + 1]);
            }
            tensors.push(values);
        }
        if let Some(last) = tensors.last() {
            let output = &model.architecture.output;
            comparison.outputs.extend(transpose(last, batch).into_iter().map(|row| output.dequantize(&row)));
        }
    });
    comparison
}

fn measure(total: &mut StepError, integers: &[i64], scale: f64, reals: &[f64]) {
    for (&integer, &real) in integers.iter().zip(reals) {
        total.error += (integer as f64 * scale - real).powi(2);
        total.signal += real * real;
    }
}
