//! What the docs say of formats, held against the code.
#![allow(missing_docs)]

use std::{collections::BTreeSet, fs, path::Path};

use hallmark_circuits::{
    layout::Layout,
    model::{self, Architecture, Binding, InputPort, OutputPort, Step, Table},
    relations::packing::public_tensors,
};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

/// The domains of hashes in a text: `"hallmark`, a name and a version, and the closing quote.
fn domains(text: &str) -> BTreeSet<String> {
    let is_version = |word: &str| word.trim_start_matches('v').chars().all(|digit| digit.is_ascii_digit());
    let quoted = text.split("\"hallmark ").skip(1).filter_map(|rest| rest.split_once('"'));
    let named = quoted.map(|(name, _)| name).filter(|name| name.len() < 40);
    named.filter(|name| name.rsplit(' ').next().is_some_and(is_version)).map(str::to_owned).collect()
}

fn sources(folder: &Path, found: &mut BTreeSet<String>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            // What is hashed is a string of bytes; what is only told in comments is not.
            let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            found.extend(domains(&code));
        }
    }
}

#[test]
fn every_domain_of_a_hash_is_documented_in_the_version_that_the_code_has() {
    let mut hashed = BTreeSet::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut hashed);
    let documented = domains(&["docs/protocol.md", "docs/settlement.md", "docs/scores.md"].map(read).concat());
    assert!(hashed.len() >= 10, "{hashed:?}");
    assert_eq!(documented, hashed);
}

/// Each limit of the table is the constant of its name.
#[test]
fn the_limits_are_those_of_the_code() {
    let text = read("docs/protocol.md");
    let constants: [(&str, u128); 19] = [
        ("MAX_STEPS", model::MAX_STEPS as u128),
        ("MAX_TERMS", model::MAX_TERMS as u128),
        ("MAX_FACTORS", model::MAX_FACTORS as u128),
        ("MAX_AXES", model::MAX_AXES as u128),
        ("MAX_AXIS_BITS", model::MAX_AXIS_BITS as u128),
        ("MAX_SPACE_BITS", model::MAX_SPACE_BITS as u128),
        ("MAX_TERM_BITS", model::MAX_TERM_BITS as u128),
        ("MAX_MAPPED_BITS", model::MAX_MAPPED_BITS as u128),
        ("MAX_SHIFT", model::MAX_SHIFT.into()),
        ("MIN_ROW_BITS", model::MIN_ROW_BITS.into()),
        ("MAX_ROW_BITS", model::MAX_ROW_BITS.into()),
        ("MAX_INTEGER", model::MAX_INTEGER as u128),
        ("MAX_ACCUMULATOR", model::MAX_ACCUMULATOR as u128),
        ("MAX_NAME", model::MAX_NAME as u128),
        ("MAX_INPUT_PARTS", model::MAX_INPUT_PARTS as u128),
        ("MAX_OUTPUT_PARTS", model::MAX_OUTPUT_PARTS as u128),
        ("MAX_BATCH_BITS", model::MAX_BATCH_BITS.into()),
        ("MAX_BATCHES", model::MAX_BATCHES as u128),
        ("MAX_PARTS", model::MAX_PARTS as u128),
    ];
    let rows = text.split("## Limits").nth(1).unwrap().lines().filter(|line| line.starts_with("| `"));
    let mut documented = 0;
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let values: Vec<u128> = cells[1].split(',').map(|value| number(value.trim())).collect();
        let names: Vec<&str> = cells[0].split('`').skip(1).step_by(2).collect();
        assert_eq!(names.len(), values.len(), "{row}");
        for (name, value) in names.into_iter().zip(values) {
            let (_, constant) =
                constants.iter().find(|constant| constant.0 == name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(value, *constant, "{name}");
            documented += 1;
        }
    }
    assert_eq!(documented, constants.len());
}

/// A model whose input has these axes, and is told by a digest.
fn told_by_digest(axes: &[usize], bits: u32) -> Architecture {
    let (shape, axes) = (axes.to_vec(), axes.to_vec());
    let binding = Binding::Digests(1);
    Architecture {
        input: InputPort {
            shape,
            parts: vec![],
            axes,
            bits,
            scales: vec![1.0],
            offsets: vec![0.0],
            ranges: vec![],
            binding,
        },
        output: OutputPort { shape: vec![1], parts: vec![], scale: 1.0 },
        weights: vec![],
        parts: vec![],
        tables: vec![Table { name: String::new(), first: 0, outputs: vec![0] }],
        steps: vec![Step { name: String::new(), axes: vec![1], constant: 0, terms: vec![], shift: 0, table: 0 }],
        row_bits: model::MIN_ROW_BITS,
        weight_row_bits: model::MIN_ROW_BITS,
    }
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|place| u8::from_str_radix(&text[place..place + 2], 16).unwrap()).collect()
}

#[test]
fn vectors_of_input_digests_are_what_the_code_computes() {
    let text = read("docs/input-digests.md");
    let rows = text.split("## Test vectors").nth(1).unwrap().lines().filter(|line| line.starts_with("| ["));
    let mut vectors = 0;
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let [axes, width, values, digest] = cells[..] else { panic!("{row}") };
        let axes: Vec<usize> = axes.trim_matches(['[', ']']).split(", ").map(|axis| axis.parse().unwrap()).collect();
        let model = told_by_digest(&axes, 8 * width.parse::<u32>().unwrap());
        let [input, _] = public_tensors(&model, &Layout::new(&model).unwrap());
        let told = input.told(&input.from_bytes(&hex(values)).unwrap());
        let found: String = told.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found, digest, "{row}");
        vectors += 1;
    }
    assert!(vectors >= 5, "{vectors}");
}

/// A number, or a power as `2^12`.
fn number(text: &str) -> u128 {
    match text.split_once('^') {
        Some((base, exponent)) => base.parse::<u128>().unwrap().pow(exponent.parse().unwrap()),
        None => text.parse().unwrap(),
    }
}
