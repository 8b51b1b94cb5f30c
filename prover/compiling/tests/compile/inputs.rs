//! Models with several inputs.
#![allow(missing_docs, clippy::unwrap_used)]

use hallmark_circuits::model::{InputPart, InputPort};
use hallmark_circuits::semantics::execute;
use hallmark_compiling::{CompileError, CompileOptions, Compiled, compile};
use hallmark_fixtures::OnnxBuilder;
use ndarray::{ArrayD, IxDyn};

use crate::compiling::{check_architecture, check_extremes, random, samples};

/// Arrays by their names.
pub type Named = Vec<(String, ArrayD<f32>)>;

pub fn named(arrays: &[(&str, ArrayD<f32>)]) -> Named {
    arrays.iter().map(|(name, array)| ((*name).into(), array.clone())).collect()
}

/// Indices below a limit.
pub fn indices(count: usize, length: usize, limit: usize) -> ArrayD<f32> {
    let values = (0..count * length).map(|index| (index * 37 % limit) as f32).collect();
    ArrayD::from_shape_vec(IxDyn(&[count, length]), values).unwrap()
}

pub fn compiled(onnx: &[u8], calibration: &Named) -> Compiled {
    let compiled =
        compile(onnx, calibration, None, &CompileOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    check_architecture(&compiled);
    check_extremes(&compiled);
    compiled
}

fn part(name: &str, shape: &[usize]) -> InputPart {
    InputPart { name: name.into(), shape: shape.to_vec() }
}

pub fn worst(compiled: &Compiled) -> f64 {
    let accuracy = &compiled.report.accuracy;
    accuracy.worst_error / accuracy.output_range
}

/// What the integers answer to one sample, whose arrays lie one after another.
pub fn answer(compiled: &Compiled, sample: &[f32]) -> Vec<f32> {
    let quantize = |(index, value): (usize, &f32)| compiled.architecture.input.quantize(index, *value);
    let input: Vec<i64> = sample.iter().enumerate().map(quantize).collect();
    let tensors = execute(&compiled.architecture, &compiled.weights, &input).unwrap();
    compiled.architecture.output.dequantize(tensors.last().unwrap())
}

/// `x w + z`, where z reaches a hundred times as far as x.
fn sum() -> Vec<u8> {
    let mut graph = OnnxBuilder::new();
    let (x, z) = (graph.input("x", &[1, 6]), graph.input("z", &[1, 4]));
    let weights = graph.initializer("w", &[6, 4], random(3, 24).iter().map(|weight| weight * 50.0).collect());
    let product = graph.apply("MatMul", &[&x, &weights]);
    let y = graph.apply("Add", &[&product, &z]);
    graph.finish(&[&y])
}

#[test]
fn each_input_has_its_own_scale() {
    let calibration = named(&[("z", samples(2, 40, &[1, 4]).mapv(|z| z * 100.0)), ("x", samples(1, 40, &[1, 6]))]);
    let compiled = compiled(&sum(), &calibration);
    let InputPort { shape, parts, axes, scales, .. } = &compiled.architecture.input;
    assert_eq!((shape.as_slice(), axes.as_slice()), (&[10][..], &[10][..]));
    assert_eq!(parts, &[part("x", &[1, 6]), part("z", &[1, 4])]);
    let (x, z) = (scales[0], scales[6]);
    assert!(scales.len() == 10 && scales[..6].iter().all(|scale| *scale == x) && z > 50.0 * x, "{scales:?}");
    assert_eq!(compiled.report.unchecked, None);
    assert!(worst(&compiled) < 0.02, "{}", worst(&compiled));
}

/// Rows of a table, those that a mask hides at zero.
fn masked(rows: usize) -> Vec<u8> {
    let mut graph = OnnxBuilder::new();
    let (ids, mask) = (graph.input_i64("ids", &[1, 5]), graph.input_i64("mask", &[1, 5]));
    let table = graph.initializer("table", &[rows, 3], random(9, 3 * rows));
    let found = graph.apply("Gather", &[&table, &ids]);
    let mask = graph.node("Cast", &[&mask]).int("to", 1).output();
    let axes = graph.initializer_i64("axes", &[1], vec![2]);
    let mask = graph.apply("Unsqueeze", &[&mask, &axes]);
    let y = graph.apply("Mul", &[&found, &mask]);
    graph.finish(&[&y])
}

#[test]
fn tokens_and_their_mask_are_whole_numbers() {
    for rows in [40, 600] {
        let mask = indices(60, 5, 2);
        let compiled = compiled(&masked(rows), &named(&[("ids", indices(60, 5, rows)), ("mask", mask)]));
        let port = &compiled.architecture.input;
        assert_eq!((port.scales.as_slice(), port.offsets.as_slice()), (&[1.0][..], &[0.0][..]));
        assert_eq!(port.parts, [part("ids", &[1, 5]), part("mask", &[1, 5])]);
        let last = (rows - 1) as f32;
        let found = answer(&compiled, &[0.0, last, 7.0, 1.0, 2.0, 1.0, 1.0, 0.0, 1.0, 0.0]);
        let table = random(9, 3 * rows);
        for (place, (row, shown)) in [(0, 1.0), (rows - 1, 1.0), (7, 0.0), (1, 1.0), (2, 0.0)].iter().enumerate() {
            for column in 0..3 {
                let expected = table[3 * row + column] * shown;
                let value = found[3 * place + column];
                assert!((value - expected).abs() < 0.01, "{rows} rows, {place}, {column}: {value} for {expected}");
            }
        }
    }
}

#[test]
fn whole_numbers_stand_beside_real_ones() {
    let mut graph = OnnxBuilder::new();
    let (ids, x) = (graph.input_i64("ids", &[1, 3]), graph.input("x", &[1, 3, 2]));
    let table = graph.initializer("table", &[300, 2], random(9, 600));
    let found = graph.apply("Gather", &[&table, &ids]);
    let y = graph.apply("Add", &[&found, &x]);
    let onnx = graph.finish(&[&y]);
    let calibration = named(&[("ids", indices(40, 3, 300)), ("x", samples(4, 40, &[1, 3, 2]))]);
    let compiled = compiled(&onnx, &calibration);
    let port = &compiled.architecture.input;
    assert!((0..3).all(|index| port.is_whole(index)) && (3..9).all(|index| !port.is_whole(index)));
    assert!(worst(&compiled) < 0.01, "{}", worst(&compiled));
}

#[test]
fn calibration_needs_the_arrays_of_all_inputs() {
    let fault = |arrays: &[(&str, ArrayD<f32>)]| match compile(&sum(), &named(arrays), None, &CompileOptions::default())
        .unwrap_err()
    {
        CompileError::Calibration(fault) => fault,
        other => panic!("{other}"),
    };
    let (x, z) = (samples(1, 8, &[1, 6]), samples(2, 8, &[1, 4]));
    assert!(fault(&[("x", x.clone())]).contains("no array of the input `z`"));
    let unknown = fault(&[("x", x.clone()), ("z", z.clone()), ("w", z.clone())]);
    assert!(unknown.contains("an array `w`") && unknown.contains("`x`, `z`"), "{unknown}");
    let fewer = fault(&[("x", x.clone()), ("z", samples(2, 7, &[1, 4]))]);
    assert!(fewer.contains("7 samples of the input `z`, and 8"), "{fewer}");
    let other = fault(&[("x", x.clone()), ("z", samples(2, 8, &[1, 5]))]);
    assert!(other.contains("input `z`") && other.contains("[1, 4]"), "{other}");
    let single = compile(&sum(), &x, None, &CompileOptions::default()).unwrap_err().to_string();
    assert!(single.contains("2 inputs (`x`, `z`)") && single.contains(".npz"), "{single}");
}
