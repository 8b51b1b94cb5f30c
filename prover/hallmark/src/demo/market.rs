//! The chain on which answers are paid for: the verifier's contract, the registered model, and a request.

use hallmark_circuits::{commitments::Public, settlement::trusted::SettlementKey};

use super::CliError;
use hallmark_chain::chain::{Address, Chain, Deployment, Pinned, Purpose, Refusal, Verdict, Verifier};

/// Who is to be paid for the answer.
const OPERATOR: Address = Address::repeat_byte(0xaa);
/// Who would like to be.
const THIEF: Address = Address::repeat_byte(0xbb);

/// A chain with a registered model.
pub(super) struct Market {
    chain: Chain,
    pub(super) verifier: Verifier,
    pub(super) key: Deployment,
    pub(super) registered: Pinned,
    pub(super) purpose: Purpose,
}

impl Market {
    /// Deploys the contract and the key, and registers the model: whoever is to pay pins the model digest.
    pub(super) fn open(key: &SettlementKey, weight_digest: [u8; 32]) -> Result<Self, CliError> {
        let mut chain = Chain::default();
        let verifier = Verifier::deploy(&mut chain)?;
        let stored = Verifier::store(&mut chain, &key.to_bytes())?;
        // What is registered is what anyone reads off the chain.
        let digest = verifier.key_digest(&mut chain, stored.address)?;
        if digest != key.digest() || verifier.weight_digest(&mut chain, stored.address)? != weight_digest {
            return Err(CliError::Demo("the contract reads another key than was stored"));
        }
        let registered = Pinned { address: stored.address, digest };
        let purpose = Purpose { contract: verifier.address(), request: 1, payee: OPERATOR };
        Ok(Self { chain, verifier, key: stored, registered, purpose })
    }

    /// What the contract says to an answer of the registered model.
    pub(super) fn settle(&mut self, public: &Public, proof: &[u8]) -> Result<Verdict, CliError> {
        Ok(self.verifier.verify(&mut self.chain, &self.registered, public, proof)?)
    }

    /// Why the contract refuses a lie. It has to, or the demo has failed.
    pub(super) fn refuse(&mut self, public: &Public, proof: &[u8]) -> Result<Refusal, CliError> {
        self.settle(public, proof)?.refusal.ok_or(CliError::Demo("a lie was accepted"))
    }

    /// Why the contract refuses a lie that brings another key along.
    pub(super) fn refuse_key(
        &mut self,
        key: &SettlementKey,
        public: &Public,
        proof: &[u8],
    ) -> Result<Refusal, CliError> {
        let address = Verifier::store(&mut self.chain, &key.to_bytes())?.address;
        let other = Pinned { address, ..self.registered };
        let verdict = self.verifier.verify(&mut self.chain, &other, public, proof)?;
        verdict.refusal.ok_or(CliError::Demo("another key was accepted"))
    }

    /// The context of the next request of the same customer.
    pub(super) fn next_request(&self) -> [u8; 32] {
        Purpose { request: self.purpose.request + 1, ..self.purpose }.context()
    }

    /// The context of a payment to somebody else.
    pub(super) fn other_payee(&self) -> [u8; 32] {
        Purpose { payee: THIEF, ..self.purpose }.context()
    }
}
