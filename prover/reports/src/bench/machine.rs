//! The measured program, and the machine.

use std::{env::consts, fs, thread};

use serde::{Deserialize, Serialize};

const UNKNOWN: &str = "unknown";

/// The program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// Its version.
    pub version: String,
    /// The commit that it was built from, where git knew.
    pub commit: String,
    /// The compiler.
    pub compiler: String,
    /// How the program was built: `release` or `debug`.
    pub profile: String,
}

/// The machine. Linux tells all of it; elsewhere some is unknown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    pub cpu: String,
    /// How many threads it runs at once, as far as this process may use them.
    pub cores: usize,
    /// The main memory.
    pub memory_bytes: Option<u64>,
    /// The operating system.
    pub system: String,
    /// How many threads wanted to run in the minute before, on average: what else the machine was busy with.
    #[serde(default)]
    pub load: Option<f64>,
}

impl Build {
    /// This program.
    #[must_use]
    pub fn this() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").into(),
            commit: env!("HALLMARK_COMMIT").into(),
            compiler: env!("HALLMARK_COMPILER").into(),
            profile: env!("HALLMARK_PROFILE").into(),
        }
    }
}

impl Machine {
    /// This machine.
    #[must_use]
    pub fn this() -> Self {
        let text = |path| fs::read_to_string(path).unwrap_or_default();
        let release = field(&text("/etc/os-release"), "PRETTY_NAME", '=').unwrap_or_else(|| UNKNOWN.into());
        let kernel = text("/proc/sys/kernel/osrelease");
        Self {
            cpu: field(&text("/proc/cpuinfo"), "model name", ':').unwrap_or_else(|| UNKNOWN.into()),
            cores: thread::available_parallelism().map_or(1, usize::from),
            memory_bytes: memory(&text("/proc/meminfo")),
            system: format!("{} {} {}, {release}", consts::OS, consts::ARCH, kernel.trim()),
            load: load(&text("/proc/loadavg")),
        }
    }
}

/// The value of a name in lines of names and values.
fn field(text: &str, name: &str, separator: char) -> Option<String> {
    let mut fields = text.lines().filter_map(|line| line.split_once(separator));
    let (_, value) = fields.find(|(found, _)| found.trim() == name)?;
    Some(value.trim().trim_matches('"').to_owned())
}

/// The load average of a minute.
fn load(loadavg: &str) -> Option<f64> {
    let load = loadavg.split_whitespace().next()?.parse::<f64>().ok()?;
    (load.is_finite() && load >= 0.0).then_some(load)
}

fn memory(meminfo: &str) -> Option<u64> {
    let total = field(meminfo, "MemTotal", ':')?;
    total.strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::{Build, Machine, field, load, memory};

    #[test]
    fn a_machine_is_read_from_what_linux_tells() {
        let cpuinfo = "processor\t: 0\nmodel name\t: A (R) CPU @ 2 GHz\n\nprocessor\t: 1\nmodel name\t: B\n";
        assert_eq!(field(cpuinfo, "model name", ':').unwrap(), "A (R) CPU @ 2 GHz");
        assert_eq!(field("NAME=x\nPRETTY_NAME=\"Some System 1\"\n", "PRETTY_NAME", '=').unwrap(), "Some System 1");
        assert_eq!(memory("MemTotal:       16 kB\nMemFree: 1 kB\n"), Some(16_384));
        for hostile in
            ["", "MemTotal", "MemTotal: kB", "MemTotal: 99999999999999999999 kB", "MemTotal: 18446744073709551615 kB"]
        {
            assert_eq!(memory(hostile), None, "{hostile}");
        }
    }

    #[test]
    fn a_load_is_a_number() {
        assert_eq!(load("1.25 0.98 0.50 2/812 31337\n"), Some(1.25));
        for hostile in ["", "much", "-1 0 0", "NaN", "inf", "1,5"] {
            assert_eq!(load(hostile), None, "{hostile}");
        }
    }

    #[test]
    fn this_machine_and_this_program_have_names() {
        let (machine, program) = (Machine::this(), Build::this());
        assert!(machine.cores > 0 && !machine.cpu.is_empty() && !machine.system.is_empty());
        assert!(!program.commit.is_empty() && !program.compiler.is_empty());
        assert!(["debug", "release"].contains(&program.profile.as_str()));
    }
}
