//! The operator: who has the weights, and answers with proofs.

use hallmark_circuits::{
    commitments::Public, model::InputPort, relations::packing::public_tensors, settlement::proof::SettlementProof,
    verifier::statement::Statement,
};
use tracing::info_span;

use super::{CliError, Sample};
use crate::array::{Answer, Input};
use hallmark_compiling::Compiled;
use hallmark_proving::proving::{CommittedModel, Inference, Prover, commit};
use hallmark_proving::settlement::{Circuit, SettlementKeys, Settler};
use hallmark_proving::srs::Srs;

/// What an operator has before it derives keys.
pub(super) struct Operator {
    pub(super) srs: Srs,
    pub(super) model: CommittedModel,
}

/// An answer with the proof that is not hidden yet.
pub(super) struct Answered {
    pub(super) public: Public,
    pub(super) answer: Answer,
    pub(super) inference: Inference,
    input: Vec<i64>,
}

impl Operator {
    pub(super) fn new(compiled: Compiled) -> Result<Self, CliError> {
        let Compiled { architecture, weights, .. } = compiled;
        let rng = &mut rand::rng();
        let circuit = Circuit::new(&Statement::new(&architecture)?)?;
        let log_size = circuit.log_rows().max(architecture.row_bits);
        let srs = info_span!("setup").in_scope(|| Srs::insecure(log_size, rng));
        let model = info_span!("commit").in_scope(|| commit(architecture, weights, &srs, rng))?;
        Ok(Self { srs, model })
    }

    pub(super) fn statement(&self) -> Result<Statement<'_>, CliError> {
        Ok(Statement::new(&self.model.key.architecture)?)
    }

    /// The keys of the architecture, with which every model of it settles.
    pub(super) fn derive_keys(&self) -> Result<SettlementKeys, CliError> {
        Ok(SettlementKeys::new(&self.statement()?, &self.srs)?)
    }

    /// What settles answers of this model, or of another of the same architecture.
    pub(super) fn settler<'s>(
        &'s self,
        statement: &'s Statement<'s>,
        keys: &'s SettlementKeys,
        model: &'s CommittedModel,
    ) -> Settler<'s> {
        Settler { statement, key: &model.key, setup: self.srs.opening_key(), keys }
    }

    /// The bytes of an input as they are public.
    pub(super) fn input(&self, sample: &Sample) -> Result<Vec<u8>, CliError> {
        let statement = self.statement()?;
        let [tensor, _] = public_tensors(statement.model, &statement.layout);
        Ok(tensor.to_bytes(&quantize(&statement.model.input, sample)?))
    }

    /// Answers with a model, which need not be the one that was registered.
    pub(super) fn answer(
        &self,
        settler: &Settler<'_>,
        model: &CommittedModel,
        sample: &Sample,
        context: [u8; 32],
    ) -> Result<Answered, CliError> {
        let architecture = settler.statement.model;
        let input = quantize(&architecture.input, sample)?;
        let prover = Prover::new(model, &self.srs)?;
        let inference = info_span!("prove").in_scope(|| prover.prove(context, &input, &mut rand::rng()))?;
        let public = settler.public(context, [&input, &inference.output]);
        let answer = Answer::new(&architecture.output, &inference.output);
        Ok(Answered { public, answer, inference, input })
    }
}

impl Answered {
    /// Makes the proof one that a contract checks, and that hides the weights.
    pub(super) fn settle(&self, settler: &Settler<'_>) -> Result<SettlementProof, CliError> {
        Ok(settler.settle(self.public.context, &self.input, &self.inference, &mut rand::rng())?)
    }
}

fn quantize(port: &InputPort, sample: &Sample) -> Result<Vec<i64>, CliError> {
    let input = Input::quantize(port, sample.pixels.iter().copied());
    Ok(input.map_err(|_| CliError::Demo("an image is no input of the model"))?.integers)
}
