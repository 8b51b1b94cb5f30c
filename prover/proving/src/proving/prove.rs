//! One inference, one proof: the phases in their order.

use ark_bn254::{Fr, G1Projective};
use ark_ec::CurveGroup;
use hallmark_circuits::{
    arithmetic::Native,
    channel::{Opened, Sender},
    claim::Claim,
    columns::{Column, PerColumn},
    commitments::{Commitments, OpeningPoints},
    digest::Digest,
    error::KeyError,
    message::{Message, Sealed},
    multilinear::powers,
    relations::{
        lookup::LookupChallenges,
        packing::{centre, public_tensors},
    },
    tables::place_tables,
    verifier::{merge::MergeClaims, native::Proof, statement::Statement},
};
use rand::CryptoRng;
use tracing::info_span;

use super::{
    ProveError,
    blinds::Blinds,
    helper::Helpers,
    opening,
    rows::{CommittedModel, Rows},
    witness::{Places, Witness, place_weights},
};
use crate::execute::{Trace, execute};
use crate::random::random_scalar;
use crate::srs::Srs;

/// Proves inferences of one model: all that does not change from one to the next is prepared once.
#[derive(Debug)]
pub struct Prover<'m> {
    pub(super) model: &'m CommittedModel,
    pub(super) statement: Statement<'m>,
    pub(super) rows: Rows<'m>,
    pub(super) places: Places,
    /// The commitments to ones at all padding cells.
    pub(super) padding: Vec<G1Projective>,
    /// The weights over their space.
    pub(super) weights: Vec<i64>,
    /// The tables' outputs over the entries.
    pub(super) tables: Vec<i64>,
    pub(super) digest: Digest,
}

/// A claim on a model and the proof of it.
#[derive(Clone, Debug)]
pub struct Inference {
    /// What the model answers.
    pub claim: Claim<Vec<i64>>,
    /// The proof.
    pub proof: Proof,
}

impl Inference {
    /// The answer's integers. Those of a batch's samples follow one another.
    #[must_use]
    pub fn output(&self) -> &[i64] {
        &self.claim.output
    }
}

impl<'m> Prover<'m> {
    /// Prepares a model for proving.
    ///
    /// # Errors
    /// - [`ProveError::Model`] if the architecture or the weights are refused.
    /// - [`ProveError::Key`] if there are too few powers, and [`ProveError::SetupDiffers`] if they are of another setup.
    /// - [`ProveError::Commitments`] if there are more or fewer commitments or blinds than rows.
    pub fn new(model: &'m CommittedModel, srs: &'m Srs) -> Result<Self, ProveError> {
        let statement = Statement::new(&model.key.architecture)?;
        model.weights.validate(&model.key.architecture)?;
        let (needed, found) = (statement.model.row_bits, srs.log_size());
        if needed > found {
            return Err(KeyError::Powers { needed, found }.into());
        }
        if model.key.setup != *srs.opening_key() {
            return Err(ProveError::SetupDiffers);
        }
        if model.key.check_shape(&statement.layout).is_err() || model.blinds.len() != model.key.weights.len() {
            return Err(ProveError::Commitments);
        }
        let rows = Rows::new(srs.g1(), statement.layout.row_bits);
        let weights = place_weights(&statement, &model.weights);
        let tables = place_tables(&statement);
        let places = Places::new(&statement);
        let padding = rows.commit_padding(statement.layout.cell_rows(), &places.occupied);
        Ok(Self { places, model, rows, padding, weights, tables, digest: model.key.digest(), statement })
    }

    /// Runs the model and proves what it answers, bound to `context`.
    ///
    /// # Errors
    /// - [`ProveError::Execution`] if the input is not the model's kind, or the weights are not those that it was compiled for.
    /// - [`ProveError::Unlucky`] once in 2^224 proofs.
    pub fn prove(&self, context: Digest, input: &[i64], rng: &mut impl CryptoRng) -> Result<Inference, ProveError> {
        let trace = info_span!("execute").in_scope(|| execute(self.statement.model, &self.model.weights, input))?;
        self.prove_trace(context, &trace, rng)
    }

    /// Proves a trace as it is, without asking whether it is an honest one: a lie gives a proof that is refused.
    ///
    /// # Errors
    /// [`ProveError::Unlucky`] once in 2^224 proofs.
    pub fn prove_trace(
        &self,
        context: Digest,
        trace: &Trace,
        rng: &mut impl CryptoRng,
    ) -> Result<Inference, ProveError> {
        let witness = info_span!("witness").in_scope(|| Witness::with_places(&self.statement, &self.places, trace));
        let output = trace.output().iter().copied().map(i64::from).collect();
        self.prove_witness(&Claim { context, input: trace.input.clone(), output }, &witness, rng)
    }

    /// Proves a witness as it is, and a claim as it is.
    ///
    /// # Errors
    /// [`ProveError::Unlucky`] once in 2^224 proofs.
    pub fn prove_witness<V: AsRef<[i64]>>(
        &self,
        claim: &Claim<V>,
        witness: &Witness,
        rng: &mut impl CryptoRng,
    ) -> Result<Inference, ProveError> {
        let mut channel = Sender::default();
        let (mut commitments, mut blinds) = self.commit_witness(witness, rng);
        channel.seal(self.statement.told(claim).seal(self.digest, &commitments));
        channel.send(Message::Salt, &[random_scalar(rng)]);
        let (alpha, beta, gamma) = (channel.challenge(), channel.challenge(), channel.challenge());
        let lookup = LookupChallenges::new(alpha, beta);
        let tensors = public_tensors(self.statement.model, &self.statement.layout);
        let packed = centre(&mut Native, &tensors, gamma, self.statement.pack(claim, gamma));

        let helpers = self.commit_helpers(witness, &lookup, &mut commitments, &mut blinds, rng);
        channel.seal(commitments.seal(Sealed::Helpers));
        let main = self.prove_main(&mut channel, witness, helpers);
        let merge = self.prove_merge(&mut channel, witness, &main, gamma, packed);
        self.open(&mut channel, witness, &main.helpers, &merge, &blinds, &mut commitments)?;
        debug_assert_eq!(
            channel.said(),
            self.statement.schedule(),
            "the prover says what the verifier does not receive"
        );
        let proof = Proof { commitments, elements: channel.into_elements() };
        Ok(Inference { claim: claim.owned(), proof })
    }

    /// Commits to everything that is small, and to a fresh mask.
    fn commit_witness(&self, witness: &Witness, rng: &mut impl CryptoRng) -> (Commitments, Blinds) {
        let _span = info_span!("commit").entered();
        let (mask, commitment) = self.rows.commit_mask(rng);
        let mut commitments = Commitments { columns: PerColumn::default(), opening: OpeningPoints::default() };
        let mut blinds = Blinds { mask, ..Blinds::default() };
        let columns = [
            (Column::Quotients, &witness.quotient),
            (Column::Remainders, &witness.remainder),
            (Column::Outputs, &witness.output),
            (Column::Multiplicities, &witness.multiplicity),
        ];
        for (column, values) in columns {
            let rows = column.declaration().space.rows(&self.statement.layout);
            let (mut points, row_blinds) = self.rows.commit_small(rows, values, rng);
            if let (Column::Quotients, Some(first)) = (column, points.first_mut()) {
                *first += commitment;
            }
            commitments.columns[column] = CurveGroup::normalize_batch(&points);
            blinds.columns[column] = row_blinds;
        }
        (commitments, blinds)
    }

    /// Computes the helpers and commits to them.
    fn commit_helpers(
        &self,
        witness: &Witness,
        lookup: &LookupChallenges<Fr>,
        commitments: &mut Commitments,
        blinds: &mut Blinds,
        rng: &mut impl CryptoRng,
    ) -> Helpers {
        let _span = info_span!("helpers").entered();
        let helpers = Helpers::new(&self.statement, &self.places, lookup, witness, &self.tables);
        let padding = self.padding.iter().map(|row| *row * helpers.padding).collect();
        let entry_rows = self.statement.layout.entry_rows();
        let cells = self.rows.commit_grouped(padding, &helpers.lookups, &helpers.fractions, rng);
        let entries = self.rows.commit_sparse(entry_rows, &helpers.used_entries(), rng);
        for (column, (points, row_blinds)) in [(Column::Helpers, cells), (Column::EntryHelpers, entries)] {
            commitments.columns[column] = CurveGroup::normalize_batch(&points);
            blinds.columns[column] = row_blinds;
        }
        helpers
    }

    /// Combines all rows into one polynomial and opens it.
    fn open(
        &self,
        channel: &mut Sender,
        witness: &Witness,
        helpers: &Helpers,
        merge: &MergeClaims<Fr>,
        blinds: &Blinds,
        commitments: &mut Commitments,
    ) -> Result<(), ProveError> {
        let _span = info_span!("open").entered();
        let omega = powers(&mut Native, channel.challenge(), Opened::<()>::COUNT);
        let combined = self.combine(witness, helpers, merge, &omega, blinds);
        opening::prove(channel, &self.statement.layout, self.rows.bases(), combined, &merge.point, commitments)
    }
}
