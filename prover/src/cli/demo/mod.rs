//! `hallmark demo`: everything on a bundled model, and three lies.

mod bundle;
mod lies;
mod story;

use std::time::Instant;

use hallmark_circuits::codec::{PublishedKey, Receipt, ReceiptProof};
use serde_json::json;

use super::{
    CliError, Digest, Outcome,
    array::{Answer, Input},
    check_receipt,
};
use crate::{
    compile::{CompileOptions, Compiled, compile},
    proving::{CommittedModel, Prover, commit},
    srs::Srs,
};
use bundle::{Bundle, Sample};
use lies::{Lie, tell_lies};

pub(super) use bundle::Choice;

/// What a proof that settles nothing is bound to.
const CONTEXT: Digest = Digest([0; 32]);

/// Commits to, proves and verifies a bundled model, then tells three lies.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: hallmark demo --model cnn --image 7")]
pub(super) struct Args {
    /// The bundled model, trained on handwritten digits
    #[arg(long, value_enum, default_value_t = Choice::Mlp)]
    model: Choice,
    /// The test image, 0 to 299
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u16).range(..300))]
    image: u16,
}

/// What the demo works with after it has compiled and committed.
struct Operator {
    srs: Srs,
    model: CommittedModel,
    published: PublishedKey,
}

/// An honest answer.
struct Honest {
    input: Vec<i64>,
    receipt: Receipt,
    answer: Answer,
}

/// How long each part took.
#[derive(Default)]
struct Seconds {
    compile: f64,
    commit: f64,
    prove: f64,
    verify: f64,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let bundle = Bundle::open(self.model).ok_or(CliError::Demo("a bundled file is damaged"))?;
        let sample = bundle.sample(self.image.into()).ok_or(CliError::Demo("there is no such image"))?;
        let mut seconds = Seconds::default();
        let compiled = timed(&mut seconds.compile, || {
            compile(bundle.onnx, &bundle.calibration, None, &CompileOptions::default())
        })?;
        let operator = timed(&mut seconds.commit, || Operator::new(compiled))?;
        let honest = timed(&mut seconds.prove, || operator.answer(&operator.model, &sample))?;
        timed(&mut seconds.verify, || operator.verify(&honest.input, &honest.receipt))?;
        let lies = tell_lies(&operator, &bundle, &sample, &honest)?;
        Ok(self.tell(&operator, &sample, &honest, &seconds, &lies))
    }

    fn tell(&self, operator: &Operator, sample: &Sample, honest: &Honest, seconds: &Seconds, lies: &[Lie]) -> Outcome {
        let digest = Digest(operator.published.key.digest()).to_string();
        let proof_bytes = honest.receipt.to_bytes().len();
        let text = story::tell(&self.model.to_string(), &digest, proof_bytes, sample, honest, seconds, lies);
        let mut json = json!({
            "model": self.model.to_string(),
            "weight_digest": digest,
            "architecture_digest": Digest(operator.published.key.architecture.digest()).to_string(),
            "label": sample.label,
            "valid": true,
            "proof_bytes": proof_bytes,
            "seconds": {
                "compile": seconds.compile,
                "commit": seconds.commit,
                "prove": seconds.prove,
                "verify": seconds.verify,
            },
            "lies": lies.iter().map(Lie::to_json).collect::<Vec<_>>(),
        });
        honest.answer.describe(&mut json);
        Outcome::done(text, json).with_setup(true)
    }
}

impl Operator {
    fn new(compiled: Compiled) -> Result<Self, CliError> {
        let Compiled { architecture, weights, .. } = compiled;
        let rng = &mut rand::rng();
        let srs = tracing::info_span!("setup").in_scope(|| Srs::insecure(architecture.row_bits, rng));
        let model = tracing::info_span!("commit").in_scope(|| commit(architecture, weights, &srs, rng))?;
        let published = PublishedKey { key: model.key.clone(), insecure_setup: true };
        Ok(Self { srs, model, published })
    }

    /// Answers with a model, which need not be the one that was registered.
    fn answer(&self, model: &CommittedModel, sample: &Sample) -> Result<Honest, CliError> {
        let port = &model.key.architecture.input;
        let input = Input::quantize(port, sample.pixels.iter().copied()).integers;
        let prover = Prover::new(model, &self.srs)?;
        let inference = tracing::info_span!("prove").in_scope(|| prover.prove(CONTEXT.0, &input, &mut rand::rng()))?;
        let answer = Answer::new(&model.key.architecture.output, &inference.output);
        let (key, output) = (model.key.digest(), inference.output);
        let proof = ReceiptProof::OffChain(inference.proof);
        Ok(Honest { input, receipt: Receipt { key, context: CONTEXT.0, output, proof }, answer })
    }

    /// Checks a receipt against the registered key.
    fn verify(&self, input: &[i64], receipt: &Receipt) -> Result<(), CliError> {
        Ok(check_receipt(&self.published, &self.srs, None, CONTEXT, input, receipt)?)
    }
}

fn timed<T, E: Into<CliError>>(seconds: &mut f64, work: impl FnOnce() -> Result<T, E>) -> Result<T, CliError> {
    let start = Instant::now();
    let result = work().map_err(Into::into);
    *seconds = start.elapsed().as_secs_f64();
    result
}
