//! Contracts whose code is right and whose storage was planted: other creation code has written it, and has then run the
//! genuine constructor.

use alloy::{
    primitives::{Address, B256, U256, keccak256},
    sol_types::SolValue,
};
use hallmark_chain::node::{
    Account, Intent,
    contracts::market::InferenceMarket::{listCall, withdrawCall},
    deployment::Plan,
};

use super::Sold;
use crate::{
    program::{done, say, text},
    world::{CUSTOMER, DEPLOYER, FEE, OPERATOR},
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

#[tokio::test]
async fn a_market_with_a_planted_credit_fails_by_its_address_alone() {
    let sold = Sold::new().await;
    let attacker = sold.world.anvil.account(OPERATOR).await;
    let credit = everywhere(attacker.address(), U256::from(FEE).into());
    let market = plant(&sold, &attacker, &Plan::market(sold.world.registry).unwrap(), &credit).await;
    // It is listed like any other, and a customer pays there.
    let deployer = sold.world.anvil.account(DEPLOYER).await;
    let listing = listCall { modelId: sold.world.model, holders: Address::repeat_byte(0x77), holdersBps: 1000 };
    deployer.send(&Intent::call(market, &listing)).await.unwrap();
    let key = format!("--model-key {} --srs srs.bin --for-tests", sold.file("m.key"));
    let audit = sold.audit(&format!("--market {market} {key}"));
    audit.assert_fails(&["market/address"]);
    assert!(audit.lines("pass").contains(&"market/code".to_owned()), "{:#}", audit.json);
    sold.audit(&format!("--market {} {key}", sold.world.market)).assert_fails(&[]);

    // Whoever pays or works by the commands is told, unless it says that it knows.
    let input = sold.file("x.npy");
    let values = ndarray::ArrayD::from_shape_vec(vec![4], vec![1.0, 2.0, 3.0, 4.0]).unwrap();
    hallmark_proving::npy::write_floats(&input, values.view()).unwrap();
    let (model, url) = (sold.world.model, sold.world.anvil.url());
    let request = format!(
        "request {} --market {market} --model-id {model} --input {input} --fee 1gwei --for-tests --dry-run --digest {} \
         --rpc {url}",
        sold.file("m.key"),
        sold.digest
    );
    let journal = sold.file("planted.journal");
    let serve =
        format!("serve m.hallmark --market {market} --model-id {model} --srs srs.bin --journal {journal} --rpc {url}");
    for command in [&request, &serve] {
        let (code, json) = say(CUSTOMER, command);
        let error = text(&json, "error");
        assert!(code == 1 && error.contains("does not commit") && error.contains("--foreign-contracts"), "{json}");
    }
    done(CUSTOMER, &format!("{request} --foreign-contracts"));
    done(CUSTOMER, &request.replace(&market.to_string(), &sold.world.market.to_string()));

    // What is at stake: the customer's fee is the attacker's.
    let genuine = sold.world.market;
    let world = crate::world::World { market, ..sold.world };
    world.request(&[1, 2, 3, 4]).await;
    let customer = world.anvil.account(CUSTOMER).await;
    assert_eq!(customer.node.balance(market).await.unwrap(), U256::from(FEE));
    attacker.send(&Intent::call(market, &withdrawCall { account: attacker.address() })).await.unwrap();
    assert_eq!(customer.node.balance(market).await.unwrap(), U256::ZERO);
    assert_ne!(genuine, market);
}
