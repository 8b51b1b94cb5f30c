//! The Fiat-Shamir transcript: a Poseidon sponge in duplex mode, with overwriting.
//!
//! An absorbed element replaces an element of the state instead of being added to it. That is as secure (Bertoni, Daemen,
//! Peeters and Van Assche, "Duplexing the sponge", 2011, section 6.2). It costs a circuit nothing.
//!
//! The numbers of absorbed and drawn elements depend on the verifying key alone, and its digest is absorbed first. So two
//! transcripts of different lengths differ in their first element, and no padding rule is needed.

use crate::{multilinear::zero, poseidon::WIDTH, verification::Verification};

/// The number of elements that one permutation takes in or gives out.
const RATE: usize = WIDTH - 1;

/// A transcript. The state's first element is the capacity.
#[derive(Clone, Debug)]
pub struct Transcript<A: Verification> {
    state: [A::Scalar; WIDTH],
    absorbed: usize,
    drawn: usize,
}

impl<A: Verification> Transcript<A> {
    /// A transcript that has absorbed nothing.
    pub fn new(a: &mut A) -> Self {
        Self { state: std::array::from_fn(|_| zero(a)), absorbed: 0, drawn: RATE }
    }

    /// Takes in elements.
    pub fn absorb(&mut self, a: &mut A, elements: &[A::Scalar]) {
        for element in elements {
            if self.absorbed == RATE {
                self.permute(a);
            }
            self.absorbed += 1;
            self.state[self.absorbed] = *element;
        }
    }

    /// Gives out a challenge that depends on everything that was absorbed before.
    pub fn challenge(&mut self, a: &mut A) -> A::Scalar {
        if self.absorbed > 0 || self.drawn == RATE {
            self.permute(a);
        }
        self.drawn += 1;
        self.state[self.drawn]
    }

    /// Gives out several challenges.
    pub fn challenges(&mut self, a: &mut A, count: usize) -> Vec<A::Scalar> {
        (0..count).map(|_| self.challenge(a)).collect()
    }

    fn permute(&mut self, a: &mut A) {
        a.permute(&mut self.state);
        self.absorbed = 0;
        self.drawn = 0;
    }
}
