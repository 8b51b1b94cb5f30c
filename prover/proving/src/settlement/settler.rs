//! Settlement proofs that were checked before anyone sees them.

use hallmark_circuits::{
    settlement::{native::verify, proof::SettlementProof, trusted::SettlementKey},
    verifier::statement::Statement,
};
use rand::CryptoRng;
use tracing::info_span;

use super::{SettlementError, SettlementKeys};
use crate::proving::Inference;

/// All that settling the inferences of a committed model takes.
#[derive(Clone, Copy, Debug)]
pub struct Settler<'k> {
    /// The model's statement.
    pub statement: &'k Statement<'k>,
    /// The model's settlement key, which a contract pins.
    pub key: &'k SettlementKey,
    /// The settlement keys of the architecture under the setup.
    pub keys: &'k SettlementKeys,
}

impl Settler<'_> {
    /// Proves that an inference's proof is accepted, and checks that proof: one that does not hold is not to leave the house.
    ///
    /// # Errors
    /// [`SettlementError::Unsettled`] if the proof does not hold, as where the inference's did not.
    pub fn settle(&self, inference: &Inference, rng: &mut impl CryptoRng) -> Result<SettlementProof, SettlementError> {
        let settled = self.keys.prove(self.statement, self.key.model().weight_digest(), inference, rng);
        let _span = info_span!("check").entered();
        verify(self.key, self.key.digest(), &inference.claim, &settled).map_err(SettlementError::Unsettled)?;
        Ok(settled)
    }
}
