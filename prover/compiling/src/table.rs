//! The table of what is supported, for people: README and documentation hold it, and a test keeps them true.

use std::fmt::Write;

use super::lower::registry::operators;
use super::operator::{Kind, Operator};

const KINDS: &[(Kind, &str)] = &[
    (Kind::Dense, "dense"),
    (Kind::Normalization, "normalization"),
    (Kind::Arithmetic, "arithmetic"),
    (Kind::Functions, "functions"),
    (Kind::Logic, "comparisons and choices"),
    (Kind::Reductions, "pools and reductions"),
    (Kind::Shapes, "shapes"),
    (Kind::Classical, "classical (ai.onnx.ml)"),
    (Kind::Constants, "constants, and nothing to do"),
];

/// The operators of each kind, as Markdown.
#[must_use]
pub fn overview() -> String {
    let mut text = String::from("| kind | operators |\n|---|---|\n");
    for (kind, name) in KINDS {
        let names: Vec<&str> = of_kind(*kind).map(|operator| operator.name).collect();
        // Writing to a string does not fail.
        let _ = writeln!(text, "| {name} | {} |", names.join(", "));
    }
    text
}

/// The page of the documentation: every operator with its versions and limits, as Markdown.
#[must_use]
pub fn page() -> String {
    let mut text = String::from(PREFACE);
    for (kind, title) in KINDS {
        let _ = write!(
            text,
            "\n## {}\n\n| operator | what it does | operator sets | limits |\n|---|---|---|---|\n",
            capital(title)
        );
        for operator in of_kind(*kind) {
            let versions: Vec<String> = operator.versions.iter().map(u32::to_string).collect();
            let (name, about, limits) = (operator.name, operator.about, operator.limits);
            let _ = writeln!(text, "| {name} | {about} | {} | {limits} |", versions.join(", "));
        }
    }
    text
}

const PREFACE: &str = "\
# Operators

`hallmark compile` understands these ONNX operators. `hallmark operators --markdown` writes this page, and a test compares them.

An operator changes its meaning between operator sets. The third column names the sets that changed it and whose meaning is known.
A node of any other version is refused, and so is one with an attribute or an input that its version does not have. What does not
depend on the input is computed when the model is compiled.
";

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn of_kind(kind: Kind) -> impl Iterator<Item = &'static Operator> {
    operators().filter(move |operator| operator.kind == kind)
}
