//! Every part of a settlement proof and of what it is checked against, changed one at a time and refused for the expected
//! reason, by the verifier and by the contract.
//!
//! The tables are complete by construction: types are taken apart without `..`, and bytes are cut into the points and
//! scalars that the protocol has.

use std::{cell::RefCell, sync::LazyLock};

use crate::contract::Contract;
use ark_bn254::{Fr, G1Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{Field, PrimeField};
use hallmark_circuits::{
    claim::Claim,
    codec::{CodecError, Reader},
    columns::Column,
    commitments::Commitments,
    encoding::{FR_BYTES, G1_BYTES, fr_to_bytes, g1_to_bytes},
    error::{Check, KeyError, Reject},
    key::VerifyingKey,
    model::Architecture,
    semantics::ExecutionError,
    settlement::{
        columns::{COLUMNS, Columns},
        key::{CircuitKey, key_bytes},
        native::verify,
        pinned::PinnedKey,
        proof::{ARGUMENT_BYTES, SettlementProof},
        trusted::{SettlementKey, TrustedCircuit},
    },
    srs::OpeningKey,
    verifier::statement::Statement,
};
use hallmark_proving::settlement::{Circuit, SettlementKeys};
use hallmark_proving::srs::Srs;
use hallmark_testing::circuit::{Proved, small, small_weights};
use hallmark_testing::trusted::settlement_key;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// All that the verifier is given.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) key: VerifyingKey,
    pub(crate) claim: Claim<Vec<i64>>,
    pub(crate) proof: SettlementProof,
}

static SRS: LazyLock<Srs> = LazyLock::new(|| Srs::insecure(11, &mut ChaCha20Rng::seed_from_u64(1)));
static KEYS: LazyLock<SettlementKeys> = LazyLock::new(|| SettlementKeys::new(&statement(&small()), &SRS).unwrap());
/// What proofs of [`CASE`] are held against.
static KEY: LazyLock<SettlementKey> = LazyLock::new(|| settlement_key(&KEYS, &CASE.key, &SRS));

static CASES: LazyLock<[Case; 2]> = LazyLock::new(|| {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let weights = small_weights(&mut rng);
    let proved = Proved::new(small(), weights, &SRS, &mut rng);
    let (statement, keys) = (proved.statement(), &*KEYS);
    [(); 2].map(|()| {
        let proof = keys.prove(&statement, proved.model.key.digest(), &proved.inference, &mut rng);
        Case { key: proved.model.key.clone(), claim: proved.inference.claim.clone(), proof }
    })
});

static CASE: LazyLock<Case> = LazyLock::new(|| CASES[0].clone());

thread_local! {
    static CONTRACT: RefCell<Contract> = RefCell::new(Contract::deploy());
}

impl Case {
    /// The verifier's verdict, which is the contract's too.
    pub(crate) fn verify(&self) -> Result<(), Reject> {
        self.verify_by(&self.derive().unwrap())
    }

    /// The same, with what the proof is held against.
    pub(crate) fn verify_by(&self, trusted: &SettlementKey) -> Result<(), Reject> {
        let Self { key, claim, proof } = self;
        let verdict = verify(trusted, trusted.digest(), claim, proof);
        // A contract is given values as bytes, which hold no others.
        if !matches!(verdict, Err(Reject::Values(_) | Reject::Output { .. })) {
            let accepted =
                self.is_accepted_by_contract(&key_bytes(&statement(&key.architecture), trusted.circuit(), key, &[]));
            assert_eq!(accepted, verdict.is_ok(), "{verdict:?}");
            assert_eq!(self.verify_pinned(trusted), verdict);
        }
        verdict
    }

    /// The verdict of the verifier without halo2, which browsers have.
    fn verify_pinned(&self, trusted: &SettlementKey) -> Result<(), Reject> {
        let pinned = PinnedKey::new(trusted.model().key().clone(), &trusted.to_bytes(), trusted.digest()).unwrap();
        pinned.verify_told(&statement(&self.key.architecture).told(&self.claim), &self.proof)
    }

    /// What proofs are held against, if the model's key is what its architecture gives.
    fn derive(&self) -> Result<SettlementKey, KeyError> {
        if self.key == *KEY.model().key() {
            Ok(KEY.clone())
        } else {
            SettlementKey::derive(self.key.clone(), SRS.powers())
        }
    }

    /// The contract's verdict, which is given any bytes as a key and pins them.
    fn is_accepted_by_contract(&self, stored: &[u8]) -> bool {
        let Self { key, claim, proof } = self;
        let told = statement(&key.architecture).told(claim);
        CONTRACT.with_borrow_mut(|contract| {
            let pinned = contract.store(stored);
            contract.refusal(&pinned, &told, &proof.to_bytes()).is_none()
        })
    }

    /// What a changed copy is answered with.
    fn after(&self, change: impl FnOnce(&mut Self)) -> Result<(), Reject> {
        let mut changed = self.clone();
        change(&mut changed);
        changed.verify()
    }
}

fn statement(architecture: &Architecture) -> Statement<'_> {
    Statement::new(architecture).unwrap()
}

pub(crate) const SETTLEMENT: Result<(), Reject> = Err(Reject::Check(Check::Settlement));

fn other(point: G1Affine) -> G1Affine {
    (point + G1Affine::generator()).into_affine()
}

#[test]
fn untouched_is_accepted() {
    assert_eq!(CASES.each_ref().map(Case::verify), [Ok(()), Ok(())]);
}

#[test]
fn every_point_of_the_inner_proof() {
    let layout = Statement::new(&CASE.key.architecture).unwrap().layout;
    let points: Vec<G1Affine> = CASE.proof.commitments.points().copied().collect();
    let names = Commitments::shape(&layout).into_iter().flat_map(|(name, count)| vec![name; count]);
    let mut covered = 0;
    for (place, name) in names.enumerate() {
        // The last quotient is in no digest: the group equation alone is about it.
        let expected =
            if name == "the opening's last quotient" { Err(Reject::Check(Check::Pairing)) } else { SETTLEMENT };
        let with = |point| {
            let mut changed = points.clone();
            changed[place] = point;
            let commitments = Commitments::from_points(&layout, &changed).unwrap();
            CASE.after(|case| case.proof.commitments = commitments)
        };
        for point in [other(points[place]), -points[place]] {
            assert_eq!(with(point), expected, "{name}");
        }
        assert!(matches!(with(G1Affine::identity()), Err(Reject::Neutral { part, .. }) if part == name));
        covered += 1;
    }
    assert_eq!(covered, points.len());
}

#[test]
fn every_other_number_of_points() {
    let verdict = CASE.after(|case| case.proof.commitments.columns[Column::Helpers].push(G1Affine::generator()));
    assert_eq!(verdict, Err(Reject::Commitments { part: "helpers", expected: 1, found: 2 }));
    let verdict = CASE.after(|case| case.proof.commitments.columns[Column::Multiplicities].clear());
    assert_eq!(verdict, Err(Reject::Commitments { part: "multiplicities", expected: 1, found: 0 }));
}

#[test]
fn every_published_number() {
    for place in 0..CASE.proof.published.len() {
        for change in [Fr::ONE, -CASE.proof.published[place]] {
            assert_eq!(CASE.after(|case| case.proof.published[place] += change), SETTLEMENT, "{place}");
        }
    }
    for count in 0..CASE.proof.published.len() {
        assert_eq!(CASE.after(|case| case.proof.published.truncate(count)), Err(Reject::Published));
    }
    assert_eq!(CASE.after(|case| case.proof.published.push(Fr::ONE)), Err(Reject::Published));
}

#[test]
fn numbers_of_one_proof_with_the_argument_of_another() {
    assert_ne!(CASES[0].proof.argument, CASES[1].proof.argument);
    // Both are of one inner proof, so that either argument proves these numbers.
    assert_eq!(CASE.after(|case| case.proof.argument.clone_from(&CASES[1].proof.argument)), Ok(()));
    let half = ARGUMENT_BYTES / 2;
    let verdict = CASE.after(|case| case.proof.argument[half..].copy_from_slice(&CASES[1].proof.argument[half..]));
    assert_eq!(verdict, SETTLEMENT);
}

/// Where the points and the scalars of a halo2 proof begin, in its order: points of the columns, of the permutation, random
/// and of the quotient, evaluations, and the two points of the opening.
fn argument_parts() -> (Vec<usize>, Vec<usize>) {
    let first_points = 3 + 1 + 1 + 6;
    let scalars = 6 + 6 + 1 + 3 + 2;
    let begin = first_points * G1_BYTES;
    let end = begin + scalars * FR_BYTES;
    assert_eq!(end + 2 * G1_BYTES, ARGUMENT_BYTES);
    let points = (0..first_points).map(|index| index * G1_BYTES).chain([end, end + G1_BYTES]);
    (points.collect(), (0..scalars).map(|index| begin + index * FR_BYTES).collect())
}

fn with_bytes(at: usize, bytes: &[u8]) -> Result<(), Reject> {
    CASE.after(|case| case.proof.argument[at..at + bytes.len()].copy_from_slice(bytes))
}

#[test]
fn every_point_of_the_argument() {
    let point_at = |at: usize| {
        let words = CASE.proof.argument[at..at + G1_BYTES].as_chunks::<32>().0;
        let [x, y] = [words[0], words[1]].map(|word| ark_bn254::Fq::from_be_bytes_mod_order(&word));
        G1Affine::new_unchecked(x, y)
    };
    for at in argument_parts().0 {
        let point = point_at(at);
        assert!(point.is_on_curve());
        for changed in [other(point), (-point.into_group()).into_affine(), G1Affine::generator()] {
            assert_eq!(with_bytes(at, &g1_to_bytes(&changed)), SETTLEMENT, "{at}");
        }
        // The neutral element, a coordinate that is not reduced, and a point off the curve.
        assert_eq!(with_bytes(at, &[0; G1_BYTES]), SETTLEMENT);
        assert_eq!(with_bytes(at, &[0xff; 32]), SETTLEMENT);
        assert_eq!(with_bytes(at + 63, &[CASE.proof.argument[at + 63] ^ 1]), SETTLEMENT);
    }
}

#[test]
fn every_evaluation_of_the_argument() {
    for at in argument_parts().1 {
        let scalar = Fr::from_be_bytes_mod_order(&CASE.proof.argument[at..at + FR_BYTES]);
        for changed in [scalar + Fr::ONE, -scalar, Fr::from(0u64)] {
            assert_eq!(with_bytes(at, &fr_to_bytes(&changed)), SETTLEMENT, "{at}");
        }
        // The same number, not reduced.
        let mut bytes = [0; FR_BYTES];
        let mut carry = 0;
        let order = ark_ff::BigInteger::to_bytes_be(&Fr::MODULUS);
        for index in (0..FR_BYTES).rev() {
            let sum = u16::from(CASE.proof.argument[at + index]) + u16::from(order[index]) + carry;
            bytes[index] = sum as u8;
            carry = sum >> 8;
        }
        assert_eq!(with_bytes(at, &bytes), SETTLEMENT);
    }
}

#[test]
fn every_other_length_of_the_argument() {
    for length in (0..ARGUMENT_BYTES).step_by(97).chain([ARGUMENT_BYTES - 1]) {
        assert_eq!(CASE.after(|case| case.proof.argument.truncate(length)), SETTLEMENT);
    }
    assert_eq!(CASE.after(|case| case.proof.argument.push(0)), SETTLEMENT);
    assert_eq!(CASE.after(|case| case.proof.argument.extend([0; G1_BYTES])), SETTLEMENT);
}

#[test]
fn every_public_value() {
    for byte in 0..32 {
        assert_eq!(CASE.after(|case| case.claim.context.0[byte] ^= 1), SETTLEMENT);
    }
    for index in 0..CASE.claim.input.len() {
        assert_eq!(CASE.after(|case| case.claim.input[index] ^= 1), SETTLEMENT);
        let range = ExecutionError::InputRange { index, value: 128 };
        assert_eq!(CASE.after(|case| case.claim.input[index] = 128), Err(Reject::Values(range)));
    }
    for index in 0..CASE.claim.output.len() {
        assert_eq!(CASE.after(|case| case.claim.output[index] ^= 1), SETTLEMENT);
        assert_eq!(CASE.after(|case| case.claim.output[index] = 256), Err(Reject::Output { expected: 2, found: 1 }));
    }
    let length = ExecutionError::InputLength { expected: 4, found: 5 };
    assert_eq!(CASE.after(|case| case.claim.input.push(0)), Err(Reject::Values(length)));
    assert_eq!(CASE.after(|case| case.claim.output.truncate(1)), Err(Reject::Output { expected: 2, found: 1 }));
}

#[test]
fn every_part_of_the_model_s_key() {
    // Taken apart so that a new field must be added here.
    let VerifyingKey { architecture: _, setup, entry_outputs, weights, batches: _ } = &CASE.key;
    for (row, point) in weights.iter().enumerate() {
        assert_eq!(CASE.after(|case| case.key.weights[row] = other(*point)), SETTLEMENT);
    }
    // What does not follow from the architecture and the setup is no key to hold proofs against. The contract is given such a
    // key all the same, and refuses the proof.
    let refused = |change: &dyn Fn(&mut VerifyingKey)| {
        let mut changed = CASE.clone();
        change(&mut changed.key);
        let stored = key_bytes(&statement(&changed.key.architecture), KEY.circuit(), &changed.key, &[]);
        assert!(!changed.is_accepted_by_contract(&stored));
        changed.derive().unwrap_err()
    };
    for (row, point) in entry_outputs.iter().enumerate() {
        assert_eq!(refused(&|key| key.entry_outputs[row] = other(*point)), KeyError::Tables);
    }
    assert_eq!(refused(&|key| key.architecture.tables[0].outputs[5] += 1), KeyError::Tables);
    let OpeningKey { tau_g1, tau_g2, insecure, .. } = setup.clone();
    // The same tau, by another name; and another tau.
    let renamed = OpeningKey::new(tau_g1, tau_g2, !insecure).unwrap();
    let stranger = Srs::insecure(1, &mut ChaCha20Rng::seed_from_u64(9)).opening_key().clone();
    for other in [renamed, stranger] {
        let expected = KeyError::Setup { expected: other.digest, found: setup.digest };
        assert_eq!(refused(&|key| key.setup = other.clone()), expected);
    }
    // Another architecture has another circuit, of which there is no proof.
    assert_eq!(CASE.after(|case| case.key.architecture.steps[0].name.push('x')), SETTLEMENT);
    assert_eq!(CASE.after(|case| case.key.architecture.steps[0].constant += 1), SETTLEMENT);
}

/// A verifier in Rust derives the circuit's key. A contract is given it, and pins it: no part of it may be another.
#[test]
fn every_part_of_the_circuit_s_key() {
    // Taken apart so that a new field must be added here. Halo2 computes its root and its digest from the others.
    let CircuitKey { log_rows, root: _, transcript: _, constants, permutation } = KEY.circuit();
    let accepted = |change: &dyn Fn(&mut CircuitKey)| {
        let mut circuit = KEY.circuit().clone();
        change(&mut circuit);
        CASE.is_accepted_by_contract(&key_bytes(&statement(&CASE.key.architecture), &circuit, &CASE.key, &[]))
    };
    assert!(accepted(&|_| {}));
    for rows in [log_rows - 1, log_rows + 1] {
        assert!(!accepted(&|circuit| circuit.log_rows = rows));
    }
    for (column, point) in constants.iter().enumerate() {
        assert!(!accepted(&|circuit| circuit.constants[column] = other(*point)));
    }
    for (column, point) in permutation.iter().enumerate() {
        assert!(!accepted(&|circuit| circuit.permutation[column] = other(*point)));
    }
    assert!(!accepted(&|circuit| circuit.constants.swap(0, 1)));
    assert!(!accepted(&|circuit| circuit.permutation.swap(0, 1)));
    assert!(!accepted(&|circuit| circuit.root += Fr::ONE));
    assert!(!accepted(&|circuit| circuit.transcript += Fr::ONE));
}

#[test]
fn commitments_to_other_columns_are_no_circuit_s() {
    let columns = Columns::new(&Circuit::new(&statement(&CASE.key.architecture)).unwrap());
    let given = [&KEY.circuit().constants[..], &KEY.circuit().permutation].concat();
    let given: [G1Affine; COLUMNS] = given.try_into().unwrap();
    let check = |given: &[G1Affine; COLUMNS]| TrustedCircuit::check(&columns, SRS.powers(), given);
    assert_eq!(check(&given).as_ref(), Ok(KEYS.trusted()));
    for column in 0..COLUMNS {
        let mut changed = given;
        changed[column] = other(changed[column]);
        assert_eq!(check(&changed), Err(KeyError::CircuitColumns), "{column}");
        let mut changed = given;
        changed.swap(column, (column + 1) % COLUMNS);
        assert_eq!(check(&changed), Err(KeyError::CircuitColumns), "{column}");
    }
    // Errors that cancel in a plain sum.
    let mut changed = given;
    changed[0] = other(changed[0]);
    changed[1] = (changed[1] - G1Affine::generator()).into_affine();
    assert_eq!(check(&changed), Err(KeyError::CircuitColumns));
}

#[test]
fn a_circuit_of_another_architecture_or_setup_is_not_the_model_s() {
    let mut other = small();
    other.steps[0].constant += 1;
    let circuit = Columns::new(&Circuit::new(&statement(&other)).unwrap());
    let circuit = TrustedCircuit::derive(&circuit, SRS.powers()).unwrap();
    assert_eq!(SettlementKey::new(KEY.model().clone(), &circuit, vec![]), Err(KeyError::OtherCircuit));
    let stranger = Srs::insecure(11, &mut ChaCha20Rng::seed_from_u64(9));
    let circuit = Columns::new(&Circuit::new(&statement(&CASE.key.architecture)).unwrap());
    let circuit = TrustedCircuit::derive(&circuit, stranger.powers()).unwrap();
    assert_eq!(SettlementKey::new(KEY.model().clone(), &circuit, vec![]), Err(KeyError::OtherCircuit));
    assert_eq!(SettlementKey::new(KEY.model().clone(), KEYS.trusted(), vec![]).as_ref(), Ok(&*KEY));
}

#[test]
fn another_model_is_not_verified() {
    let expected = CASE.key.digest();
    let refused = Err(Reject::Digest { expected, found: KEY.digest() });
    assert_eq!(verify(&KEY, expected, &CASE.claim, &CASE.proof), refused);
}

#[test]
fn bytes_have_one_reading() {
    let statement = Statement::new(&CASE.key.architecture).unwrap();
    let bytes = CASE.proof.to_bytes();
    let read = |bytes: &[u8]| {
        let mut reader = Reader::new(bytes);
        let proof = SettlementProof::read(&statement, &mut reader)?;
        reader.finish().map(|()| proof)
    };
    assert_eq!(read(&bytes), Ok(CASE.proof.clone()));
    assert_eq!(read(&[&bytes[..], &[0]].concat()), Err(CodecError::Trailing { extra: 1 }));
    for length in 0..bytes.len() {
        assert!(matches!(read(&bytes[..length]), Err(CodecError::Truncated { .. })));
    }
    let points = CASE.proof.commitments.points().count();
    for index in 0..points {
        let mut changed = bytes.clone();
        changed[index * G1_BYTES..][..32].fill(0xff);
        assert_eq!(read(&changed), Err(CodecError::Point { part: "the commitments", index }));
    }
    for index in 0..CASE.proof.published.len() {
        let mut changed = bytes.clone();
        changed[points * G1_BYTES + index * FR_BYTES..][..FR_BYTES].fill(0xff);
        assert_eq!(read(&changed), Err(CodecError::Scalar { part: "the published numbers", index }));
    }
}
