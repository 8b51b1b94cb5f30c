//! The contract on the chain.

use alloy_sol_types::SolCall;
use hallmark_circuits::{claim::Claim, digest::Digest};
use revm::primitives::{Address, B256};

use super::{
    ChainError, Deployment, Devnet, Outcome, Refusal, Trace,
    interface::IHallmarkVerifier::{keyDigestCall, setupCall, verifyCall, weightDigestCall},
};

/// What the compiler made of `HallmarkVerifier.sol`, in hexadecimal digits.
pub const CREATION: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../verifier-contracts/artifacts/HallmarkVerifier.bin"));

/// What a stored key begins with: no call gets past it.
pub const STOP: u8 = 0;

/// The contract, for every model.
#[derive(Clone, Copy, Debug)]
pub struct Verifier {
    address: Address,
}

/// A model's key on the chain, pinned by its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pinned {
    /// The contract whose code is the key.
    pub address: Address,
    /// The key's digest.
    pub digest: Digest,
}

/// What the contract says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The call, as a transaction.
    pub transaction: Trace,
    /// What the transaction brought along.
    pub calldata: Vec<u8>,
    /// Why the contract refuses, if it does.
    pub refusal: Option<Refusal>,
}

impl Verifier {
    /// Deploys the contract.
    ///
    /// # Errors
    /// [`ChainError::Artifact`] if the program's copy of the contract is damaged.
    pub fn deploy(chain: &Devnet) -> Result<Self, ChainError> {
        let deployment = chain.deploy(decode_hex(CREATION.trim()).ok_or(ChainError::Artifact)?)?;
        Ok(Self { address: deployment.address })
    }

    /// The contract that is at an address.
    #[must_use]
    pub const fn at(address: Address) -> Self {
        Self { address }
    }

    /// The contract's address.
    #[must_use]
    pub const fn address(&self) -> Address {
        self.address
    }

    /// Stores the bytes of a settlement key as the code of a contract, behind a byte that no call gets past.
    ///
    /// # Errors
    /// [`ChainError::Deployment`] if the key has more bytes than a contract's code may have.
    pub fn store(chain: &Devnet, key: &[u8]) -> Result<Deployment, ChainError> {
        chain.deploy_code(&key_code(key))
    }

    /// Asks the contract whether an answer is the pinned model's.
    ///
    /// # Errors
    /// If the chain can't run the call. What the contract says is in the verdict.
    pub fn verify(
        &self,
        chain: &Devnet,
        key: &Pinned,
        claim: &Claim<Vec<u8>>,
        proof: &[u8],
    ) -> Result<Verdict, ChainError> {
        let call = verifyCall {
            key: key.address,
            digest: B256::from(key.digest.0),
            context: B256::from(claim.context.0),
            input: claim.input.clone().into(),
            output: claim.output.clone().into(),
            proof: proof.to_vec().into(),
        };
        let calldata = call.abi_encode();
        let transaction = chain.trace(self.address(), calldata.clone())?;
        let refusal = Refusal::of(&transaction.outcome);
        Ok(Verdict { transaction, calldata, refusal })
    }

    /// The digest of a stored key, as the contract computes it.
    ///
    /// # Errors
    /// [`ChainError::View`] if the code at the address is no key.
    pub fn key_digest(&self, chain: &Devnet, key: Address) -> Result<Digest, ChainError> {
        self.ask(chain, &keyDigestCall { key }).map(|digest| Digest(digest.0))
    }

    /// The weight digest of a stored key's model.
    ///
    /// # Errors
    /// [`ChainError::View`] if the code at the address is no key.
    pub fn weight_digest(&self, chain: &Devnet, key: Address) -> Result<Digest, ChainError> {
        self.ask(chain, &weightDigestCall { key }).map(|digest| Digest(digest.0))
    }

    /// The digest of the setup that a stored key says it was made under, and whether that is one for development.
    ///
    /// # Errors
    /// [`ChainError::View`] if the code at the address is no key.
    pub fn setup(&self, chain: &Devnet, key: Address) -> Result<(Digest, bool), ChainError> {
        self.ask(chain, &setupCall { key }).map(|setup| (Digest(setup.digest.0), setup.development))
    }

    fn ask<C: SolCall>(&self, chain: &Devnet, call: &C) -> Result<C::Return, ChainError> {
        let failed = |reason| ChainError::View { call: C::SIGNATURE, reason };
        match chain.trace(self.address(), call.abi_encode())?.outcome {
            Outcome::Returned(data) => C::abi_decode_returns(&data).map_err(|error| failed(error.to_string())),
            outcome => Err(failed(Refusal::of(&outcome).map_or_else(String::new, |refusal| refusal.to_string()))),
        }
    }
}

/// A settlement key as the code of a contract.
#[must_use]
pub fn key_code(key: &[u8]) -> Vec<u8> {
    [&[STOP], key].concat()
}

/// The bytes that hexadecimal digits stand for.
#[must_use]
pub fn decode_hex(digits: &str) -> Option<Vec<u8>> {
    let value = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8);
    let (pairs, rest) = digits.strip_prefix("0x").unwrap_or(digits).as_bytes().as_chunks();
    let byte = |&[high, low]: &[u8; 2]| Some(value(high)? << 4 | value(low)?);
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::decode_hex;

    #[test]
    fn digits_are_decoded_and_nothing_else() {
        assert_eq!(decode_hex("0x00fF"), Some(vec![0, 255]));
        assert_eq!(decode_hex(""), Some(Vec::new()));
        for text in ["0", "0g", "zz", "0x0", "é"] {
            assert_eq!(decode_hex(text), None, "{text}");
        }
    }
}
