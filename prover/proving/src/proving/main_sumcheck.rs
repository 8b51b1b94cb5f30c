//! The prover of the main sumcheck. Its equation is in [`hallmark_circuits::verifier::main_sumcheck`].

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use hallmark_circuits::{
    channel::{MAIN_DEGREE, Sender},
    verifier::statement::Statement,
};

use super::polynomial::{bind, equality_table, sum_ranges};

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
        channel.send(&[coefficients[0], coefficients[2], coefficients[3], coefficients[4]]);
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

/// The cells: rescaling, the look-up helper, and its side of the balance.
pub struct Cells {
    /// `eq(r, .)`.
    pub equality: Vec<Fr>,
    /// `eq(r, .) * scale`.
    pub scale: Vec<Fr>,
    /// The quotients.
    pub quotient: Vec<Fr>,
    /// The remainders.
    pub remainder: Vec<Fr>,
    /// The helpers.
    pub helper: Vec<Fr>,
    /// The denominators of both look-ups.
    pub denominators: [Vec<Fr>; 2],
    /// The batching factors of the helper's constraint and of the balance.
    pub lambda: [Fr; 2],
}

impl Cells {
    /// The round polynomial of `scale * z + eq * rem`, which is of degree 2 only, by its coefficients.
    fn rescaling_round(&self) -> [Fr; POINTS] {
        let pairs = [(&self.scale, &self.quotient), (&self.equality, &self.remainder)];
        let [constant, at1, quadratic] = sum_ranges(self.equality.len() / 2, |range| {
            let mut sums = [Fr::ZERO; 3];
            for (left, right) in pairs {
                for index in range.clone() {
                    let (left0, left1) = (left[2 * index], left[2 * index + 1]);
                    let (right0, right1) = (right[2 * index], right[2 * index + 1]);
                    sums[0] += left0 * right0;
                    sums[1] += left1 * right1;
                    sums[2] += (left1 - left0) * (right1 - right0);
                }
            }
            sums
        });
        let linear = at1 - constant - quadratic;
        [0u64, 2, 3, 4].map(|x| (quadratic * Fr::from(x) + linear) * Fr::from(x) + constant)
    }
}

impl Summand for Cells {
    fn variables(&self) -> usize {
        self.equality.len().trailing_zeros() as usize
    }

    fn round(&self) -> [Fr; POINTS] {
        let columns = [&self.equality, &self.helper, &self.denominators[0], &self.denominators[1]];
        let constraint =
            round(columns, |[equality, helper, left, right]| equality * (helper * left * right - left - right));
        let [lambda, balance] = self.lambda;
        let rescaling = self.rescaling_round();
        let helper = line(&self.helper);
        std::array::from_fn(|point| lambda * constraint[point] + rescaling[point] + balance * helper[point])
    }

    fn bind(&mut self, x: &Fr) {
        let [left, right] = &mut self.denominators;
        for column in [
            &mut self.equality,
            &mut self.scale,
            &mut self.quotient,
            &mut self.remainder,
            &mut self.helper,
            left,
            right,
        ] {
            bind(column, x);
        }
    }

    fn value(&self) -> Fr {
        let [left, right] = &self.denominators;
        let constraint = self.helper[0] * left[0] * right[0] - left[0] - right[0];
        let inner = self.remainder[0] + self.lambda[0] * constraint;
        self.scale[0] * self.quotient[0] + self.equality[0] * inner + self.lambda[1] * self.helper[0]
    }
}

/// The entries: the look-up helper and its side of the balance.
pub struct Entries {
    /// `eq(r, .)`.
    pub equality: Vec<Fr>,
    /// The helpers.
    pub helper: Vec<Fr>,
    /// The denominators.
    pub denominator: Vec<Fr>,
    /// The multiplicities.
    pub multiplicity: Vec<Fr>,
    /// The batching factors of the helper's constraint and of the balance.
    pub lambda: [Fr; 2],
}

impl Summand for Entries {
    fn variables(&self) -> usize {
        self.equality.len().trailing_zeros() as usize
    }

    fn round(&self) -> [Fr; POINTS] {
        let columns = [&self.equality, &self.helper, &self.denominator, &self.multiplicity];
        let [lambda, balance] = self.lambda;
        round(columns, |[equality, helper, denominator, multiplicity]| {
            lambda * equality * (helper * denominator - multiplicity) - balance * helper
        })
    }

    fn bind(&mut self, x: &Fr) {
        for column in [&mut self.equality, &mut self.helper, &mut self.denominator, &mut self.multiplicity] {
            bind(column, x);
        }
    }

    fn value(&self) -> Fr {
        let constraint = self.helper[0] * self.denominator[0] - self.multiplicity[0];
        self.lambda[0] * self.equality[0] * constraint - self.lambda[1] * self.helper[0]
    }
}

/// A product: `-factor * sum_c shared(c) W(c) X(c)`.
pub struct Product {
    /// The public factor.
    pub factor: Fr,
    /// `eq(r, .)` over the axes that both operands read.
    pub shared: Vec<Fr>,
    /// The weights' side.
    pub weights: Vec<Fr>,
    /// The values' side.
    pub values: Vec<Fr>,
}

impl Product {
    /// `eq` over the bits of the product's sum that belong to axes of the tensor; one over all others.
    #[must_use]
    pub fn shared(bits: impl Iterator<Item = Option<Fr>>) -> Vec<Fr> {
        bits.fold(vec![Fr::ONE], |table, bit| match bit {
            None => [table.as_slice(), table.as_slice()].concat(),
            Some(x) => {
                let factor = equality_table(&[x]);
                factor.iter().flat_map(|factor| table.iter().map(move |entry| *entry * factor)).collect()
            }
        })
    }
}

impl Summand for Product {
    fn variables(&self) -> usize {
        self.weights.len().trailing_zeros() as usize
    }

    fn round(&self) -> [Fr; POINTS] {
        let values =
            round([&self.shared, &self.weights, &self.values], |[shared, weights, values]| shared * weights * values);
        values.map(|value| -self.factor * value)
    }

    fn bind(&mut self, x: &Fr) {
        for column in [&mut self.shared, &mut self.weights, &mut self.values] {
            bind(column, x);
        }
    }

    fn value(&self) -> Fr {
        -self.factor * self.shared[0] * self.weights[0] * self.values[0]
    }
}

/// Adds up a column at 0, 2, 3 and 4.
fn line(column: &[Fr]) -> [Fr; POINTS] {
    let [low, high] = sum_ranges(column.len() / 2, |range| {
        let sum = |parity: usize| range.clone().map(|index| column[2 * index + parity]).sum();
        [sum(0), sum(1)]
    });
    let step = high - low;
    [low, high + step, high + step.double(), high + step.double() + step]
}

/// Adds up `summand` over all pairs of values of the columns, at 0, 2, 3 and 4.
fn round<const C: usize>(columns: [&Vec<Fr>; C], summand: impl Fn([Fr; C]) -> Fr + Sync) -> [Fr; POINTS] {
    sum_ranges(columns[0].len() / 2, |range| {
        let mut sums = [Fr::ZERO; POINTS];
        for index in range {
            let low = columns.map(|column| column[2 * index]);
            let high = columns.map(|column| column[2 * index + 1]);
            sums[0] += summand(low);
            let mut at = high;
            for sum in &mut sums[1..] {
                at = std::array::from_fn(|column| at[column] + high[column] - low[column]);
                *sum += summand(at);
            }
        }
        sums
    })
}
