//! The contracts' functions, events, errors and code, as the compiler says.
#![allow(missing_docs, clippy::too_many_arguments)]

use alloy::{
    primitives::{B256, U256, keccak256},
    sol_types::SolValue,
};
use hallmark_circuits::{
    encoding::{g1_to_bytes, g2_to_bytes},
    srs::OpeningKey,
};

use self::{offering::IInitialModelOffering::Terms, registry::IModelRegistry::Setup};
use crate::chain::{CREATION, decode_hex};

/// A module of its own for each, since they have types in common.
macro_rules! contract {
    ($module:ident, $name:ident, $path:literal) => {
        pub mod $module {
            alloy_sol_types::sol! {
                #[derive(Debug, PartialEq, Eq)]
                $name,
                $path
            }
        }
    };
}

contract!(registry, ModelRegistry, "../../verifier-contracts/artifacts/ModelRegistry.abi.json");
contract!(market, InferenceMarket, "../../verifier-contracts/artifacts/InferenceMarket.abi.json");
contract!(offering, InitialModelOffering, "../../verifier-contracts/artifacts/InitialModelOffering.abi.json");
contract!(token, ModelToken, "../../verifier-contracts/artifacts/ModelToken.abi.json");
contract!(collection, VerifiableOutput, "../../verifier-contracts/artifacts/VerifiableOutput.abi.json");

macro_rules! creation {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../verifier-contracts/artifacts/", $name, ".bin"))
    };
}

impl From<&OpeningKey> for Setup {
    fn from(setup: &OpeningKey) -> Self {
        let word = |bytes: &[u8; 32]| U256::from_be_bytes(*bytes);
        let (g1, g2) = (g1_to_bytes(&setup.tau_g1), g2_to_bytes(&setup.tau_g2));
        let words = |bytes: &[u8]| bytes.as_chunks().0.iter().map(word).collect::<Vec<_>>();
        let (mut tau_g1, mut tau_g2) = ([U256::ZERO; 2], [U256::ZERO; 4]);
        tau_g1.copy_from_slice(&words(&g1));
        tau_g2.copy_from_slice(&words(&g2));
        Self { development: setup.insecure, tauG1: tau_g1, tauG2: tau_g2 }
    }
}

impl Terms {
    /// What a buyer names: `keccak256(abi.encode(terms))`.
    #[must_use]
    pub fn digest(&self) -> B256 {
        keccak256(self.abi_encode())
    }
}

/// A contract that can be deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contract {
    /// What checks proofs.
    Verifier,
    /// What pins models.
    Registry,
    /// What pays for proofs.
    Market,
    /// What sells a model's token.
    Offering,
    /// The token, which an offering deploys.
    Token,
    /// What makes tokens of a model's answers.
    Collection,
}

impl Contract {
    /// What it is called when it is deployed.
    #[must_use]
    pub const fn deployment(self) -> &'static str {
        match self {
            Self::Verifier => "the deployment of HallmarkVerifier",
            Self::Registry => "the deployment of ModelRegistry",
            Self::Market => "the deployment of InferenceMarket",
            Self::Offering => "the deployment of InitialModelOffering",
            Self::Token => "the deployment of ModelToken",
            Self::Collection => "the deployment of VerifiableOutput",
        }
    }

    /// Its creation code, with the encoded arguments of its constructor. None if the program's copy of it is damaged.
    #[must_use]
    pub fn creation(self, arguments: &[u8]) -> Option<Vec<u8>> {
        let digits = match self {
            Self::Verifier => CREATION,
            Self::Registry => creation!("ModelRegistry"),
            Self::Market => creation!("InferenceMarket"),
            Self::Offering => creation!("InitialModelOffering"),
            Self::Token => creation!("ModelToken"),
            Self::Collection => creation!("VerifiableOutput"),
        };
        Some([decode_hex(digits.trim())?.as_slice(), arguments].concat())
    }
}

/// The code that every verifier has on its chain. None if the program's copy of it is damaged.
#[must_use]
pub fn verifier_code() -> Option<Vec<u8>> {
    decode_hex(creation!("HallmarkVerifier.runtime").trim())
}

#[cfg(test)]
mod tests {
    use super::{Contract, verifier_code};

    #[test]
    fn the_program_s_copies_are_whole() {
        let most = [Contract::Verifier, Contract::Registry, Contract::Market, Contract::Offering, Contract::Token];
        for contract in most.into_iter().chain([Contract::Collection]) {
            assert!(contract.creation(&[]).unwrap().len() > 1000, "{contract:?}");
        }
        assert!(verifier_code().unwrap().len() > 1000);
    }
}
