//! Metrics by the names that people give them, and what a score says.

use std::{fmt, str::FromStr};

use hallmark_circuits::model::{DIGIT_BITS, Metric, OutputPort};
use serde_json::{Value, json};
use thiserror::Error;

/// What is asked about a set, in a user's units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MetricName {
    /// The share of samples whose class is the greatest output, or among the so many greatest.
    Top(usize),
    /// True and false positives where an output of at least so much is class 1.
    Threshold(f32),
    /// The mean absolute error.
    MeanAbsolute,
    /// The mean squared error.
    MeanSquared,
}

/// A text that names no metric.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is no metric: accuracy, top-K such as top-5, threshold=X such as threshold=0.5, mae, or mse")]
pub struct MetricError(String);

impl FromStr for MetricName {
    type Err = MetricError;

    fn from_str(name: &str) -> Result<Self, MetricError> {
        let wrong = || MetricError(name.to_owned());
        match name {
            "accuracy" => Ok(Self::Top(1)),
            "mae" => Ok(Self::MeanAbsolute),
            "mse" => Ok(Self::MeanSquared),
            _ => match (name.strip_prefix("top-"), name.strip_prefix("threshold=")) {
                (Some(greatest), _) => greatest.parse().map(Self::Top).map_err(|_| wrong()),
                (_, Some(least)) => {
                    let least = least.parse::<f32>().ok().filter(|least| least.is_finite());
                    least.map(Self::Threshold).ok_or_else(wrong)
                }
                _ => Err(wrong()),
            },
        }
    }
}

impl MetricName {
    /// The metric in the integers of a model's output.
    #[must_use]
    pub fn of(self, output: &OutputPort) -> Metric {
        match self {
            Self::Top(greatest) => Metric::TopK(greatest),
            Self::Threshold(least) => Metric::Threshold((f64::from(least) / f64::from(output.scale)).ceil() as i64),
            Self::MeanAbsolute => Metric::AbsoluteError,
            Self::MeanSquared => Metric::SquaredError,
        }
    }
}

/// A score in words and numbers.
pub(super) struct Shown {
    pub text: String,
    pub json: Value,
}

/// What the numbers of a score say of a model with this output, whose answers have so many values.
pub(super) fn shown(metric: Metric, output: &OutputPort, numbers: &[i64]) -> Shown {
    let at = |index: usize| numbers.get(index).copied().unwrap_or_default();
    let share = |part: i64, whole: i64| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
    match metric {
        Metric::TopK(greatest) => {
            let (right, samples) = (at(0), at(1));
            let share = share(right, samples);
            let what = if greatest == 1 { String::new() } else { format!(" among the {greatest} greatest") };
            Shown {
                text: format!("{right} of {samples} right{what} ({:.2}%)", 100.0 * share),
                json: json!({ "right": right, "samples": samples, "share": share }),
            }
        }
        Metric::Threshold(_) => {
            let [hits, false_alarms, positives, samples] = [0, 1, 2, 3].map(at);
            let negatives = samples - positives;
            let (recall, fallout) = (share(hits, positives), share(false_alarms, negatives));
            Shown {
                text: format!(
                    "{hits} of {positives} positives found ({:.2}%), and {false_alarms} of {negatives} negatives taken for positives ({:.2}%)",
                    100.0 * recall,
                    100.0 * fallout
                ),
                json: json!({
                    "true_positives": hits, "false_positives": false_alarms, "positives": positives, "samples": samples,
                    "true_positive_rate": recall, "false_positive_rate": fallout,
                }),
            }
        }
        Metric::AbsoluteError | Metric::SquaredError => {
            let (samples, sum) = (at(0), (at(1) << DIGIT_BITS) + at(2));
            let values = samples * output.shape.iter().product::<usize>() as i64;
            let unit = f64::from(output.scale);
            let (name, unit) =
                if metric == Metric::AbsoluteError { ("absolute", unit) } else { ("squared", unit * unit) };
            let mean = unit * share(sum, values);
            Shown {
                text: format!("a mean {name} error of {mean:.6} over {samples} samples"),
                json: json!({ "sum": sum, "samples": samples, "mean": mean }),
            }
        }
    }
}

impl fmt::Display for MetricName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Top(1) => f.write_str("accuracy"),
            Self::Top(greatest) => write!(f, "top-{greatest}"),
            Self::Threshold(least) => write!(f, "threshold={least}"),
            Self::MeanAbsolute => f.write_str("mae"),
            Self::MeanSquared => f.write_str("mse"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_have_names() {
        for name in ["accuracy", "top-5", "threshold=0.5", "threshold=-2", "mae", "mse"] {
            assert_eq!(name.parse::<MetricName>().unwrap().to_string(), name);
        }
        for name in ["", "top-", "top-x", "top--1", "threshold=", "threshold=nan", "threshold=inf", "Accuracy"] {
            assert_eq!(name.parse::<MetricName>(), Err(MetricError(name.into())));
        }
    }

    #[test]
    fn a_threshold_is_the_least_integer_that_reaches_it() {
        let output = OutputPort { shape: vec![1], parts: vec![], scale: 0.25 };
        let of = |least| MetricName::Threshold(least).of(&output);
        assert_eq!([of(0.5), of(0.6), of(-0.6)], [2, 3, -2].map(Metric::Threshold));
    }

    #[test]
    fn scores_are_told_in_the_user_s_units() {
        let output = OutputPort { shape: vec![2], parts: vec![], scale: 0.5 };
        let text = |metric, numbers: &[i64]| shown(metric, &output, numbers).text;
        assert_eq!(text(Metric::TopK(1), &[3, 4]), "3 of 4 right (75.00%)");
        assert_eq!(text(Metric::TopK(2), &[0, 0]), "0 of 0 right among the 2 greatest (0.00%)");
        let rates = "1 of 2 positives found (50.00%), and 3 of 6 negatives taken for positives (50.00%)";
        assert_eq!(text(Metric::Threshold(7), &[1, 3, 2, 8]), rates);
        // 65,536 + 4 half units over four samples of two values.
        assert_eq!(text(Metric::AbsoluteError, &[4, 1, 4]), "a mean absolute error of 4096.250000 over 4 samples");
        assert_eq!(text(Metric::SquaredError, &[4, 0, -8]), "a mean squared error of -0.250000 over 4 samples");
    }
}
