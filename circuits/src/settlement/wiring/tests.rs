//! Random programs: their wirings compute what they say, and hold where their assertions do.

use std::ops::{Add, Mul, Sub};

use proptest::prelude::*;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

use super::*;
use crate::{
    arithmetic::{Arithmetic, Native},
    error::Reject,
    settlement::{
        table::permute,
        trace::{Recorded, Recorder, Tape},
    },
    verification::Verification,
};

const GIVEN: usize = 2;
const ELEMENTS: usize = 4;

/// A value twice: on a tape, and as a number.
#[derive(Clone, Copy, Debug)]
struct Twice<'t>(Recorded<'t>, Fr);

impl Add for Twice<'_> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0, self.1 + other.1)
    }
}

impl Sub for Twice<'_> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0, self.1 - other.1)
    }
}

impl Mul for Twice<'_> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0, self.1 * other.1)
    }
}

/// An arithmetic that does everything twice.
struct Both<'t> {
    recorder: Recorder<'t>,
    /// Whether an assertion failed, or something had no inverse.
    broken: bool,
}

impl<'t> Arithmetic for Both<'t> {
    type Scalar = Twice<'t>;

    fn constant(&mut self, value: Fr) -> Twice<'t> {
        Twice(self.recorder.constant(value), value)
    }
}

impl<'t> Verification for Both<'t> {
    fn invert(&mut self, check: Check, value: Twice<'t>) -> Result<Twice<'t>, Reject> {
        let inverse = value.1.inverse();
        self.broken |= inverse.is_none();
        Ok(Twice(self.recorder.invert(check, value.0)?, inverse.unwrap_or_default()))
    }

    fn assert_equal(&mut self, check: Check, left: Twice<'t>, right: Twice<'t>) -> Result<(), Reject> {
        self.broken |= left.1 != right.1;
        self.recorder.assert_equal(check, left.0, right.0)
    }

    fn permute(&mut self, state: &mut [Twice<'t>; WIDTH]) {
        let mut values = state.map(|value| value.0);
        let mut numbers = state.map(|value| value.1);
        self.recorder.permute(&mut values);
        Native.permute(&mut numbers);
        *state = std::array::from_fn(|element| Twice(values[element], numbers[element]));
    }
}

/// Numbers for which sums and products vanish now and then.
fn small(rng: &mut impl Rng) -> Fr {
    Fr::from(rng.random_range(-2i64..=2))
}

struct Run {
    wiring: Wiring,
    instances: Vec<Fr>,
    elements: Vec<Fr>,
    published: Vec<Fr>,
    broken: bool,
}

/// A random trace on random numbers.
fn run(rng: &mut impl Rng, assertions: bool) -> Run {
    let tape = Tape::default();
    let mut both = Both { recorder: Recorder(&tape), broken: false };
    let instances: Vec<Fr> = (0..GIVEN).map(|_| small(rng)).collect();
    let elements: Vec<Fr> = (0..ELEMENTS).map(|_| small(rng)).collect();
    let mut values: Vec<Twice<'_>> = Vec::new();
    values.extend(instances.iter().enumerate().map(|(index, value)| Twice(tape.instance(1 + index), *value)));
    values.extend(elements.iter().enumerate().map(|(index, value)| Twice(tape.element(index), *value)));
    values.extend((0..3).map(|_| both.constant(small(rng))));
    for _ in 0..rng.random_range(1..30) {
        let [left, right] = [(); 2].map(|()| values[rng.random_range(0..values.len())]);
        let value = match rng.random_range(0..16) {
            0..5 => left + right,
            5..9 => left - right,
            9..14 => left * right,
            // Mostly what has an inverse.
            14 if left.1 != Fr::ZERO || rng.random_bool(0.1) => both.invert(Check::OpeningPoints, left).unwrap(),
            _ if rng.random_bool(0.3) => {
                let mut state = [left, right, values[rng.random_range(0..values.len())]];
                both.permute(&mut state);
                state[rng.random_range(0..WIDTH)]
            }
            _ => continue,
        };
        values.push(value);
    }
    if assertions {
        let [left, right] = [(); 2].map(|()| values[rng.random_range(0..values.len())]);
        both.assert_equal(Check::MainSumcheck, left, right).unwrap();
    }
    let count = rng.random_range(1..=4);
    let published: Vec<Twice<'_>> = (0..count).map(|_| values[rng.random_range(0..values.len())]).collect();
    let broken = both.broken;
    let (recorded, published) = published.iter().map(|value| (value.0.value(), value.1)).unzip();
    let trace = tape.finish(recorded);
    Run { wiring: Wiring::new(&trace, GIVEN), instances, elements, published, broken }
}

impl Run {
    fn evaluate(&self) -> Vec<Fr> {
        self.wiring.evaluate(&self.instances, &self.elements, permute)
    }

    fn holds(&self, wires: &[Fr]) -> bool {
        self.wiring.equalities.iter().all(|equality| wires[self.wiring.rows[equality.row].out] == wires[equality.with])
    }
}

/// The rows of checks are for nothing else.
fn checks_stand_alone(wiring: &Wiring) -> bool {
    let used = |wire: Wire| {
        let inputs = wiring.rows.iter().any(|row| row.inputs.contains(&Some(wire)));
        let inverted = wiring.wires.iter().any(|source| matches!(source, Source::Inverse { of, .. } if *of == wire));
        inputs || inverted || wiring.permutations.as_flattened().contains(&wire) || wiring.published.contains(&wire)
    };
    wiring.equalities.iter().all(|equality| !used(wiring.rows[equality.row].out))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_wiring_computes_what_its_program_says(seed in any::<u64>()) {
        let run = run(&mut ChaCha20Rng::seed_from_u64(seed), false);
        let wires = run.evaluate();
        prop_assert_eq!(run.holds(&wires), !run.broken);
        if !run.broken {
            let published: Vec<Fr> = run.wiring.published.iter().map(|wire| wires[*wire]).collect();
            prop_assert_eq!(published, run.published);
        }
    }

    #[test]
    fn a_wiring_holds_where_its_assertion_does(seed in any::<u64>()) {
        let run = run(&mut ChaCha20Rng::seed_from_u64(seed), true);
        prop_assert_eq!(run.holds(&run.evaluate()), !run.broken);
        prop_assert!(checks_stand_alone(&run.wiring));
    }
}

/// A trace of one assertion, on one element.
fn asserting(assert: impl for<'t> FnOnce(&mut Recorder<'t>, Recorded<'t>)) -> Wiring {
    let tape = Tape::default();
    assert(&mut Recorder(&tape), tape.element(0));
    Wiring::new(&tape.finish(vec![]), 0)
}

fn holds(wiring: &Wiring, element: u64) -> bool {
    let wires = wiring.evaluate(&[], &[element.into()], permute);
    wiring.equalities.iter().all(|equality| wires[wiring.rows[equality.row].out] == wires[equality.with])
}

#[test]
fn an_assertion_that_needs_no_row_gets_one() {
    let wiring = asserting(|recorder, element| {
        let zero = recorder.constant(Fr::ZERO);
        recorder.assert_equal(Check::MainSumcheck, element, zero).unwrap();
    });
    assert!(holds(&wiring, 0) && !holds(&wiring, 1));
    let false_constant = asserting(|recorder, _| {
        let [left, right] = [1u64, 2].map(|value| recorder.constant(value.into()));
        recorder.assert_equal(Check::MainSumcheck, left, right).unwrap();
    });
    assert!(!holds(&false_constant, 0));
    let same = asserting(|recorder, element| recorder.assert_equal(Check::MainSumcheck, element, element).unwrap());
    assert!(same.equalities.is_empty());
}

#[test]
fn an_inverse_of_a_constant_is_checked() {
    let inverse_of = |constant: u64| {
        asserting(|recorder, element| {
            let constant = recorder.constant(constant.into());
            let inverse = recorder.invert(Check::OpeningPoints, constant).unwrap();
            recorder.assert_equal(Check::MainSumcheck, inverse, element).unwrap();
        })
    };
    assert!(holds(&inverse_of(1), 1) && !holds(&inverse_of(1), 0));
    assert!(!holds(&inverse_of(0), 0));
    let two = inverse_of(2);
    let wires = two.evaluate(&[], &[Fr::from(2u64).inverse().unwrap()], permute);
    assert!(two.equalities.iter().all(|equality| wires[two.rows[equality.row].out] == wires[equality.with]));
}
