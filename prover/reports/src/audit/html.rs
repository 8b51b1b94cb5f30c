//! The report as one page: no script, nothing from elsewhere, and nothing of the chain's but text.

use std::fmt::Write;

use super::{Check, Report, Section, Verdict, charts::charts};
use crate::markup::{POLICY, escape};

/// On a narrow screen the cells of a row stand one below the other. Charts are drawn on white, which is turned over where the
/// page is dark.
const STYLE: &str = "\
:root { color-scheme: light dark; --text: #222; --page: #fff; --line: #ddd; --pass: #1a6b2f; --skipped: #8a5a00 }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: var(--text); \
background: var(--page); overflow-wrap: anywhere }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
h2::first-letter { text-transform: uppercase }
table { border-collapse: collapse; width: 100%; table-layout: fixed }
td { border-top: 1px solid var(--line); padding: .3rem .6rem; vertical-align: top }
td:first-child { width: 7rem; white-space: nowrap; font-weight: 600 }
td:nth-child(2) { width: 17rem }
.pass { color: var(--pass) } .fail { color: #fff; background: #b00020 } .skipped { color: var(--skipped) }
p.fail { padding: .3rem .6rem }
svg { display: block; max-width: 100%; height: auto }
@media (max-width: 50rem) {
  td, td:first-child, td:nth-child(2) { display: block; width: auto; border: 0; padding: .1rem .6rem }
  td:first-child { border-top: 1px solid var(--line); padding-top: .4rem }
  td:nth-child(2) { font-weight: 600 }
}
@media (prefers-color-scheme: dark) {
  :root { --text: #ddd; --page: #191919; --line: #444; --pass: #6fcf87; --skipped: #e0a94a }
  svg { filter: invert(.9) hue-rotate(180deg) }
}";

impl Report {
    /// The report as a page that needs nothing else.
    #[must_use]
    pub fn html(&self) -> String {
        let Self { chain, block, block_hash, model, .. } = self;
        let sections: String = Section::ALL.into_iter().map(|section| self.section(section)).collect();
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\"/>\n\
             <title>Audit of a model</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n<h1>Audit of a model</h1>\n\
             <p>Model {model}<br/>on chain {chain}, as the node says at block {block} {block_hash}</p>\n\
             <p class=\"{}\"><strong>{}</strong></p>\n{sections}{}</body>\n</html>\n",
            class(if self.passes() { Verdict::Pass } else { Verdict::Fail }),
            self.summary(),
            self.figures()
        )
    }

    fn section(&self, section: Section) -> String {
        let mut rows = String::new();
        for Check { name, verdict, detail, .. } in self.of(section) {
            let (class, name, detail) = (class(*verdict), escape(name), escape(detail));
            // Writing to a string does not fail.
            let _ = writeln!(rows, "<tr><td class=\"{class}\">{verdict}</td><td>{name}</td><td>{detail}</td></tr>");
        }
        match rows.is_empty() {
            true => rows,
            false => format!("<h2>{section}</h2>\n<table>\n{rows}</table>\n"),
        }
    }

    fn figures(&self) -> String {
        let figure = |chart: super::charts::Chart| format!("<h2>{}</h2>\n{}\n", chart.title, chart.svg);
        charts(&self.settlements).into_iter().map(figure).collect()
    }
}

const fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Skipped => "skipped",
    }
}
