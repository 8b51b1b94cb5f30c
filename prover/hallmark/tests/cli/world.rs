//! A folder with everything in it, and the program at work there.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

use hallmark_proving::npy::{read_floats, write_floats};
use ndarray::{ArrayD, ArrayViewD};
use serde_json::Value;
use tempfile::TempDir;

/// What is in it: a settlement proof and an off-chain proof of one inference, and what it took to make them.
const MADE: [&str; 8] = ["srs.bin", "m.hallmark", "m.key", "m.settlement", "x.npy", "y.npy", "p.proof", "o.proof"];

/// A folder in which everything was made once.
pub(crate) struct World {
    pub(crate) folder: TempDir,
    /// The model digest.
    pub(crate) digest: String,
    /// The weight digest.
    pub(crate) weights: String,
}

/// What the program said.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) json: Value,
    pub(crate) stderr: String,
}

impl World {
    /// The one that all tests share and none changes.
    pub(crate) fn shared() -> &'static Self {
        static WORLD: OnceLock<World> = OnceLock::new();
        WORLD.get_or_init(Self::new)
    }

    /// A copy of the shared one, to be changed.
    pub(crate) fn copy() -> Self {
        Self::shared().copied(&MADE)
    }

    /// A copy of some of the files, to be changed.
    pub(crate) fn copied(&self, names: &[&str]) -> Self {
        let (digest, weights) = (self.digest.clone(), self.weights.clone());
        let world = Self { folder: TempDir::new().unwrap(), digest, weights };
        for name in names {
            fs::copy(self.path(name), world.path(name)).unwrap();
        }
        world
    }

    fn new() -> Self {
        let mut world = Self { folder: TempDir::new().unwrap(), digest: String::new(), weights: String::new() };
        world.done("srs new --insecure --log-size 13 -o srs.bin");
        world.done(&format!(
            "compile {} --calibration {} -o m.hallmark",
            fixture("models/digits_mlp.onnx"),
            fixture("data/digits_calibration.npy")
        ));
        let committed = world.done("commit m.hallmark --srs srs.bin");
        (world.digest, world.weights) = (text(&committed, "model_digest"), text(&committed, "weight_digest"));
        world.done("export-key m.hallmark -o m.key");
        fs::copy(fixture("data/digits_image.npy"), world.path("x.npy")).unwrap();
        world.done("prove m.hallmark --srs srs.bin --input x.npy -o p.proof --save-output y.npy");
        world.done("prove m.hallmark --srs srs.bin --input x.npy -o o.proof --off-chain");
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn command(&self, arguments: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hallmark"));
        command.current_dir(self.folder.path()).args(arguments.split_whitespace()).output().unwrap()
    }

    /// Runs a command with `--json`, whose standard output must be one object on one line.
    pub(crate) fn say(&self, arguments: &str) -> Said {
        let output = self.command(&format!("{arguments} --json"));
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(stdout.lines().count(), 1, "{arguments}: {stdout}{stderr}");
        let json: Value = serde_json::from_str(&stdout).unwrap();
        assert!(json.is_object());
        Said { code: output.status.code().unwrap(), json, stderr }
    }

    pub(crate) fn done(&self, arguments: &str) -> Value {
        let said = self.say(arguments);
        assert_eq!(said.code, 0, "{arguments}: {}", said.json);
        said.json
    }

    pub(crate) fn fails(&self, arguments: &str, code: i32, reason: &str) {
        let said = self.say(arguments);
        assert_eq!(said.code, code, "{arguments}: {}", said.json);
        let (error, kind) = (text(&said.json["error"], "message"), text(&said.json["error"], "kind"));
        assert!(error.contains(reason) && !kind.is_empty(), "{arguments}: {error}");
    }

    pub(crate) fn refuses(&self, arguments: &str, reason: &str) {
        let said = self.say(arguments);
        assert_eq!((said.code, &said.json["valid"]), (1, &Value::Bool(false)), "{arguments}: {}", said.json);
        let found = text(&said.json, "reason");
        assert!(found.contains(reason), "{arguments}: {found}");
    }

    pub(crate) fn verify(&self, proof: &str, rest: &str) -> String {
        format!("verify {proof} --key m.key --srs srs.bin --digest {} {rest}", self.digest)
    }

    pub(crate) fn array(&self, name: &str) -> ArrayD<f32> {
        read_floats(&self.path(name), 1 << 20).unwrap()
    }

    pub(crate) fn write(&self, name: &str, array: ArrayViewD<'_, f32>) {
        write_floats(&self.path(name), array).unwrap();
    }
}

pub(crate) fn fixture(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name).display().to_string()
}

pub(crate) fn text(json: &Value, field: &str) -> String {
    json[field].as_str().unwrap_or_else(|| panic!("no {field} in {json}")).to_owned()
}

pub(crate) fn floats(json: &Value) -> Vec<f32> {
    json["output"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap() as f32).collect()
}
