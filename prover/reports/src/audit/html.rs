//! The report as one page: no script, nothing from elsewhere, and nothing of the chain's but text.

use std::fmt::Write;

use super::{Check, Fact, Grade, Report, Section, Verdict, charts::charts};
use crate::markup::{POLICY, escape};

/// On a narrow screen the cells of a row stand one below the other, and a line's verdict before its name. Charts are drawn on
/// white, which is turned over where the page is dark.
const STYLE: &str = "\
:root { color-scheme: light dark; --text: #222; --page: #fff; --line: #ddd; --quiet: #666; --green: #1a6b2f; --amber: #8a5a00; \
--red: #b00020; --green-page: #e4f3e7; --amber-page: #fff1d2; --red-page: #fde3e6 }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: var(--text); \
background: var(--page); overflow-wrap: anywhere }
h1 { font-size: 1rem; font-weight: 400; color: var(--quiet); margin: 1.2rem 0 .3rem }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
h2::first-letter { text-transform: uppercase }
table { border-collapse: collapse; width: 100%; table-layout: fixed }
td { border-top: 1px solid var(--line); padding: .3rem .6rem; vertical-align: top }
table.checks td:first-child { width: 6.5rem; white-space: nowrap; font-weight: 600 }
table.checks td:nth-child(2) { width: 13rem }
table.facts td:first-child { width: 15rem; color: var(--quiet) }
.pass { color: var(--green) } .caution, .skipped { color: var(--amber) } .fail { color: var(--red) }
p.headline { margin: 0; padding: .8rem 1rem; border-left: .4rem solid; font-size: 1.15rem; font-weight: 600 }
p.green { color: var(--green); background: var(--green-page) }
p.amber { color: var(--amber); background: var(--amber-page) }
p.red { color: var(--red); background: var(--red-page) }
svg { display: block; max-width: 100%; height: auto }
@media (max-width: 50rem) {
  tr { display: block; border-top: 1px solid var(--line); padding: .3rem .6rem }
  table td, table.facts td:first-child { display: block; width: auto; border: 0; padding: .1rem 0 }
  table.checks td:first-child, table.checks td:nth-child(2) { display: inline; width: auto; font-weight: 600 }
  table.checks td:first-child::after { content: \" \" }
}
@media (prefers-color-scheme: dark) {
  :root { --text: #ddd; --page: #191919; --line: #444; --quiet: #aaa; --green: #6fcf87; --amber: #e9b452; --red: #ff8a97; \
--green-page: #16311d; --amber-page: #3a2c0c; --red-page: #431a20 }
  svg { filter: invert(.9) hue-rotate(180deg) }
}
@media print { svg, tr { break-inside: avoid } }";

impl Report {
    /// The report as a page that needs nothing else.
    #[must_use]
    pub fn html(&self) -> String {
        let sections: String = Section::ALL.into_iter().map(|section| self.section(section)).collect();
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\"/>\n\
             <title>{}</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n\
             <p class=\"headline {}\">{}</p>\n<h1>Audit of a model by hallmark: {}. All of it is as the node says that was \
             asked.</h1>\n{}{}{}{}{sections}{}</body>\n</html>\n",
            escape(&self.title()),
            self.grade().colour(),
            escape(&self.headline()),
            self.summary(),
            self.first("What fails", Verdict::Fail),
            self.first("What has to be weighed", Verdict::Caution),
            facts("What was audited", &self.facts()),
            facts("Terms of the sale", &self.terms),
            self.figures()
        )
    }

    /// The first words of the headline: what a tab shows.
    fn title(&self) -> String {
        let headline = self.headline();
        format!("{}: audit of a model", headline.split(':').next().unwrap_or_default())
    }

    /// The lines that nobody should have to look for, before all others.
    fn first(&self, title: &str, verdict: Verdict) -> String {
        let found = self.checks.iter().filter(|check| check.verdict == verdict);
        lines(title, found.map(|check| (check, check.title())))
    }

    fn section(&self, section: Section) -> String {
        lines(&section.to_string(), self.of(section).map(|check| (check, check.name.clone())))
    }

    fn figures(&self) -> String {
        let figure = |chart: super::charts::Chart| format!("<h2>{}</h2>\n{}\n", chart.title, chart.svg);
        charts(&self.settlements).into_iter().map(figure).collect()
    }
}

/// A table of lines, each with the name that it has here. Nothing where there are none.
fn lines<'c>(title: &str, checks: impl Iterator<Item = (&'c Check, String)>) -> String {
    let mut rows = String::new();
    for (Check { verdict, detail, .. }, name) in checks {
        let (class, name, detail) = (class(*verdict), escape(&name), escape(detail));
        // Writing to a string does not fail.
        let _ = writeln!(rows, "<tr><td class=\"{class}\">{verdict}</td><td>{name}</td><td>{detail}</td></tr>");
    }
    if rows.is_empty() { rows } else { format!("<h2>{title}</h2>\n<table class=\"checks\">\n{rows}</table>\n") }
}

impl Grade {
    /// Green is for what nothing speaks against.
    const fn colour(self) -> &'static str {
        match self {
            Self::Passed => "green",
            Self::Cautions | Self::Incomplete | Self::ForTests => "amber",
            Self::Failed => "red",
        }
    }
}

fn facts(title: &str, facts: &[Fact]) -> String {
    if facts.is_empty() {
        return String::new();
    }
    let row = |fact: &Fact| format!("<tr><td>{}</td><td>{}</td></tr>\n", escape(&fact.name), escape(&fact.value));
    format!("<h2>{title}</h2>\n<table class=\"facts\">\n{}</table>\n", facts.iter().map(row).collect::<String>())
}

const fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Caution => "caution",
        Verdict::Fail => "fail",
        Verdict::Skipped => "skipped",
    }
}
