//! The verifying key of a model, and the digest that its sale registers.

use ark_bn254::G1Affine;
use sha3::{Digest, Keccak256};

use crate::{encoding::g1_to_bytes, error::Reject, layout::Layout, model::Architecture};

/// What a verifier needs to know of a model. It holds no weights, only hiding commitments to them.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifyingKey {
    /// The architecture.
    pub architecture: Architecture,
    /// The digest of the setup under which the commitments were made.
    pub setup: [u8; 32],
    /// The commitments to the tables' outputs, a row each. They hide nothing: anyone can make them again.
    pub entry_outputs: Vec<G1Affine>,
    /// The commitments to the weights, a row each.
    pub weights: Vec<G1Affine>,
}

impl VerifyingKey {
    /// The weight digest, which binds the weights *and* what they mean: architecture, tables and setup.
    ///
    /// ```text
    /// keccak256("hallmark model 1", architecture digest, setup digest, row bits,
    ///           number of table rows, table rows, number of weight rows, weight rows)
    /// ```
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = Keccak256::new();
        hasher.update(b"hallmark model 1");
        hasher.update(self.architecture.digest());
        hasher.update(self.setup);
        hasher.update(u64::from(self.architecture.row_bits).to_be_bytes());
        for rows in [&self.entry_outputs, &self.weights] {
            hasher.update((rows.len() as u64).to_be_bytes());
            for row in rows {
                hasher.update(g1_to_bytes(row));
            }
        }
        hasher.finalize().into()
    }

    /// Refuses another number of rows than the layout fixes.
    pub fn check_shape(&self, layout: &Layout) -> Result<(), Reject> {
        let parts = [
            ("table outputs", layout.rows(layout.entry_bits), self.entry_outputs.len()),
            ("weights", layout.rows(layout.weight_bits), self.weights.len()),
        ];
        for (part, expected, found) in parts {
            if expected != found {
                return Err(Reject::Commitments { part, expected, found });
            }
        }
        Ok(())
    }
}
