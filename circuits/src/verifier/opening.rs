//! The opening: HyperKZG (Gemini, ePrint 2022/420, section 5, in evaluation form) with masks.
//!
//! All rows are combined into one polynomial `P_0` with `2^b` coefficients and one blinding coefficient at `2^b`. As a
//! multilinear polynomial in `b + 1` variables it is opened at the point `(s_1, ..., s_b, 0)`, where the blinding
//! coefficient does not count. Folding one variable at a time,
//!
//! ```text
//! P_{i+1}[j] = (1 - s_i) P_i[2j] + s_i P_i[2j+1]
//! 2u P_{i+1}(u^2) = u (1 - s_i) (P_i(u) + P_i(-u)) + s_i (P_i(u) - P_i(-u))
//! ```
//!
//! and the last fold is the constant that is claimed. The values of the folds at `u`, `-u` and `u^2` are batched and opened
//! with two group elements (Boneh, Drake, Fisch, Gabizon, ePrint 2020/081).

use super::{merge::MergeClaims, statement::Statement};
use crate::{
    arithmetic::Arithmetic,
    channel::{Message, Opened, Receiver, Sealed},
    commitments::Commitments,
    error::{Check, Reject},
    multilinear::{equality_table, inner_product, integer, one_minus, powers, zero},
};

/// The group equation that is left: `e(sum of scalar * point, G2) = e(last quotient, tau G2)`.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deferred<S> {
    /// The scalars of the proof's points.
    pub commitments: Commitments<S>,
    /// The scalars of the rows of the weights.
    pub weights: Vec<S>,
    /// The scalars of the rows of the tables' outputs.
    pub entry_outputs: Vec<S>,
    /// The scalar of the generator.
    pub generator: S,
}

/// Verifies the opening, up to the group equation that it defers.
pub fn verify<A: Arithmetic>(
    a: &mut A,
    channel: &mut Receiver<'_, A>,
    statement: &Statement<'_>,
    claims: MergeClaims<A::Scalar>,
) -> Result<Deferred<A::Scalar>, Reject> {
    let row_bits = statement.layout.row_bits;
    let omega = channel.challenge(a);
    let omega = powers(a, &omega, Opened::<()>::COUNT);
    let opened = claims.opened.clone().to_array();
    let value = inner_product(a, &omega, &opened);

    channel.seal(a, Sealed::Folds);
    let u = channel.challenge(a);
    let folds =
        (0..=row_bits).map(|_| channel.receive::<2>(a, Message::FoldEvaluations)).collect::<Result<Vec<_>, _>>()?;
    let [square] = channel.receive::<1>(a, Message::SquareEvaluation)?;
    let nodes = Nodes::new(a, &u)?;
    let squares = squares(a, &nodes, &claims.point[..row_bits], &folds, square, &value)?;

    let q = channel.challenge(a);
    let q = powers(a, &q, row_bits + 1);
    channel.seal(a, Sealed::Quotient);
    let zeta = channel.challenge(a);
    let values = [
        inner_product(a, &q, &folds.iter().map(|pair| pair[0].clone()).collect::<Vec<_>>()),
        inner_product(a, &q, &folds.iter().map(|pair| pair[1].clone()).collect::<Vec<_>>()),
        inner_product(a, &q, &squares),
    ];
    let interpolated = nodes.interpolate(a, &values, &zeta);
    let vanishing = nodes.vanishing(a, &zeta);
    Ok(defer(a, statement, &claims, &omega, &q, interpolated, vanishing, zeta))
}

/// The folds at `u^2`: the first as claimed, each other from the one before, and the last of all is `value`.
fn squares<A: Arithmetic>(
    a: &mut A,
    nodes: &Nodes<A::Scalar>,
    point: &[A::Scalar],
    folds: &[[A::Scalar; 2]],
    square: A::Scalar,
    value: &A::Scalar,
) -> Result<Vec<A::Scalar>, Reject> {
    let mut squares = vec![square];
    let top = zero(a);
    for ([plus, minus], s) in folds.iter().zip(point.iter().chain([&top])) {
        let even = a.add(plus, minus);
        let even = a.mul(&even, &nodes.u);
        let odd = a.sub(plus, minus);
        let low = one_minus(a, s);
        let even = a.mul(&low, &even);
        let odd = a.mul(s, &odd);
        let sum = a.add(&even, &odd);
        squares.push(a.mul(&sum, &nodes.inverse_double));
    }
    if let Some(last) = squares.pop() {
        a.assert_equal(Check::OpeningFold, &last, value)?;
    }
    Ok(squares)
}

/// The points `u`, `-u`, `u^2` and the inverses that interpolation at them needs.
#[derive(Clone, Debug)]
pub struct Nodes<S> {
    u: S,
    square: S,
    inverse_double: S,
    inverse_sum: S,
    inverse_difference: S,
}

impl<S: Clone> Nodes<S> {
    /// The nodes of a challenge, refused where two of them are the same.
    pub fn new<A: Arithmetic<Scalar = S>>(a: &mut A, u: &S) -> Result<Self, Reject> {
        let square = a.mul(u, u);
        let double = a.add(u, u);
        let sum = a.add(&square, u);
        let difference = a.sub(&square, u);
        let rest = a.mul(&sum, &difference);
        let all = a.mul(&double, &rest);
        let inverse = a.invert(Check::OpeningPoints, &all)?;
        let inverse_double = a.mul(&inverse, &rest);
        let others = a.mul(&inverse, &double);
        let inverse_sum = a.mul(&others, &difference);
        let inverse_difference = a.mul(&others, &sum);
        Ok(Self { u: u.clone(), square, inverse_double, inverse_sum, inverse_difference })
    }

    /// The polynomial of degree 2 with these values at `u`, `-u` and `u^2`, at `x`, by Newton's divided differences.
    pub fn interpolate<A: Arithmetic<Scalar = S>>(&self, a: &mut A, values: &[S; 3], x: &S) -> S {
        let difference = a.sub(&values[0], &values[1]);
        let first = a.mul(&difference, &self.inverse_double);
        let difference = a.sub(&values[2], &values[1]);
        let other = a.mul(&difference, &self.inverse_sum);
        let difference = a.sub(&other, &first);
        let second = a.mul(&difference, &self.inverse_difference);
        let from_minus = a.add(x, &self.u);
        let from_plus = a.sub(x, &self.u);
        let inner = a.mul(&from_minus, &second);
        let inner = a.add(&first, &inner);
        let outer = a.mul(&from_plus, &inner);
        a.add(&values[0], &outer)
    }

    /// `(x - u)(x + u)(x - u^2)`.
    pub fn vanishing<A: Arithmetic<Scalar = S>>(&self, a: &mut A, x: &S) -> S {
        let x_squared = a.mul(x, x);
        let left = a.sub(&x_squared, &self.square);
        let right = a.sub(x, &self.square);
        a.mul(&left, &right)
    }
}

#[expect(clippy::too_many_arguments, reason = "the parts of one equation")]
fn defer<A: Arithmetic>(
    a: &mut A,
    statement: &Statement<'_>,
    claims: &MergeClaims<A::Scalar>,
    omega: &[A::Scalar],
    q: &[A::Scalar],
    interpolated: A::Scalar,
    vanishing: A::Scalar,
    zeta: A::Scalar,
) -> Deferred<A::Scalar> {
    let layout = &statement.layout;
    let scalars =
        row_scalars(a, layout.row_bits, claims, omega, [layout.cell_bits, layout.entry_bits, layout.weight_bits]);
    let [quotients, remainders, helpers, outputs, multiplicities, entry_helpers, entry_outputs, weights, mask] =
        scalars;
    let nothing = zero(a);
    let quotient = a.sub(&nothing, &vanishing);
    let generator = a.sub(&nothing, &interpolated);
    let commitments = Commitments {
        quotients,
        remainders,
        outputs,
        multiplicities,
        mask,
        helpers,
        entry_helpers,
        folds: q[1..].to_vec(),
        quotient,
        last: zeta,
    };
    Deferred { commitments, weights, entry_outputs, generator }
}

/// The scalars with which the rows of each polynomial are combined: quotients, remainders, helpers, outputs,
/// multiplicities, entry helpers, entry outputs, weights, mask.
pub fn row_scalars<A: Arithmetic + ?Sized>(
    a: &mut A,
    row_bits: usize,
    claims: &MergeClaims<A::Scalar>,
    omega: &[A::Scalar],
    spaces: [usize; 3],
) -> [Vec<A::Scalar>; 9] {
    let one = integer(a, 1);
    let [cells, entries, weights] =
        spaces.map(|bits| equality_table(a, &claims.point[row_bits..bits], 1 << (bits - row_bits)));
    let mut scale = |table: &[A::Scalar], omega: &A::Scalar, mu: &A::Scalar| {
        let factor = a.mul(omega, mu);
        table.iter().map(|entry| a.mul(entry, &factor)).collect::<Vec<_>>()
    };
    let mu = &claims.weights;
    [
        scale(&cells, &omega[0], &mu.cells[0]),
        scale(&cells, &omega[0], &mu.cells[1]),
        scale(&cells, &omega[0], &mu.cells[2]),
        scale(&cells, &omega[1], &one),
        scale(&entries, &omega[2], &mu.entries[0]),
        scale(&entries, &omega[2], &mu.entries[1]),
        scale(&entries, &omega[2], &mu.entries[2]),
        scale(&weights, &omega[3], &one),
        vec![omega[4].clone()],
    ]
}
