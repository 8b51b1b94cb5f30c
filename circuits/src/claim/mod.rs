//! What a proof is about: a list of claims, each of which says what the model answers an input.
//!
//! A proof is about as many claims as its architecture has answers
//! ([`Architecture::claims`](crate::model::Architecture::claims)). Everything that is public folds over the list, in its
//! order: the first digest of the transcript ([`Public::seal`]), the packed words ([`pack`](crate::relations::packing::pack))
//! and a receipt's bytes.

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
        Claim { context: self.context, input: input.to_bytes(read), output: output.to_bytes(answered) }
    }
}

impl<V: AsRef<[u8]>> Claim<V> {
    /// The claim in integers; `None` if its bytes are more or fewer than the model's.
    pub fn to_integers(&self, [input, output]: &[PublicTensor<'_>; 2]) -> Option<Claim<Vec<i64>>> {
        let (read, answered) = (input.from_bytes(self.input.as_ref())?, output.from_bytes(self.output.as_ref())?);
        Some(Claim { context: self.context, input: read, output: answered })
    }
}

/// All that is public in a proof besides its commitments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Public {
    /// The weight digest, of architecture, setup, tables and weights.
    pub key: Digest,
    /// The claims, in bytes.
    pub claims: Vec<Claim<Vec<u8>>>,
}

impl Public {
    /// Encodes the claims on a model.
    pub fn new<V: AsRef<[i64]>>(tensors: &[PublicTensor<'_>; 2], key: Digest, claims: &[Claim<V>]) -> Self {
        Self { key, claims: claims.iter().map(|claim| claim.to_bytes(tensors)).collect() }
    }

    /// The digest that is absorbed first, of all that is public and of the first commitments:
    ///
    /// ```text
    /// keccak256(domain, key, (context, input, output) of each claim, points) mod 2^248
    /// ```
    ///
    /// The domain is a word of 32 bytes: a name, zeros, and in the last eight bytes the number of claims after the first. The
    /// domain fixes the number of claims and the key the length of each, so that no other list has the same bytes.
    #[must_use]
    pub fn seal(&self, commitments: &Commitments) -> Fr {
        let domain = self.domain();
        let claims =
            self.claims.iter().flat_map(|claim| [claim.context.as_ref(), claim.input.as_slice(), &claim.output]);
        commitments.seal_after(Sealed::Commitments, [domain.as_slice(), self.key.as_ref()].into_iter().chain(claims))
    }

    fn domain(&self) -> [u8; 32] {
        let mut domain = word(Sealed::Commitments.domain());
        // A list of no claims has a domain of its own too.
        let further = (self.claims.len() as u64).wrapping_sub(1);
        if let Some(last) = domain.last_chunk_mut() {
            *last = further.to_be_bytes();
        }
        domain
    }
}

#[cfg(test)]
mod tests;
