//! Settlement proofs that were checked before anyone sees them.

use hallmark_circuits::{
    commitments::Public,
    relations::packing::public_tensors,
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
    /// The bytes that a contract is told of an input and an output.
    #[must_use]
    pub fn public(&self, context: [u8; 32], values: [&[i64]; 2]) -> Public {
        let tensors = public_tensors(self.statement.model, &self.statement.layout);
        Public::new(&tensors, self.key.model().weight_digest(), context, values)
    }

    /// Proves that an inference's proof is accepted, and checks that proof: one that does not hold is not to leave the house.
    ///
    /// # Errors
    /// If the proof does not hold, as where the inference's did not.
    pub fn settle(
        &self,
        context: [u8; 32],
        input: &[i64],
        inference: &Inference,
        rng: &mut impl CryptoRng,
    ) -> Result<SettlementProof, SettlementError> {
        let values = [input, &inference.output];
        let public = self.public(context, values);
        let settled = self.keys.prove(self.statement, &public, values, inference.proof.clone(), rng);
        let _span = info_span!("check").entered();
        verify(self.key, self.key.digest(), context, values, &settled).map_err(SettlementError::Unsettled)?;
        Ok(settled)
    }
}
