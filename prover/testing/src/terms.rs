//! Random steps of every kind that operators lower to.

use hallmark_circuits::model::{Access, AxisMap, Factor, Stride, Term};
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

/// The axes of a step, its terms, and the shapes of the weight tensors it adds to the `weights` there are.
pub struct Draft {
    pub axes: Vec<usize>,
    pub terms: Vec<Term>,
    pub shapes: Vec<Vec<usize>>,
}

/// A random step that reads tensor `source` with these axes, and maybe others among `tensors`.
pub fn draft(rng: &mut impl Rng, tensors: &[Vec<usize>], weights: usize) -> Draft {
    let source = rng.random_range(0..tensors.len());
    let axes = &tensors[source];
    let mut draft = match (axes.len(), rng.random_range(0..9)) {
        (3, 0..=2) => convolution(rng, source, axes, weights),
        (3, 3) => pool(rng, source, axes),
        (_, 0..=2) => dense(rng, source, axes, weights),
        (_, 3) => rows(rng, source, axes, weights),
        (_, 4) => scale(rng, source, axes, weights),
        (_, 6) => scores(rng, source, axes),
        (_, 7) => gate(rng, source, tensors, weights),
        (_, 8) => look_up(rng, source, axes, weights),
        _ => linear(rng, source, tensors),
    };
    if rng.random_bool(0.5) {
        bias(rng, &mut draft, weights);
    }
    draft
}

fn term(coefficient: i64, summed: Vec<usize>, weights: Option<Access>, values: Option<Access>) -> Term {
    let factors = weights.map(Factor::weights).into_iter().chain(values.map(Factor::values)).collect();
    Term { coefficient, summed, factors }
}

fn coefficient(rng: &mut impl Rng) -> i64 {
    [1, 1, 1, -1, 2, -3][rng.random_range(0..6)]
}

/// The maps of the variables from `first` on, one an axis.
fn variables(first: usize, count: usize) -> Vec<AxisMap> {
    (first..first + count).map(AxisMap::variable).collect()
}

/// `y[o] = sum over all i of w[o, i] x[i]`, with the axes of `w` in any order.
fn dense(rng: &mut impl Rng, source: usize, axes: &[usize], weights: usize) -> Draft {
    let sizes = [&[rng.random_range(1..=12)], axes].concat();
    let mut order: Vec<_> = (0..sizes.len()).collect();
    if rng.random_bool(0.5) {
        order.shuffle(rng);
    }
    let weight = Access { source: weights, axes: order.iter().copied().map(AxisMap::variable).collect() };
    let values = Access { source, axes: variables(1, axes.len()) };
    let terms = vec![term(coefficient(rng), axes.to_vec(), Some(weight), Some(values))];
    Draft { axes: vec![sizes[0]], terms, shapes: vec![order.iter().map(|&axis| sizes[axis]).collect()] }
}

/// A product with the last axis of the tensor, for each of the others: `y[.., o] = sum over i of w[i, o] x[.., i]`.
fn rows(rng: &mut impl Rng, source: usize, axes: &[usize], weights: usize) -> Draft {
    let (outer, inner, outputs) = (axes.len() - 1, axes[axes.len() - 1], rng.random_range(1..=6));
    let summed = axes.len();
    let weight = Access { source: weights, axes: vec![AxisMap::variable(summed), AxisMap::variable(outer)] };
    let values = Access { source, axes: [variables(0, outer), variables(summed, 1)].concat() };
    let terms = vec![term(coefficient(rng), vec![inner], Some(weight), Some(values))];
    Draft { axes: [&axes[..outer], &[outputs]].concat(), terms, shapes: vec![vec![inner, outputs]] }
}

/// A window of a convolution or a pool: how an axis of the tensor is walked.
struct Window {
    kernel: usize,
    stride: usize,
    dilation: usize,
    before: usize,
    outputs: usize,
}

impl Window {
    fn random(rng: &mut impl Rng, size: usize) -> Self {
        let (stride, dilation) = (rng.random_range(1..=3), rng.random_range(1..=2));
        let kernel = rng.random_range(1..=3);
        let reach = (kernel - 1) * dilation;
        let (before, after) = (rng.random_range(0..=2), rng.random_range(0..=2));
        let outputs = (size + before + after).saturating_sub(reach + 1) / stride + 1;
        Self { kernel, stride, dilation, before, outputs }
    }

    fn map(&self, output: usize, kernel: usize) -> AxisMap {
        let strides = vec![
            Stride { variable: output, stride: self.stride as i64 },
            Stride { variable: kernel, stride: self.dilation as i64 },
        ];
        AxisMap { offset: -(self.before as i64), strides }
    }
}

/// A convolution in groups: variables (group, channel of the group, y, x | input of the group, ky, kx).
fn convolution(rng: &mut impl Rng, source: usize, axes: &[usize], weights: usize) -> Draft {
    let [y, x] = [axes[1], axes[2]].map(|size| Window::random(rng, size));
    let groups = if rng.random_bool(0.4) { divisor(rng, axes[0]) } else { 1 };
    let (inputs, outputs) = (axes[0] / groups, rng.random_range(1..=3));
    let channels = |group, channel, size: usize| {
        let strides = vec![Stride { variable: group, stride: size as i64 }, Stride { variable: channel, stride: 1 }];
        AxisMap { offset: 0, strides }
    };
    // The tensor keeps its channels in one axis, so an output's group and channel are one axis only without groups.
    let (cell, filters) = if groups == 1 {
        (vec![outputs, y.outputs, x.outputs], vec![AxisMap::variable(0)])
    } else {
        (vec![groups, outputs, y.outputs, x.outputs], vec![channels(0, 1, outputs)])
    };
    let s = cell.len();
    let channel = if groups == 1 { AxisMap::variable(s) } else { channels(0, s, inputs) };
    let values = Access { source, axes: vec![channel, y.map(s - 2, s + 1), x.map(s - 1, s + 2)] };
    let weight = Access { source: weights, axes: [filters, variables(s, 3)].concat() };
    let terms = vec![term(coefficient(rng), vec![inputs, y.kernel, x.kernel], Some(weight), Some(values))];
    Draft { axes: cell, terms, shapes: vec![vec![groups * outputs, inputs, y.kernel, x.kernel]] }
}

fn divisor(rng: &mut impl Rng, size: usize) -> usize {
    let divisors: Vec<_> = (1..=size).filter(|divisor| size.is_multiple_of(*divisor)).collect();
    divisors[rng.random_range(0..divisors.len())]
}

/// The sum over a window of each channel: an average pool.
fn pool(rng: &mut impl Rng, source: usize, axes: &[usize]) -> Draft {
    let [y, x] = [axes[1], axes[2]].map(|size| Window::random(rng, size));
    let values = Access { source, axes: vec![AxisMap::variable(0), y.map(1, 3), x.map(2, 4)] };
    let terms = vec![term(coefficient(rng), vec![y.kernel, x.kernel], None, Some(values))];
    Draft { axes: vec![axes[0], y.outputs, x.outputs], terms, shapes: vec![] }
}

/// One weight for each index of the first axis: a diagonal product.
fn scale(rng: &mut impl Rng, source: usize, axes: &[usize], weights: usize) -> Draft {
    let weight = Access { source: weights, axes: variables(0, 1) };
    let values = Access { source, axes: variables(0, axes.len()) };
    let terms = vec![term(coefficient(rng), vec![], Some(weight), Some(values))];
    Draft { axes: axes.to_vec(), terms, shapes: vec![vec![axes[0]]] }
}

/// Products of values along the last axis, of every row with every other: `y[i, j] = sum over d of x[i, d] x[j, d]`. A tensor of
/// one axis has the products of its values with each other.
fn scores(rng: &mut impl Rng, source: usize, axes: &[usize]) -> Draft {
    let (rows, inner) = (axes[0], &axes[1..]);
    let read = |row: usize| {
        let inner = (0..inner.len()).map(|axis| AxisMap::variable(2 + axis));
        Factor::values(Access { source, axes: std::iter::once(AxisMap::variable(row)).chain(inner).collect() })
    };
    // Now and then each row with the one after it.
    let mut factors = vec![read(0), read(1)];
    if rng.random_bool(0.3) {
        factors[1].access.axes[0] = AxisMap::strided(1, 1, 1);
    }
    let terms = vec![Term { coefficient: coefficient(rng), summed: inner.to_vec(), factors }];
    Draft { axes: vec![rows, rows], terms, shapes: vec![] }
}

/// Cell by cell, the product of up to three tensors of the same axes, one of which may be of weights.
fn gate(rng: &mut impl Rng, source: usize, tensors: &[Vec<usize>], weights: usize) -> Draft {
    let axes = &tensors[source];
    let alike: Vec<usize> = (0..tensors.len()).filter(|&tensor| tensors[tensor] == *axes).collect();
    let read = |source| Access { source, axes: variables(0, axes.len()) };
    let mut pick = || Factor::values(read(alike[rng.random_range(0..alike.len())]));
    let mut factors = vec![Factor::values(read(source)), pick()];
    let third = pick();
    let mut shapes = vec![];
    match rng.random_range(0..3) {
        0 => factors.push(third),
        1 => {
            factors.insert(rng.random_range(0..3), Factor::weights(read(weights)));
            shapes.push(axes.clone());
        }
        _ => {}
    }
    let terms = vec![Term { coefficient: coefficient(rng), summed: vec![], factors }];
    Draft { axes: axes.clone(), terms, shapes }
}

/// A product of three factors of which each two share a variable, and weights with each other:
/// `y[o] = sum over i, k of x[i] u[i, k] w[k, o]`, or with `v[k]` for `w[k, o]`.
fn look_up(rng: &mut impl Rng, source: usize, axes: &[usize], weights: usize) -> Draft {
    let (inner, outputs) = (rng.random_range(1..=5), rng.random_range(1..=5));
    let k = 1 + axes.len();
    let values = Access { source, axes: variables(1, axes.len()) };
    let first = Access { source: weights, axes: variables(1, 1 + axes.len()) };
    let (second, shape) = if rng.random_bool(0.5) {
        (vec![AxisMap::variable(k), AxisMap::variable(0)], vec![inner, outputs])
    } else {
        (vec![AxisMap::variable(k)], vec![inner])
    };
    let mut factors = vec![
        Factor::values(values),
        Factor::weights(first),
        Factor::weights(Access { source: weights + 1, axes: second }),
    ];
    factors.shuffle(rng);
    let terms = vec![Term { coefficient: coefficient(rng), summed: [axes, &[inner]].concat(), factors }];
    Draft { axes: vec![outputs], terms, shapes: vec![[axes, &[inner]].concat(), shape] }
}

/// Tensors added up cell by cell: some moved by a cell, some mirrored, and small ones repeated along missing axes.
fn linear(rng: &mut impl Rng, source: usize, tensors: &[Vec<usize>]) -> Draft {
    let axes = &tensors[source];
    let mut terms = vec![copy(rng, source, axes)];
    for (other, shape) in tensors.iter().enumerate() {
        if shape == axes && rng.random_bool(0.5) {
            terms.push(copy(rng, other, axes));
        } else if shape.len() == 1 && rng.random_bool(0.3) {
            let values = Access { source: other, axes: variables(0, 1) };
            terms.push(term(coefficient(rng), vec![], None, Some(values)));
        }
    }
    Draft { axes: axes.clone(), terms, shapes: vec![] }
}

fn copy(rng: &mut impl Rng, source: usize, axes: &[usize]) -> Term {
    let map = |(variable, &size): (usize, &usize)| match rng.random_range(0..6) {
        0 => AxisMap::strided(variable, -1, size as i64 - 1),
        1 => AxisMap::strided(variable, 1, rng.random_range(-2..=2)),
        2 => AxisMap::constant(rng.random_range(0..size as i64)),
        _ => AxisMap::variable(variable),
    };
    let axes = axes.iter().enumerate().map(map).collect();
    term(coefficient(rng), vec![], None, Some(Access { source, axes }))
}

/// Adds a weight for each index of one axis.
fn bias(rng: &mut impl Rng, draft: &mut Draft, weights: usize) {
    let axis = rng.random_range(0..draft.axes.len());
    let weight = Access { source: weights + draft.shapes.len(), axes: variables(axis, 1) };
    draft.shapes.push(vec![draft.axes[axis]]);
    draft.terms.push(term(coefficient(rng), vec![], Some(weight), None));
}
