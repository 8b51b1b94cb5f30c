//! Keys that are derived on the spot, and proofs that are held against them.

use hallmark_circuits::{
    claim::Claim,
    error::Reject,
    key::VerifyingKey,
    settlement::trusted::SettlementKey,
    trusted::TrustedKey,
    verifier::native::{Proof, verify},
};
use hallmark_proving::settlement::SettlementKeys;
use hallmark_proving::srs::Srs;

/// A key that is what its architecture gives.
pub fn trust(key: &VerifyingKey, srs: &Srs) -> TrustedKey {
    TrustedKey::derive(key.clone(), srs.powers()).unwrap()
}

/// Derives a key, and verifies an off-chain proof under its own digest.
pub fn verify_off_chain<V: AsRef<[i64]>>(
    key: &VerifyingKey,
    srs: &Srs,
    claim: &Claim<V>,
    proof: &Proof,
) -> Result<(), Reject> {
    verify(&trust(key, srs), key.digest(), claim, proof)
}

/// The settlement key of a model that is what its architecture gives.
pub fn settlement_key(keys: &SettlementKeys, model: &VerifyingKey, srs: &Srs) -> SettlementKey {
    keys.key_of(model.clone(), srs).unwrap()
}
