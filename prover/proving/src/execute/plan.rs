//! The order in which a term's summed variables are run through.
//!
//! They become a short list of *taps*, the offsets of the outer variables, and one *run*, the inner loop at constant strides.

use hallmark_circuits::model::MAX_FACTORS;

/// The fewest steps of a run: a shorter loop costs more than the taps that replace it.
const MIN_RUN: usize = 16;
/// The most taps: more are not worth the memory, and no real layer has them.
const MAX_TAPS: usize = 1 << 20;

/// Something of each operand of a term; of one that it lacks, nothing moves.
pub(super) type PerOperand = [i64; MAX_FACTORS];

/// A loop, and how far a step of it moves the position of each operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Loop {
    pub(super) size: usize,
    pub(super) strides: PerOperand,
}

impl Loop {
    /// Whether each operand is read cell after cell, or stays where it is because the term lacks it.
    pub(super) fn is_contiguous(&self, operands: usize) -> bool {
        self.strides[..operands].iter().all(|stride| *stride == 1)
    }

    /// Whether it leaves one of more than two operands where it is. Where that one is zero, as most of a one-hot vector, the whole
    /// loop is.
    pub(super) fn spares(&self, operands: usize) -> bool {
        operands > 2 && self.strides[..operands].contains(&0)
    }
}

/// How the products of a cell are visited: for each tap, a run.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Offsets into each operand.
    pub(super) taps: Vec<PerOperand>,
    pub(super) run: Loop,
}

impl Plan {
    /// A plan for loops given outermost first over so many operands, or nothing where it would have too many taps.
    pub(super) fn new(operands: usize, loops: impl IntoIterator<Item = Loop>) -> Option<Self> {
        let mut outer = merge(loops);
        let run = take_run(operands, &mut outer);
        let taps = outer.iter().try_fold(1usize, |product, outer| product.checked_mul(outer.size))?;
        (taps <= MAX_TAPS).then(|| Self { taps: enumerate(&outer), run })
    }
}

/// Joins neighbours that move all operands as one longer loop does.
fn merge(loops: impl IntoIterator<Item = Loop>) -> Vec<Loop> {
    let mut merged: Vec<Loop> = Vec::new();
    for inner in loops.into_iter().filter(|inner| inner.size > 1) {
        let size = inner.size as i64;
        match merged.last_mut() {
            Some(outer) if outer.strides == inner.strides.map(|stride| stride * size) => {
                *outer = Loop { size: outer.size * inner.size, ..inner };
            }
            _ => merged.push(inner),
        }
    }
    merged
}

/// Takes out the loop that is best run innermost: one that is contiguous in all operands, or that may be spared, or else the longest.
fn take_run(operands: usize, loops: &mut Vec<Loop>) -> Loop {
    let rank = |inner: &Loop| (inner.is_contiguous(operands) || inner.spares(operands), inner.size);
    let long = loops.iter().enumerate().filter(|(_, inner)| inner.size >= MIN_RUN);
    match long.max_by_key(|(_, inner)| rank(inner)).map(|(index, _)| index) {
        // Any other strided run gains nothing over taps as long as those fit a cache.
        Some(index) if loops.len() == 1 || rank(&loops[index]).0 => loops.remove(index),
        Some(index) if loops.iter().map(|inner| inner.size).product::<usize>() > MAX_TAPS => loops.remove(index),
        _ => Loop { size: 1, strides: PerOperand::default() },
    }
}

/// The offsets of all assignments of the loops, the last one fastest.
fn enumerate(loops: &[Loop]) -> Vec<PerOperand> {
    loops.iter().fold(vec![PerOperand::default()], |taps, inner| {
        let steps = || 0..inner.size as i64;
        taps.into_iter().flat_map(|tap| steps().map(move |step| along(tap, step, inner.strides))).collect()
    })
}

/// The positions after so many steps.
pub(super) fn along(from: PerOperand, steps: i64, strides: PerOperand) -> PerOperand {
    std::array::from_fn(|operand| from[operand] + steps * strides[operand])
}

#[cfg(test)]
mod tests {
    use super::{Loop, Plan};

    fn inner(size: usize, left: i64, right: i64) -> Loop {
        Loop { size, strides: [left, right, 0] }
    }

    #[test]
    fn a_dense_layer_is_one_run() {
        let plan = Plan::new(2, [inner(4, 60, 60), inner(12, 5, 5), inner(5, 1, 1)]).unwrap();
        assert_eq!(plan, Plan { taps: vec![[0; 3]], run: inner(240, 1, 1) });
    }

    #[test]
    fn a_convolution_is_taps() {
        let plan = Plan::new(2, [inner(2, 4, 100), inner(2, 2, 10), inner(2, 1, 1)]).unwrap();
        assert_eq!(plan.run.size, 1);
        assert_eq!(
            plan.taps,
            [[0, 0], [1, 1], [2, 10], [3, 11], [4, 100], [5, 101], [6, 110], [7, 111]]
                .map(|[left, right]| [left, right, 0])
        );
    }

    #[test]
    fn the_run_of_a_look_up_stands_still_in_one_vector() {
        let digits = [Loop { size: 120, strides: [30720, 1, 0] }, Loop { size: 256, strides: [120, 0, 1] }];
        let plan = Plan::new(3, digits).unwrap();
        assert_eq!((plan.run, plan.taps.len()), (digits[1], 120));
    }

    #[test]
    fn a_plan_of_too_many_taps_is_refused() {
        assert_eq!(Plan::new(2, [inner(1 << 12, 1, 0), inner(1 << 12, 0, 1), inner(1 << 16, 1, 7)]), None);
    }
}
