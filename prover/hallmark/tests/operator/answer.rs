//! A customer sees what was paid for.

use hallmark_proving::npy::{read_floats, write_floats};
use serde_json::{Value, json};

use crate::{
    audit::Sold,
    program::{done, hallmark, say, text},
    purpose::INPUT,
    relay::{Relay, settle},
    service::FULFILLED,
    world::{CUSTOMER, FEE, OPERATOR, RIVAL},
};

impl Sold {
    fn answer(&self, id: &str, rest: &str) -> (i32, Value) {
        let (market, rpc) = (self.world.market, self.world.anvil.url());
        say(CUSTOMER, &format!("answer {id} --market {market} --rpc {rpc} {rest}"))
    }

    /// What the model says to the standard input.
    fn expected(&self) -> Value {
        let path = self.file("x.npy");
        let values = ndarray::ArrayD::from_shape_vec(vec![4], INPUT.map(f32::from).to_vec()).unwrap();
        write_floats(&path, values.view()).unwrap();
        done(CUSTOMER, &format!("run m.hallmark --input {path}"))["output"].clone()
    }
}

#[tokio::test]
async fn an_answer_is_shown_as_the_model_gives_it() {
    let sold = Sold::new().await;
    let id = sold.settle(&[INPUT, [9; 4]]).await[0].to_string();
    let (key, y) = (sold.file("m.key"), sold.file("y.npy"));
    let (code, found) = sold.answer(&id, &format!("--model-key {key} --srs srs.bin -o {y}"));
    assert_eq!((code, &found["state"], &found["proof"]), (0, &json!("fulfilled"), &json!("holds")), "{found}");
    assert_eq!((&found["output"], &found["insecure_setup"]), (&sold.expected(), &json!(true)));
    let saved: Vec<f32> = read_floats(y.as_ref(), 1 << 20).unwrap().iter().copied().collect();
    assert_eq!(json!(saved), found["output"]);
    assert_eq!(
        (text(&found, "paid_wei"), text(&found, "to_holders_wei")),
        ((FEE - FEE / 10).to_string(), (FEE / 10).to_string())
    );
    let operator = sold.world.anvil.account(OPERATOR).await.address();
    assert_eq!(text(&found, "payee"), operator.to_string());

    let (code, found) = sold.answer(&id, "");
    assert!(code == 0 && found.get("output").is_none() && text(&found, "output_bytes").starts_with("0x"), "{found}");
    assert_eq!(text(&found, "proof"), "not checked");
    let (code, found) = sold.answer(&id, &format!("--model-key {}", sold.file("other.key")));
    assert!(code == 1 && text(&found, "error").contains("digest"), "{found}");
    let (code, found) = sold.answer(&format!("0x{}", "33".repeat(32)), "");
    assert!(code == 1 && text(&found, "error").contains("no such request"), "{found}");
}

#[tokio::test]
async fn a_request_without_an_answer_says_why() {
    let sold = Sold::new().await;
    let id = sold.world.order(&sold.world.ask_for(&INPUT, 60).await, &INPUT, FEE).await.to_string();
    let rpc = sold.world.anvil.url();
    let shown = |state: &str| {
        let (code, found) = sold.answer(&id, "");
        assert_eq!((code, text(&found, "state")), (1, state.to_owned()), "{found}");
        let command = format!("answer {id} --market {} --rpc {rpc}", sold.world.market);
        String::from_utf8(hallmark(CUSTOMER, &command).output().unwrap().stdout).unwrap()
    };
    assert!(shown("open").contains("0.000000000001 ether"), "{}", shown("open"));
    sold.world.anvil.ask("evm_increaseTime", json!([100])).await;
    sold.world.mine(1).await;
    let command = format!("refund --market {} --request {id}", sold.world.market);
    assert!(shown("expired").contains(&command), "{}", shown("expired"));
    done(RIVAL, &format!("{command} --rpc {rpc}"));
    assert!(shown("refunded").contains("hallmark claim"), "{}", shown("refunded"));
}

#[tokio::test]
async fn what_another_contract_sent_is_found_or_said_not_to_be() {
    let sold = Sold::new().await;
    let operator = sold.world.anvil.account(OPERATOR).await;
    let key = sold.file("m.key");
    let mut lines = Vec::new();
    for relay in [Relay::Handed, Relay::Kept] {
        let id = sold.world.request(&INPUT).await;
        settle(&sold.world, &operator, id, relay).await;
        assert_eq!(sold.world.request_of(id).await.state, FULFILLED);
        lines.push(format!("settlements/{id}"));
        for check in ["", "--srs srs.bin"] {
            let (code, found) = sold.answer(&id.to_string(), &format!("--model-key {key} {check}"));
            match relay {
                Relay::Handed => assert_eq!((code, &found["output"]), (0, &sold.expected()), "{found}"),
                Relay::Kept => assert!(code == 1 && found.get("output").is_none(), "{found}"),
            }
            assert_eq!(text(&found, "payee"), operator.address().to_string());
        }
    }
    let audit = sold.audit(&sold.everything());
    audit.assert_fails(&[]);
    assert!(audit.lines("pass").contains(&lines[0]), "{:#}", audit.json);
    assert_eq!(audit.lines("skipped"), lines[1..]);
}
