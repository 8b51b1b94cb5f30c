//! How a cost grows with a size.

use serde::{Deserialize, Serialize};

/// The growth of one figure along a series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Growth {
    /// The figure.
    pub figure: String,
    /// The exponent e of the power law `figure = c size^e` that fits best: 1 where it grows as the size does.
    pub exponent: f64,
}

/// The slope of the line through the logarithms of sizes and figures whose squared distances are least.
///
/// None where the sizes do not differ, or a number has no logarithm.
#[must_use]
pub fn exponent(points: &[(f64, f64)]) -> Option<f64> {
    let logs: Vec<(f64, f64)> = points.iter().map(|(size, figure)| (size.ln(), figure.ln())).collect();
    let count = logs.len() as f64;
    let mean = |value: fn(&(f64, f64)) -> f64| logs.iter().map(value).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let moment = |other: fn((f64, f64)) -> f64| -> f64 {
        logs.iter().map(|point| (point.0 - x, point.1 - y)).map(|point| point.0 * other(point)).sum()
    };
    let slope = moment(|point| point.1) / moment(|point| point.0);
    slope.is_finite().then_some(slope)
}

#[cfg(test)]
mod tests {
    use super::exponent;

    #[test]
    fn exact_powers_have_their_exponents() {
        for power in [-1.0, 0.0, 0.5, 1.0, 2.0, 3.0] {
            let points: Vec<_> = [1.0f64, 2.0, 5.0, 32.0].map(|size| (size, 7.0 * size.powf(power))).into();
            assert!((exponent(&points).unwrap() - power).abs() < 1e-12, "{power}");
        }
    }

    #[test]
    fn what_has_no_slope_has_none() {
        for points in
            [&[][..], &[(1.0, 2.0)], &[(3.0, 1.0), (3.0, 2.0)], &[(0.0, 1.0), (1.0, 2.0)], &[(1.0, 0.0), (2.0, 1.0)]]
        {
            assert_eq!(exponent(points), None, "{points:?}");
        }
    }
}
