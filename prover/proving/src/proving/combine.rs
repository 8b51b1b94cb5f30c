//! All committed rows combined into the one polynomial that is opened.

use ark_bn254::Fr;
use hallmark_circuits::{
    arithmetic::Native,
    columns::{COLUMNS, Column},
    verifier::{merge::MergeClaims, opening::row_scalars},
};

use super::{
    blinds::Blinds, columns::Values, helper::Helpers, polynomial::map_range, prove::Prover, small::SmallSum,
    witness::Witness,
};

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
        let columns = self.columns(witness, helpers);
        let (mut small, mut large) = (Vec::new(), Vec::new());
        for (declaration, values) in columns.iter() {
            let scalars = &scalars[declaration.column];
            match *values {
                Values::Small(values) => small.push((scalars, values)),
                Values::Field(values) => large.push((scalars, values)),
            }
        }
        let length = 1 << layout.row_bits;
        let mut combined = map_range(length, |place| {
            let mut sum = SmallSum::default();
            for &(scalars, values) in &small {
                let column = values[place..].iter().step_by(length);
                column
                    .zip(scalars.iter())
                    .filter(|(value, _)| **value != 0)
                    .for_each(|(value, scalar)| sum.add(*value, scalar));
            }
            let large = large.iter().map(|(scalars, values)| {
                values[place..]
                    .iter()
                    .step_by(length)
                    .zip(scalars.iter())
                    .map(|(value, scalar)| *value * scalar)
                    .sum::<Fr>()
            });
            sum.finish() + large.sum::<Fr>()
        });
        combined.push(
            COLUMNS
                .iter()
                .filter(|declaration| declaration.blinded)
                .flat_map(|declaration| scalars[declaration.column].iter().zip(self.blinds(blinds, declaration.column)))
                .map(|(scalar, blind)| *scalar * blind)
                .sum(),
        );
        let first_row = scalars[Column::Quotients].first().copied().unwrap_or_default();
        combined.extend(blinds.mask.0.iter().map(|value| first_row * value));
        combined
    }
}
