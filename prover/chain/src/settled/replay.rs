//! The proof of a settlement, checked once more.

use alloy::primitives::B256;
use hallmark_circuits::{
    codec::Reader,
    relations::packing::public_tensors,
    settlement::{native::verify, proof::SettlementProof, trusted::SettlementKey},
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
    pub fn check(&self, context: B256, sent: &Fulfilment) -> Result<(), String> {
        let tensors = public_tensors(self.statement.model, &self.statement.layout);
        let [input, output] = [(&tensors[0], &sent.input), (&tensors[1], &sent.output)]
            .map(|(tensor, bytes)| tensor.from_bytes(bytes).ok_or("input or output has another length"));
        let mut reader = Reader::new(&sent.proof);
        let proof = SettlementProof::read(self.statement, &mut reader).map_err(|error| error.to_string())?;
        reader.finish().map_err(|error| error.to_string())?;
        let values = [input?, output?];
        verify(self.key, self.key.digest(), context.0, [&values[0], &values[1]], &proof)
            .map_err(|error| error.to_string())
    }
}
