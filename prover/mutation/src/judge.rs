//! Whether a mutant is killed: some test that reaches it has to fail.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt, io,
    sync::Mutex,
};

use serde::{Deserialize, Serialize};

use crate::suite::{Binary, End, Test, run};

/// Tests that take less run together in one process, if they are of one binary.
const TOGETHER_SECONDS: f64 = 0.5;
/// How many of the cheapest tests run alone.
const CHEAPEST: usize = 2;
/// How many tests are remembered for a source.
const KILLERS: usize = 5;

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

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Killed(_) => "killed",
            Self::Stopped(_) => "stopped",
            Self::Survived => "survived",
            Self::Unreached => "unreached",
            Self::Invalid => "does not compile",
        })
    }
}

impl Verdict {
    /// Whether no test did.
    pub fn is_survivor(&self) -> bool {
        matches!(self, Self::Survived | Self::Unreached)
    }
}

/// The tests that killed mutants of a source, the last one first. What kills one often kills its neighbours.
#[derive(Default)]
pub struct Killers(Mutex<BTreeMap<String, VecDeque<String>>>);

impl Killers {
    fn of(&self, file: &str) -> VecDeque<String> {
        self.0.lock().map(|killers| killers.get(file).cloned().unwrap_or_default()).unwrap_or_default()
    }

    fn tell(&self, file: &str, test: &str) {
        if let Ok(mut killers) = self.0.lock() {
            let known = killers.entry(file.to_owned()).or_default();
            known.retain(|other| other != test);
            known.push_front(test.to_owned());
            known.truncate(KILLERS);
        }
    }
}

/// Runs the tests that reach a mutant of a source, the most promising first, until one fails.
///
/// # Errors
/// If a binary can't be run.
pub fn judge(binaries: &[Binary], tests: &[Test], killers: &Killers, file: &str, mutant: usize) -> io::Result<Verdict> {
    let mut reaching: Vec<&Test> = tests.iter().filter(|test| test.reached.contains(&mutant)).collect();
    if reaching.is_empty() {
        return Ok(Verdict::Unreached);
    }
    reaching.sort_by(|left, right| left.seconds.total_cmp(&right.seconds));
    for group in groups(&reaching, &killers.of(file)) {
        let Some(first) = group.first() else { continue };
        let name = match run(&binaries[first.binary], &group, mutant)? {
            End::Passed => continue,
            End::Failed(name) => name,
            End::Stopped => {
                killers.tell(file, &first.name);
                return Ok(Verdict::Stopped(first.name.clone()));
            }
        };
        name.split(", ").next().into_iter().for_each(|test| killers.tell(file, test));
        return Ok(Verdict::Killed(name));
    }
    Ok(Verdict::Survived)
}

/// The tests in the order in which they run: those that kill neighbours and the cheapest alone, then several at once, as long
/// as they are short.
fn groups<'t>(reaching: &[&'t Test], killers: &VecDeque<String>) -> Vec<Vec<&'t Test>> {
    let known = killers.iter().filter_map(|name| reaching.iter().find(|test| test.name == *name));
    let mut groups: Vec<Vec<&Test>> = Vec::new();
    for test in known.chain(reaching.iter().take(CHEAPEST)) {
        if groups.iter().all(|group| group[0].name != test.name) {
            groups.push(vec![*test]);
        }
    }
    let alone: Vec<&str> = groups.iter().map(|group| group[0].name.as_str()).collect();
    let rest = reaching.iter().copied().filter(|test| !alone.contains(&test.name.as_str()));
    let mut together: Vec<Vec<&Test>> = Vec::new();
    for test in rest {
        let seconds = |group: &[&Test]| group.iter().map(|test| test.seconds).sum::<f64>();
        let fits = |group: &&mut Vec<&Test>| {
            group[0].binary == test.binary && seconds(group) + test.seconds < TOGETHER_SECONDS
        };
        match together.iter_mut().find(fits) {
            Some(group) => group.push(test),
            None => together.push(vec![test]),
        }
    }
    groups.extend(together);
    groups
}
