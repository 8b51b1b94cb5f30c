//! How well a model answers a whole set of inputs.

use std::fmt::Write;
use std::path::PathBuf;

use hallmark_circuits::model::{Architecture, OutputPort};
use hallmark_compiling::number::count;
use hallmark_compiling::{Quality, Task, argmax};
use hallmark_proving::artifact::{Model, read_model};
use hallmark_proving::execute::execute;
use ndarray::ArrayD;
use serde_json::{Map, Value, json};

use super::{
    Given, LocalError, Outcome,
    array::{Input, read_samples},
    outputs::{Answer, Output, read_outputs},
};

/// The most bytes of a set.
const MAX_SET_BYTES: u64 = 1 << 30;
/// Tables of more classes than this are not printed.
const MAX_CLASSES: usize = 20;

const NOTHING: &str = "there is nothing to hold the answers against: give expected outputs, or labels";

/// Runs a model on a whole set of inputs, without proofs.
///
/// What the answers are held against is the float model's outputs, or the right classes, or both. Of a model with several outputs the
/// task and the classes are about the first of real numbers.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// The model, which need not be committed to.
    pub model: PathBuf,
    /// The inputs, along first axes.
    pub inputs: Given,
    /// The float model's outputs: an array, or an archive with one for each of the model's outputs.
    pub expected: Option<Given>,
    /// The right classes.
    pub labels: Option<Given>,
    /// What the answers are for, if the model's form is not to tell.
    pub task: Option<Task>,
    /// Whether inputs beyond the range that the model was calibrated for are clamped to it.
    pub allow_clamping: bool,
}

impl Evaluation {
    /// Runs the model, and compares.
    ///
    /// # Errors
    /// [`LocalError`] if a file or an input is of no use, or there is nothing to compare with.
    pub fn run(&self) -> Result<Outcome, LocalError> {
        if self.expected.is_none() && self.labels.is_none() {
            return Err(LocalError::Usage(NOTHING.into()));
        }
        let model = read_model(&self.model)?;
        let Architecture { input, output, .. } = &model.architecture;
        let inputs = read_samples(&self.inputs, input, true, self.allow_clamping)?;
        let expected = self.expected.as_ref().map(|given| read_expected(given, output, inputs.len())).transpose()?;
        let labels = match &self.labels {
            Some(labels) => Some(same_number("label", labels.labels(MAX_SET_BYTES)?, inputs.len())?),
            None => None,
        };
        let answers = tracing::info_span!("execute").in_scope(|| answers(&model, &inputs))?;
        let clamped = inputs.iter().filter(|input| input.clamped() > 0).count();
        let mut text = count(inputs.len(), "sample") + "\n";
        let mut json = json!({ "samples": inputs.len(), "clamped_samples": clamped });
        let judged = judged(output);
        if let Some(name) = answers.first().and_then(|answer| answer.outputs.get(judged)?.name()) {
            json["judged"] = json!(name);
            let _ = writeln!(text, "  of the output         {name}");
        }
        let of_judged: Vec<Vec<f32>> = column(&answers, judged).map(|output| output.values.clone()).collect();
        if let Some(expected) = &expected {
            let expected_of_judged = expected.get(judged).map_or(&[][..], Vec::as_slice);
            let quality = self.quality(&model.architecture, judged, expected_of_judged, &of_judged);
            json["quality"] = json!(quality);
            let error = relative_error(expected_of_judged, &of_judged);
            json["relative_error"] = json!(error);
            let _ = writeln!(text, "{quality}  relative error        {:.3}%", 100.0 * error);
            if expected.len() > 1 {
                let (lines, errors) = each_error(expected, &answers);
                text += &lines;
                json["relative_errors"] = errors;
            }
        }
        if let Some(labels) = &labels {
            let confusion = Confusion::new(labels, &of_judged);
            json["labels_found"] = json!(confusion.found());
            json["confusion"] = json!(confusion.counts);
            text += &confusion.to_text();
        }
        let outcome = Outcome::done(text.trim_end().into(), json);
        Ok(match clamped {
            0 => outcome,
            clamped => outcome.with_warning(format!(
                "of {} {clamped} exceed the range that the model was calibrated for",
                count(inputs.len(), "input")
            )),
        })
    }

    fn quality(
        &self,
        architecture: &Architecture,
        judged: usize,
        expected: &[Vec<f32>],
        found: &[Vec<f32>],
    ) -> Quality {
        let whole = architecture.input.is_whole(0);
        let output = &architecture.output;
        let shape = output.parts.get(judged).map_or(&output.shape, |part| &part.shape);
        let task = self.task.unwrap_or_else(|| Task::detect(shape, whole, false, expected));
        Quality::new(task, shape, expected, found, 0.0)
    }
}

/// The number of the output that the task and the labels are about: the first whose unit is not 1, as that of whole numbers is, or
/// else the first.
fn judged(port: &OutputPort) -> usize {
    port.parts.iter().position(|part| part.scale != 1.0).unwrap_or(0)
}

/// One of the outputs in each of the answers.
fn column(answers: &[Answer], number: usize) -> impl Iterator<Item = &Output> {
    answers.iter().filter_map(move |answer| answer.outputs.get(number))
}

/// The expected values of each of the model's outputs, in rows of a sample each.
fn read_expected(given: &Given, port: &OutputPort, samples: usize) -> Result<Vec<Vec<Vec<f32>>>, LocalError> {
    let arrays = read_outputs(given, "expected outputs", port, true)?;
    let rows = |array: &ArrayD<f32>| -> Vec<Vec<f32>> {
        array.outer_iter().map(|sample| sample.iter().copied().collect()).collect()
    };
    arrays.iter().map(|array| same_number("expected output", rows(array), samples)).collect()
}

/// The relative error of each of several outputs, as lines and as JSON.
fn each_error(expected: &[Vec<Vec<f32>>], answers: &[Answer]) -> (String, Value) {
    let (mut text, mut json) = (String::new(), Map::new());
    for (number, expected) in expected.iter().enumerate() {
        let found: Vec<Vec<f32>> = column(answers, number).map(|output| output.values.clone()).collect();
        let name = column(answers, number).next().and_then(Output::name).unwrap_or_default();
        let error = relative_error(expected, &found);
        let _ = writeln!(text, "  {name}: relative error {:.3}%", 100.0 * error);
        json.insert(name.into(), json!(error));
    }
    (text, json.into())
}

/// The model's answers.
fn answers(model: &Model, inputs: &[Input]) -> Result<Vec<Answer>, LocalError> {
    let Model { architecture, weights, .. } = model;
    let answer = |input: &Input| {
        let trace = execute(architecture, weights, &input.integers)?;
        let integers: Vec<i64> = trace.output().iter().copied().map(i64::from).collect();
        Ok(Answer::new(&architecture.output, &integers))
    };
    inputs.iter().map(answer).collect()
}

fn same_number<T>(what: &'static str, found: Vec<T>, samples: usize) -> Result<Vec<T>, LocalError> {
    if found.len() == samples {
        return Ok(found);
    }
    let (found, samples) = (count(found.len(), what), count(samples, "input"));
    Err(LocalError::Usage(format!("{found} for {samples}: give one for each")))
}

/// Root mean square of the errors over that of the expected values.
fn relative_error(expected: &[Vec<f32>], found: &[Vec<f32>]) -> f64 {
    let pairs = || expected.iter().flatten().zip(found.iter().flatten()).map(|(&a, &b)| (f64::from(a), f64::from(b)));
    let (error, signal) = pairs().fold((0.0, 0.0), |(error, signal), (a, b)| (error + (a - b).powi(2), signal + a * a));
    if signal > 0.0 { (error / signal).sqrt() } else { 0.0 }
}

/// How often each class was taken for each.
struct Confusion {
    /// One row for each right class, one column for each answer.
    counts: Vec<Vec<usize>>,
    samples: usize,
}

impl Confusion {
    fn new(labels: &[usize], answers: &[Vec<f32>]) -> Self {
        let classes = answers.first().map_or(0, Vec::len);
        let mut counts = vec![vec![0; classes]; classes];
        for (&label, answer) in labels.iter().zip(answers) {
            if let Some(count) = counts.get_mut(label).and_then(|row| row.get_mut(argmax(answer))) {
                *count += 1;
            }
        }
        Self { counts, samples: answers.len() }
    }

    /// The share of the labels that were found.
    fn found(&self) -> f64 {
        let right: usize = self.counts.iter().enumerate().filter_map(|(class, row)| row.get(class)).sum();
        right as f64 / self.samples.max(1) as f64
    }

    fn to_text(&self) -> String {
        let mut text = format!("  labels found          {:.2}%\n", 100.0 * self.found());
        if self.counts.len() > MAX_CLASSES {
            return text;
        }
        text += "Right class, and how often each answer was given\n";
        for (class, row) in self.counts.iter().enumerate() {
            let cells: String = row.iter().map(|count| format!("{count:>6}")).collect();
            let _ = writeln!(text, "  {class:>4}  {cells}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{Confusion, relative_error, same_number};

    #[test]
    fn a_confusion_table_counts_right_classes_by_answers() {
        let answers = [vec![1.0, 0.0], vec![0.0, 1.0], vec![0.0, 1.0], vec![0.0, 1.0]];
        let confusion = Confusion::new(&[0, 1, 0, 7], &answers);
        assert_eq!((confusion.counts.clone(), confusion.found()), (vec![vec![1, 1], vec![0, 1]], 0.5));
        assert!(confusion.to_text().contains("50.00%"));
    }

    #[test]
    fn labels_and_expected_outputs_are_as_many_as_the_inputs() {
        assert!(same_number("label", vec![1, 2], 3).is_err());
        assert_eq!(same_number("label", vec![1, 2], 2).unwrap(), [1, 2]);
    }

    #[test]
    fn a_relative_error_is_a_share_of_what_is_expected() {
        assert_eq!(relative_error(&[vec![3.0, 4.0]], &[vec![3.0, 3.5]]), 0.1);
    }
}
