//! A token in which an attacker has had a part from the beginning.

use alloy::{primitives::U256, sol_types::SolConstructor};
use hallmark_chain::node::{
    contracts::{Contract, offering::InitialModelOffering::termsCall, token::ModelToken},
    deployment::Plan,
};

use super::{super::Sold, everywhere, plant, refuses};
use crate::{
    program::done,
    world::{CUSTOMER, OPERATOR},
};

#[tokio::test]
async fn a_token_with_a_planted_balance_is_refused_by_its_address_alone() {
    let sold = Sold::new().await;
    let attacker = sold.world.anvil.account(OPERATOR).await;
    let terms = attacker.node.view(sold.offering, &termsCall {}).await.unwrap();
    // All that it says of itself is what the genuine one says, also that the genuine offering hands it out.
    let arguments = ModelToken::constructorCall {
        name_: terms.name,
        symbol_: terms.symbol,
        modelId_: terms.modelId,
        keyDigest_: terms.keyDigest,
        market_: terms.market,
        supply: U256::from(terms.tokensForSale),
        to: sold.offering,
    };
    let plan = Plan::new(Contract::Token, &arguments.abi_encode()).unwrap();
    let balance = everywhere(attacker.address(), U256::from(terms.tokensForSale).into());
    let token = plant(&sold, &attacker, &plan, &balance).await;
    let revenue = format!("revenue --token {token} --rpc {}", sold.world.anvil.url());
    refuses(&revenue, "the token");
    assert_eq!(done(CUSTOMER, &format!("{revenue} --foreign-contracts"))["revenue_wei"], "0");
    let genuine = hallmark_chain::node::deployment::token(sold.offering);
    done(CUSTOMER, &revenue.replace(&token.to_string(), &genuine.to_string()));
}
