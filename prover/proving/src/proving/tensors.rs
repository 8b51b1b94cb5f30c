//! The weights' summand of the merging sumcheck: sums of functionals of tensors, without anything of the tensors' size.
//!
//! Each tensor is a matrix `W`, and what is claimed of it a sum of functionals `u (x) v` of its rows and its columns. With the
//! columns' variables bound at `r`,
//!
//! ```text
//! sum over (u, v) of sum_i v[i] (sum_o u[o] W[o,i])
//! sum_o (sum over (u, v) of v(r) u[o]) (sum_i eq(r,i) W[o,i])
//! ```
//!
//! are the sums of the columns' rounds and of the rows': a tensor is read once for each functional and once for the change from
//! one to the other, as small integers. Bound, it is one value, which from then on is one of a polynomial's.

use std::collections::BTreeMap;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use hallmark_circuits::layout::Block;
use rayon::prelude::*;

use super::{
    functional::Functional,
    merge::{Summand, sum_rounds},
    pairing::Pairing,
    polynomial::equality_table,
    small::{SmallSum, inner_product},
};

/// How many columns are summed at a time: the sums in the making stay in a core's fastest memory.
const COLUMNS: usize = 64;

/// The claims on all tensors of a space.
pub struct Tensors<'p> {
    /// The variables of the space that are left.
    bits: usize,
    /// The tensors that have variables left, each with its prefix.
    unbound: Vec<(usize, Tensor<'p>)>,
    /// What the others are, functional and value, by their place among the variables that are left.
    bound: BTreeMap<usize, [Fr; 2]>,
    extension: Fr,
}

impl<'p> Tensors<'p> {
    /// The claims on the tensors in these blocks of a space, which is zero elsewhere.
    #[must_use]
    pub fn new(space: &'p [i64], blocks: &[Block], claims: Vec<Vec<Functional>>) -> Self {
        let mut tensors =
            Self { bits: space.len().ilog2() as usize, unbound: vec![], bound: BTreeMap::new(), extension: Fr::ONE };
        for (block, functionals) in blocks.iter().zip(claims) {
            let values = &space[block.offset..block.offset + block.len()];
            tensors.place(block.prefix(), Tensor::new(values, functionals));
        }
        tensors
    }

    /// Puts a tensor where it belongs.
    fn place(&mut self, prefix: usize, tensor: Tensor<'p>) {
        match tensor.bound() {
            Some(bound) => drop(self.bound.insert(prefix, bound)),
            None => self.unbound.push((prefix, tensor)),
        }
    }

    /// The bound ones, by the value of the lowest variable that is left.
    fn pairs(&self) -> BTreeMap<usize, [[Fr; 2]; 2]> {
        let mut pairs = BTreeMap::<usize, [[Fr; 2]; 2]>::new();
        for (place, bound) in &self.bound {
            pairs.entry(place >> 1).or_default()[place & 1] = *bound;
        }
        pairs
    }
}

impl Summand for Tensors<'_> {
    fn round(&self) -> [Fr; 2] {
        if self.bits == 0 {
            let products =
                self.bound.values().map(|[functional, value]| [*functional * value * self.extension, Fr::ZERO]);
            return sum_rounds(products);
        }
        let pairs = self.pairs();
        let bound = pairs.values().map(|[low, high]| [low[0] * low[1], (high[0] - low[0]) * (high[1] - low[1])]);
        sum_rounds(bound.chain(self.unbound.iter().map(|(_, tensor)| tensor.round())))
    }

    fn bind(&mut self, x: &Fr) {
        if self.bits == 0 {
            self.extension *= Fr::ONE - x;
            return;
        }
        self.bits -= 1;
        let between = |[low, high]: [[Fr; 2]; 2]| std::array::from_fn(|side| low[side] + *x * (high[side] - low[side]));
        self.bound = self.pairs().into_iter().map(|(place, pair)| (place, between(pair))).collect();
        for (prefix, tensor) in std::mem::take(&mut self.unbound) {
            self.place(prefix, tensor.bind(x));
        }
    }

    fn value(&self) -> Fr {
        self.bound.get(&0).map_or(Fr::ZERO, |[_, value]| *value)
    }
}

/// The claims on one tensor.
enum Tensor<'p> {
    /// Variables of its columns are left.
    Columns {
        values: &'p [i64],
        /// The rows' side of each functional.
        outer: Vec<Vec<Fr>>,
        /// The columns' side of each, and the columns summed with the rows'.
        inner: Vec<Pairing<'static>>,
        /// The base-two logarithm of the number of columns.
        bits: usize,
        /// What they are bound to.
        point: Vec<Fr>,
    },
    /// Variables of its rows are left, or none.
    Rows(Pairing<'static>),
}

impl<'p> Tensor<'p> {
    fn new(values: &'p [i64], functionals: Vec<Functional>) -> Self {
        let columns = functionals.first().map_or(values.len(), |functional| functional.inner.len());
        let (outer, inner) = functionals
            .into_iter()
            .map(|Functional { outer, inner }| {
                let sums = sum_rows(values, &outer);
                (outer, Pairing::of_values(inner, sums))
            })
            .unzip();
        Self::Columns { values, outer, inner, bits: columns.ilog2() as usize, point: Vec::new() }.turn()
    }

    /// Goes on to the rows where the columns are bound.
    fn turn(self) -> Self {
        match self {
            Self::Columns { values, outer, inner, bits, point } if point.len() == bits => {
                let columns = equality_table(&point);
                let rows: Vec<Fr> = values.par_chunks(columns.len()).map(|row| inner_product(row, &columns)).collect();
                let mut functional = vec![Fr::ZERO; rows.len()];
                for (outer, [factor, _]) in outer.iter().zip(inner.iter().filter_map(Pairing::bound)) {
                    functional.iter_mut().zip(outer).for_each(|(sum, entry)| *sum += factor * entry);
                }
                Self::Rows(Pairing::of_values(functional, rows))
            }
            other => other,
        }
    }

    fn round(&self) -> [Fr; 2] {
        match self {
            Self::Columns { inner, .. } => sum_rounds(inner.iter().map(Summand::round)),
            Self::Rows(pairing) => pairing.round(),
        }
    }

    fn bind(mut self, x: &Fr) -> Self {
        match &mut self {
            Self::Columns { inner, point, .. } => {
                inner.iter_mut().for_each(|pairing| pairing.bind(x));
                point.push(*x);
            }
            Self::Rows(pairing) => pairing.bind(x),
        }
        self.turn()
    }

    /// Its functional and its value, when all of its variables are bound.
    fn bound(&self) -> Option<[Fr; 2]> {
        match self {
            Self::Columns { .. } => None,
            Self::Rows(pairing) => pairing.bound(),
        }
    }
}

/// The sum of a matrix's rows, each times its weight.
fn sum_rows(values: &[i64], weights: &[Fr]) -> Vec<Fr> {
    let columns = values.len() / weights.len();
    let mut sums = vec![Fr::ZERO; columns];
    sums.par_chunks_mut(COLUMNS).enumerate().for_each(|(chunk, sums)| {
        let mut parts = vec![SmallSum::default(); sums.len()];
        for (row, weight) in values.chunks_exact(columns).zip(weights) {
            for (part, value) in parts.iter_mut().zip(&row[chunk * COLUMNS..]) {
                part.add(*value, weight);
            }
        }
        sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum = part.finish());
    });
    sums
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::random::random_scalar;

    /// Blocks by their bits and those of their columns, in a space of `bits`, each with some functionals.
    fn check(bits: usize, blocks: &[(usize, usize, usize)]) {
        let rng = &mut ChaCha20Rng::seed_from_u64(1);
        let (mut space, mut functional) = (vec![0; 1 << bits], vec![Fr::ZERO; 1 << bits]);
        let (mut places, mut claims, mut offset) = (Vec::new(), Vec::new(), 0);
        for &(bits, column_bits, count) in blocks {
            let block = Block { offset, bits };
            let range = offset..offset + block.len();
            space[range.clone()].fill_with(|| rng.random_range(-1 << 38..=1 << 38));
            let mut scalars = |bits: usize| (0..1 << bits).map(|_| random_scalar(rng)).collect::<Vec<Fr>>();
            let functionals: Vec<Functional> = (0..count)
                .map(|_| Functional { outer: scalars(bits - column_bits), inner: scalars(column_bits) })
                .collect();
            functionals.iter().for_each(|each| each.add_to(&mut functional[range.clone()]));
            places.push(block);
            claims.push(functionals);
            offset = range.end;
        }
        let mut naive = Pairing::with_small(functional, &space, space.len());
        let mut tensors = Tensors::new(&space, &places, claims);
        for _ in 0..bits + 2 {
            assert_eq!(tensors.round(), naive.round());
            let x = random_scalar(rng);
            tensors.bind(&x);
            naive.bind(&x);
        }
        assert_eq!(tensors.round(), naive.round());
        assert_eq!(tensors.value(), naive.value());
    }

    #[test]
    fn tensors_are_the_pairing_of_their_expanded_functionals() {
        check(0, &[]);
        check(3, &[]);
        check(0, &[(0, 0, 1)]);
        check(4, &[(4, 2, 1)]);
        check(14, &[(14, 8, 2)]);
        // Some that nothing is claimed of, that are all rows or all columns, and a gap at the end.
        check(9, &[(8, 4, 2), (6, 6, 1), (6, 3, 0), (5, 0, 1), (4, 2, 3), (0, 0, 1), (0, 0, 0), (0, 0, 2)]);
    }
}
