//! What mutated crates get as their module `mutants`: which of all mutants is on, by an environment variable.
//!
//! With `HALLMARK_MUTANTS_REACHED`, no mutant is on, and the numbers of those that are reached are appended to that file.

use std::{
    env,
    fs::OpenOptions,
    io::Write,
    sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
};

const UNREAD: u32 = u32::MAX;
const RECORDING: u32 = u32::MAX - 1;
const NONE: u32 = u32::MAX - 2;
const LIMIT: usize = 1 << 14;

static CURRENT: AtomicU32 = AtomicU32::new(UNREAD);
static REACHED: [AtomicBool; LIMIT] = [const { AtomicBool::new(false) }; LIMIT];

/// Whether this mutant is on.
#[inline]
pub fn on(mutant: u32) -> bool {
    let current = CURRENT.load(Relaxed);
    if current <= NONE { current == mutant } else { look(mutant, current) }
}

#[cold]
fn look(mutant: u32, current: u32) -> bool {
    if current == RECORDING {
        record(mutant);
        return false;
    }
    let chosen = env::var("HALLMARK_MUTANT").ok().and_then(|number| number.parse().ok()).unwrap_or(NONE);
    let found = if env::var_os("HALLMARK_MUTANTS_REACHED").is_some() { RECORDING } else { chosen };
    CURRENT.store(found, Relaxed);
    on(mutant)
}

fn record(mutant: u32) {
    if !REACHED[mutant as usize].swap(true, Relaxed) {
        let path = env::var_os("HALLMARK_MUTANTS_REACHED").expect("it is set");
        let mut file = OpenOptions::new().create(true).append(true).open(path).expect("the file can be opened");
        file.write_all(format!("{mutant}\n").as_bytes()).expect("the file can be written");
    }
}
