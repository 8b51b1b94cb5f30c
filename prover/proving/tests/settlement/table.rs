//! The settlement circuit before halo2: that it computes what the verifier does, and that nothing in it is free.

use std::{collections::HashSet, sync::LazyLock};

use ark_bn254::Fr;
use ark_ff::Field;
use hallmark_circuits::{
    error::Check,
    model::{Architecture, Weights},
    settlement::{
        key::BLINDING_ROWS,
        table::{CONSTANTS, Cell, Table, TableRegion, TableRow, VALUES},
        wiring::{Source, Wiring},
    },
    verifier::statement::Statement,
};
use hallmark_compiling::{CompileOptions, compile};
use hallmark_fixtures::Fixture;
use hallmark_proving::srs::Srs;
use hallmark_testing::{
    architectures::random_model,
    circuit::{Broken, Filled, Proved, build, instance_column, published, wires},
    cnn,
};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

static SRS: LazyLock<Srs> = LazyLock::new(|| Srs::insecure(11, &mut ChaCha20Rng::seed_from_u64(1)));

/// The networks by hand, and random ones.
fn models(rng: &mut ChaCha20Rng, count: usize) -> Vec<(Architecture, Weights)> {
    let by_hand = [
        cnn::architecture(),
        cnn::with_sums_over_weights(),
        cnn::with_unused_rows(),
        cnn::told_by_digests(1),
        cnn::told_by_digests(2),
    ];
    let by_hand = by_hand.map(|model| {
        let weights = cnn::weights_of(&model, rng);
        (model, weights)
    });
    let random: Vec<_> = (0..count).map(|_| random_model(rng)).collect();
    by_hand.into_iter().chain(random).collect()
}

fn proved(rng: &mut ChaCha20Rng, count: usize) -> Vec<Proved> {
    models(rng, count).into_iter().map(|(model, weights)| Proved::new(model, weights, &SRS, rng)).collect()
}

/// A table filled with an honest proof.
fn filled(proved: &Proved, (wiring, table): &(Wiring, Table)) -> Filled {
    let (given, expected) = proved.instances();
    let values = wires(wiring, &given, &proved.elements());
    Filled::new(table, table.columns(wiring, &values), instance_column(&given, &expected))
}

/// What a row is for.
fn region_of(table: &Table, row: usize) -> TableRegion {
    let mut regions = table.regions.iter().flat_map(|(region, rows)| vec![*region; rows.len()]);
    regions.nth(row).unwrap()
}

fn example() -> Proved {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let model = cnn::with_sums_over_weights();
    let weights = cnn::weights_of(&model, &mut rng);
    Proved::new(model, weights, &SRS, &mut rng)
}

#[test]
fn it_publishes_what_the_verifier_defers() {
    for proved in proved(&mut ChaCha20Rng::seed_from_u64(2), 12) {
        let circuit = build(&proved.statement()).unwrap();
        let (given, expected) = proved.instances();
        let values = wires(&circuit.0, &given, &proved.elements());
        assert_eq!(published(&circuit.0, &values), expected);
        assert_eq!(filled(&proved, &circuit).broken(), []);
        use Check::{MainSumcheck, MergeSumcheck, OpeningPoints};
        let checks: Vec<Check> = circuit.0.equalities.iter().map(|equality| equality.check).collect();
        assert_eq!(checks, [OpeningPoints, OpeningPoints, OpeningPoints, MainSumcheck, MergeSumcheck]);
    }
}

#[test]
fn every_element_of_the_proof_counts() {
    for proved in proved(&mut ChaCha20Rng::seed_from_u64(4), 2) {
        let (wiring, _) = &build(&proved.statement()).unwrap();
        let (given, expected) = proved.instances();
        for place in 0..proved.elements().len() {
            let mut elements = proved.elements();
            elements[place] += Fr::ONE;
            let values = wires(wiring, &given, &elements);
            // What is computed from it is another proof's: the checks and the published numbers are left.
            let fails = wiring.equalities.iter().any(|e| values[wiring.rows[e.row].out] != values[e.with]);
            assert!(fails || published(wiring, &values) != expected, "element {place}");
        }
    }
}

#[test]
fn every_instance_counts() {
    every_instance_of(&example());
    let rng = &mut ChaCha20Rng::seed_from_u64(3);
    let model = cnn::told_by_digests(4);
    let weights = cnn::weights_of(&model, rng);
    every_instance_of(&Proved::new(model, weights, &SRS, rng));
}

fn every_instance_of(proved: &Proved) {
    let circuit = build(&proved.statement()).unwrap();
    let honest = filled(proved, &circuit);
    assert_eq!(honest.instances.len(), circuit.1.instances);
    for place in 0..honest.instances.len() {
        for change in [Fr::ONE, -Fr::ONE] {
            let mut filled = filled(proved, &circuit);
            filled.instances[place] += change;
            assert_eq!(filled.broken(), [Broken::Gate { row: place, constraint: 0 }]);
        }
    }
    // One instance more stands in a row that computes nothing with it.
    let mut filled = filled(proved, &circuit);
    filled.instances.push(Fr::ONE);
    assert_eq!(filled.broken(), [Broken::Gate { row: filled.instances.len() - 1, constraint: 0 }]);
}

#[test]
fn the_wire_that_is_one_is_one() {
    // Whatever a prover puts in its place, all else being made from it.
    let proved = example();
    let circuit = build(&proved.statement()).unwrap();
    let mut filled = filled(&proved, &circuit);
    for value in [0u64, 2] {
        for (column, row) in filled.cells[&0].clone() {
            filled.columns[column][row] = value.into();
        }
        assert!(filled.gates([0]).contains(&Broken::Gate { row: 0, constraint: 0 }));
    }
}

#[test]
fn every_cell_counts() {
    let proved = example();
    let circuit = build(&proved.statement()).unwrap();
    let mut filled = filled(&proved, &circuit);
    let lines: Vec<_> = circuit.1.rows().copied().collect();
    for (row, line) in lines.iter().enumerate() {
        for (column, cell) in line.cells.iter().enumerate() {
            let alone = match cell {
                Cell::Free => continue,
                // Its other cells are copies.
                Cell::Wire(wire) => filled.cells[wire].len() == 1,
                Cell::State { .. } => true,
            };
            if alone {
                filled.columns[column][row] += Fr::ONE;
                let broken = filled.gates(row.saturating_sub(1)..=row);
                filled.columns[column][row] -= Fr::ONE;
                assert_ne!(broken, [], "row {row} column {column}: {cell:?}");
            }
        }
    }
}

#[test]
fn every_wire_counts() {
    // All cells of a wire at once: what computes it and what is computed from it are other values than it. So is each of
    // the proof's elements, that nothing computes.
    let proved = example();
    let circuit = build(&proved.statement()).unwrap();
    let mut filled = filled(&proved, &circuit);
    for (wire, source) in circuit.0.wires.iter().enumerate() {
        // In the place of a check's result stands what it has to be.
        if circuit.0.equalities.iter().any(|equality| circuit.0.rows[equality.row].out == wire) {
            assert!(!filled.cells.contains_key(&wire));
            continue;
        }
        let Some(cells) = filled.cells.get(&wire).cloned() else { panic!("{source:?} has no cell") };
        cells.iter().for_each(|(column, row)| filled.columns[*column][*row] += Fr::ONE);
        let rows = cells.iter().flat_map(|(_, row)| row.saturating_sub(1)..=*row);
        let broken = filled.gates(rows);
        cells.iter().for_each(|(column, row)| filled.columns[*column][*row] -= Fr::ONE);
        assert_ne!(broken, [], "wire {wire}: {source:?}");
    }
    assert_eq!(filled.broken(), []);
}

#[test]
fn a_wrong_inverse_is_refused_by_its_check_alone() {
    let proved = example();
    let (wiring, table) = build(&proved.statement()).unwrap();
    let (given, _) = proved.instances();
    let inverses: Vec<usize> =
        (0..wiring.wires.len()).filter(|wire| matches!(wiring.wires[*wire], Source::Inverse { .. })).collect();
    assert_eq!(inverses.len(), 3);
    for wire in inverses {
        // The prover says it, and computes all else from it.
        let mut elements = proved.elements();
        let honest = wires(&wiring, &given, &elements)[wire];
        let mut lying = wiring.clone();
        lying.wires[wire] = Source::Element(elements.len());
        elements.push(honest + Fr::ONE);
        let values = wires(&lying, &given, &elements);
        let said = published(&wiring, &values);
        let filled = Filled::new(&table, table.columns(&wiring, &values), instance_column(&given, &said));
        let [Broken::Gate { row, constraint: 0 }] = filled.broken()[..] else { panic!("{:?}", filled.broken()) };
        assert_eq!(region_of(&table, row), TableRegion::Check(Check::OpeningPoints));
    }
}

#[test]
fn checks_have_rows_of_their_own() {
    let proved = example();
    let (wiring, table) = build(&proved.statement()).unwrap();
    let checks: Vec<Check> = table
        .regions
        .iter()
        .filter_map(|(region, _)| if let TableRegion::Check(check) = region { Some(*check) } else { None })
        .collect();
    assert_eq!(checks, wiring.equalities.iter().map(|equality| equality.check).collect::<Vec<_>>());
    let permutations = table.regions.iter().filter(|(region, _)| matches!(region, TableRegion::Permutation(_)));
    // 27 steps and the state that they end in.
    permutations.for_each(|(_, rows)| assert_eq!(rows.len(), 28));
}

#[test]
fn two_runs_give_the_same_circuit_and_another_architecture_another() {
    let [left, right, other] = [cnn::architecture(), cnn::architecture(), cnn::with_sums_over_weights()].map(|model| {
        let statement = Statement::new(&model).unwrap();
        build(&statement).unwrap().1
    });
    assert_eq!(left, right);
    assert_ne!(left, other);
    // A constant of the semantics alone.
    let mut model = cnn::architecture();
    model.steps[0].constant += 1;
    let changed = build(&Statement::new(&model).unwrap()).unwrap().1;
    assert_eq!(changed.height(), left.height());
    assert_ne!(changed, left);
}

/// The rows of a bundled model's circuit, with those that halo2 takes.
fn rows_of(name: &str) -> usize {
    let fixture = Fixture::find(name).unwrap();
    let compiled = compile(&fixture.model(), &fixture.calibration(), None, &CompileOptions::default()).unwrap();
    build(&Statement::new(&compiled.architecture).unwrap()).unwrap().1.height() + BLINDING_ROWS
}

#[test]
fn bundled_models_fit_as_many_rows_as_they_are_settled_with() {
    for (name, log_rows) in [("digits_mlp", 12), ("lenet5_max", 13), ("cnn_264k", 13)] {
        let rows = rows_of(name);
        assert!(rows <= 1 << log_rows, "{name}: {rows}");
    }
}

/// What was checked of a circuit's columns is remembered by the table's digest, so that the digest covers all that they follow from.
#[test]
fn the_digest_of_a_table_covers_every_cell_every_constant_and_the_instances() {
    let (_, table) = build(&example().statement()).unwrap();
    let other = Table { instances: table.instances + 1, ..table.clone() };
    let mut digests = HashSet::from([table.digest(), other.digest()]);
    let mut count = digests.len();
    let last = table.regions.iter().rposition(|(_, rows)| !rows.is_empty()).unwrap();
    for region in [0, last] {
        let mut change = |change: &dyn Fn(&mut TableRow)| {
            let mut other = table.clone();
            change(&mut other.regions[region].1[0]);
            digests.insert(other.digest());
            count += 1;
        };
        for index in 0..CONSTANTS {
            change(&|row| row.constants[index] += Fr::ONE);
        }
        for index in 0..VALUES {
            let state = |permutation, step, element| Cell::State { permutation, step, element };
            for cell in [Cell::Wire(1 << 40), state(7, 0, 0), state(0, 7, 0), state(0, 0, 1), state(0, 0, 2)] {
                change(&|row| row.cells[index] = cell);
            }
        }
    }
    assert_eq!(digests.len(), count);
}
