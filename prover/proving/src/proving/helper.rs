//! The helpers of the look-ups. Their equations are in [`hallmark_circuits::relations::lookup`].
//!
//! An honest cell looks up an entry of a table, so that its denominator is that entry's, and its helper the sum of two
//! entries' inverses: there is one inversion an entry that is used, and none a cell. It also means that the commitment to
//! the helpers is a sum over entries: the bases of all cells that look up the same entry are added up first.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use hallmark_circuits::{layout::TableBlock, relations::lookup::LookupChallenges, verifier::statement::Statement};
use rayon::prelude::*;

use super::{
    polynomial::PARALLEL,
    small::SmallSum,
    witness::{Places, Witness},
};

/// The helpers and the denominators that they are made of, as far as there is more than padding.
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
    /// The denominator of what is padding.
    pub alpha: Fr,
    /// All look-ups of the cells that are not padding, as the cell and the index of the fraction that it adds.
    pub lookups: Vec<(u32, u32)>,
    /// `1/A` for each entry that is looked up, and then for each look-up that no entry answers.
    pub fractions: Vec<Fr>,
    /// The entries that are looked up, in order.
    used: Vec<usize>,
}

/// What is known of the entries.
struct Known<'f> {
    lookup: &'f LookupChallenges<Fr>,
    tables: &'f [i64],
    denominators: &'f [Fr],
    inverses: &'f [Fr],
}

/// A look-up: its denominator, and the entry that answers it.
struct Answer {
    denominator: Fr,
    entry: Option<usize>,
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
        let [cell_end, entry_end] = witness.ends(&statement.layout);
        let tables = &tables[..entry_end];
        let denominators = entry_denominators(statement, lookup, tables);
        let used: Vec<usize> = (0..tables.len()).filter(|&entry| witness.multiplicity[entry] != 0).collect();
        let inverses = used_inverses(&used, &denominators);
        let padding = lookup.alpha.inverse().unwrap_or_default().double();
        let mut helpers = Self {
            cells: vec![padding; cell_end],
            cell_denominators: [vec![lookup.alpha; cell_end], vec![lookup.alpha; cell_end]],
            entries: vec![Fr::ZERO; tables.len()],
            entry_denominators: Vec::new(),
            padding,
            alpha: lookup.alpha,
            lookups: Vec::with_capacity(2 * places.occupied.len()),
            fractions: Vec::new(),
            used,
        };
        for &entry in &helpers.used {
            helpers.entries[entry] = inverses[entry] * Fr::from(witness.multiplicity[entry]);
        }
        let known = Known { lookup, tables, denominators: &denominators, inverses: &inverses };
        helpers.fractions.clone_from(&inverses);
        for tensor in 0..statement.layout.tensors.len() {
            helpers.fill_tensor(statement, places, tensor, &known, witness);
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
        known: &Known<'_>,
        witness: &Witness,
    ) {
        let (model, layout) = (statement.model, &statement.layout);
        let tables = [layout.output_table(model, tensor), layout.remainder_table(model, tensor)];
        let cells = &places.tensors[tensor];
        let answers: Vec<[Answer; 2]> = cells
            .par_iter()
            .with_min_len(PARALLEL)
            .map(|&cell| {
                let cell = cell as usize;
                [
                    known.answer(tables[0], witness.quotient[cell], witness.output[cell]),
                    known.answer(tables[1], witness.remainder[cell], 0),
                ]
            })
            .collect();
        for (&cell, answers) in cells.iter().zip(answers) {
            let place = cell as usize;
            self.cells[place] = Fr::ZERO;
            for (column, answer) in self.cell_denominators.iter_mut().zip(answers) {
                column[place] = answer.denominator;
                // What no entry answers can't be proved, but a test of the verifier wants to see it refused.
                let fraction = answer.entry.unwrap_or_else(|| {
                    self.fractions.push(answer.denominator.inverse().unwrap_or_default());
                    self.fractions.len() - 1
                });
                self.cells[place] += self.fractions[fraction];
                self.lookups.push((cell, fraction as u32));
            }
        }
    }

    /// The helpers of the entries that are looked up, in order.
    #[must_use]
    pub fn used_entries(&self) -> Vec<(usize, Fr)> {
        self.used.iter().map(|&entry| (entry, self.entries[entry])).collect()
    }
}

impl Known<'_> {
    fn answer(&self, table: &TableBlock, argument: i64, output: i64) -> Answer {
        let index = usize::try_from(argument - table.first).ok().filter(|&index| index < table.block.len());
        let entry = index.map(|index| table.block.offset + index);
        match entry.filter(|&entry| self.tables[entry] == output && self.inverses[entry] != Fr::ZERO) {
            Some(entry) => Answer { denominator: self.denominators[entry], entry: Some(entry) },
            None => Answer { denominator: denominator(self.lookup, table.tag, argument, output), entry: None },
        }
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
