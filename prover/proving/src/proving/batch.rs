//! The merging sumcheck's functionals and polynomials, made from what the main sumcheck leaves.

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use hallmark_circuits::{
    arithmetic::Native,
    channel::{Opened, Sender},
    columns::{Column, Group, PerColumn},
    message::Message,
    model::Space,
    relations::packing::public_tensors,
    verifier::merge::{MergeClaims, MergeWeights, batch, term_factors},
};
use tracing::info_span;

use super::{
    columns::Values,
    functional::Functional,
    merge::{self, Summand},
    pairing::Pairing,
    polynomial::{Prefix, map_range},
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
        let weights = MergeWeights::new(&mut Native, mu, self.statement.operands());
        let claim = batch(&mut Native, &weights, &main.claims, packed);
        let (over_weights, over_values) = self.functionals(main, &weights, gamma);
        let columns = self.columns(witness, &main.helpers);
        let layout = &self.statement.layout;
        let cells = combine(&columns, &weights, Group::Cells, (main.helpers.cells.len(), layout.cell_bits));
        let entries = combine(&columns, &weights, Group::Entries, (main.helpers.entries.len(), layout.entry_bits));
        let mut cells = Pairing::new(main.at_cells.clone(), cells);
        let mut outputs = Pairing::with_small(over_values, &witness.output, main.helpers.cells.len());
        let mut entries = Pairing::new(main.at_entries.clone(), entries);
        let mut tensors = Tensors::new(&self.weights, &self.statement.layout.weights, over_weights);
        let summands: &mut [&mut dyn Summand] = &mut [&mut cells, &mut outputs, &mut entries, &mut tensors];
        let point = merge::prove(channel, self.statement.merge_rounds(), claim, summands);
        let opened = Opened {
            cells: cells.value(),
            outputs: outputs.value(),
            entries: entries.value(),
            weights: tensors.value(),
        };
        channel.send(Message::Opened, &opened.clone().to_array());
        MergeClaims { point, weights, opened }
    }

    /// The functionals that batch all claims: on each tensor of weights, and over all outputs.
    fn functionals(&self, main: &Main, weights: &MergeWeights<Fr>, gamma: Fr) -> (Vec<Vec<Functional>>, Vec<Fr>) {
        let layout = &self.statement.layout;
        let cells = &main.claims.relation_point[..layout.cell_bits];
        let mut over_weights = vec![Vec::new(); layout.weights.len()];
        let mut over_values: Vec<Fr> =
            main.at_cells.iter().map(|entry| weights.columns[Column::Outputs] * entry).collect();
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
            for (factor, source) in factors.into_iter().zip(self.statement.sources(term)) {
                let functional = Functional::new(term, &source, points, factor);
                match source.space {
                    Space::Weights => over_weights[source.access.source].push(functional),
                    Space::Values => {
                        let end = source.block.offset + source.block.len();
                        functional.add_to(&mut over_values[source.block.offset..end]);
                    }
                }
            }
        }
        (over_weights, over_values)
    }
}

/// The batched columns of a group, whose space has its last block's end here and so many variables.
fn combine(
    columns: &PerColumn<Values<'_>>,
    weights: &MergeWeights<Fr>,
    group: Group,
    (end, bits): (usize, usize),
) -> Prefix {
    let (mut small, mut large, mut rest) = (Vec::new(), Vec::new(), Fr::ZERO);
    for (declaration, values) in columns.iter().filter(|(declaration, _)| declaration.group == group) {
        let weight = weights.columns[declaration.column];
        match *values {
            Values::Small(values) => small.push((weight, values)),
            Values::Field(values, beyond) => {
                large.push((weight, values));
                rest += weight * beyond;
            }
        }
    }
    let values = map_range(end, |place| {
        let mut sum = SmallSum::default();
        small.iter().for_each(|(weight, values)| sum.add(values[place], weight));
        sum.finish() + large.iter().map(|(weight, values)| *weight * values[place]).sum::<Fr>()
    });
    Prefix::new(values, rest, bits)
}
