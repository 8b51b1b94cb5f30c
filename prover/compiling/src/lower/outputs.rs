//! Several outputs: boxes that stand beside one another in the last tensor.
//!
//! A tensor is read at indices that are affine in the step's variables, and a cell outside of it reads as zero. So a box whose axes
//! are some of the last tensor's, in order, is copied by one product. Boxes follow each other along one axis. Each keeps its own
//! scale: the copies are not added up.

use hallmark_circuits::model::{Access, AxisMap, OutputPart, PartAxis};

use super::{Lowering, Value};
use crate::error::CompileError;
use crate::float_model::{OutputForm, Product, Rule};
use crate::function::Function;
use crate::view::View;

/// An output that is to stand beside others.
pub(super) struct Output {
    /// Its name.
    pub(super) name: String,
    /// Whether the ONNX model says that it is of whole numbers.
    pub(super) whole: bool,
    /// What it is.
    pub(super) value: Value,
}

/// How boxes stand in the last tensor.
#[derive(Debug, PartialEq)]
struct Boxes {
    /// The axes of the last tensor.
    axes: Vec<usize>,
    /// The axis along which they follow each other.
    along: usize,
    /// Each box: where it begins along that axis, and the axis that each of its digits lies on.
    places: Vec<(usize, Vec<usize>)>,
}

impl Lowering<'_> {
    /// Makes the last tensor of several outputs.
    pub(super) fn join_outputs(&mut self, outputs: Vec<Output>) -> Result<(), CompileError> {
        let mut read = vec![];
        for Output { name, whole, value } in outputs {
            let (tensor, view) = self.read(&name, value)?;
            read.push((name, whole, tensor, view));
        }
        let digits: Vec<Vec<usize>> = read.iter().map(|(_, _, _, view)| view.flat()).collect();
        let boxes = Boxes::new(&digits);
        let (mut products, mut forms) = (vec![], vec![]);
        for ((name, whole, tensor, view), (start, axes)) in read.into_iter().zip(&boxes.places) {
            let source = self.boxed(&name, tensor, &view, axes, boxes.axes.len())?;
            products.push(Product::new(vec![], None, Some(boxes.access(source, *start))));
            let part = OutputPart {
                shape: view.shape(),
                start: start * boxes.stride(boxes.along),
                axes: view
                    .flat()
                    .into_iter()
                    .zip(axes)
                    .map(|(size, &axis)| PartAxis { size, stride: boxes.stride(axis) })
                    .collect(),
                scale: 1.0,
                name,
            };
            forms.push(OutputForm { part, whole, source });
        }
        self.lowered.output_shape = vec![boxes.axes.iter().product()];
        self.lowered.outputs = forms;
        let sum = self.add_sum("outputs", boxes.axes, products)?;
        self.emit(sum, &Function::Variable, Rule::Joined)?;
        Ok(())
    }

    /// A tensor whose axes are those of the last one, of which an output has one index where it has no digit.
    fn boxed(
        &mut self,
        name: &str,
        tensor: usize,
        view: &View,
        axes: &[usize],
        rank: usize,
    ) -> Result<usize, CompileError> {
        let mut sizes = vec![1; rank];
        view.flat().into_iter().zip(axes).for_each(|(size, &axis)| sizes[axis] = size);
        if self.lowered.tensor_axes(tensor) == sizes && view.is_packed(&sizes) {
            return Ok(tensor);
        }
        let indices: Vec<AxisMap> = axes.iter().map(|&axis| AxisMap::variable(axis)).collect();
        let values = Access { source: tensor, axes: view.substitute(&indices) };
        let sum = self.add_sum(name, sizes, vec![Product::new(vec![], None, Some(values))])?;
        self.emit(sum, &Function::Variable, Rule::Within(tensor))
    }
}

impl Boxes {
    /// The smallest tensor in which boxes of these digits have place, of those that are found when the largest chooses first.
    fn new(digits: &[Vec<usize>]) -> Self {
        let rank = digits.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let mut order: Vec<usize> = (0..digits.len()).collect();
        order.sort_by_key(|&number| std::cmp::Reverse(digits[number].iter().product::<usize>()));
        let candidates = (0..rank).map(|along| Self::along(digits, &order, rank, along));
        let volume = |boxes: &Self| boxes.axes.iter().fold(1usize, |volume, &size| volume.saturating_mul(size));
        candidates.min_by_key(volume).unwrap_or(Self { axes: vec![], along: 0, places: vec![] })
    }

    /// The same with a choice of the axis along which boxes follow each other.
    fn along(digits: &[Vec<usize>], order: &[usize], rank: usize, along: usize) -> Self {
        let mut axes = vec![1; rank];
        axes[along] = 0;
        let mut chosen = vec![vec![]; digits.len()];
        for &number in order {
            let own = &digits[number];
            let masks = (0u32..1 << rank).filter(|mask| mask.count_ones() as usize == own.len());
            let lying = masks.map(|mask| (0..rank).filter(|axis| mask >> axis & 1 == 1).collect::<Vec<usize>>());
            let grown = |lying: &[usize]| {
                let mut grown = axes.clone();
                grown[along] += lying.iter().position(|&axis| axis == along).map_or(1, |digit| own[digit]);
                let others = lying.iter().zip(own).filter(|(axis, _)| **axis != along);
                others.for_each(|(&axis, &size)| grown[axis] = grown[axis].max(size));
                grown
            };
            let volume = |axes: &[usize]| axes.iter().fold(1usize, |volume, &size| volume.saturating_mul(size));
            let best = lying.min_by_key(|lying| volume(&grown(lying))).unwrap_or_default();
            axes = grown(&best);
            chosen[number] = best;
        }
        let mut start = 0;
        let place = |(own, lying): (&Vec<usize>, Vec<usize>)| {
            let first = start;
            start += lying.iter().position(|&axis| axis == along).map_or(1, |digit| own[digit]);
            (first, lying)
        };
        let places = digits.iter().zip(chosen).map(place).collect();
        Self { axes, along, places }
    }

    /// How far apart two places are that are neighbours along an axis.
    fn stride(&self, axis: usize) -> usize {
        self.axes[axis + 1..].iter().product()
    }

    /// Reads a box that begins here.
    fn access(&self, source: usize, start: usize) -> Access {
        // A tensor is not longer than a space.
        let start = i64::try_from(start).unwrap_or(i64::MAX);
        let map = |axis| AxisMap::strided(axis, 1, if axis == self.along { -start } else { 0 });
        Access { source, axes: (0..self.axes.len()).map(map).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::Boxes;

    fn check(digits: &[&[usize]], axes: &[usize], along: usize, places: &[(usize, &[usize])]) {
        let digits: Vec<Vec<usize>> = digits.iter().map(|digits| digits.to_vec()).collect();
        let places = places.iter().map(|(start, axes)| (*start, axes.to_vec())).collect();
        assert_eq!(Boxes::new(&digits), Boxes { axes: axes.to_vec(), along, places });
    }

    #[test]
    fn outputs_with_axes_in_common_leave_no_gap() {
        check(&[&[10], &[], &[3]], &[14], 0, &[(0, &[0]), (10, &[]), (11, &[0])]);
        check(&[&[32, 384], &[384]], &[33, 384], 0, &[(0, &[0, 1]), (32, &[1])]);
        check(&[&[100, 4], &[100, 80]], &[100, 84], 1, &[(0, &[0, 1]), (4, &[0, 1])]);
        check(&[&[], &[]], &[2], 0, &[(0, &[]), (1, &[])]);
    }

    #[test]
    fn outputs_without_axes_in_common_leave_a_small_one() {
        check(&[&[10], &[3, 32, 32]], &[3, 33, 32], 1, &[(0, &[2]), (1, &[0, 1, 2])]);
    }
}
