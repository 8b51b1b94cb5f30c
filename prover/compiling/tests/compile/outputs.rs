//! Models with several outputs.
#![allow(missing_docs, clippy::unwrap_used)]

use hallmark_circuits::model::OutputPart;
use hallmark_circuits::semantics::execute;
use hallmark_compiling::{CompileError, CompileOptions, Compiled, compile};
use hallmark_fixtures::{OnnxBuilder, Value, models::heads};

use crate::compiling::{check_architecture, check_extremes, random, samples};

const SHAPE: [usize; 2] = [1, 6];

fn named(outputs: &[&str]) -> CompileOptions {
    CompileOptions { outputs: outputs.iter().map(|name| (*name).into()).collect(), ..CompileOptions::default() }
}

fn compiled(onnx: &[u8], options: &CompileOptions) -> Compiled {
    let compiled = compile(onnx, &samples(1, 40, &SHAPE), None, options).unwrap_or_else(|error| panic!("{error}"));
    check_architecture(&compiled);
    check_extremes(&compiled);
    compiled
}

fn refused(onnx: &[u8], options: &CompileOptions) -> String {
    compile(onnx, &samples(1, 8, &SHAPE), None, options).unwrap_err().to_string()
}

/// A graph whose outputs read an input of six values.
fn graph(build: impl FnOnce(&mut OnnxBuilder, &Value) -> (Vec<Value>, Vec<Value>)) -> Vec<u8> {
    let mut graph = OnnxBuilder::new();
    let x = graph.input("x", &SHAPE);
    let (real, whole) = build(&mut graph, &x);
    graph.finish_mixed(&real.iter().collect::<Vec<_>>(), &whole.iter().collect::<Vec<_>>())
}

/// Each output's values for a sample.
fn answers(compiled: &Compiled, sample: &[f32]) -> Vec<Vec<f32>> {
    let quantize = |(index, value): (usize, &f32)| compiled.architecture.input.quantize(index, *value);
    let input: Vec<i64> = sample.iter().enumerate().map(quantize).collect();
    let tensors = execute(&compiled.architecture, &compiled.weights, &input).unwrap();
    let port = &compiled.architecture.output;
    let values = port.dequantize(tensors.last().unwrap());
    port.ranges().map(|range| values[range].to_vec()).collect()
}

fn part<'c>(compiled: &'c Compiled, name: &str) -> &'c OutputPart {
    compiled.architecture.output.parts.iter().find(|part| part.name == name).unwrap()
}

fn names(compiled: &Compiled) -> Vec<&str> {
    compiled.architecture.output.parts.iter().map(|part| part.name.as_str()).collect()
}

fn greatest(values: &[f32]) -> usize {
    (0..values.len()).max_by(|&a, &b| values[a].total_cmp(&values[b])).unwrap()
}

#[test]
fn each_output_has_its_shape_and_its_scale() {
    let compiled = compiled(&heads(), &CompileOptions::default());
    assert_eq!(names(&compiled), ["scores", "total", "table", "best"]);
    let shapes: Vec<&[usize]> = compiled.architecture.output.parts.iter().map(|part| part.shape.as_slice()).collect();
    assert_eq!(shapes, [&[1, 4][..], &[1], &[1, 2, 3], &[1]]);
    let scale = |name| part(&compiled, name).scale;
    assert!(scale("total") > 20.0 * scale("scores") && scale("best") == 1.0);
    let report = &compiled.report;
    assert_eq!((report.unchecked.as_ref(), report.outputs.len()), (None, 4));
    for output in &report.outputs {
        assert_eq!(output.judged, output.name == "scores");
        match output.same {
            Some(share) => assert!(output.name == "best" && share >= 0.95, "{output:?}"),
            None => assert!(output.worst_error < 0.01 * output.output_range, "{output:?}"),
        }
    }
    // What is told of a single output is told of the one that is judged.
    assert_eq!(report.accuracy.mean_by_output.len(), 4);
    assert_eq!(report.accuracy.worst_error, report.outputs[0].worst_error);
    let text = report.to_string();
    assert!(text.contains("of the output         scores") && text.contains("  table [1, 2, 3]: mean error"), "{text}");
    assert!(text.contains("  best [1]: 1") && text.contains("% the same"), "{text}");
    for seed in 5..10 {
        let found = answers(&compiled, &random(seed, 6));
        let [scores, total, table, best] = &found[..] else { panic!("four outputs") };
        assert_eq!([scores.len(), total.len(), table.len(), best.len()], [4, 1, 6, 1]);
        let sum: f32 = scores.iter().sum();
        assert!((total[0] - 100.0 * sum).abs() < 2.0, "{found:?}");
        let near = scores.iter().filter(|score| (scores[best[0] as usize] - **score).abs() < 0.01).count();
        assert!(best[0] as usize == greatest(scores) || near > 1, "{found:?}");
    }
}

#[test]
fn outputs_alone_and_together_have_the_same_values() {
    let together = compiled(&heads(), &CompileOptions::default());
    for (place, name) in ["scores", "total", "table"].into_iter().enumerate() {
        let alone = compiled(&heads(), &named(&[name]));
        assert!(alone.architecture.output.parts.is_empty() && alone.report.outputs.is_empty());
        for seed in 20..24 {
            let sample = random(seed, 6);
            let quantize = |(index, value): (usize, &f32)| alone.architecture.input.quantize(index, *value);
            let input: Vec<i64> = sample.iter().enumerate().map(quantize).collect();
            let tensors = execute(&alone.architecture, &alone.weights, &input).unwrap();
            let expected = alone.architecture.output.dequantize(tensors.last().unwrap());
            let found = &answers(&together, &sample)[place];
            let reach = together.report.outputs[place].output_range as f32;
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 0.02 * reach, "{name}: {found} for {expected}");
            }
        }
    }
}

#[test]
fn outputs_are_chosen_by_name_in_the_order_of_the_file() {
    let chosen = compiled(&heads(), &named(&["best", "total"]));
    assert_eq!(names(&chosen), ["total", "best"]);
    // One of real numbers is judged, wherever it stands.
    assert!(chosen.report.outputs[0].judged && !chosen.report.outputs[1].judged);
    // A tensor inside of the model may stand beside its outputs.
    let inner = compiled(&heads(), &named(&["MatMul_3_output_0", "scores"]));
    assert_eq!(names(&inner), ["scores", "MatMul_3_output_0"]);
    assert!(refused(&heads(), &named(&["best", "best"])).contains("asks for `best` twice"));
    let unknown = refused(&heads(), &named(&["best", "elsewhere"]));
    assert!(unknown.contains("no node makes `elsewhere`") && unknown.contains("`scores`, `total`"), "{unknown}");
}

#[test]
fn an_output_may_be_read_on_the_way_to_another() {
    let onnx = graph(|graph, x| {
        let weights = graph.initializer("w", &[6, 5], random(4, 30));
        let hidden = graph.node("MatMul", &[x, &weights]).named("hidden");
        let positive = graph.node("Relu", &[&hidden]).named("positive");
        let same = graph.node("Identity", &[&positive]).named("same");
        let end = graph.initializer("v", &[5, 2], random(5, 10));
        let y = graph.node("MatMul", &[&positive, &end]).named("y");
        (vec![y, hidden, same, positive], vec![])
    });
    let compiled = compiled(&onnx, &CompileOptions::default());
    assert_eq!(names(&compiled), ["y", "hidden", "same", "positive"]);
    for output in &compiled.report.outputs {
        assert!(output.worst_error < 0.03 * output.output_range, "{output:?}");
    }
    let found = answers(&compiled, &random(9, 6));
    let [_, hidden, same, positive] = &found[..] else { panic!("four outputs") };
    assert_eq!(same, positive);
    for (hidden, positive) in hidden.iter().zip(positive) {
        assert!((hidden.max(0.0) - positive).abs() < 0.03, "{found:?}");
    }
}

#[test]
fn transposed_and_scalar_outputs_have_their_places() {
    let onnx = graph(|graph, x| {
        let shape = graph.initializer_i64("shape", &[2], vec![2, 3]);
        let square = graph.apply("Reshape", &[x, &shape]);
        let turned = graph.node("Transpose", &[&square]).ints("perm", &[1, 0]).named("turned");
        let axes = graph.initializer_i64("axes", &[2], vec![0, 1]);
        let sum = graph.node("ReduceSum", &[&square, &axes]).int("keepdims", 0).named("sum");
        let more = graph.initializer("more", &[], vec![1.0]);
        let straight = graph.node("Add", &[&square, &more]).named("straight");
        (vec![turned, sum, straight], vec![])
    });
    let compiled = compiled(&onnx, &CompileOptions::default());
    assert_eq!(part(&compiled, "sum").shape, [0usize; 0]);
    let sample = random(31, 6);
    let found = answers(&compiled, &sample);
    let near = |found: &[f32], expected: &[f32]| {
        assert_eq!(found.len(), expected.len());
        found.iter().zip(expected).for_each(|(found, expected)| assert!((found - expected).abs() < 0.05, "{found}"));
    };
    near(&found[0], &[0, 3, 1, 4, 2, 5].map(|place| sample[place]));
    near(&found[1], &[sample.iter().sum()]);
    near(&found[2], &sample.iter().map(|value| value + 1.0).collect::<Vec<_>>());
}

#[test]
fn an_output_that_no_proof_has_is_named_with_the_way_out() {
    let constant = graph(|graph, x| {
        let fixed = graph.initializer("fixed", &[2], vec![1.0, 2.0]);
        let other = graph.node("Relu", &[&fixed]).named("other");
        (vec![graph.node("Relu", &[x]).named("y"), other], vec![])
    });
    let error = refused(&constant, &CompileOptions::default());
    assert!(
        error.contains("the output `other` does not depend on the input; compile the others with --output-name y"),
        "{error}"
    );
    let failing = graph(|graph, x| {
        let y = graph.node("Relu", &[x]).named("y");
        let weights = graph.initializer("w", &[6, 6], random(4, 36));
        let power = graph.apply("MatMul", &[x, &weights]);
        let odd = graph.apply("Pow", &[&y, &power]);
        (vec![y, graph.node("Relu", &[&odd]).named("odd"), graph.node("Tanh", &[x]).named("z")], vec![])
    });
    let error = refused(&failing, &CompileOptions::default());
    assert!(
        error.contains("Pow") && error.ends_with("; compile the others with --output-name y --output-name z"),
        "{error}"
    );
    let twice = graph(|graph, x| {
        let y = graph.node("Relu", &[x]).named("y");
        (vec![y.clone(), y], vec![])
    });
    assert!(refused(&twice, &CompileOptions::default()).contains("two outputs have the name `y`"));
    let unread = graph(|graph, x| {
        let shape = graph.initializer_i64("shape", &[3], vec![1, 1, 6]);
        let wide = graph.apply("Reshape", &[x, &shape]);
        let [pooled, places] = graph.node("MaxPool", &[&wide]).ints("kernel_shape", &[2]).outputs();
        (vec![pooled], vec![places])
    });
    let error = refused(&unread, &CompileOptions::default());
    assert!(error.contains("MaxPool_1_output_1") && error.contains("--output-name MaxPool_1_output_0"), "{error}");
}

#[test]
fn whole_numbers_are_exact_or_refused() {
    let build = |more: i64| {
        let mut graph = OnnxBuilder::new();
        let ids = graph.input_i64("ids", &SHAPE);
        let more = graph.initializer_i64("more", &[], vec![more]);
        let many = graph.node("Add", &[&ids, &more]).named("many");
        let real = graph.node("Cast", &[&ids]).int("to", 1).output();
        let scale = graph.initializer("scale", &[], vec![0.37]);
        let y = graph.node("Mul", &[&real, &scale]).named("y");
        let same = graph.node("Identity", &[&ids]).named("same");
        graph.finish_mixed(&[&y], &[&many, &same])
    };
    let ids = samples(3, 40, &SHAPE).mapv(|value| (value * 2000.0).round());
    let compiled = compile(&build(0), &ids, None, &CompileOptions::default()).unwrap();
    check_extremes(&compiled);
    let sample = [-2000.0, 1999.0, 0.0, 7.0, -1.0, 32767.0];
    let found = answers(&compiled, &sample);
    assert_eq!((found[1].as_slice(), found[2].as_slice()), (&sample[..], &sample[..]));
    let Err(refused) = compile(&build(20_000), &ids, None, &CompileOptions::default()) else { panic!("accepted") };
    assert!(matches!(&refused, CompileError::Quantize { .. }), "{refused}");
    assert!(refused.to_string().contains("compile them apart with --output-name"), "{refused}");
}
