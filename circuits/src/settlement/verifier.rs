//! The verifier of an architecture, recorded: what its settlement circuit has to compute.

use ark_bn254::Fr;

use super::{
    trace::{Recorded, Recorder, Tape, Trace},
    wiring::Wiring,
};
use crate::{
    error::Reject,
    layout::Layout,
    message::SEALED,
    relations::packing::{digest::unfold, public_tensors},
    verifier::{
        opening::{DEFERRED, row_coordinates},
        statement::Statement,
        verify,
    },
};

/// The instances that are given: the digests and the packed public values.
pub const GIVEN: usize = SEALED.len() + 1;

/// The number of values that a proof publishes: the challenge of the packing, and what the opening defers.
#[must_use]
pub fn published(layout: &Layout) -> usize {
    1 + DEFERRED + row_coordinates(layout)
}

/// The instances of a proof but for the first, which is one.
#[must_use]
pub fn instances(sealed: &[Fr; SEALED.len()], packed: Fr, published: &[Fr], digests: &[Fr]) -> Vec<Fr> {
    sealed.iter().chain([&packed]).chain(published).chain(digests).copied().collect()
}

/// Records the verifier of a statement.
///
/// Instances are numbered from one, after the one that is one: first those given, then those that the circuit computes. These
/// are the challenge of the packing, the [`crate::verifier::opening::Deferred`] numbers, and the digests of an input that is told
/// by digests. Such an input's words follow the proof's elements.
///
/// # Errors
/// [`Reject`] if the verifier asked for more elements than the schedule has, which no statement's does.
pub fn record(statement: &Statement<'_>) -> Result<Trace, Reject> {
    let tape = Tape::default();
    let published = record_on(&tape, statement)?.into_iter().map(Recorded::value).collect();
    Ok(tape.finish(published))
}

/// The instances that the circuit computes.
fn record_on<'t>(tape: &'t Tape, statement: &Statement<'_>) -> Result<Vec<Recorded<'t>>, Reject> {
    let sealed: [Recorded<'_>; SEALED.len()] = std::array::from_fn(|index| tape.instance(1 + index));
    let packed = tape.instance(GIVEN);
    let count: usize = statement.schedule().iter().map(|(_, count)| count).sum();
    let [input, _] = public_tensors(statement.model, &statement.layout);
    let all: Vec<Recorded<'_>> = (0..count + input.hidden_words()).map(|index| tape.element(index)).collect();
    let (elements, words) = all.split_at(count);
    let (mut gamma, mut digests) = (packed, Vec::new());
    let deferred = verify(&mut Recorder(tape), statement, &sealed, elements, |a, challenge| {
        let unfolded = unfold(a, &input, challenge, words, packed);
        (gamma, digests) = (challenge, unfolded.digests);
        unfolded.packed
    })?;
    Ok([vec![gamma], deferred.to_vec(), digests].concat())
}

/// The wiring of a statement's verifier.
///
/// # Errors
/// As [`record`].
pub fn wire(statement: &Statement<'_>) -> Result<Wiring, Reject> {
    Ok(Wiring::new(&record(statement)?, GIVEN))
}
