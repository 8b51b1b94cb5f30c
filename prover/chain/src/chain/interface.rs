//! The contract's functions and errors, as its interface in Solidity says.
#![allow(missing_docs)]

alloy_sol_types::sol!(
    #![sol(all_derives)]
    "../../verifier-contracts/src/interfaces/IHallmarkVerifier.sol"
);
