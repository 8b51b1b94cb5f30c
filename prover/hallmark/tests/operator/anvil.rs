//! A node of a chain for development, from npm, in a process of its own.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use hallmark_chain::node::{Account, Fees, Node, Wallet};
use hallmark_testing::npm;

/// The keys that anvil gives ether to. They are published, and worth nothing.
const KEYS: [&str; 5] = [
    "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    "7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
    "47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a",
];

/// A node that ends with the value.
pub(crate) struct Anvil {
    child: Option<Child>,
    pub(crate) port: u16,
    arguments: Vec<String>,
}

impl Anvil {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let mut anvil = Self { child: None, port, arguments };
        anvil.resume();
        anvil
    }

    /// Starts it again, on the same port.
    pub(crate) fn resume(&mut self) {
        let mut command = Command::new(binary());
        command.args(["--port", &self.port.to_string(), "--hardfork", "osaka", "--gas-limit", "60000000", "--silent"]);
        command.args(&self.arguments).stdout(Stdio::null()).stderr(Stdio::null());
        self.child = Some(command.spawn().unwrap());
        let start = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(start.elapsed() < Duration::from_secs(60), "anvil does not start");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops it in order, so that it writes its state.
    pub(crate) fn pause(&mut self) {
        if let Some(mut child) = self.child.take() {
            let id = child.id().to_string();
            assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
            child.wait().unwrap();
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn key(index: usize) -> &'static str {
        KEYS[index]
    }

    pub(crate) async fn node(&self) -> Node {
        Node::connect(&self.url(), Some(31_337)).await.unwrap()
    }

    pub(crate) async fn account(&self, index: usize) -> Account {
        Account::new(self.node().await, Wallet::parse(KEYS[index]).unwrap(), Fees::default())
    }

    /// Asks for what only nodes for development do.
    pub(crate) async fn ask(&self, method: &str, parameters: serde_json::Value) -> serde_json::Value {
        let mut answer = self.say(method, parameters).await;
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
    }

    /// Asks for anything, and returns what JSON-RPC says to it.
    pub(crate) async fn say(&self, method: &str, parameters: serde_json::Value) -> serde_json::Value {
        let body = serde_json::json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters });
        let response = reqwest::Client::new().post(self.url()).header("content-type", "application/json");
        let text = response.body(body.to_string()).send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

impl Drop for Anvil {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The node's binary, which npm brings along once for all tests.
fn binary() -> &'static PathBuf {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| find(npm::folder()).expect("npm brings no anvil for this machine"))
}

/// The program itself: what npm puts before it is a script that does not take it along when it is killed.
fn find(folder: &Path) -> Option<PathBuf> {
    let packages = fs::read_dir(folder.join("node_modules/@foundry-rs")).ok()?;
    let mut binaries = packages.filter_map(|package| Some(package.ok()?.path().join("bin/anvil")));
    binaries.find(|binary| binary.is_file())
}
