//! Files of a released version are read for good: keys, proofs of both kinds, batches. `docs/compatibility.md` has the promise.
//!
//! `UPDATE_GOLDEN=1 cargo test --workspace --test cli kept` makes the files of a version anew, until it is released.

use std::{
    fs,
    path::{Path, PathBuf},
};

use hallmark_proving::srs::Srs;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use serde_json::Value;
use tempfile::TempDir;

use crate::world::{World, fixture, text};

/// The versions whose files are kept. A release that changes a format adds its own, and takes none away.
const VERSIONS: [&str; 1] = ["0.1.0"];
/// What a version's folder has, but for the digests.
const FILES: [&str; 6] = ["digits.key", "single.proof", "off-chain.proof", "batch.proof", "x.npy", "stack.npy"];
/// A setup is not kept: every version reads the ceremony's file. This one can be drawn again.
const LOG_SIZE: u32 = 13;

fn folder(version: &str) -> PathBuf {
    PathBuf::from(fixture("kept")).join(version)
}

/// A folder with a version's setup.
fn world() -> World {
    let world = World { folder: TempDir::new().unwrap(), digest: String::new(), weights: String::new() };
    let srs = Srs::insecure(LOG_SIZE, &mut ChaCha20Rng::seed_from_u64(0));
    srs.write(&world.path("srs.bin")).unwrap();
    world
}

/// Whether the change log has a section of a version: nothing of it may change from then on.
fn is_released(version: &str) -> bool {
    let log = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../CHANGELOG.md")).unwrap();
    log.lines().any(|line| line.starts_with(&format!("## [{version}]")))
}

/// Makes the files of the version that is to be released.
fn make(version: &str) {
    assert!(!is_released(version), "{version} is released: its files are kept for good, and what reads them is wrong");
    let world = world();
    let (model, calibration) = (fixture("models/digits_mlp.onnx"), fixture("data/digits_calibration.npy"));
    let images = world_array(&fixture("data/digits_test.npy"));
    world.write("stack.npy", images.slice_axis(ndarray::Axis(0), (0..3).into()).into_dyn());
    fs::copy(fixture("data/digits_image.npy"), world.path("x.npy")).unwrap();
    world.done(&format!("compile {model} --calibration {calibration} -o m.hallmark"));
    let committed = world.done("commit m.hallmark --srs srs.bin --batches 4");
    world.done("export-key m.hallmark -o digits.key");
    world.done("prove m.hallmark --srs srs.bin --input x.npy -o single.proof");
    world.done("prove m.hallmark --srs srs.bin --input x.npy -o off-chain.proof --off-chain");
    world.done("prove m.hallmark --srs srs.bin --inputs stack.npy -o batch.proof");
    fs::create_dir_all(folder(version)).unwrap();
    for name in FILES {
        fs::copy(world.path(name), folder(version).join(name)).unwrap();
    }
    let digests = ["model_digest", "weight_digest"].map(|name| format!("{name} {}\n", text(&committed, name)));
    fs::write(folder(version).join("digests.txt"), digests.concat()).unwrap();
}

fn world_array(path: &str) -> ndarray::ArrayD<f32> {
    hallmark_proving::npy::read_floats(Path::new(path), 1 << 20).unwrap()
}

/// A folder with a version's files, and the digests that it had.
fn kept(version: &str) -> World {
    let mut world = world();
    for name in FILES {
        fs::copy(folder(version).join(name), world.path(name)).unwrap();
    }
    let digests = fs::read_to_string(folder(version).join("digests.txt")).unwrap();
    let digest = |name: &str| digests.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    (world.digest, world.weights) = (digest("model_digest"), digest("weight_digest"));
    world
}

/// Keys and proofs say the same as when they were made.
fn assert_read(version: &str) {
    let world = kept(version);
    let (digest, weights) = (&world.digest, &world.weights);
    let inspected = world.done("inspect digits.key");
    assert_eq!(text(&inspected, "weight_digest"), *weights, "{version}");
    let derived = world.done("setup digits.key --srs srs.bin -o made.settlement");
    assert_eq!(text(&derived, "model_digest"), *digest, "{version}");
    for (proof, input, samples) in
        [("single", "--input x.npy", 1), ("off-chain", "--input x.npy", 1), ("batch", "--inputs stack.npy", 3)]
    {
        let verify = format!("verify {proof}.proof --key digits.key --srs srs.bin");
        let verified = world.done(&format!("{verify} --digest {digest} {input} --save-output {proof}.npy"));
        assert_eq!((&verified["valid"], text(&verified, "model_digest")), (&Value::Bool(true), digest.clone()));
        assert_eq!(world.array(&format!("{proof}.npy")).len(), 10 * samples, "{version} {proof}");
        world.refuses(&format!("{verify} --digest {weights} {input}"), digest);
    }
    assert_eq!(world.array("single.npy"), world.array("off-chain.npy"));
}

#[test]
fn files_of_released_versions_are_read() {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        VERSIONS.into_iter().filter(|version| !is_released(version)).for_each(make);
    }
    VERSIONS.into_iter().for_each(assert_read);
}

/// A release keeps files of its own, and the policy names each version that has some.
#[test]
fn every_kept_version_is_in_the_policy() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let policy = fs::read_to_string(root.join("docs/compatibility.md")).unwrap();
    let mut folders: Vec<String> =
        fs::read_dir(fixture("kept")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    folders.sort();
    assert_eq!(folders, VERSIONS);
    for version in VERSIONS {
        assert!(policy.contains(&format!("| {version} |")), "{version} has no row in docs/compatibility.md");
    }
    let log = fs::read_to_string(root.join("CHANGELOG.md")).unwrap();
    let released = log.lines().filter_map(|line| line.strip_prefix("## [")?.split(']').next());
    for version in released.filter(|name| *name != "Unreleased") {
        assert!(policy.contains(&format!("| {version} |")), "{version} is released: say in the policy what it reads");
    }
}
