//! What a report is worth, in its first line.

use serde::Serialize;

use super::{Report, Verdict};

/// What a report is worth, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// Every line passes.
    Passed,
    /// Every line passes, and some have to be weighed.
    Cautions,
    /// No line fails, and some were not checked.
    Incomplete,
    /// No line fails, and the setup is one for tests, under which some can prove anything.
    ForTests,
    /// A line fails, or none passes.
    Failed,
}

impl Report {
    /// What the report is worth.
    #[must_use]
    pub fn grade(&self) -> Grade {
        if !self.passes() {
            Grade::Failed
        } else if self.is_for_tests {
            Grade::ForTests
        } else if self.count(Verdict::Skipped) > 0 {
            Grade::Incomplete
        } else if self.count(Verdict::Caution) > 0 {
            Grade::Cautions
        } else {
            Grade::Passed
        }
    }

    /// What the report is worth, in words: the first line of it.
    #[must_use]
    pub fn headline(&self) -> String {
        match self.grade() {
            Grade::Passed if self.checks.len() == 1 => "PASSED: 1 line passes".into(),
            Grade::Passed => format!("PASSED: all {}", self.told(Verdict::Pass)),
            Grade::Cautions => format!("PASSED, WITH CAUTION: weigh {}", self.names(Verdict::Caution)),
            Grade::Incomplete => {
                let skipped = self.told(Verdict::Skipped);
                format!("INCOMPLETE: no line fails, and {skipped}: {}", self.names(Verdict::Skipped))
            }
            Grade::ForTests => format!(
                "FOR TESTS ONLY, WORTH NOTHING: the maker of the setup can prove anything. No line fails; {}, {}, {}",
                self.told(Verdict::Pass),
                self.told(Verdict::Caution),
                self.told(Verdict::Skipped)
            ),
            Grade::Failed if self.count(Verdict::Fail) == 0 => "FAILED: nothing could be checked".into(),
            Grade::Failed => format!("FAILED, PAY NOTHING: what fails is {}", self.names(Verdict::Fail)),
        }
    }

    /// The lines with a verdict, by their names. Of many there are the first ones.
    fn names(&self, verdict: Verdict) -> String {
        const MOST: usize = 12;
        let found = self.checks.iter().filter(|check| check.verdict == verdict);
        let names: Vec<String> = found.map(super::Check::title).collect();
        match names.len().checked_sub(MOST).filter(|rest| *rest > 0) {
            None => names.join(", "),
            Some(rest) => format!("{}, and {rest} more", names[..MOST].join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, B256};

    use super::{super::Finding, *};
    use crate::audit::Section;
    use hallmark_chain::node::Head;

    fn report(findings: &[Finding]) -> Report {
        let head = Head { number: 1, hash: B256::ZERO, timestamp: 2, base_fee: 3 };
        let mut report = Report::new(1, head, B256::ZERO, Address::ZERO);
        findings.iter().for_each(|finding| report.add(Section::Market, "address", finding.clone()));
        report
    }

    #[test]
    fn the_worst_line_is_what_a_report_is_worth() {
        let [pass, caution, skipped, fail] =
            [Finding::pass(""), Finding::caution(""), Finding::skipped(""), Finding::fail("")];
        let cases = [
            (vec![], Grade::Failed, "nothing could be checked"),
            (vec![&skipped, &caution], Grade::Failed, "nothing could be checked"),
            (vec![&pass, &pass], Grade::Passed, "PASSED: all 2 lines pass"),
            (vec![&pass, &caution], Grade::Cautions, "market address"),
            (vec![&pass, &caution, &skipped], Grade::Incomplete, "and 1 was not checked: market address"),
            (vec![&pass, &skipped, &skipped], Grade::Incomplete, "and 2 were not checked: market address"),
            (vec![&pass], Grade::Passed, "PASSED: 1 line passes"),
            (vec![&pass, &fail, &skipped], Grade::Failed, "PAY NOTHING: what fails is market address"),
        ];
        for (findings, grade, words) in cases {
            let findings: Vec<Finding> = findings.into_iter().cloned().collect();
            let mut report = report(&findings);
            assert_eq!(report.grade(), grade);
            assert!(report.headline().contains(words), "{}", report.headline());
            report.is_for_tests = true;
            if grade == Grade::Cautions {
                let told = report.headline();
                assert!(
                    told.ends_with("No line fails; 1 line passes, 1 has to be weighed, 0 were not checked"),
                    "{told}"
                );
            }
            // Nothing under a setup for tests is worth anything, and what fails still fails.
            assert_eq!(report.grade(), if grade == Grade::Failed { Grade::Failed } else { Grade::ForTests });
        }
    }

    #[test]
    fn of_many_lines_the_first_are_named() {
        let many = report(&[vec![Finding::fail(""); 30]].concat());
        assert!(many.headline().ends_with(", and 18 more"), "{}", many.headline());
    }
}
