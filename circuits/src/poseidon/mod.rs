//! The Poseidon permutation over Fr (Grassi, Khovratovich, Rechberger, Roy and Schofnegger, ePrint 2019/458).
//!
//! The S-box is x^5. R_F = 8 full rounds apply it to the whole state. Half of them come before R_P partial rounds, and half
//! after. Partial rounds apply it to the first element alone. Constants, matrix and R_P are those of the paper's scripts for
//! 128 bits of security, as circomlib has them.
//!
//! A round applies the S-box, multiplies by the matrix, and adds constants. These are the constants that the paper adds at the
//! beginning of the next round. The last round adds those of the first. Let `c` be the first round's constants, and P the
//! paper's permutation. Then this permutation is `x -> P(x - c) + c`, which is equally secure. So no fifth power contains a
//! constant.
//!
//! This file is the definition for every interpretation of [`Arithmetic`]. It has no shortcut for partial rounds. [`compact`]
//! is the arrangement for a circuit.

pub mod compact;
mod grain;

use std::{ops::Range, sync::LazyLock};

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;

use self::grain::Grain;
use crate::arithmetic::{Arithmetic, Scalar};

/// The width of the permutation's state: a rate of 2 and a capacity of 1.
pub const WIDTH: usize = 3;

/// R_F, which the paper's analysis gives for every width.
const FULL_ROUNDS: usize = 8;

/// R_P for [`WIDTH`] = 3 (table 2 of the paper's reference scripts).
const PARTIAL_ROUNDS: usize = 57;

/// The partial rounds among all.
const PARTIAL: Range<usize> = FULL_ROUNDS / 2..FULL_ROUNDS / 2 + PARTIAL_ROUNDS;

static PARAMETERS: LazyLock<Parameters> = LazyLock::new(Parameters::generate);

/// The permutation.
pub fn permute<A: Arithmetic + ?Sized>(a: &mut A, state: &mut [A::Scalar; WIDTH]) {
    PARAMETERS.permute(a, state);
}

/// The parameters of the permutation.
struct Parameters {
    /// The constants that are added after each round.
    constants: Vec<[Fr; WIDTH]>,
    matrix: [[Fr; WIDTH]; WIDTH],
}

impl Parameters {
    /// The paper's constants; the generator continues from the round constants to the matrix.
    fn generate() -> Self {
        let mut grain = Grain::new(WIDTH, FULL_ROUNDS, PARTIAL_ROUNDS);
        let mut constants: Vec<[Fr; WIDTH]> =
            (0..FULL_ROUNDS + PARTIAL_ROUNDS).map(|_| std::array::from_fn(|_| grain.element())).collect();
        constants.rotate_left(1);
        Self { constants, matrix: grain.matrix() }
    }

    fn permute<A: Arithmetic + ?Sized>(&self, a: &mut A, state: &mut [A::Scalar; WIDTH]) {
        for round in 0..self.constants.len() {
            self.round(a, round, state);
        }
    }

    fn round<A: Arithmetic + ?Sized>(&self, a: &mut A, round: usize, state: &mut [A::Scalar; WIDTH]) {
        let substituted = if PARTIAL.contains(&round) { 1 } else { WIDTH };
        for element in state.iter_mut().take(substituted) {
            *element = fifth_power(*element);
        }
        self.mix(a, state);
        for (element, constant) in state.iter_mut().zip(&self.constants[round]) {
            *element = *element + a.constant(*constant);
        }
    }

    /// state = matrix * state.
    fn mix<A: Arithmetic + ?Sized>(&self, a: &mut A, state: &mut [A::Scalar; WIDTH]) {
        let before = *state;
        for (element, row) in state.iter_mut().zip(&self.matrix) {
            *element = dot(a, row, &before);
        }
    }
}

/// `sum_j row[j] * state[j]`.
pub fn dot<A: Arithmetic + ?Sized>(a: &mut A, row: &[Fr], state: &[A::Scalar]) -> A::Scalar {
    let mut sum = None;
    for (&coefficient, &element) in row.iter().zip(state) {
        let product = a.constant(coefficient) * element;
        sum = Some(sum.map_or(product, |sum: A::Scalar| sum + product));
    }
    sum.unwrap_or_else(|| a.constant(Fr::ZERO))
}

/// `x^5`
pub fn fifth_power<S: Scalar>(x: S) -> S {
    let square = x * x;
    square * square * x
}

#[cfg(test)]
mod tests {
    use ark_ff::MontFp;

    use super::*;
    use crate::arithmetic::Native;

    #[test]
    fn width_three_is_circomlib() {
        // poseidon([1, 2]) in circomlib's tests, where the capacity comes first.
        let first = PARAMETERS.constants[PARAMETERS.constants.len() - 1];
        let mut state = std::array::from_fn(|element| Fr::from(element as u64) + first[element]);
        permute(&mut Native, &mut state);
        let expected: Fr = MontFp!("7853200120776062878684798364095072458815029376092732009249414926327459813530");
        assert_eq!(state[0] - first[0], expected);
    }

    #[test]
    fn constants_are_the_paper_s() {
        // The first round constant and matrix entry of circomlib's table for width 3.
        let parameters = Parameters::generate();
        let constant: Fr = MontFp!("6745197990210204598374042828761989596302876299545964402857411729872131034734");
        let entry: Fr = MontFp!("7511745149465107256748700652201246547602992235352608707588321460060273774987");
        let first = parameters.constants[parameters.constants.len() - 1];
        assert_eq!((first[0], parameters.matrix[0][0]), (constant, entry));
    }

    #[test]
    fn every_element_depends_on_every_element() {
        let mut reference = [Fr::ZERO; WIDTH];
        permute(&mut Native, &mut reference);
        for changed in 0..WIDTH {
            let mut state = [Fr::ZERO; WIDTH];
            state[changed] = Fr::from(1);
            permute(&mut Native, &mut state);
            assert!(state.iter().zip(&reference).all(|(left, right)| left != right));
        }
    }
}
