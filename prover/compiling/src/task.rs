//! What a model's answers are for, and so what its integers must keep of them.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::report::argmax;

/// What a model's answers are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// The greatest output names the class.
    Classify,
    /// The only output is a probability: from one half on the answer is yes.
    Binary,
    /// The outputs are quantities.
    Regress,
    /// The output is a vector whose direction counts.
    Embed,
    /// At each position the greatest output names the next token.
    NextToken,
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Classify, Self::Binary, Self::Regress, Self::Embed, Self::NextToken];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Classify => "classify",
            Self::Binary => "binary",
            Self::Regress => "regress",
            Self::Embed => "embed",
            Self::NextToken => "next-token",
        }
    }

    /// What a model seems to be for, by its form and its float outputs: `shape` is the output's, `whole` tells whether the input is of
    /// whole numbers, and `probability` whether the last function is a sigmoid.
    #[must_use]
    pub fn detect(shape: &[usize], whole: bool, probability: bool, outputs: &[Vec<f32>]) -> Self {
        /// Outputs of fewer numbers at each position are hardly a vocabulary.
        const VOCABULARY: usize = 256;
        /// An exporter's small number in a division leaves a length of one so near to one.
        const NEAR: f64 = 1e-3;
        let last = shape.last().copied().unwrap_or(1);
        let has_length_one = |row: &Vec<f32>| (libm::sqrt(dot(row, row)) - 1.0).abs() < NEAR;
        match outputs.first().map_or(0, Vec::len) {
            1 if probability => Self::Binary,
            1 => Self::Regress,
            _ if whole && positions(shape) > 1 && last >= VOCABULARY => Self::NextToken,
            _ if outputs.iter().all(has_length_one) && outputs.iter().flatten().any(|&value| value < 0.0) => {
                Self::Embed
            }
            _ => Self::Classify,
        }
    }

    /// The outputs that are compared with one another: those of a position, or all.
    fn group(self, outputs: &[f32], positions: usize) -> impl Iterator<Item = &[f32]> {
        let parts = if self == Self::NextToken { positions.max(1) } else { 1 };
        outputs.chunks(outputs.len().div_ceil(parts).max(1))
    }
}

impl Display for Task {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Task {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|task| task.name() == text);
        found.ok_or_else(|| format!("it must be one of {}", Self::ALL.map(Self::name).join(", ")))
    }
}

/// How well a quantized model does its task, held against the float model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// The task.
    pub task: Task,
    /// The share of answers that stay the same; a quantity's and a vector's have none.
    pub agreement: Option<f64>,
    /// Of vectors the mean cosine to the float model's.
    pub mean_cosine: Option<f64>,
    /// Of vectors the least cosine to the float model's.
    pub least_cosine: Option<f64>,
}

impl Quality {
    /// Compares outputs of a shape. An answer also stays the same where the float outputs that decide it are within `tie` of each other.
    #[must_use]
    pub fn new(task: Task, shape: &[usize], float: &[Vec<f32>], quantized: &[Vec<f32>], tie: f64) -> Self {
        let positions = positions(shape);
        let pairs = || float.iter().zip(quantized);
        let share = |same: &dyn Fn(&[f32], &[f32]) -> bool| {
            let groups = pairs().flat_map(|(a, b)| task.group(a, positions).zip(task.group(b, positions)));
            let (mut agree, mut all) = (0usize, 0usize);
            groups.for_each(|(a, b)| (agree, all) = (agree + usize::from(same(a, b)), all + 1));
            agree as f64 / all.max(1) as f64
        };
        let none = Self { task, agreement: None, mean_cosine: None, least_cosine: None };
        match task {
            Task::Classify | Task::NextToken => {
                Self { agreement: Some(share(&|a, b| keeps_greatest(a, b, tie))), ..none }
            }
            Task::Binary => Self { agreement: Some(share(&|a, b| keeps_side(a, b, tie))), ..none },
            Task::Regress => none,
            Task::Embed => {
                let cosines: Vec<f64> = pairs().map(|(a, b)| cosine(a, b)).collect();
                let mean = cosines.iter().sum::<f64>() / cosines.len().max(1) as f64;
                let least = cosines.iter().copied().fold(1.0, f64::min);
                Self { mean_cosine: Some(mean), least_cosine: Some(least), ..none }
            }
        }
    }

    /// Whether wider numbers need not be tried.
    pub(super) fn is_good(&self) -> bool {
        self.agreement.is_none_or(|share| share >= self.good_agreement())
            && self.mean_cosine.is_none_or(|cosine| cosine >= GOOD_COSINE)
            && self.least_cosine.is_none_or(|cosine| cosine >= GOOD_LEAST_COSINE)
    }

    const fn good_agreement(&self) -> f64 {
        match self.task {
            Task::NextToken => 0.985,
            _ => 0.995,
        }
    }

    /// How far the answers are from the float model's: zero where they are the same.
    pub(super) fn distance(&self) -> f64 {
        let cosine = self.mean_cosine.map_or(0.0, |mean| 1.0 - mean);
        1.0 - self.agreement.unwrap_or(1.0) + cosine + self.least_cosine.map_or(0.0, |least| (1.0 - least) / 10.0)
    }

    /// What a person should know before relying on the answers.
    pub(super) fn concern(&self) -> Option<String> {
        if let Some(share) = self.agreement.filter(|&share| share < LEAST_AGREEMENT) {
            let what = match self.task {
                Task::NextToken => "positions keep their next token",
                Task::Binary => "samples keep their answer",
                _ => "samples keep their greatest output",
            };
            return Some(format!("only {:.1}% of the {what}", 100.0 * share));
        }
        let (mean, least) = (self.mean_cosine?, self.least_cosine?);
        (mean < LEAST_MEAN_COSINE || least < LEAST_COSINE).then(|| {
            format!("the cosine to the float model's vectors is only {mean:.4} on average, and {least:.4} at least")
        })
    }
}

impl Display for Quality {
    /// Says it in one line; nothing of quantities.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let what = match self.task {
            Task::NextToken => "same next token",
            Task::Binary => "same side of one half",
            _ => "same greatest output",
        };
        match (self.agreement, self.mean_cosine, self.least_cosine) {
            (Some(share), ..) => writeln!(f, "  {what:<21} {:.2}%", 100.0 * share),
            (None, Some(mean), Some(least)) => {
                writeln!(f, "  cosine                {mean:.5} on average, {least:.5} at least")
            }
            _ => Ok(()),
        }
    }
}

/// The positions of an output that has a vector for each.
fn positions(shape: &[usize]) -> usize {
    shape[..shape.len().saturating_sub(1)].iter().product()
}

/// The mean cosine at which no wider numbers are tried.
const GOOD_COSINE: f64 = 0.996;
/// The least cosine at which no wider numbers are tried.
const GOOD_LEAST_COSINE: f64 = 0.985;
/// Below this share of answers that stay the same the report warns.
const LEAST_AGREEMENT: f64 = 0.98;
/// Below this mean cosine the report warns.
const LEAST_MEAN_COSINE: f64 = 0.995;
/// Below this cosine of a single vector the report warns.
const LEAST_COSINE: f64 = 0.98;
/// From this probability on the answer is yes.
const THRESHOLD: f64 = 0.5;

/// Whether the greatest quantized output is, in float, within `tie` of the greatest.
fn keeps_greatest(float: &[f32], quantized: &[f32], tie: f64) -> bool {
    let at = |place: usize| float.get(place).copied().map_or(0.0, f64::from);
    at(argmax(float)) - at(argmax(quantized)) <= tie
}

/// Whether the first outputs are on the same side of the threshold, or the float one is within `tie` of it.
fn keeps_side(float: &[f32], quantized: &[f32], tie: f64) -> bool {
    let first = |values: &[f32]| values.first().copied().map_or(0.0, f64::from) - THRESHOLD;
    let (float, quantized) = (first(float), first(quantized));
    (float >= 0.0) == (quantized >= 0.0) || float.abs() <= tie
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

/// The cosine of the angle between two vectors; zero where one of them is zero.
fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let lengths = libm::sqrt(dot(a, a) * dot(b, b));
    if lengths > 0.0 { dot(a, b) / lengths } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::{Quality, Task};

    fn quality(task: Task, positions: usize, float: &[f32], quantized: &[f32]) -> Quality {
        Quality::new(task, &[positions, float.len() / positions], &[float.to_vec()], &[quantized.to_vec()], 0.01)
    }

    #[test]
    fn classes_are_the_same_where_the_greatest_output_is_or_ties() {
        let agreement = |quantized: &[f32]| quality(Task::Classify, 1, &[1.0, 3.0, 2.995], quantized).agreement;
        assert_eq!(agreement(&[0.0, 2.0, 1.0]), Some(1.0));
        assert_eq!(agreement(&[0.0, 1.0, 2.0]), Some(1.0));
        assert_eq!(agreement(&[2.0, 1.0, 0.0]), Some(0.0));
    }

    #[test]
    fn next_tokens_are_compared_position_by_position() {
        let float = [1.0, 2.0, 5.0, 4.0, 0.0, 1.0];
        let quantized = [1.0, 2.0, 4.0, 5.0, 0.0, 1.0];
        assert_eq!(quality(Task::NextToken, 3, &float, &quantized).agreement, Some(2.0 / 3.0));
    }

    #[test]
    fn a_probability_is_compared_by_its_side_of_one_half() {
        let agreement = |float: f32, quantized: f32| quality(Task::Binary, 1, &[float], &[quantized]).agreement;
        assert_eq!(agreement(0.6, 0.5), Some(1.0));
        assert_eq!(agreement(0.6, 0.4), Some(0.0));
        assert_eq!(agreement(0.505, 0.49), Some(1.0));
    }

    #[test]
    fn vectors_are_compared_by_direction_alone() {
        let found = quality(Task::Embed, 1, &[3.0, 4.0], &[6.0, 8.0]);
        assert!(found.is_good() && found.concern().is_none() && found.agreement.is_none());
        assert!((found.mean_cosine.unwrap() - 1.0).abs() < 1e-12);
        let off = quality(Task::Embed, 1, &[3.0, 4.0], &[4.0, 3.0]);
        assert!((off.least_cosine.unwrap() - 0.96).abs() < 1e-6 && !off.is_good());
        assert!(off.concern().unwrap().contains("0.9600"));
        assert_eq!(quality(Task::Embed, 1, &[3.0, 4.0], &[0.0, 0.0]).mean_cosine, Some(0.0));
    }

    #[test]
    fn a_task_shows_in_form_and_outputs() {
        let detect = |shape: &[usize], whole, outputs: &[f32]| Task::detect(shape, whole, false, &[outputs.to_vec()]);
        assert_eq!(detect(&[1, 2], false, &[0.6, -0.8]), Task::Embed);
        assert_eq!(detect(&[1, 2], false, &[0.6, 0.8]), Task::Classify);
        assert_eq!(detect(&[1, 2], false, &[0.6, -0.9]), Task::Classify);
        assert_eq!(detect(&[1, 2, 256], true, &[0.5; 512]), Task::NextToken);
        assert_eq!(detect(&[1, 2, 256], false, &[0.5; 512]), Task::Classify);
        assert_eq!(detect(&[1, 1], false, &[0.5]), Task::Regress);
        assert_eq!(Task::detect(&[1, 1], false, true, &[vec![0.5]]), Task::Binary);
    }

    #[test]
    fn tasks_have_the_names_that_they_are_read_by() {
        for task in Task::ALL {
            assert_eq!(task.name().parse(), Ok(task));
        }
        assert!("cluster".parse::<Task>().unwrap_err().contains("next-token"));
    }
}
