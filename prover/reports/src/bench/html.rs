//! A report as one page, which needs nothing else.

use super::{Report, charts::Chart, palette::COLOURS, table::Table};
use crate::markup::{POLICY, escape};

const STYLE: &str = "\
:root { color-scheme: light dark; --text: #1c1e21; --paper: #fff; --line: #8886; --quiet: #5c6370 }
@media (prefers-color-scheme: dark) { :root { --text: #e6e6e6; --paper: #14161a; --quiet: #a3abb8 } }
@media print { :root { --text: #000; --paper: #fff } figure, tr { break-inside: avoid } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 1.5rem auto; padding: 0 1rem; color: var(--text);
  background: var(--paper) }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin: 2rem 0 .3rem }
p { margin: .3rem 0; color: var(--quiet) } p.verdict { color: var(--text); font-size: 1.05rem } p.warning { color: #b3261e; font-weight: 600 }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem }
td, th { border-top: 1px solid var(--line); padding: .2rem .7rem .2rem 0; text-align: right; vertical-align: top }
td, th { white-space: nowrap } td.name, th.name { text-align: left }
table.facts { margin-bottom: 1.5rem } table.facts td { white-space: normal } table.facts td + td { overflow-wrap: anywhere }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.5rem }
figure { margin: 0 } figcaption { font-weight: 600 }
svg { width: 100%; height: auto; color: var(--text) }
ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .1rem 1rem; font-size: .85rem }";
/// An attribute that a chart's file would need, and that a page must not have.
const NAMESPACE: &str = " xmlns=\"http://www.w3.org/2000/svg\"";

impl Report {
    /// The report as a page that needs nothing else.
    #[must_use]
    pub fn html(&self) -> String {
        let charts: String = self.charts().iter().map(figure).collect();
        let mut tables = self.tables();
        // What was measured stands above the charts, without a title.
        let facts: String = tables
            .drain(..tables.len().min(1))
            .map(|table| table.html().replace("<table>", "<table class=\"facts\">"))
            .collect();
        let tables: String = tables.iter().map(section).collect();
        let warning = match self.program.profile.as_str() {
            "release" => "",
            _ => "<p class=\"warning\">This program was not built with --release: its times mean nothing.</p>\n",
        };
        let verdict: String =
            self.verdict().iter().map(|sentence| format!("<p class=\"verdict\">{}</p>\n", escape(sentence))).collect();
        let swatches: String = COLOURS
            .iter()
            .enumerate()
            .map(|(index, colour)| format!(".c{index} {{ color: rgb({}, {}, {}) }}\n", colour.0, colour.1, colour.2))
            .collect();
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\"/>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
             <title>Hallmark, measured</title>\n<style>\n{STYLE}\n{swatches}</style>\n</head>\n<body>\n\
             <h1>Hallmark, measured</h1>\n{warning}{verdict}{facts}<div class=\"charts\">\n{charts}</div>\n{tables}</body>\n</html>\n"
        )
    }
}

fn section(table: &Table) -> String {
    format!("<h2>{}</h2>\n<p>{}</p>\n{}", escape(table.title), escape(&table.note), table.html())
}

fn figure(chart: &Chart) -> String {
    let Chart { title, legend, svg } = chart;
    let entry = |(index, name): (usize, &String)| {
        format!("<li><span class=\"c{}\">\u{25a0}</span> {}</li>", index % COLOURS.len(), escape(name))
    };
    let entries: String = legend.iter().enumerate().map(entry).collect();
    let legend = if entries.is_empty() { entries } else { format!("<ul>{entries}</ul>\n") };
    format!("<figure>\n<figcaption>{}</figcaption>\n{legend}{}</figure>\n", escape(title), themed(svg, title))
}

/// A chart in the colours of the page, and with a name for those who do not see it.
fn themed(svg: &str, title: &str) -> String {
    let name = format!("<svg role=\"img\" aria-label=\"{}\"", escape(title));
    svg.replace(NAMESPACE, "").replacen("<svg", &name, 1).replace("\"#000000\"", "\"currentColor\"")
}
