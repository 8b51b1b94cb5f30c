//! A model by hand of products: of two values, of three, and of values with weights that share variables.

use hallmark_circuits::model::{
    Access, Architecture, AxisMap, Factor, InputPort, OutputPort, Step, Table, Term, WeightShape, Weights,
};
use rand::{Rng, RngExt};

/// The tensors, by what makes them.
pub const INPUT: usize = 0;
/// Every row with every other.
pub const SCORES: usize = 1;
/// A weight, a score, and the score across the diagonal.
pub const GATE: usize = 2;
/// The third powers of the input.
pub const CUBES: usize = 3;
/// The look-up, whose sum over the weights' common variable is cut off at 3 of 4 places.
pub const LOOK_UP: usize = 4;
/// The input weighted by the scores, and added up.
pub const MIXED: usize = 5;

/// The weight tensor that the look-up reads along the variable that is cut off, its last axis.
pub const CUT: usize = 1;

/// The model. Its input is 3 by 5.
pub fn architecture() -> Architecture {
    let shape = |name: &str, axes: &[usize]| WeightShape { name: name.into(), axes: axes.to_vec() };
    Architecture {
        input: InputPort::of_integers(vec![3, 5], 8),
        output: OutputPort { shape: vec![4], parts: vec![], scale: 1.0 },
        weights: vec![shape("gate", &[3, 3]), shape("digits", &[3, 3, 3]), shape("table", &[3, 4])],
        parts: vec![],
        tables: vec![Table {
            name: "clamp".into(),
            first: -1024,
            outputs: (-1024..1024i32).map(|x| x.clamp(-128, 127)).collect(),
        }],
        steps: vec![
            step("scores", &[3, 3], vec![product(&[5], vec![values(INPUT, &[0, 2]), values(INPUT, &[1, 2])])], 9),
            step(
                "gate",
                &[3, 3],
                vec![product(&[], vec![weights(0, &[0, 1]), values(SCORES, &[0, 1]), values(SCORES, &[1, 0])])],
                10,
            ),
            step("cubes", &[3, 5], vec![product(&[], vec![values(INPUT, &[0, 1]); 3])], 14),
            step(
                "look-up",
                &[4],
                vec![product(&[3, 3, 3], vec![values(GATE, &[1, 2]), weights(CUT, &[1, 2, 3]), weights(2, &[3, 0])])],
                10,
            ),
            step(
                "mixed",
                &[4],
                vec![
                    product(&[3, 3, 5], vec![values(SCORES, &[1, 2]), values(CUBES, &[2, 3])]),
                    product(&[], vec![values(LOOK_UP, &[0])]),
                ],
                11,
            ),
        ],
        row_bits: 9,
        weight_row_bits: 9,
    }
}

/// Weights for which no sum leaves its table.
pub fn weights_of(rng: &mut impl Rng) -> Weights {
    let mut tensor = |shape: &WeightShape| {
        let size = shape.axes.iter().product();
        (0..size).map(|_| rng.random_range(-16..=16)).collect()
    };
    Weights(architecture().weights.iter().map(&mut tensor).collect())
}

fn step(name: &str, axes: &[usize], terms: Vec<Term>, shift: u32) -> Step {
    Step { name: name.into(), axes: axes.to_vec(), constant: 0, terms, shift, table: 0 }
}

fn product(summed: &[usize], factors: Vec<Factor>) -> Term {
    Term { coefficient: 1, summed: summed.to_vec(), factors }
}

fn access(source: usize, variables: &[usize]) -> Access {
    Access { source, axes: variables.iter().copied().map(AxisMap::variable).collect() }
}

fn values(source: usize, variables: &[usize]) -> Factor {
    Factor::values(access(source, variables))
}

fn weights(source: usize, variables: &[usize]) -> Factor {
    Factor::weights(access(source, variables))
}
