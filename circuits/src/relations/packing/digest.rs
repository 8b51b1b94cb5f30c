//! Inputs by their digests: what a contract is told in the place of values, so that its gas does not grow with the input.
//!
//! The digest of a sample is what the transcript's sponge gives after a header and the sample's packed words:
//!
//! ```text
//! header = "hallmark input 1" (16 bytes), bytes of a value (1), bytes of a run (7), runs of a sample (7): a big-endian number
//! digest = sponge(header, word_0, word_1, ...)
//! ```
//!
//! The header fixes the number of words and how they are cut, so that inputs of different shapes have no bytes in common. The
//! sponge is [`Transcript`], which is as hard to find collisions for as the permutation's capacity allows: about 2^127
//! operations.
//!
//! A contract can't compute a digest for a reasonable price. So the settlement circuit does: its prover gives it the words, it
//! publishes their digests, and the contract puts those that it was told in their place. The words need no check of their own.
//! Both they and the cells of the input are fixed before the challenge of the packing is drawn, the words by the digests in
//! the first seal. So if their packed values agree, the words are those of the cells.

use ark_bn254::Fr;
use ark_ff::Field;

use super::{PublicTensor, wide};
use crate::{
    arithmetic::Native,
    encoding::{FR_BYTES, fr_from_bytes},
    error::Reject,
    transcript::Transcript,
    verification::Verification,
};

/// What a header begins with.
const DOMAIN: &[u8; 16] = b"hallmark input 1";

/// What the settlement circuit makes of the words of an input.
#[derive(Clone, Debug)]
pub struct Unfolded<S> {
    /// The packed value of input and output.
    pub packed: S,
    /// The digests of the input's samples: none where the input is told by its values.
    pub digests: Vec<S>,
}

/// Computes the packed value of input and output from what a contract packs, and the digests that it is told.
///
/// `words` are the input's if it is told by digests, and none otherwise. `told` is the packed value of what is told by its
/// values.
pub fn unfold<A: Verification>(
    a: &mut A,
    input: &PublicTensor<'_>,
    gamma: A::Scalar,
    words: &[A::Scalar],
    told: A::Scalar,
) -> Unfolded<A::Scalar> {
    let packed = words.iter().rev().fold(told, |packed, word| packed * gamma + *word);
    Unfolded { packed, digests: digests(a, input, words) }
}

/// The digests of the samples with these words.
fn digests<A: Verification>(a: &mut A, input: &PublicTensor<'_>, words: &[A::Scalar]) -> Vec<A::Scalar> {
    words.chunks(input.digest_words().max(1)).map(|words| digest(a, input, words)).collect()
}

/// The digest of a sample with these words.
fn digest<A: Verification>(a: &mut A, input: &PublicTensor<'_>, words: &[A::Scalar]) -> A::Scalar {
    let header = a.constant(input.header());
    let mut sponge = Transcript::new(a);
    sponge.absorb(a, &[header]);
    sponge.absorb(a, words);
    sponge.challenge(a)
}

/// What whoever checks a proof knows of a tensor from the bytes that it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The values: none where digests are told.
    pub values: Vec<i64>,
    /// The digests: none where values are told.
    pub digests: Vec<Fr>,
}

impl PublicTensor<'_> {
    /// The number of words that a circuit takes besides what is told: those of a tensor that is told by digests.
    #[must_use]
    pub fn hidden_words(&self) -> usize {
        if self.digests == 0 { 0 } else { self.words() }
    }

    /// The number of words of a sample.
    fn digest_words(&self) -> usize {
        self.words() / self.digests.max(1)
    }

    /// The words that a circuit takes besides what is told.
    #[must_use]
    pub fn hidden(&self, values: &[i64]) -> Vec<Fr> {
        if self.digests == 0 { Vec::new() } else { self.pack_words(values).map(Fr::from).collect() }
    }

    /// The digests of these values' samples: none where the values are told.
    #[must_use]
    pub fn digests_of(&self, values: &[i64]) -> Vec<Fr> {
        digests(&mut Native, self, &self.hidden(values))
    }

    /// The values of those that are told by their values: none where digests are told.
    pub(crate) const fn shown<'v>(&self, values: &'v [i64]) -> &'v [i64] {
        if self.digests == 0 { values } else { &[] }
    }

    /// Reads what is told of this tensor.
    ///
    /// # Errors
    /// - [`Reject::Told`] if the bytes are more or fewer than the tensor's.
    /// - [`Reject::InputDigest`] if a digest is not below the order of the field. It would be another name of the same input.
    pub fn read_told(&self, bytes: &[u8]) -> Result<Told, Reject> {
        let (what, expected, found) =
            (if self.tensor == 0 { "input" } else { "output" }, self.told_bytes(), bytes.len());
        let refused = Reject::Told { what, expected, found };
        if expected != found {
            return Err(refused);
        }
        if self.digests == 0 {
            let values = self.from_bytes(bytes).ok_or(refused)?;
            return Ok(Told { values, digests: Vec::new() });
        }
        let (digests, _) = bytes.as_chunks::<FR_BYTES>();
        let digests = digests.iter().map(fr_from_bytes).collect::<Option<_>>().ok_or(Reject::InputDigest)?;
        Ok(Told { values: Vec::new(), digests })
    }

    /// What is absorbed before a sample's words, as a number below 2^248.
    fn header(&self) -> Fr {
        let run = self.run() * self.width;
        let runs = self.values() / self.run() / self.digests.max(1);
        let digits = [(1, self.width), (7, run), (7, runs)];
        digits.iter().fold(Fr::from(u128::from_be_bytes(*DOMAIN)), |header, (bytes, digit)| {
            header * Fr::from(256).pow([*bytes]) + Fr::from(wide(*digit))
        })
    }
}
