//! Settlement keys: functions of the architecture and the setup alone, made again here by other means.

use std::{collections::HashMap, fs, path::Path, sync::LazyLock};

use ark_bn254::{Fr, G1Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, Field};
use hallmark_circuits::{
    error::KeyError,
    key::VerifyingKey,
    model::Architecture,
    settlement::{
        DEGREE,
        circuit::SettlementCircuit,
        convert::scalar_from_halo2,
        key::{BLINDING_ROWS, CircuitKey, key_bytes, model_offset},
        table::{CONSTANTS, Cell, VALUES},
    },
    verifier::statement::Statement,
};
use hallmark_proving::proving::commit;
use hallmark_proving::random::random_scalar;
use hallmark_proving::settlement::{SettlementError, SettlementKeys};
use hallmark_proving::srs::Srs;
use hallmark_testing::{
    circuit::{small, small_weights},
    trusted::settlement_key,
};
use halo2_proofs::{
    halo2curves::{bn256, ff::PrimeField},
    plonk::{Circuit, ConstraintSystem},
};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

const SEED: u64 = 5;

static SRS: LazyLock<Srs> = LazyLock::new(|| Srs::insecure(11, &mut ChaCha20Rng::seed_from_u64(SEED)));
static KEYS: LazyLock<SettlementKeys> = LazyLock::new(|| keys(&small(), &SRS));

fn keys(architecture: &Architecture, srs: &Srs) -> SettlementKeys {
    SettlementKeys::new(&Statement::new(architecture).unwrap(), srs).unwrap()
}

/// A model that differs in its semantics alone.
fn other() -> Architecture {
    let mut architecture = small();
    architecture.steps[0].constant += 1;
    architecture
}

/// What is done to a key.
type Change = Box<dyn Fn(&mut CircuitKey)>;

#[test]
fn two_runs_give_the_same_keys() {
    let again = keys(&small(), &SRS);
    assert_eq!(again.circuit(), KEYS.circuit());
    assert_eq!(again.table(), KEYS.table());
    // A longer string of the same powers makes no difference.
    let longer = Srs::insecure(12, &mut ChaCha20Rng::seed_from_u64(SEED));
    assert_eq!(keys(&small(), &longer).circuit(), KEYS.circuit());
}

#[test]
fn another_architecture_or_setup_has_another_circuit_key() {
    let CircuitKey { log_rows, root, transcript, constants, permutation } = keys(&other(), &SRS).circuit().clone();
    assert_eq!((log_rows, root), (KEYS.circuit().log_rows, KEYS.circuit().root));
    assert_ne!(transcript, KEYS.circuit().transcript);
    assert_ne!(constants, KEYS.circuit().constants);
    // Constants are no copies.
    assert_eq!(permutation, KEYS.circuit().permutation);
    let setup = Srs::insecure(11, &mut ChaCha20Rng::seed_from_u64(SEED + 1));
    let under = keys(&small(), &setup).circuit().clone();
    assert!(under.constants.iter().zip(&KEYS.circuit().constants).all(|(left, right)| left != right));
    assert_ne!(under.permutation, KEYS.circuit().permutation);
    assert_ne!(under.transcript, KEYS.circuit().transcript);
}

fn model(architecture: Architecture, seed: u64, srs: &Srs) -> VerifyingKey {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let weights = small_weights(&mut rng);
    commit(architecture, weights, srs, &mut rng).unwrap().key
}

#[test]
fn the_digests_pin_what_they_say() {
    let key = settlement_key(&KEYS, &model(small(), 1, &SRS), &SRS);
    let weights = settlement_key(&KEYS, &model(small(), 2, &SRS), &SRS);
    // Weights are in the one digest, and not in the other.
    assert_eq!(key.architecture_digest(), weights.architecture_digest());
    assert_ne!(key.digest(), weights.digest());
    let architecture = settlement_key(&keys(&other(), &SRS), &model(other(), 1, &SRS), &SRS);
    assert_ne!(key.architecture_digest(), architecture.architecture_digest());
    let setup = Srs::insecure(11, &mut ChaCha20Rng::seed_from_u64(SEED + 1));
    let setup = settlement_key(&keys(&small(), &setup), &model(small(), 1, &setup), &setup);
    assert_ne!(key.architecture_digest(), setup.architecture_digest());
    // Every part of the circuit's key. Taken apart so that a new field must be added here.
    let CircuitKey { log_rows: _, root: _, transcript: _, constants, permutation } = KEYS.circuit().clone();
    let mut changes: Vec<Change> = vec![
        Box::new(|key| key.log_rows += 1),
        Box::new(|key| key.root += Fr::ONE),
        Box::new(|key| key.transcript += Fr::ONE),
    ];
    changes.extend((0..constants.len()).map(|index| -> Box<dyn Fn(&mut CircuitKey)> {
        Box::new(move |key| key.constants[index] = (key.constants[index] + G1Affine::generator()).into_affine())
    }));
    changes.extend((0..permutation.len()).map(|index| -> Box<dyn Fn(&mut CircuitKey)> {
        Box::new(move |key| key.permutation[index] = (key.permutation[index] + G1Affine::generator()).into_affine())
    }));
    for change in changes {
        let mut circuit = KEYS.circuit().clone();
        change(&mut circuit);
        let model = model(small(), 1, &SRS);
        let statement = Statement::new(&model.architecture).unwrap();
        assert_ne!(key_bytes(&statement, &circuit, &model, &[]), key.to_bytes());
    }
}

#[test]
fn what_the_weight_digest_covers_stands_at_its_place() {
    let model = model(small(), 1, &SRS);
    let bytes = settlement_key(&KEYS, &model, &SRS).to_bytes();
    assert_eq!(bytes[model_offset(0)..], [model.public_bytes(), model.weight_bytes()].concat());
}

/// The table of docs/settlement.md: its words add up to a key's bytes, and what the weight digest covers begins where it says.
#[test]
fn the_documented_parts_of_a_key_are_its_bytes() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/settlement.md");
    let text = fs::read_to_string(docs).unwrap();
    let section = text.split("## The settlement key").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| words"));
    let model = model(small(), 1, &SRS);
    let mut words = 0;
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        if cells[1].contains("hallmark model") {
            assert_eq!(words * 32, model_offset(0));
        }
        // Some words, and perhaps two for each of T or W points.
        for part in cells[0].split(',').map(str::trim) {
            words += match part {
                // This key lists no batches.
                "2 B" => 0,
                "2 T" => 2 * model.entry_outputs.len(),
                "2 W" => 2 * model.weights.len(),
                count => count.parse().unwrap(),
            };
        }
    }
    assert_eq!(words * 32, settlement_key(&KEYS, &model, &SRS).to_bytes().len());
}

#[test]
fn halo2_s_key_is_made_from_the_bytes_that_a_contract_has() {
    let halo2 = KEYS.circuit().to_halo2().unwrap();
    assert_eq!(CircuitKey::from_halo2(&halo2).as_ref(), Some(KEYS.circuit()));
}

#[test]
fn a_string_that_is_too_short_is_refused() {
    let short = Srs::insecure(9, &mut ChaCha20Rng::seed_from_u64(SEED));
    let refused = SettlementKeys::new(&Statement::new(&small()).unwrap(), &short);
    let expected = KeyError::CircuitPowers { needed: 11, found: 9 };
    assert_eq!(refused.unwrap_err(), SettlementError::Key(expected));
}

#[test]
fn every_architecture_has_these_columns() {
    let mut meta = ConstraintSystem::<bn256::Fr>::default();
    let _ = SettlementCircuit::configure(&mut meta);
    let columns = [meta.num_advice_columns(), meta.num_fixed_columns(), meta.num_instance_columns()];
    assert_eq!(columns, [VALUES, CONSTANTS, 1]);
    assert_eq!([meta.degree(), meta.blinding_factors() + 1], [DEGREE, BLINDING_ROWS]);
    assert_eq!((meta.gates().len(), meta.gates()[0].polynomials().len()), (1, 4));
    assert_eq!(meta.permutation().get_columns().len(), VALUES);
    assert!(meta.lookups().is_empty());
    // Each value is seen in two rows.
    assert_eq!(*meta.num_advice_queries(), [2; VALUES]);
}

/// All Lagrange polynomials at tau, which the seed gives away: `root^i (tau^n - 1) / (n (tau - root^i))`.
fn lagrange() -> Vec<Fr> {
    let tau = random_scalar(&mut ChaCha20Rng::seed_from_u64(SEED));
    let CircuitKey { log_rows, root, .. } = *KEYS.circuit();
    let rows = 1u64 << log_rows;
    let factor = (tau.pow([rows]) - Fr::ONE) / Fr::from(rows);
    (0..rows).map(|row| root.pow([row])).map(|at| at * factor / (tau - at)).collect()
}

/// A commitment to a column, by the value at tau of the polynomial through its values.
fn commit_to(column: impl IntoIterator<Item = Fr>, lagrange: &[Fr]) -> G1Affine {
    let value: Fr = column.into_iter().zip(lagrange).map(|(value, basis)| value * basis).sum();
    (G1Affine::generator() * value).into_affine()
}

#[test]
fn constants_are_committed_as_interpolation_says() {
    let lagrange = lagrange();
    for (index, commitment) in KEYS.circuit().constants.iter().enumerate() {
        let column = KEYS.table().rows().map(|row| row.constants[index]);
        assert_eq!(commit_to(column, &lagrange), *commitment);
    }
}

#[test]
fn copies_are_committed_as_interpolation_says() {
    // The permutation takes each cell of a wire to the next one of a cycle, and all other cells to themselves.
    let CircuitKey { log_rows, root, .. } = *KEYS.circuit();
    let rows = 1usize << log_rows;
    let mut next: Vec<Vec<(usize, usize)>> =
        (0..VALUES).map(|column| (0..rows).map(|row| (column, row)).collect()).collect();
    let mut first_cells = HashMap::new();
    for (row, line) in KEYS.table().rows().enumerate() {
        for (column, cell) in line.cells.iter().enumerate() {
            let Cell::Wire(wire) = cell else { continue };
            let &mut (first_column, first_row) = first_cells.entry(wire).or_insert((column, row));
            if (first_column, first_row) != (column, row) {
                // The new cell comes in between the first and the one that followed it.
                next[column][row] = next[first_column][first_row];
                next[first_column][first_row] = (column, row);
            }
        }
    }
    let delta = scalar_from_halo2(&bn256::Fr::DELTA);
    let names: Vec<Fr> = (0..rows as u64).map(|row| root.pow([row])).collect();
    let lagrange = lagrange();
    for (column, commitment) in next.iter().zip(&KEYS.circuit().permutation) {
        let images = column.iter().map(|(column, row)| delta.pow([*column as u64]) * names[*row]);
        assert_eq!(commit_to(images, &lagrange), *commitment);
    }
    // No image stands twice.
    let mut images = next.concat();
    images.sort_unstable();
    images.dedup();
    assert_eq!(images.len(), VALUES * rows);
}

#[test]
fn rows_after_the_table_compute_nothing() {
    let rows = 1 << KEYS.circuit().log_rows;
    assert!(KEYS.height() + BLINDING_ROWS <= rows);
    let last = KEYS.table().rows().last().unwrap();
    assert!(last.constants.iter().all(|constant| *constant == Fr::ZERO));
}
