//! The verifier of the halo2 proof of a settlement, for this circuit alone and without halo2.
//!
//! `native` has halo2's own verifier. It brings tables of megabytes along, which is too much for a browser. This one
//! computes what the contract computes: `docs/settlement.md` has the equations. Tests hold all three against each other.
//!
//! PLONK's permutation argument is that of Gabizon, Williamson and Ciobotaru (ePrint 2019/953), and the opening SHPLONK of
//! Boneh, Drake, Fisch and Gabizon (ePrint 2020/081).

use ark_bn254::{Bn254, Fr, G1Affine, G1Projective};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM, pairing::Pairing};
use ark_ff::{AdditiveGroup, Field, Zero};

use super::{
    DEGREE,
    gate::{Cells, constraints},
    key::{BLINDING_ROWS, CircuitKey},
    roots::column_names,
    table::{CONSTANTS, VALUES},
    transcript::KeccakTranscript,
};
use crate::{
    arithmetic::Native,
    codec::Reader,
    error::{Check, Reject},
    multilinear::{inner_product, powers},
    srs::OpeningKey,
};

/// The pieces of the quotient.
const PIECES: usize = DEGREE - 1;
/// Checks the halo2 proof of these instances, which are without the first.
pub(super) fn check_argument(
    circuit: &CircuitKey,
    setup: &OpeningKey,
    instances: &[Fr],
    argument: &[u8],
) -> Result<(), Reject> {
    let instances = [&[Fr::ONE], instances].concat();
    let holds = Argument::read(argument).and_then(|argument| argument.holds(circuit, setup, &instances));
    if holds == Some(true) { Ok(()) } else { Err(Reject::Check(Check::Settlement)) }
}

/// The messages of a proof, in order.
struct Argument {
    values: [G1Affine; VALUES],
    product: G1Affine,
    random: G1Affine,
    pieces: [G1Affine; PIECES],
    evaluations: Evaluations,
    /// W and W' of the opening.
    opening: [G1Affine; 2],
}

/// The values of the polynomials at x, and of some at omega x.
struct Evaluations {
    values: [Fr; VALUES],
    next: [Fr; VALUES],
    constants: [Fr; CONSTANTS],
    random: Fr,
    images: [Fr; VALUES],
    product: [Fr; 2],
}

/// What the verifier draws.
struct Challenges {
    beta: Fr,
    gamma: Fr,
    y: Fr,
    x: Fr,
    batch: Fr,
    v: Fr,
    u: Fr,
}

/// The rows' Lagrange polynomials at x.
struct Lagrange {
    first: Fr,
    last: Fr,
    blinding: Fr,
    /// x^n
    power: Fr,
    instance: Fr,
}

impl Argument {
    /// `None` if the bytes are more or fewer, a scalar is not reduced, or a point is none or neutral.
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let values = points(&mut reader)?;
        let [product, random] = points(&mut reader)?;
        let pieces = points(&mut reader)?;
        let (values_here, next) = (scalars(&mut reader)?, scalars(&mut reader)?);
        let constants = scalars(&mut reader)?;
        let [of_random] = scalars(&mut reader)?;
        let (images, of_product) = (scalars(&mut reader)?, scalars(&mut reader)?);
        let evaluations =
            Evaluations { values: values_here, next, constants, random: of_random, images, product: of_product };
        let opening = points(&mut reader)?;
        reader.finish().ok()?;
        Some(Self { values, product, random, pieces, evaluations, opening })
    }

    /// Whether the proof holds. `None` if x is a root of unity or zero, which a prover can bring about by chance only, or if there
    /// are more instances than rows.
    fn holds(&self, circuit: &CircuitKey, setup: &OpeningKey, instances: &[Fr]) -> Option<bool> {
        let drawn = self.challenges(circuit, instances);
        let lagrange = Lagrange::new(circuit, instances, drawn.x)?;
        let quotient = self.evaluations.constraints(&drawn, &lagrange) * (lagrange.power - Fr::ONE).inverse()?;
        let sum = self.opened(circuit, &drawn, lagrange.power, quotient)?;
        let [_, last] = self.opening;
        let sides = [sum, (-last.into_group()).into_affine()];
        Some(Bn254::multi_pairing(sides, [setup.g2, setup.tau_g2]).is_zero())
    }

    fn challenges(&self, circuit: &CircuitKey, instances: &[Fr]) -> Challenges {
        let mut transcript = KeccakTranscript::new(());
        transcript.absorb_scalar(&circuit.transcript);
        instances.iter().for_each(|instance| transcript.absorb_scalar(instance));
        self.values.iter().for_each(|point| transcript.absorb_point(point));
        // The challenge of lookups, of which there are none.
        transcript.challenge();
        let [beta, gamma] = [(); 2].map(|()| transcript.challenge());
        [self.product, self.random].iter().for_each(|point| transcript.absorb_point(point));
        let y = transcript.challenge();
        self.pieces.iter().for_each(|point| transcript.absorb_point(point));
        let x = transcript.challenge();
        self.evaluations.sent().for_each(|scalar| transcript.absorb_scalar(scalar));
        let [batch, v] = [(); 2].map(|()| transcript.challenge());
        let [first, _] = self.opening;
        transcript.absorb_point(&first);
        Challenges { beta, gamma, y, x, batch, v, u: transcript.challenge() }
    }

    /// With C for what is opened at x and omega x, and D for what is opened at x alone,
    ///
    /// ```text
    /// R = sum_i y'^i C_i + V sum_i y'^i D_i - (sum_i y'^i c_i(u) + V sum_i y'^i d_i) G - (u - x)(u - omega x) W + u W'
    /// V = v (u - omega x)
    /// ```
    fn opened(&self, circuit: &CircuitKey, drawn: &Challenges, power: Fr, quotient: Fr) -> Option<G1Affine> {
        let Challenges { x, batch, v, u, .. } = *drawn;
        let next = x * circuit.root;
        let (e, [first, last]) = (&self.evaluations, self.opening);
        // The line through both evaluations, at u.
        let slope = (u - x) * (next - x).inverse()?;
        let [here, beyond] = e.product;
        let both = e.values.iter().zip(&e.next).chain([(&here, &beyond)]);
        let lines: Vec<Fr> = both.map(|(here, beyond)| *here + (*beyond - here) * slope).collect();
        let alone: Vec<Fr> = e.constants.iter().chain(&e.images).chain([&quotient, &e.random]).copied().collect();
        let factors = powers(&mut Native, batch, lines.len().max(alone.len()));
        let joined = v * (u - next);
        let value =
            inner_product(&mut Native, &factors, &lines) + joined * inner_product(&mut Native, &factors, &alone);

        let mut sum: Vec<(G1Affine, Fr)> = Vec::new();
        sum.extend(self.values.into_iter().chain([self.product]).zip(factors.iter().copied()));
        let (keys, rest) = factors.split_at_checked(CONSTANTS + VALUES)?;
        let columns = circuit.constants.iter().chain(&circuit.permutation);
        sum.extend(columns.zip(keys).map(|(point, factor)| (*point, joined * factor)));
        let &[of_quotient, of_random, ..] = rest else { return None };
        let shifts = powers(&mut Native, power, PIECES);
        sum.extend(self.pieces.into_iter().zip(shifts.iter().map(|shift| joined * of_quotient * shift)));
        sum.extend([(self.random, joined * of_random), (G1Affine::generator(), -value)]);
        sum.extend([(first, -(u - x) * (u - next)), (last, u)]);
        let (points, scalars): (Vec<G1Affine>, Vec<Fr>) = sum.into_iter().unzip();
        Some(G1Projective::msm(&points, &scalars).ok()?.into_affine())
    }
}

impl Evaluations {
    /// As they are sent.
    fn sent(&self) -> impl Iterator<Item = &Fr> {
        let Self { values, next, constants, random, images, product } = self;
        values.iter().chain(next).chain(constants).chain([random]).chain(images).chain(product)
    }

    /// The constraints at x, joined by powers of y: the gate's, then those of the permutation's product z.
    ///
    /// ```text
    /// l_0 (1 - z)
    /// l_last (z^2 - z)
    /// (1 - l_last - l_blind) (z' prod_i (x_i + beta sigma_i + gamma) - z prod_i (x_i + beta delta^i X + gamma))
    /// ```
    fn constraints(&self, drawn: &Challenges, lagrange: &Lagrange) -> Fr {
        let Challenges { beta, gamma, y, x, .. } = *drawn;
        let [s, p, q, first, second, third] = self.constants;
        let cells = Cells {
            values: self.values,
            next: self.next,
            selectors: [s, p, q],
            constants: [first, second, third],
            instance: lagrange.instance,
        };
        let [z, beyond] = self.product;
        let images: Fr =
            self.values.iter().zip(&self.images).map(|(value, image)| *value + beta * image + gamma).product();
        let names: Fr =
            self.values.iter().zip(column_names()).map(|(value, name)| *value + beta * name * x + gamma).product();
        let active = Fr::ONE - lagrange.last - lagrange.blinding;
        let of_product =
            [lagrange.first * (Fr::ONE - z), lagrange.last * (z * z - z), active * (beyond * images - z * names)];
        let all = constraints(&mut Native, &cells).into_iter().chain(of_product);
        all.fold(Fr::ZERO, |sum, constraint| sum * y + constraint)
    }
}

impl Lagrange {
    /// `l_i(x) = omega^i (x^n - 1) / (n (x - omega^i))`.
    fn new(circuit: &CircuitKey, instances: &[Fr], x: Fr) -> Option<Self> {
        let (root, rows) = (circuit.root, 1u64.checked_shl(circuit.log_rows)?);
        let blinding = u64::try_from(BLINDING_ROWS).ok()?;
        if u64::try_from(instances.len()).ok()? > rows.checked_sub(blinding)? {
            return None;
        }
        let power = x.pow([rows]);
        let vanishing = (power - Fr::ONE) * Fr::from(rows).inverse()?;
        let begin = powers(&mut Native, root, instances.len());
        let end = powers(&mut Native, root.inverse()?, BLINDING_ROWS + 1);
        let points: Vec<Fr> = begin.iter().chain(&end).copied().collect();
        let mut values: Vec<Fr> = points.iter().map(|point| x - point).collect();
        if values.contains(&Fr::ZERO) {
            return None;
        }
        ark_ff::fields::batch_inversion_and_mul(&mut values, &vanishing);
        values.iter_mut().zip(&points).for_each(|(value, point)| *value *= point);
        let (of_instances, rest) = values.split_at_checked(instances.len())?;
        let [first, random @ .., last] = rest else { return None };
        let instance = inner_product(&mut Native, of_instances, instances);
        Some(Self { first: *first, last: *last, blinding: random.iter().sum(), power, instance })
    }
}

/// The next points, none of which is neutral: no honest proof has it, and a contract refuses it.
fn points<const N: usize>(reader: &mut Reader<'_>) -> Option<[G1Affine; N]> {
    let points: [G1Affine; N] = reader.points("the halo2 proof", N).ok()?.try_into().ok()?;
    points.iter().all(|point| !point.is_zero()).then_some(points)
}

fn scalars<const N: usize>(reader: &mut Reader<'_>) -> Option<[Fr; N]> {
    reader.scalars("the halo2 proof", N).ok()?.try_into().ok()
}
