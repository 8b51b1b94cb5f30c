//! Numbers as people read them.

use alloy::primitives::{U256, utils::format_ether};

pub use hallmark_compiling::number::{count, grouped};

/// Wei as ether, or the units of a token as tokens, with no more digits than it needs.
#[must_use]
pub fn decimal(units: U256) -> String {
    let text = format_ether(units);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A time, three digits of it.
#[must_use]
pub fn seconds(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 0.01 => format!("{:.2} ms", 1e3 * seconds),
        seconds if seconds < 0.1 => format!("{:.1} ms", 1e3 * seconds),
        seconds if seconds < 1.0 => format!("{:.0} ms", 1e3 * seconds),
        seconds if seconds < 10.0 => format!("{seconds:.2} s"),
        seconds => format!("{seconds:.1} s"),
    }
}

/// A number of bytes.
#[must_use]
pub fn bytes(bytes: f64) -> String {
    match bytes {
        bytes if bytes < 1e5 => format!("{} B", grouped(bytes as u64)),
        bytes if bytes < 1e7 => format!("{:.2} MB", bytes / 1e6),
        bytes => format!("{:.0} MB", bytes / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, seconds};

    #[test]
    fn quantities_have_their_unit() {
        let times = [(0.004, "4.00 ms"), (0.0123, "12.3 ms"), (0.5, "500 ms"), (2.0, "2.00 s"), (1234.5, "1234.5 s")];
        assert!(times.iter().all(|(value, text)| seconds(*value) == *text));
        let sizes = [(2_949.0, "2,949 B"), (1.5e6, "1.50 MB"), (4.5e7, "45 MB")];
        assert!(sizes.iter().all(|(value, text)| bytes(*value) == *text));
    }
}
