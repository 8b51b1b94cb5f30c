//! What prover and verifier say to each other, in order.
//!
//! A proof is a stream of field elements. The verifier takes each out of the stream and absorbs it in one act, and the prover
//! absorbs each as it puts it in, so that nothing that is said can miss the transcript.

use ark_bn254::Fr;

use crate::{
    arithmetic::Native,
    columns::{Group, PerColumn, evaluated},
    error::Reject,
    layout::Layout,
    message::{Message, SEALED, Sealed},
    transcript::Transcript,
    verification::Verification,
};

/// The degree of a round polynomial of the main sumcheck: equality times helper times two look-ups.
pub const MAIN_DEGREE: usize = 4;
/// The degree of a round polynomial of the merging sumcheck: a functional times a polynomial.
pub const MERGE_DEGREE: usize = 2;
/// The number of variables that the opening folds by a division.
///
/// The remainder is sent as it is, which costs the settlement circuit half a permutation an element; the fold and its cross
/// terms are shorter than a row by these variables, which is what the prover gains.
pub const REMAINDER_BITS: usize = 3;
/// The number of coefficients of the remainder of the opening's division.
pub const REMAINDER: usize = 1 << REMAINDER_BITS;
/// The fold at the challenge point and at its inverse, and the cross terms at the challenge point.
pub const FOLD_EVALUATIONS: usize = 3;

/// Every message of a proof, in order, and the number of its elements. `operands` are the numbers of each product's.
#[must_use]
pub fn schedule(
    layout: &Layout,
    main_rounds: usize,
    operands: impl IntoIterator<Item = usize>,
) -> Vec<(Message, usize)> {
    let merge_rounds = merge_rounds(layout);
    let mut messages = vec![(Message::Salt, 1), (Message::LinearTerms, 2)];
    messages.extend(vec![(Message::MainRound, MAIN_DEGREE); main_rounds]);
    messages.push((Message::Evaluations, evaluated().count()));
    messages.extend(operands.into_iter().map(|count| (Message::Operands, count)));
    messages.extend(vec![(Message::MergeRound, MERGE_DEGREE); merge_rounds]);
    messages.push((Message::Opened, Opened::<()>::COUNT));
    messages.push((Message::Remainder, REMAINDER));
    messages.push((Message::FoldEvaluations, FOLD_EVALUATIONS));
    messages
}

/// The number of rounds of the merging sumcheck: the number of variables of the largest space.
#[must_use]
pub fn merge_rounds(layout: &Layout) -> usize {
    layout.cell_bits.max(layout.weight_bits).max(layout.entry_bits)
}

/// What the main sumcheck ends in: a value of each column that is evaluated, and zero for the others.
pub type Evaluations<S> = PerColumn<S>;

/// What the merging sumcheck ends in: values at its point, all of which the one opening proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened<S> {
    /// The batched quotients, remainders and helpers.
    pub cells: S,
    /// The outputs.
    pub outputs: S,
    /// The batched multiplicities, entry helpers and entry outputs.
    pub entries: S,
    /// The weights.
    pub weights: S,
}

impl<S> Opened<S> {
    /// The number of values.
    pub const COUNT: usize = 4;

    /// The values in the order in which they are sent.
    pub fn to_array(self) -> [S; 4] {
        [self.cells, self.outputs, self.entries, self.weights]
    }

    /// The value of a group.
    pub const fn of(&self, group: Group) -> &S {
        match group {
            Group::Cells => &self.cells,
            Group::Outputs => &self.outputs,
            Group::Entries => &self.entries,
            Group::Weights => &self.weights,
        }
    }
}

impl<S> From<[S; 4]> for Opened<S> {
    fn from(values: [S; 4]) -> Self {
        let [cells, outputs, entries, weights] = values;
        Self { cells, outputs, entries, weights }
    }
}

/// The verifier's end: takes messages from a proof.
#[derive(Debug)]
pub struct Receiver<'a, A: Verification> {
    transcript: Transcript<A>,
    sealed: &'a [A::Scalar; SEALED.len()],
    elements: &'a [A::Scalar],
    taken: usize,
}

impl<'a, A: Verification> Receiver<'a, A> {
    /// Reads a proof's elements and the digests of its group elements.
    pub fn new(a: &mut A, sealed: &'a [A::Scalar; SEALED.len()], elements: &'a [A::Scalar]) -> Self {
        Self { transcript: Transcript::new(a), sealed, elements, taken: 0 }
    }

    /// Absorbs a digest.
    pub fn seal(&mut self, a: &mut A, sealed: Sealed) {
        let [commitments, helpers, fold, division, batch] = *self.sealed;
        let element = match sealed {
            Sealed::Commitments => commitments,
            Sealed::Helpers => helpers,
            Sealed::Fold => fold,
            Sealed::Division => division,
            Sealed::Batch => batch,
        };
        self.transcript.absorb(a, &[element]);
    }

    /// Takes a message and absorbs it.
    ///
    /// # Errors
    /// [`Reject::Ended`] if the proof has fewer elements left.
    pub fn receive<const N: usize>(&mut self, a: &mut A, message: Message) -> Result<[A::Scalar; N], Reject> {
        let elements = *self.take(message, N)?.first_chunk().ok_or(self.ended(message))?;
        self.transcript.absorb(a, &elements);
        Ok(elements)
    }

    /// Takes a message of as many elements as the key fixes, and absorbs it.
    ///
    /// # Errors
    /// [`Reject::Ended`] if the proof has fewer elements left.
    pub fn receive_all(&mut self, a: &mut A, message: Message, count: usize) -> Result<Vec<A::Scalar>, Reject> {
        let elements = self.take(message, count)?;
        self.transcript.absorb(a, elements);
        Ok(elements.to_vec())
    }

    fn take(&mut self, message: Message, count: usize) -> Result<&'a [A::Scalar], Reject> {
        let end = self.taken.checked_add(count);
        let elements = end.and_then(|end| self.elements.get(self.taken..end)).ok_or(self.ended(message))?;
        self.taken += count;
        Ok(elements)
    }

    const fn ended(&self, message: Message) -> Reject {
        Reject::Ended { message, found: self.elements.len() }
    }

    /// Draws a challenge.
    pub fn challenge(&mut self, a: &mut A) -> A::Scalar {
        self.transcript.challenge(a)
    }

    /// Draws several challenges.
    pub fn challenges(&mut self, a: &mut A, count: usize) -> Vec<A::Scalar> {
        self.transcript.challenges(a, count)
    }

    /// Refuses a proof that says more than it should.
    ///
    /// # Errors
    /// [`Reject::Trailing`] if elements are left.
    pub fn finish(self) -> Result<(), Reject> {
        if self.taken == self.elements.len() {
            Ok(())
        } else {
            Err(Reject::Trailing { expected: self.taken, found: self.elements.len() })
        }
    }
}

/// The prover's end: makes a proof out of messages.
#[derive(Debug)]
pub struct Sender {
    transcript: Transcript<Native>,
    elements: Vec<Fr>,
    said: Vec<(Message, usize)>,
}

impl Default for Sender {
    fn default() -> Self {
        Self { transcript: Transcript::new(&mut Native), elements: Vec::new(), said: Vec::new() }
    }
}

impl Sender {
    /// Absorbs a digest.
    pub fn seal(&mut self, digest: Fr) {
        self.transcript.absorb(&mut Native, &[digest]);
    }

    /// Says a message and absorbs it.
    pub fn send(&mut self, message: Message, elements: &[Fr]) {
        self.transcript.absorb(&mut Native, elements);
        self.elements.extend_from_slice(elements);
        self.said.push((message, elements.len()));
    }

    /// Draws a challenge.
    pub fn challenge(&mut self) -> Fr {
        self.transcript.challenge(&mut Native)
    }

    /// Draws several challenges.
    pub fn challenges(&mut self, count: usize) -> Vec<Fr> {
        self.transcript.challenges(&mut Native, count)
    }

    /// The messages that were said so far, and the number of elements of each.
    #[must_use]
    pub fn said(&self) -> &[(Message, usize)] {
        &self.said
    }

    /// All that was said.
    #[must_use]
    pub fn into_elements(self) -> Vec<Fr> {
        self.elements
    }
}
