//! Chooses bit widths: the least that keep the model's answers.

use hallmark_circuits::model::MAX_SHIFT;

use super::calibrate::{Samples, Statistics};
use super::compare::{Comparison, compare};
use super::cost::{choose_rows, count};
use super::program::Program;
use super::quantize::{Quantized, Widths, quantize};
use super::reference::Reference;
use super::report::{Accuracy, Report, WidthReport, accuracy, agreement, layers};
use super::{CompileError, CompileOptions, Compiled};

/// The shift where none is asked for: its table of remainders has as many entries as a usual table.
const USUAL_SHIFT: u32 = 12;
/// The greatest shift that is chosen to make weights wider.
const WIDEST_SHIFT: u32 = 16;
/// The bits that the greatest weight of every layer should have at least, without its sign.
const WEIGHT_BITS: u32 = 9;
/// The share of samples whose greatest output must stay the same.
const AGREEMENT: f64 = 0.995;
/// Float outputs this near to the greatest, as a share of the outputs' range, tie with it when widths are chosen.
const TIE: f64 = 0.0025;
/// The mean error that is accepted, as a share of the outputs' range.
const MEAN_ERROR: f64 = 0.01;

/// All that the choice depends on.
pub(super) struct Job<'a> {
    pub(super) program: &'a Program,
    pub(super) statistics: &'a Statistics,
    pub(super) samples: &'a Samples,
    pub(super) reference: &'a Reference,
    pub(super) labels: Option<&'a [i64]>,
    pub(super) options: &'a CompileOptions,
}

/// A choice that was tried.
struct Candidate {
    model: Quantized,
    widths: Widths,
    comparison: Comparison,
    accuracy: Accuracy,
    /// The share of samples whose greatest output stays the same or ties with it.
    agreement: f64,
    /// The mean error as a share of the outputs' range.
    relative_error: f64,
}

impl Job<'_> {
    /// Tries widths from narrow to wide and takes the first that is good enough, or else the best.
    pub(super) fn run(&self) -> Result<Compiled, CompileError> {
        let mut best: Option<Candidate> = None;
        let mut failure = None;
        for (activation, input) in self.candidates()? {
            let candidate = match self.attempt(activation, input) {
                Ok(candidate) => candidate,
                Err(error) => {
                    failure.get_or_insert(error);
                    continue;
                }
            };
            if candidate.is_good() {
                return self.finish(candidate);
            }
            if best.as_ref().is_none_or(|best| candidate.badness() < best.badness()) {
                best = Some(candidate);
            }
        }
        match (best, failure) {
            (Some(best), _) => self.finish(best),
            (None, Some(error)) => Err(error),
            (None, None) => Err(CompileError::Options("no widths to try".into())),
        }
    }

    fn candidates(&self) -> Result<Vec<(u32, u32)>, CompileError> {
        let check = |name: &str, value: Option<u32>, fits: fn(u32) -> bool, range: &str| match value {
            Some(value) if !fits(value) => Err(CompileError::Options(format!("{name} must be {range}, not {value}"))),
            _ => Ok(()),
        };
        check("activation bits", self.options.activation_bits, |bits| (4..=14).contains(&bits), "4 to 14")?;
        check("input bits", self.options.input_bits, |bits| bits == 8 || bits == 16, "8 or 16")?;
        check("the shift", self.options.shift, |shift| (4..=MAX_SHIFT).contains(&shift), "4 to 20")?;
        let activations = self.options.activation_bits.map_or_else(|| vec![8, 10, 12], |bits| vec![bits]);
        let inputs = self.options.input_bits.map_or_else(|| vec![8, 16], |bits| vec![bits]);
        Ok(inputs.iter().flat_map(|&input| activations.iter().map(move |&activation| (activation, input))).collect())
    }

    #[tracing::instrument(name = "candidate", skip(self))]
    fn attempt(&self, activation: u32, input: u32) -> Result<Candidate, CompileError> {
        let shift = self.options.shift.unwrap_or(USUAL_SHIFT);
        let mut widths = Widths { activation, input, shift };
        let mut model = quantize(self.program, self.statistics, widths)?;
        let missing = WEIGHT_BITS.saturating_sub(narrowest(&model)).min(WIDEST_SHIFT - USUAL_SHIFT);
        if self.options.shift.is_none() && missing > 0 {
            widths.shift += missing;
            model = quantize(self.program, self.statistics, widths)?;
        }
        let comparison = compare(self.program, &model, self.samples);
        let reported = accuracy(&self.reference.outputs, &comparison.outputs, self.labels);
        // The choice depends on this compiler's own real numbers alone, which are the same on every machine.
        let own: Vec<Vec<f32>> =
            self.statistics.outputs.iter().map(|row| row.iter().map(|&x| x as f32).collect()).collect();
        let chosen = accuracy(&own, &comparison.outputs, None);
        let agreement = agreement(&own, &comparison.outputs, TIE * chosen.output_range);
        let relative_error = chosen.mean_error / chosen.output_range.max(f64::MIN_POSITIVE);
        Ok(Candidate { model, widths, comparison, accuracy: reported, agreement, relative_error })
    }

    fn finish(&self, candidate: Candidate) -> Result<Compiled, CompileError> {
        let Quantized { mut architecture, weights, .. } = candidate.model;
        let counts = count(&architecture);
        let estimates = choose_rows(&mut architecture, &counts, self.options)?;
        weights.validate(&architecture)?;
        let widest = weights.0.iter().flatten().map(|weight| weight.unsigned_abs()).max().unwrap_or(0);
        let (layers, blame) = layers(self.program, &candidate.comparison);
        let widths = WidthReport {
            input_bits: candidate.widths.input,
            activation_bits: candidate.widths.activation,
            shift: candidate.widths.shift,
            weight_bits: 65 - widest.leading_zeros(),
            row_bits: architecture.row_bits,
        };
        let report = Report {
            samples: self.samples.rows.len(),
            unchecked: self.reference.missing.clone(),
            accuracy: candidate.accuracy,
            layers,
            blame,
            widths,
            counts,
            estimates,
        };
        Ok(Compiled { architecture, weights, report })
    }
}

impl Candidate {
    fn is_good(&self) -> bool {
        self.agreement >= AGREEMENT && self.relative_error <= MEAN_ERROR
    }

    fn badness(&self) -> f64 {
        1.0 - self.agreement + self.relative_error
    }
}

/// The bits of the greatest weight of the layer whose weights are narrowest.
fn narrowest(model: &Quantized) -> u32 {
    let greatest = |weights: &Vec<i64>| weights.iter().map(|weight| weight.unsigned_abs()).max().unwrap_or(0);
    let bits =
        model.weights.0.iter().map(greatest).filter(|&greatest| greatest > 0).map(|greatest| greatest.ilog2() + 1);
    bits.min().unwrap_or(WEIGHT_BITS)
}
