//! Models whose inputs contracts are told by digests.

use hallmark_proving::npy::read_floats;
use ndarray::{Axis, Slice};
use tempfile::TempDir;

use crate::world::{World, fixture, text};

#[test]
fn contracts_are_told_digests_in_the_place_of_inputs() {
    let mut world = World { folder: TempDir::new().unwrap(), digest: String::new(), weights: String::new() };
    world.done("srs new --insecure --log-size 14 -o srs.bin");
    let (model, data) = (fixture("models/digits_mlp.onnx"), fixture("data/digits_calibration.npy"));
    world.done(&format!("compile {model} --calibration {data} -o values.hallmark"));
    world.done(&format!("compile {model} --calibration {data} --input-digests -o m.hallmark"));
    world.digest = text(&world.done("commit m.hallmark --srs srs.bin --batches 2"), "model_digest");
    world.done("export-key m.hallmark -o m.key");
    let samples = read_floats(data.as_ref(), 1 << 24).unwrap();
    world.write("x.npy", samples.index_axis(Axis(0), 0));
    world.write("other.npy", samples.index_axis(Axis(0), 1));
    world.write("pair.npy", samples.slice_axis(Axis(0), Slice::from(0..2)));

    // A digest has 32 bytes, and is the model's and the key's alike. The values of digits have 64.
    let told = world.done("digest m.key --input x.npy");
    assert_eq!(told, world.done("digest m.hallmark --input x.npy"));
    assert_eq!(text(&told, "input_digest").len(), 2 + 64);
    assert_ne!(told, world.done("digest m.key --input other.npy"));
    assert_eq!(text(&world.done("digest values.hallmark --input x.npy"), "input").len(), 2 + 128);

    for (flags, proof) in [("--off-chain", "o.proof"), ("", "p.proof")] {
        world.done(&format!("prove m.hallmark --srs srs.bin --input x.npy -o {proof} {flags}"));
        world.done(&world.verify(proof, "--input x.npy"));
        world.refuses(&world.verify(proof, "--input other.npy"), "does not hold");
    }
    world.done("prove m.hallmark --srs srs.bin --inputs pair.npy -o pair.proof");
    world.done(&world.verify("pair.proof", "--inputs pair.npy"));
}
