//! Local work as a library does it: on files and on bytes.

mod given;
mod phases;

use std::path::{Path, PathBuf};

use hallmark_compiling::CompileOptions;
use hallmark_fixtures::Fixture;
use hallmark_local::{Commitment, Compilation, Given, NewSetup, Overwrite, Questions};
use ndarray::ArrayD;
use ndarray_npy::WriteNpyExt;

/// A folder with a setup and a small network.
struct Desk {
    folder: tempfile::TempDir,
    wine: &'static Fixture,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), wine: Fixture::find("wine_mlp").unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn compilation(&self) -> Compilation {
        Compilation {
            model: Given::Bytes { name: "model".into(), bytes: self.wine.model().into_owned() },
            calibration: bytes("calibration", &self.wine.calibration()),
            labels: None,
            output: self.path("m.hallmark"),
            options: CompileOptions::default(),
            overwrite: Overwrite::default(),
        }
    }

    /// The first of the calibration samples.
    fn question(&self) -> Questions {
        let calibration = self.wine.calibration();
        let first = calibration.slice_axis(ndarray::Axis(0), (0..1).into()).to_owned();
        Questions { source: bytes("input", &first), is_many: false, allow_clamping: false }
    }

    /// Compiles the network, makes a setup, and commits.
    fn commit(&self) {
        self.compilation().run().unwrap();
        let srs = self.path("srs.bin");
        let setup =
            NewSetup { insecure: true, log_size: 13, output: Some(srs.clone()), overwrite: Overwrite::default() };
        setup.run().unwrap();
        let model = self.path("m.hallmark");
        Commitment { model, srs, batches: vec![], output: None, overwrite: Overwrite::default() }.run().unwrap();
    }
}

/// An array as the bytes of its file.
fn bytes(name: &str, array: &ArrayD<f32>) -> Given {
    let mut bytes = Vec::new();
    array.write_npy(&mut bytes).unwrap();
    Given::Bytes { name: Path::new(name).to_owned(), bytes }
}
