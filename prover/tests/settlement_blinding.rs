//! That halo2's blinding rows cover what its proof shows, quotient included, on a circuit of the same gate and columns.
//!
//! A proof shows of each column of values, and of the permutation's product, a commitment and the values at two points, and
//! of the quotient a commitment to each of its six pieces. (Its two last points follow from these, given tau.) All are
//! functions of the random values in the columns' last rows, linear ones but for the quotient's. Their differential has
//! full rank, so that they are algebraically independent: no polynomial relation between them holds for a witness, whatever
//! the blinding.

mod common;

use std::collections::HashMap;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, FftField, Field};
use common::dense::{evaluate, rank};
use hallmark_circuits::{
    arithmetic::Arithmetic,
    error::{Check, Reject},
    poseidon::compact,
    settlement::{
        DEGREE,
        gate::{Cells, RowKind, constraints},
        key::BLINDING_ROWS,
        table::VALUES,
    },
};
use hallmark_prover::random::random_scalar;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// Enough rows for two permutations of one state.
const ROWS: usize = 64;
/// The row where the permutation's product ends.
const LAST: usize = ROWS - BLINDING_ROWS;
/// The pieces of the quotient.
const PIECES: usize = DEGREE - 1;
/// The points that determine it.
const POINTS: usize = 8 * ROWS;

/// A value and its derivative.
type Dual = (Fr, Fr);

struct Duals;

impl Arithmetic for Duals {
    type Scalar = Dual;

    fn constant(&mut self, value: Fr) -> Dual {
        (value, Fr::ZERO)
    }

    fn add(&mut self, left: &Dual, right: &Dual) -> Dual {
        (left.0 + right.0, left.1 + right.1)
    }

    fn sub(&mut self, left: &Dual, right: &Dual) -> Dual {
        (left.0 - right.0, left.1 - right.1)
    }

    fn mul(&mut self, left: &Dual, right: &Dual) -> Dual {
        (left.0 * right.0, left.0 * right.1 + left.1 * right.0)
    }

    fn invert(&mut self, check: Check, _: &Dual) -> Result<Dual, Reject> {
        Err(Reject::Check(check))
    }

    fn assert_equal(&mut self, check: Check, _: &Dual, _: &Dual) -> Result<(), Reject> {
        Err(Reject::Check(check))
    }
}

/// `root^i (x^n - 1) / (n (x - root^i))`, for all i.
fn lagrange(root: Fr, x: Fr) -> Vec<Fr> {
    let factor = (x.pow([ROWS as u64]) - Fr::ONE) / Fr::from(ROWS as u64);
    (0..ROWS as u64).map(|row| root.pow([row])).map(|at| at * factor / (x - at)).collect()
}

/// A point, with all Lagrange polynomials at it and at the next row's.
struct At {
    x: Fr,
    here: Vec<Fr>,
    next: Vec<Fr>,
}

impl At {
    fn new(root: Fr, x: Fr) -> Self {
        Self { x, here: lagrange(root, x), next: lagrange(root, x * root) }
    }
}

/// All columns, by their values in the rows.
struct Toy {
    root: Fr,
    delta: Fr,
    beta: Fr,
    gamma: Fr,
    y: Fr,
    values: [Vec<Fr>; VALUES],
    constants: [Vec<Fr>; 6],
    /// The names of the cells that cells are copied to.
    images: [Vec<Fr>; VALUES],
    product: Vec<Fr>,
}

/// One of the columns that have random rows: of values, or the product after them.
type Blinded = (usize, usize);

/// The places of all random values.
fn blinding(rows: usize) -> Vec<Blinded> {
    let of_column = |column: usize| {
        let first = if column < VALUES { LAST } else { LAST + 1 };
        (first..ROWS).take(rows).map(move |row| (column, row))
    };
    (0..=VALUES).flat_map(of_column).collect()
}

impl Toy {
    fn new(rng: &mut ChaCha20Rng) -> Self {
        let mut random = || random_scalar(rng);
        let root = Fr::get_root_of_unity(ROWS as u64).unwrap();
        let [delta, beta, gamma, y] = [(); 4].map(|()| random());
        let trace = compact::trace([random(), random(), random()]);
        let mut toy = Self {
            root,
            delta,
            beta,
            gamma,
            y,
            values: std::array::from_fn(|_| vec![Fr::ZERO; ROWS]),
            constants: std::array::from_fn(|_| vec![Fr::ZERO; ROWS]),
            images: std::array::from_fn(|column| (0..ROWS).map(|row| name(root, delta, (column, row))).collect()),
            product: vec![Fr::ONE; ROWS],
        };
        for start in [0, trace.len()] {
            for (step, row) in trace.iter().enumerate() {
                (0..VALUES).for_each(|column| toy.values[column][start + step] = row[column]);
            }
            for (step, (kind, constants)) in compact::steps().iter().enumerate() {
                let selectors = RowKind::Step(*kind).selectors();
                let all = selectors.iter().chain(constants);
                toy.constants.iter_mut().zip(all).for_each(|(column, value)| column[start + step] = *value);
            }
        }
        // Both permutations start from the same state.
        for column in 0..VALUES {
            toy.images[column].swap(0, trace.len());
        }
        for row in 0..LAST {
            let factors = |images: bool| -> Fr {
                let of_column = |column: usize| {
                    let name = if images { toy.images[column][row] } else { name(root, delta, (column, row)) };
                    toy.values[column][row] + beta * name + gamma
                };
                (0..VALUES).map(of_column).product()
            };
            toy.product[row + 1] = toy.product[row] * factors(false) / factors(true);
        }
        assert_eq!(toy.product[LAST], Fr::ONE);
        for (column, row) in blinding(ROWS) {
            let column = if column < VALUES { &mut toy.values[column] } else { &mut toy.product };
            column[row] = random();
        }
        toy
    }

    /// What has to vanish on all rows, with its derivative in one of the random values.
    fn numerator(&self, At { x, here, next }: &At, blinded: Blinded) -> Dual {
        let at =
            |column: &[Fr], basis: &[Fr]| -> Fr { column.iter().zip(basis).map(|(value, basis)| *value * basis).sum() };
        let dual = |index: usize, column: &[Fr], basis: &[Fr]| {
            (at(column, basis), if blinded.0 == index { basis[blinded.1] } else { Fr::ZERO })
        };
        let constant = |column: &Vec<Fr>| (at(column, here), Fr::ZERO);
        let [s, p, q, first, second, third] = self.constants.each_ref().map(constant);
        let cells = Cells {
            values: std::array::from_fn(|index| dual(index, &self.values[index], here)),
            next: std::array::from_fn(|index| dual(index, &self.values[index], next)),
            selectors: [s, p, q],
            constants: [first, second, third],
            instance: (Fr::ZERO, Fr::ZERO),
        };
        let mut all = constraints(&mut Duals, &cells).to_vec();
        let product = [here, next].map(|basis| dual(VALUES, &self.product, basis));
        all.extend(self.permutation(*x, &cells.values, product, here));
        all.into_iter().fold((Fr::ZERO, Fr::ZERO), |sum, value| (sum.0 * self.y + value.0, sum.1 * self.y + value.1))
    }

    /// The constraints of the permutation's product.
    fn permutation(&self, x: Fr, values: &[Dual; VALUES], [here, next]: [Dual; 2], basis: &[Fr]) -> [Dual; 3] {
        let a = &mut Duals;
        let constant = |value: Fr| (value, Fr::ZERO);
        let (mut left, mut right) = (next, here);
        for (column, value) in values.iter().enumerate() {
            let image: Fr = self.images[column].iter().zip(basis).map(|(image, basis)| *image * basis).sum();
            let names =
                [image, self.delta.pow([column as u64]) * x].map(|name| constant(self.beta * name + self.gamma));
            let factors = names.map(|name| a.add(value, &name));
            left = a.mul(&left, &factors[0]);
            right = a.mul(&right, &factors[1]);
        }
        let difference = a.sub(&left, &right);
        let active = constant(Fr::ONE - basis[LAST..].iter().sum::<Fr>());
        let from_one = a.sub(&constant(Fr::ONE), &here);
        let square = a.mul(&here, &here);
        let idempotent = a.sub(&square, &here);
        [a.mul(&constant(basis[0]), &from_one), a.mul(&constant(basis[LAST]), &idempotent), a.mul(&active, &difference)]
    }
}

/// What tells a cell from all others.
fn name(root: Fr, delta: Fr, (column, row): (usize, usize)) -> Fr {
    delta.pow([column as u64]) * root.pow([row as u64])
}

/// The coefficients of the polynomial with these values on a coset.
fn interpolate(values: &[Fr], shift: Fr) -> Vec<Fr> {
    let inverse = Fr::get_root_of_unity(POINTS as u64).unwrap().inverse().unwrap();
    let powers: Vec<Fr> = (0..POINTS as u64).map(|index| inverse.pow([index])).collect();
    let scale = Fr::from(POINTS as u64).inverse().unwrap();
    let unshift = shift.inverse().unwrap();
    let coefficient = |index: usize| -> Fr {
        let sum: Fr = values.iter().enumerate().map(|(point, value)| *value * powers[index * point % POINTS]).sum();
        sum * scale * unshift.pow([index as u64])
    };
    (0..POINTS).map(coefficient).collect()
}

/// What a proof shows as a function of each random value: the derivatives.
fn derivatives(toy: &Toy, x: Fr, tau: Fr, places: &[Blinded]) -> Vec<Vec<Fr>> {
    let bases = [tau, x, x * toy.root].map(|at| lagrange(toy.root, at));
    let shift = Fr::GENERATOR;
    let generator = Fr::get_root_of_unity(POINTS as u64).unwrap();
    let coset: Vec<At> = (0..POINTS as u64).map(|index| At::new(toy.root, shift * generator.pow([index]))).collect();
    let inverses: Vec<Fr> = coset.iter().map(|at| (at.x.pow([ROWS as u64]) - Fr::ONE).inverse().unwrap()).collect();
    let quotient = |part: &dyn Fn(&At) -> Fr| {
        let values: Vec<Fr> = coset.iter().zip(&inverses).map(|(at, inverse)| part(at) * inverse).collect();
        let mut coefficients = interpolate(&values, shift);
        // It is a polynomial of the degree that it is cut into pieces for: the rows hold, whatever is random.
        assert!(coefficients.split_off(PIECES * ROWS).iter().all(|coefficient| *coefficient == Fr::ZERO));
        coefficients
    };
    quotient(&|at| toy.numerator(at, places[0]).0);
    let derivative = |&(column, row): &Blinded| {
        let mut shown = vec![Fr::ZERO; 3 * (VALUES + 1)];
        bases.iter().enumerate().for_each(|(index, basis)| shown[3 * column + index] = basis[row]);
        let slopes = quotient(&|at| toy.numerator(at, (column, row)).1);
        shown.extend(slopes.chunks(ROWS).map(|piece| evaluate(piece, tau)));
        shown
    };
    places.iter().map(derivative).collect()
}

/// Three columns and the product, three times each, and the pieces.
const SHOWN: usize = 3 * (VALUES + 1) + PIECES;

#[test]
fn blinding_rows_cover_what_is_shown_of_columns_and_quotient() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let toy = Toy::new(&mut rng);
    let [x, tau] = [(); 2].map(|()| random_scalar(&mut rng));
    let places = blinding(ROWS);
    assert_eq!(places.len(), 3 * 6 + 5);
    let all = derivatives(&toy, x, tau, &places);
    assert!(all.iter().all(|column| column.len() == SHOWN));
    assert_eq!(rank(all.clone()), SHOWN);
    // Three rows a column cover what is shown of the columns, and then the quotient's pieces are functions of that.
    let few = blinding(3);
    let of_few: HashMap<Blinded, Vec<Fr>> = places.into_iter().zip(all).collect();
    assert_eq!(rank(few.iter().map(|place| of_few[place].clone())), 3 * (VALUES + 1));
}
