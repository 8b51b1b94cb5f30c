//! What a proof is about: what the model answers an input, or what it answers each sample of a batch.

use ark_bn254::Fr;

use crate::{
    commitments::Commitments, digest::Digest, encoding::word, message::Sealed, relations::packing::PublicTensor,
};

/// The claim that the model answers `input` with `output`. The values are integers, or the bytes that stand for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim<V> {
    /// What a settlement binds the answer to; zeros for an answer that settles nothing.
    pub context: Digest,
    /// The input's values, row-major.
    pub input: V,
    /// The output's values, row-major.
    pub output: V,
}

impl<V: AsRef<[i64]>> Claim<V> {
    /// The input's integers and the output's.
    pub fn values(&self) -> [&[i64]; 2] {
        [self.input.as_ref(), self.output.as_ref()]
    }

    /// The claim with values of its own.
    pub fn owned(&self) -> Claim<Vec<i64>> {
        let [input, output] = self.values().map(<[i64]>::to_vec);
        Claim { context: self.context, input, output }
    }

    /// The claim in the bytes that a contract is told, for the input and the output of a model.
    pub fn to_bytes(&self, [input, output]: &[PublicTensor<'_>; 2]) -> Claim<Vec<u8>> {
        let [read, answered] = self.values();
        Claim { context: self.context, input: input.told(read), output: output.told(answered) }
    }
}

impl Claim<Vec<u8>> {
    /// The digest that is absorbed first, of all that is public and of the first commitments. `key` is the weight digest, of
    /// architecture, setup, tables and weights.
    ///
    /// ```text
    /// keccak256(domain, key, context, input, output, points) mod 2^248
    /// ```
    ///
    /// The key fixes the length of the input and of the output, so that no other claim has the same bytes.
    #[must_use]
    pub fn seal(&self, key: Digest, commitments: &Commitments) -> Fr {
        let domain = word(Sealed::Commitments.domain());
        let public = [domain.as_ref(), key.as_ref(), self.context.as_ref(), &self.input, &self.output];
        commitments.seal_after(Sealed::Commitments, public)
    }
}

#[cfg(test)]
mod tests;
