//! The checks of the model's two ends.

use super::{ModelError, Place, check_all, check_axes, check_count, check_name};
use crate::model::limits::{MAX_AXES, MAX_INPUT_PARTS, MAX_OUTPUT_PARTS};
use crate::model::{Binding, InputPort, OutputPart, OutputPort, ValueRange};

/// Checks a port that is no model's input, as those of a data set are.
pub(in crate::model) fn check_port(port: &InputPort) -> Result<(), ModelError> {
    check_axes(Place::DataSet, &port.axes)?;
    check_input(port)
}

/// Checks the input's shape, width, scales and offsets; its axes are checked already.
pub(super) fn check_input(port: &InputPort) -> Result<(), ModelError> {
    check_shape(Place::Input, &port.shape, &port.axes)?;
    check_parts(port)?;
    if !matches!(port.bits, 8 | 16) {
        return Err(ModelError::InputBits { found: port.bits });
    }
    check_samples(port)?;
    let values = port.axes.iter().product();
    check_length("scales", port.scales.len(), values)?;
    check_length("offsets", port.offsets.len(), values)?;
    check_ranges(port, values)?;
    if let Some(index) = port.scales.iter().position(|&scale| !is_scale(scale)) {
        return Err(ModelError::Scale { place: Place::Input, index });
    }
    match port.offsets.iter().position(|offset| !offset.is_finite()) {
        Some(index) => Err(ModelError::Offset { index }),
        None => Ok(()),
    }
}

/// Several arrays have names that tell them apart, and as many values as the input in all.
fn check_parts(port: &InputPort) -> Result<(), ModelError> {
    if port.parts.is_empty() {
        return Ok(());
    }
    check_count("arrays of an input", port.parts.len(), MAX_INPUT_PARTS)?;
    let names: Vec<&str> = port.parts.iter().map(|part| part.name.as_str()).collect();
    check_all(&port.parts, |index, part| {
        check_part_name(Place::InputPart(index), &names, index)?;
        let rank = part.shape.len();
        if rank > MAX_AXES {
            return Err(ModelError::Rank { place: Place::InputPart(index), found: rank, limit: MAX_AXES });
        }
        Ok(())
    })?;
    let values = port.axes.iter().product();
    let sizes = port.parts.iter().map(|part| volume(&part.shape).filter(|size| *size > 0));
    let held = sizes.reduce(|sum, size| sum?.checked_add(size?)).flatten();
    if held == Some(values) && port.parts.len() > 1 && port.shape == [values] {
        return Ok(());
    }
    Err(ModelError::InputParts { count: port.parts.len(), values })
}

/// Ranges are about all values, one after another, and within the one of the bits.
fn check_ranges(port: &InputPort, values: usize) -> Result<(), ModelError> {
    if port.ranges.is_empty() {
        return Ok(());
    }
    check_count("ranges of an input", port.ranges.len(), MAX_INPUT_PARTS)?;
    let (least, greatest) = port.range();
    let within =
        |range: &ValueRange| least <= range.least && range.least <= range.greatest && range.greatest <= greatest;
    let held = port.ranges.iter().try_fold(0usize, |sum, range| sum.checked_add(range.count));
    match port.ranges.iter().position(|range| range.count == 0 || !within(range)) {
        Some(index) => Err(ModelError::InputRange { index }),
        None if held == Some(values) => Ok(()),
        None => Err(ModelError::InputRanges { values }),
    }
}

/// Of several digests, each is that of an index of the outermost axis.
fn check_samples(port: &InputPort) -> Result<(), ModelError> {
    match (port.binding, port.axes.as_slice()) {
        (Binding::Values | Binding::Digests(1), _) => Ok(()),
        (Binding::Digests(samples), [outermost, _, ..]) if *outermost == samples => Ok(()),
        (Binding::Digests(found), _) => Err(ModelError::Digests { found }),
    }
}

/// Checks the output's shape, arrays and scale against the axes of the last tensor.
pub(super) fn check_output(port: &OutputPort, axes: &[usize]) -> Result<(), ModelError> {
    check_shape(Place::Output, &port.shape, axes)?;
    if !is_scale(port.scale) {
        return Err(ModelError::Scale { place: Place::Output, index: 0 });
    }
    if port.parts.is_empty() {
        return Ok(());
    }
    let values = axes.iter().product();
    let count = port.parts.len();
    check_count("arrays of an output", count, MAX_OUTPUT_PARTS)?;
    if count < 2 || port.shape != [values] || port.scale != 1.0 {
        return Err(ModelError::OutputParts { count, values });
    }
    let names: Vec<&str> = port.parts.iter().map(|part| part.name.as_str()).collect();
    check_all(&port.parts, |index, part| {
        check_part_name(Place::OutputPart(index), &names, index)?;
        check_part(index, part, values)
    })?;
    let mut taken = vec![false; values];
    let mut takes = |part: &OutputPart| part.places().all(|place| take(&mut taken, place));
    match port.parts.iter().position(|part| !takes(part)) {
        Some(index) => Err(ModelError::OutputOverlap { index }),
        None => Ok(()),
    }
}

/// One of several outputs has as many values as its shape, all of them within the last tensor.
fn check_part(index: usize, part: &OutputPart, values: usize) -> Result<(), ModelError> {
    let place = Place::OutputPart(index);
    for found in [part.shape.len(), part.axes.len()] {
        if found > MAX_AXES {
            return Err(ModelError::Rank { place, found, limit: MAX_AXES });
        }
    }
    let sizes: Vec<usize> = part.axes.iter().map(|axis| axis.size).collect();
    let held = volume(&sizes).filter(|&held| held > 0 && held <= values);
    if held.is_none() || held != volume(&part.shape) {
        return Err(ModelError::Shape { place, shape: part.shape.clone(), values: held.unwrap_or_default() });
    }
    // No axis is empty here.
    let farthest = part.axes.iter().try_fold(part.start, |farthest, axis| {
        farthest.checked_add(axis.size.checked_sub(1)?.checked_mul(axis.stride)?)
    });
    if farthest.is_none_or(|farthest| farthest >= values) {
        return Err(ModelError::OutputPlace { index, values });
    }
    if is_scale(part.scale) { Ok(()) } else { Err(ModelError::Scale { place, index: 0 }) }
}

/// Takes a place that nobody has.
fn take(taken: &mut [bool], place: usize) -> bool {
    taken.get_mut(place).is_some_and(|taken| !std::mem::replace(taken, true))
}

/// A name that tells an array from those before it, and that can be shown.
fn check_part_name(place: Place, names: &[&str], index: usize) -> Result<(), ModelError> {
    let Some((name, before)) = names.get(index).zip(names.get(..index)) else { return Ok(()) };
    check_name(place, name)?;
    let is_fit = !name.is_empty() && !before.contains(name) && !name.contains(char::is_control);
    if is_fit { Ok(()) } else { Err(ModelError::PartName { place }) }
}

fn check_shape(place: Place, shape: &[usize], axes: &[usize]) -> Result<(), ModelError> {
    if shape.len() > MAX_AXES {
        return Err(ModelError::Rank { place, found: shape.len(), limit: MAX_AXES });
    }
    let values = axes.iter().product();
    let held = volume(shape);
    if held == Some(values) { Ok(()) } else { Err(ModelError::Shape { place, shape: shape.to_vec(), values }) }
}

/// The number of values of a shape, if it is one.
fn volume(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1usize, |product, &size| product.checked_mul(size))
}

fn check_length(what: &'static str, found: usize, values: usize) -> Result<(), ModelError> {
    if found == 1 || found == values { Ok(()) } else { Err(ModelError::PortLength { what, found, values }) }
}

fn is_scale(scale: f32) -> bool {
    scale.is_finite() && scale > 0.0
}
