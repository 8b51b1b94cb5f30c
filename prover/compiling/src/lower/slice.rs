//! Slice, Split, Gather and CenterCropPad.

use super::entry::Entry;
use super::shape::normalize_axes;
use super::{Lowering, Value};
use crate::constant::{Constant, checked_count};
use crate::error::CompileError;
use crate::node::Node;
use crate::operator::Kind;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    Entry::new("Slice", &[1, 10, 11, 13], Kind::Shapes, "parts of axes", |lowering, node| lowering.lower_slice(node))
        .folding()
        .limited("constant bounds"),
    Entry::new("Split", &[2, 11, 13, 18], Kind::Shapes, "an axis in several parts", |lowering, node| {
        lowering.lower_split(node)
    })
    .folding(),
    Entry::new("Gather", &[1, 11, 13], Kind::Shapes, "values at indices", |lowering, node| lowering.lower_gather(node))
        .folding()
        .limited("computed indices into at most 2^15 rows, and at most 2^22 rows times indices"),
    Entry::new("CenterCropPad", &[18], Kind::Shapes, "the middle, or zeros around", |lowering, node| {
        lowering.lower_center(node)
    })
    .folding()
    .limited("a constant shape"),
];

impl Lowering<'_> {
    /// Slice.
    pub(super) fn lower_slice(&mut self, node: &Node) -> Result<(), CompileError> {
        let mut value = self.value(node, 0)?;
        let rank = self.shape_of(&value).len();
        let required = |list: Option<Vec<i64>>| list.ok_or_else(|| node.fail("its starts and ends are missing"));
        let starts = required(self.integers(node, "starts", 1)?)?;
        let ends = required(self.integers(node, "ends", 2)?)?;
        let axes = self.integers(node, "axes", 3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
        let axes = normalize_axes(node, &axes, rank)?;
        let steps = self.constant(node, 4)?.map_or_else(|| vec![1; starts.len()], |steps| steps.as_integers());
        if starts.len() != axes.len() || ends.len() != axes.len() || steps.len() != axes.len() {
            return Err(node.fail("its lists have different lengths"));
        }
        for (index, &axis) in axes.iter().enumerate() {
            let size = self.shape_of(&value)[axis];
            let range = slice_range(starts[index], ends[index], steps[index], size);
            let (start, count) = match (range, &value) {
                (Some(range), _) => range,
                // Exporters join parts of shapes, some of them without a size.
                (None, Value::Constant(_)) if steps[index] != 0 => (0, 0),
                (None, _) => return Err(node.fail("its range is empty")),
            };
            value = self.sliced(node, value, axis, (start, steps[index], count))?;
        }
        self.set(node, value)
    }

    /// Split into slices.
    pub(super) fn lower_split(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let axis = normalize_axes(node, &[node.integer("axis", 0)], shape.len())?[0];
        let parts = node.outputs.len().max(1);
        let sizes = match self.integers(node, "split", 1)? {
            Some(sizes) => sizes,
            None => {
                let each = shape[axis].div_ceil(parts);
                (0..parts).map(|part| shape[axis].saturating_sub(part * each).min(each) as i64).collect()
            }
        };
        let whole: i128 = sizes.iter().map(|&size| i128::from(size)).sum();
        if sizes.len() != parts || sizes.iter().any(|&size| size < 0) || whole != shape[axis] as i128 {
            return Err(node.fail("its parts do not make up its input"));
        }
        let mut start = 0;
        for (output, size) in node.outputs.iter().zip(sizes) {
            let part = if size == 0 {
                let mut shape = shape.clone();
                shape[axis] = 0;
                Value::Constant(Constant::real(ndarray::ArrayD::zeros(shape)))
            } else {
                self.sliced(node, value.clone(), axis, (start, 1, size as usize))?
            };
            self.values.insert(output.clone(), part);
            start += size as usize;
        }
        Ok(())
    }

    /// Gather: the indices' axes take the place of the one that they index.
    pub(super) fn lower_gather(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let axis = normalize_axes(node, &[node.integer("axis", 0)], shape.len())?[0];
        let indices = match self.value(node, 1)? {
            Value::Constant(indices) => indices,
            indices => {
                let value = self.gathered(node, value, axis, indices)?;
                return self.set(node, value);
            }
        };
        let size = shape[axis] as i64;
        let wrap = |index: i64| {
            let index = if index < 0 { index.saturating_add(size) } else { index };
            usize::try_from(index).ok().filter(|&index| index < shape[axis])
        };
        let positions: Option<Vec<usize>> = indices.as_integers().into_iter().map(wrap).collect();
        let positions = positions.ok_or_else(|| node.fail("an index is out of range"))?;
        if positions.is_empty() {
            return Err(node.fail("it gathers nothing"));
        }
        let target = [&shape[..axis], indices.data.shape(), &shape[axis + 1..]].concat();
        checked_count(&node.name, &target)?;
        let value = self.picked(node, value, axis, &positions)?;
        let value = self.reshaped(node, value, &target)?;
        self.set(node, value)
    }

    /// CenterCropPad: the middle of an axis that is too long, or zeros around one that is too short.
    fn lower_center(&mut self, node: &Node) -> Result<(), CompileError> {
        let mut value = self.value(node, 0)?;
        let rank = self.shape_of(&value).len();
        let axes = match node.integers("axes") {
            Some(axes) => normalize_axes(node, &axes, rank)?,
            None => (0..rank).collect(),
        };
        let targets = self.sizes(node, 1)?;
        if targets.len() != axes.len() {
            return Err(node.fail("its shape is not one size for each axis"));
        }
        for (&axis, &target) in axes.iter().zip(&targets) {
            let mut shape = self.shape_of(&value);
            let size = shape[axis];
            shape[axis] = target;
            checked_count(&node.name, &shape)?;
            value = if size > target {
                self.sliced(node, value, axis, ((size - target) / 2, 1, target))?
            } else if size < target {
                self.padded(node, value, axis, (target - size) / 2, target)?
            } else {
                value
            };
        }
        self.set(node, value)
    }

    /// Part of an axis: start, step and number of indices.
    fn sliced(
        &mut self,
        node: &Node,
        value: Value,
        axis: usize,
        (start, step, count): (usize, i64, usize),
    ) -> Result<Value, CompileError> {
        // One index alone is the first, however far the next would be.
        let index = |index: usize| if index == 0 { start } else { (start as i64 + step * index as i64) as usize };
        let indices: Vec<usize> = (0..count).map(index).collect();
        self.picked(node, value, axis, &indices)
    }
}

/// The first index and the number of indices of a slice, as ONNX clamps them; nothing where there is none.
fn slice_range(start: i64, end: i64, step: i64, size: usize) -> Option<(usize, usize)> {
    if step == 0 || size == 0 {
        return None;
    }
    let [start, end, step, size] = [start, end, step, size as i64].map(i128::from);
    let wrap = |index: i128| if index < 0 { index + size } else { index };
    let (first, distance) = if step > 0 {
        let first = wrap(start).clamp(0, size);
        (first, wrap(end).clamp(0, size) - first)
    } else {
        let first = wrap(start).clamp(0, size - 1);
        (first, first - wrap(end).clamp(-1, size - 1))
    };
    let count = (distance.max(0) + step.abs() - 1) / step.abs();
    (count > 0).then_some((first as usize, count as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_has_the_values_that_onnx_says() {
        for (start, end, step, size, expected) in [
            (1, i64::MAX, 2, 6, Some((1, 3))),
            (-1, i64::MIN, -2, 6, Some((5, 3))),
            (-9, 9, 1, 6, Some((0, 6))),
            (9, -9, -1, 6, Some((5, 6))),
            (4, 2, 1, 6, None),
            (2, 4, -1, 6, None),
            (0, 6, 0, 6, None),
            // A step beyond everything takes one value.
            (1, i64::MAX, i64::MAX, 6, Some((1, 1))),
            (-1, i64::MIN, i64::MIN, 6, Some((5, 1))),
            // Of nothing there is nothing.
            (0, 1, 1, 0, None),
            (-1, i64::MIN, -1, 0, None),
        ] {
            assert_eq!(slice_range(start, end, step, size), expected, "{start} {end} {step} {size}");
        }
    }
}
