//! Each constraint of each kind of row: satisfied by what the row computes, and alone in refusing something else.

use ark_ff::{AdditiveGroup, Field, PrimeField};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;

use super::*;
use crate::arithmetic::Native;

const KINDS: [RowKind; 6] = [
    RowKind::Idle,
    RowKind::Arithmetic,
    RowKind::Step(Kind::Full),
    RowKind::Step(Kind::Enter),
    RowKind::Step(Kind::Partial),
    RowKind::Step(Kind::Leave),
];

fn scalars(rng: &mut impl Rng) -> [Fr; WIDTH] {
    std::array::from_fn(|_| {
        let mut bytes = [0; 64];
        rng.fill_bytes(&mut bytes);
        Fr::from_le_bytes_mod_order(&bytes)
    })
}

/// A row of a kind, what it says of the next, and an instance where that leaves room for one.
fn satisfied(kind: RowKind, rng: &mut impl Rng) -> Cells<Fr> {
    let (values, constants) = (scalars(rng), scalars(rng));
    let selectors = kind.selectors();
    let mut cells = Cells { values, next: scalars(rng), selectors, constants, instance: Fr::ZERO };
    match kind {
        RowKind::Idle => {}
        RowKind::Arithmetic => {
            let [a, b, c] = values;
            let [q_a, q_b, q_c] = constants;
            cells.instance = scalars(rng)[0];
            cells.next[2] = a * b + q_a * a + q_b * b + q_c * c + cells.instance;
        }
        RowKind::Step(_) => (0..WIDTH).for_each(|element| settle(&mut cells, kind, element)),
    }
    cells
}

/// Makes an element of the next row what a step says.
fn settle(cells: &mut Cells<Fr>, kind: RowKind, element: usize) {
    if let RowKind::Step(kind) = kind {
        cells.next[element] = step(&mut Native, kind, &cells.values, &cells.next)[element] + cells.constants[element];
    }
}

/// The constraints that do not hold.
fn violated(cells: &Cells<Fr>) -> Vec<usize> {
    let constraints = constraints(&mut Native, cells);
    (0..CONSTRAINTS).filter(|index| constraints[*index] != Fr::ZERO).collect()
}

#[test]
fn rows_hold_where_they_compute() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    for kind in KINDS {
        assert_eq!(violated(&satisfied(kind, &mut rng)), [], "{kind:?}");
    }
}

#[test]
fn an_instance_alone_is_refused_by_the_first_constraint() {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    for kind in KINDS {
        let mut cells = satisfied(kind, &mut rng);
        cells.instance += Fr::ONE;
        assert_eq!(violated(&cells), [0], "{kind:?}");
    }
}

#[test]
fn another_result_of_an_arithmetic_row_is_refused_by_the_first_constraint() {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let cells = satisfied(RowKind::Arithmetic, &mut rng);
    let changes: [fn(&mut Cells<Fr>); 7] = [
        |cells| cells.next[2] += Fr::ONE,
        |cells| cells.values[0] += Fr::ONE,
        |cells| cells.values[1] += Fr::ONE,
        |cells| cells.values[2] += Fr::ONE,
        |cells| cells.constants[0] += Fr::ONE,
        |cells| cells.constants[1] += Fr::ONE,
        |cells| cells.constants[2] += Fr::ONE,
    ];
    for change in changes {
        let mut changed = cells.clone();
        change(&mut changed);
        assert_eq!(violated(&changed), [0]);
    }
    // The other values of the next row are free.
    let mut changed = cells;
    changed.next[0] += Fr::ONE;
    changed.next[1] += Fr::ONE;
    assert_eq!(violated(&changed), []);
}

#[test]
fn another_element_of_a_step_is_refused_by_its_own_constraint() {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    for kind in &KINDS[2..] {
        for element in 0..WIDTH {
            let mut cells = satisfied(*kind, &mut rng);
            cells.next[element] += Fr::ONE;
            // Later elements are made of it in some steps.
            (element + 1..WIDTH).for_each(|later| settle(&mut cells, *kind, later));
            assert_eq!(violated(&cells), [1 + element], "{kind:?}");
            let mut cells = satisfied(*kind, &mut rng);
            cells.constants[element] += Fr::ONE;
            assert_eq!(violated(&cells), [1 + element], "{kind:?}");
        }
    }
}

#[test]
fn a_row_is_of_no_other_kind() {
    // What one kind computes is refused by every other kind that computes something.
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    for kind in KINDS {
        let cells = satisfied(kind, &mut rng);
        for other in KINDS.into_iter().filter(|other| *other != kind) {
            let cells = Cells { selectors: other.selectors(), instance: Fr::ZERO, ..cells.clone() };
            assert_eq!(violated(&cells).is_empty(), other == RowKind::Idle, "{kind:?} as {other:?}");
        }
    }
}

#[test]
fn constraints_have_the_degree_that_halo2_is_told() {
    // With all cells on a line, constraints are polynomials of the parameter: differences of order degree + 1 vanish.
    let mut rng = ChaCha20Rng::seed_from_u64(6);
    let [[values, next, selectors, constants], [values_1, next_1, selectors_1, constants_1]] =
        [(); 2].map(|()| [(); 4].map(|()| scalars(&mut rng)));
    let at = |x: u64| {
        let line = |from: [Fr; WIDTH], to: [Fr; WIDTH]| std::array::from_fn(|i| from[i] + Fr::from(x) * to[i]);
        let cells = Cells {
            values: line(values, values_1),
            next: line(next, next_1),
            selectors: line(selectors, selectors_1),
            constants: line(constants, constants_1),
            instance: Fr::from(x),
        };
        constraints(&mut Native, &cells)
    };
    let mut values: Vec<[Fr; CONSTRAINTS]> = (0..=crate::settlement::DEGREE as u64 + 1).map(at).collect();
    for order in 0..=crate::settlement::DEGREE {
        assert!(values.iter().flatten().any(|value| *value != Fr::ZERO), "the degree is below {order}");
        values = values.windows(2).map(|pair| std::array::from_fn(|index| pair[1][index] - pair[0][index])).collect();
    }
    assert!(values.iter().flatten().all(|value| *value == Fr::ZERO));
}
