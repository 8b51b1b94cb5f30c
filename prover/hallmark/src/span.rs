//! Spans of time.

use std::str::FromStr;

/// A number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span(pub(super) u64);

impl FromStr for Span {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "expected a number with a unit, such as 90s, 30m, 12h or 7d";
        let unit = text.char_indices().next_back().map_or(0, |(last, _)| last);
        let (number, unit) = text.split_at(unit);
        let factor = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return Err(FORM),
        };
        let seconds = number.parse::<u32>().map_err(|_| FORM)?;
        Ok(Self(u64::from(seconds) * factor))
    }
}

#[cfg(test)]
mod tests {
    use super::Span;

    #[test]
    fn spans_have_units() {
        for (text, seconds) in [("90s", 90), ("30m", 1_800), ("12h", 43_200), ("7d", 604_800)] {
            assert_eq!(text.parse(), Ok(Span(seconds)));
        }
        for text in ["", "7", "d", "-1d", "1.5h", "7w", "99999999999d", "7é"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
