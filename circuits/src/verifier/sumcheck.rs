//! A sumcheck's rounds (Lund, Fortnow, Karloff, Nisan 1992), with nothing to check in them.
//!
//! A round polynomial is sent without its linear coefficient, which the claim determines: `p(0) + p(1) = claim`. So a round
//! can't be wrong by itself, and a lie in it surfaces in the last claim.

use crate::{arithmetic::Scalar, channel::Receiver, error::Reject, message::Message, verification::Verification};

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
///
/// # Soundness
/// Nothing is checked but the number of elements. The sum is the claimed one only if the claim that is left holds.
///
/// # Errors
/// [`Reject::Ended`] if the proof ends early.
pub fn verify<A: Verification, const N: usize>(
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
        claim.value = evaluate_round(claim.value, &coefficients, challenge);
        claim.point.push(challenge);
    }
    Ok(claim)
}

/// The value at `x` of the polynomial with coefficients `c_0, c_2, c_3, ...` for which `p(0) + p(1) = claim`.
pub fn evaluate_round<S: Scalar>(claim: S, coefficients: &[S], x: S) -> S {
    let Some((&constant, higher)) = coefficients.split_first() else { return claim };
    let linear = higher.iter().fold(claim - (constant + constant), |linear, &coefficient| linear - coefficient);
    let descending = higher.iter().rev().copied().chain([linear, constant]);
    descending.reduce(|value, coefficient| value * x + coefficient).unwrap_or(claim)
}
