//! Prints the figures of the fixtures as ratios to U: proving, its stages, settling, verifying, and the peak memory of a
//! process that does nothing else.
//!
//! ```text
//! cargo run --release -p hallmark-benches [FIXTURE ...]
//! ```

use std::{
    env, fs,
    io::{self, Error, Write},
    process::Command,
    time::{Duration, Instant},
};

use hallmark_benches::{
    model::{FIXTURES, ReadyModel},
    settlement::{CONTEXT, ReadySettlement},
    stages::{Stages, measure},
    unit::{Unit, median},
};
use hallmark_circuits::verifier::native::verify;
use hallmark_prover::proving::{Inference, Prover};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// How often each thing is measured.
const RUNS: usize = 5;
/// Tells the child process which fixture to prove.
const PROVE_ONCE: &str = "--prove-once";
/// Tells the child process which fixture to prove and settle.
const SETTLE_ONCE: &str = "--settle-once";

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [flag, fixture] = arguments.as_slice()
        && [PROVE_ONCE, SETTLE_ONCE].contains(&flag.as_str())
    {
        return run_once(fixture, flag == SETTLE_ONCE);
    }
    let fixtures = if arguments.is_empty() { FIXTURES.map(String::from).to_vec() } else { arguments };
    let mut out = io::stdout().lock();
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

fn report(out: &mut impl Write, fixture: &str, ready: &ReadyModel, unit: &Unit) -> io::Result<()> {
    writeln!(out, "\n{fixture}")?;
    let counts = &ready.report.counts;
    writeln!(out, "  model   {counts:?}")?;
    writeln!(out, "  widths  {:?}", ready.report.widths)?;
    let inference = report_proof(out, fixture, ready, unit)?;
    report_settlement(out, fixture, ready, &inference, unit)
}

fn report_proof(out: &mut impl Write, fixture: &str, ready: &ReadyModel, unit: &Unit) -> io::Result<Inference> {
    let prover = Prover::new(&ready.model, &ready.srs).map_err(Error::other)?;
    let inference = prove(&prover, ready)?;
    let before = unit.time();
    let time = median(RUNS, || drop(prove(&prover, ready)));
    let stages = measure(|| drop(prove(&prover, ready)));
    let unit = (before + unit.time()) / 2;
    let mut verdict = Ok(());
    let check = median(RUNS, || {
        let setup = ready.srs.opening_key();
        verdict = verify(&ready.model.key, setup, CONTEXT, &ready.input, &inference.output, &inference.proof);
    });
    let bytes = 32 * inference.proof.elements.len()
        + 64 * inference.proof.commitments.parts().iter().map(|part| part.len()).sum::<usize>();
    writeln!(out, "  off chain: {verdict:?}")?;
    write_time(out, "prove", time, unit)?;
    write_stages(out, &stages)?;
    writeln!(out, "    verify  {:18.1} ms", milliseconds(check))?;
    writeln!(out, "    proof   {bytes:18} bytes")?;
    writeln!(out, "    memory  {:18.1} MB", peak_of_child(PROVE_ONCE, fixture)?)?;
    Ok(inference)
}

fn report_settlement(
    out: &mut impl Write,
    fixture: &str,
    ready: &ReadyModel,
    inference: &Inference,
    unit: &Unit,
) -> io::Result<()> {
    let start = Instant::now();
    let settlement = ReadySettlement::new(ready, inference).map_err(Error::other)?;
    let keys = start.elapsed();
    let proof = settlement.settle();
    let before = unit.time();
    let time = median(RUNS, || drop(settlement.settle()));
    let stages = measure(|| drop(settlement.settle()));
    let unit = (before + unit.time()) / 2;
    let mut verdict = Ok(());
    let check = median(RUNS, || verdict = settlement.verify(&proof));
    let (height, log_rows) = (settlement.keys.height(), settlement.keys.circuit().log_rows);
    writeln!(out, "  settlement: {verdict:?}")?;
    writeln!(out, "    circuit {height:18} rows of 2^{log_rows}")?;
    write_time(out, "keys", keys, unit)?;
    write_time(out, "prove", time, unit)?;
    write_stages(out, &stages)?;
    writeln!(out, "    verify  {:18.1} ms", milliseconds(check))?;
    writeln!(out, "    proof   {:18} bytes", proof.to_bytes().len())?;
    writeln!(out, "    memory  {:18.1} MB with the off-chain proof", peak_of_child(SETTLE_ONCE, fixture)?)?;
    let gas = settlement.predicted_gas();
    writeln!(out, "    gas     {:18} predicted: {gas:?}", gas.total())?;
    let gas = settlement.measured_gas(&proof)?;
    writeln!(out, "    gas     {:18} measured", gas.transaction)?;
    gas.parts().iter().try_for_each(|(part, gas)| writeln!(out, "      {gas:7} {part}"))
}

fn prove(prover: &Prover<'_>, ready: &ReadyModel) -> io::Result<Inference> {
    prover.prove(CONTEXT, &ready.input, &mut ChaCha20Rng::seed_from_u64(2)).map_err(Error::other)
}

fn write_time(out: &mut impl Write, what: &str, time: Duration, unit: Duration) -> io::Result<()> {
    let ratio = time.as_secs_f64() / unit.as_secs_f64();
    writeln!(out, "    {what:7} {ratio:7.2} U  {:8.1} ms", milliseconds(time))
}

fn write_stages(out: &mut impl Write, stages: &Stages) -> io::Result<()> {
    for (stage, time) in stages {
        writeln!(out, "      {stage:20} {:8.1} ms", milliseconds(*time))?;
    }
    Ok(())
}

/// Proves a fixture once, or proves and settles it, and prints the peak resident size of that.
fn run_once(fixture: &str, settle: bool) -> io::Result<()> {
    let ready = ReadyModel::from_fixture(fixture).ok_or_else(|| Error::other("no such fixture"))?;
    let prover = Prover::new(&ready.model, &ready.srs).map_err(Error::other)?;
    let settlement = match settle {
        true => Some(ReadySettlement::new(&ready, &prove(&prover, &ready)?).map_err(Error::other)?),
        false => None,
    };
    // Compiling and making keys need more memory than proving does: forget their peak.
    fs::write("/proc/self/clear_refs", "5")?;
    drop(prove(&prover, &ready)?);
    if let Some(settlement) = settlement {
        drop(settlement.settle());
    }
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    writeln!(io::stdout(), "{}", peak.chars().filter(char::is_ascii_digit).collect::<String>())
}

/// The peak resident size, in megabytes, of a process that does something with a fixture once.
fn peak_of_child(what: &str, fixture: &str) -> io::Result<f64> {
    let output = Command::new(env::current_exe()?).args([what, fixture]).output()?;
    let kilobytes: f64 = String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or(f64::NAN);
    Ok(kilobytes * 1024.0 / 1e6)
}

fn milliseconds(time: Duration) -> f64 {
    1e3 * time.as_secs_f64()
}
