//! Contracts whose code is right and whose storage was planted: other creation code has written it, and has then run the
//! genuine constructor. For each contract of ours there is a lie that its address alone gives away.

mod market;
mod offering;
mod registry;
mod token;
mod verifier;

use alloy::{
    primitives::{Address, B256, U256, keccak256},
    sol_types::SolValue,
};
use hallmark_chain::node::{Account, Intent, deployment::Plan};

use super::Sold;
use crate::{
    program::{say, text},
    world::CUSTOMER,
};

/// The slots in which a contract of ours may have a mapping by accounts, whatever its layout.
const SLOTS: u64 = 24;

/// Deploys a contract with the code that a plan gives it, but with values of the attacker's in its storage.
async fn plant(sold: &Sold, attacker: &Account, plan: &Plan, storage: &[(B256, B256)]) -> Address {
    // The genuine creation code with its arguments, where it can be called. It reads itself from there, and leaves the
    // genuine code; but storage is that of the contract that calls it.
    let genuine = Address::repeat_byte(0x66);
    sold.replace(genuine, &plan.calldata()[32..]).await;
    let mut creation = Vec::new();
    for (slot, value) in storage {
        // PUSH32 value, PUSH32 slot, SSTORE
        creation.extend([&[0x7f], value.as_slice(), &[0x7f], slot.as_slice(), &[0x55]].concat());
    }
    // PUSH0 four times, PUSH20 genuine, GAS, DELEGATECALL, POP
    creation.extend([&[0x5f, 0x5f, 0x5f, 0x5f, 0x73], genuine.as_slice(), &[0x5a, 0xf4, 0x50]].concat());
    // RETURNDATASIZE, PUSH0, PUSH0, RETURNDATACOPY, RETURNDATASIZE, PUSH0, RETURN
    creation.extend([0x3d, 0x5f, 0x5f, 0x3e, 0x3d, 0x5f, 0xf3]);
    let planted = attacker.send(&Intent::deploy("a contract with a past", creation)).await.unwrap().contract.unwrap();
    sold.replace(genuine, &[]).await;
    planted
}

/// A value for an account, in every mapping that there may be.
fn everywhere(account: Address, value: B256) -> Vec<(B256, B256)> {
    (0..SLOTS).map(|slot| (keccak256((account, U256::from(slot)).abi_encode()), value)).collect()
}

/// A command of the customer's does not believe a contract, and says how to trust it all the same.
fn refuses(command: &str, what: &str) {
    let (code, json) = say(CUSTOMER, command);
    let error = text(&json, "error");
    let is_told = error.contains(&format!("{what} 0x")) && error.contains("does not commit");
    assert!(code == 1 && is_told && error.contains("--foreign-contracts"), "{command}: {json}");
}
