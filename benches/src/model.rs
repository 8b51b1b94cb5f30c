//! A fixture, compiled and committed to.

use hallmark_circuits::{model::Architecture, verifier::statement::Statement};
use hallmark_compiling::{CompileOptions, Report, compile};
use hallmark_fixtures::Fixture;
use hallmark_proving::proving::{CommittedModel, commit};
use hallmark_proving::settlement::Circuit;
use hallmark_proving::srs::Srs;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// The fixtures that are small enough to run often.
pub const FIXTURES: [&str; 4] = ["digits_mlp", "digits_cnn", "lenet5_max", "cnn_264k"];

/// A model that is ready to prove, and an input of it.
#[derive(Debug)]
pub struct ReadyModel {
    /// The committed model.
    pub model: CommittedModel,
    /// The structured reference string, no longer than the model needs.
    pub srs: Srs,
    /// A quantized input.
    pub input: Vec<i64>,
    /// What the compiler reported.
    pub report: Report,
}

impl ReadyModel {
    /// Compiles and commits to a fixture; nothing where there is no fixture of that name.
    #[must_use]
    pub fn from_fixture(name: &str) -> Option<Self> {
        let fixture = Fixture::find(name)?;
        let input = fixture.input();
        Self::new(&fixture.model(), &fixture.calibration(), input.iter().copied())
    }

    /// Compiles and commits to an ONNX model.
    #[must_use]
    pub fn new(onnx: &[u8], calibration: &ndarray::ArrayD<f32>, input: impl Iterator<Item = f32>) -> Option<Self> {
        let mut rng = ChaCha20Rng::seed_from_u64(0);
        let compiled = compile(onnx, calibration, None, &CompileOptions::default()).ok()?;
        let srs = Srs::insecure(setup_size(&compiled.architecture)?, &mut rng);
        let port = &compiled.architecture.input;
        let input = input.enumerate().map(|(index, value)| port.quantize(index, value)).collect();
        let model = commit(compiled.architecture, compiled.weights, &srs, &mut rng).ok()?;
        Some(Self { model, srs, input, report: compiled.report })
    }
}

/// The base-two logarithm of what rows and the settlement circuit need.
fn setup_size(architecture: &Architecture) -> Option<u32> {
    let statement = Statement::new(architecture).ok()?;
    let circuit = Circuit::new(&statement).ok()?;
    Some(architecture.row_bits.max(circuit.log_rows()))
}
