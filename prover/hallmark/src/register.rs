//! `hallmark register`: a model's key on the chain, pinned for good.

use std::path::PathBuf;

use alloy::primitives::{Address, B256};
use hallmark_circuits::{settlement::trusted::SettlementKey, verifier::statement::Statement};
use serde_json::json;

use super::{
    CliError, Outcome,
    batch_keys::{self, Recorded},
    connection::Sending,
    gas_cap::check_settles,
    ledger::Ledger,
    next::quoted,
    possession::Possession,
    surroundings::Surroundings,
    trust::Trust,
};
use hallmark_chain::chain::{creation_code, key_code};
use hallmark_chain::node::{
    Intent,
    contracts::registry::ModelRegistry::{
        isRegisteredCall, modelCall, provePossessionCall, provenAtCall, registerCall, registrantOfCall, setupDigestCall,
    },
    deployment::Plan,
};
use hallmark_local::{Keys, Needs, Subject, default_file};
use hallmark_operator::{model_id, possession_context};
use hallmark_proving::{proving::CommittedModel, settlement::SettlementKeys, srs::Srs};

const EXAMPLE: &str = "\
Example: hallmark register m.hallmark --srs srs.bin --registry 0x... --uri ipfs://...

The command derives the model's settlement key and deploys it as the code of a contract. The registry pins the key's digest.
This is the model digest, the one value to quote to buyers and customers. The model's id depends on the chain, the registry, the
account, the key, the predecessor and the text, so nobody else can take it. A record never changes. A new version is a new
model, and can name the old one.

Anyone can register a published key. If you pass the committed model, the command also proves to the registry that you have it.
An offering requires this proof, and everyone can see it in the record.

If the model was committed with --batches, the command also deploys the key of each size, and records it. The model's key lists
these keys, so nobody can record others. A key costs as much as the model's own. --no-batch-keys leaves them out. To add them
later, repeat the command.

The command pays only for what is missing. Before it pays, it checks that the registry's address commits to this program's code,
that the registry is for this setup, that the predecessor belongs to the account, and that proofs of the model fit the gas caps.";

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
    /// Leave out the keys of the model's batches, so that only single proofs settle
    #[arg(long)]
    no_batch_keys: bool,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    sending: Sending,
}

/// What is registered, and what shows that the registrant has it.
struct Candidate {
    key: SettlementKey,
    keys: SettlementKeys,
    srs: Srs,
    /// The model itself, if the command was given more than its verifying key.
    model: Option<CommittedModel>,
}

/// What the registry has of a candidate.
struct Known {
    id: B256,
    is_registered: bool,
    is_proven: bool,
}

impl Candidate {
    fn digest(&self) -> B256 {
        self.key.digest().0.into()
    }

    /// The proof that the registrant has the model. A verifying key alone is none.
    fn show(&self, id: B256, context: B256) -> Result<Option<provePossessionCall>, CliError> {
        let Self { key, keys, srs, model } = self;
        model.as_ref().map(|model| Possession { model, srs, keys, key }.prove(id, context)).transpose()
    }
}

impl Args {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        let candidate = self.candidate()?;
        self.sending
            .run(around, async |ledger| self.register(&candidate, ledger).await)
            .map(|outcome| outcome.with_setup(candidate.srs.is_insecure()))
    }

    fn candidate(&self) -> Result<Candidate, CliError> {
        let (published, model) = match Subject::read(&self.model)? {
            Subject::Key(key) => (*key, None),
            Subject::Model(model) => {
                let model = model.into_committed().ok_or_else(|| CliError::uncommitted(self.model.clone()))?;
                (model.key.clone(), Some(model))
            }
        };
        let needs = Needs::of_key(&published)?;
        let srs = needs.read(&self.srs)?;
        let file = self.keys.clone().unwrap_or_else(|| default_file(&self.model));
        let circuits = needs.circuits()?;
        let keys = Keys::find_or_make(file, circuits.single.clone(), &srs)?.keys;
        let key = circuits.key_of(published, &srs, &[keys.trusted()])?;
        Ok(Candidate { key, keys, srs, model })
    }

    async fn register(&self, candidate: &Candidate, ledger: &mut Ledger) -> Result<Outcome, CliError> {
        let Known { id, is_registered, is_proven } = self.check(candidate, ledger).await?;
        // Proved before anything is paid. The context is not what the node says that it is: a proof is worth something for others.
        let context = possession_context(ledger.node.chain_id(), self.registry, id);
        let shown = if is_proven { None } else { candidate.show(id, context)? };
        if !is_registered {
            let plan = Plan::key(creation_code(&key_code(&candidate.key.to_bytes()))?);
            let key = ledger.place(&plan).await?.address;
            let (predecessor, uri) = (self.predecessor, self.uri.clone());
            let call = registerCall { key, keyDigest: candidate.digest(), predecessor, uri };
            ledger.send(&Intent::call(self.registry, &call)).await?;
        }
        let record = ledger.view(self.registry, &modelCall { modelId: id }).await?;
        let weights = candidate.key.model().weight_digest();
        if (record.weightDigest, record.keyDigest) != (weights.0.into(), candidate.digest()) {
            return Err(CliError::Unanswered("the registry has recorded something else"));
        }
        let has_shown = is_proven || shown.is_some();
        if let Some(call) = shown {
            ledger.send(&Intent::call(self.registry, &call)).await?;
        }
        let batches = if self.no_batch_keys {
            Vec::new()
        } else {
            batch_keys::record(ledger, self.registry, id, &candidate.key).await?
        };
        let (digest, key) = (candidate.digest(), record.key);
        let note = if is_registered { "  (it was registered already)" } else { "" };
        let has = if has_shown { "proven" } else { "not proven: this was the verifying key alone" };
        let mut text = format!(
            "model          {id}{note}\nmodel digest   {digest}\nweight digest  {weights}\nkey            {key}\npossession     {has}"
        );
        for Recorded { size, key } in &batches {
            text += &format!("\nkey for {size:<5}  {key}");
        }
        let batch = |Recorded { size, key }: &Recorded| json!({ "size": size, "key": key.to_string() });
        let json = json!({
            "model": id.to_string(),
            "weight_digest": weights.to_string(),
            "model_digest": digest.to_string(),
            "key": key.to_string(),
            "possession_proven": has_shown,
            "was_registered": is_registered,
            "batch_keys": batches.iter().map(batch).collect::<Vec<_>>(),
        });
        let next = [
            format!("hallmark models --registry {}", self.registry),
            format!(
                "hallmark serve {} --model-id {id} --srs {} --market MARKET --journal m.journal",
                quoted(&self.model),
                quoted(&self.srs)
            ),
        ];
        Ok(ledger.followed(ledger.outcome(text, json), next))
    }

    /// Finds out what the registry has, and refuses what it would refuse once something is paid.
    async fn check(&self, candidate: &Candidate, ledger: &Ledger) -> Result<Known, CliError> {
        let (node, registry, registrant) = (&ledger.node, self.registry, ledger.account());
        self.trust.registry(node, registry).await?;
        let setup = B256::from(candidate.srs.opening_key().digest.0);
        if node.view(registry, &setupDigestCall {}).await? != setup {
            return Err(CliError::Unanswered("the registry is for another setup than the model"));
        }
        let statement = Statement::new(&candidate.key.model().key().architecture)?;
        check_settles(node, registry, &statement).await?;
        let digest = candidate.digest();
        let id = model_id(node.chain_id(), registry, registrant, digest, self.predecessor, &self.uri);
        if node.view(registry, &isRegisteredCall { modelId: id }).await? {
            let is_proven = node.view(registry, &provenAtCall { modelId: id }).await? != 0;
            return Ok(Known { id, is_registered: true, is_proven });
        }
        if !self.predecessor.is_zero() {
            let of = node.view(registry, &registrantOfCall { modelId: self.predecessor }).await?;
            if of != registrant {
                return Err(CliError::ForeignPredecessor { predecessor: self.predecessor, registrant: of });
            }
        }
        Ok(Known { id, is_registered: false, is_proven: false })
    }
}
