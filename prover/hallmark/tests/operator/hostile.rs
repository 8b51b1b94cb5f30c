//! A node that lies, and a reader of metrics that does not behave.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
    time::Duration,
};

use alloy::{
    primitives::{Address, B256},
    rpc::types::Filter,
};
use hallmark_chain::node::{Intent, Node, NodeError, contracts::market::InferenceMarket::requestOfCall};
use hallmark_operator::{Health, Metrics, endpoint};

/// A server that answers everything with these bytes, after the head of an answer.
fn node_that_says(answers: Vec<Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for answer in answers {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", answer.len());
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(&answer);
        }
    });
    format!("http://{address}")
}

fn result(id: u64, result: &str) -> Vec<u8> {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#).into_bytes()
}

#[tokio::test]
async fn a_node_s_nonsense_is_an_error() {
    let nonsense: [&[u8]; 7] =
        [b"", b"<html>", b"{}", b"[]", b"null", br#"{"jsonrpc":"2.0","id":0,"result":"0xzz"}"#, &[0xff; 64]];
    for bytes in nonsense {
        let url = node_that_says(vec![bytes.to_vec()]);
        assert!(Node::connect(&url, None).await.is_err(), "{bytes:?}");
    }
    let url = node_that_says(vec![result(0, "\"0x1\"")]);
    assert!(matches!(Node::connect(&url, Some(7)).await, Err(NodeError::Chain { expected: 7, found: 1 })));
    for address in ["", "127.0.0.1:8545", "ftp://127.0.0.1", "http://"] {
        assert!(matches!(Node::connect(address, None).await, Err(NodeError::Address)), "{address}");
    }
    let error = Node::connect("http://user:word@127.0.0.1:1/secret-key?token=secret-key", None).await.unwrap_err();
    let told = error.to_string();
    // Where it was looked for, and why it was not found; nothing that may be a key.
    assert!(error.is_transient() && told.contains("http://127.0.0.1:1: ") && told.contains("refused"), "{told}");
    assert!(!["secret-key", "user", "word"].iter().any(|secret| told.contains(secret)), "{told}");
}

/// A node that can't simulate, and one that tells of fewer transactions than it was asked about.
#[tokio::test]
async fn a_rehearsal_is_no_better_than_its_node_and_says_so() {
    let block = format!(
        r#"{{"hash":"{0}","parentHash":"{0}","sha3Uncles":"{0}","miner":"{1}","stateRoot":"{0}","transactionsRoot":"{0}",
        "receiptsRoot":"{0}","logsBloom":"0x{2}","difficulty":"0x0","number":"0x1","gasLimit":"0x1","gasUsed":"0x0",
        "timestamp":"0x1","extraData":"0x","mixHash":"{0}","nonce":"0x0000000000000000","baseFeePerGas":"0x1","uncles":[],
        "transactions":[]}}"#,
        B256::ZERO,
        Address::ZERO,
        "0".repeat(512)
    );
    let unknown = br#"{"jsonrpc":"2.0","id":2,"error":{"code":-32601,"message":"Method not found"}}"#.to_vec();
    let intent = Intent::call(Address::repeat_byte(1), &requestOfCall { requestId: B256::ZERO });
    for (answer, expected) in [(unknown, "eth_simulateV1"), (result(2, r#"[{"calls":[]}]"#), "another number")] {
        let url = node_that_says(vec![result(0, "\"0x1\""), result(1, &block), answer]);
        let node = Node::connect(&url, None).await.unwrap();
        let error = node.simulate(&[(Address::ZERO, &intent)]).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let url = node_that_says(vec![vec![b' '; 40 << 20]]);
    let error = Node::connect(&url, None).await.unwrap_err();
    assert!(error.to_string().contains("more than"), "{error}");
}

#[tokio::test]
async fn views_and_events_are_held_against_what_was_asked() {
    let id = requestOfCall { requestId: B256::ZERO };
    // An answer of another length than the function's.
    let url = node_that_says(vec![result(0, "\"0x1\""), result(1, "\"0x1234\"")]);
    let node = Node::connect(&url, None).await.unwrap();
    assert!(matches!(node.view(Address::ZERO, &id).await, Err(NodeError::Nonsense { .. })));
    // Nothing, because nothing is there.
    let url = node_that_says(vec![result(0, "\"0x1\""), result(1, "\"0x\""), result(2, "\"0x\"")]);
    let node = Node::connect(&url, None).await.unwrap();
    assert!(matches!(node.view(Address::ZERO, &id).await, Err(NodeError::NoCode(Address::ZERO))));
    // An event of another contract.
    let log = format!(
        r#"[{{"address":"0x{}","topics":[],"data":"0x","blockNumber":"0x1","transactionHash":"0x{}","transactionIndex":"0x0","blockHash":"0x{}","logIndex":"0x0","removed":false}}]"#,
        "22".repeat(20),
        "00".repeat(32),
        "00".repeat(32)
    );
    let url = node_that_says(vec![result(0, "\"0x1\""), result(1, &log)]);
    let node = Node::connect(&url, None).await.unwrap();
    let filter = Filter::new().address(Address::repeat_byte(0x11));
    assert!(matches!(node.logs(&filter, 0..=1).await, Err(NodeError::Nonsense { .. })));
    // The last block is none.
    let url = node_that_says(vec![result(0, "\"0x1\""), result(1, "null")]);
    let node = Node::connect(&url, None).await.unwrap();
    assert!(node.head().await.is_err());
}

#[tokio::test(flavor = "current_thread")]
async fn metrics_are_served_to_who_asks_properly() {
    let told = endpoint("127.0.0.1:0".parse().unwrap(), Metrics::default(), Health::default());
    let (address, server) = told.await.unwrap();
    let server = tokio::spawn(server);
    let ask = |request: &'static [u8]| tokio::task::spawn_blocking(move || say(address, request));
    let page = ask(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("hallmark_settled_total 0"), "{page}");
    for request in
        [b"GET / HTTP/1.1\r\n\r\n".as_slice(), b"POST /metrics HTTP/1.1\r\n\r\n", &[b'x'; 100_000], b"\r\n\r\n"]
    {
        let page = ask(Box::leak(request.to_vec().into_boxed_slice())).await.unwrap();
        assert!(page.is_empty() || page.starts_with("HTTP/1.1 4"), "{page}");
    }
    // A reader that says nothing has no answer, and keeps no other from its own.
    let silent = TcpStream::connect(address).unwrap();
    let page = ask(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert!(page.starts_with("HTTP/1.1 200") && page.ends_with("ok\n"), "{page}");
    let page = ask(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert!(page.starts_with("HTTP/1.1 503") && page.contains("starting"), "{page}");
    let page = ask(b"HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert!(page.starts_with("HTTP/1.1 200") && page.ends_with("\r\n\r\n"), "{page}");
    let page = ask(b"DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert!(page.starts_with("HTTP/1.1 405") && page.to_lowercase().contains("allow: get, head"), "{page}");
    drop(silent);
    let again = ask(b"GET /metrics HTTP/1.1\r\n\r\n").await.unwrap();
    assert!(again.starts_with("HTTP/1.1 200"));
    server.abort();
}

/// What a server says to these bytes.
pub(crate) fn say(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut page = Vec::new();
    // The other end may hang up on too long a request.
    let _ = stream.write_all(request);
    let _ = stream.read_to_end(&mut page);
    String::from_utf8_lossy(&page).into_owned()
}
