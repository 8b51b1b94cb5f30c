//! Settlement keys: the same from everyone, and a file of them only where it is theirs.
#![allow(missing_docs)]

use std::{fs, path::PathBuf, sync::OnceLock};

use hallmark_circuits::{
    digest::Digest,
    encoding::G1_BYTES,
    error::KeyError,
    facts::{Facts, NoFacts},
    model::{
        Access, Architecture, AxisMap, Factor, InputPort, MAX_TERMS, MIN_ROW_BITS, OutputPort, Step, Table, Term,
        WeightShape, Weights,
    },
    settlement::{
        columns::Columns,
        key::architecture_digest,
        trusted::{SettlementKey, TrustedCircuit},
    },
    tables::commit_tables,
    trusted::TrustedKey,
    verifier::statement::Statement,
};
use hallmark_proving::facts::FactFolder;
use hallmark_proving::file::{self, Fault, FileError, Kind};
use hallmark_proving::proving::commit;
use hallmark_proving::settlement::{Circuit, LoadError, MAX_ROWS, SettlementError, SettlementKeys};
use hallmark_proving::srs::Srs;
use hallmark_testing::cnn;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use tempfile::TempDir;

/// The bytes of two digests and a number, and of the commitments after them.
const OWNER: usize = 72;

struct World {
    srs: Srs,
    architecture: Architecture,
    weights: Weights,
    keys: SettlementKeys,
    /// The file's payload.
    payload: Vec<u8>,
    folder: TempDir,
}

impl World {
    fn shared() -> &'static Self {
        static WORLD: OnceLock<World> = OnceLock::new();
        WORLD.get_or_init(Self::new)
    }

    fn new() -> Self {
        let rng = &mut ChaCha20Rng::seed_from_u64(2);
        let srs = Srs::insecure(13, rng);
        let architecture = cnn::with_sums_over_weights();
        let weights = cnn::weights_of(&architecture, rng);
        let statement = Statement::new(&architecture).unwrap();
        let keys = SettlementKeys::new(&statement, &srs).unwrap();
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("keys");
        keys.store(&path, &srs).unwrap();
        let payload = file::read(&path, Kind::Settlement, 1 << 30).unwrap();
        Self { srs, architecture, weights, keys, payload, folder }
    }

    fn statement(&self) -> Statement<'_> {
        Statement::new(&self.architecture).unwrap()
    }

    fn circuit(&self) -> Circuit {
        Circuit::new(&self.statement()).unwrap()
    }

    /// What loading a file with this payload gives.
    fn load(&self, payload: &[u8]) -> Result<SettlementKeys, LoadError> {
        let folder = Folder::new();
        file::write_atomically(&folder.path, Kind::Settlement, &payload).unwrap();
        let load = |facts: &FactFolder| SettlementKeys::load(&folder.path, &self.circuit(), &self.srs, facts);
        let loaded = SettlementKeys::load(&folder.path, &self.circuit(), &self.srs, &NoFacts);
        // What was checked of the right file makes no difference to another one.
        assert_eq!(load(&self.facts()).is_ok(), loaded.is_ok());
        loaded
    }

    /// What is known once the right file was loaded.
    fn facts(&self) -> FactFolder {
        let folder = Folder::new();
        file::write_atomically(&folder.path, Kind::Settlement, &self.payload).unwrap();
        let facts = FactFolder::open(self.folder.path().join("facts")).unwrap();
        SettlementKeys::load(&folder.path, &self.circuit(), &self.srs, &facts).unwrap();
        facts
    }

    fn refuse(&self, change: impl FnOnce(&mut Vec<u8>)) -> LoadError {
        let mut payload = self.payload.clone();
        change(&mut payload);
        let error = self.load(&payload).unwrap_err();
        assert!(error.is_replaceable() && !error.is_missing(), "{error}");
        error
    }
}

struct Folder {
    _folder: TempDir,
    path: PathBuf,
}

impl Folder {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("keys");
        Self { _folder: folder, path }
    }
}

#[test]
fn a_verifier_and_a_prover_make_the_same_key() {
    let world = World::shared();
    let circuit = Circuit::new(&world.statement()).unwrap();
    let columns = Columns::new(&circuit);
    assert_eq!(TrustedCircuit::derive(&columns, world.srs.powers()).as_ref(), Ok(world.keys.trusted()));
    assert_eq!((circuit.rows(), circuit.log_rows()), (world.keys.height(), world.keys.circuit().log_rows));
    // More powers of the same tau make no difference.
    let longer = Srs::insecure(14, &mut ChaCha20Rng::seed_from_u64(2));
    assert_eq!(longer.opening_key(), world.srs.opening_key());
    assert_eq!(TrustedCircuit::derive(&columns, longer.powers()).as_ref(), Ok(world.keys.trusted()));
}

#[test]
fn the_digest_of_an_architecture_takes_no_weights() {
    let world = World::shared();
    let (statement, circuit, setup) = (world.statement(), world.keys.circuit(), world.srs.opening_key());
    let model =
        commit(world.architecture.clone(), world.weights.clone(), &world.srs, &mut ChaCha20Rng::seed_from_u64(3));
    let key = world.keys.key_of(model.unwrap().key, &world.srs).unwrap();
    let tables = commit_tables(&statement, world.srs.powers()).unwrap();
    assert_eq!(architecture_digest(&statement, circuit, setup, &tables, &[]), key.architecture_digest());
    assert_ne!(key.architecture_digest(), key.digest());
}

/// A model's key goes with the circuit of its own architecture, under its own setup.
#[test]
fn a_circuit_of_another_model_or_setup_is_refused() {
    let world = World::shared();
    let rng = &mut ChaCha20Rng::seed_from_u64(3);
    let model = commit(world.architecture.clone(), world.weights.clone(), &world.srs, rng).unwrap().key;
    let model = TrustedKey::derive(model, world.srs.powers()).unwrap();
    assert!(SettlementKey::new(model.clone(), world.keys.trusted(), vec![]).is_ok());
    let derive = |architecture: &Architecture, srs: &Srs| {
        let circuit = Circuit::new(&Statement::new(architecture).unwrap()).unwrap();
        TrustedCircuit::derive(&Columns::new(&circuit), srs.powers()).unwrap()
    };
    let renamed = Architecture {
        output: OutputPort { scale: 0.5, ..world.architecture.output.clone() },
        ..world.architecture.clone()
    };
    let other = Srs::insecure(13, &mut ChaCha20Rng::seed_from_u64(9));
    for circuit in [derive(&renamed, &world.srs), derive(&world.architecture, &other)] {
        assert_eq!(SettlementKey::new(model.clone(), &circuit, vec![]), Err(KeyError::OtherCircuit));
    }
}

#[test]
fn kept_keys_are_the_ones_that_were_made() {
    let world = World::shared();
    let keys = world.load(&world.payload).unwrap();
    assert_eq!((keys.circuit(), keys.table()), (world.keys.circuit(), world.keys.table()));
}

#[test]
fn keys_of_another_owner_are_told() {
    let world = World::shared();
    assert!(matches!(world.refuse(|bytes| bytes[0] ^= 1), LoadError::Architecture));
    assert!(matches!(world.refuse(|bytes| bytes[32] ^= 1), LoadError::Setup));
    let error = world.refuse(|bytes| bytes[71] ^= 1);
    assert!(matches!(error, LoadError::Rows { expected, found } if found == expected ^ 1));
    assert!(matches!(world.refuse(|bytes| bytes[64] = 0xff), LoadError::Rows { .. }));
}

#[test]
fn points_off_the_curve_and_missing_or_surplus_points_are_refused() {
    let world = World::shared();
    for place in [OWNER, world.payload.len() - 1] {
        assert!(matches!(world.refuse(|bytes| bytes[place] ^= 1), LoadError::Codec(_)));
    }
    assert!(matches!(world.refuse(|bytes| bytes.truncate(bytes.len() - 64)), LoadError::Codec(_)));
    assert!(matches!(world.refuse(|bytes| bytes.push(0)), LoadError::Codec(_)));
    assert!(matches!(world.refuse(Vec::clear), LoadError::Codec(_)));
}

#[test]
fn other_points_of_the_curve_are_refused() {
    let world = World::shared();
    let last = world.payload.len() - 64;
    // Commitments to columns trade places with points of the basis, points of the basis among themselves.
    for (left, right) in [(OWNER, last), (OWNER + 64, OWNER + 128), (last - 64, last)] {
        let swap = |bytes: &mut Vec<u8>| (0..64).for_each(|byte| bytes.swap(left + byte, right + byte));
        assert!(matches!(world.refuse(swap), LoadError::Points), "{left} {right}");
    }
    let forget = |bytes: &mut Vec<u8>| bytes[last..].fill(0);
    assert!(matches!(world.refuse(forget), LoadError::Points));
}

/// Two facts spare both checks: one of the columns, one of the basis. They are planted here for a wrong file.
#[test]
fn points_that_were_checked_are_not_checked_again() {
    struct All;
    impl Facts for All {
        fn hold(&self, _: Digest) -> bool {
            true
        }
        fn remember(&self, _: Digest) {}
    }
    let world = World::shared();
    assert_eq!(world.facts().count(), 2);
    let folder = Folder::new();
    let mut wrong = world.payload.clone();
    let last = wrong.len() - 2 * G1_BYTES;
    (0..G1_BYTES).for_each(|byte| wrong.swap(last + byte, last + G1_BYTES + byte));
    file::write_atomically(&folder.path, Kind::Settlement, &wrong).unwrap();
    let load = |facts: &dyn Facts| SettlementKeys::load(&folder.path, &world.circuit(), &world.srs, facts);
    assert!(matches!(load(&world.facts()), Err(LoadError::Points)));
    assert!(load(&All).is_ok());
    assert!(matches!(load(&world.facts()), Err(LoadError::Points)), "what was refused is not remembered");
    assert_eq!(world.facts().count(), 2);
}

#[test]
fn another_setup_under_the_right_digest_is_refused() {
    let world = World::shared();
    let other = Srs::insecure(13, &mut ChaCha20Rng::seed_from_u64(9));
    let folder = Folder::new();
    let keys = SettlementKeys::new(&world.statement(), &other).unwrap();
    keys.store(&folder.path, &other).unwrap();
    let load = || SettlementKeys::load(&folder.path, &world.circuit(), &world.srs, &NoFacts);
    assert!(matches!(load(), Err(LoadError::Setup)));
    let foreign: Vec<u8> = file::read(&folder.path, Kind::Settlement, 1 << 30).unwrap();
    let error = world.refuse(|bytes| bytes[OWNER..].copy_from_slice(&foreign[OWNER..]));
    assert!(matches!(error, LoadError::Points), "{error}");
}

#[test]
fn a_file_is_replaced_only_where_it_holds_settlement_keys() {
    let world = World::shared();
    let folder = Folder::new();
    let load = || SettlementKeys::load(&folder.path, &world.circuit(), &world.srs, &NoFacts).unwrap_err();
    assert!(load().is_missing() && load().is_replaceable());
    let valid = file::encode(Kind::Settlement, &world.payload).unwrap();
    for place in [8, 20, valid.len() - 1] {
        let mut damaged = valid.clone();
        damaged[place] ^= 1;
        for damaged in [&damaged, &valid[..place.max(100)]] {
            fs::write(&folder.path, damaged).unwrap();
            assert!(load().is_replaceable() && !load().is_missing(), "{place}: {}", load());
        }
    }
    let others = [Kind::Model, Kind::Key, Kind::Proof].map(|kind| file::encode(kind, &world.payload).unwrap());
    for mut other in others.into_iter().chain([b"a diary".to_vec(), vec![]]) {
        for version in [2, 9] {
            if let Some(byte) = other.get_mut(8) {
                *byte = version;
            }
            fs::write(&folder.path, &other).unwrap();
            assert!(!load().is_replaceable(), "{}", load());
        }
    }
    fs::remove_file(&folder.path).unwrap();
    fs::create_dir(&folder.path).unwrap();
    let error = load();
    assert!(matches!(error, LoadError::File(FileError { fault: Fault::NotAFile, .. })) && !error.is_replaceable());
}

/// A verifier of some hundred thousand products is counted, and no circuit is made of it.
#[test]
fn a_verifier_that_is_too_large_is_refused_before_it_takes_memory() {
    let access = |source| Access { source, axes: vec![AxisMap::variable(0)] };
    let product = |source| {
        let factors = vec![Factor::weights(access(0)), Factor::values(access(source))];
        Term { coefficient: 1, summed: vec![], factors }
    };
    let step = |index: usize| {
        let terms = vec![product(index); MAX_TERMS];
        Step { name: format!("step {index}"), axes: vec![2], constant: 0, terms, shift: 0, table: 0 }
    };
    let architecture = Architecture {
        input: InputPort::of_integers(vec![2], 8),
        output: OutputPort { shape: vec![2], parts: vec![], scale: 1.0 },
        weights: vec![WeightShape { name: "weights".into(), axes: vec![2] }],
        parts: vec![],
        tables: vec![Table { name: "identity".into(), first: -8, outputs: (-8..8).collect() }],
        steps: (0..1 << 9).map(step).collect(),
        row_bits: MIN_ROW_BITS,
        weight_row_bits: MIN_ROW_BITS,
    };
    let error = Circuit::new(&Statement::new(&architecture).unwrap()).unwrap_err();
    assert!(matches!(error, KeyError::CircuitSize { rows, limit: MAX_ROWS } if rows > MAX_ROWS), "{error}");
}

#[test]
fn a_short_setup_is_refused_with_the_size_that_is_needed() {
    let world = World::shared();
    let short = Srs::insecure(10, &mut ChaCha20Rng::seed_from_u64(2));
    let needed = world.keys.circuit().log_rows;
    let expected = KeyError::CircuitPowers { needed, found: 10 };
    let columns = Columns::new(&Circuit::new(&world.statement()).unwrap());
    assert_eq!(TrustedCircuit::derive(&columns, short.powers()), Err(expected.clone()));
    assert_eq!(SettlementKeys::new(&world.statement(), &short).unwrap_err(), SettlementError::Key(expected));
}
