//! A worker's right to some jobs for some time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::JobId;

/// A worker's request for jobs.
#[derive(Clone, Copy, Debug)]
pub struct LeaseRequest<'c> {
    /// The worker.
    pub worker: &'c str,
    /// The models that it can prove.
    pub models: &'c [[u8; 32]],
    /// The most jobs to take that have a proof each. A batch is taken as a whole.
    pub most: usize,
    /// How long the lease is in force without a heartbeat.
    pub term: Duration,
}

/// Jobs of one model that one proof is to answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The number of inputs of the proof: at least as many as there are jobs.
    pub size: usize,
    /// The jobs, in the order of the proof.
    pub ids: Vec<JobId>,
}

/// A lease that is in force until its term ends, or another call ends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The number that fences: no other lease has it.
    pub token: u64,
    /// Whose it is.
    pub worker: String,
    /// The model of all its jobs.
    pub model: [u8; 32],
    /// The number of inputs of the one proof for all jobs; 1 if each job has a proof of its own.
    pub size: usize,
    /// The jobs to prove.
    pub tasks: Vec<Task>,
}

/// The data for the proof of one job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The job.
    pub id: JobId,
    /// The context of the proof.
    pub context: [u8; 32],
    /// The bytes of the input.
    pub input: Vec<u8>,
}
