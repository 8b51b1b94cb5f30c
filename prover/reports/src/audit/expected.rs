//! The code that a contract has on its chain if it was deployed from this program's sources.
//!
//! What a constructor fixes is part of a contract's code. So the constructor is run here, on the embedded chain, with the
//! arguments that the contract says it was given: then every byte can be compared. None is returned where the constructor
//! refuses these arguments.

use alloy::{
    primitives::{Address, B256, U256},
    sol_types::{SolConstructor, SolValue},
};

use hallmark_chain::chain::{Devnet, SENDER};
use hallmark_chain::node::contracts::{
    Contract,
    market::InferenceMarket,
    offering::{IInitialModelOffering::Terms, InitialModelOffering},
    registry::{IModelRegistry::Setup, ModelRegistry},
    token::ModelToken,
    verifier_code,
};

/// A sale is over so many seconds after its code is made here, at least: what is placed before takes a block.
const BEFORE_CLOSE: u64 = 10;

/// The registry's code, with this program's verifier at an address.
pub(super) fn registry(verifier: Address, setup: Setup) -> Option<Vec<u8>> {
    let chain = Devnet::default();
    chain.place(verifier, verifier_code()?);
    let development = setup.development;
    let arguments = ModelRegistry::constructorCall { verifier_: verifier, setup_: setup, development };
    construct(&chain, Contract::Registry, &arguments).map(|(_, code)| code)
}

/// The market's code, for a registry.
pub(super) fn market(registry: Address) -> Option<Vec<u8>> {
    let chain = Devnet::default();
    chain.place(registry, vec![0]);
    construct(&chain, Contract::Market, &InferenceMarket::constructorCall { registry_: registry }).map(|(_, code)| code)
}

/// The token's code. Its name, its symbol and its supply are not in it.
pub(super) fn token(model: B256, distributor: Address) -> Option<Vec<u8>> {
    let arguments = ModelToken::constructorCall {
        name_: String::new(),
        symbol_: String::new(),
        modelId_: model,
        supply: U256::ONE,
        to: distributor,
    };
    construct(&Devnet::default(), Contract::Token, &arguments).map(|(_, code)| code)
}

/// The code of an offering with these terms, whose token is at an address.
pub(super) fn offering(terms: &Terms, token: Address) -> Option<Vec<u8>> {
    // At any time before the sale is over the constructor leaves the same code.
    let chain = Devnet::new(terms.closes.checked_sub(BEFORE_CLOSE)?, &[]);
    // The constructor asks who registered the model, which has to be who deploys, and for the market's registry.
    chain.place(terms.registry, constant(SENDER));
    chain.place(terms.market, constant(terms.registry));
    let arguments = InitialModelOffering::constructorCall { terms_: terms.clone() };
    let (address, code) = construct(&chain, Contract::Offering, &arguments)?;
    // The token's address is in the code, and follows from the offering's, which is another one here.
    Some(replace(&code, address.create(1), token))
}

fn construct(chain: &Devnet, contract: Contract, arguments: &impl SolConstructor) -> Option<(Address, Vec<u8>)> {
    let creation = contract.creation(&arguments.abi_encode())?;
    chain.construct(creation).ok().map(|(deployment, code)| (deployment.address, code))
}

/// The code of a contract that answers everything with an address.
fn constant(answer: Address) -> Vec<u8> {
    let word = answer.abi_encode();
    // PUSH32 the word, PUSH0, MSTORE; PUSH1 32, PUSH0, RETURN
    [&[0x7f], word.as_slice(), &[0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3]].concat()
}

/// Code with one address in the place of another. That one is a hash's, so nothing else looks like it.
fn replace(code: &[u8], old: Address, new: Address) -> Vec<u8> {
    let mut code = code.to_vec();
    let mut at = 0;
    while let Some(found) = code.get(at..).and_then(|rest| rest.windows(20).position(|window| window == old.as_slice()))
    {
        code[at + found..at + found + 20].copy_from_slice(new.as_slice());
        at += found + 20;
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constructors_leave_what_they_were_given() {
        let address = Address::repeat_byte(0x42);
        let holds = |code: &[u8], bytes: &[u8]| code.windows(bytes.len()).any(|window| window == bytes);
        let found = market(address).unwrap();
        assert!(holds(&found, address.as_slice()) && found != market(Address::repeat_byte(0x43)).unwrap());
        let model = B256::repeat_byte(7);
        let found = token(model, address).unwrap();
        assert!(holds(&found, model.as_slice()) && holds(&found, address.as_slice()));
        // The token refuses to mint for nobody.
        assert_eq!(token(model, Address::ZERO), None);
    }

    #[test]
    fn addresses_are_replaced_everywhere() {
        let [old, new] = [1, 2].map(Address::repeat_byte);
        let code = [old.as_slice(), &[9], old.as_slice(), old.as_slice(), &[1; 3]].concat();
        let expected = [new.as_slice(), &[9], new.as_slice(), new.as_slice(), &[1; 3]].concat();
        assert_eq!(replace(&code, old, new), expected);
        assert_eq!(replace(&[1; 19], old, new), [1; 19]);
    }
}
