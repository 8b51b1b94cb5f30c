//! Times of the chain as dates.

use jiff::{
    Timestamp,
    tz::{Offset, TimeZone},
};

/// Seconds since 1970 as a date in UTC. A chain may name a time that no calendar has.
#[must_use]
pub fn utc(seconds: u64) -> String {
    timestamp(seconds).map_or_else(
        || format!("{seconds} seconds after 1970"),
        |time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

/// The same, and behind it the time where this machine is, if that is another.
#[must_use]
pub fn local(seconds: u64) -> String {
    in_zone(seconds, &TimeZone::system())
}

fn in_zone(seconds: u64, zone: &TimeZone) -> String {
    let here = timestamp(seconds).map(|time| time.to_zoned(zone.clone()));
    match here.filter(|here| here.offset() != Offset::UTC) {
        Some(here) => format!("{} ({} here)", utc(seconds), here.strftime("%Y-%m-%d %H:%M:%S %:z")),
        None => utc(seconds),
    }
}

fn timestamp(seconds: u64) -> Option<Timestamp> {
    i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok())
}

#[cfg(test)]
mod tests {
    use jiff::tz::{TimeZone, offset};

    use super::{in_zone, utc};

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(utc(0), "1970-01-01 00:00:00 UTC");
        // What `date -u -d @1709210096` prints: a leap day.
        assert_eq!(utc(1_709_210_096), "2024-02-29 12:34:56 UTC");
        assert_eq!(utc(u64::MAX), "18446744073709551615 seconds after 1970");
        assert_eq!(utc(1 << 62), "4611686018427387904 seconds after 1970");
    }

    #[test]
    fn the_time_here_is_told_where_it_is_another() {
        let zone = TimeZone::fixed(offset(-11));
        assert_eq!(in_zone(1_709_210_096, &zone), "2024-02-29 12:34:56 UTC (2024-02-29 01:34:56 -11:00 here)");
        assert_eq!(in_zone(1_709_210_096, &TimeZone::UTC), utc(1_709_210_096));
        assert_eq!(in_zone(u64::MAX, &zone), utc(u64::MAX));
    }
}
