//! Ranges that sums can take, by interval arithmetic over every assignment: slow, obvious, and exact in the weights.

use hallmark_circuits::model::{Access, Architecture, Space, Step, Table, Term, Weights};
use hallmark_circuits::semantics::{assignments, rescale};

/// The least and the greatest of some integers.
pub type Range = (i64, i64);

/// What a step's rescaled sum can be, given the ranges of the tensors before it.
pub fn quotients(model: &Architecture, weights: &Weights, ranges: &[Range], step: &Step) -> Range {
    let sums = assignments(&step.axes).map(|cell| {
        let terms = step.terms.iter().map(|term| sum(model, weights, ranges, term, &cell));
        terms.fold((step.constant, step.constant), |sum, term| (sum.0 + term.0, sum.1 + term.1))
    });
    let (least, greatest) = sums.reduce(hull).unwrap();
    (rescale(least, step.shift).0, rescale(greatest, step.shift).0)
}

/// What a table makes of a range of arguments that it covers.
pub fn outputs(table: &Table, (least, greatest): Range) -> Range {
    let values = (least..=greatest).map(|argument| i64::from(table.get(argument).unwrap()));
    values.map(|value| (value, value)).reduce(hull).unwrap()
}

fn multiply(a: Range, b: Range) -> Range {
    let corners = [a.0 * b.0, a.0 * b.1, a.1 * b.0, a.1 * b.1];
    corners.map(|corner| (corner, corner)).into_iter().reduce(hull).unwrap()
}

fn hull(a: Range, b: Range) -> Range {
    (a.0.min(b.0), a.1.max(b.1))
}

fn sum(model: &Architecture, weights: &Weights, ranges: &[Range], term: &Term, cell: &[usize]) -> Range {
    let products = assignments(&term.summed).map(|summed| {
        let variables = [cell, &summed].concat();
        term.factors.iter().fold((term.coefficient, term.coefficient), |product, factor| {
            let source = factor.access.source;
            let range = match (position(&factor.access, model.source_axes(factor), &variables), factor.space) {
                (None, _) => (0, 0),
                (Some(position), Space::Weights) => (weights.0[source][position], weights.0[source][position]),
                (Some(_), Space::Values) => ranges[source],
            };
            multiply(product, range)
        })
    });
    products.fold((0, 0), |sum, product| (sum.0 + product.0, sum.1 + product.1))
}

fn position(access: &Access, axes: &[usize], variables: &[usize]) -> Option<usize> {
    access.axes.iter().zip(axes).try_fold(0, |position, (map, &size)| {
        let index = usize::try_from(map.index(variables)).ok().filter(|&index| index < size)?;
        Some(position * size + index)
    })
}
