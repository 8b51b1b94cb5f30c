//! The contract beside the verifier: the same settlement is put to both.

use hallmark_chain::chain::{Devnet, Pinned, Refusal, Verifier};
use hallmark_circuits::{claim::Claim, digest::Digest};

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

    /// Stores the bytes of a key, and pins them.
    pub fn store(&mut self, key: &[u8]) -> Pinned {
        let address = Verifier::store(&self.chain, key).unwrap().address;
        Pinned { address, digest: Digest::keccak(key) }
    }

    /// Why the contract refuses a settlement; nothing where it accepts.
    pub fn refusal(&mut self, key: &Pinned, claim: &Claim<Vec<u8>>, proof: &[u8]) -> Option<Refusal> {
        self.verifier.verify(&self.chain, key, claim, proof).unwrap().refusal
    }
}
