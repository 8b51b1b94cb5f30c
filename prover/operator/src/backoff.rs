//! The time to wait after a failure.

use std::time::Duration;

use rand::RngExt;

/// The longest first wait.
const FIRST: Duration = Duration::from_millis(500);
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(30);

/// Waits that double with each failure.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    pub(super) fn succeed(&mut self) {
        self.failures = 0;
    }

    /// The next wait. Half of it is random, so that the clients of a node that comes back do not all come at once.
    pub(super) fn fail(&mut self) -> Duration {
        let longest = FIRST.saturating_mul(1 << self.failures.min(10)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        longest.mul_f64(rand::rng().random_range(0.5..=1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::{Backoff, FIRST, LONGEST};

    #[test]
    fn waits_grow_up_to_a_bound_and_begin_again() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..40).map(|_| backoff.fail()).collect();
        assert!(waits[0] <= FIRST && waits[0] >= FIRST / 2);
        assert!(waits[3] > waits[0] && waits[39] >= LONGEST / 2 && waits.iter().all(|wait| *wait <= LONGEST));
        backoff.succeed();
        assert!(backoff.fail() <= FIRST);
    }
}
