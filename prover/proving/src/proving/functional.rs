//! What a term reads of a tensor, as a linear functional.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use hallmark_circuits::{
    arithmetic::Native,
    relations::{
        access::{Source, expand_axis},
        plan::TermPlan,
    },
};
use rayon::prelude::*;

use super::polynomial::PARALLEL;

/// A functional over a tensor's block as a matrix: at row `o` and column `i` it is `outer[o] * inner[i]`.
///
/// The columns are the tensor's last axes, as many as make both sides together the shortest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Functional {
    /// The rows.
    pub outer: Vec<Fr>,
    /// The columns.
    pub inner: Vec<Fr>,
}

impl Functional {
    /// `factor` times a term's functional over its source. `points` are the cells' and the product's.
    #[must_use]
    pub fn new(plan: &TermPlan<'_>, source: &Source<'_>, points: (&[Fr], &[Fr]), factor: Fr) -> Self {
        let axes: Vec<Vec<Fr>> = source
            .access
            .axes
            .iter()
            .zip(source.axes)
            .map(|(map, &size)| expand_axis(&mut Native, plan, map, size, points))
            .collect();
        let lengths: Vec<usize> = axes.iter().map(Vec::len).collect();
        let (outer, inner) = axes.split_at(outer_axes(&lengths));
        Self { outer: product(factor, outer), inner: product(Fr::ONE, inner) }
    }

    /// Adds the functional to one by its values over the block.
    pub fn add_to(&self, block: &mut [Fr]) {
        let rows = (PARALLEL / self.inner.len()).max(1);
        block.par_chunks_mut(rows * self.inner.len()).zip(self.outer.par_chunks(rows)).for_each(|(block, outer)| {
            for (row, weight) in
                block.chunks_mut(self.inner.len()).zip(outer).filter(|(_, weight)| **weight != Fr::ZERO)
            {
                for (cell, entry) in row.iter_mut().zip(&self.inner) {
                    *cell += *weight * entry;
                }
            }
        });
    }
}

/// How many axes of these padded lengths are the rows', so that rows and columns are fewest together.
fn outer_axes(lengths: &[usize]) -> usize {
    let sides = |outer: usize| {
        let (rows, columns) = lengths.split_at(outer);
        rows.iter().product::<usize>() + columns.iter().product::<usize>()
    };
    (0..=lengths.len()).min_by_key(|&outer| sides(outer)).unwrap_or(0)
}

/// `factor` times the tensor product of the axes.
fn product(factor: Fr, axes: &[Vec<Fr>]) -> Vec<Fr> {
    axes.iter().fold(vec![factor], |product, axis| {
        product.iter().flat_map(|weight| axis.iter().map(move |entry| *weight * entry)).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_together_are_the_shortest() {
        for (lengths, outer) in [
            (&[][..], 0),
            (&[1], 0),
            (&[8], 0),
            (&[4, 8], 1),
            (&[8, 4], 1),
            (&[2048, 1024], 1),
            (&[64, 32, 4, 4], 1),
            (&[2048, 1, 2048, 1], 1),
            (&[4, 4, 64], 2),
        ] {
            assert_eq!(outer_axes(lengths), outer, "{lengths:?}");
        }
    }
}
