//! The relations of a witness, checked one cell and one triple at a time, so that a cheat is known to break just one.

use std::collections::HashMap;

use hallmark_circuits::tables::place_tables;
use hallmark_circuits::{
    layout::TableBlock,
    model::Weights,
    relations::packing::places,
    semantics::{Tensor, accumulate, assignments, rounding},
    verifier::statement::Statement,
};
use hallmark_proving::proving::witness::Witness;

/// What the main sumcheck proves of a witness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `2^shift z + rem = acc + rounding`.
    Rescale,
    /// Every looked-up triple is in a table, as often as it is counted.
    LookUp,
}

/// The relations that a witness breaks.
pub fn broken(statement: &Statement<'_>, weights: &Weights, witness: &Witness) -> Vec<Relation> {
    let mut broken = Vec::new();
    if !rescaled(statement, weights, witness) {
        broken.push(Relation::Rescale);
    }
    if !looked_up(statement, witness) {
        broken.push(Relation::LookUp);
    }
    broken
}

fn rescaled(statement: &Statement<'_>, weights: &Weights, witness: &Witness) -> bool {
    let (model, layout) = (statement.model, &statement.layout);
    let mut scale = vec![0; 1 << layout.cell_bits];
    let mut expected = vec![0; 1 << layout.cell_bits];
    let tensors: Vec<Tensor> = (0..model.tensors())
        .map(|tensor| {
            let offset = layout.tensors[tensor].offset;
            places(model.tensor_axes(tensor)).map(|place| witness.output[offset + place]).collect()
        })
        .collect();
    for (step, block) in model.steps.iter().zip(&layout.tensors[1..]) {
        scale[block.offset..block.offset + block.len()].fill(1 << step.shift);
        for (cell, place) in assignments(&step.axes).zip(places(&step.axes)) {
            let sum = accumulate(model, weights, &tensors, step, &cell).unwrap();
            expected[block.offset + place] = sum + rounding(step.shift);
        }
    }
    (0..scale.len()).all(|cell| scale[cell] * witness.quotient[cell] + witness.remainder[cell] == expected[cell])
}

fn looked_up(statement: &Statement<'_>, witness: &Witness) -> bool {
    let mut balance: HashMap<(u64, i64, i64), i64> = HashMap::new();
    for triple in cell_triples(statement, witness).into_iter().flatten() {
        *balance.entry(triple).or_default() += 1;
    }
    for (entry, triple) in entry_triples(statement).into_iter().enumerate() {
        *balance.entry(triple).or_default() -= witness.multiplicity[entry];
    }
    balance.values().all(|count| *count == 0)
}

/// Counts again how often each entry is looked up, as well as that can be done for a witness that lies.
pub fn recount(statement: &Statement<'_>, witness: &mut Witness) {
    let entries = entry_triples(statement);
    // The first of several that are the same: unused entries are zeros too, and may lie beyond the committed rows.
    let places: HashMap<_, _> = entries.iter().enumerate().rev().map(|(entry, triple)| (*triple, entry)).collect();
    witness.multiplicity.fill(0);
    for triple in cell_triples(statement, witness).into_iter().flatten() {
        if let Some(entry) = places.get(&triple) {
            witness.multiplicity[*entry] += 1;
        }
    }
}

/// Both look-ups of each cell.
fn cell_triples(statement: &Statement<'_>, witness: &Witness) -> Vec<[(u64, i64, i64); 2]> {
    let (model, layout) = (statement.model, &statement.layout);
    let mut tags = vec![[0, 0]; 1 << layout.cell_bits];
    for (tensor, block) in layout.tensors.iter().enumerate() {
        let tables = [layout.output_table(model, tensor), layout.remainder_table(model, tensor)];
        for place in places(model.tensor_axes(tensor)) {
            tags[block.offset + place] = tables.map(|table| table.tag);
        }
    }
    let triples = |(cell, [output, remainder]): (usize, [u64; 2])| {
        [(output, witness.quotient[cell], witness.output[cell]), (remainder, witness.remainder[cell], 0)]
    };
    tags.into_iter().enumerate().map(triples).collect()
}

fn entry_triples(statement: &Statement<'_>) -> Vec<(u64, i64, i64)> {
    let outputs = place_tables(statement);
    let mut triples: Vec<_> = outputs.iter().map(|output| (0, 0, *output)).collect();
    for &TableBlock { block, tag, first, .. } in &statement.layout.tables {
        for (entry, argument) in (block.offset..block.offset + block.len()).zip(first..) {
            triples[entry] = (tag, argument, outputs[entry]);
        }
    }
    triples
}
