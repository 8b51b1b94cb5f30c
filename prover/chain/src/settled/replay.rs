//! The proof of a settlement, checked once more.

use alloy::primitives::B256;
use hallmark_circuits::{
    claim::Claim,
    codec::Reader,
    digest::Digest,
    settlement::{native::verify_told, proof::SettlementProof, trusted::SettlementKey},
    verifier::statement::Statement,
};

use crate::node::contracts::market::IInferenceMarket::Fulfilment;

/// What the proofs of a model's settlements are held against.
#[derive(Clone, Debug)]
pub struct Replay<'k> {
    /// The model's statement.
    pub statement: &'k Statement<'k>,
    /// Its settlement key.
    pub key: &'k SettlementKey,
}

impl Replay<'_> {
    /// Why what was sent is no proof of the answer in this context, by the verifier in Rust.
    ///
    /// # Errors
    /// The reason, for people.
    pub fn check(&self, context: B256, sent: &Fulfilment) -> Result<(), String> {
        let claim = Claim { context: Digest(context.0), input: sent.input.to_vec(), output: sent.output.to_vec() };
        let mut reader = Reader::new(&sent.proof);
        let proof = SettlementProof::read(self.statement, &mut reader).map_err(|error| error.to_string())?;
        reader.finish().map_err(|error| error.to_string())?;
        verify_told(self.key, self.key.digest(), &claim, &proof).map_err(|error| error.to_string())
    }
}
