//! Settlements that insiders have ordered, and their part of what counts for the tranches.

use serde_json::json;

use super::Sold;
use crate::{
    program::{done, text},
    service::FULFILLED,
    world::{DEPLOYER, FEE, OPERATOR, RIVAL, World},
};

#[tokio::test]
async fn the_part_of_insiders_is_told_of_what_was_earned_since_the_close_of_the_sale() {
    let sold = Sold::new().await;
    let (url, offering, digest) = (sold.world.anvil.url(), sold.offering, sold.digest.clone());
    done(RIVAL, &format!("buy --yes --offering {offering} --pay 2ether --digest {digest} --for-tests --rpc {url}"));
    // The registrant orders for itself while the sale is open: that counts for no tranche.
    let registrant = sold.world.anvil.account(DEPLOYER).await;
    let by_registrant = World { customer: registrant.clone(), ..sold.world };
    let sold = Sold { world: by_registrant, ..sold };
    let service = sold.world.serve(OPERATOR).await;
    let id = sold.world.request(&[1; 4]).await;
    sold.world.wait(id, FULFILLED).await;
    let told = |sold: &Sold| {
        let audit = sold.audit(&sold.everything());
        let checks = audit.json["checks"].as_array().unwrap().clone();
        let line = checks.into_iter().find(|check| check["name"] == "customers").unwrap();
        assert_eq!(line["verdict"], "caution", "{line}");
        text(&line, "detail")
    };
    let detail = told(&sold);
    assert!(
        detail.contains("0 of 0 ether of the holders' fees since the close of the sale, which is not closed yet"),
        "{detail}"
    );

    sold.world.anvil.ask("evm_increaseTime", json!([4000])).await;
    sold.world.mine(1).await;
    done(RIVAL, &format!("claim --offering {offering} --rpc {url}"));
    let customer = sold.world.anvil.account(crate::world::CUSTOMER).await;
    let sold = Sold { world: World { customer, ..sold.world }, ..sold };
    let id = sold.world.request(&[2; 4]).await;
    sold.world.wait(id, FULFILLED).await;
    service.stop();
    let detail = told(&sold);
    let share = hallmark_reports::number::decimal(alloy::primitives::U256::from(FEE / 10));
    let expected = format!("1 of 2 settlements ordered by {} (registrant): 0 of {share} ether", registrant.address());
    assert!(detail.contains(&expected) && detail.ends_with("since the close of the sale, 0.0%"), "{detail}");
}
