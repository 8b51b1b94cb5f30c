//! Adds up products over a batch of samples, with real numbers or integers, and bounds such sums.
//!
//! Cells are the outer loop and samples the innermost one: a weight is read once for the whole batch. The order of additions
//! is fixed, so that results do not depend on the number of threads.

use std::ops::{AddAssign, Mul};

use hallmark_circuits::model::{Access, AxisMap, Factor, Space};
use rayon::prelude::*;

use super::view::map_range;

/// The numbers that are added up.
pub(super) trait Number: Copy + Default + PartialEq + Send + Sync + AddAssign + Mul<Output = Self> {}

impl Number for f64 {}

impl Number for i64 {}

/// The shape of one product: which cells of which tensors it multiplies.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    factors: Vec<Operand>,
    guards: Vec<Guard>,
    /// For each assignment of the summed variables: each factor's distance, then each guard's.
    entries: Vec<i64>,
}

/// A factor of a product.
#[derive(Clone, Debug)]
struct Operand {
    space: Space,
    source: usize,
    base: Affine,
    /// The first factor that reads the same cells.
    same: usize,
}

/// A position that is affine in the variables of the cell.
#[derive(Clone, Debug, Default)]
struct Affine {
    offset: i64,
    strides: Vec<i64>,
}

/// An index that may leave its axis, where the product is zero.
#[derive(Clone, Debug)]
struct Guard {
    index: Affine,
    size: i64,
}

impl Affine {
    fn at(&self, cell: &[usize]) -> i64 {
        self.strides.iter().zip(cell).fold(self.offset, |sum, (stride, &index)| sum + stride * index as i64)
    }

    fn add(&mut self, map: &AxisMap, scale: i64) {
        self.offset += map.offset * scale;
        for by in &map.strides {
            self.strides[by.variable] += by.stride * scale;
        }
    }

    fn new(variables: usize) -> Self {
        Self { offset: 0, strides: vec![0; variables] }
    }
}

impl Kernel {
    /// Prepares a product; `axes_of` tells the axes of what a factor reads.
    pub(super) fn new(
        axes: &[usize],
        summed: &[usize],
        factors: &[Factor],
        axes_of: impl Fn(&Factor) -> Vec<usize>,
    ) -> Self {
        let sizes = [axes, summed].concat();
        let mut guards = Vec::new();
        let operand = |factor: &Factor| Operand {
            space: factor.space,
            source: factor.access.source,
            base: position(&factor.access, &axes_of(factor), &sizes, &mut guards),
            same: factors.iter().position(|other| other == factor).unwrap_or_default(),
        };
        let factors: Vec<Operand> = factors.iter().map(operand).collect();
        let affines: Vec<&Affine> =
            factors.iter().map(|factor| &factor.base).chain(guards.iter().map(|guard| &guard.index)).collect();
        let entries = distances(&affines, axes.len(), summed);
        Self { factors, guards, entries }
    }

    /// Calls `visit` with the positions of the factors of every product of a cell that is inside its tensors.
    fn visit(&self, cell: &[usize], mut visit: impl FnMut(&[usize])) {
        let count = self.factors.len();
        let bases: Vec<i64> = self.factors.iter().map(|factor| factor.base.at(cell)).collect();
        if let ([left, right], []) = (bases.as_slice(), self.guards.as_slice()) {
            // Dense layers are nothing else.
            for entry in self.entries.chunks_exact(2) {
                visit(&[(left + entry[0]) as usize, (right + entry[1]) as usize]);
            }
            return;
        }
        let guards: Vec<i64> = self.guards.iter().map(|guard| guard.index.at(cell)).collect();
        let mut positions = vec![0; count];
        for entry in self.entries.chunks_exact(count + self.guards.len()) {
            let inside =
                |(guard, (base, distance)): (&Guard, (&i64, &i64))| (0..guard.size).contains(&(base + distance));
            if self.guards.iter().zip(guards.iter().zip(&entry[count..])).all(inside) {
                for (position, (base, distance)) in positions.iter_mut().zip(bases.iter().zip(entry)) {
                    *position = (base + distance) as usize;
                }
                visit(&positions);
            }
        }
    }

    /// The factors of a space: their places among all, and what they read.
    fn sources<'t, T>(&self, space: Space, all: &'t [Vec<T>]) -> Vec<(usize, &'t [T])> {
        let factors = self.factors.iter().enumerate().filter(|(_, factor)| factor.space == space);
        factors.map(|(place, factor)| (place, all[factor.source].as_slice())).collect()
    }

    /// Whether the bounds of a cell's sum depend on an axis: by its weights, or by what is inside a tensor.
    fn depends_on(&self, axis: usize) -> bool {
        let weights = self.factors.iter().filter(|factor| factor.space == Space::Weights).map(|factor| &factor.base);
        weights.chain(self.guards.iter().map(|guard| &guard.index)).any(|affine| affine.strides[axis] != 0)
    }

    /// The least and the greatest product of the values alone, where each tensor's values lie in their range.
    fn values_range(&self, ranges: &[(i64, i64)]) -> (i128, i128) {
        let wide = |(low, high): (i64, i64)| (i128::from(low), i128::from(high));
        let values = self.factors.iter().enumerate().filter(|(_, factor)| factor.space == Space::Values);
        values.fold((1, 1), |product, (index, factor)| {
            let repeats = self.factors[index..].iter().filter(|other| other.same == index).count();
            match (factor.same == index, repeats) {
                // Counted where it was met first.
                (false, _) => product,
                (true, repeats) => multiply(product, power(wide(ranges[factor.source]), repeats)),
            }
        })
    }
}

/// The products of two numbers of these ranges.
fn multiply(a: (i128, i128), b: (i128, i128)) -> (i128, i128) {
    let corners = [(a.0, b.0), (a.0, b.1), (a.1, b.0), (a.1, b.1)].map(|(x, y)| x.saturating_mul(y));
    corners.iter().fold((i128::MAX, i128::MIN), |(low, high), &corner| (low.min(corner), high.max(corner)))
}

/// The powers of a number of this range: an even one is not negative.
fn power((low, high): (i128, i128), exponent: usize) -> (i128, i128) {
    let raise = |number: i128| (1..exponent).fold(number, |product, _| product.saturating_mul(number));
    let (a, b) = (raise(low), raise(high));
    if !exponent.is_multiple_of(2) {
        return (a, b);
    }
    let least = if low <= 0 && high >= 0 { 0 } else { a.min(b) };
    (least, a.max(b))
}

fn position(access: &Access, axes: &[usize], sizes: &[usize], guards: &mut Vec<Guard>) -> Affine {
    let mut base = Affine::new(sizes.len());
    let mut stride = 1;
    for (map, &size) in access.axes.iter().zip(axes).rev() {
        base.add(map, stride);
        let (least, greatest) = map_range(map, sizes);
        if least < 0 || greatest >= size as i64 {
            let mut index = Affine::new(sizes.len());
            index.add(map, 1);
            guards.push(Guard { index, size: size as i64 });
        }
        stride *= size as i64;
    }
    base
}

fn distances(affines: &[&Affine], free: usize, summed: &[usize]) -> Vec<i64> {
    let assignments = hallmark_circuits::semantics::assignments(summed);
    assignments
        .flat_map(|summed| {
            let distance =
                |affine: &&Affine| affine.strides[free..].iter().zip(&summed).map(|(s, &i)| s * i as i64).sum();
            affines.iter().map(distance).collect::<Vec<i64>>()
        })
        .collect()
}

/// What a sum adds up.
pub(super) struct Contraction<'a, T> {
    /// The axes of the cells.
    pub(super) axes: &'a [usize],
    /// Added to every cell.
    pub(super) constant: T,
    /// The products and their public factors.
    pub(super) kernels: &'a [Kernel],
    /// One for each kernel.
    pub(super) coefficients: &'a [T],
    /// All weight tensors.
    pub(super) weights: &'a [Vec<T>],
}

/// The sums of all cells for `batch` samples, the samples innermost, as they are in `tensors`.
pub(super) fn accumulate<T: Number>(contraction: &Contraction<'_, T>, tensors: &[Vec<T>], batch: usize) -> Vec<T> {
    let cells: usize = contraction.axes.iter().product();
    let mut sums = vec![contraction.constant; cells * batch];
    sums.par_chunks_mut(batch).enumerate().with_min_len(16).for_each(|(index, sums)| {
        let cell = assignment(index, contraction.axes);
        for (kernel, &coefficient) in contraction.kernels.iter().zip(contraction.coefficients) {
            add_products(contraction, kernel, coefficient, &cell, tensors, sums);
        }
    });
    sums
}

fn add_products<T: Number>(
    contraction: &Contraction<'_, T>,
    kernel: &Kernel,
    coefficient: T,
    cell: &[usize],
    tensors: &[Vec<T>],
    sums: &mut [T],
) {
    let batch = sums.len();
    let weights = kernel.sources(Space::Weights, contraction.weights);
    let values = kernel.sources(Space::Values, tensors);
    // The position of the first value that was met last, and whether it is zero for all samples: most of a one-hot vector is.
    let mut known = (usize::MAX, false);
    kernel.visit(cell, |positions| {
        let factor = weights.iter().fold(coefficient, |product, (place, data)| product * data[positions[*place]]);
        let row = |part: &(usize, &[T])| positions[part.0] * batch..(positions[part.0] + 1) * batch;
        match values.as_slice() {
            [] => sums.iter_mut().for_each(|sum| *sum += factor),
            [only] => sums.iter_mut().zip(&only.1[row(only)]).for_each(|(sum, &value)| *sum += factor * value),
            [left, rest @ ..] => {
                if known.0 != positions[left.0] {
                    known = (positions[left.0], left.1[row(left)].iter().all(|value| *value == T::default()));
                }
                if known.1 {
                    return;
                }
                if let [right] = rest {
                    let pairs = left.1[row(left)].iter().zip(&right.1[row(right)]);
                    sums.iter_mut().zip(pairs).for_each(|(sum, (&left, &right))| *sum += factor * left * right);
                    return;
                }
                for (sample, sum) in sums.iter_mut().enumerate() {
                    *sum += values.iter().fold(factor, |product, part| product * part.1[row(part).start + sample]);
                }
            }
        }
    });
}

/// The least and the greatest sum of any cell, where each tensor's values lie in their range.
///
/// Cells that differ only along axes that the bounds do not depend on have one bound. Of a product that is `chosen` one assignment of
/// the summed variables counts at most, and the others are zero.
pub(super) fn bound(contraction: &Contraction<'_, i64>, ranges: &[(i64, i64)], chosen: &[bool]) -> (i128, i128) {
    let depends = |axis: usize| contraction.kernels.iter().any(|kernel| kernel.depends_on(axis));
    let axes: Vec<usize> =
        contraction.axes.iter().enumerate().map(|(axis, &size)| if depends(axis) { size } else { 1 }).collect();
    let cells: usize = axes.iter().product();
    let product = |(kernel, &chosen): (&Kernel, &bool)| (kernel.values_range(ranges), chosen);
    let factors: Vec<((i128, i128), bool)> = contraction.kernels.iter().zip(chosen).map(product).collect();
    let range = |index| bound_cell(contraction, &factors, &assignment(index, &axes));
    let join = |a: (i128, i128), b: (i128, i128)| (a.0.min(b.0), a.1.max(b.1));
    (0..cells).into_par_iter().with_min_len(16).map(range).reduce(|| (i128::MAX, i128::MIN), join)
}

fn bound_cell(contraction: &Contraction<'_, i64>, values: &[((i128, i128), bool)], cell: &[usize]) -> (i128, i128) {
    let (mut least, mut greatest) = (i128::from(contraction.constant), i128::from(contraction.constant));
    for ((kernel, &coefficient), &(range, chosen)) in
        contraction.kernels.iter().zip(contraction.coefficients).zip(values)
    {
        let factors = Factors::of(kernel, coefficient, contraction.weights, cell);
        let (below, above) = if chosen { factors.bound_one(range) } else { factors.bound_all(range) };
        (least, greatest) = (least.saturating_add(below), greatest.saturating_add(above));
    }
    (least, greatest)
}

/// What the values of a cell's products are multiplied by.
#[derive(Clone, Copy, Default)]
struct Factors {
    /// The sum of those that are negative, and of the others.
    sums: (i128, i128),
    /// The least and the greatest, or zero.
    extremes: (i128, i128),
}

impl Factors {
    fn of(kernel: &Kernel, coefficient: i64, weights: &[Vec<i64>], cell: &[usize]) -> Self {
        let mut found = Self::default();
        let placed = kernel.sources(Space::Weights, weights);
        let coefficient = i128::from(coefficient);
        kernel.visit(cell, |positions| {
            let times =
                |product: i128, &(place, data): &(usize, &[i64])| product.saturating_mul(data[positions[place]].into());
            let factor = placed.iter().fold(coefficient, times);
            let sum = if factor < 0 { &mut found.sums.0 } else { &mut found.sums.1 };
            *sum = sum.saturating_add(factor);
            found.extremes = (found.extremes.0.min(factor), found.extremes.1.max(factor));
        });
        found
    }

    /// The least and the greatest sum of all products, where each value is in a range: a factor that is negative is least at the
    /// greatest value.
    fn bound_all(self, (low, high): (i128, i128)) -> (i128, i128) {
        let (negative, positive) = self.sums;
        let sum = |a: i128, b: i128| negative.saturating_mul(a).saturating_add(positive.saturating_mul(b));
        (sum(high, low), sum(low, high))
    }

    /// The least and the greatest of zero and every product.
    fn bound_one(self, range: (i128, i128)) -> (i128, i128) {
        let (low, high) = multiply(self.extremes, range);
        (low.min(0), high.max(0))
    }
}

fn assignment(mut index: usize, sizes: &[usize]) -> Vec<usize> {
    let mut cell = vec![0; sizes.len()];
    for (digit, &size) in cell.iter_mut().zip(sizes).rev() {
        *digit = index % size;
        index /= size;
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::{multiply, power};

    #[test]
    fn products_of_ranges_hold_every_product_and_no_more() {
        let ranges = [(-3, 2), (0, 4), (1, 3), (-5, -1), (0, 0)];
        for a in ranges {
            let all = |f: &dyn Fn(i128, i128) -> i128, b: (i128, i128)| {
                let pairs = (a.0..=a.1).flat_map(|x| (b.0..=b.1).map(move |y| (x, y)));
                pairs.map(|(x, y)| f(x, y)).fold((i128::MAX, i128::MIN), |(l, h), v| (l.min(v), h.max(v)))
            };
            for b in ranges {
                assert_eq!(multiply(a, b), all(&|x, y| x * y, b), "{a:?} {b:?}");
            }
            for exponent in 1..4u32 {
                assert_eq!(power(a, exponent as usize), all(&|x, _| x.pow(exponent), (0, 0)), "{a:?}^{exponent}");
            }
        }
    }
}
