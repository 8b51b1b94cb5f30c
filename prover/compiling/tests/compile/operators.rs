//! Every operator against the float model, over shapes, strides, pads, groups and odd sizes.
#![allow(missing_docs, clippy::unwrap_used)]

use crate::compiling::{check, model, random};
use proptest::prelude::*;

const ODD: [usize; 4] = [1, 3, 17, 13];

#[test]
fn unary_operators() {
    const OPERATORS: &[&str] = &[
        "Abs",
        "Celu",
        "Elu",
        "Erf",
        "Exp",
        "HardSigmoid",
        "HardSwish",
        "Identity",
        "LeakyRelu",
        "Neg",
        "Relu",
        "Selu",
        "Sigmoid",
        "Softplus",
        "Tanh",
        "Dropout",
    ];
    for operator in OPERATORS {
        let onnx = model(&[1, 3, 5, 7], |graph, x| graph.apply(operator, &[&x]));
        check(&onnx, &[1, 3, 5, 7], 0.012);
    }
}

#[test]
fn clip_gelu_and_cast() {
    let onnx = model(&[1, 20], |graph, x| {
        let low = graph.initializer("low", &[], vec![-0.25]);
        let high = graph.initializer("high", &[], vec![0.5]);
        graph.apply("Clip", &[&x, &low, &high])
    });
    check(&onnx, &[1, 20], 0.01);
    let onnx = model(&[1, 20], |graph, x| {
        let x = graph.node("Cast", &[&x]).int("to", 1).output();
        let root = graph.initializer("root", &[], vec![std::f32::consts::SQRT_2]);
        let one = graph.initializer("one", &[], vec![1.0]);
        let half = graph.initializer("half", &[], vec![0.5]);
        let scaled = graph.apply("Div", &[&x, &root]);
        let erf = graph.apply("Erf", &[&scaled]);
        let sum = graph.apply("Add", &[&erf, &one]);
        let product = graph.apply("Mul", &[&x, &sum]);
        graph.apply("Mul", &[&product, &half])
    });
    let compiled = check(&onnx, &[1, 20], 0.01);
    assert_eq!(compiled.architecture.steps.len(), 1, "GELU is one table");
}

#[test]
fn prelu_with_a_slope_for_each_channel() {
    let onnx = model(&ODD, |graph, x| {
        let slope = graph.initializer("slope", &[3, 1, 1], vec![0.1, -0.3, 0.7]);
        graph.apply("PRelu", &[&x, &slope])
    });
    check(&onnx, &ODD, 0.012);
}

#[test]
fn arithmetic_with_constants_of_any_broadcast() {
    for shape in [vec![], vec![13], vec![17, 1], vec![3, 1, 1], vec![1, 3, 17, 13], vec![1, 1, 1, 1]] {
        for operator in ["Add", "Sub", "Mul", "Div"] {
            let count = shape.iter().product();
            let onnx = model(&ODD, |graph, x| {
                let values = random(7, count).iter().map(|value| value + 2.0).collect();
                let constant = graph.initializer("constant", &shape, values);
                let left = graph.apply(operator, &[&x, &constant]);
                graph.apply("Relu", &[&left])
            });
            check(&onnx, &ODD, 0.012);
        }
    }
}

#[test]
fn residual_sums_and_differences() {
    for (operator, shape) in [("Add", [1, 3, 17, 13]), ("Sub", [1, 3, 1, 1]), ("Add", [1, 1, 17, 1])] {
        let onnx = model(&ODD, |graph, x| {
            let reduce: Vec<i64> = (1..4).filter(|&axis| shape[axis as usize] == 1).collect();
            let axes = reduce.clone();
            let other = graph.apply("Tanh", &[&x]);
            let other =
                if axes.is_empty() { other } else { graph.node("ReduceMean", &[&other]).ints("axes", &axes).output() };
            graph.apply(operator, &[&x, &other])
        });
        check(&onnx, &ODD, 0.015);
    }
}

#[test]
fn extrema_of_two_values() {
    for operator in ["Max", "Min"] {
        let onnx = model(&[1, 30], |graph, x| {
            let other = graph.apply("Sigmoid", &[&x]);
            graph.apply(operator, &[&x, &other])
        });
        check(&onnx, &[1, 30], 0.02);
    }
}

#[test]
fn matrix_products_on_either_side() {
    let onnx = model(&[1, 5, 7], |graph, x| {
        let right = graph.initializer("right", &[7, 3], random(2, 21));
        let left = graph.initializer("left", &[4, 5], random(3, 20));
        let product = graph.apply("MatMul", &[&x, &right]);
        graph.apply("MatMul", &[&left, &product])
    });
    check(&onnx, &[1, 5, 7], 0.015);
}

#[test]
fn shape_operators_change_the_view_only() {
    let onnx = model(&[1, 4, 6, 5], |graph, x| {
        let moved = graph.node("Transpose", &[&x]).ints("perm", &[0, 2, 3, 1]).output();
        let shape = graph.initializer_i64("shape", &[3], vec![0, 15, -1]);
        let shaped = graph.apply("Reshape", &[&moved, &shape]);
        let starts = graph.initializer_i64("starts", &[1], vec![6]);
        let ends = graph.initializer_i64("ends", &[1], vec![0]);
        let axes = graph.initializer_i64("axes", &[1], vec![2]);
        let steps = graph.initializer_i64("steps", &[1], vec![-2]);
        let _ = shaped;
        let cut = graph.apply("Slice", &[&moved, &starts, &ends, &axes, &steps]);
        let flat = graph.apply("Flatten", &[&cut]);
        let weights = graph.initializer("weights", &[48, 3], random(5, 144));
        graph.apply("MatMul", &[&flat, &weights])
    });
    let compiled = check(&onnx, &[1, 4, 6, 5], 0.01);
    assert_eq!(compiled.architecture.steps.len(), 1);
}

#[test]
fn concatenation_split_and_padding() {
    let onnx = model(&[1, 6, 5, 3], |graph, x| {
        let [left, right] = graph.node("Split", &[&x]).int("axis", 1).outputs();
        let curve = graph.apply("Tanh", &[&right]);
        let joined = graph.node("Concat", &[&curve, &left, &x]).int("axis", 1).output();
        let pads = graph.initializer_i64("pads", &[8], vec![0, 0, 1, 2, 0, 0, 0, 1]);
        let fill = graph.initializer("fill", &[], vec![0.5]);
        graph.apply("Pad", &[&joined, &pads, &fill])
    });
    check(&onnx, &[1, 6, 5, 3], 0.015);
}

#[test]
fn a_maximum_beside_padding_may_exceed_every_difference_of_two_values() {
    let onnx = model(&[1, 2, 7, 5], |graph, x| {
        let positive = graph.apply("Sigmoid", &[&x]);
        graph.node("MaxPool", &[&positive]).ints("kernel_shape", &[2, 2]).ints("pads", &[1, 1, 1, 1]).output()
    });
    check(&onnx, &[1, 2, 7, 5], 0.01);
}

#[test]
fn reductions() {
    for (operator, axes, keep) in [
        ("ReduceMean", vec![2, 3], 1),
        ("ReduceSum", vec![1], 0),
        ("ReduceMax", vec![2], 0),
        ("ReduceMax", vec![1, 3], 1),
    ] {
        let onnx = model(&ODD, |graph, x| {
            if operator == "ReduceSum" {
                let axes = graph.initializer_i64("axes", &[axes.len()], axes.clone());
                return graph.node(operator, &[&x, &axes]).int("keepdims", keep).output();
            }
            graph.node(operator, &[&x]).ints("axes", &axes).int("keepdims", keep).output()
        });
        check(&onnx, &ODD, 0.02);
    }
}

#[test]
fn batch_normalization_merges_into_a_convolution() {
    let onnx = model(&ODD, |graph, x| {
        let weights = graph.initializer("weights", &[4, 3, 3, 3], random(2, 108));
        let scale = graph.initializer("scale", &[4], vec![0.5, 1.5, -1.0, 0.25]);
        let offset = graph.initializer("offset", &[4], random(3, 4));
        let mean = graph.initializer("mean", &[4], random(4, 4));
        let variance = graph.initializer("variance", &[4], vec![0.5, 1.0, 2.0, 0.1]);
        let sum = graph.apply("Conv", &[&x, &weights]);
        let normal = graph.apply("BatchNormalization", &[&sum, &scale, &offset, &mean, &variance]);
        graph.apply("Relu", &[&normal])
    });
    assert_eq!(check(&onnx, &ODD, 0.01).architecture.steps.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn convolutions(
        (groups, inner, outer) in (1usize..4, 1usize..3, 1usize..3),
        size in prop::array::uniform2(5usize..12),
        kernel in prop::array::uniform2(1usize..4),
        strides in prop::array::uniform2(1i64..4),
        dilations in prop::array::uniform2(1i64..3),
        pads in prop::array::uniform4(0i64..3),
        same in any::<bool>(),
    ) {
        let shape = [1, groups * inner, size[0], size[1]];
        let onnx = model(&shape, |graph, x| {
            let channels = groups * outer;
            let count = channels * inner * kernel[0] * kernel[1];
            let weights = graph.initializer("weights", &[channels, inner, kernel[0], kernel[1]], random(2, count));
            let bias = graph.initializer("bias", &[channels], random(3, channels));
            let node = graph.node("Conv", &[&x, &weights, &bias]).int("group", groups as i64).ints("strides", &strides);
            if same { node.string("auto_pad", "SAME_UPPER").output() } else { node.ints("pads", &pads).ints("dilations", &dilations).output() }
        });
        check(&onnx, &shape, 0.012);
    }

    #[test]
    fn convolutions_in_one_dimension(length in 4usize..20, kernel in 1usize..4, stride in 1i64..3, pads in prop::array::uniform2(0i64..2)) {
        let shape = [1, 2, length];
        let onnx = model(&shape, |graph, x| {
            let weights = graph.initializer("weights", &[3, 2, kernel], random(2, 6 * kernel));
            graph.node("Conv", &[&x, &weights]).ints("strides", &[stride]).ints("pads", &pads).output()
        });
        check(&onnx, &shape, 0.012);
    }

    #[test]
    fn pools(
        average in any::<bool>(),
        size in prop::array::uniform2(4usize..10),
        kernel in prop::array::uniform2(1i64..4),
        strides in prop::array::uniform2(1i64..4),
        pads in prop::array::uniform4(0i64..2),
        (ceil, include) in (0i64..2, 0i64..2),
    ) {
        let pads: Vec<i64> = (0..4).map(|side| pads[side].min(kernel[side % 2] - 1)).collect();
        // The float reference sizes windows that start in the padding otherwise than ONNX says.
        let ceil = if pads == [0; 4] { ceil } else { 0 };
        let shape = [1, 2, size[0], size[1]];
        let onnx = model(&shape, |graph, x| {
            let operator = if average { "AveragePool" } else { "MaxPool" };
            let node = graph.node(operator, &[&x]).ints("kernel_shape", &kernel).ints("strides", &strides);
            let node = node.ints("pads", &pads).int("ceil_mode", ceil);
            if average { node.int("count_include_pad", include).output() } else { node.output() }
        });
        check(&onnx, &shape, 0.012);
    }

    #[test]
    fn random_models(seed in any::<u64>()) {
        let random = hallmark_testing::random_model::random_model(seed);
        check(&random.onnx, &random.shape, 0.08);
    }
}
