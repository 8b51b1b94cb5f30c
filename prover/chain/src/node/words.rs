//! What the contracts' errors mean to those who meet them, and what to do about them.
//!
//! Errors that only a mistaken caller meets are told as Solidity has them.

use alloy::primitives::U256;

use super::{
    contracts::{
        collection::VerifiableOutput::{self as C, VerifiableOutputErrors as Collection},
        market::InferenceMarket::{self as M, InferenceMarketErrors as Market},
        offering::InitialModelOffering::{self as O, InitialModelOfferingErrors as Offering},
        registry::ModelRegistry::{self as R, ModelRegistryErrors as Registry},
        token::ModelToken::{self as T, ModelTokenErrors as Token},
    },
    utc,
};

/// How far a request is, by the market's number for it.
#[must_use]
pub const fn request_state(state: u8) -> &'static str {
    match state {
        0 => "not there",
        1 => "open",
        2 => "answered and paid",
        3 => "refunded",
        _ => "in a state that this program does not know",
    }
}

/// How far a sale is, by the offering's number for it.
#[must_use]
pub const fn sale_state(state: u8) -> &'static str {
    match state {
        0 => "not open yet",
        1 => "open",
        2 => "over, and it failed: the buyers get everything back",
        3 => "over, and it succeeded",
        _ => "in a state that this program does not know",
    }
}

/// How far a tranche is, by the offering's number for it.
const fn tranche_state(state: u8) -> &'static str {
    match state {
        0 => "not settled yet",
        1 => "paid to the team",
        2 => "the buyers'",
        _ => "in a state that this program does not know",
    }
}

/// A time as a contract has it.
fn at(time: &U256) -> String {
    utc(time.saturating_to())
}

pub(super) fn of_market(error: &Market) -> Option<String> {
    Some(match error {
        Market::NotListed(M::NotListed { modelId }) => format!(
            "the market takes no requests for the model {modelId}. Its registrant lists it with `hallmark offer`. Check the model's id \
             and the market's address"
        ),
        Market::AlreadyListed(M::AlreadyListed { modelId }) => {
            format!("the market has the model {modelId} already, with the token of another offering. That is for good")
        }
        Market::NotRegistrant(M::NotRegistrant { modelId, registrant }) => {
            format!("only {registrant}, who registered the model {modelId}, may do this. Use its key")
        }
        Market::UnknownRequest(M::UnknownRequest { requestId }) => {
            format!("the market has no request {requestId}. Check the id, the market and the chain")
        }
        Market::NotOpen(M::NotOpen { requestId, state }) => {
            format!("the request {requestId} is {}", request_state(*state))
        }
        Market::DeadlinePassed(M::DeadlinePassed { deadline }) => {
            format!("the deadline was {}. The fee goes back with `hallmark refund`", utc(*deadline))
        }
        Market::DeadlineNotPassed(M::DeadlineNotPassed { deadline }) => {
            format!("the request can be answered until {}. Wait for that", utc(*deadline))
        }
        Market::DeadlineTooFar(M::DeadlineTooFar { latest, .. }) => {
            format!("the deadline is too far away. The latest is {}", at(latest))
        }
        Market::LockHeld(M::LockHeld { operator, until }) => {
            format!("{operator} has locked the request until {}", utc(*until))
        }
        Market::LocksNotOffered(M::LocksNotOffered { requestId }) => {
            format!("the request {requestId} offers no locks")
        }
        Market::WrongBond(M::WrongBond { expected, found }) => {
            format!("a lock costs {expected} wei, and {found} were sent")
        }
        Market::FeeTooLarge(M::FeeTooLarge { fee }) => {
            format!("the market takes no fee of {fee} wei: a fee has at most 88 bits")
        }
        Market::BondTooLarge(M::BondTooLarge { bond }) => {
            format!("the market takes no bond of {bond} wei: a bond has at most 88 bits")
        }
        Market::BatchCount(M::BatchCount { count, size }) => {
            format!("a batch of {size} takes between 1 and {size} requests, and it has {count}")
        }
        Market::NothingToSettle(_) => {
            "no request of the batch can be answered now: each is answered, refunded, locked by somebody else, or past its deadline"
                .into()
        }
        Market::TooLittleEarned(M::TooLittleEarned { earned, least }) => format!(
            "the batch earns {earned} wei now, and its sender asks for {least}: others have answered some of its requests"
        ),
        Market::OtherModel(M::OtherModel { requestId, modelId }) => {
            format!("the request {requestId} is for the model {modelId}. A batch is for one model")
        }
        Market::NothingToWithdraw(M::NothingToWithdraw { account }) => format!("the market owes {account} nothing"),
        Market::CallbackGas(M::CallbackGas { needed, given }) => {
            format!("the callback needs {needed} gas, and the transaction left it {given}. Send it with more gas")
        }
        _ => return None,
    })
}

pub(super) fn of_registry(error: &Registry) -> Option<String> {
    Some(match error {
        Registry::UnknownModel(R::UnknownModel { modelId }) => {
            format!("the registry has no model {modelId}. Check the id, the registry and the chain")
        }
        Registry::AlreadyRegistered(R::AlreadyRegistered { modelId }) => {
            format!("the registry has the same record already. It is the model {modelId}")
        }
        Registry::AlreadyProven(R::AlreadyProven { modelId }) => {
            format!("it is proven already that the registrant has the model {modelId}")
        }
        Registry::ForeignPredecessor(R::ForeignPredecessor { predecessor, registrant }) => {
            format!("{registrant} registered the predecessor {predecessor}, and only this account may name a successor")
        }
        Registry::SetupMismatch(R::SetupMismatch { expected, found }) => format!(
            "the registry is for the setup {expected}, and the key was made under {found}. Name the registry of the model's setup"
        ),
        Registry::BatchSizeNotOffered(R::BatchSizeNotOffered { modelId, size }) => {
            format!("the key of the model {modelId} lists no batches of {size}. Use a size that it lists")
        }
        Registry::BatchArchitectureMismatch(R::BatchArchitectureMismatch { expected, found }) => format!(
            "the model's key lists the architecture digest {expected} for this size, and the key has {found}. Derive the key again"
        ),
        Registry::BatchWeightsMismatch(R::BatchWeightsMismatch { .. }) => {
            "the key has the weights of another model. Derive it from the model's own weights".into()
        }
        Registry::BatchKeyKnown(R::BatchKeyKnown { size, key, .. }) => {
            format!("the key for batches of {size} is recorded already. It is at {key}")
        }
        Registry::UnknownBatchKey(R::UnknownBatchKey { modelId, size }) => format!(
            "the registry has no key for batches of {size} of the model {modelId}. Anyone can add it with `addBatchKey`"
        ),
        Registry::VerificationGas(R::VerificationGas { needed, given }) => format!(
            "a verification has to be given {needed} gas, and the transaction left it {given}. Send it with more gas"
        ),
        Registry::VerifierExhausted(R::VerifierExhausted { given }) => format!(
            "a verification took all of the {given} gas that the registry ever gives it. No proof of this model can settle here"
        ),
        _ => return None,
    })
}

pub(super) fn of_offering(error: &Offering) -> Option<String> {
    Some(match error {
        Offering::PossessionUnproven(O::PossessionUnproven { modelId }) => format!(
            "nobody has shown that the registrant has the model {modelId}. `hallmark register` shows it, given the committed model"
        ),
        Offering::WrongState(O::WrongState { found }) => format!("the sale is {}", sale_state(*found)),
        Offering::NotListed(O::NotListed { .. }) => {
            "the model's fees do not go to this sale's token. Its registrant lists the token \
                                                    in the market with `hallmark offer`. Do not pay before"
                .into()
        }
        Offering::OtherTerms(O::OtherTerms { expected, found }) => {
            format!("the offering has the terms {found}, and {expected} were expected. Read them before you pay")
        }
        Offering::NothingToClaim(O::NothingToClaim { buyer }) => {
            format!("{buyer} has bought no tokens, or has claimed them already")
        }
        Offering::NothingToRefund(O::NothingToRefund { buyer }) => format!("{buyer} gets nothing back now"),
        Offering::ExcessBound(O::ExcessBound { buyer, until }) => {
            format!("what {buyer} paid above the cap is bound until {}", at(until))
        }
        Offering::TrancheUnknown(O::TrancheUnknown { tranche }) => format!("the offering has no tranche {tranche}"),
        Offering::TrancheSettled(O::TrancheSettled { tranche, found }) => {
            format!("tranche {tranche} is {}", tranche_state(*found))
        }
        Offering::TrancheNotReached(O::TrancheNotReached { tranche }) => {
            format!("the conditions of tranche {tranche} do not hold. `hallmark offering show` tells what it waits for")
        }
        Offering::TrancheExpired(O::TrancheExpired { tranche, expires }) => {
            format!("tranche {tranche} was not reached by {}. It is the buyers'", at(expires))
        }
        Offering::TrancheNotExpired(O::TrancheNotExpired { tranche, expires }) => {
            format!("tranche {tranche} can be reached until {}. Wait for that", at(expires))
        }
        _ => return None,
    })
}

pub(super) fn of_token(error: &Token) -> Option<String> {
    Some(match error {
        Token::NotOpen(T::NotOpen {}) => {
            "tokens do not move before the sale is over and somebody has claimed. `hallmark claim --offering` does"
                .into()
        }
        Token::SnapshotTooEarly(T::SnapshotTooEarly { next }) => {
            format!("the next snapshot can be taken from {} on", at(next))
        }
        Token::SnapshotUnknown(T::SnapshotUnknown { snapshotId }) => format!("there is no snapshot {snapshotId}"),
        Token::NothingToClaim(T::NothingToClaim { account }) => format!("{account} has nothing to claim"),
        _ => return None,
    })
}

pub(super) fn of_collection(error: &Collection) -> Option<String> {
    Some(match error {
        Collection::NotAnswered(C::NotAnswered { requestId }) => format!(
            "the market has not settled the request {requestId} with this answer of the collection's model. Check the request and the \
             collection"
        ),
        Collection::ERC721NonexistentToken(C::ERC721NonexistentToken { tokenId }) => {
            format!("nobody has minted the token {tokenId}")
        }
        Collection::ERC721InvalidSender(_) => "the token is there already".into(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use alloy::{
        primitives::{Address, B256, U256},
        sol_types::SolError,
    };

    use super::{super::Revert, C, M, O, R, T};

    /// Each error has its name, and words that say what it waits for or what to do.
    #[test]
    fn errors_are_told_in_words() {
        let (id, who) = (B256::repeat_byte(0xaa), Address::repeat_byte(0xbb));
        let cases = [
            (M::NotListed { modelId: id }.abi_encode(), "NotListed", "hallmark offer"),
            (M::NotOpen { requestId: id, state: 2 }.abi_encode(), "NotOpen", "answered and paid"),
            (M::NotOpen { requestId: id, state: 3 }.abi_encode(), "NotOpen", "refunded"),
            (M::NotOpen { requestId: id, state: 9 }.abi_encode(), "NotOpen", "does not know"),
            (
                M::DeadlineNotPassed { deadline: 1_709_210_096 }.abi_encode(),
                "DeadlineNotPassed",
                "2024-02-29 12:34:56 UTC",
            ),
            (O::WrongState { found: 0 }.abi_encode(), "WrongState", "not open yet"),
            (O::WrongState { found: 2 }.abi_encode(), "WrongState", "get everything back"),
            (O::WrongState { found: 3 }.abi_encode(), "WrongState", "succeeded"),
            (O::TrancheSettled { tranche: U256::ONE, found: 2 }.abi_encode(), "TrancheSettled", "1 is the buyers'"),
            (O::PossessionUnproven { modelId: id }.abi_encode(), "PossessionUnproven", "hallmark register"),
            (
                T::SnapshotTooEarly { next: U256::from(86_400) }.abi_encode(),
                "SnapshotTooEarly",
                "1970-01-02 00:00:00 UTC",
            ),
            (
                R::ForeignPredecessor { predecessor: id, registrant: who }.abi_encode(),
                "ForeignPredecessor",
                "only this account",
            ),
            (C::NotAnswered { requestId: id }.abi_encode(), "NotAnswered", "has not settled"),
        ];
        for (data, name, words) in cases {
            let found = Revert::decode(&data);
            assert!(found.is(name) && found.text.starts_with(&format!("{name}: ")), "{found}");
            assert!(found.text.contains(words), "{found}: {words}");
        }
    }

    /// What was needed is more than what was given.
    #[test]
    fn gas_that_is_needed_is_not_taken_for_gas_that_was_given() {
        let [needed, given] = [U256::from(10_000_000), U256::from(9_000)];
        let found = Revert::decode(&R::VerificationGas { needed, given }.abi_encode());
        assert!(found.text.contains("has to be given 10000000 gas, and the transaction left it 9000"), "{found}");
        let found = Revert::decode(&M::CallbackGas { needed, given }.abi_encode());
        assert!(found.text.contains("needs 10000000 gas, and the transaction left it 9000"), "{found}");
        let found = Revert::decode(&R::VerifierExhausted { given: needed }.abi_encode());
        assert!(found.text.contains("No proof of this model can settle"), "{found}");
    }
}
