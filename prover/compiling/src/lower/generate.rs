//! Constants that are made from few numbers, and what runs along an axis.

use ndarray::{Array1, Array2, ArrayD, Dimension, IxDyn};

use super::entry::Entry;
use super::shape::normalize_axes;
use super::{Lowering, Value};
use crate::constant::{Constant, checked_count};
use crate::error::CompileError;
use crate::function::Binary;
use crate::limits::MAX_TENSOR;
use crate::node::Node;
use crate::operator::Kind;

const TYPES: &[u32] = &[1, 13, 19, 21, 23, 24, 25];

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    Entry::new("CumSum", &[11, 14], Kind::Reductions, "running sums along an axis", |lowering, node| {
        lowering.lower_running_sum(node)
    }),
    Entry::new("CumProd", &[26], Kind::Reductions, "running products along an axis", |lowering, node| {
        lowering.lower_running_product(node)
    }),
    Entry::new("Trilu", &[14], Kind::Shapes, "a triangle of a matrix", |lowering, node| lowering.lower_triangle(node))
        .folding(),
    Entry::new("Range", &[11, 27], Kind::Constants, "evenly spaced numbers", |lowering, node| {
        lowering.lower_range(node)
    })
    .folding()
    .limited("constant bounds"),
    Entry::new("EyeLike", &[9, 22], Kind::Constants, "ones on a diagonal", |lowering, node| {
        lowering.lower_diagonal(node)
    })
    .folding(),
    Entry::new("Size", TYPES, Kind::Constants, "the number of values", |lowering, node| {
        let value = lowering.value(node, 0)?;
        let count = lowering.shape_of(&value).iter().product::<usize>() as f64;
        lowering.set(node, Value::Constant(Constant { data: ndarray::arr0(count).into_dyn(), integer: true }))
    })
    .folding(),
    Entry::new("OneHot", &[9, 11, 28], Kind::Constants, "indices as unit vectors", |lowering, node| {
        lowering.lower_one_hot(node)
    })
    .folding()
    .limited("constant indices"),
    Entry::new("NonZero", &[9, 13], Kind::Constants, "where values are not zero", |lowering, node| {
        lowering.lower_non_zero(node)
    })
    .folding()
    .limited("of constants"),
];

impl Lowering<'_> {
    /// A sum over all indices up to each.
    /// The axis along which something runs.
    fn running_axis(&self, node: &Node, rank: usize) -> Result<usize, CompileError> {
        let axis = self.input_constant(node, 1)?.as_integers();
        match normalize_axes(node, &axis, rank)?[..] {
            [axis] => Ok(axis),
            _ => Err(node.fail("its axis must be one number")),
        }
    }

    fn lower_running_product(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let axis = self.running_axis(node, shape.len())?;
        let mut order: Vec<usize> = (0..shape[axis]).collect();
        if node.flag("reverse") {
            order.reverse();
        }
        let mut products: Vec<Value> = vec![];
        let last = if node.flag("exclusive") { order.len().saturating_sub(1) } else { order.len() };
        for &index in &order[..last] {
            let factor = self.picked(node, value.clone(), axis, &[index])?;
            let product = match products.last() {
                Some(before) => self.multiplied(node, before.clone(), factor)?,
                None => factor,
            };
            products.push(self.tensor_value(node, product)?);
        }
        if node.flag("exclusive") {
            let mut ones = shape.clone();
            ones[axis] = 1;
            products.insert(0, Value::Constant(Constant::real(ArrayD::ones(ones))));
        }
        if node.flag("reverse") {
            products.reverse();
        }
        let value = self.joined(node, products, axis)?;
        self.set(node, value)
    }

    fn lower_running_sum(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let axis = self.running_axis(node, shape.len())?;
        let value = self.running(node, value, axis, node.flag("exclusive"), node.flag("reverse"))?;
        self.set(node, value)
    }

    fn lower_triangle(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let [.., rows, columns] = shape[..] else { return Err(node.fail("its input must be a matrix")) };
        let diagonal = self.constant(node, 1)?.and_then(|constant| constant.scalar()).unwrap_or(0.0) as i64;
        let upper = node.integer("upper", 1) != 0;
        let kept = |row: usize, column: usize| {
            let distance = column as i64 - row as i64;
            if upper { distance >= diagonal } else { distance <= diagonal }
        };
        checked_count(&node.name, &[rows, columns])?;
        let mask = Array2::from_shape_fn((rows, columns), |(row, column)| f64::from(u8::from(kept(row, column))));
        if let Value::Constant(constant) = value {
            // Infinities outside the triangle are zero, too.
            let data = ndarray::Zip::from(&constant.data)
                .and_broadcast(&mask.into_dyn())
                .map_collect(|&value, &kept| if kept == 0.0 { 0.0 } else { value });
            return self.set(node, Value::Constant(Constant { data, integer: constant.integer }));
        }
        let value = self.binary(node, Binary::Multiply, value, Value::Constant(Constant::real(mask.into_dyn())))?;
        self.set(node, value)
    }

    fn lower_range(&mut self, node: &Node) -> Result<(), CompileError> {
        let mut numbers = [0.0; 3];
        let mut integer = true;
        for (index, number) in numbers.iter_mut().enumerate() {
            let constant = self.input_constant(node, index)?;
            integer &= constant.integer;
            *number = constant.scalar().ok_or_else(|| node.fail("its bounds and step must be single numbers"))?;
        }
        let [start, limit, step] = numbers;
        let count = ((limit - start) / step).ceil().max(0.0);
        if count.is_nan() || count > MAX_TENSOR as f64 {
            return Err(node.fail("it has no end, or too many numbers"));
        }
        let data = (0..count as usize).map(|index| start + step * index as f64).collect::<Array1<f64>>();
        self.set(node, Value::Constant(Constant { data: data.into_dyn(), integer }))
    }

    fn lower_diagonal(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let &[rows, columns] = shape.as_slice() else { return Err(node.fail("its input must be a matrix")) };
        checked_count(&node.name, &shape)?;
        let offset = node.integer("k", 0);
        let one = |row: usize, column: usize| (column as i64).checked_sub(row as i64) == Some(offset);
        let data = Array2::from_shape_fn((rows, columns), |(row, column)| f64::from(u8::from(one(row, column))));
        self.set(node, Value::Constant(Constant::real(data.into_dyn())))
    }

    fn lower_one_hot(&mut self, node: &Node) -> Result<(), CompileError> {
        let (indices, depth, values) =
            (self.input_constant(node, 0)?, self.input_constant(node, 1)?, self.input_constant(node, 2)?);
        let depth = depth.scalar().filter(|&depth| (1.0..MAX_TENSOR as f64).contains(&depth));
        let depth = depth.ok_or_else(|| node.fail("its depth is out of range"))? as usize;
        let &[off, on] = values.data.iter().copied().collect::<Vec<f64>>().as_slice() else {
            return Err(node.fail("its values must be two numbers"));
        };
        let rank = indices.data.ndim() + 1;
        let axis = normalize_axes(node, &[node.integer("axis", -1)], rank)?[0];
        let mut shape = indices.data.shape().to_vec();
        shape.insert(axis, depth);
        self.charge(&node.name, checked_count(&node.name, &shape)?)?;
        let mut data = ArrayD::from_elem(IxDyn(&shape), off);
        for (place, &index) in indices.data.indexed_iter() {
            let index = if index < 0.0 { index + depth as f64 } else { index };
            if (0.0..depth as f64).contains(&index) {
                let mut cell: Vec<usize> = place.slice().to_vec();
                cell.insert(axis, index as usize);
                data[IxDyn(&cell)] = on;
            }
        }
        self.set(node, Value::Constant(Constant { data, integer: values.integer }))
    }

    fn lower_non_zero(&mut self, node: &Node) -> Result<(), CompileError> {
        let constant = self.input_constant(node, 0)?;
        let places: Vec<Vec<usize>> = constant
            .data
            .indexed_iter()
            .filter(|(_, value)| **value != 0.0)
            .map(|(place, _)| place.slice().to_vec())
            .collect();
        let rank = constant.data.ndim();
        checked_count(&node.name, &[rank, places.len()])?;
        let data = Array2::from_shape_fn((rank, places.len()), |(axis, place)| places[place][axis] as f64);
        self.set(node, Value::Constant(Constant { data: data.into_dyn(), integer: true }))
    }
}
