//! Lies, one at a time.

use alloy::{
    primitives::{Address, keccak256},
    sol_types::SolConstructor,
};
use hallmark_chain::node::{
    contracts::{
        Contract,
        offering::{
            IInitialModelOffering::Terms,
            InitialModelOffering::{self, termsCall, tokenCall},
        },
        registry::ModelRegistry::verifierCall,
    },
    deployment::Plan,
};
use hallmark_proving::{file::Target, srs::Srs};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use super::Sold;
use crate::world::{DEPLOYER, FILES, deploy, place};

#[tokio::test]
async fn a_lie_fails_its_own_line() {
    let sold = Sold::new().await;
    sold.settle(&[[1, 2, 3, 4]]).await;
    let everything = sold.everything();

    sold.audit(&everything.replace("--for-tests", "")).assert_fails(&["setup/purpose"]);

    let other = Srs::insecure(12, &mut ChaCha20Rng::seed_from_u64(2));
    other.write(Target { replace: true, ..(&sold.file("srs.bin")).into() }).unwrap();
    let audit = sold.audit(&everything.replace("--srs srs.bin", &format!("--srs {}", sold.file("srs.bin"))));
    audit.assert_fails(&["setup/ceremony"]);
    assert!(audit.lines("skipped").contains(&"model/circuit".to_owned()));
    // They were named, so that nobody is asked to name them.
    let told = audit.json.to_string();
    assert!(told.contains("another ceremony than the registry's") && !told.contains("name them with --srs"), "{told}");

    let other = format!("0x{}", "22".repeat(32));
    sold.audit(&everything.replace(&sold.digest, &other)).assert_fails(&["model/name"]);

    let audit = sold.audit(&everything.replace("m.key", "other.key"));
    audit.assert_fails(&["model/weights"]);
    assert_eq!(audit.lines("pass").iter().filter(|line| line.starts_with("settlements/0x")).count(), 0);

    for (offering, lines) in other_offerings(&sold).await {
        let audit = sold.audit(&everything.replace(&sold.offering.to_string(), &offering.to_string()));
        audit.assert_fails(lines);
    }
}

/// Other sales of the model, whose tokens get no fees: one where it belongs, and one that was deployed by other means.
async fn other_offerings(sold: &Sold) -> [(Address, &'static [&'static str]); 2] {
    let deployer = sold.world.anvil.account(DEPLOYER).await;
    let terms = deployer.node.view(sold.offering, &termsCall {}).await.unwrap();
    let terms = Terms { name: "Others".into(), ..terms };
    let arguments = InitialModelOffering::constructorCall { terms_: terms.clone() }.abi_encode();
    let elsewhere = deploy(&deployer, Contract::Offering, &arguments).await;
    let unlisted = place(&deployer, Plan::offering(terms)).await;
    [(unlisted, &["token/listing"]), (elsewhere, &["token/offering address", "token/listing"])]
}

#[tokio::test]
async fn replaced_code_fails_its_own_line() {
    let sold = Sold::new().await;
    sold.settle(&[[1, 2, 3, 4]]).await;
    let node = sold.node().await.node;
    let verifier = node.view(sold.world.registry, &verifierCall {}).await.unwrap();
    let token = node.view(sold.offering, &tokenCall {}).await.unwrap();
    let key = sold.key().await;
    let blob = FILES.settlement_key("other").to_bytes();
    let other = [&[0], blob.as_slice()].concat();
    let changed = |code: &[u8]| {
        // A byte behind the last instruction that is run.
        [code, &[0]].concat()
    };
    let cases = [
        (key, other, "model/key"),
        (verifier, changed(&node.code(verifier).await.unwrap()), "verifier/code"),
        (sold.world.registry, changed(&node.code(sold.world.registry).await.unwrap()), "registry/code"),
        (sold.world.market, changed(&node.code(sold.world.market).await.unwrap()), "market/code"),
        (sold.offering, changed(&node.code(sold.offering).await.unwrap()), "token/offering code"),
        (token, changed(&node.code(token).await.unwrap()), "token/token code"),
    ];
    for (address, code, line) in cases {
        let old = sold.replace(address, &code).await;
        assert_ne!(keccak256(&old), keccak256(&code));
        sold.audit(&sold.everything()).assert_fails(&[line]);
        sold.replace(address, &old).await;
    }
    sold.audit(&sold.everything()).assert_fails(&[]);
}
