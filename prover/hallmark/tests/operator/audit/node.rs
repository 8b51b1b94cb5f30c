//! A node that does not tell, or lies.

use std::thread;

use alloy::sol_types::SolCall;
use hallmark_chain::node::contracts::market::InferenceMarket::fulfilManyCall;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

use super::Sold;
use crate::{
    program::{say, text},
    world::RIVAL,
};

/// What becomes of an answer to a method with these parameters.
type Lie = fn(&str, &Value, &mut Value);

/// Stands between an auditor and a node, and changes what the node says. Returns its own address.
async fn liar(node: String, lie: Lie) -> String {
    let (ready, started) = oneshot::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            ready.send(listener.local_addr().unwrap()).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, node.clone(), lie));
            }
        });
    });
    format!("http://{}", started.await.unwrap())
}

async fn serve(mut stream: TcpStream, node: String, lie: Lie) -> Option<()> {
    let mut received = Vec::new();
    let body = loop {
        let mut buffer = [0; 1 << 16];
        let count = stream.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        received.extend(&buffer[..count]);
        if let Some(body) = body(&received) {
            break body;
        }
    };
    let question: Value = serde_json::from_slice(&body).ok()?;
    let request = reqwest::Client::new().post(node).header("content-type", "application/json").body(body);
    let mut answer: Value = serde_json::from_str(&request.send().await.ok()?.text().await.ok()?).ok()?;
    lie(question["method"].as_str()?, &question["params"], &mut answer);
    let body = answer.to_string();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await.ok()
}

/// The body of a request that has all arrived.
fn body(received: &[u8]) -> Option<Vec<u8>> {
    let end = received.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = str::from_utf8(&received[..end]).ok()?.to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"))?.trim().parse::<usize>().ok()?;
    received.get(end..end + length).map(<[u8]>::to_vec)
}

fn silent(method: &str, _: &Value, answer: &mut Value) {
    if method == "eth_getTransactionByHash" {
        answer["result"] = Value::Null;
    }
}

/// Another byte in the middle of what was sent, which is the proof.
fn altered(method: &str, _: &Value, answer: &mut Value) {
    if method == "eth_getTransactionByHash" {
        let input = answer["result"]["input"].as_str().unwrap().to_owned();
        // Behind it are a few bytes of padding at most.
        let at = input.len() - 200;
        let digit = if &input[at..=at] == "0" { "1" } else { "0" };
        answer["result"]["input"] = json!(format!("{}{digit}{}", &input[..at], &input[at + 1..]));
    }
}

/// What is decoded to more than any memory: an array whose items are all in the same place.
fn bomb(method: &str, _: &Value, answer: &mut Value) {
    if method == "eth_getTransactionByHash" {
        let selector = alloy::hex::encode(fulfilManyCall::SELECTOR);
        let word = |number: usize| format!("{number:064x}");
        let count = 100_000;
        let items = word(32 * count).repeat(count);
        let bytes = format!("{}{}", word(100_000), "00".repeat(100_000));
        let item = [word(0), word(0), word(160), word(160), word(160), bytes].concat();
        answer["result"]["input"] = json!(format!("0x{selector}{}{}{items}{item}", word(32), word(count)));
    }
}

/// Another input than the one that was answered, with the same proof.
fn swapped(method: &str, _: &Value, answer: &mut Value) {
    if method == "eth_getTransactionByHash" {
        let input = answer["result"]["input"].as_str().unwrap().replace("01020304000000", "01020305000000");
        answer["result"]["input"] = json!(input);
    }
}

/// Another registrant in the record of a model: the first account of nodes for development has registered it.
fn usurped(method: &str, _: &Value, answer: &mut Value) {
    if method == "eth_call" {
        let said = answer["result"].as_str().unwrap_or_default();
        answer["result"] = json!(said.replace("f39fd6e51aad88f6f4ce6ab8827279cfffb92266", &"11".repeat(20)));
    }
}

fn forgetful(method: &str, parameters: &Value, answer: &mut Value) {
    if method == "eth_getCode" && parameters[1].as_str().is_some_and(|block| block.starts_with("0x")) {
        *answer = json!({ "jsonrpc": "2.0", "id": answer["id"], "error": { "code": -32000, "message": "missing trie node" } });
    }
}

fn eventless(method: &str, _: &Value, answer: &mut Value) {
    if method == "eth_getLogs" {
        answer["result"] = json!([]);
    }
}

fn garbled(method: &str, _: &Value, answer: &mut Value) {
    if method == "eth_call" || method == "eth_getCode" {
        answer["result"] = json!(format!("0x{}", "ff".repeat(30_000)));
    }
}

fn zeroed(method: &str, _: &Value, answer: &mut Value) {
    if method == "eth_call" || method == "eth_getCode" {
        let length = answer["result"].as_str().map_or(2, str::len);
        answer["result"] = json!(format!("0x{}", "0".repeat(length - 2)));
    }
}

#[tokio::test]
async fn what_a_node_hides_is_not_checked_and_what_it_changes_fails() {
    let sold = Sold::new().await;
    let id = sold.settle(&[[1, 2, 3, 4]]).await[0];
    let line = format!("settlements/{id}");
    let audit = async |lie: Lie| sold.audit_at(&liar(sold.world.anvil.url(), lie).await, &sold.everything());

    for lie in [silent, bomb] {
        let audit = audit(lie).await;
        audit.assert_fails(&[]);
        assert_eq!(audit.lines("skipped"), [line.as_str()]);
    }
    audit(altered).await.assert_fails(&[&line]);
    // The ceremony's points are the same.
    let found = audit(forgetful).await;
    found.assert_fails(&[]);
    assert_eq!(found.lines("skipped"), ["setup/points"]);
    let found = audit(eventless).await;
    found.assert_fails(&["settlements/count"]);
    assert_eq!(found.lines("skipped"), ["setup/points"]);

    // An error or a report, but nothing that passes.
    for lie in [garbled, zeroed] {
        let found = audit(lie).await;
        let passed = found.json["checks"].as_array().map_or(0, |_| found.lines("pass").len());
        assert!(passed <= 1, "{:#}", found.json);
    }
}

/// What is shown, and what is minted, has the hashes that the market took.
#[tokio::test]
async fn an_answer_that_a_node_has_changed_is_neither_shown_nor_minted() {
    let sold = Sold::new().await;
    let id = sold.settle(&[[1, 2, 3, 4]]).await[0];
    let (market, url) = (sold.world.market, liar(sold.world.anvil.url(), swapped).await);
    for command in [format!("answer {id}"), format!("mint {id} --name Answers --symbol ANS")] {
        let (code, json) = say(RIVAL, &format!("{command} --market {market} --rpc {url}"));
        assert!(code == 1 && text(&json, "error").contains("another answer than the event"), "{command}: {json}");
    }
}

/// A model's id covers its record.
#[tokio::test]
async fn a_record_that_a_node_has_changed_is_not_listed() {
    let sold = Sold::new().await;
    let (registry, url) = (sold.world.registry, liar(sold.world.anvil.url(), usurped).await);
    let (code, json) = say(RIVAL, &format!("models --registry {registry} --rpc {url}"));
    assert!(code == 1 && text(&json, "error").contains("the registry's record of the model"), "{json}");
}
