//! `hallmark evaluate`: how well a model answers a whole set of inputs.

use std::fmt::Write;
use std::path::PathBuf;

use hallmark_circuits::model::Architecture;
use hallmark_compiling::{Quality, Task, argmax};
use hallmark_proving::artifact::{Model, read_model};
use hallmark_proving::execute::execute;
use hallmark_proving::npy::{read_floats, read_labels};
use ndarray::ArrayD;
use serde_json::json;

use super::{
    CliError, Outcome,
    array::{Answer, Question, ShapeError, takes_whole},
};

/// The most bytes of a set.
const MAX_SET_BYTES: u64 = 1 << 30;
/// Tables of more classes than this are not printed.
const MAX_CLASSES: usize = 20;

const EXAMPLE: &str = "\
Example: hallmark evaluate m.hallmark --inputs test.npy --expected float.npy

The inputs are stacked along the first axis. What they are held against is the float model's outputs, stacked alike, or the right
classes, or both.";

/// Runs a model on a whole set of inputs, without proofs.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The model; it need not be committed to
    model: PathBuf,
    /// The inputs
    #[arg(long, value_name = "NPY")]
    inputs: PathBuf,
    /// The float model's outputs
    #[arg(long, value_name = "NPY", required_unless_present = "labels")]
    expected: Option<PathBuf>,
    /// The right classes
    #[arg(long, value_name = "NPY")]
    labels: Option<PathBuf>,
    /// What the answers are for: classify, binary, regress, embed or next-token [default: by the model's form]
    #[arg(long)]
    task: Option<Task>,
    /// Take inputs with many values, or distant ones, beyond the range that the model was calibrated for
    #[arg(long)]
    allow_clamping: bool,
}

/// Answers, and how many inputs were clamped for them.
struct Answers {
    rows: Vec<Vec<f32>>,
    clamped: usize,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let model = read_model(&self.model)?;
        let port = &model.architecture.input;
        let inputs = rows("inputs", &read_floats(&self.inputs, MAX_SET_BYTES)?, &port.shape)?;
        let expected = match &self.expected {
            Some(path) => {
                let all =
                    rows("expected outputs", &read_floats(path, MAX_SET_BYTES)?, &model.architecture.output.shape)?;
                Some(same_number("expected outputs", all, inputs.len())?)
            }
            None => None,
        };
        let labels = match &self.labels {
            Some(path) => Some(same_number("labels", read_labels(path, MAX_SET_BYTES)?, inputs.len())?),
            None => None,
        };
        let answers = tracing::info_span!("execute").in_scope(|| self.answers(&model, &inputs))?;
        let mut text = format!("{} samples\n", inputs.len());
        let mut json = json!({ "samples": inputs.len(), "clamped_samples": answers.clamped });
        if let Some(expected) = &expected {
            let quality = self.quality(&model.architecture, expected, &answers.rows);
            json["quality"] = json!(quality);
            let error = relative_error(expected, &answers.rows);
            json["relative_error"] = json!(error);
            let _ = writeln!(text, "{quality}  relative error        {:.3}%", 100.0 * error);
        }
        if let Some(labels) = &labels {
            let confusion = Confusion::new(labels, &answers.rows);
            json["labels_found"] = json!(confusion.found());
            json["confusion"] = json!(confusion.counts);
            text += &confusion.to_text();
        }
        let outcome = Outcome::done(text.trim_end().into(), json);
        Ok(match answers.clamped {
            0 => outcome,
            clamped => outcome
                .with_warning(format!("{clamped} inputs lie outside the range that the model was calibrated for")),
        })
    }

    fn answers(&self, model: &Model, inputs: &[Vec<f32>]) -> Result<Answers, CliError> {
        let Model { architecture, weights, .. } = model;
        let question = Question::set(&self.inputs, self.allow_clamping);
        let mut answers = Answers { rows: Vec::with_capacity(inputs.len()), clamped: 0 };
        for (sample, row) in inputs.iter().enumerate() {
            let input = question.quantize(&architecture.input, row.iter().copied(), Some(sample))?;
            answers.clamped += usize::from(input.is_clamped());
            let trace = execute(architecture, weights, &input.integers)?;
            let integers: Vec<i64> = trace.output().iter().copied().map(i64::from).collect();
            answers.rows.push(Answer::new(&architecture.output, &integers).values);
        }
        Ok(answers)
    }

    fn quality(&self, architecture: &Architecture, expected: &[Vec<f32>], found: &[Vec<f32>]) -> Quality {
        let whole = takes_whole(&architecture.input);
        let shape = &architecture.output.shape;
        let task = self.task.unwrap_or_else(|| Task::detect(shape, whole, false, expected));
        Quality::new(task, shape, expected, found, 0.0)
    }
}

/// The rows of a set of arrays of a shape.
fn rows(what: &'static str, array: &ArrayD<f32>, shape: &[usize]) -> Result<Vec<Vec<f32>>, ShapeError> {
    let size: usize = shape.iter().product::<usize>().max(1);
    if array.is_empty() || !array.len().is_multiple_of(size) || array.shape().first() != Some(&(array.len() / size)) {
        return Err(ShapeError { what, expected: shape.to_vec(), found: array.shape().to_vec() });
    }
    let values: Vec<f32> = array.iter().copied().collect();
    Ok(values.chunks_exact(size).map(<[f32]>::to_vec).collect())
}

fn same_number<T>(what: &'static str, found: Vec<T>, count: usize) -> Result<Vec<T>, CliError> {
    if found.len() == count {
        return Ok(found);
    }
    Err(CliError::Usage(format!("there are {} {what} for {count} inputs: give one for each", found.len())))
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
    use ndarray::{ArrayD, IxDyn};

    use super::{Confusion, relative_error, rows, same_number};

    #[test]
    fn a_confusion_table_counts_right_classes_by_answers() {
        let answers = [vec![1.0, 0.0], vec![0.0, 1.0], vec![0.0, 1.0], vec![0.0, 1.0]];
        let confusion = Confusion::new(&[0, 1, 0, 7], &answers);
        assert_eq!((confusion.counts.clone(), confusion.found()), (vec![vec![1, 1], vec![0, 1]], 0.5));
        assert!(confusion.to_text().contains("50.00%"));
    }

    #[test]
    fn a_set_has_as_many_rows_as_its_first_axis() {
        let array = |shape: &[usize]| ArrayD::<f32>::zeros(IxDyn(shape));
        assert_eq!(rows("inputs", &array(&[3, 1, 4]), &[1, 4]).unwrap().len(), 3);
        assert_eq!(rows("inputs", &array(&[3, 4]), &[1, 4]).unwrap().len(), 3);
        for shape in [&[3, 1, 5][..], &[4, 3], &[0, 1, 4]] {
            assert!(rows("inputs", &array(shape), &[1, 4]).is_err(), "{shape:?}");
        }
        assert!(same_number("labels", vec![1, 2], 3).is_err());
    }

    #[test]
    fn a_relative_error_is_a_share_of_what_is_expected() {
        assert_eq!(relative_error(&[vec![3.0, 4.0]], &[vec![3.0, 3.5]]), 0.1);
    }
}
