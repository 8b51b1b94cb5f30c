//! Losses against constant labels, as exporters of training graphs write them.

use ndarray::{ArrayD, Dimension, IxDyn};

use super::entry::Entry;
use super::{Lowering, Value};
use crate::constant::{Constant, checked_count};
use crate::error::CompileError;
use crate::function::Binary;
use crate::node::Node;
use crate::operator::Kind;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    Entry::new(
        "NegativeLogLikelihoodLoss",
        &[12, 13, 22],
        Kind::Reductions,
        "loss of logarithms of probabilities",
        |lowering, node| {
            let logarithms = lowering.value(node, 0)?;
            let loss = lowering.loss(node, logarithms)?;
            lowering.set(node, loss)
        },
    )
    .limited("constant labels"),
    Entry::new("SoftmaxCrossEntropyLoss", &[12, 13], Kind::Reductions, "loss of scores", |lowering, node| {
        let scores = lowering.value(node, 0)?;
        let logarithms = lowering.log_softmax_over(node, scores, 1)?;
        if let Some(name) = node.outputs.get(1).filter(|name| !name.is_empty()) {
            lowering.values.insert(name.clone(), logarithms.clone());
        }
        let loss = lowering.loss(node, logarithms)?;
        lowering.set(node, loss)
    })
    .limited("constant labels"),
];

impl Lowering<'_> {
    /// `-w[label] x[n, label, ...]` for each place, added up or averaged with the weights `w` as `reduction` says.
    fn loss(&mut self, node: &Node, logarithms: Value) -> Result<Value, CompileError> {
        let shape = self.shape_of(&logarithms);
        let labels = self.input_constant(node, 1)?.data;
        let fits = shape.len() >= 2 && [&shape[..1], &shape[2..]].concat() == labels.shape();
        if !fits {
            return Err(node.fail("its labels do not fit its input"));
        }
        let classes = shape[1];
        let weights: Vec<f64> = match self.constant(node, 2)? {
            Some(weights) if weights.data.len() == classes => weights.data.iter().copied().collect(),
            Some(_) => return Err(node.fail("its weights are not one for each class")),
            None => vec![1.0; classes],
        };
        self.charge(&node.name, checked_count(&node.name, &shape)?)?;
        let ignored = node.integer_given("ignore_index").map(|index| index as f64);
        let (mut mask, mut total) = (ArrayD::zeros(IxDyn(&shape)), 0.0);
        for (place, &label) in labels.indexed_iter().filter(|(_, label)| Some(**label) != ignored) {
            if !(0.0..classes as f64).contains(&label) {
                return Err(node.fail(format!("its label {label} is no class: there are {classes}")));
            }
            let mut cell = place.slice().to_vec();
            cell.insert(1, label as usize);
            mask[IxDyn(&cell)] = -weights[label as usize];
            total += weights[label as usize];
        }
        let axes: Vec<usize> = match node.text("reduction", "mean").as_str() {
            "none" => vec![1],
            "sum" => (0..shape.len()).collect(),
            "mean" if total == 0.0 => return Err(node.fail("its mean is over nothing: every label is ignored")),
            "mean" => {
                mask /= total;
                (0..shape.len()).collect()
            }
            other => return Err(node.fail(format!("its reduction `{other}` is not known"))),
        };
        let parts = self.binary(node, Binary::Multiply, logarithms, Value::Constant(Constant::real(mask)))?;
        self.reduce(node, parts, &axes, false, false)
    }
}
