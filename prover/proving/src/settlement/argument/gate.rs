//! The gate's constraints folded with a challenge, in as few multiplications as there are.
//!
//! A step of a permutation leads to three values, each linear in the values of both rows and their fifth powers. Once folded,
//! a kind of step is one such linear form. Its coefficients are read off
//! [`step`](hallmark_circuits::poseidon::compact::step), which the circuit is made of.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use hallmark_circuits::{
    arithmetic::{Arithmetic, Native},
    poseidon::{
        WIDTH,
        compact::{Kind, step},
    },
    settlement::gate::{CONSTRAINTS, Cells, step_selectors},
};

/// Values of a row, their fifth powers, values of the next row, their fifth powers.
const OPERANDS: usize = 4 * WIDTH;

/// The constraints as one: `sum over j of y^(m - 1 - j) constraint_j`.
#[derive(Clone, Debug)]
pub(super) struct FoldedGate {
    /// y^(m-1), ..., y, 1: of the arithmetic constraint, then of the steps'.
    weights: [Fr; CONSTRAINTS],
    /// The form of each kind, in the order of [`step_selectors`].
    forms: [Form; 4],
}

/// A sum of multiples of operands.
type Form = Vec<(usize, Fr)>;

impl FoldedGate {
    pub(super) fn new(y: Fr) -> Self {
        let mut weights = [Fr::ONE; CONSTRAINTS];
        for index in (1..CONSTRAINTS).rev() {
            weights[index - 1] = weights[index] * y;
        }
        let forms = [Kind::Full, Kind::Partial, Kind::Enter, Kind::Leave].map(|kind| form(kind, &weights[1..]));
        Self { weights, forms }
    }

    /// The folded constraints of a row, given the fifth powers of its values and the next row's.
    #[inline(always)]
    pub(super) fn evaluate<A: Arithmetic>(
        &self,
        a: &mut A,
        cells: &Cells<A::Scalar>,
        fifths: [[A::Scalar; WIDTH]; 2],
    ) -> A::Scalar {
        let [s, p, _] = cells.selectors;
        let [x, next, k] = [&cells.values, &cells.next, &cells.constants];
        let difference = x[0] * x[1] + k[0] * x[0] + k[1] * x[1] + k[2] * x[2] - next[2];
        let arithmetic = (s - s * p) * difference + cells.instance;
        let ((kinds, any), [powers, next_powers]) = (step_selectors(a, cells.selectors), fifths);
        let operands = [*x, powers, *next, next_powers];
        let mut result = a.constant(self.weights[1]) * (k[0] - next[0]);
        for index in 1..WIDTH {
            result = result + a.constant(self.weights[1 + index]) * (k[index] - next[index]);
        }
        let mut sum = a.constant(self.weights[0]) * arithmetic + any * result;
        for ((_, selector), form) in kinds.iter().zip(&self.forms) {
            sum = sum + *selector * evaluate(a, form, &operands);
        }
        sum
    }
}

#[inline(always)]
fn evaluate<A: Arithmetic>(a: &mut A, form: &Form, operands: &[[A::Scalar; WIDTH]; 4]) -> A::Scalar {
    let mut sum = a.constant(Fr::ZERO);
    for (operand, coefficient) in form {
        sum = sum + a.constant(*coefficient) * operands.as_flattened()[*operand];
    }
    sum
}

/// The form of a kind of step. A step is `a x + b x^5` in each value x of either row: `a + b` for one, `2a + 32b` for two.
fn form(kind: Kind, weights: &[Fr]) -> Form {
    let folded = |place: usize, value: u64| -> Fr {
        let mut rows = [[Fr::ZERO; WIDTH]; 2];
        rows[place / WIDTH][place % WIDTH] = value.into();
        step(&mut Native, kind, &rows[0], &rows[1]).iter().zip(weights).map(|(value, weight)| *value * weight).sum()
    };
    let thirtieth = Fr::from(30).inverse().unwrap_or_default();
    let mut coefficients = [Fr::ZERO; OPERANDS];
    for place in 0..2 * WIDTH {
        let (one, two) = (folded(place, 1), folded(place, 2));
        let of_power = (two - one.double()) * thirtieth;
        let operand = place / WIDTH * 2 * WIDTH + place % WIDTH;
        coefficients[operand] = one - of_power;
        coefficients[operand + WIDTH] = of_power;
    }
    coefficients.into_iter().enumerate().filter(|(_, coefficient)| *coefficient != Fr::ZERO).collect()
}

#[cfg(test)]
mod tests {
    use hallmark_circuits::{poseidon::fifth_power, settlement::gate::constraints};
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::random::random_scalar;

    #[test]
    fn the_folded_gate_is_the_sum_of_the_circuit_s_constraints() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        for _ in 0..8 {
            let y = random_scalar(&mut rng);
            let mut triple = || [(); WIDTH].map(|()| random_scalar(&mut rng));
            let (values, next, selectors, constants) = (triple(), triple(), triple(), triple());
            let cells = Cells { values, next, selectors, constants, instance: triple()[0] };
            let fifths = [values, next].map(|row| row.map(fifth_power));
            let expected =
                constraints(&mut Native, &cells).iter().fold(Fr::ZERO, |sum, constraint| sum * y + constraint);
            assert_eq!(FoldedGate::new(y).evaluate(&mut Native, &cells, fifths), expected);
        }
    }

    #[test]
    fn forms_have_no_more_terms_than_steps() {
        let terms = FoldedGate::new(Fr::from(3)).forms.map(|form| form.len());
        assert_eq!(terms, [3, 9, 5, 5]);
    }
}
