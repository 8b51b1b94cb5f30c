//! What a person at a terminal sees while a command is at work.
#![cfg(unix)]

use std::{
    ffi::OsStr,
    fs::File,
    io::Read,
    os::unix::ffi::OsStrExt,
    process::{Command, Stdio},
    thread,
};

use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};

use crate::world::{World, fixture};

/// What a command shows on a terminal that its standard error is, and whether it succeeds.
fn shown(world: &World, arguments: &str) -> (String, bool) {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    tcsetwinsize(&controller, Winsize { ws_row: 24, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap();
    let terminal = File::options().read(true).write(true).open(OsStr::from_bytes(name.to_bytes())).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_hallmark"));
    command.current_dir(world.folder.path()).env("TERM", "xterm").args(arguments.split_whitespace());
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(terminal).spawn().unwrap();
    // The command, and with it this process's handle of the terminal, has to be gone for reading to end.
    drop(command);
    let reader = thread::spawn(move || {
        let (mut bytes, mut buffer, mut controller) = (Vec::new(), [0; 4096], File::from(controller));
        // A terminal without anybody at its other end is an error to read from.
        while let Ok(count @ 1..) = controller.read(&mut buffer) {
            bytes.extend_from_slice(&buffer[..count]);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    });
    let succeeded = child.wait().unwrap().success();
    (reader.join().unwrap(), succeeded)
}

#[test]
fn a_terminal_shows_the_phase_and_the_time() {
    let world = World::copy();
    let (model, samples) = (fixture("models/digits_cnn.onnx"), fixture("data/digits_cnn_calibration.npy"));
    // Which of the phases are seen depends on how fast they go by.
    for (command, phases) in [
        (
            format!("compile {model} --calibration {samples} -o n.hallmark"),
            ["calibrate (", "reference (", "candidate "],
        ),
        ("prove m.hallmark --srs srs.bin --input x.npy -o new.proof".into(), ["open (", "columns (", "quotient ("]),
        ("srs new --insecure --log-size 14 -o new.bin".into(), ["powers ("; 3]),
        ("demo".into(), ["setup (", "lagrange basis (", "verifying key ("]),
    ] {
        let (screen, succeeded) = shown(&world, &command);
        assert!(succeeded && phases.iter().any(|phase| screen.contains(phase)), "{command}: {screen:?}");
        assert!(screen.contains("(0s") || screen.contains("(1s"), "{command}: {screen:?}");
        assert!(!screen.contains("0/0") && !screen.contains('░'), "{command}: {screen:?}");
        assert!(["⠁", "⠂", "⠄", "⡀"].iter().any(|turn| screen.contains(turn)), "{command}: {screen:?}");
    }
    let (screen, succeeded) = shown(&world, "run m.hallmark --input x.npy --quiet");
    assert!(succeeded && screen.is_empty(), "{screen:?}");
    // Who is at a terminal is told what is likely to be next.
    let key = "export-key m.hallmark -o new.key";
    let next = "next: hallmark setup m.hallmark --srs SRS";
    assert!(shown(&world, key).0.contains(next));
    assert!(!shown(&world, &format!("{key} --quiet")).0.contains("next"));
}

/// Progress is for people: a file or another program gets none.
#[test]
fn what_is_no_terminal_gets_no_progress() {
    let world = World::copy();
    let (model, samples) = (fixture("models/digits_mlp.onnx"), fixture("data/digits_calibration.npy"));
    let output = world.command(&format!("compile {model} --calibration {samples} -o n.hallmark"));
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
