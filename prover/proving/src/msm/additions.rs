//! Additions of points in affine coordinates, many of which share one inversion.
//!
//! An addition takes a quotient, and a division costs about 300 multiplications. Montgomery's trick divides by many denominators with
//! one inversion: the inverse of their product gives the inverse of each of them.

use ark_bn254::{Fq, FqConfig, G1Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, Field};
use hallmark_lanes::{LANES, Lanes, Packed, Task};

/// Additions that share an inversion. So many still fit the second-level cache.
const BATCH: usize = 2048;
/// Chains of products that the lanes follow at once. A product waits for the one before it in its chain.
const CHAINS: usize = 2;
/// Additions that the lanes take one step with.
const STEP: usize = CHAINS * LANES;

/// Additions to come, whose results have their places. No two points of one have the same abscissa.
pub(super) struct Additions {
    lanes: Option<Lanes>,
    places: Vec<usize>,
    left_x: Vec<Fq>,
    left_y: Vec<Fq>,
    right_x: Vec<Fq>,
    right_y: Vec<Fq>,
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
            right_y: Vec::new(),
            products: Vec::new(),
        }
    }

    /// Puts left + right in a place of `sums`, now or when the additions are flushed.
    pub(super) fn add(&mut self, sums: &mut [G1Affine], place: usize, left: G1Affine, right: G1Affine) {
        if let Some(sum) = without_slope(&left, &right) {
            sums[place] = sum;
            return;
        }
        self.places.push(place);
        self.left_x.push(left.x);
        self.left_y.push(left.y);
        self.right_x.push(right.x);
        self.right_y.push(right.y);
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
        let Self { lanes: _, places, left_x, left_y, right_x, right_y, products } = self;
        places.clear();
        for values in [left_x, left_y, right_x, right_y, products] {
            values.clear();
        }
    }

    /// Puts the sums in the place of the left points, one after another.
    fn finish(&mut self) {
        let mut product = Fq::ONE;
        for (left_x, right_x) in self.left_x.iter().zip(&self.right_x) {
            self.products.push(product);
            product *= *right_x - left_x;
        }
        let mut inverse = invert(product);
        for index in (0..self.places.len()).rev() {
            let (x, y) = (self.left_x[index], self.left_y[index]);
            let slope = (self.right_y[index] - y) * inverse * self.products[index];
            inverse *= self.right_x[index] - x;
            self.left_x[index] = slope.square() - x - self.right_x[index];
            self.left_y[index] = slope * (x - self.left_x[index]) - y;
        }
    }

    /// Fills up to whole steps with additions that have no place.
    fn fill(&mut self) {
        let count = self.places.len().next_multiple_of(STEP);
        self.right_x.resize(count, Fq::ONE);
        let Self { left_x, left_y, right_y, products, .. } = self;
        for values in [left_x, left_y, right_y, products] {
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
        let Additions { left_x, left_y, right_x, right_y, products, .. } = additions;
        let [left_x, left_y, products] = [left_x, left_y, products].map(|values| values.as_chunks_mut::<LANES>().0);
        let [right_x, right_y] = [right_x, right_y].map(|values| values.as_chunks::<LANES>().0);
        let load = |values: &[Fq; LANES]| Packed::load(lanes, values);
        for (index, product) in products.iter_mut().enumerate() {
            let chain = &mut chains[index % CHAINS];
            chain.store(product);
            *chain *= load(&right_x[index]) - load(&left_x[index]);
        }
        let mut inverses = invert_all(chains.map(Packed::to_array)).map(|values| load(&values));
        for index in (0..left_x.len()).rev() {
            let inverse = &mut inverses[index % CHAINS];
            let [x, y, other] = [load(&left_x[index]), load(&left_y[index]), load(&right_x[index])];
            let slope = (load(&right_y[index]) - y) * (*inverse * load(&products[index]));
            *inverse *= other - x;
            let sum = slope * slope - x - other;
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

/// The sum of points through which there is no line with a slope, or whose line has no two points.
fn without_slope(left: &G1Affine, right: &G1Affine) -> Option<G1Affine> {
    if left.is_zero() {
        return Some(*right);
    }
    if right.is_zero() {
        return Some(*left);
    }
    // Equal points are rare: twice the point takes an inversion of its own.
    (left.x == right.x).then(|| (*left + right).into_affine())
}

#[cfg(test)]
mod tests {
    use ark_bn254::{Fr, G1Projective};
    use ark_ec::PrimeGroup;

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
        let (mut additions, mut sums) = (Additions::with(lanes), vec![G1Affine::identity(); pairs.len()]);
        for (place, (left, right)) in pairs.iter().enumerate() {
            additions.add(&mut sums, place, *left, *right);
        }
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
