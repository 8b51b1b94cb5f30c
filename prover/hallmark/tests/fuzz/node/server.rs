//! A node that says what it is told to.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::Value;

use super::Answers;

/// Serves what there is to say at the moment, until the process ends.
pub(super) fn serve(answers: Arc<Mutex<Answers>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Who hangs up needs no answer.
            let _ = answer(stream, &answers);
        }
    });
    url
}

fn answer(mut stream: TcpStream, answers: &Mutex<Answers>) -> Option<()> {
    let mut received = Vec::new();
    let question: Value = loop {
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        received.extend(&buffer[..count]);
        let body = received.windows(4).position(|end| end == b"\r\n\r\n").map(|at| at + 4);
        if let Some(question) = body.and_then(|at| serde_json::from_slice(&received[at..]).ok()) {
            break question;
        }
    };
    let parameter = &question["params"][0];
    let key = match question["method"].as_str()? {
        "eth_call" => parameter["input"].as_str().or(parameter["data"].as_str())?.get(2..10)?.to_owned(),
        "eth_getCode" => parameter.as_str()?.to_lowercase(),
        "eth_getLogs" => match &parameter["topics"][0] {
            Value::Array(topics) => topics.first()?.as_str()?.to_owned(),
            topic => topic.as_str()?.to_owned(),
        },
        method => method.to_owned(),
    };
    let result = answers.lock().unwrap().get(&key).cloned().unwrap_or_else(|| "null".into());
    let body = format!(r#"{{"jsonrpc":"2.0","id":{},"result":{result}}}"#, question["id"]);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body.as_bytes()).ok()
}
