//! The contract beside the verifier: the same settlement is put to both.

use hallmark_chain::chain::{Devnet, Pinned, Refusal, Verifier};
use hallmark_circuits::{commitments::Public, settlement::key::SettlementKey};

/// The contract on a chain of its own.
pub struct Contract {
    chain: Devnet,
    verifier: Verifier,
}

impl Contract {
    pub fn deploy() -> Self {
        let chain = Devnet::default();
        let verifier = Verifier::deploy(&chain).unwrap();
        Self { chain, verifier }
    }

    /// Stores a key, and pins it.
    pub fn store(&mut self, key: &SettlementKey) -> Pinned {
        let address = Verifier::store(&self.chain, key).unwrap().address;
        Pinned { address, digest: key.digest() }
    }

    /// Why the contract refuses a settlement; nothing where it accepts.
    pub fn refusal(&mut self, key: &Pinned, public: &Public, proof: &[u8]) -> Option<Refusal> {
        self.verifier.verify(&self.chain, key, public, proof).unwrap().refusal
    }
}
