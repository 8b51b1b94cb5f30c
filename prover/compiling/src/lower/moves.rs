//! Operators that repeat values or exchange axes for depth.

use super::entry::Entry;
use super::shape::broadcast_shape;
use super::{Lowering, Value};
use crate::constant::{Constant, checked_count};
use crate::error::CompileError;
use crate::node::Node;
use crate::operator::Kind;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    Entry::new("DepthToSpace", &[1, 11, 13, 28], Kind::Shapes, "blocks of the depth as images", |lowering, node| {
        lowering.lower_depth_to_space(node)
    })
    .folding(),
    Entry::new("SpaceToDepth", &[1, 13, 28], Kind::Shapes, "blocks of an image as depth", |lowering, node| {
        lowering.lower_space_to_depth(node)
    })
    .folding(),
    Entry::new("Expand", &[8, 13], Kind::Shapes, "repeated along axes of size 1", |lowering, node| {
        lowering.lower_expand(node)
    })
    .folding()
    .limited("constant shape"),
    Entry::new("Tile", &[6, 13], Kind::Shapes, "repeated as a whole", |lowering, node| lowering.lower_tile(node))
        .folding()
        .limited("constant repeats"),
];

impl Lowering<'_> {
    fn lower_depth_to_space(&mut self, node: &Node) -> Result<(), CompileError> {
        let (value, [batch, depth, height, width], block) = self.blocks(node)?;
        let outer = depth / (block * block);
        if outer * block * block != depth {
            return Err(node.fail("its depth is not a multiple of its block"));
        }
        let (split, order) = match node.text("mode", "DCR").as_str() {
            "DCR" => ([batch, block, block, outer, height, width], [0, 3, 4, 1, 5, 2]),
            "CRD" => ([batch, outer, block, block, height, width], [0, 1, 4, 2, 5, 3]),
            mode => return Err(node.fail(format!("its mode `{mode}` is not supported; DCR and CRD are"))),
        };
        let value = self.reshaped(node, value, &split)?;
        let value = self.permuted(value, &order)?;
        let value = self.reshaped(node, value, &[batch, outer, height * block, width * block])?;
        self.set(node, value)
    }

    fn lower_space_to_depth(&mut self, node: &Node) -> Result<(), CompileError> {
        let (value, [batch, depth, height, width], block) = self.blocks(node)?;
        let (rows, columns) = (height / block, width / block);
        if rows * block != height || columns * block != width {
            return Err(node.fail("its image is not a multiple of its block"));
        }
        let order = match node.text("mode", "DCR").as_str() {
            "DCR" => [0, 3, 5, 1, 2, 4],
            "CRD" => [0, 1, 3, 5, 2, 4],
            mode => return Err(node.fail(format!("its mode `{mode}` is not supported; DCR and CRD are"))),
        };
        let value = self.reshaped(node, value, &[batch, depth, rows, block, columns, block])?;
        let value = self.permuted(value, &order)?;
        let value = self.reshaped(node, value, &[batch, depth * block * block, rows, columns])?;
        self.set(node, value)
    }

    /// The input, its four sizes and the size of a block.
    fn blocks(&mut self, node: &Node) -> Result<(Value, [usize; 4], usize), CompileError> {
        let value = self.value(node, 0)?;
        let sizes =
            <[usize; 4]>::try_from(self.shape_of(&value)).map_err(|_| node.fail("its input must have 4 axes"))?;
        let block = usize::try_from(node.integer("blocksize", 0)).ok().filter(|block| (1..1 << 12).contains(block));
        Ok((value, sizes, block.ok_or_else(|| node.fail("its blocksize is out of range"))?))
    }

    fn lower_expand(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let target = self.sizes(node, 1)?;
        let shape = broadcast_shape(&self.shape_of(&value), &target)
            .ok_or_else(|| node.fail("its shape does not fit its input"))?;
        let value = self.expanded(node, value, &shape)?;
        self.set(node, value)
    }

    /// Each axis of size n is r times n, the repeats outermost: `[1, n]` expanded to `[r, n]`.
    fn lower_tile(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let repeats = self.sizes(node, 1)?;
        if repeats.len() != shape.len() {
            return Err(node.fail("its repeats are not one for each axis"));
        }
        let mut value = value;
        for (axis, &repeat) in repeats.iter().enumerate().filter(|(_, repeat)| **repeat != 1) {
            let mut sizes = self.shape_of(&value);
            sizes.insert(axis, 1);
            value = self.reshaped(node, value, &sizes)?;
            sizes[axis] = repeat;
            value = self.expanded(node, value, &sizes)?;
            sizes[axis] = repeat.saturating_mul(sizes.remove(axis + 1));
            value = self.reshaped(node, value, &sizes)?;
        }
        self.set(node, value)
    }

    /// A constant input that is a list of positive sizes.
    pub(super) fn sizes(&self, node: &Node, index: usize) -> Result<Vec<usize>, CompileError> {
        let list = self.input_constant(node, index)?.as_integers();
        let sizes: Option<Vec<usize>> =
            list.iter().map(|&size| usize::try_from(size).ok().filter(|&size| size > 0)).collect();
        sizes.ok_or_else(|| node.fail("its sizes must be positive"))
    }

    /// A value broadcast to a shape that it fits.
    pub(super) fn expanded(&mut self, node: &Node, value: Value, shape: &[usize]) -> Result<Value, CompileError> {
        checked_count(&node.name, shape)?;
        if self.shape_of(&value) == shape {
            return Ok(value);
        }
        if let Value::Constant(constant) = &value {
            self.charge(&node.name, shape.iter().product())?;
            let data = constant.broadcast(shape).ok_or_else(|| node.fail("its shape does not fit its input"))?;
            return Ok(Value::Constant(Constant { data, integer: constant.integer }));
        }
        let (tensor, view) = self.read(&node.name, value)?;
        Ok(Value::Tensor(tensor, view.expand(shape)))
    }
}
