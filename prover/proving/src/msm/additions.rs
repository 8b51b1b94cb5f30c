//! Additions of points in affine coordinates, many of which share one inversion.
//!
//! An addition takes a quotient, and a division costs about 300 multiplications. Montgomery's trick divides by many denominators with
//! one inversion: the inverse of their product gives the inverse of each of them.

use ark_bn254::{Fq, FqConfig, G1Affine};
use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, Field};
use hallmark_lanes::{LANES, Lanes, Packed, Task};

/// Additions that share an inversion. So many still fit the second-level cache.
const BATCH: usize = 1024;
/// Chains of products that the lanes follow at once. A product waits for the one before it in its chain.
const CHAINS: usize = 2;
/// Additions that the lanes take one step with.
const STEP: usize = CHAINS * LANES;

/// Additions to come, whose results have their places. The line through both points has the slope numerator / denominator.
pub(super) struct Additions {
    lanes: Option<Lanes>,
    places: Vec<usize>,
    left_x: Vec<Fq>,
    left_y: Vec<Fq>,
    right_x: Vec<Fq>,
    numerators: Vec<Fq>,
    denominators: Vec<Fq>,
    /// The products of the denominators before each one in its chain.
    products: Vec<Fq>,
}

impl Additions {
    /// None yet, which are done by lanes if there are any.
    pub(super) fn with(lanes: Option<Lanes>) -> Self {
        Self {
            lanes,
            places: Vec::new(),
            left_x: Vec::new(),
            left_y: Vec::new(),
            right_x: Vec::new(),
            numerators: Vec::new(),
            denominators: Vec::new(),
            products: Vec::new(),
        }
    }

    /// Appends left + right to `sums`, now or when the additions are flushed.
    pub(super) fn push(&mut self, sums: &mut Vec<G1Affine>, left: G1Affine, right: G1Affine) {
        match slope(&left, &right) {
            Ok((numerator, denominator)) => {
                self.places.push(sums.len());
                self.left_x.push(left.x);
                self.left_y.push(left.y);
                self.right_x.push(right.x);
                self.numerators.push(numerator);
                self.denominators.push(denominator);
                sums.push(left);
            }
            Err(sum) => sums.push(sum),
        }
        if self.places.len() == BATCH {
            self.flush(sums);
        }
    }

    /// Puts all results in their places.
    pub(super) fn flush(&mut self, sums: &mut [G1Affine]) {
        match self.lanes {
            Some(lanes) => lanes.run(Together(self)),
            None => self.finish(),
        }
        for ((place, x), y) in self.places.iter().zip(&self.left_x).zip(&self.left_y) {
            sums[*place] = G1Affine::new_unchecked(*x, *y);
        }
        let Self { lanes: _, places, left_x, left_y, right_x, numerators, denominators, products } = self;
        places.clear();
        for values in [left_x, left_y, right_x, numerators, denominators, products] {
            values.clear();
        }
    }

    /// Puts the sums in the place of the left points, one after another.
    fn finish(&mut self) {
        let mut product = Fq::ONE;
        for denominator in &self.denominators {
            self.products.push(product);
            product *= denominator;
        }
        let mut inverse = invert(product);
        for index in (0..self.places.len()).rev() {
            let slope = self.numerators[index] * inverse * self.products[index];
            inverse *= self.denominators[index];
            let (x, y) = (self.left_x[index], self.left_y[index]);
            self.left_x[index] = slope.square() - x - self.right_x[index];
            self.left_y[index] = slope * (x - self.left_x[index]) - y;
        }
    }

    /// Fills up to whole steps with additions that have no place.
    fn fill(&mut self) {
        let count = self.places.len().next_multiple_of(STEP);
        self.denominators.resize(count, Fq::ONE);
        let Self { left_x, left_y, right_x, numerators, products, .. } = self;
        for values in [left_x, left_y, right_x, numerators, products] {
            values.resize(count, Fq::ZERO);
        }
    }
}

/// The work of [`Additions::finish`], a step at a time.
struct Together<'a>(&'a mut Additions);

impl Task for Together<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, lanes: Lanes) {
        let Self(additions) = self;
        additions.fill();
        let mut chains = [Packed::<FqConfig>::splat(lanes, &Fq::ONE); CHAINS];
        let denominators = additions.denominators.as_chunks::<LANES>().0;
        let products = additions.products.as_chunks_mut::<LANES>().0;
        for (index, (denominator, product)) in denominators.iter().zip(products).enumerate() {
            let chain = &mut chains[index % CHAINS];
            chain.store(product);
            *chain *= Packed::load(lanes, denominator);
        }
        let mut inverses = invert_all(chains.map(Packed::to_array)).map(|values| Packed::load(lanes, &values));
        let Additions { left_x, left_y, right_x, numerators, denominators, products, .. } = additions;
        let left_x = left_x.as_chunks_mut::<LANES>().0;
        let left_y = left_y.as_chunks_mut::<LANES>().0;
        let load = |values: &[Fq], index: usize| Packed::load(lanes, &values.as_chunks::<LANES>().0[index]);
        for index in (0..left_x.len()).rev() {
            let inverse = &mut inverses[index % CHAINS];
            let slope = load(numerators, index) * (*inverse * load(products, index));
            *inverse *= load(denominators, index);
            let [x, y] = [&left_x[index], &left_y[index]].map(|values| Packed::load(lanes, values));
            let sum = slope * slope - x - load(right_x, index);
            sum.store(&mut left_x[index]);
            (slope * (x - sum) - y).store(&mut left_y[index]);
        }
    }
}

/// The inverse of a product of denominators, none of which is zero.
fn invert(product: Fq) -> Fq {
    product.inverse().unwrap_or_default()
}

/// The inverses of the products of all chains.
fn invert_all(mut chains: [[Fq; LANES]; CHAINS]) -> [[Fq; LANES]; CHAINS] {
    ark_ff::batch_inversion(chains.as_flattened_mut());
    chains
}

/// The slope of the line through the points, as a fraction; or their sum, where there is no such line.
fn slope(left: &G1Affine, right: &G1Affine) -> Result<(Fq, Fq), G1Affine> {
    if left.is_zero() {
        return Err(*right);
    }
    if right.is_zero() {
        return Err(*left);
    }
    if left.x != right.x {
        return Ok((right.y - left.y, right.x - left.x));
    }
    // The group's order is odd, so that y is not zero.
    if left.y == right.y {
        let square = left.x.square();
        return Ok((square.double() + square, left.y.double()));
    }
    Err(G1Affine::identity())
}

#[cfg(test)]
mod tests {
    use ark_bn254::{Fr, G1Projective};
    use ark_ec::{CurveGroup, PrimeGroup};

    use super::*;

    fn pairs(count: usize) -> Vec<(G1Affine, G1Affine)> {
        let point = |scalar: usize| (G1Projective::generator() * Fr::from(scalar as u64).square()).into_affine();
        let pair = |index: usize| {
            let (left, right) = (point(2 * index + 1), point(2 * index + 2));
            match index % 7 {
                1 => (left, left),
                2 => (left, -left),
                3 => (G1Affine::identity(), right),
                4 => (left, G1Affine::identity()),
                _ => (left, right),
            }
        };
        (0..count).map(pair).collect()
    }

    fn added(lanes: Option<Lanes>, pairs: &[(G1Affine, G1Affine)]) -> Vec<G1Affine> {
        let (mut additions, mut sums) = (Additions::with(lanes), Vec::new());
        pairs.iter().for_each(|(left, right)| additions.push(&mut sums, *left, *right));
        additions.flush(&mut sums);
        sums
    }

    /// Of sizes around those of a step and of a batch.
    #[test]
    fn sums_are_those_of_the_curve_with_lanes_and_without() {
        for count in [0, 1, 2, 7, 8, 9, 15, 16, 17, 33, 100, BATCH + 500, 2 * BATCH] {
            let pairs = pairs(count);
            let expected: Vec<_> = pairs.iter().map(|(left, right)| (*left + *right).into_affine()).collect();
            assert_eq!(added(None, &pairs), expected);
            assert_eq!(added(Lanes::detect(), &pairs), expected);
        }
    }
}
