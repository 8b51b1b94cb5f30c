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
    verifier::{
        opening::{DEFERRED, row_coordinates},
        statement::Statement,
        verify,
    },
};

/// The instances that are given: the digests and the packed public values.
pub const GIVEN: usize = SEALED.len() + 1;

/// The number of published values: the challenge of the packing, and what the opening defers.
#[must_use]
pub fn published(layout: &Layout) -> usize {
    1 + DEFERRED + row_coordinates(layout)
}

/// The instances of a proof but for the first, which is one.
#[must_use]
pub fn instances(sealed: &[Fr; SEALED.len()], packed: Fr, published: &[Fr]) -> Vec<Fr> {
    sealed.iter().chain([&packed]).chain(published).copied().collect()
}

/// Records the verifier of a statement.
///
/// Instances are numbered from one, after the one that is one: first those given, then the published ones, which are
/// the challenge of the packing and the [`crate::verifier::opening::Deferred`] numbers.
///
/// # Errors
/// [`Reject`] if the verifier asked for more elements than the schedule has, which no statement's does.
pub fn record(statement: &Statement<'_>) -> Result<Trace, Reject> {
    let tape = Tape::default();
    let published = record_on(&tape, statement)?.into_iter().map(Recorded::value).collect();
    Ok(tape.finish(published))
}

/// The values that a statement's verifier publishes.
fn record_on<'t>(tape: &'t Tape, statement: &Statement<'_>) -> Result<Vec<Recorded<'t>>, Reject> {
    let sealed: [Recorded<'_>; SEALED.len()] = std::array::from_fn(|index| tape.instance(1 + index));
    let packed = tape.instance(GIVEN);
    let count: usize = statement.schedule().iter().map(|(_, count)| count).sum();
    let elements: Vec<Recorded<'_>> = (0..count).map(|index| tape.element(index)).collect();
    let mut gamma = packed;
    let deferred = verify(&mut Recorder(tape), statement, &sealed, &elements, |_, challenge| {
        gamma = challenge;
        packed
    })?;
    Ok([vec![gamma], deferred.to_vec()].concat())
}

/// The wiring of a statement's verifier.
///
/// # Errors
/// As [`record`].
pub fn wire(statement: &Statement<'_>) -> Result<Wiring, Reject> {
    Ok(Wiring::new(&record(statement)?, GIVEN))
}
