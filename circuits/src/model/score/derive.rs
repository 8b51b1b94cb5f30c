//! The architecture that computes a score.

use super::{
    DataSet, Labels, Metric, Score, ScoreError, classes,
    convert::Numbers,
    distance::distance,
    draft::{Draft, Function, term, value},
};
use crate::model::{
    Access, Architecture, AxisMap, Batch, Factor, InputPort, OutputPort, Space, Step, Term, ValueRange, WeightShape,
};

/// A score, as far as it is made.
pub(super) struct Scoring<'s> {
    pub set: &'s DataSet,
    /// The weight tensor that holds the set.
    pub data: usize,
    /// The number of rows of the set.
    pub size: usize,
    pub draft: Draft,
}

/// The tensor of a model's answers to all samples.
pub(super) struct Answers<'m> {
    pub tensor: usize,
    /// The axes of one answer.
    pub axes: &'m [usize],
    /// What one unit is worth.
    pub scale: f32,
}

impl Architecture {
    /// The architecture that computes a score of this model. Its weights are the model's and then the data set, as a part of its
    /// own. Its input is a zero.
    ///
    /// # Errors
    /// [`ScoreError`] if this architecture or the set's form is refused, one does not fit the other, or the metric does not fit
    /// both.
    pub fn scored(&self, set: &DataSet, score: Score) -> Result<Self, ScoreError> {
        set.validate()?;
        let batched = self.batched(Batch { log_size: set.log_size, row_bits: score.row_bits })?;
        self.check_fits(set)?;
        let draft = Draft { tables: self.tables.clone(), steps: Vec::new() };
        let mut scoring = Scoring { set, data: self.weights.len(), size: set.capacity(), draft };
        let input = scoring.samples(&self.input)?;
        scoring.draft.steps.extend(batched.steps.into_iter().map(|step| moved(step, input)));
        let axes = self.steps.last().map_or(&[][..], |step| &step.axes);
        let answers = Answers { tensor: scoring.draft.steps.len(), axes, scale: self.output.scale };
        scoring.compare(score.metric, &answers)?;
        let data = WeightShape { name: "data set".into(), axes: vec![set.capacity(), set.row_width()] };
        let architecture = Self {
            input: zero(),
            output: OutputPort { shape: vec![score.metric.numbers()], parts: vec![], scale: 1.0 },
            weights: self.weights.iter().cloned().chain([data]).collect(),
            parts: [self.own_parts(), vec![1]].concat(),
            tables: scoring.draft.tables,
            steps: scoring.draft.steps,
            row_bits: score.row_bits,
            weight_row_bits: self.weight_row_bits,
        };
        architecture.validate()?;
        Ok(architecture)
    }

    /// The parts of the weights, of which a model may have a single one.
    fn own_parts(&self) -> Vec<usize> {
        if self.parts.is_empty() { vec![self.weights.len()] } else { self.parts.clone() }
    }

    fn check_fits(&self, set: &DataSet) -> Result<(), ScoreError> {
        let [expected, found] = [&self.input, &set.samples].map(|port| port.axes.iter().product());
        if expected != found {
            return Err(ScoreError::Samples { expected, found });
        }
        if self.output.parts.is_empty() { Ok(()) } else { Err(ScoreError::Arrays) }
    }
}

impl Scoring<'_> {
    /// Makes the model's inputs: the integers that it has for the set's numbers.
    fn samples(&mut self, port: &InputPort) -> Result<usize, ScoreError> {
        let set = self.set;
        let integer = |index, value| port.quantize(index, value);
        let meaning = |index| [port.dequantize(index, 0), port.dequantize(index, 1)].map(f32::to_bits);
        let same = |one, other| meaning(one) == meaning(other) && port.range_at(one) == port.range_at(other);
        Numbers { name: "samples", port: &set.samples, column: 0, integer: &integer, same: &same }
            .read(self, &port.axes)
    }

    /// Compares answers with labels. The last step that it adds makes the score.
    fn compare(&mut self, metric: Metric, answers: &Answers<'_>) -> Result<(), ScoreError> {
        match (metric, &self.set.labels) {
            (Metric::TopK(greatest), &Labels::Classes(count)) => classes::top(self, answers, count, greatest),
            (Metric::Threshold(least), &Labels::Classes(count)) => classes::threshold(self, answers, count, least),
            (Metric::AbsoluteError, Labels::Numbers(port)) => distance(self, answers, port, false),
            (Metric::SquaredError, Labels::Numbers(port)) => distance(self, answers, port, true),
            _ => Err(ScoreError::Metric { wanted: metric.wanted() }),
        }
    }

    /// What adds up a tensor with axes `[rows, 1]`, as a number of the score.
    pub fn count(&self, number: usize, tensor: usize) -> Term {
        let number = AxisMap::strided(0, 1, -(number as i64));
        term(1, &[self.size], &[value(tensor, &[AxisMap::variable(1), number])])
    }

    /// Makes the score: so many numbers, which lie in a range.
    pub fn finish(&mut self, numbers: usize, terms: Vec<Term>, range: (i64, i64)) -> Result<(), ScoreError> {
        self.draft.step(&[numbers], terms, &Function::identity("score", range)).map(drop)
    }

    /// Reads the data set at a column, in the row that variable 0 names.
    pub fn cell(&self, column: AxisMap) -> Factor {
        Factor::weights(Access { source: self.data, axes: vec![AxisMap::variable(0), column] })
    }

    /// The axes of a tensor that has these for each row.
    pub fn for_each(&self, axes: &[usize]) -> Vec<usize> {
        [&[self.size], axes].concat()
    }
}

/// Refuses labels that are about another number of things than the model has outputs.
pub(super) fn check_outputs(what: &'static str, answers: &Answers<'_>, found: usize) -> Result<(), ScoreError> {
    let expected = answers.axes.iter().product();
    if expected == found { Ok(()) } else { Err(ScoreError::Labels { what, expected, found }) }
}

/// A step that reads the tensor `input` in the place of the model's input, and the tensors after it in the place of the steps'.
fn moved(mut step: Step, input: usize) -> Step {
    let factors = step.terms.iter_mut().flat_map(|term| &mut term.factors);
    factors.filter(|factor| factor.space == Space::Values).for_each(|factor| factor.access.source += input);
    step
}

/// The input of what takes none: a number that can only be zero.
fn zero() -> InputPort {
    let ranges = vec![ValueRange { count: 1, least: 0, greatest: 0 }];
    InputPort { ranges, ..InputPort::of_integers(vec![1], 8) }
}
