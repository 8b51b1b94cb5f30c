//! Runs a target for its time, and judges every iteration.

use std::env;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::MEMORY;

const MIB: usize = 1 << 20;
/// Far above what any target takes: a reader that hangs is found without a stopwatch's noise.
const MAX_ITERATION: Duration = Duration::from_secs(60);

/// The counter of memory is the process's, so that one target runs at a time.
static TURN: Mutex<()> = Mutex::new(());

/// What the last panic said, and where. The importer catches panics of the library beneath it: those are not reported.
static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

/// A reader, how it is fed, and the memory that it may take.
pub struct Target<'t> {
    /// Its name, in reports.
    pub name: &'static str,
    /// The most memory, in MiB above what is held before the iteration.
    pub max_memory: usize,
    /// Makes an input.
    pub input: &'t dyn Fn(&mut ChaCha8Rng) -> Vec<u8>,
    /// Reads an input, and tells whether it accepts it.
    pub read: &'t dyn Fn(&[u8]) -> bool,
}

impl Target<'_> {
    /// Runs the target for `FUZZ_SECONDS`, or only the iteration `FUZZ_ITERATION`.
    pub fn run(&self) {
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        panic::set_hook(Box::new(|info| *LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner) = info.to_string()));
        let budget = Duration::from_secs(variable("FUZZ_SECONDS").unwrap_or(2));
        let seed = variable("FUZZ_SEED").unwrap_or(0);
        let start = Instant::now();
        let (mut iterations, mut accepted, mut slowest, mut peak) = (0, 0, Duration::ZERO, 0);
        if let Some(iteration) = variable("FUZZ_ITERATION") {
            self.run_once(seed, iteration);
            drop(panic::take_hook());
            return;
        }
        while start.elapsed() < budget {
            let outcome = self.run_once(seed, iterations);
            iterations += 1;
            accepted += u64::from(outcome.accepted);
            slowest = slowest.max(outcome.time);
            peak = peak.max(outcome.memory);
        }
        drop(panic::take_hook());
        #[allow(clippy::print_stdout)]
        {
            println!(
                "fuzz {}: {iterations} inputs, {accepted} accepted, slowest {slowest:.1?}, most memory {:.1} MiB",
                self.name,
                peak as f64 / MIB as f64
            );
        }
    }

    fn run_once(&self, seed: u64, iteration: u64) -> Outcome {
        let mut rng = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(iteration));
        let input = (self.input)(&mut rng);
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let start = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(|| (self.read)(&input)));
        let time = start.elapsed();
        let memory = MEMORY.peak_usage().saturating_sub(before);
        match result {
            Err(_) => {
                let last = LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner).clone();
                self.fail(seed, iteration, &input, &last)
            }
            Ok(_) if memory > self.max_memory * MIB => {
                self.fail(seed, iteration, &input, &format!("it takes {} MiB", memory / MIB))
            }
            Ok(_) if time > MAX_ITERATION => self.fail(seed, iteration, &input, &format!("it takes {time:?}")),
            Ok(accepted) => Outcome { accepted, time, memory },
        }
    }

    fn fail(&self, seed: u64, iteration: u64, input: &[u8], what: &str) -> ! {
        drop(panic::take_hook());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{}-{seed}-{iteration}", self.name));
        let saved =
            std::fs::write(&path, input).map_or_else(|error| error.to_string(), |()| path.display().to_string());
        panic!("{}: {what}; with FUZZ_SEED={seed} FUZZ_ITERATION={iteration}, input: {saved}", self.name);
    }
}

/// Makes what a target needs, while no other one counts memory.
pub fn prepare<T>(work: impl FnOnce() -> T) -> T {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    work()
}

/// What one iteration did.
struct Outcome {
    accepted: bool,
    time: Duration,
    memory: usize,
}

fn variable(name: &str) -> Option<u64> {
    env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is not a number: {value}")))
}
