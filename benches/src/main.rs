//! Prints the figures of the fixtures as ratios to U: proving, its stages, verifying, and the peak memory of a process that
//! does nothing but prove.
//!
//! ```text
//! cargo run --release -p hallmark-benches [FIXTURE ...]
//! ```

use std::{env, fs, io::Write, process::Command, time::Duration};

use hallmark_benches::{
    model::{FIXTURES, ReadyModel},
    stages::measure,
    unit::{Unit, median},
};
use hallmark_circuits::verifier::native::verify;
use hallmark_prover::proving::Prover;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// How often each thing is measured.
const RUNS: usize = 5;
/// Tells the child process which prepared model to prove.
const CHILD: &str = "--prove-once";

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [flag, fixture] = arguments.as_slice()
        && flag == CHILD
    {
        return prove_once(fixture);
    }
    let fixtures = if arguments.is_empty() { FIXTURES.map(String::from).to_vec() } else { arguments };
    let mut out = std::io::stdout().lock();
    let unit = Unit::default();
    writeln!(out, "{} threads; U = {:.0} ms", rayon::current_num_threads(), milliseconds(unit.time()))?;
    for fixture in fixtures {
        match ReadyModel::from_fixture(&fixture) {
            Some(ready) => report(&mut out, &fixture, &ready, &unit)?,
            None => writeln!(out, "{fixture}: no such fixture")?,
        }
    }
    Ok(())
}

fn report(out: &mut impl Write, fixture: &str, ready: &ReadyModel, unit: &Unit) -> std::io::Result<()> {
    let Ok(prover) = Prover::new(&ready.model, &ready.srs) else { return writeln!(out, "{fixture}: refused") };
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let context = [0; 32];
    let Ok(inference) = prover.prove(context, &ready.input, &mut rng) else {
        return writeln!(out, "{fixture}: not proved");
    };
    let before = unit.time();
    let prove = median(RUNS, || drop(prover.prove(context, &ready.input, &mut rng)));
    let stages = measure(|| drop(prover.prove(context, &ready.input, &mut rng)));
    let after = unit.time();
    let mut verdict = Ok(());
    let check = median(RUNS, || {
        let setup = ready.srs.opening_key();
        verdict = verify(&ready.model.key, setup, context, &ready.input, &inference.output, &inference.proof);
    });
    let unit = (before + after) / 2;
    let bytes = 32 * inference.proof.elements.len()
        + 64 * inference.proof.commitments.parts().iter().map(|part| part.len()).sum::<usize>();
    writeln!(out, "\n{fixture}: verdict {verdict:?}")?;
    writeln!(out, "  prove   {:7.2} U  {:8.1} ms", prove.as_secs_f64() / unit.as_secs_f64(), milliseconds(prove))?;
    writeln!(out, "  verify  {:18.1} ms", milliseconds(check))?;
    writeln!(out, "  proof   {bytes:18} bytes")?;
    writeln!(out, "  memory  {:18.1} MB", peak_of_child(fixture)?)?;
    let counts = &ready.report.counts;
    writeln!(out, "  model   {counts:?}")?;
    writeln!(out, "  widths  {:?}", ready.report.widths)?;
    for (stage, time) in stages {
        writeln!(out, "    {stage:20} {:8.1} ms", milliseconds(time))?;
    }
    Ok(())
}

/// Proves once with a model that was prepared by another process's code path, and prints the peak resident size.
fn prove_once(fixture: &str) -> std::io::Result<()> {
    let Some(ready) = ReadyModel::from_fixture(fixture) else { return Ok(()) };
    // Compiling needs more memory than proving does: forget its peak.
    fs::write("/proc/self/clear_refs", "5")?;
    let Ok(prover) = Prover::new(&ready.model, &ready.srs) else { return Ok(()) };
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    drop(prover.prove([0; 32], &ready.input, &mut rng));
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    writeln!(std::io::stdout(), "{}", peak.chars().filter(char::is_ascii_digit).collect::<String>())
}

/// The peak resident size, in megabytes, of a process that proves a fixture once.
fn peak_of_child(fixture: &str) -> std::io::Result<f64> {
    let output = Command::new(env::current_exe()?).args([CHILD, fixture]).output()?;
    let kilobytes: f64 = String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or(f64::NAN);
    Ok(kilobytes * 1024.0 / 1e6)
}

fn milliseconds(time: Duration) -> f64 {
    1e3 * time.as_secs_f64()
}
