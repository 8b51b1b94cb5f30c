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
/// How often a test is looked at.
const PAUSE: Duration = Duration::from_millis(2);

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
    /// Seconds of the run.
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

fn command(binary: &Binary, names: &[&str], seconds: u64) -> Command {
    let mut command = Command::new("sh");
    let script = format!("ulimit -t {seconds}; ulimit -v {MEMORY_KIB}; exec \"$0\" \"$@\"");
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
    let start = Instant::now();
    let mut command = command(&binaries[binary], &[&name], 600);
    let status = command.env("HALLMARK_MUTANTS_REACHED", file).stdout(Stdio::null()).status()?;
    if !status.success() {
        return Err(io::Error::other(format!("{name} fails without a mutant: {status}")));
    }
    let seconds = start.elapsed().as_secs_f64();
    let text = fs::read_to_string(file).unwrap_or_default();
    let reached = text.lines().filter_map(|line| line.parse().ok()).collect();
    Ok(Test { binary, name, seconds, reached })
}

/// Runs some tests of a binary with a mutant.
///
/// # Errors
/// If the binary can't be run.
pub fn run(binary: &Binary, tests: &[&Test], mutant: usize) -> io::Result<End> {
    let names: Vec<&str> = tests.iter().map(|test| test.name.as_str()).collect();
    // Five times as long in processor time; in time only against what waits for nothing.
    let seconds: f64 = tests.iter().map(|test| test.seconds).sum();
    let processor = Duration::from_secs_f64(5.0 * seconds).as_secs() + 5;
    let mut command = command(binary, &names, processor);
    let mut child = command.env("HALLMARK_MUTANT", mutant.to_string()).stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take();
    let reader = thread::spawn(move || output.map(io::read_to_string));
    let status = wait(&mut child, Duration::from_secs(20 * processor))?;
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
