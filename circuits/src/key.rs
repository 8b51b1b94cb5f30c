//! The verifying key of a model, and the digest of it.

use ark_bn254::G1Affine;

use crate::{
    digest::Digest,
    encoding::{g1_to_bytes, integer_word, word},
    error::Reject,
    layout::Layout,
    model::{Architecture, Batch},
    srs::OpeningKey,
};

/// What a verifier needs to know of a model. It holds no weights, only hiding commitments to them.
///
/// # Soundness
/// This is what somebody says. Proofs are held against a [`TrustedKey`](crate::trusted::TrustedKey), which is derived.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifyingKey {
    /// The architecture.
    pub architecture: Architecture,
    /// The setup under which the commitments were made.
    pub setup: OpeningKey,
    /// The commitments to the tables' outputs, a row each. They hide nothing: anyone can make them again.
    pub entry_outputs: Vec<G1Affine>,
    /// The commitments to the weights, a row each.
    pub weights: Vec<G1Affine>,
    /// The batches that the model is offered in, by increasing size. The weight digest does not cover them, since a batch has
    /// the same weights. The model digest does.
    pub batches: Vec<Batch>,
}

impl VerifyingKey {
    /// The weight digest, which binds the weights *and* what they mean: architecture, tables and setup.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::keccak(&[self.public_bytes(), self.weight_bytes()].concat())
    }

    /// What the digest covers besides the rows of the weights, in words of 32 bytes:
    ///
    /// ```text
    /// "hallmark model 3", architecture digest, setup digest, row bits of tables, row bits of weights,
    /// number of table rows, table rows (two words each), number of weight rows
    /// ```
    #[must_use]
    pub fn public_bytes(&self) -> Vec<u8> {
        public_bytes(&self.architecture, self.setup.digest, &self.entry_outputs, self.weights.len())
    }

    /// The rows of the weights, two words each.
    #[must_use]
    pub fn weight_bytes(&self) -> Vec<u8> {
        self.weights.iter().flat_map(g1_to_bytes).collect()
    }

    /// The offered batch of so many samples.
    #[must_use]
    pub fn batch(&self, size: usize) -> Option<Batch> {
        self.batches.iter().copied().find(|batch| batch.size() == size)
    }

    /// Refuses another number of rows than the layout fixes.
    ///
    /// # Errors
    /// [`Reject::Commitments`] if a number of rows is another.
    pub fn check_shape(&self, layout: &Layout) -> Result<(), Reject> {
        let parts = [
            ("table outputs", layout.entry_rows(), self.entry_outputs.len()),
            ("weights", layout.weight_rows(), self.weights.len()),
        ];
        for (part, expected, found) in parts {
            if expected != found {
                return Err(Reject::Commitments { part, expected, found });
            }
        }
        Ok(())
    }
}

/// What [`VerifyingKey::public_bytes`] gives, for whoever has no key: the architecture and the setup determine all of it.
#[must_use]
pub fn public_bytes(
    architecture: &Architecture,
    setup: Digest,
    entry_outputs: &[G1Affine],
    weight_rows: usize,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(word(b"hallmark model 3"));
    bytes.extend(architecture.digest().0);
    bytes.extend(setup.0);
    bytes.extend(
        [architecture.row_bits, architecture.weight_row_bits].map(u64::from).into_iter().flat_map(integer_word),
    );
    bytes.extend(integer_word(entry_outputs.len() as u64));
    bytes.extend(entry_outputs.iter().flat_map(g1_to_bytes));
    bytes.extend(integer_word(weight_rows as u64));
    bytes
}
