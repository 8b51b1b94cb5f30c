//! How long some work is likely to take yet, from the time that its phases took of a bundled model.

use std::{
    collections::HashSet,
    fmt,
    time::{Duration, Instant},
};

/// Below this part of the whole nothing is foretold.
const LEAST: f64 = 0.15;
/// Work that is over sooner needs no forecast.
const SOON: Duration = Duration::from_secs(2);

/// The phases of some work, each with its part of the time. Others, and those within them, do not count.
pub type Shares = &'static [(&'static str, f64)];

/// `prove`: milliseconds of the CNN of 264k parameters, of docs/performance.md. What only a settlement takes comes last.
pub const PROVE: Shares = &[
    ("read srs prefix", 120.0),
    ("prepare", 20.0),
    ("prove/execute", 9.0),
    ("prove/commit", 42.0),
    ("prove/helpers", 121.0),
    ("prove/main sumcheck", 109.0),
    ("prove/merging sumcheck", 56.0),
    ("prove/open", 235.0),
    ("load keys", 60.0),
    ("settle/assign", 6.0),
    ("settle/argument", 333.0),
    ("check", 12.0),
];
/// The same without settlement.
pub const PROVE_OFF_CHAIN: Shares = PROVE.split_at(8).0;
/// `compile`: milliseconds of the CNN for digits.
pub const COMPILE: Shares = &[("calibrate", 104.0), ("reference", 69.0), ("quantize", 284.0), ("circuit", 19.0)];
/// `setup`: milliseconds of the CNN for digits.
pub const SETUP: Shares = &[
    ("read srs prefix", 120.0),
    ("tables", 10.0),
    ("make keys/lagrange basis", 700.0),
    ("make keys/verifying key", 300.0),
    ("make keys/proving key", 100.0),
];

/// What has been done of some work.
#[derive(Debug)]
pub struct Forecast {
    start: Instant,
    shares: Shares,
    over: HashSet<&'static str>,
    /// The part of the whole that is done.
    done: f64,
    /// How long all of it will have taken, as it seemed when the last phase was over.
    whole: Option<Duration>,
}

impl Forecast {
    /// The forecast of work whose phases take these shares.
    #[must_use]
    pub fn new(shares: Shares) -> Self {
        Self { start: Instant::now(), shares, over: HashSet::new(), done: 0.0, whole: None }
    }

    /// A phase is over.
    pub fn finish(&mut self, path: &str) {
        let elapsed = self.start.elapsed();
        self.finish_at(path, elapsed);
    }

    fn finish_at(&mut self, path: &str, elapsed: Duration) {
        let Some((known, _)) = self.shares.iter().find(|(known, _)| *known == path) else { return };
        self.over.insert(known);
        let sum = |over: bool| -> f64 {
            self.shares.iter().filter(|(name, _)| over || self.over.contains(name)).map(|(_, share)| share).sum()
        };
        self.done = sum(false) / sum(true);
        self.whole = (self.done >= LEAST).then(|| elapsed.div_f64(self.done));
    }

    /// The part of the whole that is done, from 0 to 1.
    #[must_use]
    pub const fn done(&self) -> f64 {
        self.done
    }

    /// What is left after so much time.
    #[must_use]
    pub fn left(&self, elapsed: Duration) -> Left {
        Left(self.whole.filter(|whole| *whole >= SOON).map(|whole| whole.saturating_sub(elapsed)))
    }
}

/// A time that is left, if it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left(Option<Duration>);

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
        assert_eq!((left(&forecast, 600), forecast.done()), (String::new(), 1.0));
    }

    #[test]
    fn short_commands_have_no_forecast() {
        let mut forecast = Forecast::new(&[("first", 1.0), ("second", 1.0)]);
        forecast.finish_at("first", Duration::from_millis(900));
        assert_eq!(forecast.left(Duration::from_millis(900)).to_string(), "");
    }
}
