//! The settlement of a proof on the chain inside the program.

use std::time::Instant;

use hallmark_circuits::{
    claim::Claim,
    codec::{Receipt, ReceiptProof},
    key::VerifyingKey,
    settlement::trusted::SettlementKey,
    verifier::statement::Statement,
};

use super::BenchError;
use hallmark_chain::chain::{Devnet, GasReport, Pinned, Verdict, Verifier};
use hallmark_proving::srs::Srs;

/// A contract with a model's key, and a proof for it.
#[derive(Debug)]
pub struct Call {
    chain: Devnet,
    verifier: Verifier,
    pinned: Pinned,
    claim: Claim<Vec<u8>>,
    proof: Vec<u8>,
}

impl Call {
    /// Deploys the contract and stores a model's key, for a settlement proof of what the model answers an input.
    ///
    /// # Errors
    /// - [`BenchError::OffChain`] if the receipt's proof does not settle.
    /// - [`BenchError::Settlement`] if the key can't be derived, and [`BenchError::Chain`] if the chain fails.
    pub fn new(model: &VerifyingKey, srs: &Srs, input: &[i64], receipt: &Receipt) -> Result<Self, BenchError> {
        Self::of(&SettlementKey::derive(model.clone(), srs.powers())?, input, receipt)
    }

    /// Deploys the contract and stores a key, which may be that of a batch.
    ///
    /// # Errors
    /// - [`BenchError::OffChain`] if the receipt's proof does not settle.
    /// - [`BenchError::Chain`] if the chain fails.
    pub fn of(key: &SettlementKey, input: &[i64], receipt: &Receipt) -> Result<Self, BenchError> {
        let ReceiptProof::Settlement(proof) = &receipt.proof else { return Err(BenchError::OffChain) };
        let statement = Statement::new(&key.model().key().architecture)?;
        let chain = Devnet::default();
        let verifier = Verifier::deploy(&chain)?;
        let address = Verifier::store(&chain, &key.to_bytes())?.address;
        let claim = statement.told(&receipt.claim(input));
        let pinned = Pinned { address, digest: key.digest() };
        Ok(Self { chain, verifier, pinned, claim, proof: proof.to_bytes() })
    }

    /// Has the contract check the proof.
    ///
    /// # Errors
    /// [`BenchError::Chain`] if the chain can't run the call.
    pub fn run(&mut self) -> Result<Verdict, BenchError> {
        Ok(self.verifier.verify(&self.chain, &self.pinned, &self.claim, &self.proof)?)
    }

    /// The gas of a call, by part, and the seconds that this machine takes for it.
    ///
    /// # Errors
    /// [`BenchError::Contract`] if the contract refuses the proof, and [`BenchError::Chain`] if the chain can't run the call.
    pub fn measure(&mut self) -> Result<(GasReport, f64), BenchError> {
        let start = Instant::now();
        let verdict = self.run()?;
        let seconds = start.elapsed().as_secs_f64();
        let gas = GasReport::new(&verdict);
        verdict.refusal.map_or(Ok((gas, seconds)), |refusal| Err(BenchError::Contract(refusal)))
    }
}
