//! The operands of a product: an access folded to the variables of the product's sum.
//!
//! One axis of the source at a time is multiplied with a small matrix that takes the axis's indices to the assignments of its
//! summed variables. The axes that shrink most come first, so that the cost is that of reading the source once.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use hallmark_circuits::{
    arithmetic::Native,
    model::{AxisMap, bits_of},
    relations::{
        access::{Source, fold_table, fold_whole, whole_axis},
        plan::TermPlan,
    },
};
use rayon::prelude::*;

use super::small::{SmallSum, to_field};

/// What an axis becomes: for each assignment of its summed variables, the indices it reads and their weights.
type Rows = Vec<Vec<(usize, Fr)>>;

/// A source on its way from integers to field elements.
enum Values<'v> {
    Small(&'v [i64]),
    Field(Vec<Fr>),
}

/// One axis of the source.
struct Axis {
    /// The number of its padded indices.
    padded: usize,
    /// The summed variables that it reads, outermost first, as the place of their bits and the number of them.
    summed: Vec<(usize, usize)>,
    /// The matrix, or nothing where the index is a summed variable itself.
    rows: Option<Rows>,
}

/// The operand, over the `2^sum_bits` assignments of the product's sum. `space` are the values of the source's space.
#[must_use]
pub fn fold_operand(plan: &TermPlan<'_>, source: &Source<'_>, cells: &[Fr], space: &[i64]) -> Vec<Fr> {
    let mut axes: Vec<Axis> =
        source.access.axes.iter().zip(source.axes).map(|(map, &size)| axis(plan, map, size, cells)).collect();
    let mut values = Values::Small(&space[source.block.offset..source.block.offset + source.block.len()]);
    while let Some(index) = next_axis(&axes) {
        let Some(rows) = axes[index].rows.take() else { break };
        let inner: usize = axes[index + 1..].iter().map(|axis| axis.padded).product();
        let field = match &values {
            Values::Small(values) => multiply(values, axes[index].padded, inner, &rows, small_row),
            Values::Field(values) => multiply(values, axes[index].padded, inner, &rows, field_row),
        };
        values = Values::Field(field);
        axes[index].padded = rows.len();
    }
    let values = match values {
        Values::Small(values) => values.iter().map(|&value| to_field(value)).collect(),
        Values::Field(values) => values,
    };
    scatter(plan, &axes, &values)
}

/// The axis with a matrix that shrinks most.
fn next_axis(axes: &[Axis]) -> Option<usize> {
    let shrinks = |axis: &Axis| axis.rows.as_ref().map(|rows| rows.len() as f64 / axis.padded as f64);
    (0..axes.len())
        .filter_map(|index| Some((index, shrinks(&axes[index])?)))
        .min_by(|left, right| left.1.total_cmp(&right.1))
        .map(|(index, _)| index)
}

fn axis(plan: &TermPlan<'_>, map: &AxisMap, size: usize, cells: &[Fr]) -> Axis {
    let summed: Vec<(usize, usize)> = map
        .strides
        .iter()
        .map(|by| &plan.variables[by.variable])
        .filter_map(|variable| Some((variable.sum?, variable.bits)))
        .collect();
    let padded = 1 << bits_of(size);
    let rows = match whole_axis(plan, map, size) {
        Some(variable) if plan.variables[variable].sum.is_some() => None,
        Some(variable) => {
            let table = fold_whole(&mut Native, plan.folding(variable, cells, &[]), size);
            Some(vec![table.into_iter().enumerate().collect()])
        }
        None => Some(mapped_rows(plan, map, size, cells)),
    };
    Axis { padded, summed, rows }
}

/// The matrix of an affine index.
fn mapped_rows(plan: &TermPlan<'_>, map: &AxisMap, size: usize, cells: &[Fr]) -> Rows {
    // All assignments so far: the row, the index, the weight.
    let mut assignments = vec![(0usize, map.offset, Fr::ONE)];
    for by in &map.strides {
        let variable = &plan.variables[by.variable];
        let folding = match variable.sum {
            Some(_) => Vec::new(),
            None => fold_table(&mut Native, plan.folding(by.variable, cells, &[]), variable.size),
        };
        assignments = assignments
            .iter()
            .flat_map(|&(row, index, weight)| {
                let folding = &folding;
                (0..variable.size).map(move |value| {
                    let index = index + by.stride * value as i64;
                    match folding.get(value) {
                        None => ((row << variable.bits) + value, index, weight),
                        Some(folding) => (row, index, weight * folding),
                    }
                })
            })
            .collect();
    }
    let bits: usize =
        map.strides.iter().map(|by| &plan.variables[by.variable]).filter(|v| v.sum.is_some()).map(|v| v.bits).sum();
    let mut rows = vec![Vec::new(); 1 << bits];
    for (row, index, weight) in assignments {
        if let Some(index) = usize::try_from(index).ok().filter(|&index| index < size) {
            rows[row].push((index, weight));
        }
    }
    rows
}

/// `out[o][k][n] = sum over i of rows[k][i] * values[o][i][n]`.
fn multiply<T: Sync>(
    values: &[T],
    axis: usize,
    inner: usize,
    rows: &Rows,
    multiply_row: impl Fn(&[T], usize, usize, &[(usize, Fr)], &mut [Fr]) + Sync,
) -> Vec<Fr> {
    let outer = values.len() / (axis * inner);
    let mut out = vec![Fr::ZERO; outer * rows.len() * inner];
    // Columns are taken in pieces that keep their accumulators in the first cache.
    const PIECE: usize = 64;
    out.par_chunks_mut(inner).enumerate().for_each(|(index, out)| {
        let (slab, row) = (index / rows.len(), index % rows.len());
        let values = &values[slab * axis * inner..(slab + 1) * axis * inner];
        out.par_chunks_mut(PIECE).enumerate().for_each(|(piece, out)| {
            multiply_row(values, inner, piece * PIECE, &rows[row], out);
        });
    });
    out
}

fn small_row(values: &[i64], inner: usize, first: usize, row: &[(usize, Fr)], out: &mut [Fr]) {
    let mut sums = vec![SmallSum::default(); out.len()];
    for (index, weight) in row {
        let start = index * inner + first;
        for (sum, &value) in sums.iter_mut().zip(&values[start..start + out.len()]) {
            if value != 0 {
                sum.add(value, weight);
            }
        }
    }
    for (out, sum) in out.iter_mut().zip(&sums) {
        *out = sum.finish();
    }
}

fn field_row(values: &[Fr], inner: usize, first: usize, row: &[(usize, Fr)], out: &mut [Fr]) {
    for (index, weight) in row {
        let values = &values[index * inner + first..][..out.len()];
        for (out, value) in out.iter_mut().zip(values) {
            *out += *weight * value;
        }
    }
}

/// Brings the folded source into the order of the product's sum. Along the variables that it does not read it is the same.
fn scatter(plan: &TermPlan<'_>, axes: &[Axis], values: &[Fr]) -> Vec<Fr> {
    // From the innermost bit of the folded source outwards, the place of each bit in the sum.
    let places: Vec<usize> =
        axes.iter().rev().flat_map(|axis| axis.summed.iter().rev()).flat_map(|&(low, bits)| low..low + bits).collect();
    let mut operand = vec![Fr::ZERO; 1 << plan.sum_bits];
    if places.iter().enumerate().all(|(bit, &place)| bit == place) {
        operand[..values.len()].copy_from_slice(values);
    } else {
        for (index, value) in values.iter().enumerate() {
            let target: usize = places.iter().enumerate().map(|(bit, place)| (index >> bit & 1) << place).sum();
            operand[target] = *value;
        }
    }
    for bit in (0..plan.sum_bits).filter(|bit| !places.contains(bit)) {
        for pair in operand.chunks_exact_mut(2 << bit) {
            let (low, high) = pair.split_at_mut(1 << bit);
            high.copy_from_slice(low);
        }
    }
    operand
}
