//! The opening: one polynomial at one multilinear point, with five group elements whatever the sizes.
//!
//! All rows are combined into one polynomial `f` with `N = 2^b` coefficients and blinding coefficients from `N` on. Rows of
//! weights may be shorter: those of `2^w` places are combined into `f_W`, with blinding coefficients from `2^w` on, and the
//! others into `f_0`. Both end at the same place,
//!
//! ```text
//! f(X) = f_0(X) + X^(N - 2^w) f_W(X)
//! ```
//!
//! so that no blinding coefficient is among the `N`. The weights' places are the last of `f`. The `b`-variate polynomial of
//! `f` has there the value of `f_W` times the point's coordinates from `w` to `b`.
//!
//! With the point's coordinates split into the lowest [`REMAINDER_BITS`], `l`, and the others, `s`, and with `A =
//! 2^REMAINDER_BITS`,
//!
//! ```text
//! f(X) = sum_i X^(A i) f_i(X)         the blocks f_i have degree below A
//! h(X) = sum_i <eq(l), f_i> X^i       the fold: f at l in its lowest variables
//! ```
//!
//! so that the claimed value is `<eq(s), h>`, the inner product over the first `N/A` coefficients. The blinding coefficients
//! lie in the blocks after those and do not count. This is Mercury (Eagen and Gabizon, ePrint 2025/385) with a side so
//! short that it is sent instead of committed to:
//!
//! 1. The prover commits to `h` and to its cross terms `S`, for which, with `P(X) = sum_i eq(s, i) X^i = prod_i (1 - s_i
//!    + s_i X^(2^i))`,
//!
//!    ```text
//!    h(X) P(1/X) + h(1/X) P(X) = 2 value + X S(X) + S(1/X)/X
//!    ```
//!
//!    The constant coefficient of the left side is twice the inner product, and `S` can't change it.
//! 2. At a random `alpha` it divides, `f(X) = (X^A - alpha) q(X) + g(X)`, sends the `A` coefficients of `g` and commits to
//!    `q`. `h(alpha) = <eq(l), g>`, whatever the degree of `f`.
//! 3. At a random `zeta` it sends `h(zeta)`, `h(1/zeta)` and `S(zeta)`. The equation above gives `S(1/zeta)`, and
//!    `f - (zeta^A - alpha) q` is `g(zeta)` at `zeta`. So is `F = f_0 + zeta^(N - 2^w) f_W - (zeta^A - alpha) q`, of which
//!    there is a commitment: a shift multiplies a polynomial by a power of `X`, and a commitment by that of `zeta`.
//! 4. All these values are proved together with two group elements (Boneh, Drake, Fisch, Gabizon, ePrint 2020/081).
//!
//! No equation is left to assert but the pairing's: each determines a value that the pairing is about.

use super::{merge::MergeClaims, statement::Statement};
use crate::{
    arithmetic::{Arithmetic, Scalar},
    channel::{FOLD_EVALUATIONS, Opened, REMAINDER, REMAINDER_BITS, Receiver},
    columns::{self, Group, PerColumn},
    commitments::OpeningPoints,
    error::{Check, Reject},
    layout::Layout,
    message::{Message, Sealed},
    multilinear::{coordinates, equality_table, inner_product, one, powers, zero},
    verification::Verification,
};

/// The group equation that is left: `e(sum of scalar * point, G2) = e(last quotient, tau G2)`.
///
/// The rows' scalars are products of few numbers; these are the numbers, and [`Deferred::scalars`] multiplies them.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deferred<S> {
    /// The base that batches the polynomials of a space.
    pub mu: S,
    /// The base that batches the opened values.
    pub omega: S,
    /// The scalar of the combined polynomial.
    pub combined: S,
    /// The scalar of the weights within it, which is `combined omega^3 zeta^(N - 2^w)`.
    pub weights: S,
    /// The scalars of the opening's points.
    pub opening: OpeningPoints<S>,
    /// The scalar of the generator.
    pub generator: S,
    /// The coordinates that tell rows apart: those of the weights begin with the first, and those of the longer rows later.
    pub row: Vec<S>,
}

/// How many numbers [`Deferred`] has besides the coordinates.
pub const DEFERRED: usize = 10;

/// The scalar of every point in the group equation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalars<S> {
    /// Of the columns' rows.
    pub columns: PerColumn<Vec<S>>,
    /// Of the opening's points.
    pub opening: OpeningPoints<S>,
    /// Of the generator.
    pub generator: S,
}

/// Verifies the opening, up to the group equation that it defers.
///
/// # Soundness
/// The values are proved only if the deferred equation holds.
///
/// # Errors
/// [`Reject::Ended`] if the proof ends early, and [`Reject::Check`] if interpolation at the challenges is undefined.
pub fn verify<A: Verification>(
    a: &mut A,
    channel: &mut Receiver<'_, A>,
    statement: &Statement<'_>,
    claims: MergeClaims<A::Scalar>,
) -> Result<Deferred<A::Scalar>, Reject> {
    let layout = &statement.layout;
    let omega = channel.challenge(a);
    let batching = powers(a, omega, Opened::<()>::COUNT);
    let opened = placed(layout, claims.opened, &claims.point);
    let value = inner_product(a, &batching, &opened.to_array());
    let (low, high) = coordinates(&claims.point, 0, layout.row_bits).split_at(REMAINDER_BITS);
    let (_, row) = claims.point.split_at(layout.weight_row_bits);

    channel.seal(a, Sealed::Fold);
    let alpha = channel.challenge(a);
    channel.seal(a, Sealed::Division);
    let remainder = channel.receive::<REMAINDER>(a, Message::Remainder)?;
    let zeta = channel.challenge(a);
    let evaluations = channel.receive::<FOLD_EVALUATIONS>(a, Message::FoldEvaluations)?;
    let nodes = Nodes::new(a, zeta, alpha)?;
    let values = OpenedValues::new(a, &nodes, (low, high), value, &remainder, evaluations);
    let nu = channel.challenge(a);
    channel.seal(a, Sealed::Batch);
    let last = channel.challenge(a);
    let batch = Batch::new(&nodes, nu, last);
    let generator = batch.constant(&nodes, &values, last);
    let nothing = zero(a);
    let of_weights = batching.get(Group::Weights.place()).copied().unwrap_or(nothing);
    Ok(Deferred {
        mu: claims.weights.mu,
        omega,
        combined: batch.combined,
        weights: batch.combined * of_weights * shift(a, layout, zeta),
        opening: OpeningPoints {
            fold: [batch.fold, batch.cross],
            division: nothing - batch.combined * nodes.divisor(),
            batch: nothing - batch.vanishing,
            last,
        },
        generator: nothing - generator,
        row: row.to_vec(),
    })
}

/// The opened values as those of rows of the longest kind. The weights' rows are the ends of such rows, where the coordinates
/// that they lack are all one.
fn placed<S: Scalar>(layout: &Layout, opened: Opened<S>, point: &[S]) -> Opened<S> {
    let lacking = coordinates(point, layout.weight_row_bits, layout.row_bits - layout.weight_row_bits);
    let weights = lacking.iter().fold(opened.weights, |product, coordinate| product * *coordinate);
    Opened { weights, ..opened }
}

/// `zeta^(N - 2^w) = prod over w <= i < b of zeta^(2^i)`: what the weights' rows are multiplied with instead of being shifted.
pub fn shift<A: Arithmetic + ?Sized>(a: &mut A, layout: &Layout, zeta: A::Scalar) -> A::Scalar {
    let (mut product, mut power, mut squarings) = (one(a), zeta, 0);
    for index in layout.weight_row_bits..layout.row_bits {
        power = (squarings..index).fold(power, |power, _| power * power);
        squarings = index;
        product = product * power;
    }
    product
}

/// The points at which polynomials are opened, with the inverses that interpolation at them needs.
#[derive(Clone, Debug)]
pub struct Nodes<S> {
    /// The random point, where the combined polynomial, the fold and the cross terms are opened.
    pub zeta: S,
    /// Its inverse, where the fold and the cross terms are.
    pub inverse: S,
    /// The point that divides, where the fold is.
    pub alpha: S,
    /// `1/(zeta - inverse)`
    inverse_difference: S,
    /// `1/((alpha - zeta)(alpha - inverse))`
    inverse_product: S,
}

impl<S: Scalar> Nodes<S> {
    /// The nodes of these challenges, refused where two of them are the same.
    ///
    /// # Errors
    /// [`Reject::Check`] if two nodes are the same.
    pub fn new<A: Verification<Scalar = S>>(a: &mut A, zeta: S, alpha: S) -> Result<Self, Reject> {
        let inverse = a.invert(Check::OpeningPoints, zeta)?;
        let inverse_difference = a.invert(Check::OpeningPoints, zeta - inverse)?;
        let inverse_product = a.invert(Check::OpeningPoints, (alpha - zeta) * (alpha - inverse))?;
        Ok(Self { zeta, inverse, alpha, inverse_difference, inverse_product })
    }

    /// `zeta^A - alpha`
    pub fn divisor(&self) -> S {
        (0..REMAINDER_BITS).fold(self.zeta, |power, _| power * power) - self.alpha
    }
}

/// The values that the pairing is about.
#[derive(Clone, Debug)]
pub struct OpenedValues<S> {
    /// `f - (zeta^A - alpha) q` at `zeta`.
    pub combined: S,
    /// The fold at `zeta`, its inverse, and `alpha`.
    pub fold: [S; 3],
    /// The cross terms at `zeta` and its inverse.
    pub cross: [S; 2],
}

impl<S: Scalar> OpenedValues<S> {
    /// Derives what the prover did not send.
    fn new<A: Arithmetic<Scalar = S> + ?Sized>(
        a: &mut A,
        nodes: &Nodes<S>,
        (low, high): (&[S], &[S]),
        value: S,
        remainder: &[S; REMAINDER],
        [at_zeta, at_inverse, cross]: [S; FOLD_EVALUATIONS],
    ) -> Self {
        let combined = horner(a, remainder, nodes.zeta);
        let weights = equality_table(a, low, REMAINDER);
        let at_alpha = inner_product(a, &weights, remainder);
        // S(1/zeta) = zeta (h(zeta) P(1/zeta) + h(1/zeta) P(zeta) - 2 value - zeta S(zeta))
        let left = at_zeta * equality_polynomial(a, high, nodes.inverse);
        let right = at_inverse * equality_polynomial(a, high, nodes.zeta);
        let cross_at_inverse = nodes.zeta * (left + right - (value + value) - nodes.zeta * cross);
        Self { combined, fold: [at_zeta, at_inverse, at_alpha], cross: [cross, cross_at_inverse] }
    }
}

/// `prod over i of (1 - s_i + s_i x^(2^i))`: the polynomial whose coefficients are the equality table of `s`.
pub fn equality_polynomial<A: Arithmetic + ?Sized>(a: &mut A, s: &[A::Scalar], x: A::Scalar) -> A::Scalar {
    let one = one(a);
    let (mut product, mut power) = (one, x);
    for (index, &s) in s.iter().enumerate() {
        if index > 0 {
            power = power * power;
        }
        product = product * (one - s + s * power);
    }
    product
}

/// The polynomial with these coefficients at `x`.
fn horner<A: Arithmetic + ?Sized>(a: &mut A, coefficients: &[A::Scalar], x: A::Scalar) -> A::Scalar {
    coefficients.iter().rev().fold(zero(a), |value, &coefficient| value * x + coefficient)
}

/// What the opened polynomials are multiplied with in the last polynomial, all of which vanishes at `x`:
///
/// ```text
/// (x - 1/zeta)(x - alpha) (F - F(zeta)) + nu (x - alpha) (S - R_S(x)) + nu^2 (h - R_h(x)) - Z(x) Q
/// ```
///
/// with `F = f - (zeta^A - alpha) q`, the interpolations `R` of the opened values, and `Z` vanishing at all nodes.
#[derive(Clone, Debug)]
pub struct Batch<S> {
    /// Of the combined polynomial and its division.
    pub combined: S,
    /// Of the cross terms.
    pub cross: S,
    /// Of the fold.
    pub fold: S,
    /// Of the batched quotient.
    pub vanishing: S,
}

impl<S: Scalar> Batch<S> {
    /// The scalars at a point.
    pub fn new(nodes: &Nodes<S>, nu: S, x: S) -> Self {
        let [from_zeta, from_inverse, from_alpha] = [nodes.zeta, nodes.inverse, nodes.alpha].map(|node| x - node);
        let combined = from_inverse * from_alpha;
        Self { cross: nu * from_alpha, fold: nu * nu, vanishing: combined * from_zeta, combined }
    }

    /// `combined F(zeta) + cross R_S(x) + fold R_h(x)`.
    pub fn constant(&self, nodes: &Nodes<S>, values: &OpenedValues<S>, x: S) -> S {
        let (from_zeta, from_inverse) = (x - nodes.zeta, x - nodes.inverse);
        let cross = line(nodes, values.cross, from_zeta);
        // Newton's form: the line through the first two values, and what it misses at alpha.
        let [at_zeta, at_inverse, at_alpha] = values.fold;
        let fold = line(nodes, [at_zeta, at_inverse], from_zeta);
        let missed = at_alpha - line(nodes, [at_zeta, at_inverse], nodes.alpha - nodes.zeta);
        let fold = fold + missed * nodes.inverse_product * (from_zeta * from_inverse);
        self.combined * values.combined + self.cross * cross + self.fold * fold
    }
}

/// The line through two values at `zeta` and its inverse, at a distance from `zeta`.
fn line<S: Scalar>(nodes: &Nodes<S>, [first, second]: [S; 2], distance: S) -> S {
    first + (first - second) * nodes.inverse_difference * distance
}

impl<S: Scalar> Deferred<S> {
    /// Takes the numbers in the order in which they are published.
    pub fn from_slice(layout: &Layout, numbers: &[S]) -> Option<Self> {
        let (fixed, row) = numbers.split_first_chunk::<DEFERRED>()?;
        let [mu, omega, combined, weights, fold, cross, division, batch, generator, last] = *fixed;
        let opening = OpeningPoints { fold: [fold, cross], division, batch, last };
        let deferred = Self { mu, omega, combined, weights, opening, generator, row: row.to_vec() };
        (row.len() == row_coordinates(layout)).then_some(deferred)
    }

    /// The numbers in the order in which they are published.
    pub fn to_vec(&self) -> Vec<S> {
        let Self { mu, omega, combined, weights, opening, generator, row } = self;
        let OpeningPoints { fold: [fold, cross], division, batch, last } = opening;
        let fixed = [mu, omega, combined, weights, fold, cross, division, batch, generator, last];
        fixed.into_iter().chain(row).copied().collect()
    }

    /// The scalar of every point.
    pub fn scalars<A: Arithmetic<Scalar = S> + ?Sized>(&self, a: &mut A, layout: &Layout) -> Scalars<S> {
        let batching = powers(a, self.omega, Group::Weights.place()).into_iter().map(|power| power * self.combined);
        let batching: Vec<S> = batching.chain([self.weights]).collect();
        let columns = row_scalars(a, layout, &self.row, self.mu, &batching);
        Scalars { columns, opening: self.opening, generator: self.generator }
    }
}

/// The number of coordinates that tell rows apart.
#[must_use]
pub fn row_coordinates(layout: &Layout) -> usize {
    layout.cell_bits.max(layout.entry_bits).max(layout.weight_bits) - layout.weight_row_bits
}

/// The scalars with which the rows of each column are combined. `row` are the coordinates that tell rows apart, `batching` the
/// factors of the opened values.
pub fn row_scalars<A: Arithmetic + ?Sized>(
    a: &mut A,
    layout: &Layout,
    row: &[A::Scalar],
    mu: A::Scalar,
    batching: &[A::Scalar],
) -> PerColumn<Vec<A::Scalar>> {
    let mu = powers(a, mu, columns::powers());
    let one = one(a);
    PerColumn::from_fn(|column| {
        let first = column.space.row_bits(layout) - layout.weight_row_bits;
        let row = coordinates(row, first, column.space.row_coordinates(layout));
        let rows = equality_table(a, row, column.space.rows(layout));
        let factor = |powers: &[A::Scalar], power: usize| powers.get(power).copied().unwrap_or(one);
        let factor = factor(batching, column.group.place()) * factor(&mu, column.power);
        rows.into_iter().map(|entry| entry * factor).collect()
    })
}
