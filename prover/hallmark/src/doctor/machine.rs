//! The program, the processor and the memory.

use std::fs;

use hallmark_lanes::Lanes;
use hallmark_reports::number::count;

use super::{Finding, version};

/// What a model of middling size takes to be proved.
const LEAST_MEMORY: u64 = 1 << 30;

pub(super) fn look() -> Vec<Finding> {
    vec![Finding::fine("program", program()), processor(), memory()]
}

fn program() -> String {
    format!("hallmark {} for {} on {}", version::NUMBER, std::env::consts::OS, std::env::consts::ARCH)
}

/// The scalar code is right everywhere, and slower.
fn processor() -> Finding {
    let threads = count(rayon::current_num_threads(), "thread");
    match Lanes::detect() {
        Some(_) => Finding::fine("processor", format!("{threads}; AVX-512 IFMA is used, eight elements at a time")),
        None => {
            Finding::look("processor", format!("{threads}; no AVX-512 IFMA: the scalar code is used, which is slower"))
        }
    }
}

fn memory() -> Finding {
    let table = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    match (field(&table, "MemAvailable:"), field(&table, "MemTotal:")) {
        (Some(free), Some(total)) => {
            let text = format!("{} MiB of {} MiB are free", free >> 20, total >> 20);
            if free < LEAST_MEMORY {
                Finding::look(
                    "memory",
                    format!("{text}: `hallmark compile` shows how much memory a model's proofs take"),
                )
            } else {
                Finding::fine("memory", text)
            }
        }
        _ => Finding::look("memory", "this system does not tell"),
    }
}

/// A field of Linux's table of memory, in bytes.
fn field(table: &str, name: &str) -> Option<u64> {
    let value = table.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1 << 10)
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn memory_is_read_as_linux_tells_it() {
        let table = "MemTotal:       16000000 kB\nMemFree:  1 kB\nMemAvailable:    1024 kB\nHugePages_Total:   3\n";
        assert_eq!(field(table, "MemAvailable:"), Some(1 << 20));
        for name in ["Absent:", "HugePages_Total:"] {
            assert_eq!(field(table, name), None);
        }
        assert_eq!(field("MemTotal: 18446744073709551615 kB", "MemTotal:"), None);
    }
}
