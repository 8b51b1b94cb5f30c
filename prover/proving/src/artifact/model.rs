//! The operator's model: architecture, weights, and what `commit` adds.
//!
//! ```text
//! length, architecture   as in a verifying key
//! weights                of each tensor: a width, then the integers
//! committed              1 byte, 0 or 1; where it is 1:
//!   key                  as in a verifying key, without the architecture
//!   blinds               32 bytes for each row of the weights
//! ```

use ark_bn254::{Fr, G1Affine};
use hallmark_circuits::{
    codec::{CodecError, Reader, read_architecture, read_rows, write_architecture, write_rows},
    encoding::fr_to_bytes,
    key::VerifyingKey,
    model::{Architecture, Batch, Weights},
    srs::OpeningKey,
};

use super::weights;
use crate::proving::CommittedModel;

/// A compiled model, committed to or not. It is its operator's secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The public part.
    pub architecture: Architecture,
    /// The private part.
    pub weights: Weights,
    /// What `commit` adds.
    pub commitment: Option<Commitment>,
}

/// Commitments to weights, and what opens them.
#[derive(Clone, Debug, PartialEq)]
pub struct Commitment {
    /// The setup.
    pub setup: OpeningKey,
    /// The commitments to the tables' outputs.
    pub entry_outputs: Vec<G1Affine>,
    /// The commitments to the rows of the weights.
    pub weights: Vec<G1Affine>,
    /// The batches that the model is offered in.
    pub batches: Vec<Batch>,
    /// What hides each of those rows.
    pub blinds: Vec<Fr>,
}

impl Model {
    /// A model that was just committed to.
    #[must_use]
    pub fn from_committed(model: CommittedModel) -> Self {
        let CommittedModel { key, weights, blinds } = model;
        let VerifyingKey { architecture, setup, entry_outputs, weights: rows, batches } = key;
        let commitment = Commitment { setup, entry_outputs, weights: rows, batches, blinds };
        Self { architecture, weights, commitment: Some(commitment) }
    }

    /// What a prover works with, if the model was committed to.
    #[must_use]
    pub fn into_committed(self) -> Option<CommittedModel> {
        let Commitment { setup, entry_outputs, weights, batches, blinds } = self.commitment?;
        let key = VerifyingKey { architecture: self.architecture, setup, entry_outputs, weights, batches };
        Some(CommittedModel { key, weights: self.weights, blinds })
    }

    /// The verifying key, if the model was committed to.
    #[must_use]
    pub fn published_key(&self) -> Option<VerifyingKey> {
        let Commitment { setup, entry_outputs, weights, batches, .. } = self.commitment.clone()?;
        Some(VerifyingKey { architecture: self.architecture.clone(), setup, entry_outputs, weights, batches })
    }

    /// The bytes of the model.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_architecture(&mut bytes, &self.architecture);
        weights::write(&mut bytes, &self.weights);
        bytes.push(u8::from(self.commitment.is_some()));
        if let (Some(key), Some(commitment)) = (self.published_key(), &self.commitment) {
            write_rows(&mut bytes, &key);
            bytes.extend(commitment.blinds.iter().flat_map(fr_to_bytes));
        }
        bytes
    }

    /// The model with these bytes.
    ///
    /// # Errors
    /// [`CodecError`] says where the bytes are no model.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let architecture = read_architecture(&mut reader)?;
        let weights = weights::read(&mut reader, &architecture)?;
        let committed = reader.flag("the commitment")?;
        let model = if committed {
            Self::read_committed(&mut reader, architecture, weights)?
        } else {
            Self { architecture, weights, commitment: None }
        };
        reader.finish()?;
        Ok(model)
    }

    fn read_committed(
        reader: &mut Reader<'_>,
        architecture: Architecture,
        weights: Weights,
    ) -> Result<Self, CodecError> {
        let key = read_rows(reader, architecture)?;
        let blinds = reader.scalars("the blinds", key.weights.len())?;
        Ok(Self::from_committed(CommittedModel { key, weights, blinds }))
    }
}
