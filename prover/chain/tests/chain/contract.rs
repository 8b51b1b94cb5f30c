//! The contract beside the verifier: the same settlement is put to both.

use hallmark_chain::chain::{Chain, Pinned, Refusal, Verifier, keccak256};
use hallmark_circuits::commitments::Public;

/// The contract on a chain of its own.
pub struct Contract {
    chain: Chain,
    verifier: Verifier,
}

impl Contract {
    pub fn deploy() -> Self {
        let mut chain = Chain::default();
        let verifier = Verifier::deploy(&mut chain).unwrap();
        Self { chain, verifier }
    }

    /// Stores the bytes of a key, and pins them.
    pub fn store(&mut self, key: &[u8]) -> Pinned {
        let address = Verifier::store(&mut self.chain, key).unwrap().address;
        Pinned { address, digest: keccak256(key).0 }
    }

    /// Why the contract refuses a settlement; nothing where it accepts.
    pub fn refusal(&mut self, key: &Pinned, public: &Public, proof: &[u8]) -> Option<Refusal> {
        self.verifier.verify(&mut self.chain, key, public, proof).unwrap().refusal
    }
}
