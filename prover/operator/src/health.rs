//! The health of the service, for programs that restart it or send it traffic.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long a round of the service may take: a node that does not answer is given up long before.
const LONGEST_ROUND: Duration = Duration::from_secs(600);
/// How old the last round that succeeded may be.
const LONGEST_SILENCE: Duration = Duration::from_secs(120);

/// The known state of the service. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Mutex<Known>>);

#[derive(Debug)]
struct Known {
    /// When the last round ended, or the process began.
    turned: Instant,
    /// When the last round succeeded.
    succeeded: Option<Instant>,
    /// Why the last round failed.
    trouble: Option<String>,
}

impl Default for Known {
    fn default() -> Self {
        Self { turned: Instant::now(), succeeded: None, trouble: None }
    }
}

impl Health {
    pub(super) fn succeed(&self) {
        let now = Instant::now();
        *self.known() = Known { turned: now, succeeded: Some(now), trouble: None };
    }

    pub(super) fn fail(&self, error: &str) {
        let mut known = self.known();
        known.turned = Instant::now();
        known.trouble = Some(error.to_owned());
    }

    /// Whether the service still makes progress. If it does not, only a restart helps.
    ///
    /// # Errors
    /// The reason why it does not.
    pub fn live(&self) -> Result<(), String> {
        let silent = self.known().turned.elapsed();
        if silent < LONGEST_ROUND { Ok(()) } else { Err(format!("no round has ended for {} s", silent.as_secs())) }
    }

    /// Whether the service answers requests: it has started, its node answers, and its store works.
    ///
    /// # Errors
    /// The reason why they are not.
    pub fn ready(&self) -> Result<(), String> {
        let known = self.known();
        match (known.succeeded, &known.trouble) {
            (_, Some(trouble)) => Err(trouble.clone()),
            (None, None) => Err("the service is starting".into()),
            (Some(last), None) if last.elapsed() > LONGEST_SILENCE => {
                Err(format!("no round has succeeded for {} s", last.elapsed().as_secs()))
            }
            (Some(_), None) => Ok(()),
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_ready_once_a_round_succeeds_and_until_one_fails() {
        let health = Health::default();
        assert_eq!((health.live(), health.ready()), (Ok(()), Err("the service is starting".into())));
        health.succeed();
        assert_eq!((health.live(), health.ready()), (Ok(()), Ok(())));
        health.fail("the address is none");
        assert!(health.live().is_ok() && health.ready().unwrap_err().contains("address"));
        health.succeed();
        assert_eq!(health.ready(), Ok(()));
    }

    #[test]
    fn a_service_that_stands_still_is_not_live() {
        let health = Health::default();
        let before = |age: Duration| Instant::now().checked_sub(age).unwrap();
        *health.known() = Known { turned: before(LONGEST_ROUND), succeeded: None, trouble: None };
        assert!(health.live().is_err());
        let old = before(LONGEST_SILENCE + Duration::from_secs(1));
        *health.known() = Known { turned: old, succeeded: Some(old), trouble: None };
        assert!(health.live().is_ok() && health.ready().unwrap_err().contains("succeeded"));
    }
}
