//! All committed rows combined into the one polynomial that is opened.

use ark_bn254::Fr;
use hallmark_circuits::{
    arithmetic::Native,
    verifier::{merge::MergeClaims, opening::row_scalars},
};

use super::{helper::Helpers, polynomial::map_range, prove::Prover, rows::Mask, small::SmallSum, witness::Witness};

/// What hides the rows of one proof.
#[derive(Clone, Debug, Default)]
pub(super) struct Blinds {
    pub(super) quotients: Vec<Fr>,
    pub(super) remainders: Vec<Fr>,
    pub(super) outputs: Vec<Fr>,
    pub(super) multiplicities: Vec<Fr>,
    pub(super) helpers: Vec<Fr>,
    pub(super) entry_helpers: Vec<Fr>,
    /// Those of the first row of the quotients that other rows lack.
    pub(super) mask: Mask,
}

impl Prover<'_> {
    /// The one polynomial that is opened.
    pub(super) fn combine(
        &self,
        witness: &Witness,
        helpers: &Helpers,
        merge: &MergeClaims<Fr>,
        omega: &[Fr],
        blinds: &Blinds,
    ) -> Vec<Fr> {
        let layout = &self.statement.layout;
        let scalars = row_scalars(&mut Native, layout, &merge.point[layout.row_bits..], merge.weights.mu, omega);
        let [quotients, remainders, cell_helpers, outputs, multiplicities, entry_helpers, tables, weights] = &scalars;
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
        combined.extend(blinds.mask.0.iter().map(|value| quotients[0] * value));
        combined
    }
}
