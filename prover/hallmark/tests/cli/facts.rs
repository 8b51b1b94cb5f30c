//! What commands have checked before, and need not check again.
#![cfg(unix)]

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output},
};

use alloy::primitives::keccak256;

use crate::world::World;

/// What stands before the powers in a setup's file: magic, version, flags, size, digest and [tau]_2.
const HEAD: usize = 20 + 32 + 128;
const POINT: usize = 64;

fn run(world: &World, facts: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hallmark"));
    command.env("HALLMARK_FACTS_DIR", facts).current_dir(world.folder.path());
    command.args(arguments.split_whitespace()).output().unwrap()
}

fn names(facts: &Path) -> Vec<String> {
    let entries = fs::read_dir(facts).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[test]
fn files_that_were_checked_are_not_checked_again_and_others_are() {
    let world = World::copy();
    let facts = world.path("facts");
    let verify = |srs: &str| {
        let output = run(&world, &facts, &world.verify("p.proof", "--input x.npy").replace("srs.bin", srs));
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(verify("srs.bin").0, Some(0));
    let known = names(&facts);
    assert_eq!(known.len(), 1, "the powers: {known:?}");
    assert_eq!((verify("srs.bin").0, names(&facts)), (Some(0), known.clone()));
    // The settlement's keys come with two more: their columns, and the basis.
    let proved = run(&world, &facts, "prove m.hallmark --srs srs.bin --input x.npy -o q.proof --quiet");
    assert_eq!((proved.status.code(), names(&facts).len()), (Some(0), 3));

    let mut forged = fs::read(world.path("srs.bin")).unwrap();
    let powers = HEAD..forged.len() - 32;
    let [left, right] = [9, 10].map(|index| HEAD + index * POINT);
    (0..POINT).for_each(|byte| forged.swap(left + byte, right + byte));
    fs::write(world.path("forged.bin"), &forged).unwrap();
    let (code, said) = verify("forged.bin");
    assert!(code == Some(3) && said.contains("successive powers"), "{said}");
    assert_eq!(names(&facts).len(), 3, "what was refused is not remembered");

    // A fact that nobody found. It is believed where nobody else could have put it, and nowhere else.
    let hashed = [b"hallmark powers 1".as_slice(), &forged[20..52], &forged[powers]].concat();
    fs::write(facts.join(keccak256(hashed).to_string()), "").unwrap();
    let (code, said) = verify("forged.bin");
    assert!(code != Some(0) && !said.contains("successive powers"), "{said}");
    fs::set_permissions(&facts, Permissions::from_mode(0o777)).unwrap();
    let (code, said) = verify("forged.bin");
    assert!(code == Some(3) && said.contains("successive powers"), "{said}");
    let doctor = run(&world, &facts, "doctor");
    let told = String::from_utf8(doctor.stdout).unwrap();
    assert!(told.contains("others can write to") && told.contains("chmod 700"), "{told}");
}

#[test]
fn with_an_empty_variable_nothing_is_remembered() {
    let world = World::copy();
    assert_eq!(run(&world, Path::new(""), &world.verify("p.proof", "--input x.npy")).status.code(), Some(0));
    let doctor = run(&world, Path::new(""), "doctor");
    assert!(String::from_utf8(doctor.stdout).unwrap().contains("nothing is remembered"));
}
