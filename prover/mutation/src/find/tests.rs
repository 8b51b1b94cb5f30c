//! What is found in a source, and that it stands in the copy as it should.

use super::find;
use crate::{
    edit::{Site, rewrite},
    mutant::Mutant,
};

/// The changes of a source, without its file's name.
fn changes(source: &str) -> Vec<String> {
    let sites = find("a.rs", source).unwrap();
    let name = |mutant: &Mutant| mutant.to_string().trim_start_matches("a.rs ").to_owned();
    sites.iter().flat_map(|site| &site.mutants).map(name).collect()
}

/// The source with all mutants, which are numbered from 0.
fn rewritten(source: &str) -> String {
    let sites = find("a.rs", source).unwrap();
    let first = |site: usize| sites[..site].iter().map(|site: &Site| site.mutants.len()).sum::<usize>();
    rewrite(source, &sites, |site, mutant| u32::try_from(first(site) + mutant).ok(), |id| format!("on({id})")).text
}

#[test]
fn operators_conditions_numbers_and_statements_are_changed() {
    let source = "impl A { fn f(&mut self, a: u8) { if a <= 3 { self.put(a); } } }";
    let expected = [
        "A::f: body -> ()",
        "A::f: a <= 3 -> false",
        "A::f: a <= 3 -> true",
        "A::f: <= -> <",
        "A::f: <= -> >",
        "A::f: 3 -> 4",
        "A::f: self.put(a); -> nothing",
    ];
    assert_eq!(changes(source), expected);
}

#[test]
fn changes_that_read_the_same_are_numbered() {
    assert_eq!(
        changes("fn f(x: S) -> S { -x - (-x) }"),
        ["f: - -> +", "f: - -> *", "f: - -> nothing", "f: - -> nothing #2"]
    );
}

#[test]
fn a_function_that_returns_a_value_anyway_is_left_alone() {
    assert_eq!(changes("fn f() -> bool { false }"), ["f: body -> true"]);
    assert!(changes("fn f() {}").is_empty());
    assert_eq!(changes("fn f() { g(); }"), ["f: body -> ()", "f: g(); -> nothing"]);
}

#[test]
fn what_is_constant_or_a_test_is_left_alone() {
    assert!(changes("const A: u8 = 1 + 2; const fn f() -> u8 { 1 + 2 } static B: [u8; 3] = [1; 3];").is_empty());
    assert!(changes("#[cfg(test)] mod tests { fn f() -> u8 { 1 } } #[test] fn g() { f(1) }").is_empty());
    assert!(changes("impl Debug for A { fn fmt(&self) -> bool { 1 < 2 } }").is_empty());
}

#[test]
fn an_arm_is_skipped_where_another_takes_all() {
    let change = |last: &str| changes(&format!("fn f(x: u8) -> S {{ match x {{ 0 => a, {last} => b }} }}"));
    assert_eq!(change("_"), ["f: arm 0 -> nothing"]);
    assert_eq!(change("1.."), Vec::<String>::new());
}

#[test]
fn operands_are_written_once_and_lines_stay() {
    let found = rewritten("fn f(x: S, y: S) -> S {\n    a * b -\n    c\n}");
    let expected = "fn f(x: S, y: S) -> S {\n    (match ((match (a , b) { (m0, m1) => if on(2) { m0 + m1 } else if on(3) { m0 / m1 } \
                    else { m0 * m1 } }) ,\n    c) { (m0, m1) => if on(0) { m0 + m1 } else if on(1) { m0 * m1 } else { m0 - m1 } })\n}";
    assert_eq!(found, expected);
}

#[test]
fn both_sides_of_a_condition_are_asked_in_order() {
    let found = rewritten("fn f(x: bool) -> S { if a && b? { c } else { d } }");
    let condition = "(match (a ) { m0 => { let m1 = on(2); if m0 == m1 { m1 } else {  b? } } })";
    assert_eq!(found, format!("fn f(x: bool) -> S {{ if ((({condition}) && !on(0)) || on(1)) {{ c }} else {{ d }} }}"));
}

#[test]
fn a_mutant_that_is_left_out_leaves_the_source_alone() {
    let source = "fn f(a: u8) { g(a + 1); }";
    let sites = find("a.rs", source).unwrap();
    assert_eq!(rewrite(source, &sites, |_, _| None, |_| String::new()).text, source);
}
