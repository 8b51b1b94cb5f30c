//! The tests: which there are, what each reaches, and whether they pass with a mutant.

use std::{
    collections::BTreeSet,
    fs, io,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

/// The address space of a test: a mutant that takes more is killed.
const MEMORY_KIB: u64 = 8 << 20;
/// A run with a mutant may take so many times the processor time that it takes without one, and these seconds more.
const PATIENCE: f64 = 5.0;
const GRACE: u64 = 5;
/// How often a test is looked at.
const PAUSE: Duration = Duration::from_millis(2);
/// So many times the processor time that a run may take is its limit in time. A machine that does much else is slow. So this is
/// only for what waits for nothing.
const SLOWEST: u64 = 200;

/// A program with tests in it.
#[derive(Clone, Debug)]
pub struct Binary {
    /// The target's name.
    pub name: String,
    /// The program.
    pub path: PathBuf,
    /// The package, in which it is run.
    pub folder: PathBuf,
}

/// A test, and what was seen when it ran without a mutant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Test {
    /// The place of its binary.
    pub binary: usize,
    /// Its name there.
    pub name: String,
    /// Seconds of processor time of the run.
    pub seconds: f64,
    /// The numbers of the mutants that it reaches.
    pub reached: BTreeSet<usize>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// All tests passed.
    Passed,
    /// These tests failed.
    Failed(String),
    /// It took too long, or too much memory, or ended otherwise.
    Stopped,
}

/// A shell that runs some tests of a binary by `script`, within limits.
fn command(binary: &Binary, names: &[&str], seconds: u64, script: &str) -> Command {
    let mut command = Command::new("sh");
    let script = format!("ulimit -t {seconds}; ulimit -v {MEMORY_KIB}; {script}");
    command.arg("-c").arg(script).arg(&binary.path).arg("--exact").arg("--test-threads=1").args(names);
    command
        .env("RAYON_NUM_THREADS", "1")
        .env("RUST_BACKTRACE", "0")
        .env("PROPTEST_FAILURE_PERSISTENCE", "off")
        .current_dir(&binary.folder);
    command.stdin(Stdio::null()).stderr(Stdio::null());
    command
}

fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    while start.elapsed() < limit {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        thread::sleep(PAUSE);
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

/// The names of a binary's tests.
///
/// # Errors
/// If it can't be run.
pub fn list(binary: &Binary) -> io::Result<Vec<String>> {
    let output =
        Command::new(&binary.path).args(["--list", "--format", "terse"]).current_dir(&binary.folder).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
}

/// Runs a test without a mutant.
///
/// # Errors
/// If it can't be run, or fails.
pub fn record(binaries: &[Binary], binary: usize, name: String, file: &Path) -> io::Result<Test> {
    drop(fs::remove_file(file));
    let mut command = command(&binaries[binary], &[&name], 600, "\"$0\" \"$@\" 2>/dev/null && times >&2");
    let output = command.env("HALLMARK_MUTANTS_REACHED", file).stdout(Stdio::null()).stderr(Stdio::piped()).output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!("{name} fails without a mutant: {}", output.status)));
    }
    let seconds = seconds(&String::from_utf8_lossy(&output.stderr));
    let text = fs::read_to_string(file).unwrap_or_default();
    let reached = text.lines().filter_map(|line| line.parse().ok()).collect();
    Ok(Test { binary, name, seconds, reached })
}

/// The processor time of what a shell has run, by what its `times` says: minutes and seconds, first of itself, and in the next
/// line of what it has run.
fn seconds(times: &str) -> f64 {
    let others = times.lines().last().unwrap_or_default();
    let parts = others.split_whitespace().filter_map(|part| part.strip_suffix('s')?.split_once('m'));
    parts.filter_map(|(minutes, rest)| Some(60.0 * minutes.parse::<f64>().ok()? + rest.parse::<f64>().ok()?)).sum()
}

/// Runs some tests of a binary with a mutant.
///
/// # Errors
/// If the binary can't be run.
pub fn run(binary: &Binary, tests: &[&Test], mutant: usize) -> io::Result<End> {
    let names: Vec<&str> = tests.iter().map(|test| test.name.as_str()).collect();
    let seconds: f64 = tests.iter().map(|test| test.seconds).sum();
    let processor = Duration::from_secs_f64(PATIENCE * seconds).as_secs() + GRACE;
    let mut command = command(binary, &names, processor, "exec \"$0\" \"$@\"");
    let mut child = command.env("HALLMARK_MUTANT", mutant.to_string()).stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take();
    let reader = thread::spawn(move || output.map(io::read_to_string));
    let status = wait(&mut child, Duration::from_secs(SLOWEST * processor))?;
    let text = reader.join().ok().flatten().and_then(Result::ok).unwrap_or_default();
    let failed: Vec<&str> = text.lines().filter_map(|line| line.strip_suffix(" ... FAILED")).collect();
    Ok(match status {
        Some(status) if status.success() => End::Passed,
        Some(status) if status.signal().is_none() && !failed.is_empty() => {
            End::Failed(failed.iter().map(|line| line.trim_start_matches("test ")).collect::<Vec<_>>().join(", "))
        }
        _ => End::Stopped,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shell_tells_the_processor_time() {
        assert_eq!(seconds("0m0.5s 0m0.1s\n2m1.5s 0m0.25s\n"), 121.75);
        assert_eq!(seconds(""), 0.0);
        let binary = Binary { name: String::new(), path: "true".into(), folder: ".".into() };
        let output = command(&binary, &[], 5, "\"$0\" && times").output().unwrap();
        assert!(output.status.success());
        assert!(seconds(&String::from_utf8(output.stdout).unwrap()) < 5.0);
    }
}
