//! Makes proofs: of single requests, and of batches.

use hallmark_circuits::{
    digest::Digest, relations::packing::public_tensors, settlement::trusted::SettlementKey,
    verifier::statement::Statement,
};
use tracing::info_span;

use super::{Answer, BatchAnswer, JobId, Member, OperatorError, Served, ServedBatch, Task, Venue};
use hallmark_proving::{
    execute::execute,
    proving::{CommittedModel, ProveError, Prover},
    settlement::{SettlementKeys, Settler},
    srs::Srs,
};

/// The proofs of a lease's jobs.
#[derive(Debug)]
pub(super) enum Proofs {
    /// One for each job.
    Each(Vec<(JobId, Answer)>),
    /// One for all of them.
    Batch(BatchAnswer),
}

/// Makes the proofs of a model.
pub(super) struct Makers<'m> {
    served: &'m Served,
    venue: Venue,
    alone: Maker<'m>,
    batches: Vec<(usize, Maker<'m>)>,
}

/// Makes the proofs of a model, or of a model as it answers a batch.
struct Maker<'m> {
    model: &'m CommittedModel,
    key: &'m SettlementKey,
    keys: &'m SettlementKeys,
    statement: Statement<'m>,
    prover: Prover<'m>,
}

impl<'m> Makers<'m> {
    pub(super) fn new(served: &'m Served, venue: Venue) -> Result<Self, OperatorError> {
        let Served { model, srs, keys, batches, .. } = served;
        let alone = Maker::new(model, srs, served.key(), keys)?;
        let batch = |batch: &'m ServedBatch| {
            let ServedBatch { model, keys, .. } = batch;
            Ok((batch.size(), Maker::new(model, srs, batch.key(), keys)?))
        };
        let batches = batches.iter().map(batch).collect::<Result<_, OperatorError>>()?;
        Ok(Self { served, venue, alone, batches })
    }

    /// Proves jobs: with one proof of so many inputs, or with one for each job if the number is 1.
    pub(super) fn prove(&self, size: usize, tasks: &[Task]) -> Result<Proofs, OperatorError> {
        match self.batches.iter().find(|(found, _)| *found == size) {
            Some((size, maker)) if tasks.len() > 1 => self.prove_batch(*size, maker, tasks),
            _ => {
                let each = tasks.iter().map(|task| Ok((task.id, self.alone.answer(task)?)));
                Ok(Proofs::Each(each.collect::<Result<_, OperatorError>>()?))
            }
        }
    }

    /// Proves a batch. It leaves out jobs that the model can't answer, which have failed. So those do not sink the rest.
    fn prove_batch(&self, size: usize, maker: &Maker<'_>, tasks: &[Task]) -> Result<Proofs, OperatorError> {
        let tasks: Vec<_> = tasks.iter().filter(|task| self.alone.can_answer(task)).collect();
        match tasks.as_slice() {
            [] => return Err(failure("the model can answer no request of the batch")),
            [task] => return Ok(Proofs::Each(vec![(task.id, self.alone.answer(task)?)])),
            _ => {}
        }
        let mut batch = BatchAnswer { size, members: Vec::new(), proof: Vec::new() };
        for task in &tasks {
            let input = self.served.told(&task.input).ok_or_else(|| failure("an input is too short"))?;
            batch.members.push(Member { id: task.id, input, output: Vec::new() });
        }
        // The context covers no output.
        let call = batch.call(self.served.id, self.venue.payee.into()).map_err(|error| failure(&error.to_string()))?;
        let context = call.context(self.venue.chain, self.venue.market.into());
        // As the contract fills up what it is told.
        let copies = tasks.iter().chain(tasks.last().into_iter().cycle()).take(size);
        let input: Vec<u8> = copies.flat_map(|task| &task.input).copied().collect();
        let Answer { output, proof } = maker.prove(context.0, &input)?;
        let outputs = output.chunks_exact((output.len() / size).max(1));
        batch.members.iter_mut().zip(outputs).for_each(|(member, output)| member.output = output.to_vec());
        Ok(Proofs::Batch(BatchAnswer { proof, ..batch }))
    }
}

impl<'m> Maker<'m> {
    fn new(
        model: &'m CommittedModel,
        srs: &'m Srs,
        key: &'m SettlementKey,
        keys: &'m SettlementKeys,
    ) -> Result<Self, OperatorError> {
        let statement = Statement::new(&model.key.architecture).map_err(ProveError::from)?;
        Ok(Self { model, key, keys, statement, prover: Prover::new(model, srs)? })
    }

    fn answer(&self, task: &Task) -> Result<Answer, OperatorError> {
        self.prove(task.context, &task.input)
    }

    fn prove(&self, context: [u8; 32], input: &[u8]) -> Result<Answer, OperatorError> {
        let rng = &mut rand::rng();
        let input = self.integers(input).ok_or_else(|| failure("an input is too short"))?;
        let inference = info_span!("prove").in_scope(|| self.prover.prove(Digest(context), &input, rng))?;
        let settler = Settler { statement: &self.statement, key: self.key, keys: self.keys };
        let proof = settler.settle(&inference, rng)?.to_bytes();
        Ok(Answer { output: settler.statement.told(&inference.claim).output, proof })
    }

    /// Whether the model can run on the input of a task.
    fn can_answer(&self, task: &Task) -> bool {
        self.integers(&task.input)
            .is_some_and(|input| execute(self.statement.model, &self.model.weights, &input).is_ok())
    }

    fn integers(&self, input: &[u8]) -> Option<Vec<i64>> {
        let [tensor, _] = public_tensors(self.statement.model, &self.statement.layout);
        tensor.from_bytes(input)
    }
}

fn failure(reason: &str) -> OperatorError {
    OperatorError::Prover(reason.to_owned())
}
