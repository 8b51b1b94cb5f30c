//! The helpers of the look-ups. Their equations are in [`hallmark_circuits::relations::lookup`].
//!
//! An honest cell looks up an entry of a table, so that its denominator is that entry's, and its helper the sum of two
//! entries' inverses: there is one inversion an entry that is used, and none a cell.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use hallmark_circuits::{layout::TableBlock, relations::lookup::LookupChallenges, verifier::statement::Statement};
use rayon::prelude::*;

use super::{
    polynomial::PARALLEL,
    small::SmallSum,
    witness::{Places, Witness},
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
    /// The entries that are looked up, in order.
    used: Vec<usize>,
}

/// The fractions of the entries, and what is needed to make those of cells that lie.
struct Fractions<'f> {
    lookup: &'f LookupChallenges<Fr>,
    tables: &'f [i64],
    denominators: &'f [Fr],
    inverses: &'f [Fr],
}

impl Helpers {
    /// Computes the helpers of a witness.
    #[must_use]
    pub fn new(
        statement: &Statement<'_>,
        places: &Places,
        lookup: &LookupChallenges<Fr>,
        witness: &Witness,
        tables: &[i64],
    ) -> Self {
        let denominators = entry_denominators(statement, lookup, tables);
        let used: Vec<usize> = (0..tables.len()).filter(|&entry| witness.multiplicity[entry] != 0).collect();
        let inverses = used_inverses(&used, &denominators);
        let size = 1 << statement.layout.cell_bits;
        let padding = lookup.alpha.inverse().unwrap_or_default().double();
        let mut helpers = Self {
            cells: vec![padding; size],
            cell_denominators: [vec![lookup.alpha; size], vec![lookup.alpha; size]],
            entries: vec![Fr::ZERO; tables.len()],
            entry_denominators: Vec::new(),
            padding,
            used,
        };
        for &entry in &helpers.used {
            helpers.entries[entry] = inverses[entry] * Fr::from(witness.multiplicity[entry]);
        }
        let fractions = Fractions { lookup, tables, denominators: &denominators, inverses: &inverses };
        for tensor in 0..statement.layout.tensors.len() {
            helpers.fill_tensor(statement, places, tensor, &fractions, witness);
        }
        helpers.entry_denominators = denominators;
        helpers
    }

    /// `h = 1/A + 1/B` for the cells of a tensor.
    fn fill_tensor(
        &mut self,
        statement: &Statement<'_>,
        places: &Places,
        tensor: usize,
        fractions: &Fractions<'_>,
        witness: &Witness,
    ) {
        let (model, layout) = (statement.model, &statement.layout);
        let tables = [layout.output_table(model, tensor), layout.remainder_table(model, tensor)];
        let cells = &places.tensors[tensor];
        let values: Vec<[(Fr, Fr); 2]> = cells
            .par_iter()
            .with_min_len(PARALLEL)
            .map(|&cell| {
                let cell = cell as usize;
                [
                    fractions.get(tables[0], witness.quotient[cell], witness.output[cell]),
                    fractions.get(tables[1], witness.remainder[cell], 0),
                ]
            })
            .collect();
        let [left, right] = &mut self.cell_denominators;
        for (&cell, [output, remainder]) in cells.iter().zip(values) {
            let cell = cell as usize;
            (left[cell], right[cell]) = (output.0, remainder.0);
            self.cells[cell] = output.1 + remainder.1;
        }
    }

    /// The helpers of the cells that are not padding, in order.
    #[must_use]
    pub fn occupied_cells(&self, places: &Places) -> Vec<(usize, Fr)> {
        places.occupied.iter().map(|&cell| (cell as usize, self.cells[cell as usize])).collect()
    }

    /// The helpers of the entries that are looked up, in order.
    #[must_use]
    pub fn used_entries(&self) -> Vec<(usize, Fr)> {
        self.used.iter().map(|&entry| (entry, self.entries[entry])).collect()
    }
}

impl Fractions<'_> {
    /// The denominator of a look-up and its inverse. What no used entry holds is computed by itself: nobody can prove it, but
    /// a test of the verifier wants to see it refused.
    fn get(&self, table: &TableBlock, argument: i64, output: i64) -> (Fr, Fr) {
        let index = usize::try_from(argument - table.first).ok().filter(|&index| index < table.block.len());
        if let Some(entry) = index.map(|index| table.block.offset + index)
            && self.tables[entry] == output
            && self.inverses[entry] != Fr::ZERO
        {
            return (self.denominators[entry], self.inverses[entry]);
        }
        let denominator = denominator(self.lookup, table.tag, argument, output);
        (denominator, denominator.inverse().unwrap_or_default())
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

/// The inverse of the denominator of each used entry, and zeros elsewhere.
fn used_inverses(used: &[usize], denominators: &[Fr]) -> Vec<Fr> {
    let mut values: Vec<Fr> = used.iter().map(|&entry| denominators[entry]).collect();
    values.par_chunks_mut(PARALLEL).for_each(ark_ff::fields::batch_inversion);
    let mut inverses = vec![Fr::ZERO; denominators.len()];
    for (&entry, value) in used.iter().zip(values) {
        inverses[entry] = value;
    }
    inverses
}
