//! A small convolutional network by hand: every kind of term, two tables, three shifts, several rows of each space.

use hallmark_circuits::model::{
    Access, Architecture, AxisMap, Batch, Binding, Factor, InputPort, OutputPort, Step, Stride, Table, Term,
    WeightShape, Weights,
};
use rand::{Rng, RngExt};

/// Weights are at most this in magnitude: no table is left for any input.
const GREATEST: i64 = 8;

/// The network:
///
/// ```text
/// a = relu(conv(x, 3x3, stride 2, pad 1) + bias + 5, shift 7)
/// b = clamp(conv(a, 3x3, pad 1), shift 7)
/// c = clamp(b + a, shift 0)
/// y = clamp(dense(c) + bias, shift 8)
/// ```
pub fn architecture() -> Architecture {
    let clamp = |least, greatest| (-256..256).map(|x: i32| x.clamp(least, greatest)).collect();
    Architecture {
        input: InputPort::of_integers(vec![2, 7, 9], 8),
        output: OutputPort { shape: vec![4], parts: vec![], scale: 1.0 },
        weights: shapes(),
        parts: vec![],
        tables: vec![
            Table { name: "relu".into(), first: -256, outputs: clamp(0, 127) },
            Table { name: "clamp".into(), first: -256, outputs: clamp(-128, 127) },
        ],
        steps: vec![
            step("first", &[3, 4, 5], 5, vec![convolution(0, 0, 2, [2, 3, 3]), bias(1)], 7, 0),
            step("second", &[3, 4, 5], 0, vec![convolution(2, 1, 1, [3, 3, 3])], 7, 1),
            step("residual", &[3, 4, 5], 0, vec![copy(2), copy(1)], 0, 1),
            step("dense", &[4], 0, vec![dense(3, 3), bias(4)], 8, 1),
        ],
        row_bits: 9,
        weight_row_bits: 9,
    }
}

/// The network by hand, or a batch of it, whose input is told by so many digests.
pub fn told_by_digests(samples: usize) -> Architecture {
    let mut model = architecture();
    model.input.binding = Binding::Digests(1);
    if samples == 1 { model } else { model.batched(Batch::of(samples, model.row_bits).unwrap()).unwrap() }
}

/// The network by hand with a weight tensor that is added up along an axis that nothing else reads, alone and in a product:
/// whoever commits to weights chooses what stands in the padding of that axis.
pub fn with_sums_over_weights() -> Architecture {
    let mut model = architecture();
    model.weights.push(WeightShape { name: "added up".into(), axes: vec![4, 3] });
    let access = |axes: &[usize]| axes.iter().copied().map(AxisMap::variable).collect();
    let weights = |axes: &[usize]| Factor::weights(Access { source: 5, axes: access(axes) });
    let alone = Term { coefficient: 1, summed: vec![3], factors: vec![weights(&[0, 1])] };
    let values = Factor::values(Access { source: 4, axes: access(&[0]) });
    let product = Term { coefficient: 1, summed: vec![3], factors: vec![weights(&[0, 1]), values] };
    let last =
        Step { name: "sums".into(), axes: vec![4], constant: 0, terms: vec![alone, product], shift: 9, table: 1 };
    model.steps.push(last);
    model
}

/// The network by hand with more weights and fewer shifts: entries and weights end before the last row of their spaces.
pub fn with_unused_rows() -> Architecture {
    let mut model = with_sums_over_weights();
    let length = 32;
    model.weights[5].axes[1] = length;
    for step in &mut model.steps[3..] {
        step.shift = 7;
    }
    for term in &mut model.steps[4].terms {
        term.summed = vec![length];
    }
    model
}

/// Random weights for a network.
pub fn weights_of(model: &Architecture, rng: &mut impl Rng) -> Weights {
    let mut tensor = |shape: &WeightShape| {
        let size = shape.axes.iter().product();
        (0..size).map(|_| rng.random_range(-GREATEST..=GREATEST)).collect()
    };
    Weights(model.weights.iter().map(&mut tensor).collect())
}

/// Random weights for [`architecture`].
pub fn weights(rng: &mut impl Rng) -> Weights {
    weights_of(&architecture(), rng)
}

fn shapes() -> Vec<WeightShape> {
    let shape = |name: &str, axes: &[usize]| WeightShape { name: name.into(), axes: axes.to_vec() };
    vec![
        shape("first", &[3, 2, 3, 3]),
        shape("first bias", &[3]),
        shape("second", &[3, 3, 3, 3]),
        shape("dense", &[4, 3, 4, 5]),
        shape("dense bias", &[4]),
    ]
}

fn step(name: &str, axes: &[usize], constant: i64, terms: Vec<Term>, shift: u32, table: usize) -> Step {
    Step { name: name.into(), axes: axes.to_vec(), constant, terms, shift, table }
}

/// Variables (channel, y, x | input channel, ky, kx).
fn convolution(weights: usize, source: usize, stride: i64, kernel: [usize; 3]) -> Term {
    let window = |output, kernel| AxisMap {
        offset: -1,
        strides: vec![Stride { variable: output, stride }, Stride { variable: kernel, stride: 1 }],
    };
    let filters = [0, 3, 4, 5].map(AxisMap::variable).to_vec();
    let values = vec![AxisMap::variable(3), window(1, 4), window(2, 5)];
    Term {
        coefficient: 1,
        summed: kernel.to_vec(),
        factors: vec![
            Factor::weights(Access { source: weights, axes: filters }),
            Factor::values(Access { source, axes: values }),
        ],
    }
}

fn bias(weights: usize) -> Term {
    let access = Access { source: weights, axes: vec![AxisMap::variable(0)] };
    Term { coefficient: 3, summed: vec![], factors: vec![Factor::weights(access)] }
}

fn copy(source: usize) -> Term {
    let access = Access { source, axes: [0, 1, 2].map(AxisMap::variable).to_vec() };
    Term { coefficient: 1, summed: vec![], factors: vec![Factor::values(access)] }
}

fn dense(weights: usize, source: usize) -> Term {
    let filters = Access { source: weights, axes: [0, 1, 2, 3].map(AxisMap::variable).to_vec() };
    let values = Access { source, axes: [1, 2, 3].map(AxisMap::variable).to_vec() };
    Term { coefficient: 1, summed: vec![3, 4, 5], factors: vec![Factor::weights(filters), Factor::values(values)] }
}
