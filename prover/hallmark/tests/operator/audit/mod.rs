//! An audit of an offering: all that is honest passes, and a lie fails the line that is about it.

mod forgery;
mod honest;
mod insiders;
mod lies;
mod listed;
mod node;
mod page;
mod planted;

use alloy::primitives::{Address, B256};
use hallmark_chain::node::{Account, contracts::registry::ModelRegistry::modelCall};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    anvil::Anvil,
    program::{done, say, text},
    service::FULFILLED,
    world::{CUSTOMER, DEPLOYER, FILES, OPERATOR, RIVAL, World, at},
};

/// What the model's record says of where a description is.
const URI: &str = "<script>alert(1)</script>";

/// A model that is registered and sold, with the token that its fees go to.
pub(crate) struct Sold {
    pub(crate) world: World,
    offering: Address,
    /// The model digest.
    pub(crate) digest: String,
}

impl Sold {
    pub(crate) async fn new() -> Self {
        let anvil = Anvil::start(&[]);
        let folder = TempDir::new().unwrap();
        let rpc = format!("--rpc {}", anvil.url());
        for name in ["m", "other"] {
            done(DEPLOYER, &format!("export-key {name}.hallmark -o {}", at(folder.path(), &format!("{name}.key"))));
        }
        let deployed = done(DEPLOYER, &format!("deploy --srs srs.bin --for-tests {rpc}"));
        let (registry, market) = (text(&deployed, "registry"), text(&deployed, "market"));
        let register = format!("register m.hallmark --srs srs.bin --registry {registry} --uri {URI} {rpc}");
        let registered = done(DEPLOYER, &register);
        let (model, digest) = (text(&registered, "model"), text(&registered, "model_digest"));
        let offered = done(
            DEPLOYER,
            &format!(
                "offer --market {market} --model-id {model} --name <b>Digits</b> --symbol DGT --for-sale 1000 \
                 --price 0.01ether --minimum 1ether --closes-in 1h --holders-bps 1000 --tranche 10000:1wei:365d {rpc}"
            ),
        );
        let offering = text(&offered, "offering").parse().unwrap();
        let customer = anvil.account(CUSTOMER).await;
        let (registry, market, model) = (registry.parse().unwrap(), market.parse().unwrap(), model.parse().unwrap());
        let files = &FILES;
        Self { world: World { anvil, folder, registry, market, model, customer, files }, offering, digest }
    }

    /// Settles a request for each of the inputs.
    pub(crate) async fn settle(&self, inputs: &[[u8; 4]]) -> Vec<B256> {
        let service = self.world.serve(OPERATOR).await;
        let mut ids = Vec::new();
        for input in inputs {
            ids.push(self.world.request(input).await);
        }
        for id in &ids {
            self.world.wait(*id, FULFILLED).await;
        }
        service.stop();
        ids
    }

    async fn node(&self) -> Account {
        self.world.anvil.account(RIVAL).await
    }

    /// Where the sale is, in the words of commands.
    pub(crate) fn at(&self) -> String {
        format!("--offering {} --rpc {}", self.offering, self.world.anvil.url())
    }

    pub(crate) fn file(&self, name: &str) -> String {
        at(self.world.folder.path(), name)
    }

    /// All that an auditor can bring along.
    pub(crate) fn everything(&self) -> String {
        let (offering, key, digest) = (self.offering, self.file("m.key"), &self.digest);
        format!("--offering {offering} --model-key {key} --srs srs.bin --digest {digest} --for-tests")
    }

    fn command(&self, rest: &str) -> String {
        self.command_at(&self.world.anvil.url(), rest)
    }

    fn command_at(&self, url: &str, rest: &str) -> String {
        let World { registry, model, .. } = &self.world;
        format!("audit {model} --registry {registry} --rpc {url} {rest}")
    }

    pub(crate) fn audit(&self, rest: &str) -> Audit {
        self.audit_at(&self.world.anvil.url(), rest)
    }

    /// What is found by another node's word.
    fn audit_at(&self, url: &str, rest: &str) -> Audit {
        self.audit_by(&self.command_at(url, rest))
    }

    /// What an audit says that is asked for in these words.
    fn audit_by(&self, command: &str) -> Audit {
        let (code, json) = say(RIVAL, command);
        Audit { code, json }
    }

    /// Puts other code at an address, and gives what was there.
    async fn replace(&self, address: Address, code: &[u8]) -> Vec<u8> {
        let old = self.node().await.node.code(address).await.unwrap().to_vec();
        let digits = alloy::hex::encode_prefixed(code);
        self.world.anvil.ask("anvil_setCode", json!([address.to_string(), digits])).await;
        old
    }

    /// Where the model's key is.
    async fn key(&self) -> Address {
        let call = modelCall { modelId: self.world.model };
        self.node().await.node.view(self.world.registry, &call).await.unwrap().key
    }
}

/// What an audit says.
pub(crate) struct Audit {
    code: i32,
    pub(crate) json: Value,
}

impl Audit {
    /// The lines with a verdict, as section/name.
    pub(crate) fn lines(&self, verdict: &str) -> Vec<String> {
        let checks = self.json["checks"].as_array().unwrap_or_else(|| panic!("{}", self.json));
        let wanted = checks.iter().filter(|check| check["verdict"] == verdict);
        wanted.map(|check| format!("{}/{}", text(check, "section"), text(check, "name"))).collect()
    }

    /// These lines fail, and only these. The first line of the report names them.
    pub(crate) fn assert_fails(&self, lines: &[&str]) {
        let headline = text(&self.json, "headline");
        assert_eq!(headline.starts_with("FAILED, PAY NOTHING: "), !lines.is_empty(), "{headline}");
        assert!(lines.iter().all(|line| headline.contains(&line.replace('/', " "))), "{headline}");

        assert_eq!(self.lines("fail"), lines, "{:#}", self.json);
        assert_eq!(self.code, i32::from(!lines.is_empty()));
        assert_eq!(self.json["failed"], lines.len());
        assert_eq!(self.json["not_checked"], self.lines("skipped").len());
    }
}
