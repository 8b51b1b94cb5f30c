//! What is written takes the place of nothing that could be missed, is locked while it is written, and leaves nothing behind.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::world::{World, fixture, text};

fn compile(output: &str) -> String {
    let (model, samples) = (fixture("models/digits_mlp.onnx"), fixture("data/digits_calibration.npy"));
    format!("compile {model} --calibration {samples} -o {output}")
}

fn names(world: &World) -> BTreeSet<String> {
    let entries = fs::read_dir(world.folder.path()).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn error(json: &Value) -> (String, String) {
    (text(&json["error"], "kind"), text(&json["error"], "message"))
}

/// A command that must fail with this status and kind, and change no file of the folder.
fn leaves_all(world: &World, arguments: &str, code: i32, kind: &str) {
    let contents = || names(world).into_iter().map(|name| (fs::read(world.path(&name)).ok(), name)).collect::<Vec<_>>();
    let before = contents();
    let said = world.say(arguments);
    assert_eq!((said.code, error(&said.json).0.as_str()), (code, kind), "{arguments}: {}", said.json);
    assert_eq!(contents(), before, "{arguments}");
}

/// Commands that write a file, up to its name.
const WRITERS: [&str; 7] = [
    "commit fresh.hallmark --srs srs.bin -o",
    "export-key m.hallmark -o",
    "setup m.key --srs srs.bin --blob",
    "run m.hallmark --input x.npy --save-output",
    "prove m.hallmark --srs srs.bin --input x.npy --off-chain -o",
    "prove m.hallmark --srs srs.bin --input x.npy --off-chain -o new.proof --save-output",
    "srs new --insecure --log-size 4 -o",
];

#[test]
fn a_committed_model_is_replaced_by_nothing() {
    let world = World::copy();
    world.done(&compile("fresh.hallmark"));
    fs::copy(world.path("m.hallmark"), world.path("sold.hallmark")).unwrap();
    for writer in WRITERS.iter().map(|writer| (*writer).to_owned()).chain([compile("").trim().to_owned()]) {
        leaves_all(&world, &format!("{writer} sold.hallmark"), 1, "exists");
    }
    leaves_all(&world, "commit m.hallmark --srs srs.bin", 1, "exists");
    // It says which commitment would be lost, before it does the work.
    world.fails("commit m.hallmark --srs srs.bin", 1, "is already committed to, under the weight digest");
    leaves_all(
        &world,
        &format!("{} --save-output sold.hallmark", world.verify("o.proof", "--input x.npy")),
        // Of `verify`, 1 would say that the proof is false.
        3,
        "exists",
    );
    // A damaged model, or one of another version, may hold blinds all the same.
    let mut damaged = fs::read(world.path("sold.hallmark")).unwrap();
    damaged[1000] ^= 1;
    fs::write(world.path("damaged.hallmark"), damaged).unwrap();
    leaves_all(&world, &compile("damaged.hallmark"), 1, "exists");
    // What was never committed to can be made again.
    world.done(&compile("fresh.hallmark"));
}

#[test]
fn a_model_that_is_replaced_by_force_is_kept() {
    let world = World::copy();
    for (command, proves) in [
        (format!("{} --force", compile("m.hallmark")), false),
        ("commit m.hallmark --srs srs.bin".to_owned(), true),
        ("commit m.hallmark --srs srs.bin --force".to_owned(), true),
        ("run m.hallmark --input x.npy --save-output m.hallmark --force".to_owned(), false),
    ] {
        let before = world.say("inspect m.hallmark").json["weight_digest"].clone();
        let said = world.say(&command);
        assert_eq!(said.code, 0, "{command}: {}", said.json);
        if !before.is_null() {
            let kept = text(&said.json, "previous");
            assert!(said.stderr.contains(&kept), "{}", said.stderr);
            assert_eq!(world.done(&format!("inspect {kept}"))["weight_digest"], before);
            world.done(&format!("prove {kept} --srs srs.bin --input x.npy -o kept.proof --off-chain"));
            #[cfg(unix)]
            assert_eq!(
                std::os::unix::fs::PermissionsExt::mode(&fs::metadata(world.path(&kept)).unwrap().permissions())
                    & 0o777,
                0o600
            );
        }
        assert_eq!(world.say("inspect m.hallmark").json.get("weight_digest").is_some_and(Value::is_string), proves);
    }
}

#[test]
fn an_input_is_no_output_by_any_of_its_names() {
    let world = World::copy();
    fs::create_dir(world.path("d")).unwrap();
    fs::copy(fixture("models/digits_mlp.onnx"), world.path("m.onnx")).unwrap();
    fs::copy(fixture("data/digits_calibration.npy"), world.path("c.npy")).unwrap();
    for name in ["m.hallmark", "m.key", "x.npy", "o.proof", "srs.bin", "m.onnx"] {
        fs::hard_link(world.path(name), world.path(&format!("hard-{name}"))).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(world.path(name), world.path(&format!("soft-{name}"))).unwrap();
    }
    let names =
        |name: &str| [name.to_owned(), format!("./d/../{name}"), format!("hard-{name}"), format!("soft-{name}")];
    let verify = world.verify("o.proof", "--input x.npy --save-output");
    for (command, input) in [
        ("export-key m.hallmark -o", "m.hallmark"),
        ("run m.hallmark --input x.npy --save-output", "x.npy"),
        ("prove m.hallmark --srs srs.bin --input x.npy --off-chain -o", "m.hallmark"),
        ("prove m.hallmark --srs srs.bin --input x.npy --off-chain -o", "srs.bin"),
        ("setup m.key --srs srs.bin --blob", "m.key"),
        ("compile m.onnx --calibration c.npy -o", "m.onnx"),
        ("srs import m.key -o", "m.key"),
        ("commit m.hallmark --srs srs.bin -o", "srs.bin"),
        (&verify, "o.proof"),
        (&verify, "x.npy"),
    ] {
        for name in names(input) {
            leaves_all(&world, &format!("{command} {name}"), 2, "usage");
        }
    }
    leaves_all(&world, "prove m.hallmark --srs srs.bin --input x.npy -o new --save-output ./new", 2, "usage");
}

#[test]
fn other_files_stay_and_the_same_kind_is_made_again() {
    let world = World::copy();
    fs::write(world.path("notes"), "mine").unwrap();
    fs::write(world.path("empty"), "").unwrap();
    world.done(&compile("fresh.hallmark"));
    for writer in WRITERS {
        leaves_all(&world, &format!("{writer} notes"), 1, "exists");
    }
    leaves_all(&world, "srs new --insecure --log-size 4 -o srs.bin", 1, "exists");
    world.done("export-key m.hallmark -o empty");
    for repeated in [
        "export-key m.hallmark -o again.key",
        "run m.hallmark --input x.npy --save-output again.npy",
        "prove m.hallmark --srs srs.bin --input x.npy -o again.proof --off-chain",
    ] {
        world.done(repeated);
        world.done(repeated);
    }
    world.done("export-key m.hallmark -o notes --force");
    assert!(names(&world).iter().all(|name| !name.starts_with('.')));
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_written_to() {
    let world = World::copy();
    fs::create_dir(world.path("d")).unwrap();
    std::os::unix::fs::symlink(world.path("nothing"), world.path("dangling")).unwrap();
    std::os::unix::fs::symlink(world.path("real.key"), world.path("link.key")).unwrap();
    world.done("export-key m.hallmark -o real.key");
    for (name, code, kind, reason) in [
        ("-", 2, "usage", "name a file"),
        ("d", 3, "file", "folder"),
        ("d/", 3, "file", "folder"),
        ("new/", 3, "file", "folder"),
        ("/dev/null", 3, "file", "regular file"),
        ("dangling", 3, "file", "points to a missing file"),
        ("m.key/new", 3, "file", "m.key/new"),
        ("absent/new", 3, "missing", "absent/new"),
    ] {
        let said = world.say(&format!("export-key m.hallmark -o {name}"));
        let (found, message) = error(&said.json);
        assert_eq!((said.code, found.as_str()), (code, kind), "{name}: {message}");
        assert!(message.contains(reason) && message.starts_with(name.trim_end_matches('/')), "{name}: {message}");
    }
    // A link is followed, and stays one.
    world.done("export-key m.hallmark -o link.key");
    assert!(fs::symlink_metadata(world.path("link.key")).unwrap().is_symlink());
    assert_eq!(world.done("inspect real.key")["weight_digest"], world.done("inspect m.key")["weight_digest"]);
}

fn spawn(world: &World, arguments: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hallmark"));
    command.current_dir(world.folder.path()).args(arguments.split_whitespace());
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn of_many_commitments_at_once_one_is_to_be_published() {
    for _ in 0..3 {
        let world = World::copy();
        world.done(&compile("fresh.hallmark"));
        let running: Vec<Child> = (0..6).map(|_| spawn(&world, "commit fresh.hallmark --srs srs.bin --json")).collect();
        let outputs = running.into_iter().map(|child| child.wait_with_output().unwrap());
        let said: Vec<Value> = outputs.map(|output| serde_json::from_slice(&output.stdout).unwrap()).collect();
        let made: Vec<&Value> = said.iter().filter(|json| json.get("error").is_none()).collect();
        assert_eq!(made.len(), 1, "{said:?}");
        assert_eq!(world.done("inspect fresh.hallmark")["weight_digest"], made[0]["weight_digest"]);
    }
}

#[test]
fn a_commitment_is_not_lost_to_a_compilation_at_the_same_time() {
    for pause in [0, 40, 80, 160, 320] {
        let world = World::copy();
        world.done(&compile("fresh.hallmark"));
        let compiling = spawn(&world, &format!("{} --json", compile("fresh.hallmark")));
        thread::sleep(Duration::from_millis(pause));
        let committing = spawn(&world, "commit fresh.hallmark --srs srs.bin --json");
        let [compiled, committed] = [compiling, committing].map(|child| child.wait_with_output().unwrap());
        if committed.status.success() {
            let json: Value = serde_json::from_slice(&committed.stdout).unwrap();
            let found = world.done("inspect fresh.hallmark");
            assert_eq!(found["weight_digest"], json["weight_digest"], "{}", compiled.status);
        }
    }
}

#[test]
fn a_writer_waits_for_another_and_gives_up_with_a_reason() {
    let world = World::copy();
    let held = File::open(world.path("m.key")).unwrap();
    held.lock().unwrap();
    let waiting = spawn(&world, "export-key m.hallmark -o m.key");
    thread::sleep(Duration::from_millis(500));
    held.unlock().unwrap();
    assert!(waiting.wait_with_output().unwrap().status.success());
    let held = File::open(world.path("m.key")).unwrap();
    held.lock().unwrap();
    let said = world.say("export-key m.hallmark -o m.key");
    assert!(said.code == 3 && error(&said.json).1.contains("another program"), "{}", said.json);
}

#[cfg(unix)]
#[test]
fn a_writer_that_is_stopped_leaves_nothing() {
    let world = World::copy();
    world.done(&compile("fresh.hallmark"));
    let before = names(&world);
    // Long enough at work to be seen: sixteen megabytes of powers, and then commitments that are stopped at any moment.
    for (signal, command, pauses) in [
        ("-KILL", "srs new --insecure --log-size 17 -o new.bin", vec![]),
        ("-TERM", "commit fresh.hallmark --srs srs.bin -o new.hallmark", (0..12).map(|step| 20 * step).collect()),
        ("-INT", "commit fresh.hallmark --srs srs.bin -o new.hallmark", (0..12).map(|step| 10 + 20 * step).collect()),
        ("-KILL", "commit fresh.hallmark --srs srs.bin -o new.hallmark", (0..12).map(|step| 5 + 20 * step).collect()),
    ] {
        let written = command.split(' ').next_back().unwrap();
        for pause in pauses.into_iter().chain([u64::MAX]) {
            let mut child = spawn(&world, command);
            if pause == u64::MAX {
                // Whatever is seen beside the file itself is stopped at that moment.
                while child.try_wait().unwrap().is_none() {
                    let seen = names(&world);
                    if seen.iter().any(|name| !before.contains(name) && name != written) {
                        stop(&child, signal);
                        break;
                    }
                }
            } else {
                thread::sleep(Duration::from_millis(pause));
                stop(&child, signal);
            }
            child.wait().unwrap();
            let left: Vec<String> =
                names(&world).difference(&before).filter(|name| *name != written).cloned().collect();
            assert!(left.is_empty(), "{command}: {left:?}");
            // Whole, if it is there at all.
            if written.ends_with(".hallmark") && world.path(written).exists() {
                world.done(&format!("inspect {written}"));
            }
            let _ = fs::remove_file(world.path(written));
        }
    }
}

#[cfg(unix)]
fn stop(child: &Child, signal: &str) {
    // It may have ended by itself.
    let _ = Command::new("kill").args([signal, &child.id().to_string()]).stderr(Stdio::null()).status();
}
