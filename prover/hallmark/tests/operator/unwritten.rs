//! What was paid is told somewhere, whatever becomes of standard output.

use std::fs::OpenOptions;

use hallmark_proving::npy::write_floats;

use crate::{
    program::{done, hallmark},
    world::{CUSTOMER, World, at},
};

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_payment_that_can_t_be_told_on_standard_output_is_told_on_standard_error() {
    let world = World::new(&[]).await;
    let (key, input) = (at(world.folder.path(), "m.key"), at(world.folder.path(), "x.npy"));
    done(CUSTOMER, &format!("export-key m.hallmark -o {key}"));
    write_floats(&input, ndarray::ArrayD::zeros(vec![4]).view()).unwrap();
    let World { market, model, .. } = &world;
    for json in ["", "--json"] {
        let request = format!(
            "request {key} --market {market} --model-id {model} --srs srs.bin --input {input} --fee 1gwei --for-tests --rpc {} {json}",
            world.anvil.url()
        );
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = hallmark(CUSTOMER, &request).stdout(full).stderr(std::process::Stdio::piped()).spawn().unwrap();
        let output = output.wait_with_output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(4), "{told}");
        for part in ["can't be written", "request   0x", "0.000000001 ether", "transaction  0x"] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }
}
