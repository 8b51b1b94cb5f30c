//! Resize and Upsample: a matrix along each axis, of which a nearest neighbour is a row of one 1.

use ndarray::Array2;

use super::entry::Entry;
use super::shape::normalize_axes;
use super::{Lowering, Value};
use crate::constant::checked_count;
use crate::error::CompileError;
use crate::limits::MAX_SELECTION;
use crate::node::Node;
use crate::operator::Kind;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    Entry::new("Resize", &[10, 11, 13, 18, 19], Kind::Shapes, "another resolution", |lowering, node| {
        lowering.lower_resize(node)
    })
    .limited("constant sizes"),
    Entry::new("Upsample", &[7, 9], Kind::Shapes, "a higher resolution", |lowering, node| {
        lowering.lower_upsample(node)
    })
    .limited("constant scales of 1 or more"),
];

/// How an axis is resampled.
struct Resampling {
    mode: Mode,
    coordinates: String,
    nearest: String,
    /// Whether samples outside the axis count nothing, rather than as its last ones.
    exclude_outside: bool,
    antialias: bool,
    /// Where the crop of each axis starts and ends, as parts of the axis.
    crop: Vec<(f64, f64)>,
    /// What is beyond the input, in a crop.
    beyond: f64,
}

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Nearest,
    Linear,
    /// With this coefficient.
    Cubic(f64),
}

/// One axis of the input and of the output.
#[derive(Clone, Copy)]
struct Axis {
    input: usize,
    output: usize,
    scale: f64,
    /// Where its crop starts and ends.
    crop: Option<(f64, f64)>,
}

impl Lowering<'_> {
    fn lower_upsample(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let scales = match node.reals("scales") {
            Some(scales) => scales,
            None => self.input_constant(node, 1)?.data.iter().copied().collect(),
        };
        if scales.iter().any(|&scale| scale < 1.0) {
            return Err(node.fail("its scales must be 1 or more"));
        }
        let resampling = Resampling {
            mode: mode(node)?,
            coordinates: String::from("asymmetric"),
            nearest: String::from("floor"),
            exclude_outside: false,
            antialias: false,
            crop: vec![],
            beyond: 0.0,
        };
        let axes: Vec<usize> = (0..self.shape_of(&value).len()).collect();
        self.resample(node, value, &axes, &scales, None, &resampling)
    }

    fn lower_resize(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let rank = self.shape_of(&value).len();
        let axes = match node.integers("axes") {
            Some(axes) => normalize_axes(node, &axes, rank)?,
            None => (0..rank).collect(),
        };
        // The region of interest came with version 11, before the scales.
        let first = if node.version == 10 { 1 } else { 2 };
        let list = |index: usize| -> Result<Option<Vec<f64>>, CompileError> {
            let values =
                self.constant(node, index)?.map(|constant| constant.data.iter().copied().collect::<Vec<f64>>());
            Ok(values.filter(|values| !values.is_empty()))
        };
        let (scales, sizes) = (list(first)?, list(first + 1)?);
        let shape = self.shape_of(&value);
        let resampling = Resampling {
            mode: mode(node)?,
            coordinates: node
                .text("coordinate_transformation_mode", if first == 1 { "asymmetric" } else { "half_pixel" }),
            nearest: node.text("nearest_mode", if first == 1 { "floor" } else { "round_prefer_floor" }),
            exclude_outside: node.flag("exclude_outside"),
            antialias: node.flag("antialias"),
            crop: self.crop(node, axes.len())?,
            beyond: node.real("extrapolation_value", 0.0),
        };
        if first == 1 && scales.iter().flatten().any(|&scale| scale < 1.0) && resampling.mode == Mode::Nearest {
            return Err(
                node.fail("operator set 10 does not say which neighbour is nearest when it shrinks; export for 11")
            );
        }
        match (scales, sizes) {
            (_, Some(sizes)) => {
                let scale = |(&axis, size): (&usize, &f64)| size / shape[axis] as f64;
                let scales: Vec<f64> = axes.iter().zip(&sizes).map(scale).collect();
                match one_scale(node, &scales)? {
                    None => self.resample(node, value, &axes, &scales, Some(&sizes), &resampling),
                    Some(scale) => {
                        let size = |&axis: &usize| (scale * shape[axis] as f64).round();
                        let sizes: Vec<f64> = axes.iter().map(size).collect();
                        self.resample(node, value, &axes, &vec![scale; axes.len()], Some(&sizes), &resampling)
                    }
                }
            }
            (Some(scales), None) => self.resample(node, value, &axes, &scales, None, &resampling),
            (None, None) => Err(node.fail("its scales and sizes are missing")),
        }
    }

    /// The crop of each axis, if the node crops.
    fn crop(&self, node: &Node, axes: usize) -> Result<Vec<(f64, f64)>, CompileError> {
        if node.text("coordinate_transformation_mode", "") != "tf_crop_and_resize" {
            return Ok(vec![]);
        }
        // The starts of all axes come before their ends.
        let region: Vec<f64> = self.input_constant(node, 1)?.data.iter().copied().collect();
        if region.len() != 2 * axes || region.iter().any(|bound| !bound.is_finite()) {
            return Err(node.fail("its region is not a start and an end for each axis"));
        }
        Ok(region[..axes].iter().copied().zip(region[axes..].iter().copied()).collect())
    }

    fn resample(
        &mut self,
        node: &Node,
        mut value: Value,
        axes: &[usize],
        scales: &[f64],
        sizes: Option<&[f64]>,
        resampling: &Resampling,
    ) -> Result<(), CompileError> {
        if scales.len() != axes.len() || scales.iter().any(|&scale| !(scale > 0.0 && scale < 1e6)) {
            return Err(node.fail("its scales or sizes are not one positive number an axis"));
        }
        for (index, &axis) in axes.iter().enumerate() {
            let mut shape = self.shape_of(&value);
            let (input, scale) = (shape[axis], scales[index]);
            let output = sizes.map_or_else(|| (input as f64 * scale).floor(), |sizes| sizes[index]) as usize;
            shape[axis] = output;
            if checked_count(&node.name, &shape)? == 0 {
                return Err(node.fail("it resizes an axis to nothing"));
            }
            let crop = resampling.crop.get(index).copied();
            value = self.resample_axis(node, value, axis, Axis { input, output, scale, crop }, resampling)?;
        }
        self.set(node, value)
    }

    fn resample_axis(
        &mut self,
        node: &Node,
        value: Value,
        index: usize,
        axis: Axis,
        resampling: &Resampling,
    ) -> Result<Value, CompileError> {
        if axis.input.saturating_mul(axis.output) > MAX_SELECTION {
            return Err(node.fail(format!(
                "it resizes an axis of {} to {}; {MAX_SELECTION} is the most that their product may be",
                axis.input, axis.output
            )));
        }
        let coordinates: Option<Vec<f64>> =
            (0..axis.output).map(|output| axis.coordinate(output, &resampling.coordinates)).collect();
        let coordinates = coordinates
            .ok_or_else(|| node.fail(format!("its coordinates `{}` are not supported", resampling.coordinates)))?;
        // A crop may reach beyond the input.
        let inside = |x: f64| axis.crop.is_none() || (0.0..=(axis.input - 1) as f64).contains(&x);
        if resampling.mode == Mode::Nearest && coordinates.iter().all(|&x| inside(x)) {
            let indices: Option<Vec<usize>> = coordinates.iter().map(|&x| resampling.neighbour(x, axis)).collect();
            return self.picked(node, value, index, &indices.ok_or_else(|| resampling.unknown(node))?);
        }
        let mut matrix = Array2::zeros((axis.input, axis.output));
        let mut added = vec![0.0; axis.output];
        for (output, &x) in coordinates.iter().enumerate() {
            if !inside(x) {
                added[output] = resampling.beyond;
            } else if resampling.mode == Mode::Nearest {
                let tap = resampling.neighbour(x, axis).ok_or_else(|| resampling.unknown(node))?;
                matrix[[tap, output]] = 1.0;
            } else {
                for (tap, weight) in resampling.taps(x, axis) {
                    matrix[[tap, output]] += weight;
                }
            }
        }
        let added = Some(added).filter(|added| added.iter().any(|&number| number != 0.0));
        let identity = axis.input == axis.output && (0..axis.input).all(|at| matrix[[at, at]] == 1.0);
        if identity { Ok(value) } else { self.dense(node, value, index, &matrix, added) }
    }
}

/// The scale of all axes where the node keeps the aspect ratio: the least that the sizes ask for, or the greatest.
fn one_scale(node: &Node, scales: &[f64]) -> Result<Option<f64>, CompileError> {
    match node.text("keep_aspect_ratio_policy", "stretch").as_str() {
        "stretch" => Ok(None),
        "not_larger" => Ok(Some(scales.iter().copied().fold(f64::INFINITY, f64::min))),
        "not_smaller" => Ok(Some(scales.iter().copied().fold(0.0, f64::max))),
        other => Err(node.fail(format!("its keep_aspect_ratio_policy `{other}` is not known"))),
    }
}

fn mode(node: &Node) -> Result<Mode, CompileError> {
    match node.text("mode", "nearest").as_str() {
        "nearest" => Ok(Mode::Nearest),
        "linear" | "bilinear" | "trilinear" => Ok(Mode::Linear),
        "cubic" => Ok(Mode::Cubic(node.real("cubic_coeff_a", -0.75))),
        mode => Err(node.fail(format!("its mode `{mode}` is not supported; nearest, linear and cubic are"))),
    }
}

impl Axis {
    /// Where in the input an index of the output lies.
    fn coordinate(self, output: usize, rule: &str) -> Option<f64> {
        let (input, count, scale) = (self.input as f64, self.output as f64, self.scale);
        let x = output as f64;
        Some(match rule {
            "half_pixel" => (x + 0.5) / scale - 0.5,
            "pytorch_half_pixel" if self.output > 1 => (x + 0.5) / scale - 0.5,
            "pytorch_half_pixel" => 0.0,
            "half_pixel_symmetric" => {
                let adjustment = count / (scale * input);
                input / 2.0 * (1.0 - adjustment) + (x + 0.5) / scale - 0.5
            }
            "asymmetric" => x / scale,
            // The last cell of the output is at most the corner: a scale may not give a whole number of cells.
            "align_corners" if self.output == 1 || scale * input == 1.0 => 0.0,
            "align_corners" => x * (input - 1.0) / (scale * input - 1.0),
            "tf_half_pixel_for_nn" => (x + 0.5) / scale,
            "tf_crop_and_resize" => {
                let (start, end) = self.crop?;
                let width = (end - start) * (input - 1.0);
                let from_start = if scale * input == 1.0 { width / 2.0 } else { x * width / (scale * input - 1.0) };
                start * (input - 1.0) + from_start
            }
            _ => return None,
        })
    }
}

impl Resampling {
    /// The index that is nearest to a coordinate.
    fn neighbour(&self, x: f64, axis: Axis) -> Option<usize> {
        let nearest = match self.nearest.as_str() {
            "floor" => x.floor(),
            "ceil" => x.ceil(),
            "round_prefer_floor" => (x - 0.5).ceil(),
            "round_prefer_ceil" => (x + 0.5).floor(),
            _ => return None,
        };
        Some(nearest.clamp(0.0, (axis.input - 1) as f64) as usize)
    }

    fn unknown(&self, node: &Node) -> CompileError {
        node.fail(format!("its nearest_mode `{}` is not known", self.nearest))
    }

    /// The indices that a coordinate is made from, and their weights.
    fn taps(&self, x: f64, axis: Axis) -> Vec<(usize, f64)> {
        // Against aliasing the kernel is as wide as the output's cells are in the input.
        let shrink = if self.antialias { axis.scale.min(1.0) } else { 1.0 };
        let reach = if matches!(self.mode, Mode::Cubic(_)) { 2.0 } else { 1.0 };
        let (first, last) = ((x - reach / shrink).floor() as i64 + 1, (x + reach / shrink).ceil() as i64);
        let kernel = |index: i64| match self.mode {
            Mode::Cubic(a) => cubic(a, (x - index as f64) * shrink),
            _ => (1.0 - ((x - index as f64) * shrink).abs()).max(0.0),
        };
        let inside = |index: &i64| (0..axis.input as i64).contains(index);
        let counts = |index: &i64| !self.exclude_outside || inside(index);
        let total: f64 = (first..last).filter(counts).map(kernel).sum();
        let place = |index: i64| index.clamp(0, axis.input as i64 - 1) as usize;
        (first..last).filter(counts).map(|index| (place(index), kernel(index) / total)).collect()
    }
}

/// The cubic convolution kernel of Keys, which is zero from a distance of 2 on.
pub(super) fn cubic(a: f64, distance: f64) -> f64 {
    let x = distance.abs();
    match x {
        ..=1.0 => ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0,
        ..2.0 => (((x - 5.0) * x + 8.0) * x - 4.0) * a,
        _ => 0.0,
    }
}
