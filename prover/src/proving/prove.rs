//! One inference, one proof.

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::AdditiveGroup;
use hallmark_circuits::{
    arithmetic::Native,
    channel::{Evaluations, Opened, Sender},
    commitments::{Commitments, Public},
    multilinear::powers,
    relations::{
        lookup::LookupChallenges,
        packing::{pack, public_tensors},
        rescale::constants,
    },
    verifier::{
        main_sumcheck::MainClaims,
        merge::{MergeClaims, MergeWeights, batch, term_factors},
        native::Proof,
        opening::row_scalars,
        statement::Statement,
    },
};
use rand::CryptoRng;
use tracing::info_span;

use super::{
    ProveError,
    helper::Helpers,
    main_sumcheck::{self, Cells, Entries, Product, Summand, Summed},
    merge::{self, Pairing, add_functional},
    opening,
    operand::fold_operand,
    polynomial::{equality_table, map_range},
    rows::{CommittedModel, Mask, Rows, check_size},
    small::{SmallSum, inner_product, to_field},
    witness::{Places, Witness, place_tables, place_weights},
};
use crate::{
    execute::{Trace, execute},
    random::random_scalar,
    srs::Srs,
};

/// Proves inferences of one model: all that does not change from one to the next is prepared once.
#[derive(Debug)]
pub struct Prover<'m> {
    model: &'m CommittedModel,
    statement: Statement<'m>,
    rows: Rows<'m>,
    places: Places,
    /// The commitments to ones at all padding cells.
    padding: Vec<G1Projective>,
    /// The weights over their space.
    weights: Vec<i64>,
    /// The tables' outputs over the entries.
    tables: Vec<i64>,
    digest: [u8; 32],
}

/// An answer and the proof of it.
#[derive(Clone, Debug)]
pub struct Inference {
    /// The output's integers, row-major.
    pub output: Vec<i64>,
    /// The proof.
    pub proof: Proof,
}

/// What hides the rows of one proof.
#[derive(Clone, Debug, Default)]
struct Blinds {
    quotients: Vec<Fr>,
    remainders: Vec<Fr>,
    outputs: Vec<Fr>,
    multiplicities: Vec<Fr>,
    helpers: Vec<Fr>,
    entry_helpers: Vec<Fr>,
}

impl<'m> Prover<'m> {
    /// Prepares a model for proving.
    pub fn new(model: &'m CommittedModel, srs: &'m Srs) -> Result<Self, ProveError> {
        let statement = Statement::new(&model.key.architecture)?;
        model.weights.validate(&model.key.architecture)?;
        check_size(&statement, srs)?;
        if model.key.setup != srs.opening_key().digest {
            return Err(ProveError::SetupDiffers);
        }
        if model.key.check_shape(&statement.layout).is_err() || model.blinds.len() != model.key.weights.len() {
            return Err(ProveError::Commitments);
        }
        let rows = Rows::new(srs.g1(), statement.layout.row_bits);
        let weights = place_weights(&statement, &model.weights);
        let tables = place_tables(&statement);
        let places = Places::new(&statement);
        let padding = rows.commit_padding(statement.layout.rows(statement.layout.cell_bits), &places.occupied);
        Ok(Self { places, model, rows, padding, weights, tables, digest: model.key.digest(), statement })
    }

    /// Runs the model and proves what it answers, bound to `context`.
    pub fn prove(&self, context: [u8; 32], input: &[i64], rng: &mut impl CryptoRng) -> Result<Inference, ProveError> {
        let trace = info_span!("execute").in_scope(|| execute(self.statement.model, &self.model.weights, input))?;
        self.prove_trace(context, &trace, rng)
    }

    /// Proves a trace as it is, without asking whether it is an honest one: a lie gives a proof that is refused.
    pub fn prove_trace(
        &self,
        context: [u8; 32],
        trace: &Trace,
        rng: &mut impl CryptoRng,
    ) -> Result<Inference, ProveError> {
        let witness = info_span!("witness").in_scope(|| Witness::with_places(&self.statement, &self.places, trace));
        let output = trace.output().iter().copied().map(i64::from).collect();
        self.prove_witness(context, &trace.input, output, &witness, rng)
    }

    /// Proves a witness as it is.
    pub fn prove_witness(
        &self,
        context: [u8; 32],
        input: &[i64],
        output: Vec<i64>,
        witness: &Witness,
        rng: &mut impl CryptoRng,
    ) -> Result<Inference, ProveError> {
        let mut channel = Sender::default();
        let (mut commitments, mut blinds, mask) = self.commit_witness(witness, rng);
        let public = Public { key: self.digest, context, input, output: &output };
        channel.seal(public.seal(&commitments));
        channel.send(&[random_scalar(rng)]);
        let (alpha, beta, gamma) = (channel.challenge(), channel.challenge(), channel.challenge());
        let lookup = LookupChallenges::new(&mut Native, alpha, beta);
        let packed = pack(self.statement.model, &self.statement.layout, [input, &output], gamma);

        let helpers = self.commit_helpers(witness, &lookup, &mut commitments, &mut blinds, rng);
        channel.seal(commitments.seal_helpers());
        let main = self.prove_main(&mut channel, witness, helpers);
        let merge = self.prove_merge(&mut channel, witness, &main, gamma, packed, &mask);
        self.open(&mut channel, witness, &main.helpers, &merge, (&blinds, &mask), &mut commitments)?;
        let proof = Proof { commitments, elements: channel.into_elements() };
        Ok(Inference { output, proof })
    }

    /// Commits to everything that is small, and to a fresh mask.
    fn commit_witness(&self, witness: &Witness, rng: &mut impl CryptoRng) -> (Commitments, Blinds, Mask) {
        let _span = info_span!("commit").entered();
        let mut commit = |values: &[i64]| {
            let (rows, blinds) = self.rows.commit_small(values, rng);
            (CurveGroup::normalize_batch(&rows), blinds)
        };
        let (quotients, quotient_blinds) = commit(&witness.quotient);
        let (remainders, remainder_blinds) = commit(&witness.remainder);
        let (outputs, output_blinds) = commit(&witness.output);
        let (multiplicities, multiplicity_blinds) = commit(&witness.multiplicity);
        let (mask, mask_row) = self.rows.commit_mask(rng);
        let commitments = Commitments {
            quotients,
            remainders,
            outputs,
            multiplicities,
            mask: vec![mask_row.into_affine()],
            helpers: Vec::new(),
            entry_helpers: Vec::new(),
            folds: Vec::new(),
            quotient: G1Affine::zero(),
            last: G1Affine::zero(),
        };
        let blinds = Blinds {
            quotients: quotient_blinds,
            remainders: remainder_blinds,
            outputs: output_blinds,
            multiplicities: multiplicity_blinds,
            helpers: Vec::new(),
            entry_helpers: Vec::new(),
        };
        (commitments, blinds, mask)
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
        let layout = &self.statement.layout;
        let helpers = Helpers::new(&self.statement, &self.places, lookup, witness, &self.tables);
        let padding = self.padding.iter().map(|row| *row * helpers.padding).collect();
        let (rows, row_blinds) = self.rows.commit_grouped(padding, &helpers.lookups, &helpers.fractions, rng);
        (commitments.helpers, blinds.helpers) = (CurveGroup::normalize_batch(&rows), row_blinds);
        let entry_rows = layout.rows(layout.entry_bits);
        let (rows, row_blinds) = self.rows.commit_sparse(entry_rows, &helpers.used_entries(), rng);
        (commitments.entry_helpers, blinds.entry_helpers) = (CurveGroup::normalize_batch(&rows), row_blinds);
        helpers
    }

    /// Combines all rows into one polynomial and opens it.
    fn open(
        &self,
        channel: &mut Sender,
        witness: &Witness,
        helpers: &Helpers,
        merge: &MergeClaims<Fr>,
        (blinds, mask): (&Blinds, &Mask),
        commitments: &mut Commitments,
    ) -> Result<(), ProveError> {
        let _span = info_span!("open").entered();
        let row_bits = self.statement.layout.row_bits;
        let omega = powers(&mut Native, &channel.challenge(), Opened::<()>::COUNT);
        let mut combined = self.combine(witness, helpers, merge, &omega, blinds);
        for (position, value) in mask.entries.iter().chain([&(1 << row_bits, mask.blind)]) {
            combined[*position] += omega[4] * value;
        }
        opening::prove(channel, self.rows.bases(), combined, &merge.point[..row_bits], commitments)
    }

    /// The main sumcheck.
    fn prove_main(&self, channel: &mut Sender, witness: &Witness, mut helpers: Helpers) -> Main {
        let _span = info_span!("main sumcheck").entered();
        let (model, layout) = (self.statement.model, &self.statement.layout);
        let relation_point = channel.challenges(self.statement.point_bits());
        let cells_point = &relation_point[..layout.cell_bits];
        let linear = self.linear_terms(witness, cells_point);
        channel.send(&linear);
        let lambda = powers(&mut Native, &channel.challenge(), 4);
        let claim = linear[0] + linear[1] + constants(&mut Native, model, layout, cells_point);

        let equality = equality_table(cells_point);
        let mut cells = Cells {
            scale: self.scale(&equality),
            equality,
            quotient: to_fields(&witness.quotient),
            remainder: to_fields(&witness.remainder),
            helper: helpers.cells.clone(),
            denominators: std::mem::take(&mut helpers.cell_denominators),
            lambda: [lambda[1], lambda[3]],
        };
        let mut entries = Entries {
            equality: equality_table(&relation_point[..layout.entry_bits]),
            helper: helpers.entries.clone(),
            denominator: std::mem::take(&mut helpers.entry_denominators),
            multiplicity: to_fields(&witness.multiplicity),
            lambda: [lambda[2], lambda[3]],
        };
        let mut products: Vec<Product> = self.products(witness, cells_point);
        let mut summands = vec![Summed::new(&mut cells), Summed::new(&mut entries)];
        summands.extend(products.iter_mut().map(|product| Summed::new(product as &mut dyn Summand)));
        let point = main_sumcheck::prove(channel, &self.statement, claim, &mut summands);

        let at_cells = equality_table(&point[..layout.cell_bits]);
        let at_entries = equality_table(&point[..layout.entry_bits]);
        let evaluations = Evaluations {
            quotient: cells.quotient[0],
            remainder: cells.remainder[0],
            output: inner_product(&witness.output, &at_cells),
            helper: cells.helper[0],
            multiplicity: entries.multiplicity[0],
            entry_helper: entries.helper[0],
            entry_output: inner_product(&self.tables, &at_entries),
        };
        channel.send(&evaluations.clone().to_array());
        for product in &products {
            channel.send(&[product.weights[0], product.values[0]]);
        }
        let operands = products.iter().map(|product| [product.weights[0], product.values[0]]).collect();
        let claims = MainClaims { relation_point, point, linear, evaluations, operands };
        Main { claims, at_cells, at_entries, helpers }
    }

    /// `equality * scale` over the cells.
    fn scale(&self, equality: &[Fr]) -> Vec<Fr> {
        let mut scaled = vec![Fr::ZERO; equality.len()];
        for (block, step) in self.statement.layout.tensors[1..].iter().zip(&self.statement.model.steps) {
            let factor = Fr::from(1u64 << step.shift);
            let range = block.offset..block.offset + block.len();
            for (scaled, equality) in scaled[range.clone()].iter_mut().zip(&equality[range]) {
                *scaled = *equality * factor;
            }
        }
        scaled
    }

    /// The sums of all terms over weights alone and over values alone.
    fn linear_terms(&self, witness: &Witness, cells: &[Fr]) -> [Fr; 2] {
        let spaces = self.spaces(witness);
        let mut sums = [Fr::ZERO; 2];
        for term in self.statement.terms.iter().filter(|term| !term.is_product()) {
            let factor = term.factor(&mut Native, cells);
            for ((sum, source), space) in sums.iter_mut().zip(self.statement.sources(term)).zip(spaces) {
                let Some(source) = source else { continue };
                let operand = fold_operand(term, &source, cells, space);
                *sum += factor * operand.iter().sum::<Fr>();
            }
        }
        sums
    }

    /// The products at the point that the relations are tested at.
    fn products(&self, witness: &Witness, cells: &[Fr]) -> Vec<Product> {
        let spaces = self.spaces(witness);
        self.statement
            .products()
            .map(|term| {
                let sources = self.statement.sources(term);
                let fold = |side: usize| {
                    let source = sources[side].as_ref();
                    source.map_or_else(Vec::new, |source| fold_operand(term, source, cells, spaces[side]))
                };
                let mut bits = vec![None; term.sum_bits];
                for variable in &term.variables {
                    if let (Some(axis), Some(low)) = (variable.axis, variable.sum) {
                        (0..variable.bits).for_each(|bit| bits[low + bit] = Some(cells[axis + bit]));
                    }
                }
                Product {
                    factor: term.factor(&mut Native, cells),
                    shared: Product::shared(bits.into_iter()),
                    weights: fold(0),
                    values: fold(1),
                }
            })
            .collect()
    }

    /// The values that terms read: weights, then outputs.
    fn spaces<'s>(&'s self, witness: &'s Witness) -> [&'s [i64]; 2] {
        [&self.weights, &witness.output]
    }

    /// The merging sumcheck.
    fn prove_merge(
        &self,
        channel: &mut Sender,
        witness: &Witness,
        main: &Main,
        gamma: Fr,
        packed: Fr,
        mask: &Mask,
    ) -> MergeClaims<Fr> {
        let _span = info_span!("merging sumcheck").entered();
        let layout = &self.statement.layout;
        let mu = channel.challenge();
        let weights = MergeWeights::new(&mut Native, &mu, main.claims.operands.len());
        let claim = batch(&mut Native, &weights, &main.claims, &packed);
        let [over_weights, over_values] = self.functionals(main, &weights, gamma);
        let cells = combine_cells(witness, &main.helpers, &weights);
        let entries = self.combine_entries(witness, &main.helpers, &weights);
        let mut pairings = [
            Pairing::new(main.at_cells.clone(), cells),
            Pairing::with_small(over_values, &witness.output),
            Pairing::new(main.at_entries.clone(), entries),
            Pairing::with_small(over_weights, &self.weights),
        ];
        let point = merge::prove(channel, self.statement.merge_rounds(), claim, &mut pairings);
        let opened = Opened {
            cells: pairings[0].value(),
            outputs: pairings[1].value(),
            entries: pairings[2].value(),
            weights: pairings[3].value(),
            mask: mask.evaluate(&point[..layout.row_bits]),
        };
        channel.send(&opened.clone().to_array());
        MergeClaims { point, weights, opened }
    }

    /// The functionals over weights and over outputs that batch all claims on them.
    fn functionals(&self, main: &Main, weights: &MergeWeights<Fr>, gamma: Fr) -> [Vec<Fr>; 2] {
        let layout = &self.statement.layout;
        let cells = &main.claims.relation_point[..layout.cell_bits];
        let over_values = main.at_cells.iter().map(|entry| weights.output * entry).collect();
        let mut functionals = [vec![Fr::ZERO; 1 << layout.weight_bits], over_values];
        for public in public_tensors(self.statement.model, layout) {
            let block = &mut functionals[1][public.block.offset..];
            for (cell, weight) in block.iter_mut().zip(public.expand(gamma)) {
                *cell += weights.packed * weight;
            }
        }
        let mut operands = weights.operands.iter();
        for term in &self.statement.terms {
            let factors = term_factors(&mut Native, term, cells, &weights.linear, &mut operands);
            let points = (cells, &main.claims.point[..term.sum_bits]);
            let sources = self.statement.sources(term);
            for ((functional, factor), source) in functionals.iter_mut().zip(factors).zip(sources) {
                if let Some(source) = source {
                    add_functional(term, &source, points, factor, functional);
                }
            }
        }
        functionals
    }

    /// The batched multiplicities, entry helpers and entry outputs.
    fn combine_entries(&self, witness: &Witness, helpers: &Helpers, weights: &MergeWeights<Fr>) -> Vec<Fr> {
        let [multiplicity, helper, output] = weights.entries;
        map_range(self.tables.len(), |entry| {
            let mut sum = SmallSum::default();
            sum.add(witness.multiplicity[entry], &multiplicity);
            sum.add(self.tables[entry], &output);
            sum.finish() + helper * helpers.entries[entry]
        })
    }

    /// The one polynomial that is opened, mask excepted.
    fn combine(
        &self,
        witness: &Witness,
        helpers: &Helpers,
        merge: &MergeClaims<Fr>,
        omega: &[Fr],
        blinds: &Blinds,
    ) -> Vec<Fr> {
        let layout = &self.statement.layout;
        let spaces = [layout.cell_bits, layout.entry_bits, layout.weight_bits];
        let scalars = row_scalars(&mut Native, layout.row_bits, merge, omega, spaces);
        let [quotients, remainders, cell_helpers, outputs, multiplicities, entry_helpers, tables, weights, _] =
            &scalars;
        let small = [
            (quotients, &witness.quotient),
            (remainders, &witness.remainder),
            (outputs, &witness.output),
            (multiplicities, &witness.multiplicity),
            (tables, &self.tables),
            (weights, &self.weights),
        ];
        let large = [(cell_helpers, &helpers.cells), (entry_helpers, &helpers.entries)];
        let length = 1 << layout.row_bits;
        let mut combined = map_range(length, |place| {
            let mut sum = SmallSum::default();
            for (scalars, values) in small {
                let column = values[place..].iter().step_by(length);
                column
                    .zip(scalars)
                    .filter(|(value, _)| **value != 0)
                    .for_each(|(value, scalar)| sum.add(*value, scalar));
            }
            let large = large.iter().map(|(scalars, values)| {
                values[place..].iter().step_by(length).zip(*scalars).map(|(value, scalar)| *value * scalar).sum::<Fr>()
            });
            sum.finish() + large.sum::<Fr>()
        });
        combined.push(
            [
                (quotients, &blinds.quotients),
                (remainders, &blinds.remainders),
                (cell_helpers, &blinds.helpers),
                (outputs, &blinds.outputs),
                (multiplicities, &blinds.multiplicities),
                (entry_helpers, &blinds.entry_helpers),
                (weights, &self.model.blinds),
            ]
            .iter()
            .flat_map(|(scalars, blinds)| scalars.iter().zip(*blinds))
            .map(|(scalar, blind)| *scalar * blind)
            .sum(),
        );
        combined
    }
}

/// What the main sumcheck leaves to the merging one.
struct Main {
    claims: MainClaims<Fr>,
    at_cells: Vec<Fr>,
    at_entries: Vec<Fr>,
    helpers: Helpers,
}

/// The batched quotients, remainders and helpers.
fn combine_cells(witness: &Witness, helpers: &Helpers, weights: &MergeWeights<Fr>) -> Vec<Fr> {
    let [quotient, remainder, helper] = weights.cells;
    map_range(witness.quotient.len(), |cell| {
        let mut sum = SmallSum::default();
        sum.add(witness.quotient[cell], &quotient);
        sum.add(witness.remainder[cell], &remainder);
        sum.finish() + helper * helpers.cells[cell]
    })
}

fn to_fields(values: &[i64]) -> Vec<Fr> {
    map_range(values.len(), |index| to_field(values[index]))
}
