//! The geometry of sliding windows.

use super::Lowering;
use crate::error::CompileError;
use crate::node::Node;

/// A window along one axis: output `o` covers the indices `stride * o + dilation * k - before`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// The size of the input's axis.
    pub(super) input: usize,
    /// The number of taps.
    pub(super) kernel: usize,
    /// The distance of neighbouring windows.
    pub(super) stride: usize,
    /// The distance of neighbouring taps.
    pub(super) dilation: usize,
    /// The padding before the axis.
    pub(super) before: usize,
    /// The padding after the axis.
    pub(super) after: usize,
    /// The number of windows.
    pub(super) output: usize,
}

impl Window {
    /// The index that a tap of a window reads.
    pub(super) fn index(&self, output: usize, tap: usize) -> i64 {
        (self.stride * output + self.dilation * tap) as i64 - self.before as i64
    }

    /// The one tap that reads anything where both axes have size 1, and whether it is that simple.
    pub(super) fn only_tap(&self) -> Option<usize> {
        (self.output == 1)
            .then(|| self.before / self.dilation)
            .filter(|tap| self.before.is_multiple_of(self.dilation) && *tap < self.kernel)
    }

    /// Whether every tap of every window is inside the axis.
    pub(super) fn is_inside(&self) -> bool {
        self.before == 0 && self.index(self.output - 1, self.kernel - 1) < self.input as i64
    }
}

impl Lowering<'_> {
    /// The windows of a node over the spatial axes of its input.
    pub(super) fn windows(&self, node: &Node, input: &[usize], kernel: &[usize]) -> Result<Vec<Window>, CompileError> {
        let rank = input.len();
        let list = |name: &str, length: usize, default: i64| -> Result<Vec<usize>, CompileError> {
            let values = node.integers(name).unwrap_or_else(|| vec![default; length]);
            let least = i64::from(name != "pads");
            let sized = values.len() == length && values.iter().all(|&value| (least..1 << 20).contains(&value));
            if !sized {
                return Err(node.fail(format!("its {name} are not {length} numbers in range")));
            }
            Ok(values.iter().map(|&value| value as usize).collect())
        };
        let (strides, dilations, pads) =
            (list("strides", rank, 1)?, list("dilations", rank, 1)?, list("pads", 2 * rank, 0)?);
        let mode = node.text("auto_pad", "NOTSET");
        let ceil = node.integer("ceil_mode", 0) != 0;
        let window = |axis: usize| {
            let mut window = Window {
                input: input[axis],
                kernel: kernel[axis],
                stride: strides[axis],
                dilation: dilations[axis],
                before: pads[axis],
                after: pads[rank + axis],
                output: 0,
            };
            window.pad_automatically(&mode).ok_or_else(|| node.fail(format!("auto_pad {mode} is not supported")))?;
            window.output =
                window.count(ceil).ok_or_else(|| node.fail("its window is larger than its padded input"))?;
            Ok(window)
        };
        (0..rank).map(window).collect()
    }
}

impl Window {
    fn reach(&self) -> usize {
        self.dilation * (self.kernel - 1) + 1
    }

    fn pad_automatically(&mut self, mode: &str) -> Option<()> {
        match mode {
            "NOTSET" | "" => {}
            "VALID" => (self.before, self.after) = (0, 0),
            "SAME_UPPER" | "SAME_LOWER" => {
                let windows = self.input.div_ceil(self.stride);
                let total = ((windows - 1) * self.stride + self.reach()).saturating_sub(self.input);
                let small = total / 2;
                (self.before, self.after) =
                    if mode == "SAME_UPPER" { (small, total - small) } else { (total - small, small) };
            }
            _ => return None,
        }
        Some(())
    }

    fn count(&self, ceil: bool) -> Option<usize> {
        let room = (self.input + self.before + self.after).checked_sub(self.reach())?;
        if !ceil {
            return Some(room / self.stride + 1);
        }
        let windows = room.div_ceil(self.stride) + 1;
        // The last window must start inside the input or the padding before it.
        Some(if (windows - 1) * self.stride >= self.input + self.before { windows - 1 } else { windows })
    }
}
