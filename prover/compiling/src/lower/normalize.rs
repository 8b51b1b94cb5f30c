//! Batch normalization: an affine map of each channel.

use ndarray::IxDyn;

use super::Lowering;
use super::entry::Entry;
use crate::constant::Constant;
use crate::error::CompileError;
use crate::function::Binary;
use crate::node::Node;
use crate::operator::Kind;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[Entry::new(
    "BatchNormalization",
    &[6, 7, 9, 14, 15],
    Kind::Normalization,
    "normalization of channels by fixed statistics",
    |lowering, node| lowering.lower_batch_normalization(node),
)
.limited("not in training mode")];

impl Lowering<'_> {
    /// BatchNormalization with fixed statistics; it merges into a linear operator before it.
    pub(super) fn lower_batch_normalization(&mut self, node: &Node) -> Result<(), CompileError> {
        if node.flag("training_mode") || node.version < 7 && !node.flag("is_test") {
            return Err(node.fail("it is in training mode; call model.eval() before the export"));
        }
        if node.integer("spatial", 1) == 0 {
            return Err(node.fail("it normalizes each place by itself (`spatial=0`); only channels are supported"));
        }
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let channels = shape.get(1).copied().ok_or_else(|| node.fail("its input has no channels"))?;
        let mut parameters = vec![];
        for index in 1..5 {
            let constant = self.constant(node, index)?.filter(|constant| constant.data.len() == channels);
            parameters.push(constant.ok_or_else(|| node.fail("its parameters must be one number a channel"))?.data);
        }
        let epsilon = node.real("epsilon", 1e-5);
        let deviation = parameters[3].mapv(|variance| libm::sqrt(variance + epsilon));
        if deviation.iter().any(|&deviation| deviation.is_nan() || deviation <= 0.0) {
            return Err(node.fail("its variance is not positive"));
        }
        let scale = &parameters[0] / &deviation;
        let offset = &parameters[1] - &(&parameters[2] * &scale);
        let mut wide = vec![1; shape.len()];
        wide[1] = channels;
        let array = |data: ndarray::ArrayD<f64>| -> Result<Constant, CompileError> {
            let shaped = data.to_shape(IxDyn(&wide)).map_err(|error| node.fail(error.to_string()))?;
            Ok(Constant::real(shaped.to_owned()))
        };
        let value = self.combine_array(node, Binary::Multiply, value, &array(scale)?)?;
        let value = self.combine_array(node, Binary::Add, value, &array(offset)?)?;
        self.set(node, value)
    }
}
