//! What is as it is said to be.

use alloy::primitives::Address;

use super::{Sold, URI};
use crate::{
    program::hallmark,
    world::{FEE, RIVAL},
};

#[tokio::test]
async fn an_honest_offering_passes_every_line() {
    let sold = Sold::new().await;
    let mut ids = sold.settle(&[[1, 2, 3, 4], [5, 6, 7, 8], [9; 4]]).await;
    let page = sold.file("report.html");
    let audit = sold.audit(&format!("{} --html {page}", sold.everything()));
    audit.assert_fails(&[]);
    assert_eq!(audit.lines("skipped"), Vec::<String>::new(), "{:#}", audit.json);
    sold.audit(&format!("{} --strict", sold.everything())).assert_fails(&[]);
    let settled = audit.json["settlements"].as_array().unwrap();
    let mut found: Vec<_> = settled.iter().map(|settlement| settlement["request"].as_str().unwrap()).collect();
    found.sort_unstable();
    ids.sort();
    assert_eq!(found, ids.iter().map(ToString::to_string).collect::<Vec<_>>());
    for settlement in settled {
        assert_eq!(settlement["paid_wei"], (FEE - FEE / 10).to_string());
        assert_eq!(settlement["to_holders_wei"], (FEE / 10).to_string());
        assert!(settlement["gas"].as_u64().unwrap() > 100_000 && settlement["time"].as_u64().is_some(), "{settlement}");
    }
    let page = std::fs::read_to_string(page).unwrap();
    for told in ["Terms of the sale", "of the proceeds for the team", "UTC"] {
        assert!(page.contains(told), "{told}");
    }
    super::page::check(&page);

    let output = hallmark(RIVAL, &sold.command(&sold.everything())).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(
        shown.contains(URI) && shown.ends_with(" lines pass, 1 has to be weighed, 0 fail, 0 were not checked\n"),
        "{shown}"
    );
    assert!(shown.starts_with("FOR TESTS ONLY, WORTH NOTHING: "), "{shown}");
}

#[tokio::test]
async fn what_was_not_checked_says_so() {
    let sold = Sold::new().await;
    sold.settle(&[[1; 4], [2; 4]]).await;
    // With nothing but the numbers.
    let audit = sold.audit("--for-tests");
    audit.assert_fails(&[]);
    let skipped = audit.lines("skipped");
    for line in
        ["setup/ceremony", "model/weights", "model/circuit", "market/code", "token/listing", "settlements/count"]
    {
        assert!(skipped.iter().any(|found| found == line), "{line}: {skipped:?}");
    }
    // Proofs are held against nothing that was not derived: without powers, none is checked.
    let audit = sold.audit(&format!("--market {} --model-key {} --for-tests", sold.world.market, sold.file("m.key")));
    audit.assert_fails(&[]);
    let skipped = audit.lines("skipped");
    assert_eq!(skipped.iter().filter(|line| line.starts_with("settlements/0x")).count(), 2, "{skipped:?}");
    assert!(["model/circuit", "model/name"].iter().all(|line| skipped.iter().any(|found| found == line)));
    // Nothing fails, but not all was checked.
    let command = format!("--market {} --model-key {} --for-tests --strict", sold.world.market, sold.file("m.key"));
    let audit = sold.audit(&command);
    assert_eq!((audit.code, audit.lines("fail")), (1, vec![]));
    // Of two settlements one is looked at.
    let audit = sold.audit(&format!("{} --replay 1", sold.everything()));
    audit.assert_fails(&[]);
    assert_eq!(audit.lines("skipped"), ["settlements/older ones"]);
    // Those before a block are not missed without a word.
    let head = sold.world.customer.node.head().await.unwrap().number;
    let audit = sold.audit(&format!("{} --from-block {head}", sold.everything()));
    audit.assert_fails(&[]);
    assert!(audit.lines("skipped").len() <= 1, "{:#}", audit.json);
}

#[tokio::test]
async fn contracts_that_are_not_there_fail() {
    let sold = Sold::new().await;
    let nowhere = Address::repeat_byte(0x33);
    let audit = sold.audit(&format!("{} --market {nowhere}", sold.everything()));
    assert_eq!(audit.code, 1);
    let failed = audit.lines("fail");
    assert!(failed.contains(&"market/code".to_owned()) && failed.contains(&"token/terms".to_owned()), "{failed:?}");
    let command = sold.command(&sold.everything()).replace(&sold.world.registry.to_string(), &nowhere.to_string());
    let (code, json) = crate::program::say(RIVAL, &command);
    assert_eq!(code, 1, "{json:#}");
    let command = sold.command("").replace(&sold.world.model.to_string(), &format!("0x{}", "44".repeat(32)));
    let (code, json) = crate::program::say(RIVAL, &command);
    assert!(code == 1 && json["checks"].to_string().contains("no such model"), "{json:#}");
}
