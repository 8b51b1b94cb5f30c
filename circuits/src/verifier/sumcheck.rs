//! A sumcheck's rounds (Lund, Fortnow, Karloff, Nisan 1992), with nothing to check in them.
//!
//! A round polynomial is sent without its linear coefficient, which the claim determines: `p(0) + p(1) = claim`. So a round
//! can't be wrong by itself, and a lie in it surfaces in the last claim.

use crate::{
    arithmetic::Arithmetic,
    channel::{Message, Receiver},
    error::Reject,
};

/// What a sumcheck leaves to prove: the summed polynomial's value at a point.
#[must_use]
#[derive(Clone, Debug)]
pub struct Claim<S> {
    /// The point.
    pub point: Vec<S>,
    /// The value.
    pub value: S,
}

/// Runs the verifier of a sumcheck with polynomials of degree `N`.
pub fn verify<A: Arithmetic, const N: usize>(
    a: &mut A,
    channel: &mut Receiver<'_, A>,
    message: Message,
    rounds: usize,
    claim: A::Scalar,
) -> Result<Claim<A::Scalar>, Reject> {
    let mut claim = Claim { point: Vec::with_capacity(rounds), value: claim };
    for _ in 0..rounds {
        let coefficients = channel.receive::<N>(a, message)?;
        let challenge = channel.challenge(a);
        claim.value = evaluate_round(a, &claim.value, &coefficients, &challenge);
        claim.point.push(challenge);
    }
    Ok(claim)
}

/// The value at `x` of the polynomial with coefficients `c_0, c_2, c_3, ...` for which `p(0) + p(1) = claim`.
pub fn evaluate_round<A: Arithmetic + ?Sized>(
    a: &mut A,
    claim: &A::Scalar,
    coefficients: &[A::Scalar],
    x: &A::Scalar,
) -> A::Scalar {
    let Some((constant, higher)) = coefficients.split_first() else { return claim.clone() };
    let twice = a.add(constant, constant);
    let mut linear = a.sub(claim, &twice);
    for coefficient in higher {
        linear = a.sub(&linear, coefficient);
    }
    let mut value: Option<A::Scalar> = None;
    for coefficient in higher.iter().rev().chain([&linear, constant]) {
        value = Some(match value {
            None => coefficient.clone(),
            Some(value) => {
                let product = a.mul(&value, x);
                a.add(&product, coefficient)
            }
        });
    }
    value.unwrap_or_else(|| claim.clone())
}
