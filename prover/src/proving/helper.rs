//! The helpers of the look-ups. Their equations are in [`hallmark_circuits::relations::lookup`].

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use hallmark_circuits::{
    layout::ZERO_TAG,
    relations::{lookup::LookupChallenges, packing::places},
    verifier::statement::Statement,
};
use rayon::prelude::*;

use super::{
    polynomial::{PARALLEL, map_range},
    small::SmallSum,
    witness::Witness,
};

/// The helpers and the denominators that they are made of.
#[derive(Clone, Debug)]
pub struct Helpers {
    /// The helpers of the cells.
    pub cells: Vec<Fr>,
    /// The denominators of both look-ups of the cells.
    pub cell_denominators: [Vec<Fr>; 2],
    /// The helpers of the entries.
    pub entries: Vec<Fr>,
    /// The denominators of the entries.
    pub entry_denominators: Vec<Fr>,
    /// The helper of a cell that is padding.
    pub padding: Fr,
    /// The cells that are not padding, in order.
    occupied: Vec<usize>,
    /// The entries that are looked up, in order.
    used: Vec<usize>,
}

impl Helpers {
    /// Computes the helpers of a witness.
    #[must_use]
    pub fn new(statement: &Statement<'_>, lookup: &LookupChallenges<Fr>, witness: &Witness, tables: &[i64]) -> Self {
        let occupied = occupied_cells(statement);
        let [output_tags, remainder_tags] = cell_tags(statement);
        let cell_denominators = [
            map_range(output_tags.len(), |cell| {
                denominator(lookup, output_tags[cell], witness.quotient[cell], witness.output[cell])
            }),
            map_range(remainder_tags.len(), |cell| {
                denominator(lookup, remainder_tags[cell], witness.remainder[cell], 0)
            }),
        ];
        let entry_denominators = entry_denominators(statement, lookup, tables);
        let mut helpers = Self {
            cells: Vec::new(),
            cell_denominators,
            entries: vec![Fr::ZERO; tables.len()],
            entry_denominators,
            padding: lookup.alpha.inverse().unwrap_or_default().double(),
            occupied,
            used: (0..tables.len()).filter(|&entry| witness.multiplicity[entry] != 0).collect(),
        };
        helpers.fill_cells();
        helpers.fill_entries(witness);
        helpers
    }

    /// `h = 1/A + 1/B = (A + B) / (A B)`.
    fn fill_cells(&mut self) {
        let [left, right] = &self.cell_denominators;
        let mut inverses: Vec<Fr> = self.occupied.par_iter().map(|&cell| left[cell] * right[cell]).collect();
        invert(&mut inverses);
        self.cells = vec![self.padding; left.len()];
        for (&cell, inverse) in self.occupied.iter().zip(inverses) {
            self.cells[cell] = (left[cell] + right[cell]) * inverse;
        }
    }

    /// `g = m / A`.
    fn fill_entries(&mut self, witness: &Witness) {
        let mut inverses: Vec<Fr> = self.used.iter().map(|&entry| self.entry_denominators[entry]).collect();
        invert(&mut inverses);
        for (&entry, inverse) in self.used.iter().zip(inverses) {
            self.entries[entry] = inverse * Fr::from(witness.multiplicity[entry]);
        }
    }

    /// The helpers of the cells that are not padding, in order.
    #[must_use]
    pub fn occupied_cells(&self) -> Vec<(usize, Fr)> {
        self.occupied.iter().map(|&cell| (cell, self.cells[cell])).collect()
    }

    /// The helpers of the entries that are looked up, in order.
    #[must_use]
    pub fn used_entries(&self) -> Vec<(usize, Fr)> {
        self.used.iter().map(|&entry| (entry, self.entries[entry])).collect()
    }
}

/// `alpha - tag - beta argument - beta^2 output`.
fn denominator(lookup: &LookupChallenges<Fr>, tag: u64, argument: i64, output: i64) -> Fr {
    let mut sum = SmallSum::default();
    sum.add(argument, &lookup.beta);
    sum.add(output, &lookup.beta_squared);
    lookup.alpha - Fr::from(tag) - sum.finish()
}

fn entry_denominators(statement: &Statement<'_>, lookup: &LookupChallenges<Fr>, tables: &[i64]) -> Vec<Fr> {
    let mut denominators = vec![lookup.alpha; tables.len()];
    for table in &statement.layout.tables {
        let range = table.block.offset..table.block.offset + table.block.len();
        denominators[range.clone()].par_iter_mut().zip(&tables[range]).with_min_len(PARALLEL).enumerate().for_each(
            |(index, (value, &output))| {
                *value = denominator(lookup, table.tag, table.first + index as i64, output);
            },
        );
    }
    denominators
}

/// The cells that are not padding, in order.
fn occupied_cells(statement: &Statement<'_>) -> Vec<usize> {
    let mut cells: Vec<usize> = (0..statement.layout.tensors.len())
        .flat_map(|tensor| {
            let offset = statement.layout.tensors[tensor].offset;
            places(statement.model.tensor_axes(tensor)).map(move |place| offset + place)
        })
        .collect();
    cells.sort_unstable();
    cells
}

/// The tags of both look-ups of every cell.
fn cell_tags(statement: &Statement<'_>) -> [Vec<u64>; 2] {
    let (model, layout) = (statement.model, &statement.layout);
    let mut tags = [vec![ZERO_TAG; 1 << layout.cell_bits], vec![ZERO_TAG; 1 << layout.cell_bits]];
    for (tensor, block) in layout.tensors.iter().enumerate() {
        let tables = [layout.output_table(model, tensor).tag, layout.remainder_table(model, tensor).tag];
        for place in places(model.tensor_axes(tensor)) {
            for (tags, tag) in tags.iter_mut().zip(tables) {
                tags[block.offset + place] = tag;
            }
        }
    }
    tags
}

/// Inverts each element, by Montgomery's trick; zeros stay.
fn invert(elements: &mut [Fr]) {
    elements.par_chunks_mut(PARALLEL).for_each(ark_ff::fields::batch_inversion);
}
