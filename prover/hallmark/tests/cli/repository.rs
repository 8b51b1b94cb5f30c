//! The check of a model's repository, in `docs/model-repository`: it tells the registered model from others, without a secret.

use std::{fs, path::Path, process::Command};

use crate::world::{World, fixture};

/// A world with the folder `model`, as an operator commits it.
fn repository() -> World {
    let world = World::copy();
    let folder = world.path("model");
    fs::create_dir(&folder).unwrap();
    fs::copy(fixture("models/digits_mlp.onnx"), folder.join("model.onnx")).unwrap();
    fs::copy(fixture("data/digits_calibration.npy"), folder.join("calibration.npy")).unwrap();
    for (file, name) in [("m.key", "m.key"), ("x.npy", "sample.npy"), ("p.proof", "sample.proof")] {
        fs::copy(world.path(file), folder.join(name)).unwrap();
    }
    fs::write(folder.join("model.digest"), format!("{}\n", world.digest)).unwrap();
    world
}

/// Whether the check passes, and all that it says.
fn check(world: &World) -> (bool, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/model-repository/check");
    let program = Path::new(env!("CARGO_BIN_EXE_hallmark")).parent().unwrap().display().to_string();
    let mut command = Command::new(script);
    command.args(["model", "srs.bin"]).current_dir(world.folder.path());
    command.env("PATH", format!("{program}:{}", std::env::var("PATH").unwrap()));
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[test]
fn the_registered_model_passes_the_check_of_its_repository() {
    let (passes, said) = check(&repository());
    assert!(passes && said.matches("ok    ").count() == 4, "{said}");
}

#[test]
fn other_models_fail_the_check_of_the_repository() {
    let world = repository();
    let (model, sample) = (world.path("model/model.onnx"), world.path("model/sample.proof"));
    let onnx = fs::read(&model).unwrap();

    // Other weights: bits in the middle of the file, where the first layer's are.
    let mut other = onnx.clone();
    let middle = other.len() / 2;
    other[middle..middle + 64].iter_mut().for_each(|byte| *byte ^= 0x01);
    fs::write(&model, other).unwrap();
    let (passes, said) = check(&world);
    assert!(!passes && said.contains("FAIL  model.onnx"), "{said}");
    fs::write(&model, &onnx).unwrap();

    // Another scale of all weights has other tables.
    fs::write(world.path("model/compile.options"), "--activation-bits 6\n").unwrap();
    let (passes, said) = check(&world);
    assert!(!passes && said.contains("FAIL  model.onnx compiles to the architecture"), "{said}");
    fs::remove_file(world.path("model/compile.options")).unwrap();

    // A key that is another model's, under the pinned digest.
    world.done("commit m.hallmark --srs srs.bin --force");
    world.done("export-key m.hallmark -o model/m.key");
    let (passes, said) = check(&world);
    assert!(!passes && said.contains("FAIL  m.key has the model digest"), "{said}");
    fs::copy(world.path("m.key"), world.path("model/m.key")).unwrap();

    // A proof of another sample.
    world.done("prove m.hallmark --srs srs.bin --input x.npy -o other.proof");
    fs::copy(world.path("other.proof"), &sample).unwrap();
    let (passes, said) = check(&world);
    assert!(!passes && said.contains("FAIL  sample.proof does not hold"), "{said}");
}

/// The workflow runs the check, and commands that there are.
#[test]
fn the_workflow_runs_the_check() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/model-repository/hallmark.yml");
    let workflow = fs::read_to_string(path).unwrap();
    for part in
        ["run: .github/hallmark-check model \"$SETUP\"", "hallmark srs import ceremony.ptau", "hallmark srs list"]
    {
        assert!(workflow.contains(part), "{part}");
    }
    // Nothing that the workflow does takes a secret.
    assert!(!workflow.contains("secrets."));
}
