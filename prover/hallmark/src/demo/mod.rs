//! `hallmark demo`: everything on a bundled model, up to a settlement on a chain, and the lies that the contract refuses.

mod bundle;
mod drawing;
mod full;
mod lies;
mod market;
mod operator;
mod story;

use std::time::Instant;

use hallmark_circuits::settlement::proof::SettlementProof;
use serde_json::{Value, json};

use super::{CliError, Digest, Outcome};
use bundle::{Bundle, Sample};
use hallmark_chain::chain::{Deployment, GasReport};
use hallmark_compiling::{CompileOptions, compile};
use hallmark_proving::settlement::Settler;
use lies::{Lie, Truth};
use market::Market;
use operator::{Answered, Operator};
use story::Story;

pub(super) use bundle::Choice;

const EXAMPLE: &str = "\
Examples: hallmark demo --model cnn --image 7
          hallmark demo --full

The chain is an EVM inside the program, by the rules of Osaka: nothing is sent anywhere, and nothing has to be set up.

Without --full: an answer is settled, its gas is told by part, and the verifier's contract refuses lies. With --full the commands
of this program tell the whole story, from the model's registration and the sale of its token over a customer's request, its
proof and its payout to the holders' share and an audit, with their real output. Then proofs are offered twice, and refused.";

/// Commits to a bundled model, settles an answer of it on a chain, then tells lies.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The bundled model, trained on handwritten digits
    #[arg(long, value_enum, default_value_t = Choice::Mlp)]
    model: Choice,
    /// The test image, 0 to 299
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u16).range(..300))]
    image: u16,
    /// The whole story, by the commands: a sale, two buyers, a request, its proof, payouts and an audit
    #[arg(long)]
    full: bool,
}

/// How long each part took.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
struct Seconds {
    compile: f64,
    commit: f64,
    /// To derive the settlement keys.
    setup: f64,
    prove: f64,
    settle: f64,
    /// For the contract to check the proof.
    verify: f64,
}

/// What an honest answer came to.
struct Settled {
    answered: Answered,
    proof: SettlementProof,
    gas: GasReport,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let bundle = Bundle::open(self.model).ok_or(CliError::Demo("a bundled file is damaged"))?;
        let sample = bundle.sample(self.image.into()).ok_or(CliError::Demo("there is no such image"))?;
        if self.full {
            return full::run(&self.model.to_string(), &bundle, &sample);
        }
        let mut seconds = Seconds::default();
        let compiled = timed(&mut seconds.compile, || {
            compile(bundle.onnx, &bundle.calibration, None, &CompileOptions::default())
        })?;
        let operator = timed(&mut seconds.commit, || Operator::new(compiled))?;
        let keys = timed(&mut seconds.setup, || operator.derive_keys())?;
        let statement = operator.statement()?;
        let key = operator.key_of(&keys, &operator.model)?;
        let settler = Settler { statement: &statement, key: &key, keys: &keys };
        let mut market = Market::open(&key, operator.model.key.digest())?;
        let settled = settle(&operator, &settler, &mut market, &sample, &mut seconds)?;
        let Settled { answered, proof, .. } = &settled;
        let truth = Truth { operator: &operator, keys: &keys, bundle: &bundle, sample: &sample, answered, proof };
        let lies = truth.bend(&mut market)?;
        Ok(self.tell(&Story { truth, market: &market, gas: &settled.gas, seconds, lies: &lies }))
    }

    fn tell(&self, story: &Story<'_>) -> Outcome {
        let Story { truth, market, gas, seconds, lies } = story;
        let Truth { operator, keys, sample, answered, proof, .. } = truth;
        let mut json = json!({
            "model": self.model.to_string(),
            "weight_digest": Digest(answered.public.key).to_string(),
            "architecture_digest": Digest(operator.model.key.architecture.digest()).to_string(),
            "model_digest": Digest(market.registered.digest).to_string(),
            "rows": keys.height(),
            "contract": describe(&market.verifier.deployment),
            "key": describe(&market.key),
            "label": sample.label,
            "context": Digest(answered.public.context).to_string(),
            "valid": true,
            "proof_bytes": proof.to_bytes().len(),
            "gas": gas,
            "seconds": seconds,
            "lies": lies.iter().map(Lie::to_json).collect::<Vec<_>>(),
        });
        answered.answer.describe(&mut json);
        Outcome::done(story.tell(&self.model.to_string()), json).with_setup(true)
    }
}

fn describe(contract: &Deployment) -> Value {
    json!({ "address": contract.address.to_string(), "bytes": contract.bytes, "gas": contract.gas })
}

/// Answers honestly, and has the contract check it.
fn settle(
    operator: &Operator,
    settler: &Settler<'_>,
    market: &mut Market,
    sample: &Sample,
    seconds: &mut Seconds,
) -> Result<Settled, CliError> {
    let context = market.purpose.context();
    let answered = timed(&mut seconds.prove, || operator.answer(settler, &operator.model, sample, context))?;
    let proof = timed(&mut seconds.settle, || answered.settle(settler))?;
    let verdict = timed(&mut seconds.verify, || market.settle(&answered.public, &proof.to_bytes()))?;
    if let Some(refusal) = verdict.refusal {
        return Err(CliError::Contract(refusal));
    }
    Ok(Settled { answered, proof, gas: GasReport::new(&verdict) })
}

fn timed<T, E: Into<CliError>>(seconds: &mut f64, work: impl FnOnce() -> Result<T, E>) -> Result<T, CliError> {
    let start = Instant::now();
    let result = work().map_err(Into::into);
    *seconds = start.elapsed().as_secs_f64();
    result
}
