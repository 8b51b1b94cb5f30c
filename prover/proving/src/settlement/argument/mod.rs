//! The prover of the settlement circuit: halo2's proof, made for this one circuit.
//!
//! The messages, their order and what verifies them are halo2's (PLONK's permutation argument, a quotient in pieces, SHPLONK
//! over KZG), so that halo2's verifier takes these proofs, and its prover's are the tests' oracle. What differs is how they are
//! made: the gate is folded in closed form, the quotient takes six cosets where halo2 takes eight, Lagrange polynomials are
//! rotations of one, and the multi-scalar multiplication is the project's. And what they hide: the quotient's pieces are
//! blinded.

mod domain;
mod fft;
mod gate;
mod key;
mod opening;
mod product;
mod quotient;
mod rows;

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::CurveGroup;
use ark_ff::{AdditiveGroup, Field};
use hallmark_circuits::settlement::{table::VALUES, transcript::KeccakTranscript};
use rand::CryptoRng;
use rayon::prelude::*;
use tracing::info_span;

use self::{
    domain::Column,
    opening::Opened,
    product::{PermutationChallenges, permutation_product},
    quotient::{Challenges, Witness, quotient_pieces},
};
pub(super) use self::{fft::reverse_bits, key::ArgumentKey};
use super::Parameters;
use crate::msm::msm;
use crate::random::random_scalar;
use crate::univariate::{batched, evaluate};

/// Proves that the columns satisfy the circuit, with these instances from the first row on.
pub(super) fn prove(
    key: &ArgumentKey,
    parameters: &Parameters,
    columns: [Vec<Fr>; VALUES],
    instances: &[Fr],
    rng: &mut impl CryptoRng,
) -> Vec<u8> {
    let mut prover = Prover { key, parameters, transcript: KeccakTranscript::new(Vec::new()), rng };
    prover.transcript.absorb_scalar(&key.transcript);
    instances.iter().for_each(|instance| prover.transcript.absorb_scalar(instance));
    let columns = prover.send_columns(columns);
    // The challenge of lookups, of which there are none.
    prover.transcript.challenge();
    let permutation =
        PermutationChallenges { beta: prover.transcript.challenge(), gamma: prover.transcript.challenge() };
    let product = prover.send_product(&columns, permutation);
    let random = prover.send_random();
    let challenges = Challenges { permutation, y: prover.transcript.challenge() };
    let interpolate = |values: &[Fr]| key.domain.interpolate(values);
    let instance = interpolate(&key.domain.pad(instances));
    let values = columns.each_ref().map(|column| interpolate(column));
    let witness = Witness { values: &values, product: &interpolate(&product), instance: &instance };
    let pieces = prover.send_quotient(witness, challenges);
    prover.open(witness, &random, &pieces);
    prover.transcript.into_stream()
}

/// A proof in the making.
struct Prover<'k, R> {
    key: &'k ArgumentKey,
    parameters: &'k Parameters,
    transcript: KeccakTranscript<Vec<u8>>,
    rng: &'k mut R,
}

impl<R: CryptoRng> Prover<'_, R> {
    /// Sends the columns of values, their last rows random.
    fn send_columns(&mut self, mut columns: [Vec<Fr>; VALUES]) -> [Vec<Fr>; VALUES] {
        let _span = info_span!("columns").entered();
        let domain = &self.key.domain;
        for column in &mut columns {
            column.resize(domain.last_row(), Fr::ZERO);
            column.resize_with(domain.rows(), || random_scalar(self.rng));
        }
        self.send(self.parameters.lagrange(), &columns);
        columns
    }

    fn send_product(&mut self, columns: &[Vec<Fr>; VALUES], challenges: PermutationChallenges) -> Vec<Fr> {
        let _span = info_span!("permutation").entered();
        let product = permutation_product(self.key, columns, challenges, self.rng);
        self.send(self.parameters.lagrange(), &[&product]);
        product
    }

    /// Sends what hides nothing over KZG, where an opening is a group element: two coefficients make its commitment and its
    /// value uniform.
    fn send_random(&mut self) -> [Fr; 2] {
        let random = [(); 2].map(|()| random_scalar(self.rng));
        self.send(self.parameters.powers(), &[random]);
        random
    }

    fn send_quotient(&mut self, witness: Witness<'_>, challenges: Challenges) -> Vec<Vec<Fr>> {
        let _span = info_span!("quotient").entered();
        let pieces = quotient_pieces(self.key, witness, challenges, self.rng);
        let _span = info_span!("commit").entered();
        self.send(self.parameters.powers(), &pieces);
        pieces
    }

    /// Sends the values of all polynomials, and the proof that these are their values.
    fn open(&mut self, witness: Witness<'_>, random: &[Fr], pieces: &[Vec<Fr>]) {
        let _span = info_span!("open").entered();
        let domain = &self.key.domain;
        let x = self.transcript.challenge();
        let next = x * domain.root();
        let [constants, images] = [coefficients(&self.key.constants), coefficients(&self.key.images)];
        let values: Vec<&[Fr]> = witness.values.iter().map(Vec::as_slice).collect();
        let (here, beyond) = ((&values, x), (&values, next));
        let product = vec![witness.product];
        let sent = [here, beyond, (&constants, x), (&vec![random], x), (&images, x), (&product, x), (&product, next)];
        let sent: Vec<(&[Fr], Fr)> =
            sent.into_iter().flat_map(|(all, point)| all.iter().map(move |one| (*one, point))).collect();
        let evaluations: Vec<Fr> =
            sent.into_par_iter().map(|(polynomial, point)| evaluate(polynomial, point)).collect();
        evaluations.iter().for_each(|evaluation| self.transcript.send_scalar(evaluation));

        let quotient = batched(pieces, x.pow([domain.rows() as u64]));
        let at_first = [constants, images, vec![&quotient, random]].concat();
        let opened = Opened { points: [x, next], at_both: [values, product].concat(), at_first };
        opened.prove(self.parameters.powers(), &mut self.transcript);
    }

    fn send(&mut self, points: &[G1Affine], polynomials: &[impl AsRef<[Fr]>]) {
        let commitments: Vec<_> = polynomials.iter().map(|polynomial| msm(points, polynomial.as_ref())).collect();
        G1Projective::normalize_batch(&commitments).iter().for_each(|point| self.transcript.send_point(point));
    }
}

fn coefficients(columns: &[Column]) -> Vec<&[Fr]> {
    columns.iter().map(|column| column.coefficients.as_slice()).collect()
}
