//! Drops the steps that the output does not depend on: what lowering made ready and nothing read.

use hallmark_circuits::model::Space;

use super::program::{Product, Program, Rule};

/// Drops unused steps. The last one is the output.
pub(super) fn drop_unused(program: &mut Program) {
    let count = program.steps.len();
    let mut live = vec![false; program.tensors()];
    if let Some(last) = live.last_mut() {
        *last = true;
    }
    for tensor in (1..=count).rev() {
        if live[tensor] {
            read_by(program, tensor - 1).into_iter().for_each(|source| live[source] = true);
        }
    }
    // The input stays tensor 0.
    live[0] = true;
    let place = |next: &mut usize, live: &bool| {
        let place = *next;
        *next += usize::from(*live);
        Some(place)
    };
    let places: Vec<usize> = live.iter().scan(0, place).collect();
    let mut kept = live.iter().skip(1);
    program.steps.retain(|_| kept.next().copied().unwrap_or(true));
    for step in &mut program.steps {
        if let Rule::Within(tensor) | Rule::Span(tensor) = &mut step.rule {
            *tensor = places[*tensor];
        }
    }
    for sum in &mut program.sums {
        if let Some((tensor, _)) = &mut sum.floor {
            *tensor = places[*tensor];
        }
        let factors = sum.products.iter_mut().flat_map(|product| &mut product.factors);
        for factor in factors.filter(|factor| factor.space == Space::Values) {
            factor.access.source = places[factor.access.source];
        }
    }
}

/// Forgets the numbers of weights that no step reads: others were made from them.
pub(super) fn drop_unread_weights(program: &mut Program) {
    let mut read = vec![false; program.weights.len()];
    for step in &program.steps {
        let products = &program.sums[step.sum].products;
        products.iter().filter_map(Product::weights).for_each(|access| read[access.source] = true);
    }
    for (weights, _) in program.weights.iter_mut().zip(read).filter(|(_, read)| !read) {
        (weights.axes, weights.data) = (vec![], vec![]);
    }
}

/// The tensors that a step reads, or whose range bounds it.
fn read_by(program: &Program, step: usize) -> Vec<usize> {
    let step = &program.steps[step];
    let sum = &program.sums[step.sum];
    let values = sum.products.iter().flat_map(|product| product.values()).map(|access| access.source);
    let bounds = match step.rule {
        Rule::Within(tensor) | Rule::Span(tensor) => Some(tensor),
        Rule::Calibrated | Rule::OneHot(_) | Rule::Whole(..) => None,
    };
    values.chain(bounds).chain(sum.floor.map(|(tensor, _)| tensor)).collect()
}
