//! Answers that were paid for, as tokens.

use alloy::primitives::{Address, B256, U256};
use hallmark_chain::node::contracts::collection::VerifiableOutput::{modelIdCall, ownerOfCall, verifyCall};
use serde_json::{Value, json};

use crate::{
    audit::Sold,
    program::{done, say, text},
    purpose::INPUT,
    relay::{Relay, settle},
    service::FULFILLED,
    world::{CUSTOMER, DEPLOYER, OPERATOR, RIVAL},
};

fn mint(sold: &Sold, id: B256, rest: &str) -> String {
    format!("mint {id} --market {} --rpc {} {rest}", sold.world.market, sold.world.anvil.url())
}

const NAMED: &str = "--name Answers --symbol ANS";

fn sent(json: &Value) -> usize {
    json["transactions"].as_array().unwrap().len()
}

#[tokio::test]
async fn an_answer_is_minted_once_and_belongs_to_the_customer() {
    let sold = Sold::new().await;
    let id = sold.settle(&[INPUT]).await[0];
    let rehearsed = done(RIVAL, &mint(&sold, id, &format!("{NAMED} --dry-run")));
    // A collection and a token, which a rival pays for.
    let minted = done(RIVAL, &mint(&sold, id, NAMED));
    assert_eq!((sent(&minted), &minted["was_minted"]), (2, &json!(false)), "{minted}");
    for field in ["token", "collection", "owner"] {
        assert_eq!(minted[field], rehearsed[field], "{field}");
    }
    let customer = sold.world.customer.address();
    assert_eq!(text(&minted, "owner"), customer.to_string());
    let collection: Address = text(&minted, "collection").parse().unwrap();
    let token: U256 = text(&minted, "token").parse().unwrap();
    let node = sold.world.customer.node.clone();
    assert_eq!(node.view(collection, &ownerOfCall { tokenId: token }).await.unwrap(), customer);
    assert_eq!(node.view(collection, &modelIdCall {}).await.unwrap(), sold.world.model);
    let proof = id.to_vec().into();
    let call = verifyCall { prompt: INPUT.to_vec().into(), aigcData: vec![0, 0].into(), proof };
    assert!(node.view(collection, &call).await.unwrap());
    // A second time costs nothing, whichever way the collection is named.
    for rest in [NAMED.to_owned(), format!("--collection {collection}")] {
        let again = done(RIVAL, &mint(&sold, id, &rest));
        assert_eq!(
            (sent(&again), &again["was_minted"], &again["token"]),
            (0, &json!(true), &minted["token"]),
            "{again}"
        );
    }
}

#[tokio::test]
async fn what_can_t_be_minted_is_refused_before_anything_is_paid() {
    let sold = Sold::new().await;
    let operator = sold.world.anvil.account(OPERATOR).await;
    let rival = sold.world.anvil.account(RIVAL).await;
    let open = sold.world.request(&INPUT).await;
    let hidden = sold.world.request(&INPUT).await;
    settle(&sold.world, &operator, hidden, Relay::Kept).await;
    assert_eq!(sold.world.request_of(hidden).await.state, FULFILLED);
    let before = rival.node.nonce(rival.address()).await.unwrap();
    for (id, reason) in [
        (open, "is open: only an answer"),
        (B256::repeat_byte(0x33), "is not there: only an answer"),
        (hidden, "not in the calldata"),
    ] {
        let (code, json) = say(RIVAL, &mint(&sold, id, NAMED));
        assert!(code == 1 && text(&json, "error").contains(reason), "{json}");
    }
    let (code, json) = say(RIVAL, &mint(&sold, hidden, ""));
    assert_eq!(code, 2, "{json}");
    assert_eq!(rival.node.nonce(rival.address()).await.unwrap(), before, "nothing was sent");
}

/// A collection of another model, and one that somebody deployed by other means.
#[tokio::test]
async fn an_answer_goes_into_no_other_collection() {
    let sold = Sold::new().await;
    let id = sold.settle(&[INPUT]).await[0];
    let (registry, market, url) = (sold.world.registry, sold.world.market, sold.world.anvil.url());
    let other = done(DEPLOYER, &format!("register other.hallmark --srs srs.bin --registry {registry} --rpc {url}"));
    let deployer = sold.world.anvil.account(DEPLOYER).await;
    let model = text(&other, "model").parse().unwrap();
    let plan = hallmark_chain::node::deployment::Plan::collection("Others", "OTH", market, model);
    let collection = crate::world::place(&deployer, plan).await;
    let (code, json) = say(CUSTOMER, &mint(&sold, id, &format!("--collection {collection}")));
    assert!(code == 2 && text(&json, "error").contains("name another collection"), "{json}");

    let arguments = alloy::sol_types::SolValue::abi_encode_params(&("Forged", "FRG", market, sold.world.model));
    let forged =
        crate::world::deploy(&deployer, hallmark_chain::node::contracts::Contract::Collection, &arguments).await;
    let command = mint(&sold, id, &format!("--collection {forged}"));
    let (code, json) = say(CUSTOMER, &command);
    assert!(code == 1 && text(&json, "error").contains("the collection 0x"), "{json}");
    assert_eq!(text(&done(CUSTOMER, &format!("{command} --foreign-contracts")), "collection"), forged.to_string());
}
