//! The code that a contract has if it was deployed from this program's sources.
//!
//! A contract's code contains values that its constructor fixes. So this module runs the constructor on the embedded chain,
//! with the arguments that the contract claims. Then every byte can be compared. It returns `None` if the constructor refuses
//! these arguments.

use alloy::{
    primitives::{Address, B256, U256},
    sol_types::{SolCall, SolConstructor, SolValue},
};

use hallmark_chain::chain::{Devnet, creation_code};
use hallmark_chain::node::contracts::{
    Contract,
    market::InferenceMarket,
    offering::{IInitialModelOffering::Terms, InitialModelOffering},
    registry::{
        IModelRegistry::{Model, Setup},
        ModelRegistry::{self, modelCall},
    },
    token::ModelToken,
    verifier_code,
};

/// A sale is over so many seconds after its code is made here, at least: what is placed before takes a block.
const BEFORE_CLOSE: u64 = 10;

/// The place of a contract, which its code may contain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The chain's number.
    pub(super) chain: u64,
    /// The contract's address.
    pub(super) address: Address,
}

/// The registry's code, with this program's verifier at an address.
pub(super) fn registry(place: Place, verifier: Address, setup: Setup) -> Option<Vec<u8>> {
    let chain = Devnet::default();
    chain.place(verifier, verifier_code()?);
    let development = setup.development;
    let arguments = ModelRegistry::constructorCall { verifier_: verifier, setup_: setup, development };
    construct(&chain, place, Contract::Registry, &arguments)
}

/// The market's code, for a registry.
pub(super) fn market(place: Place, registry: Address) -> Option<Vec<u8>> {
    let chain = Devnet::default();
    chain.place(registry, vec![0]);
    construct(&chain, place, Contract::Market, &InferenceMarket::constructorCall { registry_: registry })
}

/// The code of a token for a model, with the distributor that it names, by the terms of its sale. Its symbol and its supply are
/// not in it.
pub(super) fn token(place: Place, model: B256, distributor: Address, terms: &Terms) -> Option<Vec<u8>> {
    let arguments = ModelToken::constructorCall {
        name_: terms.name.clone(),
        symbol_: String::new(),
        modelId_: model,
        keyDigest_: terms.keyDigest,
        market_: terms.market,
        supply: U256::ONE,
        to: distributor,
    };
    construct(&Devnet::default(), place, Contract::Token, &arguments)
}

/// The code of an offering with these terms.
pub(super) fn offering(place: Place, terms: &Terms) -> Option<Vec<u8>> {
    // At any time before the sale is over the constructor leaves the same code.
    let chain = Devnet::new(terms.closes.checked_sub(BEFORE_CLOSE)?, &[]);
    // The constructor asks for the market's registry, and for the model's record there.
    chain.place(terms.market, creation_code(&terms.registry.abi_encode()).ok()?);
    chain.place(terms.registry, creation_code(&record(terms.keyDigest)).ok()?);
    let arguments = InitialModelOffering::constructorCall { terms_: terms.clone() };
    construct(&chain, place, Contract::Offering, &arguments)
}

fn construct(chain: &Devnet, place: Place, contract: Contract, arguments: &impl SolConstructor) -> Option<Vec<u8>> {
    chain.construct_at(place.chain, place.address, contract.creation(&arguments.abi_encode())?).ok()?
}

/// What a registry answers to who asks for a model. The first word of it is not zero: so it also answers when it was proven
/// that the registrant has the model.
fn record(key_digest: B256) -> Vec<u8> {
    let record = Model {
        registrant: Address::ZERO,
        key: Address::ZERO,
        keyDigest: key_digest,
        architectureDigest: B256::ZERO,
        weightDigest: B256::ZERO,
        predecessor: B256::ZERO,
        registeredAt: 0,
        provenAt: 0,
        uri: String::new(),
    };
    modelCall::abi_encode_returns(&record)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { chain: 7, address: Address::repeat_byte(0x21) };

    fn terms() -> Terms {
        Terms {
            registry: Address::repeat_byte(1),
            market: Address::repeat_byte(2),
            modelId: B256::repeat_byte(3),
            keyDigest: B256::repeat_byte(4),
            name: "Digits".into(),
            symbol: "DGT".into(),
            team: Address::repeat_byte(5),
            tokensForSale: 1_000_000_000_000_000_000,
            tokensForTeam: 0,
            price: 1,
            minimum: 1,
            opens: 1,
            closes: 20,
            holdersBps: 1,
            tranches: vec![],
        }
    }

    fn holds(code: &[u8], bytes: &[u8]) -> bool {
        code.windows(bytes.len()).any(|window| window == bytes)
    }

    #[test]
    fn constructors_leave_what_they_were_given() {
        let address = Address::repeat_byte(0x42);
        let found = market(PLACE, address).unwrap();
        assert!(holds(&found, address.as_slice()) && found != market(PLACE, Address::repeat_byte(0x43)).unwrap());
        let model = B256::repeat_byte(7);
        let found = token(PLACE, model, address, &terms()).unwrap();
        for bytes in [model.as_slice(), address.as_slice(), terms().keyDigest.as_slice(), PLACE.address.as_slice()] {
            assert!(holds(&found, bytes));
        }
        let elsewhere = Place { chain: 8, ..PLACE };
        assert_ne!(token(elsewhere, model, address, &terms()).unwrap(), found);
        // The token refuses to mint for nobody.
        assert_eq!(token(PLACE, model, Address::ZERO, &terms()), None);
    }

    #[test]
    fn an_offering_makes_the_token_whose_address_follows_from_its_own() {
        let tranche = hallmark_chain::node::contracts::offering::IInitialModelOffering::Tranche {
            bps: 10_000,
            earned: 1,
            milestone: Address::ZERO,
            expires: 30,
        };
        let terms = Terms { tranches: vec![tranche], ..terms() };
        let found = offering(PLACE, &terms).unwrap();
        assert!(holds(&found, PLACE.address.create(1).as_slice()) && holds(&found, terms.keyDigest.as_slice()));
        assert_eq!(offering(PLACE, &Terms { tranches: vec![], ..terms }), None);
    }
}
