//! A factor of a term as a flat array and a position that is affine in the term's variables.
//!
//! An index map may run outside its tensor, where cells read as zero. The tensor is copied once into a larger one that holds
//! every index that can occur, with zeros around it; then the inner loops need not know about borders.

use std::borrow::Cow;

use hallmark_circuits::model::{Access, AxisMap};

/// The most cells of a bordered copy, for tensors too small to be worth a ratio.
const MAX_BORDERED: usize = 1 << 20;
/// The most that a copy may be larger than its tensor: more means strides that no real convolution has.
const MAX_GROWTH: usize = 8;

/// Where a factor is read: at `cells[base + sum of strides * variables]` of what [`bordered`] gives.
pub(super) struct Reading {
    pub(super) base: i64,
    /// For each variable of the term.
    pub(super) strides: Vec<i64>,
}

/// The indices that occur along one axis, or the axis's own where they reach further.
struct Extent {
    low: i64,
    size: usize,
}

impl Reading {
    /// How `access` reads a tensor with these axes, or nothing where that takes a copy much larger than the tensor.
    pub(super) fn new(axes: &[usize], access: &Access, variables: &[usize]) -> Option<Self> {
        let extents = extents(axes, access, variables);
        cells_of(&extents, axes.iter().product())?;
        let (base, strides) = flatten(access, &extents, variables);
        Some(Self { base, strides })
    }
}

/// The cells that `access` reads of a tensor: as they are, or copied with zeros around them. There are none where that takes a copy
/// much larger than the tensor.
pub(super) fn bordered<'a, T: Copy + Default>(
    tensor: &'a [T],
    axes: &[usize],
    access: &Access,
    variables: &[usize],
) -> Option<Cow<'a, [T]>> {
    let extents = extents(axes, access, variables);
    let cells = cells_of(&extents, tensor.len())?;
    Some(if cells == tensor.len() { tensor.into() } else { border(tensor, axes, &extents, cells).into() })
}

fn extents(axes: &[usize], access: &Access, variables: &[usize]) -> Vec<Extent> {
    access.axes.iter().zip(axes).map(|(map, &size)| Extent::new(map, size, variables)).collect()
}

/// The number of cells of a copy, if it is not too large for a tensor of so many values.
fn cells_of(extents: &[Extent], values: usize) -> Option<usize> {
    let cells = extents.iter().try_fold(1usize, |product, extent| product.checked_mul(extent.size))?;
    (cells <= MAX_BORDERED.max(values.saturating_mul(MAX_GROWTH))).then_some(cells)
}

impl Extent {
    fn new(map: &AxisMap, size: usize, variables: &[usize]) -> Self {
        let (mut low, mut high) = (map.offset, map.offset);
        for by in &map.strides {
            let reach = by.stride * (variables[by.variable] as i64 - 1);
            low += reach.min(0);
            high += reach.max(0);
        }
        let (low, high) = (low.min(0), high.max(size as i64 - 1));
        Self { low, size: (high - low + 1) as usize }
    }
}

/// The copy of a tensor inside the zeros around it.
fn border<T: Copy + Default>(tensor: &[T], axes: &[usize], extents: &[Extent], cells: usize) -> Vec<T> {
    let mut bordered = vec![T::default(); cells];
    let row = axes.last().copied().unwrap_or(1);
    for (index, source) in tensor.chunks_exact(row).enumerate() {
        let start = row_start(index, axes, extents);
        bordered[start..start + row].copy_from_slice(source);
    }
    bordered
}

/// Where the row with number `index` of the tensor starts in the copy.
fn row_start(mut index: usize, axes: &[usize], extents: &[Extent]) -> usize {
    let (mut start, mut stride) = (0, 1);
    for (axis, (&size, extent)) in axes.iter().zip(extents).enumerate().rev() {
        let mut coordinate = 0;
        if axis + 1 < axes.len() {
            coordinate = index % size;
            index /= size;
        }
        start += (coordinate + extent.low.unsigned_abs() as usize) * stride;
        stride *= extent.size;
    }
    start
}

/// The position in the copy where all variables are zero, and how far each variable moves it.
fn flatten(access: &Access, extents: &[Extent], variables: &[usize]) -> (i64, Vec<i64>) {
    let (mut base, mut strides, mut stride) = (0, vec![0; variables.len()], 1);
    for (map, extent) in access.axes.iter().zip(extents).rev() {
        base += stride * (map.offset - extent.low);
        // A variable of size one never moves, and its stride is under no bound.
        for by in map.strides.iter().filter(|by| variables[by.variable] > 1) {
            strides[by.variable] = stride * by.stride;
        }
        stride *= extent.size as i64;
    }
    (base, strides)
}
