//! Views: how the axes of an ONNX tensor lie on the axes of a step's tensor.
//!
//! Each logical axis is written in mixed radix as *digits*, and each physical index is affine in the digits. Reshapes split
//! and regroup digits, transpositions permute them, slices and zero padding move offsets: none of them costs a step.

use hallmark_circuits::model::{AxisMap, Stride};

/// A tensor as ONNX sees it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct View {
    /// The sizes of the digits of each logical axis, outermost first. Digits are numbered in this order. An axis of size
    /// 1 has none.
    pub(super) digits: Vec<Vec<usize>>,
    /// One map for each physical axis, over the digits.
    pub(super) maps: Vec<AxisMap>,
}

impl View {
    /// A tensor with these physical axes, seen as it is.
    pub(super) fn plain(axes: &[usize]) -> Self {
        let mut next = 0;
        let maps = axes.iter().map(|&size| {
            if size == 1 {
                return AxisMap::constant(0);
            }
            next += 1;
            AxisMap::variable(next - 1)
        });
        Self { maps: maps.collect(), digits: axes.iter().map(|&size| digit(size)).collect() }
    }

    /// A tensor whose physical axes are these digits in order, `[1]` where there are none.
    pub(super) fn packed(digits: Vec<Vec<usize>>) -> Self {
        let count = digits.iter().map(Vec::len).sum();
        let maps = if count == 0 { vec![AxisMap::constant(0)] } else { (0..count).map(AxisMap::variable).collect() };
        Self { digits, maps }
    }

    /// The logical shape.
    pub(super) fn shape(&self) -> Vec<usize> {
        self.digits.iter().map(|digits| digits.iter().product()).collect()
    }

    /// The sizes of all digits, in logical order.
    pub(super) fn flat(&self) -> Vec<usize> {
        self.digits.concat()
    }

    /// The physical axes of a tensor made of the digits in logical order.
    pub(super) fn packed_axes(&self) -> Vec<usize> {
        axes_of(&self.flat())
    }

    /// The number of the first digit of a logical axis.
    pub(super) fn first_digit(&self, axis: usize) -> usize {
        self.digits[..axis].iter().map(Vec::len).sum()
    }

    /// Whether the tensor with these axes is seen as it is, in row-major order.
    pub(super) fn is_packed(&self, axes: &[usize]) -> bool {
        self.maps == Self::packed(self.digits.clone()).maps && self.packed_axes() == axes
    }

    /// Whether every cell of a tensor with these axes is seen exactly once.
    pub(super) fn is_bijective(&self, axes: &[usize]) -> bool {
        let sizes = self.flat();
        let read = |digit: usize| self.maps.iter().flat_map(|map| &map.strides).any(|by| by.variable == digit);
        sizes.iter().product::<usize>() == axes.iter().product::<usize>()
            && (0..sizes.len()).all(read)
            && self.shows_cells_only(axes)
    }

    /// Whether no place shows a zero that is beside the tensor with these axes.
    pub(super) fn shows_cells_only(&self, axes: &[usize]) -> bool {
        let sizes = self.flat();
        self.maps.iter().zip(axes).all(|(map, &size)| inside(map, &sizes, size))
    }

    /// The same values repeated along axes of size 1 and before all axes, to a shape that they fit.
    pub(super) fn expand(&self, shape: &[usize]) -> Self {
        let missing = shape.len() - self.digits.len();
        let (mut digits, mut expressions, mut next) = (vec![], vec![], 0);
        for (axis, &size) in shape.iter().enumerate() {
            let own = axis.checked_sub(missing).map_or(&[][..], |axis| &self.digits[axis]);
            expressions.extend((0..own.len()).map(|index| AxisMap::variable(next + index)));
            let wide = if own.is_empty() { digit(size) } else { own.to_vec() };
            next += wide.len();
            digits.push(wide);
        }
        Self { digits, maps: self.substitute(&expressions) }
    }

    /// The axes in another order.
    pub(super) fn permute(&self, order: &[usize]) -> Self {
        let mut renumbered = vec![0; self.flat().len()];
        let mut next = 0;
        for &axis in order {
            let first = self.first_digit(axis);
            for number in &mut renumbered[first..first + self.digits[axis].len()] {
                *number = next;
                next += 1;
            }
        }
        let mut view =
            Self { digits: order.iter().map(|&axis| self.digits[axis].clone()).collect(), maps: self.maps.clone() };
        for by in view.maps.iter_mut().flat_map(|map| &mut map.strides) {
            by.variable = renumbered[by.variable];
        }
        view
    }

    /// The same values in row-major order under another shape; nothing where the digits cannot be regrouped.
    pub(super) fn reshape(&self, shape: &[usize]) -> Option<Self> {
        let mut left = self.flat();
        let mut groups = Vec::new();
        for &size in shape.iter().rev() {
            groups.push(take_digits(&mut left, size)?);
        }
        groups.reverse();
        if !left.is_empty() {
            return None;
        }
        self.refine(groups)
    }

    /// The same view with digits split so that they become `digits`; nothing where that takes more than splitting.
    pub(super) fn refine(&self, digits: Vec<Vec<usize>>) -> Option<Self> {
        let fine = digits.concat();
        let mut expressions = Vec::new();
        let mut next = 0;
        for size in self.flat() {
            let first = next;
            let mut product = 1;
            while product < size {
                product *= fine.get(next)?;
                next += 1;
            }
            if product != size {
                return None;
            }
            expressions.push(radix(&fine[first..next], first));
        }
        let maps = (next == fine.len()).then(|| self.substitute(&expressions))?;
        Some(Self { digits, maps })
    }

    /// Every `step`th index of an axis from `start`, `size` of them; nothing where the axis is a composite one.
    pub(super) fn slice(&self, axis: usize, start: usize, step: i64, size: usize) -> Option<Self> {
        self.reindex(axis, start as i64, step, size)
    }

    /// Zeros before and after an axis of a tensor with these axes; nothing where cells of the tensor would show through.
    pub(super) fn pad(&self, axis: usize, before: usize, after: usize, axes: &[usize]) -> Option<Self> {
        let number = self.single_digit(axis)?;
        let size = self.digits[axis][0];
        let position = self.maps.iter().position(|map| map.strides.iter().any(|by| by.variable == number))?;
        let map = &self.maps[position];
        let whole =
            map.offset == 0 && map.strides == [Stride { variable: number, stride: 1 }] && axes[position] == size;
        if !whole {
            return None;
        }
        self.reindex(axis, -(before as i64), 1, before + size + after)
    }

    fn single_digit(&self, axis: usize) -> Option<usize> {
        (self.digits[axis].len() == 1).then(|| self.first_digit(axis))
    }

    fn reindex(&self, axis: usize, start: i64, step: i64, size: usize) -> Option<Self> {
        if self.digits[axis].is_empty() {
            return (start == 0 && size == 1).then(|| self.clone());
        }
        let number = self.single_digit(axis)?;
        let mut digits = self.digits.clone();
        digits[axis] = digit(size);
        let removed = size == 1;
        let expressions: Vec<AxisMap> = (0..self.flat().len())
            .map(|other| match other.cmp(&number) {
                std::cmp::Ordering::Less => AxisMap::variable(other),
                std::cmp::Ordering::Equal if removed => AxisMap::constant(start),
                std::cmp::Ordering::Equal => AxisMap::strided(other, step, start),
                std::cmp::Ordering::Greater => AxisMap::variable(other - usize::from(removed)),
            })
            .collect();
        Some(Self { digits, maps: self.substitute(&expressions) })
    }

    /// The physical maps where each digit is an expression in other variables.
    pub(super) fn substitute(&self, expressions: &[AxisMap]) -> Vec<AxisMap> {
        self.maps.iter().map(|map| substitute(map, expressions)).collect()
    }
}

/// A map where each variable is an expression in other variables.
pub(super) fn substitute(map: &AxisMap, expressions: &[AxisMap]) -> AxisMap {
    let mut result = AxisMap::constant(map.offset);
    for by in &map.strides {
        let expression = &expressions[by.variable];
        result.offset += by.stride * expression.offset;
        let scaled = |inner: &Stride| Stride { variable: inner.variable, stride: by.stride * inner.stride };
        result.strides.extend(expression.strides.iter().map(scaled));
    }
    result
}

/// The number whose mixed-radix digits are the variables from `first` on.
pub(super) fn radix(sizes: &[usize], first: usize) -> AxisMap {
    let mut stride = 1;
    let mut strides = Vec::new();
    for (index, &size) in sizes.iter().enumerate().rev() {
        strides.push(Stride { variable: first + index, stride });
        stride *= size as i64;
    }
    strides.reverse();
    AxisMap { offset: 0, strides }
}

/// Digits as axes of a tensor: a tensor has at least one.
pub(super) fn axes_of(digits: &[usize]) -> Vec<usize> {
    if digits.is_empty() { vec![1] } else { digits.to_vec() }
}

/// The digits that refine two ways of writing the same size; nothing where there are none.
pub(super) fn common_digits(left: &[usize], right: &[usize]) -> Option<Vec<usize>> {
    let (mut left, mut right) = (left.to_vec(), right.to_vec());
    let mut digits = Vec::new();
    while let (Some(a), Some(b)) = (left.pop(), right.pop()) {
        let least = a.min(b);
        if least == 0 || a % least != 0 || b % least != 0 {
            return None;
        }
        push_unless_one(&mut left, a / least);
        push_unless_one(&mut right, b / least);
        digits.push(least);
    }
    digits.reverse();
    (left.is_empty() && right.is_empty()).then_some(digits)
}

fn take_digits(left: &mut Vec<usize>, size: usize) -> Option<Vec<usize>> {
    if size == 0 {
        return None;
    }
    let mut rest = size;
    let mut taken = Vec::new();
    while rest > 1 {
        let digit = left.pop()?;
        let used = if rest.is_multiple_of(digit) { digit } else { rest };
        if digit % used != 0 {
            return None;
        }
        push_unless_one(left, digit / used);
        taken.push(used);
        rest /= used;
    }
    taken.reverse();
    Some(taken)
}

fn push_unless_one(digits: &mut Vec<usize>, digit: usize) {
    if digit > 1 {
        digits.push(digit);
    }
}

fn digit(size: usize) -> Vec<usize> {
    if size == 1 { Vec::new() } else { vec![size] }
}

fn inside(map: &AxisMap, sizes: &[usize], size: usize) -> bool {
    let (least, greatest) = map_range(map, sizes);
    least >= 0 && greatest < size as i64
}

/// The least and the greatest index of a map over variables of these sizes.
pub(super) fn map_range(map: &AxisMap, sizes: &[usize]) -> (i64, i64) {
    map.strides.iter().fold((map.offset, map.offset), |(least, greatest), by| {
        let reach = by.stride * (sizes[by.variable] as i64 - 1);
        (least + reach.min(0), greatest + reach.max(0))
    })
}
