//! What `--version` tells: the program's version, the formats that it reads, and the contracts that it knows.

use std::sync::OnceLock;

use alloy::primitives::keccak256;
use serde_json::{Value, json};

use hallmark_chain::node::contracts::Contract;
use hallmark_proving::{file, srs};

/// The program's own version.
pub(super) const NUMBER: &str = env!("CARGO_PKG_VERSION");

const CONTRACTS: [(&str, Contract); 6] = [
    ("HallmarkVerifier", Contract::Verifier),
    ("ModelRegistry", Contract::Registry),
    ("InferenceMarket", Contract::Market),
    ("InitialModelOffering", Contract::Offering),
    ("ModelToken", Contract::Token),
    ("VerifiableOutput", Contract::Collection),
];

/// All of it, for people.
pub(super) fn text() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(write)
}

fn write() -> String {
    let mut text = format!(
        "{NUMBER}\nformats\n  models, keys, proofs, settlement keys  {}\n  structured reference strings           {}\n\
         contracts, by keccak256 of their creation code",
        file::VERSION,
        srs::VERSION
    );
    for (name, digest) in digests() {
        text += &format!("\n  {name:<21} {digest}");
    }
    text
}

/// All of it, for programs.
pub(super) fn describe() -> Value {
    let contracts: serde_json::Map<_, _> = digests().map(|(name, digest)| (name.to_owned(), json!(digest))).collect();
    json!({
        "version": NUMBER,
        "formats": { "files": file::VERSION, "structured_reference_strings": srs::VERSION },
        "contracts": contracts,
    })
}

fn digests() -> impl Iterator<Item = (&'static str, String)> {
    CONTRACTS.into_iter().map(|(name, contract)| {
        let digest = contract.creation(&[]).map(|code| keccak256(code).to_string());
        (name, digest.unwrap_or_else(|| "damaged: rebuild the program".into()))
    })
}
