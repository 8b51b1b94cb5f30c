//! Products of values: gates, matrix products, softmax under masks, normalization, recurrences and tokens.
#![allow(missing_docs, clippy::unwrap_used)]

use hallmark_circuits::model::Space;
use hallmark_circuits::semantics::execute;
use hallmark_compiling::{CompileError, CompileOptions, Compiled, compile, step_range};
use hallmark_fixtures::{OnnxBuilder, Value};
use hallmark_testing::{bounds, products};
use ndarray::{ArrayD, IxDyn};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use crate::compiling::{check, check_architecture, check_extremes, model, random, samples};

/// The most values that one term multiplies.
fn most_factors(compiled: &Compiled) -> usize {
    let terms = compiled.architecture.steps.iter().flat_map(|step| &step.terms);
    let values = |term: &hallmark_circuits::model::Term| {
        term.factors.iter().filter(|factor| factor.space == Space::Values).count()
    };
    terms.map(values).max().unwrap()
}

#[test]
fn static_bounds_are_those_of_interval_arithmetic() {
    let model = products::architecture();
    let weights = products::weights_of(&mut ChaCha20Rng::seed_from_u64(4));
    let mut ranges = vec![model.input.range()];
    for (index, step) in model.steps.iter().enumerate() {
        let found = step_range(&model, &weights, index, &ranges).unwrap();
        let oracle = bounds::quotients(&model, &weights, &ranges, step);
        if index + 1 == products::CUBES {
            // A third power reaches less than the product of three ranges.
            assert!(oracle.0 <= found.0 && found.1 <= oracle.1 && found != oracle, "{found:?} {oracle:?}");
        } else {
            assert_eq!(found, oracle, "{}", step.name);
        }
        ranges.push(bounds::outputs(&model.tables[step.table], oracle));
    }
}

#[test]
fn products_and_quotients_of_values_broadcast() {
    for (operator, axes) in [("Mul", vec![]), ("Mul", vec![1i64]), ("Div", vec![2]), ("Mul", vec![1, 2])] {
        let onnx = model(&[1, 4, 6], |graph, x| {
            let gate = graph.apply("Sigmoid", &[&x]);
            let gate = match axes.as_slice() {
                [] => {
                    let weights = graph.initializer("w", &[6, 6], random(3, 36));
                    graph.apply("MatMul", &[&gate, &weights])
                }
                axes => graph.node("ReduceMean", &[&gate]).ints("axes", axes).output(),
            };
            graph.apply(operator, &[&x, &gate])
        });
        let compiled = check(&onnx, &[1, 4, 6], 0.02);
        assert_eq!(most_factors(&compiled), 2, "{operator} over {axes:?}");
    }
}

#[test]
fn a_gate_of_the_value_itself_stays_one_table() {
    let onnx = model(&[1, 20], |graph, x| {
        let gate = graph.apply("Sigmoid", &[&x]);
        graph.apply("Mul", &[&x, &gate])
    });
    assert_eq!(check(&onnx, &[1, 20], 0.01).architecture.steps.len(), 1);
}

#[test]
fn the_sum_of_a_product_has_no_cells_for_the_product() {
    let onnx = model(&[1, 4, 6], |graph, x| {
        let weights = graph.initializer("w", &[6, 6], random(3, 36));
        let other = graph.apply("MatMul", &[&x, &weights]);
        let product = graph.apply("Mul", &[&x, &other]);
        let axes = graph.initializer_i64("axes", &[1], vec![2]);
        graph.node("ReduceSum", &[&product, &axes]).int("keepdims", 0).output()
    });
    let compiled = check(&onnx, &[1, 4, 6], 0.015);
    assert_eq!(compiled.architecture.steps.len(), 2);
}

/// Attention of one head over 5 tokens; `mask` makes masked scores of scores.
fn attention(mask: impl FnOnce(&mut OnnxBuilder, Value) -> Value) -> Compiled {
    let onnx = model(&[1, 5, 6], |graph, x| {
        let [q, k, v] = ["q", "k", "v"].map(|name| {
            let weights = graph.initializer(name, &[6, 6], random(name.as_bytes()[0].into(), 36));
            graph.apply("MatMul", &[&x, &weights])
        });
        let keys = graph.node("Transpose", &[&k]).ints("perm", &[0, 2, 1]).output();
        let scores = graph.apply("MatMul", &[&q, &keys]);
        let scores = mask(graph, scores);
        let shares = graph.node("Softmax", &[&scores]).int("axis", -1).output();
        graph.apply("MatMul", &[&shares, &v])
    });
    check(&onnx, &[1, 5, 6], 0.02)
}

fn causal(fill: f32) -> Vec<f32> {
    (0..25).map(|index| if index % 5 > index / 5 { fill } else { 0.0 }).collect()
}

#[test]
fn masks_leave_scales_alone() {
    let plain = attention(|_, scores| scores);
    let reach =
        |compiled: &Compiled| compiled.architecture.tables.iter().map(|table| table.outputs.len()).max().unwrap();
    for fill in [-1e4, -1e9, f32::MIN, f32::NEG_INFINITY] {
        let added = attention(|graph, scores| {
            let mask = graph.initializer("mask", &[5, 5], causal(fill));
            graph.apply("Add", &[&scores, &mask])
        });
        assert!(reach(&added) <= 2 * reach(&plain), "{fill}");
    }
}

#[test]
fn a_computed_mask_is_kept_out_of_the_scores() {
    let mut graph = OnnxBuilder::new();
    let tokens = graph.input_i64("x", &[1, 5]);
    let table = graph.initializer("table", &[30, 6], random(2, 180));
    let rows = graph.apply("Gather", &[&table, &tokens]);
    let zero = graph.initializer_i64("zero", &[], vec![0]);
    let [one, low] = [1.0, -1e4].map(|value: f32| graph.initializer(&format!("c{value}"), &[], vec![value]));
    let kept = graph.apply("Greater", &[&tokens, &zero]);
    let kept = graph.node("Cast", &[&kept]).int("to", 1).output();
    let left_out = graph.apply("Sub", &[&one, &kept]);
    let mask = graph.apply("Mul", &[&left_out, &low]);
    let keys = graph.node("Transpose", &[&rows]).ints("perm", &[0, 2, 1]).output();
    let scores = graph.apply("MatMul", &[&rows, &keys]);
    let shape = graph.initializer_i64("shape", &[3], vec![1, 1, 5]);
    let mask = graph.apply("Reshape", &[&mask, &shape]);
    let scores = graph.apply("Add", &[&scores, &mask]);
    let shares = graph.node("Softmax", &[&scores]).int("axis", -1).output();
    let mixed = graph.apply("MatMul", &[&shares, &rows]);
    let onnx = graph.finish(&[&mixed]);
    // Some tokens at the end are padding.
    let tokens = (0..24 * 5).map(|index: usize| if index % 5 < 3 + index / 5 % 3 { 1 + index * 17 % 29 } else { 0 });
    let tokens = tokens.map(|token| token as f32).collect();
    let calibration = ArrayD::from_shape_vec(IxDyn(&[24, 1, 5]), tokens).unwrap();
    let compiled = compile(&onnx, &calibration, None, &CompileOptions::default()).unwrap();
    check_architecture(&compiled);
    check_extremes(&compiled);
    let accuracy = &compiled.report.accuracy;
    assert!(accuracy.worst_error < 0.03 * accuracy.output_range, "{}", accuracy.worst_error);
    // Nothing holds the mask's large numbers.
    let steps = &compiled.architecture.steps;
    let read = |tensor: usize| {
        let factors = steps.iter().flat_map(|step| &step.terms).flat_map(|term| &term.factors);
        factors.into_iter().any(|factor| factor.space == Space::Values && factor.access.source == tensor)
    };
    assert!((1..steps.len()).all(read), "a step is not read");
}

#[test]
fn scores_with_infinities_are_for_softmax_alone() {
    let onnx = model(&[1, 5, 5], |graph, x| {
        let mask = graph.initializer("mask", &[5, 5], causal(f32::NEG_INFINITY));
        let scores = graph.apply("Add", &[&x, &mask]);
        graph.apply("Sigmoid", &[&scores])
    });
    let error = compile(&onnx, &samples(1, 4, &[1, 5, 5]), None, &CompileOptions::default()).unwrap_err();
    assert!(error.to_string().contains("only Softmax reads it"), "{error}");
}

#[test]
fn a_row_that_is_left_out_has_no_softmax() {
    let onnx = model(&[1, 3, 3], |graph, x| {
        let mask = graph.initializer("mask", &[3, 3], [[0.0; 3], [-1e9; 3], [0.0; 3]].concat());
        let scores = graph.apply("Add", &[&x, &mask]);
        graph.node("Softmax", &[&scores]).int("axis", -1).output()
    });
    let error = compile(&onnx, &samples(1, 4, &[1, 3, 3]), None, &CompileOptions::default()).unwrap_err();
    assert!(error.to_string().contains("leaves out everything"), "{error}");
}

#[test]
fn norms_are_accurate_where_lengths_differ() {
    let onnx = model(&[1, 4, 16], |graph, x| {
        let scale = graph.initializer("scale", &[16], random(3, 16));
        let shift = graph.initializer("shift", &[16], random(4, 16));
        graph.node("LayerNormalization", &[&x, &scale, &shift]).int("axis", -1).output()
    });
    // Tokens whose deviations differ by a factor of 20, with an outlier in each.
    let values = random(5, 24 * 64);
    let values = values.iter().enumerate().map(|(index, value)| {
        let token = (index / 16 % 4) as i32;
        value * 20f32.powf(token as f32 / 3.0) * if index % 16 == 3 { 6.0 } else { 1.0 }
    });
    let calibration = ArrayD::from_shape_vec(IxDyn(&[24, 4, 16]), values.collect()).unwrap();
    let options = CompileOptions { activation_bits: Some(12), input_bits: Some(16), ..CompileOptions::default() };
    let compiled = compile(&onnx, &calibration, None, &options).unwrap();
    check_architecture(&compiled);
    check_extremes(&compiled);
    let accuracy = &compiled.report.accuracy;
    assert!(accuracy.worst_error < 0.02 * accuracy.output_range, "{}", accuracy.worst_error);
}

/// A model that looks tokens up in a table of two columns, with the answer for some tokens.
fn look_up(rows: usize, tokens: &[i64]) -> (Compiled, Vec<f32>) {
    let table = random(9, 2 * rows);
    let mut graph = OnnxBuilder::new();
    let x = graph.input_i64("x", &[1, 3]);
    let weights = graph.initializer("table", &[rows, 2], table.clone());
    let y = graph.apply("Gather", &[&weights, &x]);
    let onnx = graph.finish(&[&y]);
    let calibration = (0..60).map(|index: usize| (index * 37 % rows) as f32).collect();
    let calibration = ArrayD::from_shape_vec(IxDyn(&[20, 3]), calibration).unwrap();
    let compiled = compile(&onnx, &calibration, None, &CompileOptions::default()).unwrap();
    check_architecture(&compiled);
    check_extremes(&compiled);
    let tensors = execute(&compiled.architecture, &compiled.weights, tokens).unwrap();
    let answer = compiled.architecture.output.dequantize(tensors.last().unwrap());
    (compiled, answer)
}

#[test]
fn a_token_is_its_row() {
    for rows in [20, 300, 700, 3000] {
        let tokens = [0, rows as i64 - 1, 17];
        let (compiled, answer) = look_up(rows, &tokens);
        assert_eq!((compiled.architecture.input.scales[0], compiled.architecture.input.offsets[0]), (1.0, 0.0));
        let table = random(9, 2 * rows);
        for (index, &token) in tokens.iter().enumerate() {
            for column in 0..2 {
                let expected = table[2 * token as usize + column];
                let found = answer[2 * index + column];
                assert!((found - expected).abs() < 0.003, "row {token} of {rows}: {found} for {expected}");
            }
        }
    }
}

#[test]
fn a_token_out_of_range_is_zero() {
    for rows in [20, 700] {
        let beyond = if rows > 128 { 5000 } else { 100 };
        let (_, answer) = look_up(rows, &[-1 - rows as i64, rows as i64, beyond]);
        assert_eq!(answer, [0.0; 6], "{rows}");
        let [(_, from_end), (_, from_start)] = [-1, rows as i64 - 1].map(|token| look_up(rows, &[token; 3]));
        assert_eq!(from_end, from_start, "{rows}");
    }
}

#[test]
fn tokens_are_whole_and_few_enough() {
    let refused = |rows: usize, length: usize, token: f32| {
        let mut graph = OnnxBuilder::new();
        let x = graph.input_i64("x", &[1, length]);
        let weights = graph.initializer("table", &[rows, 1], vec![0.5; rows]);
        let y = graph.apply("Gather", &[&weights, &x]);
        let calibration = ArrayD::from_elem(IxDyn(&[2, length]), token);
        compile(&graph.finish(&[&y]), &calibration, None, &CompileOptions::default()).unwrap_err().to_string()
    };
    assert!(refused(20, 3, 1.5).contains("whole numbers"));
    assert!(refused(20, 3, 4000.0).contains("0 to 19"));
    assert!(refused(40_000, 3, 1.0).contains("shorten the sequence"));
    assert!(refused(30_000, 1000, 1.0).contains("shorten the sequence"));
}

#[test]
fn a_divisor_that_vanishes_is_named() {
    let onnx = model(&[1, 4], |graph, x| {
        let zero = graph.initializer("zero", &[4, 4], vec![0.0; 16]);
        let below = graph.apply("MatMul", &[&x, &zero]);
        graph.apply("Div", &[&x, &below])
    });
    let error = compile(&onnx, &samples(1, 4, &[1, 4]), None, &CompileOptions::default()).unwrap_err();
    assert!(matches!(error, CompileError::Node { .. }) && error.to_string().contains("Reciprocal"), "{error}");
}

#[test]
fn what_is_left_out_of_an_operator_is_named() {
    let refused = |opset: i64, shape: &[usize], build: &dyn Fn(&mut OnnxBuilder, Value) -> Value| {
        let mut graph = OnnxBuilder::new();
        graph.opset(opset);
        let x = graph.input("x", shape);
        let y = build(&mut graph, x);
        compile(&graph.finish(&[&y]), &samples(1, 4, shape), None, &CompileOptions::default()).unwrap_err().to_string()
    };
    let truths = refused(23, &[1, 1, 3, 3], &|graph, x| {
        let zero = graph.initializer("zero", &[], vec![0.0]);
        let mask = graph.apply("Greater", &[&x, &zero]);
        graph.apply("Attention", &[&x, &x, &x, &mask])
    });
    assert!(truths.contains("holds truths"), "{truths}");
    for equation in ["...i->i", "ii->i", "ij->ik"] {
        let einsum = refused(17, &[2, 2], &|graph, x| {
            let inputs = vec![&x; equation.split("->").next().unwrap().split(',').count()];
            graph.node("Einsum", &inputs).string("equation", equation).output()
        });
        assert!(einsum.contains("Einsum_0"), "{equation}: {einsum}");
    }
    let recurrence = refused(17, &[2, 1, 3], &|graph, x| {
        let weights = graph.initializer("w", &[1, 8, 3], random(1, 24));
        let hidden = graph.initializer("r", &[1, 8, 2], random(2, 16));
        let peepholes = graph.initializer("p", &[1, 6], random(3, 6));
        let none = Value::absent();
        let inputs = [&x, &weights, &hidden, &none, &none, &none, &none, &peepholes];
        graph.node("LSTM", &inputs).int("hidden_size", 2).output()
    });
    assert!(recurrence.contains("peepholes"), "{recurrence}");
}

#[test]
fn the_scale_of_a_norm_is_part_of_the_weights_after_it() {
    let onnx = model(&[1, 4, 8], |graph, x| {
        let [scale, shift] =
            [("scale", 3), ("shift", 4)].map(|(name, seed)| graph.initializer(name, &[8], random(seed, 8)));
        let normal = graph.node("LayerNormalization", &[&x, &scale, &shift]).int("axis", -1).output();
        let weights = graph.initializer("w", &[8, 6], random(5, 48));
        graph.apply("MatMul", &[&normal, &weights])
    });
    // The mean, the differences, the root, the normal values and the product.
    assert_eq!(check(&onnx, &[1, 4, 8], 0.015).architecture.steps.len(), 5);
}
