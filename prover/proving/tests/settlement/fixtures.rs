//! The settlements in `fixtures/settlement` are this program's own: of the bundled models, under today's keys.
//!
//! `UPDATE_GOLDEN=1 cargo test -p hallmark-proving --test settlement fixtures` makes them anew, after a change of the circuit
//! or of a format. Gas follows: see `fixtures/README.md`.

use std::{fs, path::PathBuf};

use hallmark_circuits::{
    codec::Reader,
    settlement::{native::verify, proof::SettlementProof},
    verifier::statement::Statement,
};
use hallmark_compiling::{CompileOptions, compile};
use hallmark_fixtures::Fixture;
use hallmark_proving::proving::{Prover, commit};
use hallmark_proving::settlement::{Circuit, SettlementKeys};
use hallmark_proving::srs::Srs;
use hallmark_testing::claims::CONTEXT;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// The files of a settlement.
struct Folder(PathBuf);

impl Folder {
    fn new(model: &str) -> Self {
        Self(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/settlement").join(model))
    }

    fn write(&self, file: &str, bytes: &[u8]) {
        fs::create_dir_all(&self.0).unwrap();
        fs::write(self.0.join(file), bytes).unwrap();
    }

    fn read(&self, file: &str) -> Vec<u8> {
        fs::read(self.0.join(file)).unwrap()
    }
}

fn check(name: &str) {
    let mut rng = ChaCha20Rng::seed_from_u64(0);
    let fixture = Fixture::find(name).unwrap();
    let compiled = compile(&fixture.model(), &fixture.calibration(), None, &CompileOptions::default()).unwrap();
    let circuit = Circuit::new(&Statement::new(&compiled.architecture).unwrap()).unwrap();
    let srs = Srs::insecure(compiled.architecture.row_bits.max(circuit.log_rows()), &mut rng);
    let port = &compiled.architecture.input;
    let quantized = fixture.input().iter().enumerate().map(|(index, value)| port.quantize(index, *value)).collect();
    let input: Vec<i64> = quantized;
    let model = commit(compiled.architecture, compiled.weights, &srs, &mut rng).unwrap();

    let statement = Statement::new(&model.key.architecture).unwrap();
    let inference = Prover::new(&model, &srs).unwrap().prove(CONTEXT, &input, &mut rng).unwrap();
    let keys = SettlementKeys::new(&statement, &srs).unwrap();
    let trusted = keys.key_of(model.key.clone(), &srs).unwrap();
    let key = trusted.to_bytes();
    let told = statement.told(&inference.claim);

    let folder = Folder::new(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let proof = keys.prove(&statement, model.key.digest(), &inference, &mut rng);
        folder.write("key.bin", &key);
        folder.write("context.bin", &CONTEXT.0);
        folder.write("input.bin", &told.input);
        folder.write("output.bin", &told.output);
        folder.write("proof.bin", &proof.to_bytes());
    }
    let stale = "set UPDATE_GOLDEN to make it anew";
    assert!(folder.read("key.bin") == key, "{name}: the key is another: {stale}");
    assert_eq!(folder.read("context.bin"), CONTEXT.0);
    assert_eq!([folder.read("input.bin"), folder.read("output.bin")], [told.input, told.output], "{name}: {stale}");
    let bytes = folder.read("proof.bin");
    let mut reader = Reader::new(&bytes);
    let proof = SettlementProof::read(&statement, &mut reader).unwrap();
    reader.finish().unwrap();
    let verdict = verify(&trusted, trusted.digest(), &inference.claim, &proof);
    assert_eq!(verdict, Ok(()), "{name}: {stale}");
}

#[test]
fn digits_mlp() {
    check("digits_mlp");
}

#[test]
fn lenet5_max() {
    check("lenet5_max");
}

#[test]
fn cnn_264k() {
    check("cnn_264k");
}
