//! The merging sumcheck's functionals and polynomials, made from what the main sumcheck leaves.

use ark_bn254::Fr;
use hallmark_circuits::{
    arithmetic::Native,
    channel::{Opened, Sender},
    relations::packing::public_tensors,
    verifier::merge::{MergeClaims, MergeWeights, batch, term_factors},
};
use tracing::info_span;

use super::{
    functional::Functional,
    helper::Helpers,
    merge::{self, Part},
    pairing::Pairing,
    polynomial::map_range,
    prove::Prover,
    relate::Main,
    small::SmallSum,
    tensors::Tensors,
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
        let weights = MergeWeights::new(&mut Native, mu, main.claims.operands.len());
        let claim = batch(&mut Native, &weights, &main.claims, packed);
        let (over_weights, over_values) = self.functionals(main, &weights, gamma);
        let cells = combine_cells(witness, &main.helpers, &weights);
        let entries = self.combine_entries(witness, &main.helpers, &weights);
        let mut cells = Pairing::new(main.at_cells.clone(), cells);
        let mut outputs = Pairing::with_small(over_values, &witness.output);
        let mut entries = Pairing::new(main.at_entries.clone(), entries);
        let mut tensors = Tensors::new(&self.weights, &self.statement.layout.weights, over_weights);
        let parts: &mut [&mut dyn Part] = &mut [&mut cells, &mut outputs, &mut entries, &mut tensors];
        let point = merge::prove(channel, self.statement.merge_rounds(), claim, parts);
        let opened = Opened {
            cells: cells.value(),
            outputs: outputs.value(),
            entries: entries.value(),
            weights: tensors.value(),
        };
        channel.send(&opened.clone().to_array());
        MergeClaims { point, weights, opened }
    }

    /// The functionals that batch all claims: on each tensor of weights, and over all outputs.
    fn functionals(&self, main: &Main, weights: &MergeWeights<Fr>, gamma: Fr) -> (Vec<Vec<Functional>>, Vec<Fr>) {
        let layout = &self.statement.layout;
        let cells = &main.claims.relation_point[..layout.cell_bits];
        let mut over_weights = vec![Vec::new(); layout.weights.len()];
        let mut over_values: Vec<Fr> = main.at_cells.iter().map(|entry| weights.output * entry).collect();
        for public in public_tensors(self.statement.model, layout) {
            let block = &mut over_values[public.block.offset..];
            for (cell, weight) in block.iter_mut().zip(public.expand(gamma)) {
                *cell += weights.packed * weight;
            }
        }
        let mut operands = weights.operands.iter();
        for term in &self.statement.terms {
            let factors = term_factors(&mut Native, term, cells, &weights.linear, &mut operands);
            let points = (cells, &main.claims.point[..term.sum_bits]);
            let [of_weights, of_values] = self.statement.sources(term);
            if let Some(source) = of_weights {
                over_weights[source.access.source].push(Functional::new(term, &source, points, factors[0]));
            }
            if let Some(source) = of_values {
                let block = &mut over_values[source.block.offset..source.block.offset + source.block.len()];
                Functional::new(term, &source, points, factors[1]).add_to(block);
            }
        }
        (over_weights, over_values)
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
