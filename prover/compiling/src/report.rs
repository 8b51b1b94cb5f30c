//! What a person wants to know of a compiled model before trusting it.

use std::fmt::{self, Display, Formatter};
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::compare::Comparison;
use super::cost::{Counts, Estimates};
use super::float_model::{FloatModel, OutputForm, Product, Rule};
use super::number::{count, grouped};
use super::rows::RowChoice;
use super::task::Quality;

/// How a compiled model compares with the float model, and what it costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The number of calibration samples that were compared.
    pub samples: usize,
    /// Why the import could not be compared with an independent float run; `None` where it was.
    pub unchecked: Option<String>,
    /// What a person should know before relying on the model.
    pub warnings: Vec<String>,
    /// Float against quantized. Of several outputs it is that of which the task is: the first of real numbers.
    pub accuracy: Accuracy,
    /// Each of several outputs; none where there is one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<OutputReport>,
    /// How well the quantized model does its task.
    pub quality: Quality,
    /// Each step's relative error.
    pub layers: Vec<LayerError>,
    /// The step whose error grew most, where any did.
    pub blame: Option<String>,
    /// Bit widths.
    pub widths: WidthReport,
    /// Sizes.
    pub counts: Counts,
    /// Costs.
    pub estimates: Estimates,
    /// What rows of other sizes would cost.
    pub rows: Vec<RowChoice>,
}

/// Float against quantized, over the calibration samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accuracy {
    /// The share of samples whose greatest output is the same one.
    pub argmax_agreement: f64,
    /// The greatest error of any output.
    pub worst_error: f64,
    /// The mean error.
    pub mean_error: f64,
    /// The difference of the greatest and the least float output.
    pub output_range: f64,
    /// The greatest error of each output.
    pub worst_by_output: Vec<f64>,
    /// The mean error of each output.
    pub mean_by_output: Vec<f64>,
    /// The share of labels that the float model finds.
    pub float_label_accuracy: Option<f64>,
    /// The share of labels that the quantized model finds.
    pub quantized_label_accuracy: Option<f64>,
}

/// Float against quantized for one of several outputs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutputReport {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Whether the model's task, its labels and the figures in `accuracy` and `quality` are about it.
    pub judged: bool,
    /// Of whole numbers the share that is the same.
    pub same: Option<f64>,
    /// The mean error.
    pub mean_error: f64,
    /// The greatest error.
    pub worst_error: f64,
    /// The difference of the greatest and the least float value.
    pub output_range: f64,
}

/// The error of one step's tensor.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerError {
    /// The step's name.
    pub name: String,
    /// Root mean square of the error over that of the float values.
    pub relative_error: f64,
}

/// The bit widths that were chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WidthReport {
    /// The bits of an input value.
    pub input_bits: u32,
    /// The bits of an activation.
    pub activation_bits: u32,
    /// The shift of every rescale.
    pub shift: u32,
    /// The bits of the widest weight, with its sign.
    pub weight_bits: u32,
    /// The logarithm of the size of a committed row.
    pub row_bits: u32,
}

/// Compares outputs, both in the user's units.
pub(super) fn accuracy(float: &[Vec<f32>], quantized: &[Vec<f32>], labels: Option<&[i64]>) -> Accuracy {
    let width = float.first().map_or(0, Vec::len);
    let (mut worst, mut mean) = (vec![0f64; width], vec![0f64; width]);
    for (float, quantized) in float.iter().zip(quantized) {
        for (index, (&a, &b)) in float.iter().zip(quantized).enumerate() {
            let error = (f64::from(a) - f64::from(b)).abs();
            worst[index] = worst[index].max(error);
            mean[index] += error;
        }
    }
    let samples = float.len().max(1) as f64;
    mean.iter_mut().for_each(|mean| *mean /= samples);
    let agree = float.iter().zip(quantized).filter(|(a, b)| argmax(a) == argmax(b)).count();
    let values = || float.iter().flatten().map(|&value| f64::from(value));
    let found = |outputs: &[Vec<f32>]| {
        labels.map(|labels| {
            let right = outputs.iter().zip(labels).filter(|(output, label)| argmax(output) as i64 == **label).count();
            right as f64 / outputs.len().min(labels.len()).max(1) as f64
        })
    };
    Accuracy {
        argmax_agreement: agree as f64 / samples,
        worst_error: worst.iter().copied().fold(0.0, f64::max),
        mean_error: mean.iter().sum::<f64>() / width.max(1) as f64,
        output_range: values().fold(f64::NEG_INFINITY, f64::max) - values().fold(f64::INFINITY, f64::min),
        worst_by_output: worst,
        mean_by_output: mean,
        float_label_accuracy: found(float),
        quantized_label_accuracy: found(quantized),
    }
}

/// These columns of all rows.
pub(super) fn cut(rows: &[Vec<f32>], columns: &Range<usize>) -> Vec<Vec<f32>> {
    rows.iter().map(|row| row.get(columns.clone()).unwrap_or_default().to_vec()).collect()
}

/// The share of whole numbers that are the same.
pub(super) fn same(float: &[Vec<f32>], quantized: &[Vec<f32>]) -> f64 {
    let pairs = || float.iter().zip(quantized).flat_map(|(a, b)| a.iter().zip(b));
    pairs().filter(|(a, b)| a.round() == b.round()).count() as f64 / pairs().count().max(1) as f64
}

/// Each of several outputs.
pub(super) fn outputs(lowered: &FloatModel, float: &[Vec<f32>], quantized: &[Vec<f32>]) -> Vec<OutputReport> {
    let report = |(number, (output, columns)): (usize, (&OutputForm, Range<usize>))| {
        let (float, quantized) = (cut(float, &columns), cut(quantized, &columns));
        let accuracy = accuracy(&float, &quantized, None);
        OutputReport {
            name: output.part.name.clone(),
            shape: output.part.shape.clone(),
            judged: number == lowered.judged(),
            same: output.whole.then(|| same(&float, &quantized)),
            mean_error: accuracy.mean_error,
            worst_error: accuracy.worst_error,
            output_range: accuracy.output_range,
        }
    };
    lowered.outputs.iter().zip(lowered.columns()).enumerate().map(report).collect()
}

/// The position of the first of the greatest values.
#[must_use]
pub fn argmax(values: &[f32]) -> usize {
    let better = |best: usize, index: usize| if values[index] > values[best] { index } else { best };
    (1..values.len()).fold(0, better)
}

/// Each step's relative error, and the step to blame.
pub(super) fn layers(lowered: &FloatModel, comparison: &Comparison) -> (Vec<LayerError>, Option<String>) {
    let relative = |index: usize| {
        let step = comparison.steps[index];
        if step.signal > 0.0 { (step.error / step.signal).sqrt() } else { 0.0 }
    };
    let mut blame: Option<(f64, usize)> = None;
    for (index, step) in lowered.steps.iter().enumerate() {
        let sources = lowered.sums[step.sum].products.iter().flat_map(Product::values);
        let before = sources.filter_map(|access| access.source.checked_sub(1)).map(relative).fold(0.0, f64::max);
        let growth = relative(index) - before;
        if growth > blame.map_or(0.0, |(growth, _)| growth) {
            blame = Some((growth, index));
        }
    }
    let name = |index: usize| lowered.steps[index].name.clone();
    // A copy of the outputs adds no error of its own.
    let own = (0..lowered.steps.len()).filter(|&index| lowered.steps[index].rule != Rule::Joined);
    let layers = own.map(|index| LayerError { name: name(index), relative_error: relative(index) });
    (layers.collect(), blame.map(|(_, index)| name(index)))
}

impl Report {
    /// The report as text for a terminal.
    #[must_use]
    pub fn render(&self) -> String {
        self.to_string()
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let accuracy = &self.accuracy;
        if let Some(reason) = &self.unchecked {
            writeln!(f, "WARNING: no independent float run confirms the import: {reason}")?;
            writeln!(f, "  Compare some answers of `hallmark run` with those of your own runtime.")?;
        }
        for warning in &self.warnings {
            writeln!(f, "WARNING: {warning}.")?;
        }
        writeln!(f, "Float against quantized, {}", count(self.samples, "sample"))?;
        let judged = self.outputs.iter().find(|output| output.judged);
        if let Some(output) = judged {
            writeln!(f, "  of the output         {}", output.name)?;
        }
        write!(f, "{}", self.quality)?;
        writeln!(f, "  mean error            {:.3e} of a range of {:.3e}", accuracy.mean_error, accuracy.output_range)?;
        writeln!(f, "  worst error           {:.3e}", accuracy.worst_error)?;
        if let (Some(float), Some(quantized)) = (accuracy.float_label_accuracy, accuracy.quantized_label_accuracy) {
            writeln!(f, "  labels found          {:.2}% float, {:.2}% quantized", 100.0 * float, 100.0 * quantized)?;
        }
        if !self.outputs.is_empty() {
            writeln!(f, "Outputs")?;
        }
        for OutputReport { name, shape, same, mean_error, worst_error, output_range, .. } in &self.outputs {
            let error = match same {
                Some(share) => format!("{:.2}% the same", 100.0 * share),
                None => {
                    format!("mean error {mean_error:.3e}, worst {worst_error:.3e}, of a range of {output_range:.3e}")
                }
            };
            writeln!(f, "  {name} {shape:?}: {error}")?;
        }
        writeln!(f, "Relative error by layer")?;
        for layer in &self.layers {
            let mark = if self.blame.as_ref() == Some(&layer.name) { "  <- grows most here" } else { "" };
            writeln!(f, "  {:<40} {:.4}%{mark}", layer.name, 100.0 * layer.relative_error)?;
        }
        let widths = &self.widths;
        writeln!(f, "Widths")?;
        writeln!(
            f,
            "  input {} bits, activations {} bits, weights {} bits, shift {}, rows of 2^{}",
            widths.input_bits, widths.activation_bits, widths.weight_bits, widths.shift, widths.row_bits
        )?;
        let counts = &self.counts;
        writeln!(f, "Sizes")?;
        writeln!(
            f,
            "  {}, {}, {}, {} table entries, {} multiply-accumulates",
            count(counts.steps, "step"),
            count(counts.activations, "activation"),
            count(counts.weights, "weight"),
            grouped(counts.table_entries as u64),
            grouped(counts.multiply_accumulates)
        )?;
        let estimates = &self.estimates;
        writeln!(f, "Estimates")?;
        writeln!(
            f,
            "  proof {:.2} s for settlement, {:.2} s off chain, memory {:.0} MB",
            estimates.settlement_seconds,
            estimates.proving_seconds,
            estimates.memory_bytes / 1e6
        )?;
        writeln!(
            f,
            "  {:.0} gas to have a proof checked, {:.0} gas in a market's transaction",
            estimates.gas, estimates.market_gas
        )
    }
}
