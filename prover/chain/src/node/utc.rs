//! Times of the chain as dates.

use jiff::Timestamp;

/// Seconds since 1970 as a date in UTC. A chain may name a time that no calendar has.
#[must_use]
pub fn utc(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    time.map_or_else(
        || format!("{seconds} seconds after 1970"),
        |time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::utc;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(utc(0), "1970-01-01 00:00:00 UTC");
        // What `date -u -d @1709210096` prints: a leap day.
        assert_eq!(utc(1_709_210_096), "2024-02-29 12:34:56 UTC");
        assert_eq!(utc(u64::MAX), "18446744073709551615 seconds after 1970");
        assert_eq!(utc(1 << 62), "4611686018427387904 seconds after 1970");
    }
}
