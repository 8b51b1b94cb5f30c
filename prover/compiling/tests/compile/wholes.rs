//! Inputs of whole numbers: what they may be, and that answers to them are exact.
#![allow(missing_docs, clippy::unwrap_used)]

use hallmark_circuits::model::{InputFault, Quantized, ValueRange};
use hallmark_compiling::{Compiled, WholeInput, compile};
use hallmark_fixtures::OnnxBuilder;
use ndarray::{ArrayD, IxDyn};

use crate::compiling::{random, samples};
use crate::inputs::{answer, compiled, indices, named, worst};

const FLOAT: i64 = 1;
const INT64: i64 = 7;

fn range(count: usize, least: i64, greatest: i64) -> ValueRange {
    ValueRange { count, least, greatest }
}

fn refused(compiled: &Compiled, sample: &[f32]) -> bool {
    let admitted = Quantized::admit(&compiled.architecture.input, sample.iter().copied(), false);
    matches!(admitted, Err(InputFault::Clamped(clamping)) if clamping.any_whole)
}

/// Whole numbers up to a limit on both sides of zero.
fn numbers(seed: u64, count: usize, length: usize, limit: f32) -> ArrayD<f32> {
    samples(seed, count, &[1, length]).mapv(|value| (value * limit).round())
}

/// Whether one number is less than another, equal and greater.
fn compared() -> Vec<u8> {
    let mut graph = OnnxBuilder::new();
    let (a, b) = (graph.input_i64("a", &[1, 4]), graph.input_i64("b", &[1, 4]));
    let mut parts = vec![];
    for operator in ["Less", "Equal", "Greater"] {
        let found = graph.apply(operator, &[&a, &b]);
        parts.push(graph.node("Cast", &[&found]).int("to", FLOAT).output());
    }
    let y = graph.node("Concat", &parts.iter().collect::<Vec<_>>()).int("axis", 1).output();
    graph.finish(&[&y])
}

#[test]
fn numbers_that_meet_are_compared_exactly() {
    let calibration = named(&[("a", numbers(1, 60, 4, 6000.0)), ("b", numbers(2, 60, 4, 6000.0))]);
    let compiled = compiled(&compared(), &calibration);
    assert_eq!(compiled.architecture.input.ranges, [range(4, -16384, 16383), range(4, -16384, 16383)]);
    let (a, b) = ([16383.0, -16384.0, 5.0, 0.0], [16382.0, 16383.0, 5.0, -1.0]);
    let found = answer(&compiled, &[a, b].concat());
    assert_eq!(found, [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
    for (place, value) in [(0, 16384.0), (7, -16385.0), (3, 30000.0)] {
        let mut sample = [a, b].concat();
        sample[place] = value;
        assert!(refused(&compiled, &sample), "{value}");
    }
    let told = |name: &str| WholeInput { name: Some(name.into()), least: -16384, greatest: 16383 };
    assert_eq!(compiled.report.whole_inputs, [told("a"), told("b")]);
}

#[test]
fn one_input_that_meets_itself_is_compared_exactly() {
    let mut graph = OnnxBuilder::new();
    let x = graph.input_i64("x", &[1, 6]);
    let [first, second] = graph.node("Split", &[&x]).int("axis", 1).outputs();
    let same = graph.apply("Equal", &[&first, &second]);
    let y = graph.node("Cast", &[&same]).int("to", FLOAT).output();
    let values = (0..60 * 6).map(|index| ((index * 37 + index / 6 % 2 * index % 6 / 3) % 900) as f32).collect();
    let mut values = ArrayD::from_shape_vec(IxDyn(&[60, 6]), values).unwrap();
    for row in 0..30 {
        values[[row, 4]] = values[[row, 1]];
    }
    let compiled = compile(&graph.finish(&[&y]), &values, None, &Default::default()).unwrap();
    assert_eq!(compiled.architecture.input.ranges, [range(6, -2048, 2047)]);
    assert_eq!(answer(&compiled, &[2047.0, 5.0, 899.0, 2046.0, 5.0, -899.0]), [0.0, 1.0, 0.0]);
    assert!(refused(&compiled, &[2048.0, 5.0, 899.0, 2046.0, 5.0, -899.0]));
    assert_eq!(compiled.report.whole_inputs, [WholeInput { name: None, least: -2048, greatest: 2047 }]);
}

/// Rows of a table at indices that pass other operators first, those that a mask hides at zero.
fn looked_up(rows: usize) -> Vec<u8> {
    let mut graph = OnnxBuilder::new();
    let (ids, mask) = (graph.input_i64("ids", &[1, 4]), graph.input_i64("mask", &[1, 4]));
    let shape = graph.initializer_i64("shape", &[1], vec![4]);
    let axes = graph.initializer_i64("axes", &[1], vec![1]);
    let table = graph.initializer("table", &[rows, 3], random(9, 3 * rows));
    let flat = graph.apply("Reshape", &[&ids, &shape]);
    let flat = graph.node("Cast", &[&flat]).int("to", INT64).output();
    let found = graph.apply("Gather", &[&table, &flat]);
    let mask = graph.node("Cast", &[&mask]).int("to", FLOAT).output();
    let mask = graph.apply("Reshape", &[&mask, &shape]);
    let mask = graph.apply("Unsqueeze", &[&mask, &axes]);
    let y = graph.apply("Mul", &[&found, &mask]);
    graph.finish(&[&y])
}

#[test]
fn an_index_of_zeros_and_ones_is_no_mask() {
    for rows in [90, 300] {
        let calibration = named(&[("ids", indices(40, 4, 2)), ("mask", indices(41, 4, 2))]);
        let error = compile(&looked_up(rows), &calibration, None, &Default::default());
        assert!(error.is_err(), "other numbers of samples");
        let calibration = named(&[("ids", indices(40, 4, 2)), ("mask", indices(40, 4, 2))]);
        let compiled = compiled(&looked_up(rows), &calibration);
        let last = rows as i64 - 1;
        assert_eq!(compiled.architecture.input.ranges, [range(4, 0, last), range(4, 0, 1)]);
        let found = answer(&compiled, &[1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0]);
        let table = random(9, 3 * rows);
        for (place, (row, shown)) in [(1, 1.0), (0, 1.0), (0, 0.0), (1, 1.0)].into_iter().enumerate() {
            for column in 0..3 {
                let (value, expected) = (found[3 * place + column], table[3 * row + column] * shown);
                assert!((value - expected).abs() < 0.01, "{rows} rows, {place}, {column}: {value} for {expected}");
            }
        }
        // Neither another row than there is, nor a mask of twos, nor an index from the end, which is another row.
        for (place, value) in [(0, rows as f32), (5, 2.0), (5, -1.0), (2, -1.0)] {
            let mut sample = [1.0, 7.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0];
            assert!(!refused(&compiled, &sample));
            sample[place] = value;
            assert!(refused(&compiled, &sample), "{value} at {place}");
        }
        let told = |name: &str, greatest| WholeInput { name: Some(name.into()), least: 0, greatest };
        assert_eq!(compiled.report.whole_inputs, [told("ids", last), told("mask", 1)]);
        assert!(compiled.report.to_string().contains("mask                  from 0 to 1"), "{}", compiled.report);
    }
}

#[test]
fn samples_are_of_the_rows_that_there_are() {
    let calibration = named(&[("ids", indices(40, 4, 301)), ("mask", indices(40, 4, 2))]);
    let error = compile(&looked_up(300), &calibration, None, &Default::default()).unwrap_err().to_string();
    assert!(error.contains("of the input `ids` is 300") && error.contains("from 0 to 299"), "{error}");
}

#[test]
fn features_of_one_of_several_inputs_are_scaled_apart() {
    let mut graph = OnnxBuilder::new();
    let (x, z) = (graph.input("x", &[1, 5]), graph.input("z", &[1, 3]));
    let weights = graph.initializer("w", &[5, 3], random(3, 15));
    // What one feature has in thousands, the others have in thousandths, far from zero.
    let scales = graph.initializer("s", &[5], vec![1e-3, 1e3, 1e3, 1e3, 1e3]);
    let scaled = graph.apply("Mul", &[&x, &scales]);
    let product = graph.apply("MatMul", &[&scaled, &weights]);
    let y = graph.apply("Add", &[&product, &z]);
    let onnx = graph.finish(&[&y]);
    let mut rows = samples(1, 80, &[1, 5]);
    for (index, value) in rows.iter_mut().enumerate() {
        *value = if index % 5 == 0 { *value * 1e3 } else { 0.01 + *value * 1e-3 };
    }
    let calibration = named(&[("x", rows), ("z", samples(2, 80, &[1, 3]))]);
    let compiled = compiled(&onnx, &calibration);
    let port = &compiled.architecture.input;
    assert!(port.scales[0] > 1e4 * port.scales[1] && (port.offsets[1] - 0.01).abs() < 1e-3, "{port:?}");
    assert_eq!(port.offsets[5..], [0.0; 3]);
    assert!(worst(&compiled) < 0.02, "{}", worst(&compiled));
}

#[test]
fn answers_that_are_all_alike_are_told_of() {
    let mut graph = OnnxBuilder::new();
    let x = graph.input("x", &[1, 3]);
    let limit = graph.initializer("limit", &[1], vec![100.0]);
    let above = graph.apply("Greater", &[&x, &limit]);
    let y = graph.node("Cast", &[&above]).int("to", FLOAT).output();
    let onnx = graph.finish(&[&y]);
    let warned = |scale: f32| {
        let compiled = compile(&onnx, &samples(1, 20, &[1, 3]).mapv(|x| x * scale), None, &Default::default()).unwrap();
        compiled.report.warnings.iter().any(|warning| warning.contains("answers all calibration samples alike"))
    };
    assert!(warned(1.0) && !warned(1000.0));
}
