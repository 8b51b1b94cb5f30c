//! Numbers the variables of a term.

use hallmark_circuits::model::AxisMap;

use crate::view::radix;

/// The variables of a term: first the step's axes, then the summed ones. A variable of size 1 is left out.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables {
    sizes: Vec<usize>,
    free: usize,
}

impl Variables {
    /// A variable, as an index.
    pub(super) fn add(&mut self, size: usize) -> AxisMap {
        if size == 1 {
            return AxisMap::constant(0);
        }
        self.sizes.push(size);
        AxisMap::variable(self.sizes.len() - 1)
    }

    /// A variable for each size.
    pub(super) fn add_all(&mut self, sizes: &[usize]) -> Vec<AxisMap> {
        sizes.iter().map(|&size| self.add(size)).collect()
    }

    /// Ends the step's axes and starts the summed variables.
    pub(super) fn close_axes(&mut self) {
        if self.sizes.is_empty() {
            self.sizes.push(1);
        }
        self.free = self.sizes.len();
    }

    /// The step's axes.
    pub(super) fn axes(&self) -> Vec<usize> {
        self.sizes[..self.free].to_vec()
    }

    /// The sizes of the summed variables.
    pub(super) fn summed(&self) -> Vec<usize> {
        self.sizes[self.free..].to_vec()
    }
}

/// An index whose mixed-radix digits are other indices, each a variable or zero.
pub(super) fn merge(indices: &[AxisMap], sizes: &[usize]) -> AxisMap {
    crate::view::substitute(&radix(sizes, 0), indices)
}

/// Where to merge neighbouring axes so that the product of their sizes, each rounded up to a power of two, is least; of
/// equals the one with the most axes.
pub(super) fn best_groups(sizes: &[usize]) -> Vec<std::ops::Range<usize>> {
    let joints = sizes.len().saturating_sub(1).min(12);
    let split = |mask: usize| {
        let mut groups = vec![];
        let mut start = 0;
        for end in 1..=sizes.len() {
            if end == sizes.len() || mask >> (end - 1) & 1 == 0 {
                groups.push(start..end);
                start = end;
            }
        }
        groups
    };
    let cost = |groups: &Vec<std::ops::Range<usize>>| -> usize {
        groups.iter().map(|group| hallmark_circuits::model::bits_of(sizes[group.clone()].iter().product())).sum()
    };
    let choices = (0..1usize << joints).map(split);
    choices.min_by_key(|groups| (cost(groups), sizes.len() - groups.len().min(sizes.len()))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::best_groups;

    #[test]
    fn windows_of_five_by_five_are_merged_and_powers_of_two_are_not() {
        assert_eq!(best_groups(&[5, 5]), vec![0..2]);
        assert_eq!(best_groups(&[4, 8]), vec![0..1, 1..2]);
        assert_eq!(best_groups(&[16, 5, 5]), vec![0..1, 1..3]);
    }
}
