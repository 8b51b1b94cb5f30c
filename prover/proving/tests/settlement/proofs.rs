//! The settlement circuit as halo2 sees it: it accepts what the verifier accepts, and names what it refuses.

use std::sync::LazyLock;

use ark_bn254::Fr;
use ark_ff::Field;
use hallmark_circuits::{
    digest::Digest,
    error::{Check, Reject},
    model::Architecture,
    settlement::{
        circuit::SettlementCircuit,
        convert::scalar_to_halo2,
        native::verify,
        proof::{ARGUMENT_BYTES, SettlementProof},
        table::VALUES,
        wiring::Source,
    },
};
use hallmark_proving::execute::execute;
use hallmark_proving::proving::{Inference, Prover, witness::Witness};
use hallmark_proving::settlement::SettlementKeys;
use hallmark_proving::srs::Srs;
use hallmark_testing::{
    circuit::{Proved, build, instance_column, published, small, small_weights, wires},
    claims::claim,
    cnn,
    trusted::settlement_key,
};
use halo2_proofs::dev::MockProver;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

struct World {
    srs: Srs,
    proved: Proved,
    keys: SettlementKeys,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let srs = Srs::insecure(12, &mut rng);
    let weights = small_weights(&mut rng);
    let proved = Proved::new(small(), weights, &srs, &mut rng);
    let keys = SettlementKeys::new(&proved.statement(), &srs).unwrap();
    World { srs, proved, keys }
});

/// Filled columns, and all instances.
type Assigned = ([Vec<Fr>; VALUES], Vec<Fr>);

/// Runs the circuit on an inference.
fn assign(inference: &Inference) -> Assigned {
    let World { proved, keys, .. } = &*WORLD;
    let assignment = keys.assign(&proved.statement(), proved.model.key.digest(), inference);
    (assignment.columns, [&[Fr::ONE], &assignment.instances[..]].concat())
}

fn honest() -> Assigned {
    assign(&WORLD.proved.inference)
}

/// What halo2's mock prover reports.
fn mock((columns, instances): &Assigned) -> Result<(), Vec<String>> {
    let keys = &WORLD.keys;
    let circuit = SettlementCircuit::with_columns(keys.table(), columns);
    let instances = instances.iter().map(scalar_to_halo2).collect();
    let mock = MockProver::run(keys.circuit().log_rows, &circuit, vec![instances]).unwrap();
    mock.verify().map_err(|failures| failures.iter().map(ToString::to_string).collect())
}

#[test]
fn honest_proof_settles() {
    assert_settles(cnn::with_unused_rows());
}

#[test]
fn honest_proof_with_shorter_rows_of_weights_settles() {
    assert_settles(Architecture { row_bits: 10, ..cnn::with_unused_rows() });
}

fn assert_settles(architecture: Architecture) {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let srs = Srs::insecure(13, &mut rng);
    let weights = cnn::weights_of(&architecture, &mut rng);
    let proved = Proved::new(architecture, weights, &srs, &mut rng);
    let (statement, weights) = (proved.statement(), proved.model.key.digest());
    let keys = SettlementKeys::new(&statement, &srs).unwrap();
    let proof = keys.prove(&statement, weights, &proved.inference, &mut rng);
    let key = settlement_key(&keys, &proved.model.key, &srs);
    assert_eq!(verify(&key, key.digest(), &proved.inference.claim, &proof), Ok(()));
    let expected = Digest([9; 32]);
    let refused = Err(Reject::Digest { expected, found: key.digest() });
    assert_eq!(verify(&key, expected, &proved.inference.claim, &proof), refused);
    assert_eq!(proof.argument.len(), ARGUMENT_BYTES);
    assert_eq!(proof.to_bytes().len(), SettlementProof::length(&statement.layout));
    let (given, published) = proved.instances();
    let assignment = keys.assign(&statement, weights, &proved.inference);
    assert_eq!([&[Fr::ONE], &assignment.instances[..]].concat(), instance_column(&given, &published));
    assert_eq!(proof.published, published);

    // What is left over, or missing, is refused, though it changes nothing that is checked before.
    let verdict = |proof: &SettlementProof| verify(&key, key.digest(), &proved.inference.claim, proof);
    let changes: [fn(&mut Vec<u8>); 2] =
        [|argument| argument.push(0), |argument| argument.truncate(ARGUMENT_BYTES - 1)];
    for change in changes {
        let mut changed = proof.clone();
        change(&mut changed.argument);
        assert_eq!(verdict(&changed), Err(Reject::Check(Check::Settlement)));
    }
    let changes: [fn(&mut Vec<Fr>); 3] =
        [|numbers| numbers.push(Fr::ONE), |numbers| numbers.truncate(numbers.len() - 1), Vec::clear];
    for change in changes {
        let mut changed = proof.clone();
        change(&mut changed.published);
        assert_eq!(verdict(&changed), Err(Reject::Published));
    }
}

#[test]
fn the_mock_prover_accepts_an_honest_proof() {
    assert_eq!(mock(&honest()), Ok(()));
}

#[test]
fn every_changed_instance_is_refused_in_its_row() {
    let (columns, instances) = honest();
    for place in 0..instances.len() {
        let mut changed = instances.clone();
        changed[place] += Fr::ONE;
        let failures = mock(&(columns.clone(), changed)).unwrap_err();
        assert_eq!(failures.len(), 1);
        assert!(failures[0].contains("('instances')") && failures[0].contains(&format!("at offset {place}")));
    }
    // The one that is one, as anything else.
    for first in [Fr::from(0u64), -Fr::ONE] {
        let mut changed = instances.clone();
        changed[0] = first;
        assert!(mock(&(columns.clone(), changed)).is_err());
    }
    assert!(mock(&(columns.clone(), vec![])).is_err());
    assert!(mock(&(columns, [instances, vec![Fr::ONE]].concat())).is_err());
}

/// What is refused is refused in one row, in the region of this check.
fn assert_only(assigned: &Assigned, check: Check) {
    let failures = mock(assigned).unwrap_err();
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert!(failures[0].contains(&format!("('check {check:?}')")), "{failures:?}");
}

/// The inference of a witness and an output that may be lies.
fn lie(output: &[i64], tell: impl FnOnce(&mut Witness)) -> Inference {
    let World { srs, proved, .. } = &*WORLD;
    let statement = proved.statement();
    let trace = execute(statement.model, &proved.model.weights, &proved.input).unwrap();
    let mut witness = Witness::new(&statement, &trace);
    tell(&mut witness);
    let prover = Prover::new(&proved.model, srs).unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    prover.prove_witness(&claim(&proved.input, output), &witness, &mut rng).unwrap()
}

#[test]
fn a_false_witness_fails_in_the_region_of_the_main_sumcheck() {
    let output = WORLD.proved.inference.output();
    let lies: [fn(&mut Witness); 3] = [
        |witness| witness.multiplicity[0] += 1,
        |witness| witness.remainder[0] += 1,
        |witness| witness.quotient.swap(0, 1),
    ];
    for tell in lies {
        assert_only(&assign(&lie(output, tell)), Check::MainSumcheck);
    }
}

#[test]
fn another_output_fails_in_the_region_of_the_merging_sumcheck() {
    assert_eq!(WORLD.proved.inference.output(), [0, 0]);
    for output in [[1, 0], [0, -1]] {
        assert_only(&assign(&lie(&output, |_| {})), Check::MergeSumcheck);
    }
}

#[test]
fn a_wrong_inverse_fails_in_the_region_of_the_opening_s_points() {
    let (wiring, table) = build(&WORLD.proved.statement()).unwrap();
    assert_eq!(table, *WORLD.keys.table());
    let (given, _) = WORLD.proved.instances();
    for wire in 0..wiring.wires.len() {
        if let Source::Inverse { .. } = wiring.wires[wire] {
            // The prover says it, and computes all else from it.
            let mut elements = WORLD.proved.inference.proof.elements.clone();
            let said = wires(&wiring, &given, &elements)[wire] + Fr::ONE;
            let mut lying = wiring.clone();
            lying.wires[wire] = Source::Element(elements.len());
            elements.push(said);
            let values = wires(&lying, &given, &elements);
            let instances = instance_column(&given, &published(&wiring, &values));
            assert_only(&(table.columns(&wiring, &values), instances), Check::OpeningPoints);
        }
    }
}

#[test]
fn a_lie_has_no_settlement_proof() {
    let World { srs, proved, keys } = &*WORLD;
    let lie = lie(proved.inference.output(), |witness| witness.multiplicity[0] += 1);
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let proof = keys.prove(&proved.statement(), proved.model.key.digest(), &lie, &mut rng);
    let key = settlement_key(keys, &proved.model.key, srs);
    let verdict = verify(&key, key.digest(), &proved.inference.claim, &proof);
    assert!(verdict.is_err());
}
