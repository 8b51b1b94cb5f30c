//! The thread that proves, one answer after the other: proving uses all cores by itself.

use std::{sync::Arc, thread};

use hallmark_circuits::{relations::packing::public_tensors, verifier::statement::Statement};
use tokio::sync::mpsc;
use tracing::info_span;

use super::{Answer, OperatorError, Served};
use hallmark_proving::proving::Prover;

/// The tasks that wait for the thread, and the answers that wait to be stored: so it need not wait for a round of the service.
const WAITING: usize = 4;

/// What is to be proved.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) request: [u8; 32],
    pub(super) model: usize,
    pub(super) context: [u8; 32],
    pub(super) input: Vec<u8>,
}

/// A task that is done.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) request: [u8; 32],
    pub(super) seconds: f64,
    pub(super) answer: Result<Answer, OperatorError>,
}

/// Both ends of the thread. It ends with them, after the proof that it is at.
#[derive(Debug)]
pub(super) struct Bench {
    pub(super) tasks: mpsc::Sender<Task>,
    pub(super) done: mpsc::Receiver<Done>,
}

impl Bench {
    /// Starts the thread, which fails at once where it can't prove.
    pub(super) async fn start(models: Arc<Vec<Served>>) -> Result<Self, OperatorError> {
        let (tasks, mut queue) = mpsc::channel::<Task>(WAITING);
        let (results, done) = mpsc::channel(WAITING);
        let (ready, started) = tokio::sync::oneshot::channel();
        let work = move || {
            let makers = match models.iter().map(Maker::new).collect::<Result<Vec<_>, _>>() {
                Ok(makers) => makers,
                Err(error) => return drop(ready.send(Err(error))),
            };
            let provers = match makers.iter().map(Maker::prover).collect::<Result<Vec<_>, _>>() {
                Ok(provers) => provers,
                Err(error) => return drop(ready.send(Err(error))),
            };
            let _ = ready.send(Ok(()));
            while let Some(task) = queue.blocking_recv() {
                let start = std::time::Instant::now();
                let answer = makers[task.model].answer(&provers[task.model], &task);
                let seconds = start.elapsed().as_secs_f64();
                if results.blocking_send(Done { request: task.request, seconds, answer }).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new()
            .name("prover".into())
            .spawn(work)
            .map_err(|error| OperatorError::Bench(error.to_string()))?;
        started.await.map_err(|_| OperatorError::Bench("before it began".into()))??;
        Ok(Self { tasks, done })
    }
}

/// A model with what follows from it.
struct Maker<'m> {
    served: &'m Served,
    statement: Statement<'m>,
}

impl<'m> Maker<'m> {
    fn new(served: &'m Served) -> Result<Self, OperatorError> {
        Ok(Self { served, statement: served.statement()? })
    }

    fn prover(&self) -> Result<Prover<'_>, OperatorError> {
        Ok(Prover::new(&self.served.model, &self.served.srs)?)
    }

    fn answer(&self, prover: &Prover<'_>, task: &Task) -> Result<Answer, OperatorError> {
        let rng = &mut rand::rng();
        let [tensor, _] = public_tensors(self.statement.model, &self.statement.layout);
        let input =
            tensor.from_bytes(&task.input).ok_or_else(|| OperatorError::Bench("an input is too short".into()))?;
        let inference = info_span!("prove").in_scope(|| prover.prove(task.context, &input, rng))?;
        let settler = self.served.settler(&self.statement);
        let proof = settler.settle(task.context, &input, &inference, rng)?.to_bytes();
        let output = settler.public(task.context, [&input, &inference.output]).output;
        Ok(Answer { output, proof })
    }
}
