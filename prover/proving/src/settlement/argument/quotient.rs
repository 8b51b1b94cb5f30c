//! The quotient of the constraints by X^n - 1, in pieces of n coefficients.
//!
//! The constraints have degree 7 in polynomials of degree n - 1, so that the quotient has less than 6 n coefficients. It is
//! computed on six cosets `g H` of the rows' roots of unity, where X^n - 1 is a number: the inverse transform of the values on
//! a coset gives, coefficient by coefficient,
//!
//! ```text
//! sum over pieces i of h_(i,k) g^(n i)
//! ```
//!
//! and six of these give the pieces. One value goes from each piece to the next, so that their commitments are uniform:
//!
//! ```text
//! h'_i = h_i + r_(i+1) X^n - r_i      r_0 = r_6 = 0      sum over i of X^(n i) h'_i = sum over i of X^(n i) h_i
//! ```
//!
//! This is PLONK's blinding of the quotient (ePrint 2019/953, round 3), which halo2's own prover leaves out.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, FftField, Field};
use hallmark_circuits::{
    arithmetic::Native,
    multilinear::powers,
    settlement::{
        DEGREE,
        gate::Cells,
        key::BLINDING_ROWS,
        roots::column_names,
        table::{CONSTANTS, VALUES},
    },
};
use rand::CryptoRng;
use rayon::prelude::*;

use super::{
    gate::FoldedGate,
    key::ArgumentKey,
    product::PermutationChallenges,
    rows::{Combination, FifthPowers, Products, Reader, RowFormula, evaluate_rows},
};
use crate::random::random_scalar;
use crate::univariate::evaluate;

/// The pieces of the quotient, and the cosets that determine them.
pub(super) const PIECES: usize = DEGREE - 1;
/// The constraints of the permutation's product.
const OF_PRODUCT: usize = 3;

/// All columns that a proof is about, by their coefficients.
#[derive(Clone, Copy, Debug)]
pub(super) struct Witness<'w> {
    pub(super) values: &'w [Vec<Fr>; VALUES],
    pub(super) product: &'w [Fr],
    pub(super) instance: &'w [Fr],
}

/// What the constraints are folded with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Challenges {
    pub(super) permutation: PermutationChallenges,
    pub(super) y: Fr,
}

/// The pieces, blinded: each has one coefficient more than there are rows.
pub(super) fn quotient_pieces(
    key: &ArgumentKey,
    witness: Witness<'_>,
    challenges: Challenges,
    rng: &mut impl CryptoRng,
) -> Vec<Vec<Fr>> {
    let rows = key.domain.rows();
    let shifts: [Fr; PIECES] = std::array::from_fn(|coset| Fr::GENERATOR.pow([coset as u64 + 1]));
    let constraints = Constraints::new(key, challenges);
    let residues: Vec<Vec<Fr>> = shifts.par_iter().map(|shift| constraints.residue(witness, *shift)).collect();
    let nodes = shifts.map(|shift| shift.pow([rows as u64]));
    let combine = |factors: [Fr; PIECES]| evaluate_rows(&Combination { factors, columns: &residues }, rows);
    let mut pieces: Vec<Vec<Fr>> = interpolation(&nodes).into_par_iter().map(combine).collect();
    blind(&mut pieces, rng);
    pieces
}

/// Moves a random value from each piece to the next.
fn blind(pieces: &mut [Vec<Fr>], rng: &mut impl CryptoRng) {
    let last = pieces.len() - 1;
    let mut carried = Fr::ZERO;
    for (index, piece) in pieces.iter_mut().enumerate() {
        piece[0] -= carried;
        carried = if index < last { random_scalar(rng) } else { Fr::ZERO };
        piece.push(carried);
    }
}

/// The coefficients of a polynomial of degree below 6 from what it is at six nodes times the node less one: the inverse of
/// the Vandermonde matrix, its columns divided.
fn interpolation(nodes: &[Fr; PIECES]) -> Vec<[Fr; PIECES]> {
    let mut matrix = vec![[Fr::ZERO; PIECES]; PIECES];
    for (column, node) in nodes.iter().enumerate() {
        // The product of X less each other node, by its coefficients.
        let mut basis = vec![Fr::ONE];
        for other in nodes.iter().filter(|other| *other != node) {
            basis.insert(0, Fr::ZERO);
            for index in 1..basis.len() {
                let carried = *other * basis[index];
                basis[index - 1] -= carried;
            }
        }
        // Powers of a generator of the field's group, whose order is above their exponents, are neither equal nor one.
        let scale = (evaluate(&basis, *node) * (*node - Fr::ONE)).inverse().unwrap_or_default();
        matrix.iter_mut().zip(basis).for_each(|(row, coefficient)| row[column] = coefficient * scale);
    }
    matrix
}

/// The constraints with their challenges.
struct Constraints<'k> {
    key: &'k ArgumentKey,
    gate: FoldedGate,
    challenges: Challenges,
    /// beta times what tells the columns apart.
    names: [Fr; VALUES],
}

/// The columns on a coset.
struct Extended {
    values: [Vec<Fr>; VALUES],
    fifths: [Vec<Fr>; VALUES],
    product: Vec<Fr>,
    instance: Vec<Fr>,
    constants: [Vec<Fr>; CONSTANTS],
    images: [Vec<Fr>; VALUES],
    /// The Lagrange polynomial of the first row.
    first: Vec<Fr>,
    shift: Fr,
}

impl<'k> Constraints<'k> {
    fn new(key: &'k ArgumentKey, challenges: Challenges) -> Self {
        let gate = FoldedGate::new(challenges.y);
        Self { key, gate, challenges, names: column_names().map(|name| name * challenges.permutation.beta) }
    }

    /// The coefficients of the folded constraints modulo X^n - shift^n.
    fn residue(&self, witness: Witness<'_>, shift: Fr) -> Vec<Fr> {
        let domain = &self.key.domain;
        let powers = |of: Fr| powers(&mut Native, of, domain.rows());
        let extended = self.extend(witness, shift, &powers(shift));
        let values = evaluate_rows(&On { constraints: self, columns: &extended }, domain.rows());
        let residue = domain.interpolate(&values);
        evaluate_rows(&Products(&residue, &powers(shift.inverse().unwrap_or_default())), domain.rows())
    }

    fn extend(&self, witness: Witness<'_>, shift: Fr, shifts: &[Fr]) -> Extended {
        let domain = &self.key.domain;
        let columns: Vec<&[Fr]> = witness
            .values
            .iter()
            .map(Vec::as_slice)
            .chain([witness.product, witness.instance])
            .chain(self.key.constants.iter().chain(&self.key.images).map(|column| column.coefficients.as_slice()))
            .collect();
        let mut columns =
            columns.into_par_iter().map(|column| domain.extend(column, shifts)).collect::<Vec<_>>().into_iter();
        let mut next = || columns.next().unwrap_or_default();
        let values = std::array::from_fn(|_| next());
        Extended {
            fifths: values.each_ref().map(|column: &Vec<Fr>| evaluate_rows(&FifthPowers(column), domain.rows())),
            values,
            product: next(),
            instance: next(),
            constants: std::array::from_fn(|_| next()),
            images: std::array::from_fn(|_| next()),
            first: domain.first_lagrange(shift),
            shift,
        }
    }
}

/// All constraints on a coset.
struct On<'c> {
    constraints: &'c Constraints<'c>,
    columns: &'c Extended,
}

impl RowFormula for On<'_> {
    #[inline(always)]
    fn eval<R: Reader>(&self, reader: &mut R, row: usize) -> R::Scalar {
        let (on, Constraints { gate, challenges, .. }) = (self.columns, self.constraints);
        let [values, next, fifths, next_fifths] =
            [(&on.values, row), (&on.values, row + 1), (&on.fifths, row), (&on.fifths, row + 1)]
                .map(|(columns, row)| columns.each_ref().map(|column| reader.read(column, row)));
        let [s, p, q, first, second, third] = on.constants.each_ref().map(|column| reader.read(column, row));
        let cells = Cells {
            values,
            next,
            selectors: [s, p, q],
            constants: [first, second, third],
            instance: reader.read(&on.instance, row),
        };
        let mut sum = gate.evaluate(reader, &cells, [fifths, next_fifths]);
        let y = reader.constant(challenges.y);
        for constraint in self.permutation(reader, row, &cells.values) {
            sum = sum * y + constraint;
        }
        sum
    }
}

impl On<'_> {
    /// With L for the rows' Lagrange polynomials, v for the values, s for the names of cells and t for those of their images,
    ///
    /// ```text
    /// L_0 (1 - z)
    /// L_last (z^2 - z)
    /// (1 - L_last - ... - L_(n-1)) (z(omega X) product of (v + beta t + gamma) - z product of (v + beta s + gamma))
    /// ```
    #[inline(always)]
    fn permutation<R: Reader>(
        &self,
        reader: &mut R,
        row: usize,
        values: &[R::Scalar; VALUES],
    ) -> [R::Scalar; OF_PRODUCT] {
        let (on, Constraints { key, challenges, names, .. }) = (self.columns, self.constraints);
        let PermutationChallenges { beta, gamma } = challenges.permutation;
        let [one, beta, gamma, shift] = [Fr::ONE, beta, gamma, on.shift].map(|value| reader.constant(value));
        let z = reader.read(&on.product, row);
        let (mut left, mut right) = (reader.read(&on.product, row + 1), z);
        let point = shift * reader.read(&key.domain.points, row);
        for ((value, image), name) in values.iter().zip(&on.images).zip(names) {
            let shifted = *value + gamma;
            left = left * (shifted + beta * reader.read(image, row));
            right = right * (shifted + point * reader.constant(*name));
        }
        let last = reader.read(&on.first, row + BLINDING_ROWS);
        let mut used = one - last;
        for from_end in 1..BLINDING_ROWS {
            used = used - reader.read(&on.first, row + from_end);
        }
        [reader.read(&on.first, row) * (one - z), last * (z * z - z), used * (left - right)]
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;

    fn scalars(count: usize, rng: &mut ChaCha20Rng) -> Vec<Fr> {
        (0..count).map(|_| random_scalar(rng)).collect()
    }

    #[test]
    fn pieces_are_interpolated_from_what_they_are_at_the_nodes() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let nodes: [Fr; PIECES] = std::array::from_fn(|_| random_scalar(&mut rng));
        let coefficients = scalars(PIECES, &mut rng);
        let values = nodes.map(|node| evaluate(&coefficients, node) * (node - Fr::ONE));
        for (row, coefficient) in interpolation(&nodes).iter().zip(coefficients) {
            assert_eq!(row.iter().zip(values).map(|(entry, value)| *entry * value).sum::<Fr>(), coefficient);
        }
    }

    /// The commitments to all pieces but the last are uniform, and the last is what the others make it.
    #[test]
    fn blinded_pieces_are_a_shift_of_the_same_polynomial() {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let (rows, x) = (8, random_scalar(&mut rng));
        let honest: Vec<Vec<Fr>> = (0..PIECES).map(|_| scalars(rows, &mut rng)).collect();
        let joined = |pieces: &[Vec<Fr>]| {
            let power = x.pow([rows as u64]);
            pieces.iter().rev().fold(Fr::ZERO, |sum, piece| sum * power + evaluate(piece, x))
        };
        let [first, second] = [(); 2].map(|()| {
            let mut pieces = honest.clone();
            blind(&mut pieces, &mut rng);
            pieces
        });
        for pieces in [&first, &second] {
            assert_eq!(joined(pieces), joined(&honest));
        }
        for index in 0..PIECES {
            assert_ne!(evaluate(&first[index], x), evaluate(&second[index], x));
        }
        assert_eq!(first[PIECES - 1].last(), Some(&Fr::ZERO));
    }
}
