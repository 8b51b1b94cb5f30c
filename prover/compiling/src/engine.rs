//! Adds up products over a batch of samples, with real numbers or integers, and bounds such sums.
//!
//! Cells are the outer loop and samples the innermost one: a weight is read once for the whole batch. The order of additions
//! is fixed, so that results do not depend on the number of threads.

use std::ops::{AddAssign, Mul};

use hallmark_circuits::model::{Access, AxisMap};
use rayon::prelude::*;

use super::view::map_range;

/// The numbers that are added up.
pub(super) trait Number: Copy + Default + Send + Sync + AddAssign + Mul<Output = Self> {
    /// One.
    const ONE: Self;
}

impl Number for f64 {
    const ONE: Self = 1.0;
}

impl Number for i64 {
    const ONE: Self = 1;
}

/// The shape of one product: which cells of which tensors it multiplies.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    weights: Option<usize>,
    values: Option<usize>,
    weight_base: Affine,
    value_base: Affine,
    guards: Vec<Guard>,
    /// For each assignment of the summed variables: the weight's and the value's distance, then each guard's.
    entries: Vec<i64>,
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
        for part in &map.parts {
            self.strides[part.variable] += part.stride * scale;
        }
    }

    fn new(variables: usize) -> Self {
        Self { offset: 0, strides: vec![0; variables] }
    }
}

impl Kernel {
    /// Prepares a product; an access comes with the axes of what it reads.
    pub(super) fn new(
        axes: &[usize],
        summed: &[usize],
        weights: Option<(&Access, &[usize])>,
        values: Option<(&Access, &[usize])>,
    ) -> Self {
        let sizes = [axes, summed].concat();
        let mut guards = Vec::new();
        let mut base = |access: Option<(&Access, &[usize])>| position(access, &sizes, &mut guards);
        let (weight_base, value_base) = (base(weights), base(values));
        let affines: Vec<&Affine> =
            [&weight_base, &value_base].into_iter().chain(guards.iter().map(|g| &g.index)).collect();
        let entries = distances(&affines, axes.len(), summed);
        let source = |access: Option<(&Access, &[usize])>| access.map(|(access, _)| access.source);
        Self { weights: source(weights), values: source(values), weight_base, value_base, guards, entries }
    }

    /// Calls `visit` with the positions of weight and value of every product of a cell that is inside its tensors.
    fn visit(&self, cell: &[usize], mut visit: impl FnMut(usize, usize)) {
        let (weight, value) = (self.weight_base.at(cell), self.value_base.at(cell));
        let bases: Vec<i64> = self.guards.iter().map(|guard| guard.index.at(cell)).collect();
        for entry in self.entries.chunks_exact(2 + self.guards.len()) {
            let inside =
                |(guard, (base, distance)): (&Guard, (&i64, &i64))| (0..guard.size).contains(&(base + distance));
            if self.guards.iter().zip(bases.iter().zip(&entry[2..])).all(inside) {
                visit((weight + entry[0]) as usize, (value + entry[1]) as usize);
            }
        }
    }
}

fn position(access: Option<(&Access, &[usize])>, sizes: &[usize], guards: &mut Vec<Guard>) -> Affine {
    let mut base = Affine::new(sizes.len());
    let Some((access, axes)) = access else { return base };
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
pub(super) struct Job<'a, T> {
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
pub(super) fn accumulate<T: Number>(job: &Job<'_, T>, tensors: &[Vec<T>], batch: usize) -> Vec<T> {
    let cells: usize = job.axes.iter().product();
    let mut sums = vec![job.constant; cells * batch];
    sums.par_chunks_mut(batch).enumerate().with_min_len(16).for_each(|(index, sums)| {
        let cell = assignment(index, job.axes);
        for (kernel, &coefficient) in job.kernels.iter().zip(job.coefficients) {
            add_products(job, kernel, coefficient, &cell, tensors, sums);
        }
    });
    sums
}

fn add_products<T: Number>(
    job: &Job<'_, T>,
    kernel: &Kernel,
    coefficient: T,
    cell: &[usize],
    tensors: &[Vec<T>],
    sums: &mut [T],
) {
    let batch = sums.len();
    kernel.visit(cell, |weight, value| {
        let factor = coefficient * kernel.weights.map_or(T::ONE, |source| job.weights[source][weight]);
        match kernel.values {
            None => sums.iter_mut().for_each(|sum| *sum += factor),
            Some(source) => {
                let values = &tensors[source][value * batch..][..batch];
                sums.iter_mut().zip(values).for_each(|(sum, &value)| *sum += factor * value);
            }
        }
    });
}

/// The least and the greatest sum of any cell, where each tensor's values lie in their range.
pub(super) fn bound(job: &Job<'_, i64>, ranges: &[(i64, i64)]) -> (i128, i128) {
    let cells: usize = job.axes.iter().product();
    let range = |index| bound_cell(job, ranges, &assignment(index, job.axes));
    let join = |a: (i128, i128), b: (i128, i128)| (a.0.min(b.0), a.1.max(b.1));
    (0..cells).into_par_iter().with_min_len(16).map(range).reduce(|| (i128::MAX, i128::MIN), join)
}

fn bound_cell(job: &Job<'_, i64>, ranges: &[(i64, i64)], cell: &[usize]) -> (i128, i128) {
    let (mut least, mut greatest) = (i128::from(job.constant), i128::from(job.constant));
    for (kernel, &coefficient) in job.kernels.iter().zip(job.coefficients) {
        let (low, high) = kernel.values.map_or((1, 1), |source| ranges[source]);
        kernel.visit(cell, |weight, _| {
            let weight = kernel.weights.map_or(1, |source| job.weights[source][weight]);
            let factor = i128::from(coefficient) * i128::from(weight);
            let (a, b) = (factor * i128::from(low), factor * i128::from(high));
            least += a.min(b);
            greatest += a.max(b);
        });
    }
    (least, greatest)
}

fn assignment(mut index: usize, sizes: &[usize]) -> Vec<usize> {
    let mut cell = vec![0; sizes.len()];
    for (digit, &size) in cell.iter_mut().zip(sizes).rev() {
        *digit = index % size;
        index /= size;
    }
    cell
}
