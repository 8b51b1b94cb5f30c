//! How long a command is likely to take yet, from the time that its phases took of a bundled model.

use std::{
    collections::HashSet,
    fmt,
    time::{Duration, Instant},
};

/// Below this part of the whole nothing is foretold.
const LEAST: f64 = 0.15;
/// Commands that are over sooner need no forecast.
const SOON: Duration = Duration::from_secs(2);

/// The phases of a command, each with its part of the time. Others, and those within them, do not count.
pub(super) type Shares = &'static [(&'static str, f64)];

/// `prove`: milliseconds of the CNN of 264k parameters, of docs/performance.md.
pub(super) const PROVE: Shares = &[
    ("read srs", 120.0),
    ("prepare", 20.0),
    ("load keys", 60.0),
    ("prove/execute", 9.0),
    ("prove/commit", 42.0),
    ("prove/helpers", 121.0),
    ("prove/main sumcheck", 109.0),
    ("prove/merging sumcheck", 56.0),
    ("prove/open", 235.0),
    ("settle/assign", 6.0),
    ("settle/argument", 333.0),
    ("check", 12.0),
];
/// The same without settlement.
pub(super) const PROVE_OFF_CHAIN: Shares = PROVE.split_at(9).0;
/// `compile`: milliseconds of the CNN for digits.
pub(super) const COMPILE: Shares = &[("calibrate", 104.0), ("reference", 69.0), ("quantize", 284.0), ("circuit", 19.0)];
/// `setup`: milliseconds of the CNN for digits.
pub(super) const SETUP: Shares = &[
    ("read srs", 120.0),
    ("tables", 10.0),
    ("make keys/lagrange basis", 700.0),
    ("make keys/verifying key", 300.0),
    ("make keys/proving key", 100.0),
];

/// What has been done of a command.
#[derive(Debug)]
pub(super) struct Forecast {
    start: Instant,
    shares: Shares,
    over: HashSet<&'static str>,
    /// How long all of it will have taken, as it seemed when the last phase was over.
    whole: Option<Duration>,
}

impl Forecast {
    pub(super) fn new(shares: Shares) -> Self {
        Self { start: Instant::now(), shares, over: HashSet::new(), whole: None }
    }

    /// A phase is over.
    pub(super) fn finish(&mut self, path: &str) {
        let elapsed = self.start.elapsed();
        self.finish_at(path, elapsed);
    }

    fn finish_at(&mut self, path: &str, elapsed: Duration) {
        let Some((known, _)) = self.shares.iter().find(|(known, _)| *known == path) else { return };
        self.over.insert(known);
        let sum = |over: bool| -> f64 {
            self.shares.iter().filter(|(name, _)| over || self.over.contains(name)).map(|(_, share)| share).sum()
        };
        let done = sum(false) / sum(true);
        self.whole = (done >= LEAST).then(|| elapsed.div_f64(done));
    }

    /// What is left after so much time.
    pub(super) fn left(&self, elapsed: Duration) -> Left {
        Left(self.whole.filter(|whole| *whole >= SOON).map(|whole| whole.saturating_sub(elapsed)))
    }
}

/// A time that is left, if it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Left(Option<Duration>);

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.map(|left| left.as_secs_f64().ceil()) {
            Some(seconds) if seconds >= 120.0 => write!(f, ", about {:.0} min left", seconds / 60.0),
            Some(seconds) if seconds >= 1.0 => write!(f, ", about {seconds:.0} s left"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_follows_from_what_is_done() {
        const SHARES: Shares = &[("first", 1.0), ("second/half", 4.0), ("third", 5.0)];
        let (mut forecast, seconds) = (Forecast::new(SHARES), Duration::from_secs);
        let left = |forecast: &Forecast, elapsed: u64| forecast.left(seconds(elapsed)).to_string();
        assert_eq!(left(&forecast, 1), "");
        forecast.finish_at("first", seconds(10));
        assert_eq!(left(&forecast, 10), "", "a tenth is too little to tell from");
        forecast.finish_at("half", seconds(20));
        assert_eq!(left(&forecast, 20), "", "another phase of that name");
        forecast.finish_at("second/half", seconds(50));
        assert_eq!(
            (left(&forecast, 50), left(&forecast, 70)),
            (", about 50 s left".into(), ", about 30 s left".into())
        );
        assert_eq!(left(&forecast, 150), "");
        forecast.finish_at("second/half", seconds(500));
        assert_eq!(left(&forecast, 500), ", about 8 min left");
        forecast.finish_at("third", seconds(600));
        assert_eq!(left(&forecast, 600), "");
    }

    #[test]
    fn short_commands_have_no_forecast() {
        let mut forecast = Forecast::new(&[("first", 1.0), ("second", 1.0)]);
        forecast.finish_at("first", Duration::from_millis(900));
        assert_eq!(forecast.left(Duration::from_millis(900)).to_string(), "");
    }
}
