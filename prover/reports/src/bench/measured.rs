//! The time and memory of a command, and its time by phase.

use std::fmt::{self, Display, Formatter};
use std::time::Instant;

use hallmark_local::Timing;
use serde::{Deserialize, Serialize};

/// The time and memory of this process so far, by phase.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// All of it.
    pub usage: Usage,
    /// The phases that the process went through.
    pub timings: Vec<Timing>,
}

/// The usage of a process. Unix reports CPU time, and Linux also memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// The time of all its threads, in user mode and in the kernel.
    pub cpu_seconds: Option<f64>,
    /// The time that passed.
    pub wall_seconds: f64,
    /// The most memory that was resident at a time.
    pub peak_bytes: Option<u64>,
}

impl Usage {
    /// The usage of this process, which started its work at `start`.
    #[must_use]
    pub fn of_process(start: Instant) -> Self {
        let (cpu_seconds, peak_bytes) = system::usage();
        Self { cpu_seconds, wall_seconds: start.elapsed().as_secs_f64(), peak_bytes }
    }
}

impl Display for Measured {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.timings.iter().try_for_each(|timing| write!(f, "{timing}"))?;
        let Usage { cpu_seconds, wall_seconds, peak_bytes } = self.usage;
        writeln!(f, "{:<40} {:>10.2} ms", "wall time", 1e3 * wall_seconds)?;
        if let Some(seconds) = cpu_seconds {
            writeln!(f, "{:<40} {:>10.2} ms", "CPU time of all threads", 1e3 * seconds)?;
        }
        match peak_bytes {
            Some(bytes) => writeln!(f, "{:<40} {:>10.2} MB", "peak memory", bytes as f64 / 1e6),
            None => Ok(()),
        }
    }
}

#[cfg(unix)]
mod system {
    use std::fs;

    use rustix::time::{ClockId, clock_gettime};

    pub(super) fn usage() -> (Option<f64>, Option<u64>) {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        (Some(time.tv_sec as f64 + 1e-9 * time.tv_nsec as f64), high_water())
    }

    /// The peak as Linux keeps it for the program alone. What `getrusage` says begins with the peak of the process that
    /// started this one, which may have been larger.
    fn high_water() -> Option<u64> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        kilobytes.checked_mul(1024)
    }
}

#[cfg(not(unix))]
mod system {
    pub(super) fn usage() -> (Option<f64>, Option<u64>) {
        (None, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_have_paths() {
        let leaf = |name: &str, seconds| Timing { name: name.into(), seconds, parts: 1, inside: Vec::new() };
        let prove = Timing { inside: vec![leaf("commit", 1.0), leaf("open", 2.0)], ..leaf("prove", 4.0) };
        let paths = prove.flatten();
        let expected = [("prove", 4.0), ("prove/commit", 1.0), ("prove/open", 2.0)];
        assert!(paths.iter().map(|(path, seconds)| (path.as_str(), *seconds)).eq(expected));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_that_was_used_counts_when_it_is_freed() {
        let start = Instant::now();
        let before = Usage::of_process(start).peak_bytes.unwrap();
        let much = vec![1u8; 64 << 20];
        assert_eq!(much.iter().map(|byte| usize::from(*byte)).sum::<usize>(), 64 << 20);
        drop(much);
        let after = Usage::of_process(start);
        assert!(after.peak_bytes.unwrap() > before.max(64 << 20));
        assert!(after.cpu_seconds.unwrap() > 0.0 && after.wall_seconds > 0.0);
    }
}
