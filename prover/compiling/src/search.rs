//! Chooses bit widths: the least that keep the model's answers.

use std::collections::HashSet;

use hallmark_circuits::model::{MAX_SHIFT, Space, Term};

use super::calibrate::{Samples, Statistics};
use super::compare::{Comparison, compare};
use super::cost::count;
use super::exponential;
use super::float_model::FloatModel;
use super::quantize::{Quantized, Widths, quantize};
use super::reference::Reference;
use super::report::{self, Accuracy, OutputReport, Report, WidthReport, cut, layers};
use super::rows::{choose_rows, worth};
use super::task::{Quality, Task};
use super::{CompileError, CompileOptions, Compiled};

/// The shift where none is asked for: its table of remainders has as many entries as a usual table.
const USUAL_SHIFT: u32 = 12;
/// The greatest shift that is chosen to make weights wider.
const WIDEST_SHIFT: u32 = 16;
/// The bits that the greatest weight of every layer should have at least, without its sign.
const WEIGHT_BITS: u32 = 9;
/// Float outputs this near to the greatest, as a share of the outputs' range, tie with it when widths are chosen.
const TIE: f64 = 0.0025;
/// The mean error that is accepted where no tolerance is given, as a share of the outputs' spread.
const MEAN_ERROR: f64 = 0.01;
/// The greatest error of a single output that is accepted without trying wider ones, as a share of the outputs' spread.
const WORST_ERROR: f64 = 0.05;
/// Candidates whose errors differ by less than this are equally good, and the cheaper one is taken.
const INDIFFERENT: f64 = 0.001;

/// Models that add up more products than this over all samples are judged by few samples first.
const LARGE: u128 = 1 << 33;
/// So many.
const GLIMPSE: usize = 4;

/// All that the choice depends on.
pub(super) struct Search<'a> {
    pub(super) lowered: &'a FloatModel,
    pub(super) statistics: &'a Statistics,
    pub(super) samples: &'a Samples,
    pub(super) reference: &'a Reference,
    pub(super) labels: Option<&'a [i64]>,
    pub(super) options: &'a CompileOptions,
    pub(super) task: Task,
}

/// A choice that was tried.
struct Candidate {
    model: Quantized,
    widths: Widths,
    judgement: Judgement,
}

/// How a choice does on some of the samples.
struct Judgement {
    /// The number of samples.
    samples: usize,
    comparison: Comparison,
    accuracy: Accuracy,
    /// Each of several outputs.
    outputs: Vec<OutputReport>,
    /// How well it does its task.
    quality: Quality,
    /// The mean error as a share of the outputs' spread.
    relative_error: f64,
    /// The greatest error as a share of the outputs' spread.
    worst_error: f64,
    /// Proving and settling, in gas.
    cost: f64,
}

impl Search<'_> {
    /// Tries widths from narrow to wide and takes the first that is good enough. Where none is, it takes the one of the least
    /// error, and of those that are about as good the cheapest.
    pub(super) fn run(&self) -> Result<Compiled, CompileError> {
        let mut tried: Vec<(Widths, Judgement)> = vec![];
        let mut failure = None;
        for (activation, input) in self.candidates()? {
            match self.attempt(activation, input) {
                Ok(candidate) if self.is_good(&candidate.judgement) => return self.finish(candidate),
                // Its weights take much memory, and are made again where they are needed.
                Ok(candidate) => tried.push((candidate.widths, candidate.judgement)),
                Err(error) => {
                    failure.get_or_insert(error);
                }
            }
        }
        let least = tried.iter().map(|(_, judgement)| judgement.badness()).fold(f64::INFINITY, f64::min);
        let near = |(_, judgement): &(Widths, Judgement)| judgement.badness() <= least + INDIFFERENT;
        let best = tried.into_iter().filter(near).min_by(|a, b| a.1.cost.total_cmp(&b.1.cost));
        match (best, failure) {
            (Some((widths, judgement)), _) => {
                let model = quantize(self.lowered, self.statistics, widths, self.options.binding)?;
                let all = judgement.samples == self.samples.rows.len();
                let judgement = if all { judgement } else { self.judge(&model, self.samples) };
                let best = Candidate { model, widths, judgement };
                self.refuse_beyond_tolerance(&best).and_then(|()| self.finish(best))
            }
            (None, Some(error)) => Err(error),
            (None, None) => Err(CompileError::Options("no widths to try".into())),
        }
    }

    /// Whether a candidate needs no wider one.
    fn is_good(&self, judgement: &Judgement) -> bool {
        // The errors of a vector's single numbers do not matter where its direction is kept.
        let usual = if self.task == Task::Embed { f64::INFINITY } else { MEAN_ERROR };
        let tolerance = self.options.tolerance.unwrap_or(usual);
        let worst = judgement.worst_error <= WORST_ERROR.max(tolerance);
        judgement.quality.is_good() && judgement.relative_error <= tolerance && worst
    }

    fn refuse_beyond_tolerance(&self, candidate: &Candidate) -> Result<(), CompileError> {
        let found = candidate.judgement.relative_error;
        let Some(tolerance) = self.options.tolerance.filter(|&tolerance| found > tolerance) else {
            return Ok(());
        };
        let (_, blame) = layers(self.lowered, &candidate.judgement.comparison);
        Err(CompileError::Tolerance {
            tolerance,
            found,
            activation_bits: candidate.widths.activation,
            input_bits: candidate.widths.input,
            blame: blame.unwrap_or_else(|| "no layer in particular".into()),
        })
    }

    fn candidates(&self) -> Result<Vec<(u32, u32)>, CompileError> {
        let check = |name: &str, value: Option<u32>, fits: fn(u32) -> bool, range: &str| match value {
            Some(value) if !fits(value) => Err(CompileError::Options(format!("{name} must be {range}, not {value}"))),
            _ => Ok(()),
        };
        check("activation bits", self.options.activation_bits, |bits| (4..=14).contains(&bits), "4 to 14")?;
        check("input bits", self.options.input_bits, |bits| bits == 8 || bits == 16, "8 or 16")?;
        if self.options.tolerance.is_some_and(|tolerance| !(tolerance > 0.0 && tolerance <= 1.0)) {
            return Err(CompileError::Options("the tolerance must be above 0 and at most 1, such as 0.02".into()));
        }
        check("the shift", self.options.shift, |shift| (4..=MAX_SHIFT).contains(&shift), "4 to 20")?;
        let activations = self.options.activation_bits.map_or_else(|| vec![8, 10, 12, 14], |bits| vec![bits]);
        let inputs = match (self.lowered.input.whole, self.options.input_bits) {
            (Some(bits), _) | (None, Some(bits)) => vec![bits],
            (None, None) => vec![8, 16],
        };
        Ok(inputs.iter().flat_map(|&input| activations.iter().map(move |&activation| (activation, input))).collect())
    }

    #[tracing::instrument(name = "candidate", skip(self))]
    fn attempt(&self, activation: u32, input: u32) -> Result<Candidate, CompileError> {
        let shift = self.options.shift.unwrap_or(USUAL_SHIFT);
        let mut widths = Widths { activation, input, shift };
        let mut model = quantize(self.lowered, self.statistics, widths, self.options.binding)?;
        let missing = WEIGHT_BITS.saturating_sub(narrowest(&model)).min(WIDEST_SHIFT - USUAL_SHIFT);
        if self.options.shift.is_none() && missing > 0 {
            widths.shift += missing;
            model = quantize(self.lowered, self.statistics, widths, self.options.binding)?;
        }
        let judgement = self.judge_by_steps(&model);
        Ok(Candidate { model, widths, judgement })
    }

    /// Judges a large model by few samples first, and by all only where these show no fault.
    fn judge_by_steps(&self, model: &Quantized) -> Judgement {
        let steps = &self.lowered.steps;
        let work: u128 = steps.iter().map(|step| self.lowered.work(&self.lowered.sums[step.sum])).sum();
        if work.saturating_mul(self.samples.rows.len() as u128) > LARGE {
            let glimpse = self.judge(model, &self.samples.first(GLIMPSE));
            if !self.is_good(&glimpse) {
                return glimpse;
            }
        }
        self.judge(model, self.samples)
    }

    fn judge(&self, model: &Quantized, samples: &Samples) -> Judgement {
        let comparison = compare(self.lowered, model, samples);
        let seen = samples.rows.len();
        // The choice depends on this compiler's own real numbers alone, which are the same on every machine.
        let own = self.statistics.narrow_outputs();
        let (columns, judged) = (self.lowered.columns(), self.lowered.judged());
        let errors = columns.iter().enumerate().map(|(number, columns)| {
            let is_whole = self.lowered.outputs.get(number).is_some_and(|output| output.whole);
            errors(&cut(&own, columns), &cut(&comparison.outputs, columns), is_whole)
        });
        let [relative_error, worst_error] =
            errors.fold([0.0, 0.0], |[mean, worst]: [f64; 2], own| [mean.max(own[0]), worst.max(own[1])]);
        let [float, own, found] =
            [&self.reference.outputs[..seen], &own, &comparison.outputs].map(|rows| cut(rows, &columns[judged]));
        let accuracy = report::accuracy(&float, &found, self.labels);
        let shape = self.lowered.shape_of_output(judged);
        let quality = Quality::new(self.task, shape, &own, &found, TIE * spread(&own));
        let outputs = report::outputs(self.lowered, &self.reference.outputs[..seen], &comparison.outputs);
        let cost = worth(&model.architecture);
        Judgement { samples: seen, comparison, accuracy, outputs, quality, relative_error, worst_error, cost }
    }

    fn finish(&self, candidate: Candidate) -> Result<Compiled, CompileError> {
        let (layers, blame) = layers(self.lowered, &candidate.judgement.comparison);
        let warnings = self.warnings(&candidate.judgement, blame.as_deref());
        let Quantized { mut architecture, weights, .. } = candidate.model;
        let counts = count(&architecture);
        let (estimates, rows) = choose_rows(&mut architecture, &counts, self.options)?;
        weights.validate(&architecture)?;
        let widest = weights.0.iter().flatten().map(|weight| weight.unsigned_abs()).max().unwrap_or(0);
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
            warnings,
            accuracy: candidate.judgement.accuracy,
            outputs: candidate.judgement.outputs,
            quality: candidate.judgement.quality,
            layers,
            blame,
            widths,
            counts,
            estimates,
            rows,
        };
        Ok(Compiled { architecture, weights, report })
    }
}

impl Judgement {
    fn badness(&self) -> f64 {
        self.quality.distance() + self.relative_error + self.worst_error / 10.0
    }
}

impl Search<'_> {
    /// What a person should know before relying on the model.
    fn warnings(&self, judgement: &Judgement, blame: Option<&str>) -> Vec<String> {
        let mut warnings = vec![];
        let mut warn = |warning: String| warnings.push(warning);
        let blame = blame.unwrap_or("no layer in particular");
        let outputs = judgement.accuracy.mean_by_output.len();
        let relative_error = judgement.relative_error;
        if let Some(concern) = judgement.quality.concern() {
            warn(format!(
                "{concern}; most of the error comes from `{blame}`. Look for outliers in the calibration data, or try \
                 --activation-bits 14 and --input-bits 16"
            ));
        }
        if self.task != Task::Embed && relative_error > self.options.tolerance.unwrap_or(MEAN_ERROR) {
            warn(format!(
                "the mean error is {:.1}% of the outputs' spread; most of it comes from `{blame}`",
                100.0 * relative_error
            ));
        }
        exponential::lost(self.lowered, self.statistics).into_iter().for_each(&mut warn);
        let rows = &self.samples.rows;
        let first = rows.first().map_or(&[][..], Vec::as_slice);
        if rows.iter().flatten().all(|value| Some(value) == first.first()) {
            warn(String::from(
                "all calibration values are equal: ranges that they decide mean nothing. Give real samples",
            ));
        } else if rows.len() == 1 {
            warn(String::from(
                "there is one calibration sample: give some hundred, so that ranges hold for other inputs",
            ));
        } else if rows.iter().all(|row| row == first) {
            warn(String::from(
                "all calibration samples are equal: give different ones, so that ranges hold for other inputs",
            ));
        }
        let outside = |label: &&i64| !usize::try_from(**label).is_ok_and(|label| label < outputs);
        let strange = self.labels.map_or(0, |labels| labels.iter().take(rows.len()).filter(outside).count());
        if strange > 0 {
            warn(format!("{strange} labels are none of the {outputs} outputs' numbers, and count as not found"));
        }
        warnings
    }
}

/// The mean and the greatest error of an output, as shares of its spread. Of whole numbers a share of them is wrong.
fn errors(own: &[Vec<f32>], found: &[Vec<f32>], is_whole: bool) -> [f64; 2] {
    if is_whole {
        return [1.0 - report::same(own, found), 0.0];
    }
    let accuracy = report::accuracy(own.get(..found.len()).unwrap_or(own), found, None);
    let spread = spread(own).max(f64::MIN_POSITIVE);
    [accuracy.mean_error / spread, accuracy.worst_error / spread]
}

/// What values spread over, without the few that lie far out: where 95% of them lie, or all of them where that is a point.
fn spread(outputs: &[Vec<f32>]) -> f64 {
    let mut values: Vec<f32> = outputs.iter().flatten().copied().collect();
    values.sort_by(f32::total_cmp);
    let between = |from: usize, to: usize| match (values.get(from), values.get(to)) {
        (Some(&from), Some(&to)) => f64::from(to) - f64::from(from),
        _ => 0.0,
    };
    let last = values.len().saturating_sub(1);
    let (low, high) = (last / 40, last - last / 40);
    let most = between(low, high);
    if most > 0.0 { most } else { between(0, last) }
}

/// The bits of the greatest weight of the layer whose weights are narrowest. Products of several values choose shifts of their own.
fn narrowest(model: &Quantized) -> u32 {
    let of = |term: &Term, space| term.factors.iter().filter(|factor| factor.space == space).count();
    let terms = model.architecture.steps.iter().flat_map(|step| &step.terms);
    let multiplied: HashSet<usize> = terms
        .filter(|term| of(term, Space::Values) > 1)
        .filter_map(|term| term.factor(Space::Weights).map(|access| access.source))
        .collect();
    let greatest = |weights: &Vec<i64>| weights.iter().map(|weight| weight.unsigned_abs()).max().unwrap_or(0);
    let alone = model.weights.0.iter().enumerate().filter(|(index, _)| !multiplied.contains(index));
    let bits = alone
        .map(|(_, weights)| greatest(weights))
        .filter(|&greatest| greatest > 0)
        .map(|greatest| greatest.ilog2() + 1);
    bits.min().unwrap_or(WEIGHT_BITS)
}
