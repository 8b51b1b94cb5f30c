//! Images sampled at the points of a grid, and grids from affine maps.
//!
//! At a point with the coordinates `x` and `y`, in cells, the cell of column `i` and row `j` has the weight `h(x - i) h(y - j)`, with the
//! hat `h(t) = max(0, 1 - |t|)`. Of a constant grid the weights are constants; of a computed one they are a product of tables.

use hallmark_circuits::semantics::assignments;
use ndarray::{Array2, ArrayView1, Axis};

use super::entry::Entry;
use super::resize::cubic;
use super::transform::selection;
use super::{Lowering, Value};
use crate::constant::checked_count;
use crate::error::CompileError;
use crate::function::{Binary, Function, Unary};
use crate::node::Node;
use crate::operator::Kind;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    Entry::new("GridSample", &[16, 20, 22], Kind::Shapes, "values at the points of a grid", |lowering, node| {
        lowering.lower_grid_sample(node)
    })
    .limited("a computed grid only with the mode linear and without reflection"),
    Entry::new("AffineGrid", &[20], Kind::Shapes, "the grid of an affine map", |lowering, node| {
        lowering.lower_affine_grid(node)
    })
    .limited("a constant size"),
];

/// How values between and beyond cells are found.
struct Sampling {
    mode: Mode,
    padding: Padding,
    align_corners: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Nearest,
    Linear,
    Cubic,
}

#[derive(Clone, Copy, PartialEq)]
enum Padding {
    Zeros,
    Border,
    Reflection,
}

impl Lowering<'_> {
    fn lower_grid_sample(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let sampling = Sampling::new(node)?;
        let grid = match self.value(node, 1)? {
            Value::Constant(constant) => constant.data,
            computed => {
                let value = self.sampled(node, value, computed, &sampling)?;
                return self.set(node, value);
            }
        };
        let shape = self.shape_of(&value);
        let fits = shape.len() >= 3 && grid.ndim() == shape.len() && grid.shape()[0] == shape[0];
        if !fits || grid.shape().last() != Some(&(shape.len() - 2)) {
            return Err(node.fail("its grid does not fit its input"));
        }
        let outer = &grid.shape()[1..grid.ndim() - 1];
        let (cells, points) = (shape[2..].iter().product(), outer.iter().product());
        let flat = self.reshaped(node, value, &[shape[0], shape[1], cells])?;
        let mut samples = vec![];
        for (sample, grid) in grid.axis_iter(Axis(0)).enumerate() {
            let mut matrix = selection(node, cells, points)?;
            for (column, point) in grid.lanes(Axis(grid.ndim() - 1)).into_iter().enumerate() {
                sampling.fill(&mut matrix, column, &shape[2..], point);
            }
            let image = self.picked(node, flat.clone(), 0, &[sample])?;
            samples.push(self.dense(node, image, 2, &matrix, None)?);
        }
        let value = self.joined(node, samples, 0)?;
        let value = self.reshaped(node, value, &[&shape[..2], outer].concat())?;
        self.set(node, value)
    }

    /// A value at the points of a computed grid.
    fn sampled(&mut self, node: &Node, value: Value, grid: Value, sampling: &Sampling) -> Result<Value, CompileError> {
        let (shape, points) = (self.shape_of(&value), self.shape_of(&grid));
        let axes = shape.len().saturating_sub(2);
        if axes == 0 || points.len() != shape.len() || points[0] != shape[0] || points[axes + 1] != axes {
            return Err(node.fail("its grid does not fit its input"));
        }
        if sampling.mode != Mode::Linear || sampling.padding == Padding::Reflection {
            return Err(node
                .fail("its grid is computed: only the mode linear with padding by zeros or the border is supported"));
        }
        let outer = &points[1..axes + 1];
        let (cells, count): (usize, usize) = (shape[2..].iter().product(), outer.iter().product());
        checked_count(&node.name, &[shape[0], count, cells])?;
        let grid = self.reshaped(node, grid, &[shape[0], count, axes])?;
        let mut weights: Option<Value> = None;
        for (axis, &size) in shape[2..].iter().enumerate() {
            // Coordinates come in the order x, y, z: the last axis first.
            let coordinates = self.picked(node, grid.clone(), 2, &[axes - 1 - axis])?;
            let hats = self.hats(node, coordinates, size, sampling)?;
            let mut wide = vec![1; axes];
            wide[axis] = size;
            let hats = self.reshaped(node, hats, &[&[shape[0], count], wide.as_slice()].concat())?;
            weights = Some(match weights {
                Some(others) => self.multiplied(node, others, hats)?,
                None => hats,
            });
        }
        let weights = weights.ok_or_else(|| node.fail("its grid does not fit its input"))?;
        let weights = self.reshaped(node, weights, &[shape[0], count, cells])?;
        let weights = self.permuted(weights, &[0, 2, 1])?;
        let value = self.reshaped(node, value, &[shape[0], shape[1], cells])?;
        let value = self.matrix_product(node, value, weights)?;
        self.reshaped(node, value, &[&shape[..2], outer].concat())
    }

    /// The hats of all cells of an axis, at coordinates from -1 to 1 that have a last axis of size 1.
    fn hats(
        &mut self,
        node: &Node,
        coordinates: Value,
        size: usize,
        sampling: &Sampling,
    ) -> Result<Value, CompileError> {
        let (slope, start) = sampling.in_cells(size);
        let cells = self.combine_scalar(node, Binary::Multiply, coordinates, slope, false)?;
        let mut cells = self.combine_scalar(node, Binary::Add, cells, start, false)?;
        if sampling.padding == Padding::Border {
            cells = self.map(node, cells, |x| x.then(Unary::Clip(0.0, size as f64 - 1.0)))?;
        }
        let distance = self.differences(node, cells, size)?;
        let one = Function::Constant(1.0);
        let hats =
            self.map(node, distance, |x| one.combine(Binary::Subtract, &x.then(Unary::Abs)).then(Unary::RELU))?;
        self.fine_tensor(node, hats)
    }

    /// For each point of the output the map of its coordinates, which run from -1 to 1.
    fn lower_affine_grid(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let size = self.sizes(node, 1)?;
        let axes = size.len().saturating_sub(2);
        if axes == 0 || self.shape_of(&value) != [size[0], axes, axes + 1] {
            return Err(node.fail("its map does not fit its size"));
        }
        let points = checked_count(&node.name, &size[2..])?;
        let mut matrix = selection(node, axes + 1, points)?;
        let align = node.flag("align_corners");
        for (column, place) in assignments(&size[2..]).enumerate() {
            for (axis, (&at, &size)) in place.iter().zip(&size[2..]).enumerate() {
                let (at, size) = (at as f64, size as f64);
                let steps = if align && size > 1.0 { size - 1.0 } else { size };
                // Coordinates come in the order x, y, z: the last axis first.
                let start = if align && size > 1.0 { 0.0 } else { 0.5 };
                matrix[[axes - 1 - axis, column]] = 2.0 * (at + start) / steps - 1.0;
            }
            matrix[[axes, column]] = 1.0;
        }
        let value = self.dense(node, value, 2, &matrix, None)?;
        let value = self.permuted(value, &[0, 2, 1])?;
        let value = self.reshaped(node, value, &[&size[..1], &size[2..], &[axes]].concat())?;
        self.set(node, value)
    }
}

impl Sampling {
    fn new(node: &Node) -> Result<Self, CompileError> {
        let mode = match node.text("mode", "linear").as_str() {
            "nearest" => Mode::Nearest,
            "linear" | "bilinear" => Mode::Linear,
            "cubic" | "bicubic" => Mode::Cubic,
            other => return Err(node.fail(format!("its mode `{other}` is not known"))),
        };
        let padding = match node.text("padding_mode", "zeros").as_str() {
            "zeros" => Padding::Zeros,
            "border" => Padding::Border,
            "reflection" => Padding::Reflection,
            other => return Err(node.fail(format!("its padding_mode `{other}` is not known"))),
        };
        Ok(Self { mode, padding, align_corners: node.flag("align_corners") })
    }

    /// The slope and the start of the map from coordinates from -1 to 1 to numbers of cells.
    fn in_cells(&self, size: usize) -> (f64, f64) {
        let count = size as f64;
        if self.align_corners { ((count - 1.0) / 2.0, (count - 1.0) / 2.0) } else { (count / 2.0, (count - 1.0) / 2.0) }
    }

    /// Writes the weights of a point's neighbours. The point's coordinates come in the order x, y, z: the last axis first.
    fn fill(&self, matrix: &mut Array2<f64>, column: usize, shape: &[usize], point: ArrayView1<'_, f64>) {
        let taps: Vec<Vec<(usize, f64)>> =
            shape.iter().zip(point.iter().rev()).map(|(&size, &x)| self.taps(x, size)).collect();
        let counts: Vec<usize> = taps.iter().map(Vec::len).collect();
        for choice in assignments(&counts) {
            let chosen = || choice.iter().zip(&taps).map(|(&index, taps)| taps[index]);
            let cell = chosen().zip(shape).fold(0, |cell, ((index, _), &size)| cell * size + index);
            matrix[[cell, column]] += chosen().map(|(_, weight)| weight).product::<f64>();
        }
    }

    /// The cells of an axis that a coordinate from -1 to 1 is made from, and their weights.
    fn taps(&self, x: f64, size: usize) -> Vec<(usize, f64)> {
        let count = size as f64;
        let (first, last) = if self.align_corners { (0.0, count - 1.0) } else { (-0.5, count - 0.5) };
        let (slope, start) = self.in_cells(size);
        let mut x = slope * x + start;
        if self.mode == Mode::Nearest {
            x = libm::rint(x);
        }
        if x < first || x > last {
            x = match self.padding {
                Padding::Zeros => x,
                Padding::Border => x.clamp(0.0, count - 1.0),
                Padding::Reflection => reflect(x, first, last),
            };
        }
        let floor = x.floor();
        let taps: Vec<(f64, f64)> = match self.mode {
            Mode::Nearest => vec![(x, 1.0)],
            Mode::Linear => vec![(floor, 1.0 - (x - floor)), (floor + 1.0, x - floor)],
            Mode::Cubic => (-1..3).map(f64::from).map(|tap| (floor + tap, cubic(-0.75, x - floor - tap))).collect(),
        };
        let place = |at: f64| match self.padding {
            Padding::Border => Some(at.clamp(0.0, count - 1.0)),
            Padding::Reflection => Some(reflect(at, first, last).clamp(0.0, count - 1.0)),
            Padding::Zeros => (0.0..count).contains(&at).then_some(at),
        };
        taps.into_iter().filter_map(|(at, weight)| Some((place(at)? as usize, weight))).collect()
    }
}

/// A coordinate mirrored at both borders as often as it takes.
fn reflect(x: f64, first: f64, last: f64) -> f64 {
    let range = last - first;
    if range <= 0.0 {
        return first;
    }
    let turns = (x - first).rem_euclid(2.0 * range);
    first + if turns > range { 2.0 * range - turns } else { turns }
}
