//! The merging sumcheck's functionals and polynomials, made from what the main sumcheck leaves.

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use hallmark_circuits::{
    arithmetic::Native,
    channel::{Opened, Sender},
    relations::packing::public_tensors,
    verifier::merge::{MergeClaims, MergeWeights, batch, term_factors},
};
use tracing::info_span;

use super::{
    helper::Helpers,
    merge::{self, Pairing, add_functional},
    polynomial::map_range,
    prove::Prover,
    relate::Main,
    small::SmallSum,
    witness::Witness,
};

impl Prover<'_> {
    /// The merging sumcheck.
    pub(super) fn prove_merge(
        &self,
        channel: &mut Sender,
        witness: &Witness,
        main: &Main,
        gamma: Fr,
        packed: Fr,
    ) -> MergeClaims<Fr> {
        let _span = info_span!("merging sumcheck").entered();
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
