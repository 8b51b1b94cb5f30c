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
    channel::{MERGE_DEGREE, Message, Opened, Receiver},
    error::{Check, Reject},
    multilinear::{equality, inner_product, powers, zero, zero_extend},
    relations::{access, packing::public_tensors, plan::TermPlan},
};

/// The powers of `mu`, by the claim that each batches.
#[derive(Clone, Debug)]
pub struct MergeWeights<S> {
    /// The challenge itself.
    pub mu: S,
    /// Of quotients, remainders and helpers.
    pub cells: [S; 3],
    /// Of the outputs' value at the main sumcheck's point.
    pub output: S,
    /// Of multiplicities, entry helpers and entry outputs.
    pub entries: [S; 3],
    /// Of the packed public values.
    pub packed: S,
    /// Of the terms over weights alone and over values alone.
    pub linear: [S; 2],
    /// Of each product's operands, weights first.
    pub operands: Vec<[S; 2]>,
}

impl<S: Scalar> MergeWeights<S> {
    /// The powers of `mu` for a number of products.
    pub fn new<A: Arithmetic<Scalar = S> + ?Sized>(a: &mut A, mu: S, products: usize) -> Self {
        let mut powers = powers(a, mu, 10 + 2 * products);
        let operands = powers.split_off(10);
        let operands = operands.as_chunks().0.to_vec();
        let mut next = powers.into_iter();
        let zero = zero(a);
        let mut take = || next.next().unwrap_or(zero);
        Self {
            mu,
            cells: [take(), take(), take()],
            output: take(),
            entries: [take(), take(), take()],
            packed: take(),
            linear: [take(), take()],
            operands,
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
pub fn verify<A: Arithmetic>(
    a: &mut A,
    channel: &mut Receiver<'_, A>,
    statement: &Statement<'_>,
    main: MainClaims<A::Scalar>,
    gamma: A::Scalar,
    packed: A::Scalar,
) -> Result<MergeClaims<A::Scalar>, Reject> {
    let mu = channel.challenge(a);
    let weights = MergeWeights::new(a, mu, main.operands.len());
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
pub fn batch<A: Arithmetic>(
    a: &mut A,
    weights: &MergeWeights<A::Scalar>,
    main: &MainClaims<A::Scalar>,
    packed: A::Scalar,
) -> A::Scalar {
    let values = &main.evaluations;
    let cells = [values.quotient, values.remainder, values.helper];
    let entries = [values.multiplicity, values.entry_helper, values.entry_output];
    let mut sum = inner_product(a, &weights.cells, &cells)
        + inner_product(a, &weights.entries, &entries)
        + inner_product(a, &[weights.output, weights.packed], &[values.output, packed])
        + inner_product(a, &weights.linear, &main.linear);
    for (weights, operands) in weights.operands.iter().zip(&main.operands) {
        sum = sum + inner_product(a, weights, operands);
    }
    sum
}

fn summand<A: Arithmetic>(
    a: &mut A,
    statement: &Statement<'_>,
    main: &MainClaims<A::Scalar>,
    weights: &MergeWeights<A::Scalar>,
    gamma: A::Scalar,
    opened: &Opened<A::Scalar>,
    point: &[A::Scalar],
) -> A::Scalar {
    let layout = &statement.layout;
    let functionals = evaluate_functionals(a, statement, main, weights, point);

    let (cells, tail) = point.split_at(layout.cell_bits);
    let equal = equality(a, &main.point[..layout.cell_bits], cells);
    let mut outputs = weights.output * equal;
    for public in public_tensors(statement.model, layout) {
        outputs = outputs + weights.packed * public.evaluate(a, gamma, cells);
    }
    let outputs = outputs + functionals[1];
    let cells = zero_extend(a, equal * opened.cells + outputs * opened.outputs, tail);

    let (entries, tail) = point.split_at(layout.entry_bits);
    let equal = equality(a, &main.point[..layout.entry_bits], entries);
    let entries = zero_extend(a, equal * opened.entries, tail);

    let weights = zero_extend(a, functionals[0] * opened.weights, &point[layout.weight_bits..]);
    cells + entries + weights
}

/// The functionals of all terms, over weights and over values, at a point.
fn evaluate_functionals<A: Arithmetic>(
    a: &mut A,
    statement: &Statement<'_>,
    main: &MainClaims<A::Scalar>,
    weights: &MergeWeights<A::Scalar>,
    at: &[A::Scalar],
) -> [A::Scalar; 2] {
    let cells = &main.relation_point[..statement.layout.cell_bits];
    let mut sums = [zero(a), zero(a)];
    let mut operands = weights.operands.iter();
    for term in &statement.terms {
        let factors = term_factors(a, term, cells, &weights.linear, &mut operands);
        let points = (cells, &main.point[..term.sum_bits]);
        for ((sum, factor), source) in sums.iter_mut().zip(&factors).zip(statement.sources(term)) {
            let Some(source) = source else { continue };
            *sum = *sum + *factor * access::evaluate(a, term, &source, points, &at[..source.space_bits]);
        }
    }
    sums
}

/// What a term's functionals count in the batch, weights first. `operands` are the powers left for products.
pub fn term_factors<'w, A: Arithmetic + ?Sized>(
    a: &mut A,
    term: &TermPlan<'_>,
    cells: &[A::Scalar],
    linear: &[A::Scalar; 2],
    operands: &mut impl Iterator<Item = &'w [A::Scalar; 2]>,
) -> [A::Scalar; 2]
where
    A::Scalar: 'w,
{
    match operands_of(term, operands) {
        Some(weights) => *weights,
        None => {
            let factor = term.factor(a, cells);
            linear.map(|linear| factor * linear)
        }
    }
}

fn operands_of<'w, S>(term: &TermPlan<'_>, operands: &mut impl Iterator<Item = &'w [S; 2]>) -> Option<&'w [S; 2]> {
    if term.is_product() { operands.next() } else { None }
}
