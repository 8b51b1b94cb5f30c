//! Softmax of rows that a mask of infinities leaves out as a whole: not a number there.
//!
//! Exporters let `Where` put another number into the place of such rows. So only `Where` reads them, if its condition is constant and
//! never chooses such a row.

use ndarray::{ArrayD, Axis};

use super::fold::zipped;
use super::mask::Masked;
use super::{Lowering, Value};
use crate::constant::Constant;
use crate::error::CompileError;
use crate::node::Node;

/// A value that is not a number in some places.
#[derive(Clone, Debug)]
pub(super) struct Blind {
    /// The value, with any numbers in these places.
    pub(super) value: Value,
    /// One in these places, else zero.
    pub(super) rows: Constant,
}

/// A value under a mask that keeps everything in the rows that it would leave out as a whole, and one for each of these rows; nothing
/// if there is none, or if they hold other numbers than infinities.
pub(super) fn split(masked: &Masked, rank: usize, axis: usize) -> Option<(Masked, Constant)> {
    let Value::Constant(keep) = &masked.keep else { return None };
    let along = Axis(axis.checked_sub(rank - keep.data.ndim())?);
    let mut kept = keep.data.clone();
    let mut rows = ArrayD::zeros(kept.raw_dim());
    for (mut kept, mut row) in kept.lanes_mut(along).into_iter().zip(rows.lanes_mut(along)) {
        if kept.iter().all(|&kept| kept == 0.0) {
            kept.fill(1.0);
            row.fill(1.0);
        }
    }
    let any = rows.iter().any(|&blind| blind == 1.0);
    let keep = Value::Constant(Constant::real(kept));
    (masked.infinite && any).then(|| (Masked { keep, ..masked.clone() }, Constant::real(rows)))
}

impl Lowering<'_> {
    /// What a `Where` chooses from as its second or third input.
    pub(super) fn side(&self, node: &Node, input: usize) -> Result<Value, CompileError> {
        let Some(blind) = node.input(input).and_then(|name| self.blind.get(name)) else {
            return self.value(node, input);
        };
        let condition = self.input_constant(node, 0)?;
        let is_first = input == 1;
        let chosen = |condition: f64, blind: f64| if (condition != 0.0) == is_first { blind } else { 0.0 };
        let seen = zipped(node, &condition, &blind.rows, chosen)?;
        if seen.iter().any(|&seen| seen == 1.0) {
            return Err(node.fail("it chooses a row that a mask leaves out as a whole, which is not a number"));
        }
        Ok(blind.value.clone())
    }
}
