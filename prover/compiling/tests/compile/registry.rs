//! What documents say of the operators is what the compiler has.
#![allow(missing_docs, clippy::unwrap_used)]

use hallmark_compiling::table;

fn read(name: &str) -> String {
    std::fs::read_to_string(format!("{}/../../{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn the_readme_lists_what_is_registered() {
    let readme = read("README.md");
    let (_, rest) = readme.split_once("against the compiler -->\n").unwrap();
    let (found, _) = rest.split_once("<!-- /operators -->").unwrap();
    assert_eq!(found, table::overview(), "copy the right side to README.md");
}

#[test]
fn the_page_of_operators_is_what_the_command_writes() {
    assert!(read("docs/operators.md") == table::page(), "run: hallmark operators --markdown > docs/operators.md");
}
