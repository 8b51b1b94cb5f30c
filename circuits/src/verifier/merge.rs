//! The merging sumcheck: every claim so far is a linear functional of a committed polynomial, and all of them together
//! become one value of each group of polynomials at one point.
//!
//! ```text
//!   sum_x eq(p,x) (z + mu rem + mu^2 h)(x)  +  sum_x F_y(x) y(x)
//! + sum_j eq(p,j) (mu^4 m + mu^5 g + mu^6 T)(j)  +  sum_w F_W(w) W(w)
//! ```
//!
//! where `F_y` and `F_W` batch, with further powers of `mu`, the claims on outputs and on weights.

use super::{
    main_sumcheck::MainClaims,
    statement::Statement,
    sumcheck::{self, Claim},
};
use crate::{
    arithmetic::{Arithmetic, Scalar},
    channel::{MERGE_DEGREE, Opened, Receiver},
    columns::{self, Column, PerColumn},
    error::{Check, Reject},
    message::Message,
    model::{Factor, Space},
    multilinear::{coordinates, equality, inner_product, powers, zero, zero_extend},
    relations::{access, packing::public_tensors, plan::TermPlan},
    verification::Verification,
};

/// The powers of `mu`, by the claim that each batches.
#[derive(Clone, Debug)]
pub struct MergeWeights<S> {
    /// The challenge itself.
    pub mu: S,
    /// Of the columns' evaluations; of a column that is not evaluated it is zero.
    pub columns: PerColumn<S>,
    /// Of the packed public values.
    pub packed: S,
    /// Of the terms of one factor: over weights, and over values.
    pub linear: [S; 2],
    /// Of each product's operands, in the order of its factors.
    pub operands: Vec<Vec<S>>,
}

impl<S: Scalar> MergeWeights<S> {
    /// The powers of `mu` for products with these numbers of operands.
    pub fn new<A: Arithmetic<Scalar = S> + ?Sized>(
        a: &mut A,
        mu: S,
        operands: impl IntoIterator<Item = usize>,
    ) -> Self {
        let zero = zero(a);
        let of_columns = powers(a, mu, columns::powers());
        let columns = PerColumn::from_fn(|column| {
            column.evaluation.and_then(|power| of_columns.get(power)).copied().unwrap_or(zero)
        });
        let last = of_columns.last().copied().unwrap_or(zero);
        let mut rest = std::iter::successors(Some(last * mu), |power| Some(*power * mu));
        let mut take = || rest.next().unwrap_or(zero);
        Self {
            mu,
            columns,
            packed: take(),
            linear: [take(), take()],
            operands: operands.into_iter().map(|count| (0..count).map(|_| take()).collect()).collect(),
        }
    }
}

/// What the merging sumcheck leaves to prove.
#[must_use]
#[derive(Clone, Debug)]
pub struct MergeClaims<S> {
    /// The sumcheck's point.
    pub point: Vec<S>,
    /// The weights of the batches within the opened values.
    pub weights: MergeWeights<S>,
    /// The claimed values.
    pub opened: Opened<S>,
}

/// Verifies the merging sumcheck, up to the values that it ends in.
///
/// # Errors
/// [`Reject::Ended`] if the proof ends early, and [`Reject::Check`] if the last claim is not what the opened values give.
pub fn verify<A: Verification>(
    a: &mut A,
    channel: &mut Receiver<'_, A>,
    statement: &Statement<'_>,
    main: MainClaims<A::Scalar>,
    gamma: A::Scalar,
    packed: A::Scalar,
) -> Result<MergeClaims<A::Scalar>, Reject> {
    let mu = channel.challenge(a);
    let weights = MergeWeights::new(a, mu, statement.operands());
    let claim = batch(a, &weights, &main, packed);
    let rounds = statement.merge_rounds();
    let claim = sumcheck::verify::<A, MERGE_DEGREE>(a, channel, Message::MergeRound, rounds, claim)?;
    let opened = Opened::from(channel.receive(a, Message::Opened)?);
    let Claim { point, value } = claim;
    let expected = summand(a, statement, &main, &weights, gamma, &opened, &point);
    a.assert_equal(Check::MergeSumcheck, value, expected)?;
    Ok(MergeClaims { point, weights, opened })
}

/// The batched claim.
pub fn batch<A: Arithmetic + ?Sized>(
    a: &mut A,
    weights: &MergeWeights<A::Scalar>,
    main: &MainClaims<A::Scalar>,
    packed: A::Scalar,
) -> A::Scalar {
    let mut sum = weights.packed * packed + inner_product(a, &weights.linear, &main.linear);
    for column in columns::evaluated().map(|declaration| declaration.column) {
        sum = sum + weights.columns[column] * main.evaluations[column];
    }
    for (weights, operands) in weights.operands.iter().zip(&main.operands) {
        sum = sum + inner_product(a, weights, operands);
    }
    sum
}

fn summand<A: Verification>(
    a: &mut A,
    statement: &Statement<'_>,
    main: &MainClaims<A::Scalar>,
    weights: &MergeWeights<A::Scalar>,
    gamma: A::Scalar,
    opened: &Opened<A::Scalar>,
    point: &[A::Scalar],
) -> A::Scalar {
    let layout = &statement.layout;
    let [over_weights, over_values] = evaluate_functionals(a, statement, main, weights, point);

    let (cells, tail) = point.split_at(layout.cell_bits);
    let equal = equality(a, coordinates(&main.point, 0, layout.cell_bits), cells);
    let mut outputs = weights.columns[Column::Outputs] * equal + over_values;
    for public in public_tensors(statement.model, layout) {
        outputs = outputs + weights.packed * public.evaluate(a, gamma, cells);
    }
    let cells = zero_extend(a, equal * opened.cells + outputs * opened.outputs, tail);

    let (entries, tail) = point.split_at(layout.entry_bits);
    let equal = equality(a, coordinates(&main.point, 0, layout.entry_bits), entries);
    let entries = zero_extend(a, equal * opened.entries, tail);

    let (_, tail) = point.split_at(layout.weight_bits);
    let weights = zero_extend(a, over_weights * opened.weights, tail);
    cells + entries + weights
}

/// The functionals of all terms, over weights and over values, at a point.
fn evaluate_functionals<A: Verification>(
    a: &mut A,
    statement: &Statement<'_>,
    main: &MainClaims<A::Scalar>,
    weights: &MergeWeights<A::Scalar>,
    at: &[A::Scalar],
) -> [A::Scalar; 2] {
    let cells = coordinates(&main.relation_point, 0, statement.layout.cell_bits);
    let (mut over_weights, mut over_values) = (zero(a), zero(a));
    let mut operands = weights.operands.iter();
    for term in &statement.terms {
        let factors = term_factors(a, term, cells, &weights.linear, &mut operands);
        let points = (cells, coordinates(&main.point, 0, term.sum_bits));
        for (factor, source) in factors.into_iter().zip(statement.sources(term)) {
            let value = access::evaluate(a, term, &source, points, coordinates(at, 0, source.space_bits));
            match source.space {
                Space::Weights => over_weights = over_weights + factor * value,
                Space::Values => over_values = over_values + factor * value,
            }
        }
    }
    [over_weights, over_values]
}

/// What the functional of each factor of a term counts in the batch. `operands` are the powers left for products.
pub fn term_factors<'w, A: Arithmetic + ?Sized>(
    a: &mut A,
    term: &TermPlan<'_>,
    cells: &[A::Scalar],
    &[of_weights, of_values]: &[A::Scalar; 2],
    operands: &mut impl Iterator<Item = &'w Vec<A::Scalar>>,
) -> Vec<A::Scalar>
where
    A::Scalar: 'w,
{
    if term.is_product() {
        return operands.next().cloned().unwrap_or_default();
    }
    let place = term.factor(a, cells);
    let linear = |factor: &Factor| match factor.space {
        Space::Weights => place * of_weights,
        Space::Values => place * of_values,
    };
    term.term.factors.iter().map(linear).collect()
}
