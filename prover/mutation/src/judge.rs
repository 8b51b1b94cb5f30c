//! Whether a mutant is killed: some test that reaches it has to fail.

use std::io;

use serde::{Deserialize, Serialize};

use crate::suite::{Binary, End, Test, run};

/// Tests that take less run together, in one process for each binary.
const QUICK_SECONDS: f64 = 0.1;

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// This test failed.
    Killed(String),
    /// A run of these tests took too long, or too much memory.
    Stopped(String),
    /// All tests that reach it passed.
    Survived,
    /// No test reaches it.
    Unreached,
    /// The compiler refuses it.
    Invalid,
}

impl Verdict {
    /// Whether a test noticed.
    pub fn is_killed(&self) -> bool {
        matches!(self, Self::Killed(_) | Self::Stopped(_))
    }

    /// Whether no test did.
    pub fn is_survivor(&self) -> bool {
        matches!(self, Self::Survived | Self::Unreached)
    }
}

/// Runs the tests that reach a mutant, the cheapest first, until one fails.
///
/// # Errors
/// If a binary can't be run.
pub fn judge(binaries: &[Binary], tests: &[Test], mutant: usize) -> io::Result<Verdict> {
    let mut reaching: Vec<&Test> = tests.iter().filter(|test| test.reached.contains(&mutant)).collect();
    if reaching.is_empty() {
        return Ok(Verdict::Unreached);
    }
    reaching.sort_by(|left, right| left.seconds.total_cmp(&right.seconds));
    let (quick, slow): (Vec<&Test>, Vec<&Test>) = reaching.iter().partition(|test| test.seconds < QUICK_SECONDS);
    let of = |binary| quick.iter().copied().filter(move |test: &&Test| test.binary == binary).collect::<Vec<_>>();
    let together = (0..binaries.len()).map(of).filter(|group| !group.is_empty());
    for group in together.chain(slow.into_iter().map(|test| vec![test])) {
        let Some(first) = group.first() else { continue };
        match run(&binaries[first.binary], &group, mutant)? {
            End::Passed => {}
            End::Failed(name) => return Ok(Verdict::Killed(name)),
            End::Stopped => return Ok(Verdict::Stopped(first.name.clone())),
        }
    }
    Ok(Verdict::Survived)
}
