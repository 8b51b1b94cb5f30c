//! Runs a lowered model with real numbers and keeps the ranges that it sees.

use hallmark_circuits::model::{Factor, Space};
use ndarray::ArrayD;

use super::engine::{Contraction, Kernel, accumulate};
use super::error::CompileError;
use super::float_model::{FloatModel, FloatStep, InputForm, Product, Sum};
use super::interface::Input;
use super::limits::{LEAST_SAMPLES, MAX_CALIBRATED, MAX_SAMPLES};

/// Samples of the model's inputs. The first axis of an array counts them.
#[derive(Clone, Copy, Debug)]
pub enum Calibration<'c> {
    /// Those of a model's only input.
    Array(&'c ArrayD<f32>),
    /// Those of each input, by its name.
    Named(&'c [(String, ArrayD<f32>)]),
}

impl<'c> From<&'c ArrayD<f32>> for Calibration<'c> {
    fn from(array: &'c ArrayD<f32>) -> Self {
        Self::Array(array)
    }
}

impl<'c> From<&'c Vec<(String, ArrayD<f32>)>> for Calibration<'c> {
    fn from(arrays: &'c Vec<(String, ArrayD<f32>)>) -> Self {
        Self::Named(arrays)
    }
}

impl<'c> Calibration<'c> {
    /// The samples of one of the inputs.
    pub(super) fn of(self, input: &Input, inputs: &[Input]) -> Result<&'c ArrayD<f32>, CompileError> {
        let names = || inputs.iter().map(|input| format!("`{}`", input.name)).collect::<Vec<_>>().join(", ");
        match self {
            Self::Array(array) if inputs.len() == 1 => Ok(array),
            Self::Array(_) => Err(CompileError::Calibration(format!(
                "the model has {} inputs ({}): give an array for each of them, in an .npz file under these names",
                inputs.len(),
                names()
            ))),
            Self::Named(arrays) => {
                let known = |name: &str| inputs.iter().any(|input| input.name == name);
                if let Some((name, _)) = arrays.iter().find(|(name, _)| !known(name)) {
                    return Err(CompileError::Calibration(format!(
                        "it has an array `{name}`, and the output depends on {} alone",
                        names()
                    )));
                }
                let found = arrays.iter().find(|(name, _)| *name == input.name);
                let missing = || CompileError::Calibration(format!("it has no array of the input `{}`", input.name));
                found.map(|(_, array)| array).ok_or_else(missing)
            }
        }
    }
}

/// The samples of an input, split along the first axis; or a single one.
fn rows(calibration: &ArrayD<f32>, shape: &[usize]) -> Result<Vec<Vec<f32>>, String> {
    let size: usize = shape.iter().product();
    let fail = || {
        let found = calibration.shape();
        format!("its shape is {found:?}; it must be [N, ..] with samples of shape {shape:?}")
    };
    if size == 0 || calibration.is_empty() || !calibration.len().is_multiple_of(size) {
        return Err(fail());
    }
    let count = calibration.len() / size;
    // A batch of n takes n samples at once.
    let batched = calibration.shape().get(1..) == shape.get(1..);
    if !batched && calibration.shape() != shape && calibration.shape().first() != Some(&count) {
        return Err(fail());
    }
    if let Some((index, value)) = calibration.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        let (sample, place) = (index / size, index % size);
        return Err(format!(
            "value {place} of sample {sample} is {value}: only finite 32-bit floats can be calibrated with"
        ));
    }
    let values: Vec<f32> = calibration.iter().take(size * MAX_SAMPLES).copied().collect();
    Ok(values.chunks_exact(size).map(<[f32]>::to_vec).collect())
}

/// The calibration samples: one row of values each.
#[derive(Clone, Debug)]
pub(super) struct Samples {
    /// The samples, each row-major.
    pub(super) rows: Vec<Vec<f32>>,
}

impl Samples {
    /// The samples of each input, which have these names and shapes, one after another.
    pub(super) fn new(
        calibration: Calibration<'_>,
        inputs: &[Input],
        shapes: &[Vec<usize>],
    ) -> Result<Self, CompileError> {
        let mut joined: Vec<Vec<f32>> = vec![];
        for (input, shape) in inputs.iter().zip(shapes) {
            let rows = rows(calibration.of(input, inputs)?, shape).map_err(|fault| match inputs {
                [_] => CompileError::Calibration(fault),
                _ => CompileError::Calibration(format!("of the input `{}`: {fault}", input.name)),
            })?;
            if joined.is_empty() {
                joined = rows;
                continue;
            }
            if joined.len() != rows.len() {
                return Err(CompileError::Calibration(format!(
                    "it has {} samples of the input `{}`, and {} of those before it: give one array for each, with as many samples",
                    rows.len(),
                    input.name,
                    joined.len()
                )));
            }
            joined.iter_mut().zip(rows).for_each(|(row, more)| row.extend(more));
        }
        Ok(Self { rows: joined })
    }

    /// As many of the samples as a large model can run in bounded time.
    pub(super) fn limited(mut self, lowered: &FloatModel) -> Self {
        let work: u128 = lowered.steps.iter().map(|step| lowered.work(&lowered.sums[step.sum])).sum();
        let most = usize::try_from(MAX_CALIBRATED / work.max(1)).unwrap_or(usize::MAX);
        self.rows.truncate(most.max(LEAST_SAMPLES));
        self
    }

    /// So many of the samples.
    pub(super) fn first(&self, count: usize) -> Self {
        Self { rows: self.rows.iter().take(count).cloned().collect() }
    }

    /// The least and the greatest value of each feature.
    pub(super) fn ranges(&self) -> Vec<(f64, f64)> {
        let size = self.rows.first().map_or(0, Vec::len);
        let range = |index: usize| {
            let values = self.rows.iter().map(|row| f64::from(row[index]));
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, greatest), x| (least.min(x), greatest.max(x)))
        };
        (0..size).map(range).collect()
    }

    /// Tensor 0 for some samples, the samples innermost.
    fn tensor(&self, input: &InputForm, from: usize, batch: usize) -> Vec<f64> {
        let size = self.rows[from].len();
        let cell = |index: usize| {
            let feature = input.features.as_ref().map_or((0.0, 1.0), |features| features[index]);
            self.rows[from..from + batch].iter().map(move |row| (f64::from(row[index]) - feature.0) / feature.1)
        };
        (0..size).flat_map(cell).collect()
    }
}

/// A lowered model prepared to run.
pub(super) struct FloatRunner<'a> {
    lowered: &'a FloatModel,
    kernels: Vec<Vec<Kernel>>,
    weights: Vec<Vec<f64>>,
}

/// The tensors of a batch of samples, and the sums they are functions of.
pub(super) struct FloatRun {
    /// Each tensor, the samples innermost.
    pub(super) tensors: Vec<Vec<f64>>,
    /// The range of each step's sum.
    pub(super) sums: Vec<(f64, f64)>,
    /// The first value that is not finite: of which step, and at which sum.
    fault: Option<(usize, f64)>,
}

impl<'a> FloatRunner<'a> {
    /// Prepares a lowered model.
    pub(super) fn new(lowered: &'a FloatModel) -> Self {
        let kernels = lowered.steps.iter().map(|step| kernels(lowered, &lowered.sums[step.sum])).collect();
        let weights = lowered.weights.iter().map(|weights| weights.data.clone()).collect();
        Self { lowered, kernels, weights }
    }

    /// Calls `visit` with each batch of samples: the first sample's number, the size of the batch and the tensors.
    pub(super) fn run(&self, samples: &Samples, mut visit: impl FnMut(usize, usize, &FloatRun)) {
        let batch = batch_size(self.lowered);
        let mut from = 0;
        while from < samples.rows.len() {
            let batch = batch.min(samples.rows.len() - from);
            visit(from, batch, &self.run_batch(samples.tensor(&self.lowered.input, from, batch), batch));
            from += batch;
        }
    }

    /// One tensor for one input of real numbers.
    pub(super) fn run_one(&self, input: Vec<f64>, tensor: usize) -> Vec<f64> {
        self.run_batch(input, 1).tensors.swap_remove(tensor)
    }

    fn run_batch(&self, input: Vec<f64>, batch: usize) -> FloatRun {
        let mut run = FloatRun { tensors: vec![input], sums: vec![], fault: None };
        for (index, (step, kernels)) in self.lowered.steps.iter().zip(&self.kernels).enumerate() {
            let sum = &self.lowered.sums[step.sum];
            let bound = |tensor: usize| range(&run.tensors[tensor]).0;
            let floor = sum.floor.map_or(0.0, |(tensor, sign)| sign as f64 * bound(tensor));
            let coefficient = |product: &Product| product.coefficient * product.floor.map_or(1.0, bound);
            let coefficients: Vec<f64> = sum.products.iter().map(coefficient).collect();
            let contraction = Contraction {
                axes: &sum.axes,
                constant: sum.constant + floor,
                kernels,
                coefficients: &coefficients,
                weights: &self.weights,
            };
            let mut values = accumulate(&contraction, &run.tensors, batch);
            run.sums.push(range(&values));
            for value in &mut values {
                let sum = *value;
                *value = step.function.evaluate(sum);
                if !value.is_finite() {
                    run.fault.get_or_insert((index, sum));
                }
            }
            run.tensors.push(values);
        }
        run
    }
}

/// The products of a sum, prepared.
fn kernels(lowered: &FloatModel, sum: &Sum) -> Vec<Kernel> {
    let prepare = |product: &Product| {
        let axes = |factor: &Factor| match factor.space {
            Space::Weights => lowered.weights[factor.access.source].axes.clone(),
            Space::Values => lowered.tensor_axes(factor.access.source).to_vec(),
        };
        Kernel::new(&sum.axes, &product.summed, &product.factors, axes)
    };
    sum.products.iter().map(prepare).collect()
}

/// The number of samples that run at once, so that their tensors take bounded memory.
pub(super) fn batch_size(lowered: &FloatModel) -> usize {
    let cells: usize = (0..lowered.tensors()).map(|tensor| lowered.cells(tensor)).sum();
    ((1 << 26) / cells.max(1)).clamp(1, 32)
}

/// The least and the greatest of some numbers; all numbers where one is none.
fn range(values: &[f64]) -> (f64, f64) {
    if values.iter().any(|value| value.is_nan()) {
        return (f64::NEG_INFINITY, f64::INFINITY);
    }
    values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, greatest), &x| (least.min(x), greatest.max(x)))
}

/// The ranges seen in calibration.
#[derive(Clone, Debug)]
pub(super) struct Statistics {
    /// The range of each tensor.
    pub(super) tensors: Vec<(f64, f64)>,
    /// The range of each step's sum.
    pub(super) sums: Vec<(f64, f64)>,
    /// The range of each index along the last axis of each tensor.
    channels: Vec<Vec<(f64, f64)>>,
    /// The outputs of each sample.
    pub(super) outputs: Vec<Vec<f64>>,
}

impl Statistics {
    /// How far from zero each index along a tensor's last axis gets; nothing where that is not finite.
    pub(super) fn reaches(&self, tensor: usize) -> Option<Vec<f64>> {
        let reach = |&(low, high): &(f64, f64)| Some(low.abs().max(high.abs())).filter(|reach| reach.is_finite());
        self.channels[tensor].iter().map(reach).collect()
    }

    /// What is known of a step, and of its sum, once the indices along the last axis are divided by numbers.
    pub(super) fn divide_channels(&mut self, step: usize, divisors: &[f64]) {
        let channels = &mut self.channels[step + 1];
        for (range, divisor) in channels.iter_mut().zip(divisors) {
            *range = (range.0 / divisor, range.1 / divisor);
        }
        let join = |a: (f64, f64), b: &(f64, f64)| (a.0.min(b.0), a.1.max(b.1));
        let all = channels.iter().fold((f64::INFINITY, f64::NEG_INFINITY), join);
        (self.tensors[step + 1], self.sums[step]) = (all, all);
    }

    /// The outputs of each sample as a user gets them.
    pub(super) fn narrow_outputs(&self) -> Vec<Vec<f32>> {
        self.outputs.iter().map(|row| row.iter().map(|&value| value as f32).collect()).collect()
    }
}

/// Runs all samples and keeps the ranges.
pub(super) fn calibrate(lowered: &FloatModel, samples: &Samples) -> Result<Statistics, CompileError> {
    const NONE: (f64, f64) = (f64::INFINITY, f64::NEG_INFINITY);
    let channels = |tensor| vec![NONE; lowered.tensor_axes(tensor).last().copied().unwrap_or(1)];
    let mut statistics = Statistics {
        tensors: vec![NONE; lowered.tensors()],
        sums: vec![NONE; lowered.steps.len()],
        channels: (0..lowered.tensors()).map(channels).collect(),
        outputs: vec![],
    };
    let widen = |known: &mut (f64, f64), seen: (f64, f64)| *known = (known.0.min(seen.0), known.1.max(seen.1));
    let mut fault = None;
    FloatRunner::new(lowered).run(samples, |_, batch, run| {
        fault = fault.or(run.fault);
        run.tensors.iter().zip(&mut statistics.tensors).for_each(|(tensor, known)| widen(known, range(tensor)));
        for (tensor, channels) in run.tensors.iter().zip(&mut statistics.channels) {
            for (cells, place) in tensor.chunks_exact(batch).zip((0..channels.len()).cycle()) {
                widen(&mut channels[place], range(cells));
            }
        }
        run.sums.iter().zip(&mut statistics.sums).for_each(|(&sum, known)| widen(known, sum));
        if let Some(output) = run.tensors.last() {
            statistics.outputs.extend(transpose(output, batch).into_iter().map(|row| lowered.shown(row)));
        }
    });
    match fault {
        Some((step, sum)) => Err(not_finite(&lowered.steps[step], sum)),
        None => Ok(statistics),
    }
}

/// A model that has no answer to a sample has none to prove either.
fn not_finite(step: &FloatStep, sum: f64) -> CompileError {
    let value = step.function.evaluate(sum);
    CompileError::Node {
        node: step.name.clone(),
        operator: step.function.culprit(sum).unwrap_or_else(|| "a sum".into()),
        reason: format!(
            "the operator gives {value} at {sum} on the calibration data, and a proof needs a finite answer: calibrate with inputs \
             that the model is meant for, or limit its argument with a Clip"
        ),
    }
}

/// One row for each sample from values whose samples are innermost.
pub(super) fn transpose<T: Copy>(values: &[T], batch: usize) -> Vec<Vec<T>> {
    (0..batch).map(|sample| values.iter().skip(sample).step_by(batch).copied().collect()).collect()
}
