//! The main sumcheck: rescaling of all steps, both look-up helpers and their balance, in the same rounds.
//!
//! Over a random point `r` and powers of a random `lambda`, with polynomials over fewer variables extended by zeros:
//!
//! ```text
//!   sum_x [eq(r,x) scale(x) z(x) + eq(r,x) rem(x)]  -  sum over products of factor * sum_c eq(r,c) * operands(c)
//! + lambda   sum_x eq(r,x) [h A B - A - B](x)
//! + lambda^2 sum_j eq(r,j) [g A_T - m](j)
//! + lambda^3 (sum_x h(x) - sum_j g(j))
//! =  constants(r) + linear terms over values + linear terms over weights
//! ```

use super::{
    statement::Statement,
    sumcheck::{self, Claim},
};
use crate::{
    channel::{Evaluations, MAIN_DEGREE, Receiver},
    columns::{Column, evaluated},
    error::{Check, Reject},
    message::Message,
    multilinear::{coordinates, equality, zero, zero_extend},
    relations::{
        lookup::{LookupChallenges, cell_tags, entry_arguments},
        rescale::{constants, scale},
        summand::{Batching, CellLookUps, Entry, Rescaling, cell, entry, product},
    },
    verification::Verification,
};

/// What the main sumcheck leaves to prove.
#[must_use]
#[derive(Clone, Debug)]
pub struct MainClaims<S> {
    /// The point `r` that the relations are tested at.
    pub relation_point: Vec<S>,
    /// The sumcheck's point.
    pub point: Vec<S>,
    /// The claimed sums of the terms of one factor: over weights, and over values.
    pub linear: [S; 2],
    /// The claimed evaluations of the polynomials over cells and entries.
    pub evaluations: Evaluations<S>,
    /// The claimed operands of each product, in the order of its factors.
    pub operands: Vec<Vec<S>>,
}

/// Verifies the main sumcheck, up to the evaluations that it ends in.
///
/// # Errors
/// [`Reject::Ended`] if the proof ends early, and [`Reject::Check`] if the last claim is not what the evaluations give.
pub fn verify<A: Verification>(
    a: &mut A,
    channel: &mut Receiver<'_, A>,
    statement: &Statement<'_>,
    lookup: &LookupChallenges<A::Scalar>,
) -> Result<MainClaims<A::Scalar>, Reject> {
    let relation_point = channel.challenges(a, statement.point_bits());
    let linear = channel.receive::<2>(a, Message::LinearTerms)?;
    let lambda = Batching::new(channel.challenge(a));

    let cells = coordinates(&relation_point, 0, statement.layout.cell_bits);
    let constant = constants(a, statement.model, &statement.layout, cells);
    let [over_weights, over_values] = linear;
    let claim = over_weights + over_values + constant;
    let rounds = statement.main_rounds();
    let claim = sumcheck::verify::<A, MAIN_DEGREE>(a, channel, Message::MainRound, rounds, claim)?;

    let mut values = channel.receive_all(a, Message::Evaluations, evaluated().count())?.into_iter();
    let nothing = zero(a);
    let evaluations = Evaluations::from_fn(|column| column.evaluation.and_then(|_| values.next()).unwrap_or(nothing));
    let operands = statement
        .operands()
        .map(|count| channel.receive_all(a, Message::Operands, count))
        .collect::<Result<Vec<_>, _>>()?;
    let Claim { point, value } = claim;
    let claims = MainClaims { relation_point, point, linear, evaluations, operands };
    let expected = summand(a, statement, lookup, &lambda, &claims);
    a.assert_equal(Check::MainSumcheck, value, expected)?;
    Ok(claims)
}

/// The summed polynomial at the sumcheck's point, from the claimed evaluations.
fn summand<A: Verification>(
    a: &mut A,
    statement: &Statement<'_>,
    lookup: &LookupChallenges<A::Scalar>,
    lambda: &Batching<A::Scalar>,
    claims: &MainClaims<A::Scalar>,
) -> A::Scalar {
    let cells = cells_summand(a, statement, lookup, lambda, claims);
    let entries = entries_summand(a, statement, lookup, lambda, claims);
    let products = products_summand(a, statement, claims);
    cells + entries - products
}

fn cells_summand<A: Verification>(
    a: &mut A,
    statement: &Statement<'_>,
    lookup: &LookupChallenges<A::Scalar>,
    lambda: &Batching<A::Scalar>,
    claims: &MainClaims<A::Scalar>,
) -> A::Scalar {
    let (model, layout) = (statement.model, &statement.layout);
    let values = &claims.evaluations;
    let relation_point = coordinates(&claims.relation_point, 0, layout.cell_bits);
    let (point, tail) = claims.point.split_at(layout.cell_bits);
    let [output_tag, remainder_tag] = cell_tags(a, model, layout, point);
    let [quotient, remainder] = [Column::Quotients, Column::Remainders].map(|column| values[column]);
    let nothing = zero(a);
    let equality = equality(a, relation_point, point);
    let rescaling = Rescaling { scale: scale(a, model, layout, relation_point, point), quotient, equality, remainder };
    let denominators = [
        lookup.denominator(output_tag, quotient, values[Column::Outputs]),
        lookup.denominator(remainder_tag, remainder, nothing),
    ];
    let look_ups = CellLookUps { equality, helper: values[Column::Helpers], denominators };
    zero_extend(a, cell(lambda, rescaling, look_ups), tail)
}

fn entries_summand<A: Verification>(
    a: &mut A,
    statement: &Statement<'_>,
    lookup: &LookupChallenges<A::Scalar>,
    lambda: &Batching<A::Scalar>,
    claims: &MainClaims<A::Scalar>,
) -> A::Scalar {
    let layout = &statement.layout;
    let values = &claims.evaluations;
    let (point, tail) = claims.point.split_at(layout.entry_bits);
    let (tag, argument) = entry_arguments(a, layout, point);
    let value = Entry {
        equality: equality(a, coordinates(&claims.relation_point, 0, layout.entry_bits), point),
        helper: values[Column::EntryHelpers],
        denominator: lookup.denominator(tag, argument, values[Column::EntryOutputs]),
        multiplicity: values[Column::Multiplicities],
    };
    zero_extend(a, entry(lambda, value), tail)
}

fn products_summand<A: Verification>(
    a: &mut A,
    statement: &Statement<'_>,
    claims: &MainClaims<A::Scalar>,
) -> A::Scalar {
    let cells = coordinates(&claims.relation_point, 0, statement.layout.cell_bits);
    let mut sum = zero(a);
    for (term, operands) in statement.products().zip(&claims.operands) {
        let (point, tail) = claims.point.split_at(term.sum_bits);
        let shared = term.factor(a, cells) * term.shared(a, cells, point);
        sum = sum + product(zero_extend(a, shared, tail), operands.iter().copied());
    }
    sum
}
