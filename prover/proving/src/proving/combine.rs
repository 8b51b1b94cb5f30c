//! All committed rows combined into the one polynomial that is opened.

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use hallmark_circuits::{
    arithmetic::Native,
    columns::{COLUMNS, Column, IndexSpace, PerColumn},
    verifier::{merge::MergeClaims, opening::row_scalars},
};

use super::{
    blinds::Blinds, columns::Values, helper::Helpers, polynomial::map_range, prove::Prover, small::SmallSum,
    witness::Witness,
};
use crate::univariate::add_scaled;

/// The polynomial that is opened, apart by the length of the rows that it is combined from.
///
/// ```text
/// f(X) = f_0(X) + X^(N - 2^w) f_W(X)
/// ```
#[derive(Clone, Debug)]
pub(super) struct Combined {
    /// `f_0`, from rows of `N` places.
    pub(super) longer: Vec<Fr>,
    /// `f_W`, from rows of `2^w` places.
    pub(super) weights: Vec<Fr>,
    /// `N - 2^w`
    pub(super) places: usize,
}

impl Combined {
    /// `f`
    pub(super) fn shifted(&self) -> Vec<Fr> {
        let mut sum = self.longer.clone();
        add_scaled(&mut sum[self.places..], Fr::from(1), &self.weights);
        sum
    }

    /// `f_0 + factor f_W`
    pub(super) fn with_weights(self, factor: Fr) -> Vec<Fr> {
        let mut sum = self.longer;
        add_scaled(&mut sum, factor, &self.weights);
        sum
    }
}

/// A column with the scalars of its rows.
type Scaled<'v> = (&'v [Fr], Values<'v>);

impl Prover<'_> {
    /// The one polynomial that is opened.
    pub(super) fn combine(
        &self,
        witness: &Witness,
        helpers: &Helpers,
        merge: &MergeClaims<Fr>,
        omega: &[Fr],
        blinds: &Blinds,
    ) -> Combined {
        let layout = &self.statement.layout;
        let row = &merge.point[layout.weight_row_bits..];
        let scalars = row_scalars(&mut Native, layout, row, merge.weights.mu, omega);
        let columns = self.columns(witness, helpers);
        let part = |of_weights: bool| {
            let columns: Vec<Scaled<'_>> = columns
                .iter()
                .filter(|(declaration, _)| (declaration.space == IndexSpace::Weights) == of_weights)
                .map(|(declaration, values)| (scalars[declaration.column].as_slice(), *values))
                .collect();
            let length = 1 << if of_weights { layout.weight_row_bits } else { layout.row_bits };
            let mut part = combine_rows(length, &columns);
            part.push(self.combine_blinds(blinds, &scalars, of_weights));
            part
        };
        let [mut longer, weights] = [false, true].map(part);
        let first_row = scalars[Column::Quotients].first().copied().unwrap_or_default();
        longer.extend(blinds.mask.0.iter().map(|value| first_row * value));
        Combined { longer, weights, places: (1 << layout.row_bits) - (1 << layout.weight_row_bits) }
    }

    /// The blinds of all rows of weights, or of all others.
    fn combine_blinds(&self, blinds: &Blinds, scalars: &PerColumn<Vec<Fr>>, of_weights: bool) -> Fr {
        COLUMNS
            .iter()
            .filter(|declaration| declaration.blinded && (declaration.space == IndexSpace::Weights) == of_weights)
            .flat_map(|declaration| scalars[declaration.column].iter().zip(self.blinds(blinds, declaration.column)))
            .map(|(scalar, blind)| *scalar * blind)
            .sum()
    }
}

/// The sum of all rows of these columns, each times its scalar.
fn combine_rows(length: usize, columns: &[Scaled<'_>]) -> Vec<Fr> {
    // Of each column and each of its rows, the scalars from there on.
    let beyond: Vec<Vec<Fr>> = columns.iter().map(|(scalars, _)| sums_from(scalars)).collect();
    map_range(length, |place| {
        let (mut small, mut large) = (SmallSum::default(), Fr::ZERO);
        for (&(scalars, values), beyond) in columns.iter().zip(&beyond) {
            match values {
                Values::Small(values) => values[place..]
                    .iter()
                    .step_by(length)
                    .zip(scalars)
                    .filter(|(value, _)| **value != 0)
                    .for_each(|(value, scalar)| small.add(*value, scalar)),
                Values::Field(values, rest) => {
                    let values = values.get(place..).unwrap_or_default().iter().step_by(length);
                    large += rest * beyond[values.len().min(scalars.len())];
                    large += values.zip(scalars).map(|(value, scalar)| *value * scalar).sum::<Fr>();
                }
            }
        }
        small.finish() + large
    })
}

/// The sum of all scalars, of all but the first, and so on; at last zero.
fn sums_from(scalars: &[Fr]) -> Vec<Fr> {
    let mut sums = vec![Fr::ZERO; scalars.len() + 1];
    for (index, scalar) in scalars.iter().enumerate().rev() {
        sums[index] = sums[index + 1] + scalar;
    }
    sums
}
