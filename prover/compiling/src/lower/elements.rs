//! Single cells by constant indices: taken, placed, dropped or in reverse.

use std::collections::BTreeMap;

use hallmark_circuits::model::Access;
use hallmark_circuits::semantics::assignments;
use ndarray::{Array2, ArrayD, Axis, Dimension, IxDyn};

use super::entry::Entry;
use super::shape::normalize_axes;
use super::variables::Variables;
use super::{Lowering, Value};
use crate::constant::{Constant, checked_count};
use crate::error::CompileError;
use crate::float_model::Product;
use crate::function::{Binary, Function};
use crate::limits::MAX_SELECTION;
use crate::node::Node;
use crate::operator::Kind;
use crate::view::View;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    Entry::new("GatherElements", &[11, 13], Kind::Shapes, "cells at indices of an axis", |lowering, node| {
        lowering.lower_gather_elements(node)
    }),
    Entry::new("GatherND", &[11, 12, 13], Kind::Shapes, "cells at indices of several axes", |lowering, node| {
        lowering.lower_gather_nd(node)
    })
    .limited("constant indices"),
    Entry::new(
        "ScatterElements",
        &[11, 13, 16, 18],
        Kind::Shapes,
        "cells put at indices of an axis",
        |lowering, node| lowering.lower_scatter_elements(node),
    )
    .folding()
    .limited("computed indices that differ or whose updates are added"),
    Entry::new(
        "ScatterND",
        &[11, 13, 16, 18],
        Kind::Shapes,
        "cells put at indices of several axes",
        |lowering, node| lowering.lower_scatter_nd(node),
    )
    .folding()
    .limited("constant indices"),
    Entry::new("Scatter", &[9], Kind::Shapes, "ScatterElements by its old name", |lowering, node| {
        lowering.lower_scatter_elements(node)
    })
    .folding()
    .limited("computed indices that differ"),
    Entry::new("TensorScatter", &[24], Kind::Shapes, "a cache with newer times in it", |lowering, node| {
        lowering.lower_tensor_scatter(node)
    })
    .folding()
    .limited("constant indices"),
    Entry::new("Compress", &[9, 11, 28], Kind::Shapes, "what a condition keeps", |lowering, node| {
        lowering.lower_compress(node)
    })
    .limited("a constant condition"),
    Entry::new("ReverseSequence", &[10, 28], Kind::Shapes, "sequences backwards", |lowering, node| {
        lowering.lower_reverse_sequence(node)
    })
    .limited("constant lengths"),
];

/// An update's number, and the cell that it goes to.
type Update = (usize, usize);

/// Of several updates of a cell the last one.
fn last_updates(places: &[usize]) -> Vec<Update> {
    let last: BTreeMap<usize, usize> = places.iter().enumerate().map(|(update, &place)| (place, update)).collect();
    last.into_iter().map(|(place, update)| (update, place)).collect()
}

/// Updates in rounds, in each of which a cell has one at most.
fn rounds(places: &[usize]) -> Vec<Vec<Update>> {
    let mut seen: BTreeMap<usize, usize> = BTreeMap::new();
    let mut rounds: Vec<Vec<Update>> = vec![];
    for (update, &place) in places.iter().enumerate() {
        let round = seen.entry(place).or_default();
        if *round == rounds.len() {
            rounds.push(vec![]);
        }
        rounds[*round].push((update, place));
        *round += 1;
    }
    rounds
}

impl Lowering<'_> {
    fn lower_gather_elements(&mut self, node: &Node) -> Result<(), CompileError> {
        let mut value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let axis = normalize_axes(node, &[node.integer("axis", 0)], shape.len())?[0];
        let indices = match self.value(node, 1)? {
            Value::Constant(constant) => constant.data,
            computed => {
                check_fits(node, &self.shape_of(&computed), &shape, axis)?;
                let value = self.cells_at(node, value, axis, computed)?;
                return self.set(node, value);
            }
        };
        check_fits(node, indices.shape(), &shape, axis)?;
        for other in (0..shape.len()).filter(|&other| other != axis) {
            let all: Vec<usize> = (0..indices.shape()[other]).collect();
            value = self.picked(node, value, other, &all)?;
        }
        let rows = indices.iter().map(|&index| wrap(node, index, shape[axis])).collect::<Result<Vec<_>, _>>()?;
        let value = self.chosen(node, value, axis, &array(node, indices.shape(), rows)?)?;
        self.set(node, value)
    }

    /// The cells `x[.., rows[.., k, ..], ..]` for every `k` along an axis, by a matrix of zeros and ones for each place
    /// along the other axes.
    fn chosen(&mut self, node: &Node, value: Value, axis: usize, rows: &ArrayD<usize>) -> Result<Value, CompileError> {
        let (tensor, view) = self.read(&node.name, value)?;
        let (size, kept) = (view.shape()[axis], rows.shape()[axis]);
        if size.saturating_mul(rows.len()) > MAX_SELECTION {
            return Err(node.fail(format!(
                "it chooses {} cells, each of {size}; {MAX_SELECTION} is the most that their product may be",
                rows.len()
            )));
        }
        let (first, inner, flat) = (view.first_digit(axis), view.digits[axis].clone(), view.flat());
        let outer = [&flat[..first], &flat[first + inner.len()..]];
        let mut variables = Variables::default();
        let before = variables.add_all(outer[0]);
        let column = variables.add(kept);
        let after = variables.add_all(outer[1]);
        variables.close_axes();
        let contracted = variables.add_all(&inner);
        let values = [before.clone(), contracted.clone(), after.clone()].concat();
        let data = rows.iter().flat_map(|&row| (0..size).map(move |at| f64::from(u8::from(at == row)))).collect();
        let axes = [outer[0], &[kept], outer[1], &inner].concat();
        let maps = [before, vec![column], after, contracted].concat();
        let weights = Access { source: self.add_weights(&node.name, axes, data), axes: maps };
        let values = Access { source: tensor, axes: view.substitute(&values) };
        let product: Product = self.product(&variables, Some(weights), values);
        let sum = self.add_sum(&node.name, variables.axes(), vec![product])?;
        let mut digits = view.digits;
        digits[axis] = if kept == 1 { vec![] } else { vec![kept] };
        Ok(Value::Sum(sum, Function::Variable, View::packed(digits)))
    }

    fn lower_gather_nd(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let indices = self.input_constant(node, 1)?.data;
        let batch = usize::try_from(node.integer("batch_dims", 0)).unwrap_or(usize::MAX);
        let depth = indices.shape().last().copied().unwrap_or(0);
        let fits = batch < indices.ndim()
            && batch.saturating_add(depth) <= shape.len()
            && depth > 0
            && indices.shape()[..batch] == shape[..batch];
        if !fits {
            return Err(node.fail("its indices do not fit its input"));
        }
        let last = indices.ndim() - 1;
        let (outer, inner): (usize, &[usize]) = (shape[..batch].iter().product(), &shape[batch..batch + depth]);
        let per_batch = indices.len() / depth / outer.max(1);
        let places = tuples(node, &indices, inner)?;
        let block: usize = inner.iter().product();
        let places: Vec<usize> =
            places.into_iter().enumerate().map(|(at, place)| at / per_batch.max(1) * block + place).collect();
        let rest = &shape[batch + depth..];
        let value = self.reshaped(node, value, &[&[outer * block], rest].concat())?;
        let value = self.picked(node, value, 0, &places)?;
        let value = self.reshaped(node, value, &[&indices.shape()[..last], rest].concat())?;
        self.set(node, value)
    }

    fn lower_scatter_elements(&mut self, node: &Node) -> Result<(), CompileError> {
        let shape = self.shape_of(&self.value(node, 0)?);
        let axis = normalize_axes(node, &[node.integer("axis", 0)], shape.len())?[0];
        let indices = match self.value(node, 1)? {
            Value::Constant(constant) => constant.data,
            computed => {
                check_fits(node, &self.shape_of(&computed), &shape, axis)?;
                return self.scatter_computed(node, axis, computed);
            }
        };
        check_fits(node, indices.shape(), &shape, axis)?;
        let mut places = Vec::with_capacity(indices.len());
        for (cell, &index) in indices.indexed_iter() {
            let mut cell = cell.slice().to_vec();
            cell[axis] = wrap(node, index, shape[axis])?;
            places.push(flat_index(&cell, &shape));
        }
        self.scatter(node, 2, &places)
    }

    fn lower_tensor_scatter(&mut self, node: &Node) -> Result<(), CompileError> {
        let (shape, updates) = (self.shape_of(&self.value(node, 0)?), self.shape_of(&self.value(node, 1)?));
        let axis = normalize_axes(node, &[node.integer("axis", -2)], shape.len())?[0];
        let fits = updates.len() == shape.len()
            && axis > 0
            && updates[axis] <= shape[axis]
            && (0..shape.len()).all(|other| other == axis || updates[other] == shape[other]);
        let starts = self.constant(node, 2)?.map(|starts| starts.data.iter().copied().collect());
        let starts: Vec<f64> = starts.unwrap_or_else(|| vec![0.0; shape[0]]);
        if !fits || starts.len() != shape[0] {
            return Err(node.fail("its update or its indices do not fit its cache"));
        }
        let around = match node.text("mode", "linear").as_str() {
            "linear" => f64::INFINITY,
            "circular" => shape[axis] as f64,
            other => return Err(node.fail(format!("its mode `{other}` is not known"))),
        };
        let mut places = Vec::with_capacity(checked_count(&node.name, &updates)?);
        for mut cell in assignments(&updates) {
            let index = starts[cell[0]] + cell[axis] as f64;
            cell[axis] = wrap(node, if index < around { index } else { index % around }, shape[axis])?;
            places.push(flat_index(&cell, &shape));
        }
        self.scatter(node, 1, &places)
    }

    fn lower_scatter_nd(&mut self, node: &Node) -> Result<(), CompileError> {
        let shape = self.shape_of(&self.value(node, 0)?);
        let indices = self.input_constant(node, 1)?.data;
        let depth = indices.shape().last().copied().unwrap_or(0);
        if depth == 0 || depth > shape.len() {
            return Err(node.fail("its indices do not fit its input"));
        }
        let rest: usize = shape[depth..].iter().product();
        let starts = tuples(node, &indices, &shape[..depth])?;
        checked_count(&node.name, &[starts.len(), rest])?;
        let places: Vec<usize> =
            starts.iter().flat_map(|start| (0..rest).map(move |offset| start * rest + offset)).collect();
        self.scatter(node, 2, &places)
    }

    /// The first input with the cells of another put at these places, or combined with what is there.
    fn scatter(&mut self, node: &Node, updates: usize, places: &[usize]) -> Result<(), CompileError> {
        let (data, updates) = (self.value(node, 0)?, self.value(node, updates)?);
        if self.shape_of(&updates).iter().product::<usize>() != places.len() {
            return Err(node.fail("its updates are not one for each index"));
        }
        let value = match node.text("reduction", "none").as_str() {
            "none" => self.replaced(node, data, &updates, &last_updates(places))?,
            "add" => {
                let all: Vec<Update> = places.iter().copied().enumerate().collect();
                let shape = self.shape_of(&data);
                let placed = self.placed(node, &updates, &all, &shape)?;
                self.binary(node, Binary::Add, data, placed)?
            }
            reduction @ ("mul" | "max" | "min") => {
                let mut data = data;
                for round in rounds(places) {
                    data = self.combined(node, data, &updates, &round, reduction)?;
                }
                data
            }
            other => return Err(node.fail(format!("its reduction `{other}` is not known"))),
        };
        self.set(node, value)
    }

    /// A value with updates in the place of its cells. Each cell has one update at most.
    fn replaced(
        &mut self,
        node: &Node,
        data: Value,
        updates: &Value,
        picked: &[Update],
    ) -> Result<Value, CompileError> {
        let shape = self.shape_of(&data);
        let kept = self.without(node, data, picked, &shape)?;
        let placed = self.placed(node, updates, picked, &shape)?;
        self.binary(node, Binary::Add, kept, placed)
    }

    /// A value whose cells are multiplied with updates, or are the greater or the lesser of both. Each has one update at most.
    fn combined(
        &mut self,
        node: &Node,
        data: Value,
        updates: &Value,
        picked: &[Update],
        reduction: &str,
    ) -> Result<Value, CompileError> {
        if reduction != "mul" {
            let other = self.replaced(node, data.clone(), updates, picked)?;
            return self.extremum(node, data, other, if reduction == "max" { 1.0 } else { -1.0 });
        }
        let shape = self.shape_of(&data);
        let ones = Value::Constant(Constant::real(ArrayD::ones(shape.as_slice())));
        let factors = self.replaced(node, ones, updates, picked)?;
        self.binary(node, Binary::Multiply, data, factors)
    }

    /// A value with zeros where there are updates.
    fn without(&mut self, node: &Node, data: Value, picked: &[Update], shape: &[usize]) -> Result<Value, CompileError> {
        let mut kept = vec![1.0; shape.iter().product()];
        picked.iter().for_each(|(_, place)| kept[*place] = 0.0);
        let kept = Constant::real(array(node, shape, kept)?);
        self.binary(node, Binary::Multiply, data, Value::Constant(kept))
    }

    /// Updates at their places, and zeros elsewhere. Several at a place are added up.
    fn placed(
        &mut self,
        node: &Node,
        updates: &Value,
        picked: &[Update],
        shape: &[usize],
    ) -> Result<Value, CompileError> {
        let cells: usize = shape.iter().product();
        if let Value::Constant(constant) = updates {
            let values: Vec<f64> = constant.data.iter().copied().collect();
            let mut dense = vec![0.0; cells];
            picked.iter().for_each(|(update, place)| dense[*place] += values[*update]);
            return Ok(Value::Constant(Constant { data: array(node, shape, dense)?, integer: constant.integer }));
        }
        let count = self.shape_of(updates).iter().product::<usize>();
        if count.saturating_mul(cells) > MAX_SELECTION {
            return Err(node.fail(format!(
                "it puts {count} cells among {cells}; {MAX_SELECTION} is the most that their product may be"
            )));
        }
        let mut matrix = Array2::zeros((count, cells));
        picked.iter().for_each(|(update, place)| matrix[[*update, *place]] = 1.0);
        let flat = self.reshaped(node, updates.clone(), &[count])?;
        let placed = self.dense(node, flat, 0, &matrix, None)?;
        self.reshaped(node, placed, shape)
    }

    fn lower_compress(&mut self, node: &Node) -> Result<(), CompileError> {
        let mut value = self.value(node, 0)?;
        let condition = self.input_constant(node, 1)?.data;
        let axis = match node.integer_given("axis") {
            Some(axis) => normalize_axes(node, &[axis], self.shape_of(&value).len())?[0],
            None => {
                let cells = self.shape_of(&value).iter().product();
                value = self.reshaped(node, value, &[cells])?;
                0
            }
        };
        let size = self.shape_of(&value)[axis];
        let kept: Vec<usize> =
            condition.iter().enumerate().filter(|(_, kept)| **kept != 0.0).map(|(index, _)| index).collect();
        if condition.len() > size || kept.is_empty() {
            return Err(node.fail("its condition keeps nothing, or is longer than the axis"));
        }
        let value = self.picked(node, value, axis, &kept)?;
        self.set(node, value)
    }

    fn lower_reverse_sequence(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let lengths = self.input_constant(node, 1)?.as_integers();
        let axes = normalize_axes(node, &[node.integer("batch_axis", 1), node.integer("time_axis", 0)], shape.len())?;
        let &[batch, time] = axes.as_slice() else { return Err(node.fail("its axes are one and the same")) };
        let fits =
            lengths.len() == shape[batch] && lengths.iter().all(|&length| (1..=shape[time] as i64).contains(&length));
        if !fits {
            return Err(node.fail("its lengths are not one for each sequence"));
        }
        let mut rows = ArrayD::zeros(IxDyn(&shape));
        for (cell, row) in rows.indexed_iter_mut() {
            let (at, length) = (cell[time], lengths[cell[batch]] as usize);
            *row = if at < length { length - 1 - at } else { at };
        }
        let value = self.chosen(node, value, time, &rows)?;
        self.set(node, value)
    }
}

/// Indices have as many axes as the input, none of them longer but the one that they are indices of.
fn check_fits(node: &Node, indices: &[usize], shape: &[usize], axis: usize) -> Result<(), CompileError> {
    let fits = indices.len() == shape.len()
        && !indices.contains(&0)
        && (0..shape.len()).all(|other| other == axis || indices[other] <= shape[other]);
    if fits { Ok(()) } else { Err(node.fail("its indices do not fit its input")) }
}

/// An index from the start, or a negative one from the end.
fn wrap(node: &Node, index: f64, size: usize) -> Result<usize, CompileError> {
    let from_start = if index < 0.0 { index + size as f64 } else { index };
    if !(0.0..size as f64).contains(&from_start) {
        return Err(node.fail(format!("its index {index} is out of range: the axis has {size}")));
    }
    Ok(from_start as usize)
}

/// The rows of an array of indices, each into axes of these sizes, as flat indices.
fn tuples(node: &Node, indices: &ArrayD<f64>, sizes: &[usize]) -> Result<Vec<usize>, CompileError> {
    let rows = indices.lanes(Axis(indices.ndim() - 1));
    let flat = |row: ndarray::ArrayView1<'_, f64>| {
        row.iter().zip(sizes).try_fold(0, |flat, (&index, &size)| Ok(flat * size + wrap(node, index, size)?))
    };
    rows.into_iter().map(flat).collect()
}

fn flat_index(cell: &[usize], shape: &[usize]) -> usize {
    cell.iter().zip(shape).fold(0, |flat, (&index, &size)| flat * size + index)
}

fn array<T>(node: &Node, shape: &[usize], values: Vec<T>) -> Result<ArrayD<T>, CompileError> {
    ArrayD::from_shape_vec(IxDyn(shape), values).map_err(|error| node.fail(error.to_string()))
}
