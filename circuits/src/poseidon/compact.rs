//! The permutation in 27 steps of three values, for a circuit.
//!
//! A partial round has one S-box, and the S-box's input is the only new value of the round. The other two elements of the state
//! are linear in earlier values. So the inputs `y_t` of the S-boxes describe the partial rounds. With
//!
//! ```text
//! matrix = ( M  m )      v_t = y_t^5      tau, delta: trace and determinant of N
//!          ( n  N )
//! ```
//!
//! the theorem of Cayley and Hamilton for the 2x2 matrix `N` gives
//!
//! ```text
//! y_(t+3) = tau y_(t+2) - delta y_(t+1) + b_0 v_(t+2) + b_1 v_(t+1) + b_2 v_t + constant
//! b_0 = M      b_1 = m n - tau M      b_2 = m N n - tau m n + delta M
//! ```
//!
//! and three inputs make a step. There are four kinds of steps from a row of three values to the next:
//!
//! | kind | from | to |
//! |---|---|---|
//! | [`Kind::Full`] | the state before a full round | the state after it |
//! | [`Kind::Enter`] | the state before the last full round of the first half | `y_1, y_2, y_3` |
//! | [`Kind::Partial`] | `y_t, y_(t+1), y_(t+2)` | `y_(t+3), y_(t+4), y_(t+5)` |
//! | [`Kind::Leave`] | `y_55, y_56, y_57` | the state before the second half |

use std::sync::LazyLock;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};

use super::{FULL_ROUNDS, PARAMETERS, PARTIAL, PARTIAL_ROUNDS, WIDTH, dot, fifth_power};
use crate::arithmetic::{Arithmetic, Native};

/// The values of a row.
pub type Values<S> = [S; WIDTH];

/// The kinds of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A full round.
    Full,
    /// A full round, and on to the inputs of the first three partial rounds.
    Enter,
    /// Three partial rounds.
    Partial,
    /// The last three partial rounds, and back to a state.
    Leave,
}

/// A step: its kind, and the constants that it adds.
pub type Step = (Kind, Values<Fr>);

/// The coefficients of all steps.
#[derive(Clone, Debug)]
pub struct Coefficients {
    /// The matrix: of the fifth powers in a full round.
    pub full: [[Fr; WIDTH]; WIDTH],
    /// Of the fifth powers in a step that enters.
    pub enter: [[Fr; WIDTH]; WIDTH],
    /// Of `v_t` and `v_(t+1)` in `y_(t+2)`, where no recurrence leads yet.
    pub entered: [Fr; 2],
    /// Of `y_(t+2)` and `y_(t+1)` in `y_(t+3)`.
    pub values: [Fr; 2],
    /// Of `v_(t+2)`, `v_(t+1)` and `v_t` in `y_(t+3)`.
    pub powers: [Fr; 3],
    /// Of `y_56`, `y_57`, `v_55`, `v_56` and `v_57` in the state that a step leaves for.
    pub leave: [[Fr; 5]; WIDTH],
}

/// The steps in order.
pub fn steps() -> &'static [Step] {
    &COMPACT.1
}

/// The coefficients.
pub fn coefficients() -> &'static Coefficients {
    &COMPACT.0
}

static COMPACT: LazyLock<(Coefficients, Vec<Step>)> = LazyLock::new(|| {
    let partial = PartialRounds::new();
    (partial.coefficients(), partial.steps())
});

/// The result of a step of a kind, without its constants. `next` is the row that it leads to, whose earlier values the later
/// ones depend on.
pub fn step<A: Arithmetic + ?Sized>(
    a: &mut A,
    kind: Kind,
    row: &Values<A::Scalar>,
    next: &Values<A::Scalar>,
) -> Values<A::Scalar> {
    let c = coefficients();
    let powers = row.map(fifth_power);
    match kind {
        Kind::Full => c.full.map(|coefficients| dot(a, &coefficients, &powers)),
        Kind::Enter => {
            let [first, second, third] = c.enter.map(|coefficients| dot(a, &coefficients, &powers));
            let [next_0, next_1] = [next[0], next[1]].map(fifth_power);
            [first, second + dot(a, &c.entered[1..], &[next_0]), third + dot(a, &c.entered, &[next_0, next_1])]
        }
        Kind::Partial => {
            let [y_0, y_1, _] = *next;
            let [v_0, v_1] = [y_0, y_1].map(fifth_power);
            let [_, x_1, x_2] = *row;
            let [p_0, p_1, p_2] = powers;
            let mut recur = |values: [A::Scalar; 2], powers: [A::Scalar; 3]| {
                dot(a, &c.values, &values) + dot(a, &c.powers, &powers)
            };
            [recur([x_2, x_1], [p_2, p_1, p_0]), recur([y_0, x_2], [v_0, p_2, p_1]), recur([y_1, y_0], [v_1, v_0, p_2])]
        }
        Kind::Leave => {
            let [_, x_1, x_2] = *row;
            let [p_0, p_1, p_2] = powers;
            let inputs = [x_1, x_2, p_0, p_1, p_2];
            c.leave.map(|coefficients| dot(a, &coefficients, &inputs))
        }
    }
}

/// All rows: the state before each full round, the inputs of the partial rounds in threes, and the state at the end.
#[must_use]
pub fn trace(mut state: Values<Fr>) -> Vec<Values<Fr>> {
    let mut rows = Vec::new();
    let mut inputs = Vec::new();
    for round in 0..FULL_ROUNDS + PARTIAL_ROUNDS {
        if PARTIAL.contains(&round) {
            inputs.push(state[0]);
        } else {
            rows.append(&mut inputs.as_chunks().0.to_vec());
            inputs.clear();
            rows.push(state);
        }
        PARAMETERS.round(&mut Native, round, &mut state);
    }
    rows.push(state);
    rows
}

/// An affine form in `y_56, y_57, v_55, v_56, v_57`, its constant last.
type Form = [Fr; 6];

/// The partial rounds with the state split into its first element and the others.
struct PartialRounds {
    m_00: Fr,
    m: [Fr; 2],
    n: [Fr; 2],
    rest: [[Fr; 2]; 2],
}

impl PartialRounds {
    fn new() -> Self {
        let [[m_00, m_1, m_2], [n_1, a, b], [n_2, c, d]] = PARAMETERS.matrix;
        Self { m_00, m: [m_1, m_2], n: [n_1, n_2], rest: [[a, b], [c, d]] }
    }

    fn trace(&self) -> Fr {
        self.rest[0][0] + self.rest[1][1]
    }

    fn determinant(&self) -> Fr {
        self.rest[0][0] * self.rest[1][1] - self.rest[0][1] * self.rest[1][0]
    }

    /// `m N`
    fn m_rest(&self) -> [Fr; 2] {
        let [[a, b], [c, d]] = self.rest;
        [self.m[0] * a + self.m[1] * c, self.m[0] * b + self.m[1] * d]
    }

    /// What is added after partial round `t`, which counts from one; after no round where `t` is zero, when it is what the
    /// last full round adds.
    fn added(&self, t: usize) -> (Fr, [Fr; 2]) {
        let [first, second, third] = PARAMETERS.constants[PARTIAL.start + t - 1];
        (first, [second, third])
    }

    fn coefficients(&self) -> Coefficients {
        let (tau, delta) = (self.trace(), self.determinant());
        let mn = product(self.m, self.n);
        let powers = [self.m_00, mn - tau * self.m_00, product(self.m_rest(), self.n) - tau * mn + delta * self.m_00];
        let full = PARAMETERS.matrix;
        // What a linear form of the others is of the fifth powers in the last full round.
        let of_others =
            |form: [Fr; 2]| std::array::from_fn(|column| form[0] * full[1][column] + form[1] * full[2][column]);
        let enter = [full[0], of_others(self.m), of_others(self.m_rest())];
        let coefficients = |form: Form| [form[0], form[1], form[2], form[3], form[4]];
        Coefficients {
            full,
            enter,
            entered: [mn, self.m_00],
            values: [tau, -delta],
            powers,
            leave: self.leave().map(coefficients),
        }
    }

    fn steps(&self) -> Vec<Step> {
        let full = |round: usize| (Kind::Full, PARAMETERS.constants[round]);
        let mut steps: Vec<Step> = (0..PARTIAL.start - 1).map(full).collect();
        steps.push((Kind::Enter, self.entering_constants()));
        let thirds = (1..PARTIAL_ROUNDS - 2).step_by(WIDTH);
        steps.extend(thirds.map(|t| (Kind::Partial, std::array::from_fn(|index| self.recurring_constant(t + index)))));
        steps.push((Kind::Leave, self.leave().map(|form| form[5])));
        steps.extend((PARTIAL.end..FULL_ROUNDS + PARTIAL_ROUNDS).map(full));
        steps
    }

    fn entering_constants(&self) -> Values<Fr> {
        let (first, others) = self.added(0);
        let (first_1, others_1) = self.added(1);
        let (first_2, _) = self.added(2);
        let second = product(self.m, others) + first_1;
        let third = product(self.m_rest(), others) + product(self.m, others_1) + first_2;
        [first, second, third]
    }

    /// The constant of `y_(t+3)`.
    fn recurring_constant(&self, t: usize) -> Fr {
        let [(first, others), (first_1, others_1), (first_2, _)] = [t, t + 1, t + 2].map(|round| self.added(round));
        first_2 + product(self.m, others_1) + product(self.m_rest(), others)
            - self.trace() * (first_1 + product(self.m, others))
            + self.determinant() * first
    }

    /// The state after the last partial round.
    ///
    /// With `w_t` for the others before round t, `m w_56` and `m N w_56` follow from `y_57` and from the recurrence, hence
    /// `w_56`, hence the two rounds that are left.
    fn leave(&self) -> [Form; WIDTH] {
        let last = PARTIAL_ROUNDS;
        let (tau, delta) = (self.trace(), self.determinant());
        let mn = product(self.m, self.n);
        let [_, b_1, b_2] =
            [self.m_00, mn - tau * self.m_00, product(self.m_rest(), self.n) - tau * mn + delta * self.m_00];
        let constant = self.recurring_constant(last - 2);
        let (first, others) = self.added(last - 1);
        let (last_first, last_others) = self.added(last);
        let zero = Fr::ZERO;
        // y_58 without its part in v_57
        let recurred: Form = [-delta, tau, b_2, b_1, zero, constant];
        let m_w: Form = [zero, Fr::ONE, zero, -self.m_00, zero, -first];
        let subtracted: Form = [zero, zero, zero, mn, zero, last_first + product(self.m, others)];
        let m_rest_w: Form = std::array::from_fn(|index| recurred[index] - subtracted[index]);
        let w_56 = solve([self.m, self.m_rest()], [m_w, m_rest_w]);
        let w_57 = self.others_after(w_56, 3, others);
        let w_58 = self.others_after(w_57, 4, last_others);
        let mut y_58 = recurred;
        y_58[4] = self.m_00;
        [y_58, w_58[0], w_58[1]]
    }

    /// `n v + N w + constants`, where `v` is a variable of the forms.
    fn others_after(&self, w: [Form; 2], v: usize, constants: [Fr; 2]) -> [Form; 2] {
        std::array::from_fn(|row| {
            let [left, right] = self.rest[row];
            let mut form: Form = std::array::from_fn(|index| left * w[0][index] + right * w[1][index]);
            form[v] += self.n[row];
            form[5] += constants[row];
            form
        })
    }
}

fn product(left: [Fr; 2], right: [Fr; 2]) -> Fr {
    left[0] * right[0] + left[1] * right[1]
}

/// The solution of two linear equations between forms, whose matrix is regular.
fn solve([[a, b], [c, d]]: [[Fr; 2]; 2], [left, right]: [Form; 2]) -> [Form; 2] {
    let inverse = (a * d - b * c).inverse().unwrap_or_default();
    let first = std::array::from_fn(|index| inverse * (d * left[index] - b * right[index]));
    let second = std::array::from_fn(|index| inverse * (a * right[index] - c * left[index]));
    [first, second]
}

#[cfg(test)]
mod tests {
    use ark_ff::PrimeField;
    use proptest::prelude::*;

    use super::*;
    use crate::poseidon::permute;

    fn scalar() -> impl Strategy<Value = Fr> {
        any::<[u8; 64]>().prop_map(|bytes| Fr::from_le_bytes_mod_order(&bytes))
    }

    proptest! {
        /// Each row follows from the one before, computed value by value, and the last is the permutation's.
        #[test]
        fn steps_are_the_permutation(state in [scalar(), scalar(), scalar()]) {
            let mut row = state;
            for (kind, constants) in steps() {
                let mut next = [Fr::ZERO; WIDTH];
                for element in 0..WIDTH {
                    next[element] = step(&mut Native, *kind, &row, &next)[element] + constants[element];
                }
                row = next;
            }
            let mut permuted = state;
            permute(&mut Native, &mut permuted);
            prop_assert_eq!(row, permuted);
            prop_assert_eq!(trace(state).pop(), Some(permuted));
        }
    }

    #[test]
    fn steps_lead_from_row_to_row() {
        let state = [7u64, 8, 9].map(Fr::from);
        let rows = trace(state);
        assert_eq!(rows.len(), steps().len() + 1);
        for (index, (kind, constants)) in steps().iter().enumerate() {
            let result = step(&mut Native, *kind, &rows[index], &rows[index + 1]);
            let result: Values<Fr> = std::array::from_fn(|element| result[element] + constants[element]);
            assert_eq!(result, rows[index + 1], "{kind:?} at {index}");
        }
    }

    #[test]
    fn rows_are_those_of_the_permutation() {
        let mut state = [1u64, 2, 3].map(Fr::from);
        let rows = trace(state);
        assert_eq!(rows[0], state);
        permute(&mut Native, &mut state);
        assert_eq!(rows[rows.len() - 1], state);
    }

    #[test]
    fn a_wrong_value_is_in_no_row() {
        // Each value of a row is determined by the row before and the values before it: there is no freedom left.
        let rows = trace([4u64, 5, 6].map(Fr::from));
        for (index, (kind, constants)) in steps().iter().enumerate() {
            for element in 0..WIDTH {
                let mut next = rows[index + 1];
                next[element] += Fr::ONE;
                let result = step(&mut Native, *kind, &rows[index], &next);
                let differs = (0..WIDTH).any(|at| result[at] + constants[at] != next[at]);
                assert!(differs, "{kind:?} at {index}, element {element}");
            }
        }
    }
}
