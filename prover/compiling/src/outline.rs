//! The limits that shapes alone decide, checked before anything is calibrated or quantized.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use hallmark_circuits::model::{
    Architecture, InputPort, MIN_ROW_BITS, ModelError, OutputPort, Space, Step, Table, Term, WeightShape,
};

use super::float_model::{FloatModel, FloatWeights, Product};

/// Refuses a lowered model that no widths make a model of.
pub(super) fn check_outline(lowered: &FloatModel) -> Result<(), ModelError> {
    outline(lowered).validate()
}

/// The architecture that the lowered model will have, but for its numbers.
fn outline(lowered: &FloatModel) -> Architecture {
    let mut weights = Shapes::default();
    let mut steps = vec![];
    for step in &lowered.steps {
        let sum = &lowered.sums[step.sum];
        let terms = sum.products.iter().map(|product| weights.term(product, lowered)).collect();
        let name = step.name.clone();
        steps.push(Step { name, axes: sum.axes.clone(), constant: 0, terms, shift: 0, table: 0 });
    }
    let shape = lowered.input.shape.clone();
    let parts = lowered.outputs.iter().map(|output| output.part.clone()).collect();
    Architecture {
        input: InputPort { shape, ..InputPort::of_integers(lowered.input.axes.clone(), 8) },
        output: OutputPort { shape: lowered.output_shape.clone(), parts, scale: 1.0 },
        weights: weights.shapes,
        parts: vec![],
        tables: vec![Table { name: String::new(), first: 0, outputs: vec![0] }],
        steps,
        row_bits: MIN_ROW_BITS,
        weight_row_bits: MIN_ROW_BITS,
    }
}

/// Weight tensors; equal ones are kept once, as quantization keeps them.
#[derive(Default)]
struct Shapes {
    shapes: Vec<WeightShape>,
    known: HashSet<u64>,
}

impl Shapes {
    fn term(&mut self, product: &Product, lowered: &FloatModel) -> Term {
        let mut factors = product.factors.clone();
        for factor in factors.iter_mut().filter(|factor| factor.space == Space::Weights) {
            factor.access.source = self.place(&lowered.weights[factor.access.source]);
        }
        Term { coefficient: 1, summed: product.summed.clone(), factors }
    }

    fn place(&mut self, weights: &FloatWeights) -> usize {
        let mut hasher = DefaultHasher::new();
        weights.axes.hash(&mut hasher);
        weights.data.iter().for_each(|value| value.to_bits().hash(&mut hasher));
        let shape = || WeightShape { name: weights.name.clone(), axes: weights.axes.clone() };
        if self.known.insert(hasher.finish()) {
            self.shapes.push(shape());
        }
        // Any tensor of these axes stands for it.
        self.shapes.iter().position(|known| known.axes == weights.axes).unwrap_or(0)
    }
}
