//! Drops the steps that the output does not depend on: what lowering made ready and nothing read.

use hallmark_circuits::model::Space;

use super::float_model::{FloatModel, Product, Rule};

/// Drops unused steps. The last one is the output.
pub(super) fn drop_unused(lowered: &mut FloatModel) {
    let count = lowered.steps.len();
    let mut live = vec![false; lowered.tensors()];
    if let Some(last) = live.last_mut() {
        *last = true;
    }
    for tensor in (1..=count).rev() {
        if live[tensor] {
            read_by(lowered, tensor - 1).into_iter().for_each(|source| live[source] = true);
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
    lowered.steps.retain(|_| kept.next().copied().unwrap_or(true));
    for step in &mut lowered.steps {
        if let Rule::Within(tensor) | Rule::Span(tensor) = &mut step.rule {
            *tensor = places[*tensor];
        }
    }
    lowered.outputs.iter_mut().for_each(|output| output.source = places[output.source]);
    for sum in &mut lowered.sums {
        let floors = sum.products.iter_mut().filter_map(|product| product.floor.as_mut());
        for tensor in sum.floor.iter_mut().map(|(tensor, _)| tensor).chain(floors) {
            *tensor = places[*tensor];
        }
        let factors = sum.products.iter_mut().flat_map(|product| &mut product.factors);
        for factor in factors.filter(|factor| factor.space == Space::Values) {
            factor.access.source = places[factor.access.source];
        }
    }
}

/// Forgets the numbers of weights that no step reads: others were made from them.
pub(super) fn drop_unread_weights(lowered: &mut FloatModel) {
    let mut read = vec![false; lowered.weights.len()];
    for step in &lowered.steps {
        let products = &lowered.sums[step.sum].products;
        products.iter().filter_map(Product::weights).for_each(|access| read[access.source] = true);
    }
    for (weights, _) in lowered.weights.iter_mut().zip(read).filter(|(_, read)| !read) {
        (weights.axes, weights.data) = (vec![], vec![]);
    }
}

/// The tensors that a step reads, or whose range bounds it.
fn read_by(lowered: &FloatModel, step: usize) -> Vec<usize> {
    let step = &lowered.steps[step];
    let sum = &lowered.sums[step.sum];
    let values = sum.products.iter().flat_map(|product| product.values()).map(|access| access.source);
    let bounds = match step.rule {
        Rule::Within(tensor) | Rule::Span(tensor) => Some(tensor),
        Rule::Calibrated | Rule::OneHot(_) | Rule::Whole(..) | Rule::Joined => None,
    };
    values.chain(bounds).chain(sum.floors()).collect()
}
