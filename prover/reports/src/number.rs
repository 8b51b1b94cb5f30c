//! Numbers as people read them.

use alloy::primitives::{U256, utils::format_ether};

/// A number with its digits in groups of three.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of things, of which there may be one. The plural has an s.
#[must_use]
pub fn count(number: usize, thing: &str) -> String {
    format!("{} {thing}{}", grouped(number as u64), if number == 1 { "" } else { "s" })
}

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
    use super::{bytes, count, grouped, seconds};

    #[test]
    fn digits_are_grouped_by_three() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345, "12,345"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn one_thing_is_not_several() {
        assert_eq!([0, 1, 2, 1_000].map(|number| count(number, "row")), ["0 rows", "1 row", "2 rows", "1,000 rows"]);
    }

    #[test]
    fn quantities_have_their_unit() {
        let times = [(0.004, "4.00 ms"), (0.0123, "12.3 ms"), (0.5, "500 ms"), (2.0, "2.00 s"), (1234.5, "1234.5 s")];
        assert!(times.iter().all(|(value, text)| seconds(*value) == *text));
        let sizes = [(2_949.0, "2,949 B"), (1.5e6, "1.50 MB"), (4.5e7, "45 MB")];
        assert!(sizes.iter().all(|(value, text)| bytes(*value) == *text));
    }
}
