//! The prover of the main sumcheck. Its equation is in [`hallmark_circuits::verifier::main_sumcheck`].

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use hallmark_circuits::{
    arithmetic::Scalar,
    channel::{MAIN_DEGREE, Sender},
    message::Message,
    relations::{
        plan::{Shared, TermPlan},
        summand::{Batching, CellLookUps, Entry, Rescaling, cell, entry, product},
    },
    verifier::statement::Statement,
};

use super::{
    pairs::{Formula, sum_pairs},
    polynomial::{Prefix, bind, equality_table, map_range, sum_ranges},
};

/// The points other than one at which a round polynomial is computed; the claim gives its value at one.
const POINTS: usize = MAIN_DEGREE;

/// A part of the sum: a polynomial over some of the variables, extended by zeros to all of them.
pub trait Summand {
    /// The number of variables not bound yet.
    fn variables(&self) -> usize;

    /// The round polynomial at 0, 2, 3 and 4.
    fn round(&self) -> [Fr; POINTS];

    /// Binds the lowest variable.
    fn bind(&mut self, x: &Fr);

    /// The value, when all variables are bound.
    fn value(&self) -> Fr;
}

/// Runs the sumcheck and returns its point.
pub fn prove(channel: &mut Sender, statement: &Statement<'_>, mut claim: Fr, summands: &mut [Summed<'_>]) -> Vec<Fr> {
    let mut point = Vec::new();
    for _ in 0..statement.main_rounds() {
        let mut values = [Fr::ZERO; POINTS];
        for summand in summands.iter() {
            for (sum, value) in values.iter_mut().zip(summand.round()) {
                *sum += value;
            }
        }
        let coefficients = interpolate(claim, values);
        channel.send(Message::MainRound, &[coefficients[0], coefficients[2], coefficients[3], coefficients[4]]);
        let x = channel.challenge();
        claim = coefficients.iter().rev().fold(Fr::ZERO, |value, coefficient| value * x + coefficient);
        summands.iter_mut().for_each(|summand| summand.bind(&x));
        point.push(x);
    }
    point
}

/// A summand and the factor by which the rounds beyond its variables have extended it.
pub struct Summed<'s> {
    summand: &'s mut dyn Summand,
    extension: Fr,
}

impl<'s> Summed<'s> {
    /// A summand of which nothing is bound.
    pub fn new(summand: &'s mut dyn Summand) -> Self {
        Self { summand, extension: Fr::ONE }
    }

    fn round(&self) -> [Fr; POINTS] {
        if self.summand.variables() > 0 {
            return self.summand.round();
        }
        // value * (1 - X) at 0, 2, 3 and 4.
        let value = self.summand.value() * self.extension;
        let double = value.double();
        [value, -value, -double, -double - value]
    }

    fn bind(&mut self, x: &Fr) {
        if self.summand.variables() > 0 {
            self.summand.bind(x);
        } else {
            self.extension *= Fr::ONE - x;
        }
    }
}

/// The coefficients of the polynomial of degree 4 with these values at 0, 2, 3, 4 and `claim` at 0 and 1 together.
fn interpolate(claim: Fr, values: [Fr; POINTS]) -> [Fr; 5] {
    let [at0, at2, at3, at4] = values;
    let at1 = claim - at0;
    // Newton's forward differences, and their conversion from falling factorials.
    let first = [at1 - at0, at2 - at1, at3 - at2, at4 - at3];
    let second = [first[1] - first[0], first[2] - first[1], first[3] - first[2]];
    let third = [second[1] - second[0], second[2] - second[1]];
    let fourth = third[1] - third[0];
    let [half, sixth, twenty_fourth] = [2u64, 6, 24].map(|n| Fr::from(n).inverse().unwrap_or_default());
    let (d1, d2, d3, d4) = (first[0], second[0] * half, third[0] * sixth, fourth * twenty_fourth);
    // x(x-1) = x^2 - x;  x(x-1)(x-2) = x^3 - 3x^2 + 2x;  x(x-1)(x-2)(x-3) = x^4 - 6x^3 + 11x^2 - 6x
    let n = |n: u64| Fr::from(n);
    [at0, d1 - d2 + n(2) * d3 - n(6) * d4, d2 - n(3) * d3 + n(11) * d4, d3 - n(6) * d4, d4]
}

/// The rescaling of a cell.
struct OfRescaling;

impl Formula<4> for OfRescaling {
    #[inline(always)]
    fn eval<S: Scalar>([scale, quotient, equality, remainder]: [S; 4]) -> S {
        Rescaling { scale, quotient, equality, remainder }.eval()
    }
}

/// The look-ups of a cell.
struct OfLookUps;

impl Formula<4> for OfLookUps {
    #[inline(always)]
    fn eval<S: Scalar>([equality, helper, left, right]: [S; 4]) -> S {
        CellLookUps { equality, helper, denominators: [left, right] }.eval()
    }
}

/// An entry of a table.
struct OfEntry;

impl Formula<4> for OfEntry {
    #[inline(always)]
    fn eval<S: Scalar>([equality, helper, denominator, multiplicity]: [S; 4]) -> S {
        Entry { equality, helper, denominator, multiplicity }.eval()
    }
}

/// A product of two operands.
struct OfTwo;

impl Formula<3> for OfTwo {
    #[inline(always)]
    fn eval<S: Scalar>([shared, left, right]: [S; 3]) -> S {
        product(shared, [left, right])
    }
}

/// A product of three operands.
struct OfThree;

impl Formula<4> for OfThree {
    #[inline(always)]
    fn eval<S: Scalar>([shared, first, second, third]: [S; 4]) -> S {
        product(shared, [first, second, third])
    }
}

/// The cells: rescaling, the look-up helper, and its side of the balance.
///
/// The cells after the last tensor are padding. They have nothing to rescale, and their helper fits its denominators on every line
/// between them: all that they add to a round is their helpers' side of the balance.
pub struct Cells {
    /// `eq(r, .)`, of all cells.
    pub equality: Vec<Fr>,
    /// `eq(r, .) * scale`.
    pub scale: Prefix,
    /// The quotients.
    pub quotient: Prefix,
    /// The remainders.
    pub remainder: Prefix,
    /// The helpers.
    pub helper: Prefix,
    /// The denominators of both look-ups.
    pub denominators: [Prefix; 2],
    /// What batches the parts.
    pub lambda: Batching<Fr>,
}

impl Summand for Cells {
    fn variables(&self) -> usize {
        self.helper.bits()
    }

    fn round(&self) -> [Fr; POINTS] {
        let Self { equality, scale, quotient, remainder, helper, denominators: [left, right], lambda } = self;
        let equality = &equality[..helper.values().len()];
        let [scale, quotient, remainder] = [scale, quotient, remainder].map(Prefix::values);
        const RESCALING: usize = Rescaling::<Fr>::DEGREE + 1;
        let rescaling = round_of::<OfRescaling, RESCALING, _>([scale, quotient, equality, remainder]);
        let look_ups = round::<OfLookUps, _>([equality, helper.values(), left.values(), right.values()]);
        let balance = line(helper);
        std::array::from_fn(|at| rescaling[at] + lambda.cells * look_ups[at] + lambda.balance * balance[at])
    }

    fn bind(&mut self, x: &Fr) {
        bind(&mut self.equality, x);
        let [left, right] = &mut self.denominators;
        let columns = [&mut self.scale, &mut self.quotient, &mut self.remainder, &mut self.helper, left, right];
        columns.into_iter().for_each(|column| column.bind(x));
    }

    fn value(&self) -> Fr {
        let equality = self.equality[0];
        let [scale, quotient, remainder] = [&self.scale, &self.quotient, &self.remainder].map(Prefix::value);
        let rescaling = Rescaling { scale, quotient, equality, remainder };
        let denominators = self.denominators.each_ref().map(Prefix::value);
        cell(&self.lambda, rescaling, CellLookUps { equality, helper: self.helper.value(), denominators })
    }
}

/// The entries: the look-up helper and its side of the balance. Beyond the last table both are zero.
pub struct Entries {
    /// `eq(r, .)`, of all entries.
    pub equality: Vec<Fr>,
    /// The helpers.
    pub helper: Prefix,
    /// The denominators.
    pub denominator: Prefix,
    /// The multiplicities.
    pub multiplicity: Prefix,
    /// What batches the parts.
    pub lambda: Batching<Fr>,
}

impl Summand for Entries {
    fn variables(&self) -> usize {
        self.helper.bits()
    }

    fn round(&self) -> [Fr; POINTS] {
        let Self { equality, helper, denominator, multiplicity, lambda } = self;
        const LOOK_UP: usize = Entry::<Fr>::DEGREE + 1;
        let columns =
            [&equality[..helper.values().len()], helper.values(), denominator.values(), multiplicity.values()];
        let look_up = round_of::<OfEntry, LOOK_UP, _>(columns);
        let balance = line(helper);
        std::array::from_fn(|at| lambda.entries * look_up[at] - lambda.balance * balance[at])
    }

    fn bind(&mut self, x: &Fr) {
        bind(&mut self.equality, x);
        let columns = [&mut self.helper, &mut self.denominator, &mut self.multiplicity];
        columns.into_iter().for_each(|column| column.bind(x));
    }

    fn value(&self) -> Fr {
        let equality = self.equality[0];
        let [helper, denominator, multiplicity] =
            [&self.helper, &self.denominator, &self.multiplicity].map(Prefix::value);
        entry(&self.lambda, Entry { equality, helper, denominator, multiplicity })
    }
}

/// A term with a sumcheck: `-factor * sum_c shared(c) * operands(c)`.
pub struct Product {
    /// The public factor.
    pub factor: Fr,
    /// `eq(r, .)` over the axes that the sum runs over.
    pub shared: Vec<Fr>,
    /// What the term multiplies, folded to the variables of the sum.
    pub operands: Vec<Vec<Fr>>,
}

impl Product {
    /// What multiplies the operands, over the places of the sum.
    #[must_use]
    pub fn shared(plan: &TermPlan<'_>, cells: &[Fr]) -> Vec<Fr> {
        plan.shared_variables(cells).fold(vec![Fr::ONE], |table, (variable, shared)| {
            let values = match shared {
                Shared::Point(point) => equality_table(point),
                Shared::Below(size) => (0..1 << variable.bits).map(|value| Fr::from(value < size)).collect(),
                Shared::Ones => vec![Fr::ONE; 1 << variable.bits],
            };
            map_range(values.len() * table.len(), |place| values[place / table.len()] * table[place % table.len()])
        })
    }

    /// What the operands are at the sumcheck's point, when all variables are bound.
    #[must_use]
    pub fn claims(&self) -> Vec<Fr> {
        self.operands.iter().map(|operand| operand[0]).collect()
    }
}

impl Summand for Product {
    fn variables(&self) -> usize {
        self.shared.len().trailing_zeros() as usize
    }

    fn round(&self) -> [Fr; POINTS] {
        let values = match self.operands.as_slice() {
            [left, right] => round_of::<OfTwo, 4, _>([&self.shared, left, right]),
            [first, second, third] => round::<OfThree, _>([&self.shared, first, second, third]),
            _ => [Fr::ZERO; POINTS],
        };
        values.map(|value| -self.factor * value)
    }

    fn bind(&mut self, x: &Fr) {
        bind(&mut self.shared, x);
        self.operands.iter_mut().for_each(|operand| bind(operand, x));
    }

    fn value(&self) -> Fr {
        -self.factor * product(self.shared[0], self.claims())
    }
}

/// Adds up a column at 0, 2, 3 and 4.
fn line(column: &Prefix) -> [Fr; POINTS] {
    let values = column.values();
    let sums = sum_ranges(values.len() / 2, |range| {
        let sum = |parity: usize| range.clone().map(|index| values[2 * index + parity]).sum();
        [sum(0), sum(1)]
    });
    let others = column.rest() * Fr::from(column.other_pairs() as u64);
    extend(sums.map(|sum| sum + others))
}

/// Adds up a formula of degree 4 over all pairs of values of the columns, at 0, 2, 3 and 4.
fn round<F: Formula<C>, const C: usize>(columns: [&[Fr]; C]) -> [Fr; POINTS] {
    sum_pairs::<F, POINTS, 2, C>(columns)
}

/// Adds up a formula of degree `N - 1`, which is less than 4, over all pairs of values of the columns.
fn round_of<F: Formula<C>, const N: usize, const C: usize>(columns: [&[Fr]; C]) -> [Fr; POINTS] {
    extend::<N>(sum_pairs::<F, N, 1, C>(columns))
}

/// The polynomial of degree `N - 1` with these values at 0, 1, and so on: its values at 0, 2, 3 and 4.
fn extend<const N: usize>(values: [Fr; N]) -> [Fr; POINTS] {
    // The last difference of each order, which the next value adds up again.
    let mut differences = values.to_vec();
    for order in 1..N {
        for place in (order..N).rev() {
            differences[place] = differences[place] - differences[place - 1];
        }
    }
    // differences[k] is the k-th forward difference at 0: Newton's form at x is the sum of (x choose k) times it.
    [[1, 0, 0, 0], [1, 2, 1, 0], [1, 3, 3, 1], [1, 4, 6, 4]].map(|binomials: [u64; 4]| {
        differences.iter().zip(binomials).map(|(difference, binomial)| *difference * Fr::from(binomial)).sum()
    })
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::random::random_scalar;

    #[test]
    fn values_are_extended_along_their_polynomial() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let coefficients: Vec<Fr> = (0..4).map(|_| random_scalar(&mut rng)).collect();
        let at = |degree: usize, x: u64| -> Fr {
            coefficients[..=degree].iter().rev().fold(Fr::ZERO, |value, c| value * Fr::from(x) + c)
        };
        let expected = |degree| [0, 2, 3, 4].map(|x| at(degree, x));
        assert_eq!(extend([0, 1].map(|x| at(1, x))), expected(1));
        assert_eq!(extend([0, 1, 2].map(|x| at(2, x))), expected(2));
        assert_eq!(extend([0, 1, 2, 3].map(|x| at(3, x))), expected(3));
    }
}
