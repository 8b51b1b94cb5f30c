//! The verifier, written once over an abstract arithmetic.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::as_conversions))]

pub mod main_sumcheck;
pub mod merge;
pub mod native;
pub mod opening;
pub mod statement;
pub mod sumcheck;

use crate::{
    channel::Receiver,
    error::Reject,
    message::{Message, SEALED, Sealed},
    relations::{
        lookup::LookupChallenges,
        packing::{centre, public_tensors},
    },
    verification::Verification,
};
use opening::Deferred;
use statement::Statement;

/// Verifies a proof, up to the group equation that it defers.
///
/// `sealed` are the digests of the commitments, `elements` the proof's field elements, and `pack` gives the packed words
/// of the public input and output for the challenge `gamma`.
///
/// # Soundness
/// The caller computes `sealed` from the proof's points and from all that is public, and `pack` from the same claim. It has
/// checked the lengths of both, and the range of the claimed values. A proof holds only if the deferred equation holds too.
///
/// # Errors
/// - [`Reject::Ended`] or [`Reject::Trailing`] if the proof has fewer or more elements than the statement fixes.
/// - [`Reject::Check`] if an equation does not hold.
pub fn verify<A: Verification>(
    a: &mut A,
    statement: &Statement<'_>,
    sealed: &[A::Scalar; SEALED.len()],
    elements: &[A::Scalar],
    pack: impl FnOnce(&mut A, A::Scalar) -> A::Scalar,
) -> Result<Deferred<A::Scalar>, Reject> {
    let mut channel = Receiver::new(a, sealed, elements);
    channel.seal(a, Sealed::Commitments);
    let [_salt] = channel.receive::<1>(a, Message::Salt)?;
    let alpha = channel.challenge(a);
    let beta = channel.challenge(a);
    let gamma = channel.challenge(a);
    let packed = pack(a, gamma);
    let tensors = public_tensors(statement.model, &statement.layout);
    let packed = centre(a, &tensors, gamma, packed);
    let lookup = LookupChallenges::new(alpha, beta);
    channel.seal(a, Sealed::Helpers);
    let main = main_sumcheck::verify(a, &mut channel, statement, &lookup)?;
    let merge = merge::verify(a, &mut channel, statement, main, gamma, packed)?;
    let deferred = opening::verify(a, &mut channel, statement, merge)?;
    channel.finish()?;
    Ok(deferred)
}
