//! What prover and verifier say to each other, in order.
//!
//! A proof is a stream of field elements. The verifier takes each out of the stream and absorbs it in one act, and the prover
//! absorbs each as it puts it in, so that nothing that is said can miss the transcript.

use ark_bn254::Fr;

use crate::{
    arithmetic::{Arithmetic, Native},
    error::Reject,
    layout::Layout,
    transcript::Transcript,
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

/// A keccak digest of group elements, made outside of the verifier's arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sealed {
    /// Everything public, and the commitments to the cells and the multiplicities.
    Commitments,
    /// The commitments to the helpers.
    Helpers,
    /// The commitments to the opening's fold and to its cross terms.
    Fold,
    /// The commitment to the quotient of the opening's division.
    Division,
    /// The commitment to the opening's batched quotient.
    Batch,
}

/// The digests, in the order in which they are absorbed.
pub const SEALED: [Sealed; 5] = [Sealed::Commitments, Sealed::Helpers, Sealed::Fold, Sealed::Division, Sealed::Batch];

/// Field elements that the prover says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// A random element, so that challenges tell nothing of what is private.
    Salt,
    /// The values at the challenge point of all terms over weights alone, and of all over tensors alone.
    LinearTerms,
    /// A round of the main sumcheck.
    MainRound,
    /// What the main sumcheck ends in: the polynomials over cells and entries at its point.
    Evaluations,
    /// What it ends in for each product: the weights' side and the values' side.
    Operands,
    /// A round of the merging sumcheck.
    MergeRound,
    /// What the merging sumcheck ends in.
    Opened,
    /// The remainder of the opening's division.
    Remainder,
    /// The opening's fold and its cross terms at the challenge point and its inverse.
    FoldEvaluations,
}

/// Every message of a proof, in order, and the number of its elements.
#[must_use]
pub fn schedule(layout: &Layout, main_rounds: usize, products: usize) -> Vec<(Message, usize)> {
    let merge_rounds = merge_rounds(layout);
    let mut messages = vec![(Message::Salt, 1), (Message::LinearTerms, 2)];
    messages.extend(vec![(Message::MainRound, MAIN_DEGREE); main_rounds]);
    messages.push((Message::Evaluations, Evaluations::<()>::COUNT));
    messages.extend(vec![(Message::Operands, 2); products]);
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

/// What the main sumcheck ends in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluations<S> {
    /// The quotients.
    pub quotient: S,
    /// The remainders.
    pub remainder: S,
    /// The outputs.
    pub output: S,
    /// The helpers of the cells.
    pub helper: S,
    /// The multiplicities.
    pub multiplicity: S,
    /// The helpers of the entries.
    pub entry_helper: S,
    /// The tables' outputs.
    pub entry_output: S,
}

impl<S> Evaluations<S> {
    /// The number of evaluations.
    pub const COUNT: usize = 7;

    /// The evaluations in the order in which they are sent.
    pub fn to_array(self) -> [S; 7] {
        [
            self.quotient,
            self.remainder,
            self.output,
            self.helper,
            self.multiplicity,
            self.entry_helper,
            self.entry_output,
        ]
    }
}

impl<S> From<[S; 7]> for Evaluations<S> {
    fn from(values: [S; 7]) -> Self {
        let [quotient, remainder, output, helper, multiplicity, entry_helper, entry_output] = values;
        Self { quotient, remainder, output, helper, multiplicity, entry_helper, entry_output }
    }
}

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
}

impl<S> From<[S; 4]> for Opened<S> {
    fn from(values: [S; 4]) -> Self {
        let [cells, outputs, entries, weights] = values;
        Self { cells, outputs, entries, weights }
    }
}

/// The verifier's end: takes messages from a proof.
#[derive(Debug)]
pub struct Receiver<'a, A: Arithmetic> {
    transcript: Transcript<A>,
    sealed: &'a [A::Scalar; SEALED.len()],
    elements: &'a [A::Scalar],
    taken: usize,
}

impl<'a, A: Arithmetic> Receiver<'a, A> {
    /// Reads a proof's elements and the digests of its group elements.
    pub fn new(a: &mut A, sealed: &'a [A::Scalar; SEALED.len()], elements: &'a [A::Scalar]) -> Self {
        Self { transcript: Transcript::new(a), sealed, elements, taken: 0 }
    }

    /// Absorbs a digest.
    pub fn seal(&mut self, a: &mut A, sealed: Sealed) {
        let element = self.sealed[sealed as usize];
        self.transcript.absorb(a, &[element]);
    }

    /// Takes a message and absorbs it.
    pub fn receive<const N: usize>(&mut self, a: &mut A, message: Message) -> Result<[A::Scalar; N], Reject> {
        let rest = self.elements.get(self.taken..).unwrap_or_default();
        let elements: [A::Scalar; N] =
            *rest.first_chunk().ok_or(Reject::Ended { message, found: self.elements.len() })?;
        self.taken += N;
        self.transcript.absorb(a, &elements);
        Ok(elements)
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
}

impl Default for Sender {
    fn default() -> Self {
        Self { transcript: Transcript::new(&mut Native), elements: Vec::new() }
    }
}

impl Sender {
    /// Absorbs a digest.
    pub fn seal(&mut self, digest: Fr) {
        self.transcript.absorb(&mut Native, &[digest]);
    }

    /// Says a message and absorbs it.
    pub fn send(&mut self, elements: &[Fr]) {
        self.transcript.absorb(&mut Native, elements);
        self.elements.extend_from_slice(elements);
    }

    /// Draws a challenge.
    pub fn challenge(&mut self) -> Fr {
        self.transcript.challenge(&mut Native)
    }

    /// Draws several challenges.
    pub fn challenges(&mut self, count: usize) -> Vec<Fr> {
        self.transcript.challenges(&mut Native, count)
    }

    /// All that was said.
    #[must_use]
    pub fn into_elements(self) -> Vec<Fr> {
        self.elements
    }
}
