//! What a check has found before, so that the same bytes need not be checked again.
//!
//! To check that points are the powers of one tau takes seconds where there are many. The result depends on the points alone. So it may
//! be remembered under a digest of them: a *fact*. Other bytes have another digest, and are checked.
//!
//! A fact names the check that found it, and its version. So a check that changes finds everything anew.

use crate::digest::Digest;

/// Facts that are known. Whoever implements this is believed: a fact that no check has found makes anything pass.
pub trait Facts {
    /// Whether a check has found this before.
    fn hold(&self, fact: Digest) -> bool;

    /// Remembers what a check has found. If it can't be remembered, it is checked again next time.
    fn remember(&self, fact: Digest);
}

/// Nothing is known before, and nothing is remembered.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFacts;

impl Facts for NoFacts {
    fn hold(&self, _: Digest) -> bool {
        false
    }

    fn remember(&self, _: Digest) {}
}

/// Runs a check, unless its result is known. Remembers that it passed.
pub fn check_once(facts: &dyn Facts, fact: Digest, check: impl FnOnce() -> bool) -> bool {
    if facts.hold(fact) {
        return true;
    }
    let passes = check();
    if passes {
        facts.remember(fact);
    }
    passes
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Facts in a list, and what was asked for.
    #[derive(Default)]
    pub(crate) struct List(pub(crate) RefCell<Vec<Digest>>);

    impl Facts for List {
        fn hold(&self, fact: Digest) -> bool {
            self.0.borrow().contains(&fact)
        }

        fn remember(&self, fact: Digest) {
            self.0.borrow_mut().push(fact);
        }
    }

    #[test]
    fn a_check_that_passed_does_not_run_again_and_one_that_failed_does() {
        let (facts, one, other) = (List::default(), Digest([1; 32]), Digest([2; 32]));
        assert!(!check_once(&facts, one, || false) && facts.0.borrow().is_empty());
        assert!(check_once(&facts, one, || true));
        assert!(check_once(&facts, one, || false), "it is known");
        assert!(!check_once(&facts, other, || false), "another fact is not");
        assert_eq!(*facts.0.borrow(), [one]);
    }

    #[test]
    fn where_nothing_is_remembered_every_check_runs() {
        let fact = Digest([1; 32]);
        assert!(check_once(&NoFacts, fact, || true) && !check_once(&NoFacts, fact, || false));
    }
}
