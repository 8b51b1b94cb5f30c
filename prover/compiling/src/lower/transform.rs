//! Linear transforms with fixed matrices: Fourier's, and images from their patches.

use std::f64::consts::TAU;

use ndarray::Array2;

use super::Lowering;
use super::entry::Entry;
use super::shape::normalize_axes;
use crate::constant::checked_count;
use crate::error::CompileError;
use crate::limits::MAX_SELECTION;
use crate::node::Node;
use crate::operator::Kind;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    Entry::new("DFT", &[17, 20], Kind::Dense, "discrete Fourier transform", |lowering, node| {
        lowering.lower_fourier(node)
    })
    .limited("no one-sided inverse"),
    Entry::new("Col2Im", &[18], Kind::Dense, "images from overlapping patches", |lowering, node| {
        lowering.lower_patches(node)
    }),
];

impl Lowering<'_> {
    fn lower_fourier(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let rank = shape.len();
        let axis = match node.version {
            17 => node.integer("axis", 1),
            _ => self.constant(node, 2)?.and_then(|axis| axis.scalar()).map_or(-2, |axis| axis as i64),
        };
        let axis = normalize_axes(node, &[axis], rank)?[0];
        let parts = shape.last().copied().unwrap_or(0);
        if rank < 2 || axis == rank - 1 || !(1..=2).contains(&parts) {
            return Err(node.fail("its input has no axis of real or complex numbers"));
        }
        let length = self.constant(node, 1)?.and_then(|length| length.scalar()).unwrap_or(shape[axis] as f64);
        if !(1.0..1e6).contains(&length) {
            return Err(node.fail("its length is out of range"));
        }
        let (inverse, one_sided) = (node.flag("inverse"), node.flag("onesided"));
        if inverse && one_sided {
            return Err(node.fail("a one-sided inverse is not supported; give it both sides"));
        }
        let fourier = Fourier { length: length as usize, inverse, one_sided };
        let matrix = fourier.matrix(node, shape[axis], parts)?;
        let order: Vec<usize> = (0..rank - 1).filter(|&other| other != axis).chain([axis, rank - 1]).collect();
        let outer: Vec<usize> = order[..rank - 2].iter().map(|&axis| shape[axis]).collect();
        let value = self.permuted(value, &order)?;
        let value = self.reshaped(node, value, &[&outer[..], &[shape[axis] * parts]].concat())?;
        let value = self.dense(node, value, rank - 2, &matrix, None)?;
        let value = self.reshaped(node, value, &[&outer[..], &[fourier.outputs(), 2]].concat())?;
        let mut back = vec![0; rank];
        order.iter().enumerate().for_each(|(place, &axis)| back[axis] = place);
        let value = self.permuted(value, &back)?;
        self.set(node, value)
    }

    fn lower_patches(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let (image, block) = (self.sizes(node, 1)?, self.sizes(node, 2)?);
        let &[batch, depth, patches] = self.shape_of(&value).as_slice() else {
            return Err(node.fail("its input must have 3 axes"));
        };
        if image.len() != block.len() {
            return Err(node.fail("its image and block have different numbers of axes"));
        }
        let windows = self.windows(node, &image, &block)?;
        let counts: Vec<usize> = windows.iter().map(|window| window.output).collect();
        let taps: usize = block.iter().product();
        if counts.iter().product::<usize>() != patches || depth % taps != 0 {
            return Err(node.fail("its input does not hold the image's patches"));
        }
        let cells = checked_count(&node.name, &image)?;
        let mut matrix = selection(node, taps * patches, cells)?;
        let places = [&block[..], &counts].concat();
        for (row, place) in hallmark_circuits::semantics::assignments(&places).enumerate() {
            let (tap, patch) = place.split_at(block.len());
            let index = |axis: usize| windows[axis].index(patch[axis], tap[axis]);
            let inside = (0..image.len()).all(|axis| (0..image[axis] as i64).contains(&index(axis)));
            if inside {
                let cell = (0..image.len()).fold(0, |cell, axis| cell * image[axis] + index(axis) as usize);
                matrix[[row, cell]] = 1.0;
            }
        }
        let value = self.reshaped(node, value, &[batch, depth / taps, taps * patches])?;
        let value = self.dense(node, value, 2, &matrix, None)?;
        let value = self.reshaped(node, value, &[&[batch, depth / taps], &image[..]].concat())?;
        self.set(node, value)
    }
}

/// A matrix of zeros, refused where it is too large.
pub(super) fn selection(node: &Node, rows: usize, columns: usize) -> Result<Array2<f64>, CompileError> {
    if rows.saturating_mul(columns) > MAX_SELECTION {
        return Err(node.fail(format!(
            "it maps {rows} cells to {columns}; {MAX_SELECTION} is the most that their product may be"
        )));
    }
    Ok(Array2::zeros((rows, columns)))
}

/// A transform of `length` samples; longer inputs are cut off, shorter ones continue with zeros.
struct Fourier {
    length: usize,
    inverse: bool,
    one_sided: bool,
}

impl Fourier {
    fn outputs(&self) -> usize {
        if self.one_sided { self.length / 2 + 1 } else { self.length }
    }

    /// `X[k] = sum of x[n] exp(-2 pi i k n / N)`, with the other sign and divided by `N` for the inverse. Rows are the samples' real
    /// and imaginary parts in turns, columns those of the frequencies.
    fn matrix(&self, node: &Node, samples: usize, parts: usize) -> Result<Array2<f64>, CompileError> {
        let mut matrix = selection(node, samples * parts, 2 * self.outputs())?;
        let (sign, share) = if self.inverse { (1.0, 1.0 / self.length as f64) } else { (-1.0, 1.0) };
        for sample in 0..samples.min(self.length) {
            for frequency in 0..self.outputs() {
                let turns = (sample * frequency % self.length) as f64 / self.length as f64;
                let (cos, sin) = (share * libm::cos(TAU * turns), share * sign * libm::sin(TAU * turns));
                matrix[[sample * parts, 2 * frequency]] = cos;
                matrix[[sample * parts, 2 * frequency + 1]] = sin;
                if parts == 2 {
                    matrix[[sample * parts + 1, 2 * frequency]] = -sin;
                    matrix[[sample * parts + 1, 2 * frequency + 1]] = cos;
                }
            }
        }
        Ok(matrix)
    }
}
