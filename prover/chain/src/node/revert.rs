//! The error in a contract's refusal.

use std::fmt::{self, Debug, Display, Formatter};

use alloy::sol_types::SolInterface;

use super::{
    contracts::{
        collection::VerifiableOutput::VerifiableOutputErrors, market::InferenceMarket::InferenceMarketErrors,
        offering::InitialModelOffering::InitialModelOfferingErrors, registry::ModelRegistry::ModelRegistryErrors,
        token::ModelToken::ModelTokenErrors,
    },
    words,
};
use crate::chain::{IHallmarkVerifier::IHallmarkVerifierErrors, Refusal};

/// The error that a contract reverts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revert {
    /// Its name in Solidity; none where it is no error of the contracts.
    pub name: Option<&'static str>,
    /// It with its data.
    pub text: String,
}

impl Revert {
    /// What the bytes say that a contract reverts with.
    pub(super) fn decode(data: &[u8]) -> Self {
        let known = [
            read(data, words::of_market),
            read(data, words::of_registry),
            read(data, |error: &IHallmarkVerifierErrors| Some(Refusal::from(error.clone()).reason)),
            read(data, words::of_offering),
            read(data, words::of_token),
            read(data, words::of_collection),
        ];
        known.into_iter().flatten().next().unwrap_or_else(|| Self { name: None, text: unknown(data) })
    }

    /// Whether this is an error of that name.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name == Some(name)
    }
}

impl Display for Revert {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The errors of one contract, each with its name in Solidity.
trait Named: SolInterface + Debug {
    fn name(selector: [u8; 4]) -> Option<&'static str>;
}

macro_rules! named {
    ($($errors:ident),*) => {
        $(impl Named for $errors {
            fn name(selector: [u8; 4]) -> Option<&'static str> {
                Self::name_by_selector(selector)
            }
        })*
    };
}

named!(
    InferenceMarketErrors,
    ModelRegistryErrors,
    IHallmarkVerifierErrors,
    InitialModelOfferingErrors,
    ModelTokenErrors,
    VerifiableOutputErrors
);

/// An error of one contract: its name, and words or else its data.
fn read<E: Named>(data: &[u8], words: impl Fn(&E) -> Option<String>) -> Option<Revert> {
    let name = E::name(*data.first_chunk()?)?;
    let error = E::abi_decode(data).ok()?;
    if let Some(words) = words(&error) {
        return Some(Revert { name: Some(name), text: format!("{name}: {words}") });
    }
    let shown = format!("{error:?}");
    // The enum's variant has the same name as the error in it.
    let text = shown.strip_prefix(&format!("{name}(")).and_then(|rest| rest.strip_suffix(')')).unwrap_or(&shown);
    Some(Revert { name: Some(name), text: text.to_owned() })
}

fn unknown(data: &[u8]) -> String {
    match data.len() {
        0 => "without a reason".into(),
        length => format!("{length} bytes that are no error of the contracts"),
    }
}

#[cfg(test)]
mod tests {
    use alloy::{
        primitives::{Address, B256},
        sol_types::SolError,
    };

    use super::{
        super::contracts::market::InferenceMarket::{PayeeInvalid, UnknownRequest},
        Revert,
    };

    #[test]
    fn errors_are_told_with_their_data() {
        let error = UnknownRequest { requestId: B256::repeat_byte(0xaa) };
        let found = Revert::decode(&error.abi_encode());
        assert!(found.is("UnknownRequest") && found.to_string().contains("aaaa"), "{found}");
        assert!(found.text.starts_with("UnknownRequest: the market has no request 0xaaaa"), "{found}");
        // What nobody meets but a mistaken caller is told as it is.
        let found = Revert::decode(&PayeeInvalid { payee: Address::ZERO }.abi_encode());
        assert!(found.is("PayeeInvalid") && found.text.starts_with("PayeeInvalid { payee: 0x"), "{found}");
        for garbage in [vec![], vec![1, 2], vec![1; 4], error.abi_encode()[..20].to_vec()] {
            assert_eq!(Revert::decode(&garbage).name, None);
        }
    }
}
