//! Scores against counts of what the model answers by itself.

use super::*;
use crate::{
    layout::Layout,
    model::{
        Access, Architecture, AxisMap, Factor, InputPort, MIN_ROW_BITS, OutputPort, Step, Table, Term, WeightShape,
        Weights,
    },
    semantics::{ExecutionError, execute},
};

/// The base-two logarithm of the rows of sets.
const LOG_SIZE: u32 = 4;
/// The samples among them.
const SAMPLES: usize = 13;
const INPUTS: usize = 6;

/// `x -> floor((h^2 + 4 h + 3 + 2) / 4)` for a linear `h` of 2 x 3 numbers, which have two scales.
fn model(outputs: usize) -> Architecture {
    let table = |name: &str, bits: u32, value: fn(i64) -> i64| {
        let half = 1i64 << (bits - 1);
        Table {
            name: name.into(),
            first: -half,
            outputs: (-half..half).map(|argument| value(argument) as i32).collect(),
        }
    };
    let variables = |range: std::ops::Range<usize>| range.map(AxisMap::variable).collect();
    let weights = Factor::weights(Access { source: 0, axes: variables(1..4) });
    let layer = Term {
        coefficient: 1,
        summed: vec![2, 3],
        factors: vec![weights, Factor::values(Access { source: 0, axes: variables(2..4) })],
    };
    let hidden = || Factor::values(Access { source: 1, axes: variables(0..2) });
    let square = Term { coefficient: 1, summed: vec![], factors: vec![hidden(), hidden()] };
    let linear = Term { coefficient: 4, summed: vec![], factors: vec![hidden()] };
    let step = |terms, table| Step { name: "s".into(), axes: vec![1, outputs], constant: 3, terms, shift: 2, table };
    Architecture {
        input: InputPort {
            scales: vec![0.5, 0.5, 0.25, 0.25, 0.25, 0.5],
            offsets: vec![1.0],
            ..InputPort::of_integers(vec![2, 3], 8)
        },
        output: OutputPort { shape: vec![outputs], parts: vec![], scale: 0.125 },
        weights: vec![WeightShape { name: "w".into(), axes: vec![outputs, 2, 3] }],
        parts: vec![],
        tables: vec![table("clamp", 12, |value| (value / 32).clamp(-15, 15)), table("same", 8, |value| value)],
        steps: vec![step(vec![layer], 0), step(vec![square, linear], 1)],
        row_bits: MIN_ROW_BITS,
        weight_row_bits: MIN_ROW_BITS,
    }
}

/// Integers that look random, from `-bound` to `bound`.
fn integers(count: usize, bound: i64, mut seed: u64) -> Vec<i64> {
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as i64 % (2 * bound + 1) - bound
    };
    (0..count).map(|_| next()).collect()
}

fn set(labels: Labels) -> DataSet {
    let samples = InputPort { scales: vec![0.3], ..InputPort::of_integers(vec![INPUTS], 8) };
    DataSet { log_size: LOG_SIZE, samples, labels }
}

/// A set of samples with their labels, and padding.
struct Filled {
    set: DataSet,
    model: Architecture,
    weights: Vec<i64>,
    rows: Vec<Vec<i64>>,
}

impl Filled {
    /// The label of each sample follows from its number and from what the model answers.
    fn new(outputs: usize, labels: Labels, label: impl Fn(usize, &[i64]) -> Vec<i64>) -> Self {
        let (set, model) = (set(labels), model(outputs));
        let weights = integers(outputs * INPUTS, 7, 1);
        let filled = Self { set, model, weights, rows: vec![] };
        let samples = integers(SAMPLES * INPUTS, 127, 2);
        let row = |(number, sample): (usize, &[i64])| [sample, &label(number, &filled.answer(sample))].concat();
        let mut rows: Vec<Vec<i64>> = samples.chunks(INPUTS).enumerate().map(row).collect();
        rows.resize(1 << LOG_SIZE, vec![0; filled.set.row_width()]);
        Self { rows, ..filled }
    }

    /// What the model answers to a sample by itself.
    fn answer(&self, sample: &[i64]) -> Vec<i64> {
        let integer = |(index, &value)| self.model.input.quantize(index, self.set.samples.dequantize(index, value));
        let input: Vec<i64> = sample.iter().enumerate().map(integer).collect();
        let tensors = execute(&self.model, &Weights(vec![self.weights.clone()]), &input).unwrap();
        tensors.last().unwrap().clone()
    }

    fn scored(&self, metric: Metric) -> Result<Architecture, ScoreError> {
        self.model.scored(&self.set, Score { metric, row_bits: MIN_ROW_BITS + 1 })
    }

    fn score(&self, metric: Metric) -> Result<Vec<i64>, ExecutionError> {
        let weights = Weights(vec![self.weights.clone(), self.rows.concat()]);
        let tensors = execute(&self.scored(metric).unwrap(), &weights, &[0])?;
        Ok(tensors.last().unwrap().clone())
    }

    /// The answers to all samples, each with its label.
    fn answered(&self) -> impl Iterator<Item = (Vec<i64>, &[i64])> {
        let rows = self.rows.iter().take(SAMPLES).map(|row| row.split_at(INPUTS));
        rows.map(|(sample, label)| (self.answer(sample), label))
    }
}

fn one_hot(count: usize, class: usize) -> Vec<i64> {
    (0..count).map(|index| i64::from(index == class)).collect()
}

/// The outputs by their size, the greatest first and of equal ones the first.
fn ranked(outputs: &[i64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..outputs.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(outputs[index]));
    order
}

/// Labels at every rank.
fn classified() -> Filled {
    Filled::new(4, Labels::Classes(4), |number, answer| one_hot(4, ranked(answer)[number % 4]))
}

#[test]
fn the_greatest_outputs_are_counted() {
    let filled = classified();
    for greatest in 1..=4 {
        let right = filled.answered().filter(|(answer, label)| {
            let class = label.iter().position(|bit| *bit == 1).unwrap();
            ranked(answer)[..greatest].contains(&class)
        });
        let expected = [right.count() as i64, SAMPLES as i64];
        assert_eq!(filled.score(Metric::TopK(greatest)).unwrap(), expected, "{greatest}");
        assert_eq!(expected[0], (0..SAMPLES).filter(|number| number % 4 < greatest).count() as i64);
    }
}

/// All outputs are equal, so that the first is the greatest.
#[test]
fn of_equal_outputs_the_first_is_greater() {
    let mut filled = Filled::new(4, Labels::Classes(4), |number, _| one_hot(4, number % 4));
    filled.weights.fill(0);
    for greatest in 1..=4 {
        let expected = (0..SAMPLES).filter(|number| number % 4 < greatest).count() as i64;
        assert_eq!(filled.score(Metric::TopK(greatest)).unwrap(), [expected, SAMPLES as i64]);
    }
}

#[test]
fn a_threshold_tells_two_classes_apart() {
    let filled = Filled::new(1, Labels::Classes(2), |number, _| one_hot(2, usize::from(number % 3 == 0)));
    let outputs: Vec<i64> = filled.answered().map(|(answer, _)| answer[0]).collect();
    for threshold in [outputs[0], outputs[4], i64::from(i32::MAX), i64::from(i32::MIN)] {
        let count = |class: i64| {
            let of_class = filled.answered().filter(|(_, label)| label[1] == class);
            of_class.filter(|(answer, _)| answer[0] >= threshold).count() as i64
        };
        let members = (0..SAMPLES).filter(|number| number % 3 == 0).count() as i64;
        let expected = [count(1), count(0), members, SAMPLES as i64];
        assert_eq!(filled.score(Metric::Threshold(threshold)).unwrap(), expected);
    }
}

fn numbers(outputs: usize) -> InputPort {
    InputPort { scales: vec![0.25], offsets: vec![2.0], ..InputPort::of_integers(vec![outputs], 8) }
}

#[test]
fn distances_and_their_squares_are_added_up() {
    let labels = integers(SAMPLES * 2, 127, 5);
    let filled =
        Filled::new(2, Labels::Numbers(numbers(2)), |number, _| [&labels[2 * number..2 * number + 2], &[1]].concat());
    let mut sums = [0; 2];
    for (answer, label) in filled.answered() {
        for (index, output) in answer.iter().enumerate() {
            let number = f64::from(numbers(2).dequantize(index, label[index]));
            let distance = output - (number / 0.125).round() as i64;
            sums[0] += distance.abs();
            sums[1] += distance * distance;
        }
    }
    for (metric, sum) in [Metric::AbsoluteError, Metric::SquaredError].into_iter().zip(sums) {
        let score = filled.score(metric).unwrap();
        assert_eq!([score[0], (score[1] << DIGIT_BITS) + score[2]], [SAMPLES as i64, sum]);
    }
    assert!(sums[1] > 1 << DIGIT_BITS, "both digits are needed");
}

/// Each of these sets is none, and has no score.
#[test]
fn what_is_no_data_set_has_no_score() {
    let changed = |change: &dyn Fn(&mut Vec<i64>)| {
        let mut filled = classified();
        change(&mut filled.rows[3]);
        filled.score(Metric::TopK(1))
    };
    assert!(changed(&|_| {}).is_ok());
    for (what, row) in [("two classes", [1, 1, 0, 0]), ("a part of a class", [2, -1, 0, 0]), ("twice", [2, 0, 0, 0])] {
        assert!(changed(&|sample| sample[INPUTS..].copy_from_slice(&row)).is_err(), "{what}");
    }
    assert!(changed(&|sample| sample[2] = 127).is_ok());
    assert!(changed(&|sample| sample[2] = 128).is_err());
    let mut filled = Filled::new(1, Labels::Numbers(numbers(1)), |_, _| vec![5, 1]);
    assert!(filled.score(Metric::AbsoluteError).is_ok());
    filled.rows[2][INPUTS + 1] = 2;
    assert!(filled.score(Metric::AbsoluteError).is_err(), "neither a sample nor padding");
}

#[test]
fn padding_counts_for_nothing_and_a_set_may_have_none() {
    let mut filled = classified();
    let full = filled.rows[0].clone();
    filled.rows[SAMPLES..].fill(full);
    assert_eq!(filled.score(Metric::TopK(4)).unwrap(), [1 << LOG_SIZE, 1 << LOG_SIZE]);
    filled.rows.iter_mut().for_each(|row| row.fill(0));
    assert_eq!(filled.score(Metric::TopK(4)).unwrap(), [0, 0]);
}

#[test]
fn the_model_s_rows_are_those_that_it_has_by_itself() {
    let filled = classified();
    let scored = filled.scored(Metric::TopK(1)).unwrap();
    let [single, layout] = [&filled.model, &scored].map(|model| Layout::new(model).unwrap());
    assert_eq!(layout.parts[0].len(), single.weight_rows());
    assert_eq!(layout.parts[0].start << layout.weight_row_bits, layout.weights[0].offset);
    let ends = layout.parts.iter().map(|part| [part.start, part.end]);
    assert!(ends.clone().all(|[start, end]| start < end));
    assert!(layout.parts[0].end <= layout.parts[1].start || layout.parts[1].end <= layout.parts[0].start);
}

#[test]
fn a_set_and_a_metric_have_to_fit_the_model() {
    let filled = classified();
    let labelled = |labels| Filled { set: set(labels), model: model(4), weights: vec![], rows: vec![] };
    let refused = |filled: &Filled, metric| filled.scored(metric).unwrap_err();
    for greatest in [0, 5] {
        assert_eq!(refused(&filled, Metric::TopK(greatest)), ScoreError::TopK { found: greatest, outputs: 4 });
    }
    assert_eq!(refused(&filled, Metric::SquaredError), ScoreError::Metric { wanted: "numbers" });
    let numbered = labelled(Labels::Numbers(numbers(4)));
    assert_eq!(refused(&numbered, Metric::TopK(1)), ScoreError::Metric { wanted: "classes" });
    let labels = |found| ScoreError::Labels { what: "classes", expected: 4, found };
    assert_eq!(refused(&labelled(Labels::Classes(5)), Metric::TopK(1)), labels(5));
    assert_eq!(refused(&labelled(Labels::Classes(4)), Metric::Threshold(0)), labels(1));
    let single = Filled { model: model(1), ..labelled(Labels::Classes(3)) };
    assert_eq!(refused(&single, Metric::Threshold(0)), ScoreError::TwoClasses { found: 3 });
    let mut other = labelled(Labels::Classes(4));
    other.set.samples = InputPort::of_integers(vec![7], 8);
    assert_eq!(refused(&other, Metric::TopK(1)), ScoreError::Samples { expected: 6, found: 7 });
}

#[test]
fn forms_beyond_the_limits_are_refused() {
    let form = || set(Labels::Classes(4));
    assert_eq!(form().validate(), Ok(()));
    for log_size in [0, 13, u32::MAX] {
        assert!(DataSet { log_size, ..form() }.validate().is_err(), "{log_size}");
    }
    for count in [0, usize::MAX] {
        assert!(set(Labels::Classes(count)).validate().is_err(), "{count}");
    }
    assert!(DataSet { samples: InputPort::of_integers(vec![6], 9), ..form() }.validate().is_err());
    assert!(set(Labels::Numbers(InputPort::of_integers(vec![], 8))).validate().is_err());
    assert_ne!(form().digest(), set(Labels::Classes(5)).digest());
}
