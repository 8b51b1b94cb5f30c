//! A committed model with an input, whose prover may lie, and whose verifier may leave out a check.

use hallmark_circuits::{
    claim::Claim,
    error::{Check, Reject},
    model::{Architecture, Weights},
    verifier::{native::Proof, statement::Statement},
};
use hallmark_proving::execute::execute;
use hallmark_proving::proving::{CommittedModel, Prover, commit, witness::Witness};
use hallmark_proving::srs::Srs;
use hallmark_testing::{
    architectures::random_input, claims::claim, lenient::verify_without, trusted::verify_off_chain,
};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

pub(crate) struct World {
    pub(crate) srs: Srs,
    pub(crate) model: CommittedModel,
    pub(crate) input: Vec<i64>,
}

impl World {
    pub(crate) fn new(architecture: Architecture, weights: impl FnOnce(&mut ChaCha20Rng) -> Weights) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let srs = Srs::insecure(architecture.row_bits, &mut rng);
        let weights = weights(&mut rng);
        let model = commit(architecture, weights, &srs, &mut rng).unwrap();
        let input = random_input(&model.key.architecture, &mut rng);
        Self { srs, model, input }
    }

    pub(crate) fn statement(&self) -> Statement<'_> {
        Statement::new(&self.model.key.architecture).unwrap()
    }

    /// A witness of the input by a model with these weights, and its output.
    pub(crate) fn told(&self, model: &Architecture) -> (Witness, Vec<i64>) {
        let trace = execute(model, &self.model.weights, &self.input).unwrap();
        (Witness::new(&self.statement(), &trace), trace.output().iter().copied().map(i64::from).collect())
    }

    /// The claim that the model answers the input so.
    pub(crate) fn claim<'c>(&'c self, output: &'c [i64]) -> Claim<&'c [i64]> {
        claim(&self.input, output)
    }

    pub(crate) fn prove(&self, claim: &Claim<&[i64]>, witness: &Witness) -> Proof {
        let prover = Prover::new(&self.model, &self.srs).unwrap();
        prover.prove_witness(claim, witness, &mut ChaCha20Rng::seed_from_u64(2)).unwrap().proof
    }

    pub(crate) fn verify(&self, claim: &Claim<&[i64]>, proof: &Proof) -> Result<(), Reject> {
        verify_off_chain(&self.model.key, &self.srs, claim, proof)
    }

    /// The verdict without this check, and without those that come before any arithmetic.
    pub(crate) fn without(&self, skip: Option<Check>, claim: &Claim<&[i64]>, proof: &Proof) -> Result<(), Reject> {
        let key = &self.model.key;
        verify_without(skip, key, self.srs.opening_key(), key.digest(), claim, proof)
    }

    /// The verifier refuses with this check, and without it would accept.
    pub(crate) fn assert_only(&self, claim: &Claim<&[i64]>, proof: &Proof, check: Check) {
        assert_eq!(self.verify(claim, proof), Err(Reject::Check(check)));
        assert_eq!(self.without(None, claim, proof), Err(Reject::Check(check)));
        assert_eq!(self.without(Some(check), claim, proof), Ok(()));
    }

    /// The verifier refuses, and but for what it checks before any arithmetic would accept.
    pub(crate) fn assert_before(&self, claim: &Claim<&[i64]>, proof: &Proof, reject: Reject) {
        assert_eq!(self.verify(claim, proof), Err(reject));
        assert_eq!(self.without(None, claim, proof), Ok(()));
    }
}
