//! `hallmark register`: a model's key on the chain, pinned for good.

use std::path::PathBuf;

use alloy::primitives::{Address, B256};
use hallmark_circuits::verifier::statement::Statement;
use serde_json::json;

use super::{
    CliError, Digest, Outcome,
    connection::Sending,
    keys::{Keys, default_file},
    ledger::Ledger,
    needs::Needs,
    possession::{self, Files},
    subject::Subject,
    surroundings::Surroundings,
};
use hallmark_chain::chain::{creation_code, key_code};
use hallmark_chain::node::{
    Intent,
    contracts::registry::ModelRegistry::{isRegisteredCall, modelCall, registerCall, setupDigestCall},
    deployment::Plan,
};
use hallmark_operator::model_id;

const EXAMPLE: &str = "\
Example: hallmark register m.hallmark --srs srs.bin --registry 0x... --uri ipfs://...

Derives the model's settlement key and deploys it as the code of a contract. The registry pins its digest, the model digest,
which is the one value to quote: buyers and customers ask for it. The model's id follows
from the chain, the registry, the account, the key, the predecessor and the text: nobody else can take it. A record never
changes; a new version is a new model, which may name the old one.

Anyone can register a published key. Given the committed model instead, the command also proves to the registry that the
registrant has it, which an offering asks for and which everyone can see in the record.";

/// Registers a model.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The committed model, or its verifying key
    model: PathBuf,
    /// The structured reference string that it was committed to under
    #[arg(long)]
    srs: PathBuf,
    /// The registry
    #[arg(long, value_name = "ADDRESS", env = "HALLMARK_REGISTRY")]
    registry: Address,
    /// Where a description of the model is
    #[arg(long, value_name = "TEXT", default_value = "")]
    uri: String,
    /// The id of the model that this one succeeds
    #[arg(long, value_name = "ID", default_value_t = B256::ZERO, hide_default_value = true)]
    predecessor: B256,
    /// The file of settlement keys [default: the model's name with the extension .settlement]
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    #[command(flatten)]
    sending: Sending,
}

/// What is registered.
struct Blob {
    bytes: Vec<u8>,
    digest: B256,
    weights: B256,
    insecure: bool,
    setup: B256,
}

impl Args {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        let blob = self.blob()?;
        self.sending
            .run(around, async |ledger| self.register(&blob, ledger).await)
            .map(|outcome| outcome.with_setup(blob.insecure))
    }

    fn blob(&self) -> Result<Blob, CliError> {
        let published = Subject::read_key(&self.model)?;
        let statement = Statement::new(&published.architecture)?;
        let needs = Needs::of(&statement);
        let srs = needs.read(&self.srs)?;
        let file = self.keys.clone().unwrap_or_else(|| default_file(&self.model));
        let found = Keys::find_or_make(file, needs.circuit()?, &srs)?;
        drop(statement);
        let key = found.keys.key_of(published, &srs)?;
        Ok(Blob {
            bytes: key.to_bytes(),
            digest: key.digest().0.into(),
            weights: key.model().weight_digest().0.into(),
            insecure: srs.is_insecure(),
            setup: srs.opening_key().digest.0.into(),
        })
    }

    async fn register(&self, blob: &Blob, ledger: &mut Ledger) -> Result<Outcome, CliError> {
        let node = ledger.node.clone();
        if node.view(self.registry, &setupDigestCall {}).await? != blob.setup {
            return Err(CliError::Unanswered("the registry is for another setup than the model"));
        }
        let registrant = ledger.account();
        let id = model_id(node.chain_id(), self.registry, registrant, blob.digest, self.predecessor, &self.uri);
        // Asked first, so that nothing is paid for what is there.
        let was_registered = node.view(self.registry, &isRegisteredCall { modelId: id }).await?;
        if !was_registered {
            let plan = Plan::key(creation_code(&key_code(&blob.bytes))?);
            let key = ledger.place(&plan).await?.address;
            let (predecessor, uri) = (self.predecessor, self.uri.clone());
            let call = registerCall { key, keyDigest: blob.digest, predecessor, uri };
            ledger.send(&Intent::call(self.registry, &call)).await?;
        }
        let record = ledger.view(self.registry, &modelCall { modelId: id }).await?;
        if (record.weightDigest, record.keyDigest) != (blob.weights, blob.digest) {
            return Err(CliError::Unanswered("the registry has recorded something else"));
        }
        let keys = self.keys.clone().unwrap_or_else(|| default_file(&self.model));
        let files = Files { model: &self.model, srs: &self.srs, keys };
        let is_proven = record.provenAt != 0 || possession::show(ledger, self.registry, id, files).await?;
        let weights = Digest(blob.weights.0);
        let (digest, key) = (blob.digest, record.key);
        let note = if was_registered { "  (it was registered already)" } else { "" };
        let has = if is_proven { "proven" } else { "not proven: this was the verifying key alone" };
        let text = format!(
            "model          {id}{note}\nmodel digest   {digest}\nweight digest  {weights}\nkey            {key}\npossession     {has}"
        );
        let json = json!({
            "model": id.to_string(),
            "weight_digest": weights.to_string(),
            "model_digest": digest.to_string(),
            "key": key.to_string(),
            "possession_proven": is_proven,
            "was_registered": was_registered,
        });
        Ok(ledger.outcome(text, json))
    }
}
