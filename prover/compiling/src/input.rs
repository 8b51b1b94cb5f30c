//! Decides how the input is made integers: one scale for all, or one for each feature.

use super::calibrate::Samples;
use super::program::InputForm;

/// Features are scaled apart where one reaches this much further than the usual one.
const UNEVEN: f64 = 8.0;
/// Features are moved apart where the usual one lies this many of its half-widths from zero.
const OFF_CENTRE: f64 = 4.0;
/// Room for values beyond those seen in calibration.
const MARGIN: f64 = 1.125;

/// The form of the input: tables of features may be scaled apart, images and signals never are.
pub(super) fn input_form(shape: &[usize], samples: &Samples) -> InputForm {
    let axes: Vec<usize> = shape.iter().copied().filter(|&size| size > 1).collect();
    let axes = if axes.is_empty() { vec![1] } else { axes };
    let tabular = shape.len() <= 2 && axes.len() == 1;
    let features = if tabular { features(&samples.ranges()) } else { None };
    InputForm { shape: shape.to_vec(), axes, features }
}

/// The middle and half-width of each feature, where one scale for all would lose accuracy.
fn features(ranges: &[(f64, f64)]) -> Option<Vec<(f64, f64)>> {
    let middle = |range: &(f64, f64)| f64::midpoint(range.0, range.1);
    let half = |range: &(f64, f64)| (range.1 - range.0) / 2.0;
    let moving: Vec<&(f64, f64)> = ranges.iter().filter(|range| half(range) > 0.0).collect();
    let usual = median(moving.iter().map(|range| half(range)).collect())?;
    let widest = moving.iter().map(|range| half(range)).fold(0.0, f64::max);
    let distance = median(moving.iter().map(|range| middle(range).abs() / half(range)).collect())?;
    if widest <= UNEVEN * usual && distance <= OFF_CENTRE {
        return None;
    }
    let feature = |range: &(f64, f64)| {
        let half = if half(range) > 0.0 { half(range) } else { middle(range).abs().max(1.0) * 0.01 };
        (f64::from(middle(range) as f32), MARGIN * half)
    };
    Some(ranges.iter().map(feature).collect())
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
