//! What is refused, and how: typed errors in bounded time and memory, never a panic.
#![allow(missing_docs, clippy::unwrap_used)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use hallmark_circuits::model::MAX_OUTPUT_PARTS;
use prost::Message;
use tract_onnx::pb::ModelProto;

use crate::cases::all_newest;
use crate::compiling::{model, random, samples};
use hallmark_compiling::{CompileError, CompileOptions, compile};
use hallmark_fixtures::{Dim, OnnxBuilder, Value};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

/// A value and the first of many constants.
fn plus_first(graph: &mut OnnxBuilder, value: &Value, constants: &Value) -> Value {
    let zero = graph.initializer_i64("zero", &[], vec![0]);
    let first = graph.apply("Gather", &[constants, &zero]);
    graph.apply("Add", &[value, &first])
}

fn refuse(onnx: &[u8], shape: &[usize]) -> CompileError {
    compile(onnx, &samples(1, 2, shape), None, &CompileOptions::default()).unwrap_err()
}

#[test]
fn an_unsupported_operator_is_named_with_what_is_supported() {
    let error = refuse(&model(&[1, 4], |graph, x| graph.apply("NonMaxSuppression", &[&x])), &[1, 4]);
    assert!(matches!(&error, CompileError::Operator { operator, .. } if operator == "NonMaxSuppression"));
    let error = error.to_string();
    assert!(
        error.contains("NonMaxSuppression_0")
            && error.contains("`hallmark operators`")
            && error.contains("--output-name x")
    );
}

#[test]
fn powers_of_two_values_are_refused() {
    let onnx = model(&[1, 4], |graph, x| {
        let weights = graph.initializer("w", &[4, 4], random(1, 16));
        let other = graph.apply("MatMul", &[&x, &weights]);
        graph.apply("Pow", &[&x, &other])
    });
    assert!(matches!(refuse(&onnx, &[1, 4]), CompileError::Node { .. }));
}

#[test]
fn declared_sizes_are_checked_before_anything_is_allocated() {
    for shape in [vec![1 << 40, 1 << 40], vec![1 << 30], vec![3; 30]] {
        let onnx = model(&shape, |graph, x| graph.apply("Relu", &[&x]));
        assert!(matches!(refuse(&onnx, &[1, 4]), CompileError::TooLarge { .. }));
    }
    let onnx = model(&[1, 4], |graph, x| {
        let shape = graph.initializer_i64("shape", &[2], vec![1 << 40, 1 << 20]);
        let huge = graph.apply("ConstantOfShape", &[&shape]);
        graph.apply("Add", &[&x, &huge])
    });
    assert!(matches!(refuse(&onnx, &[1, 4]), CompileError::TooLarge { .. }));
    let onnx = model(&[1, 4], |graph, x| {
        let pads = graph.initializer_i64("pads", &[4], vec![1 << 22, 1 << 22, 1 << 22, 1 << 22]);
        graph.apply("Pad", &[&x, &pads])
    });
    assert!(matches!(refuse(&onnx, &[1, 4]), CompileError::TooLarge { .. }));
}

#[test]
fn a_small_file_cannot_make_the_importer_compute_without_end() {
    let onnx = model(&[1, 4], |graph, x| {
        let shape = graph.initializer_i64("shape", &[1], vec![1 << 24]);
        let mut total = graph.apply("ConstantOfShape", &[&shape]);
        for _ in 0..32 {
            let next = graph.apply("ConstantOfShape", &[&shape]);
            total = graph.apply("Add", &[&total, &next]);
        }
        plus_first(graph, &x, &total)
    });
    assert!(matches!(refuse(&onnx, &[1, 4]), CompileError::TooLarge { .. }));
}

#[test]
fn constants_that_are_laid_out_again_and_again_are_counted() {
    let onnx = model(&[1, 2048], |graph, x| {
        let shape = graph.initializer_i64("shape", &[2], vec![2048, 2048]);
        let weights = graph.apply("ConstantOfShape", &[&shape]);
        (0..33).fold(x, |value, _| graph.apply("MatMul", &[&value, &weights]))
    });
    let error = refuse(&onnx, &[1, 2048]);
    assert!(
        matches!(&error, CompileError::TooLarge { what, .. } if what.starts_with("the number of constants")),
        "{error}"
    );
}

#[test]
fn one_constant_joined_to_itself_is_bounded() {
    let onnx = model(&[1, 4], |graph, x| {
        let shape = graph.initializer_i64("shape", &[1], vec![1 << 24]);
        let part = graph.apply("ConstantOfShape", &[&shape]);
        let whole = graph.node("Concat", &vec![&part; 4000]).int("axis", 0).output();
        plus_first(graph, &x, &whole)
    });
    assert!(matches!(refuse(&onnx, &[1, 4]), CompileError::TooLarge { .. }));
}

/// Each constant of each case without values, in the first axis or in the last: it may be refused, or be of no use.
#[test]
fn constants_without_values_make_nothing_panic() {
    let mut panics = vec![];
    for (name, onnx, samples) in all_newest() {
        let proto = ModelProto::decode(onnx.as_slice()).unwrap();
        let count = proto.graph.as_ref().unwrap().initializer.len();
        for (index, from_end) in (0..count).flat_map(|index| [(index, false), (index, true)]) {
            let mut proto = proto.clone();
            let tensor = &mut proto.graph.as_mut().unwrap().initializer[index];
            match tensor.dims.as_mut_slice() {
                [] => tensor.dims = vec![0],
                [.., last] if from_end => *last = 0,
                [first, ..] => *first = 0,
            }
            tensor.raw_data.clear();
            (tensor.float_data, tensor.int64_data, tensor.int32_data) = (vec![], vec![], vec![]);
            let changed = proto.encode_to_vec();
            let run = || drop(compile(&changed, &samples, None, &CompileOptions::default()));
            if catch_unwind(AssertUnwindSafe(run)).is_err() {
                panics.push(format!("{name}: constant {index}, last axis: {from_end}"));
            }
        }
    }
    assert!(panics.is_empty(), "{panics:#?}");
}

#[test]
fn the_sizes_of_no_axes_multiply_to_one() {
    let onnx = model(&[2, 4], |graph, x| {
        let [zero, rest] = [0, -1].map(|value| graph.initializer_i64(&format!("n{value}"), &[1], vec![value]));
        let shape = graph.apply("Shape", &[&x]);
        let none = graph.apply("Slice", &[&shape, &zero, &zero]);
        let one = graph.node("ReduceProd", &[&none]).int("keepdims", 1).output();
        let shape = graph.node("Concat", &[&one, &rest]).int("axis", 0).output();
        let flat = graph.apply("Reshape", &[&x, &shape]);
        let sum = graph.node("ReduceSum", &[&none]).int("keepdims", 0).output();
        let sum = graph.node("Cast", &[&sum]).int("to", 1).output();
        graph.apply("Add", &[&flat, &sum])
    });
    let compiled = compile(&onnx, &samples(1, 20, &[2, 4]), None, &CompileOptions::default()).unwrap();
    assert_eq!(compiled.architecture.output.shape, [1, 8]);
    let onnx = model(&[2, 4], |graph, x| {
        let none = graph.initializer("none", &[0], vec![]);
        let greatest = graph.node("ReduceMax", &[&none]).int("keepdims", 0).output();
        graph.apply("Add", &[&x, &greatest])
    });
    let error = refuse(&onnx, &[2, 4]).to_string();
    assert!(error.contains("a constant without values"), "{error}");
}

#[test]
fn a_tensor_that_holds_other_than_it_declares_is_refused() {
    let onnx = model(&[1, 4], |graph, x| {
        let weights = graph.initializer("w", &[4, 1000], random(1, 16));
        graph.apply("MatMul", &[&x, &weights])
    });
    assert!(matches!(refuse(&onnx, &[1, 4]), CompileError::Tensor { .. }));
}

#[test]
fn more_outputs_than_a_model_may_have_are_refused() {
    let mut graph = OnnxBuilder::new();
    let x = graph.input("x", &[1, 2]);
    let outputs: Vec<Value> = (0..=MAX_OUTPUT_PARTS).map(|_| graph.apply("Relu", &[&x])).collect();
    let onnx = graph.finish(&outputs.iter().collect::<Vec<_>>());
    assert!(matches!(refuse(&onnx, &[1, 2]), CompileError::TooLarge { limit: 64, .. }));
}

#[test]
fn a_symbolic_batch_is_one() {
    let mut graph = OnnxBuilder::new();
    let x = graph.open_input("x", &[Dim::Named("batch"), Dim::Fixed(4)]);
    let y = graph.apply("Relu", &[&x]);
    let compiled = compile(&graph.finish(&[&y]), &samples(1, 9, &[1, 4]), None, &CompileOptions::default()).unwrap();
    assert_eq!(compiled.architecture.input.shape, [1, 4]);
}

#[test]
fn a_model_that_gives_nan_on_the_samples_is_refused() {
    for operator in ["Log", "Sqrt"] {
        let onnx = model(&[1, 4], |graph, x| graph.apply(operator, &[&x]));
        let error = refuse(&onnx, &[1, 4]).to_string();
        assert!(error.contains("gives NaN") && error.contains("on the calibration data"), "{error}");
        assert!(error.contains(operator), "{error}");
    }
}

#[test]
fn unsuitable_calibration_data_is_refused() {
    let onnx = model(&[1, 4], |graph, x| graph.apply("Relu", &[&x]));
    assert!(matches!(refuse(&onnx, &[1, 5]), CompileError::Calibration(_)));
    let mut calibration = samples(1, 3, &[1, 4]);
    calibration[[0, 0]] = f32::NAN;
    let error = compile(&onnx, &calibration, None, &CompileOptions::default()).unwrap_err();
    assert!(matches!(error, CompileError::Calibration(_)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn damaged_models_never_panic(seed in any::<u64>(), flips in 1usize..6, cut in any::<bool>()) {
        let random = hallmark_testing::random_model::random_model(seed % 8);
        let mut onnx = random.onnx;
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        for _ in 0..flips {
            let position = rng.random_range(0..onnx.len());
            onnx[position] ^= 1 << rng.random_range(0..8);
        }
        if cut {
            onnx.truncate(rng.random_range(0..onnx.len()));
        }
        let _ = compile(&onnx, &samples(1, 2, &random.shape), None, &CompileOptions::default());
    }
}

#[test]
fn a_model_without_a_finite_answer_is_refused_by_the_name_of_its_node() {
    type Build = fn(&mut OnnxBuilder, Value) -> Value;
    let cases: [(&str, Build); 6] = [
        ("Log", |graph, x| graph.apply("Log", &[&x])),
        ("Sqrt", |graph, x| graph.apply("Sqrt", &[&x])),
        ("Reciprocal", |graph, x| {
            let none = graph.apply("Sub", &[&x, &x]);
            graph.apply("Reciprocal", &[&none])
        }),
        // What follows turns a NaN into a number, here and in some runtimes, but not in all.
        ("Log", |graph, x| {
            let log = graph.apply("Log", &[&x]);
            graph.apply("Relu", &[&log])
        }),
        ("Sqrt", |graph, x| {
            let root = graph.apply("Sqrt", &[&x]);
            graph.apply("Celu", &[&root])
        }),
        ("Exp", |graph, x| {
            let large = graph.initializer("large", &[], vec![1e4]);
            let x = graph.apply("Mul", &[&x, &large]);
            graph.apply("Exp", &[&x])
        }),
    ];
    for (operator, build) in cases {
        let onnx = model(&[1, 6], build);
        match compile(&onnx, &samples(1, 12, &[1, 6]), None, &CompileOptions::default()).unwrap_err() {
            CompileError::Node { operator: found, reason, .. } => {
                assert!(found == operator && reason.contains("calibration data"), "{operator}: {found}: {reason}");
            }
            other => panic!("{operator}: {other}"),
        }
    }
}

#[test]
fn one_bad_sample_of_many_is_found() {
    let onnx = model(&[1, 6], |graph, x| graph.apply("Sqrt", &[&x]));
    let mut calibration = samples(1, 40, &[1, 6]).mapv(f32::abs);
    assert!(compile(&onnx, &calibration, None, &CompileOptions::default()).is_ok());
    calibration[[33, 2]] = -0.5;
    let error = compile(&onnx, &calibration, None, &CompileOptions::default()).unwrap_err().to_string();
    assert!(error.contains("Sqrt") && error.contains("NaN at -0.5"), "{error}");
    for value in [f32::NAN, f32::INFINITY] {
        calibration[[33, 2]] = value;
        let error = compile(&onnx, &calibration, None, &CompileOptions::default()).unwrap_err().to_string();
        assert!(error.contains("value 2 of sample 33"), "{error}");
    }
}
