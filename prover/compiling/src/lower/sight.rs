//! Which keys each query of an attention sees: those that are there, that are not later, and that are near.

use ndarray::{ArrayD, IxDyn};

use super::Lowering;
use crate::error::CompileError;
use crate::node::Node;

/// The keys that queries see, whatever mask is added.
pub(super) struct Sight {
    /// The place of a sample's first query among its keys: the number of keys before it.
    offsets: Vec<i64>,
    /// The number of each sample's keys. The others are padding.
    counts: Option<Vec<i64>>,
    is_causal: bool,
    /// How far a query sees to the left and to the right, if not everything.
    reach: [Option<i64>; 2],
}

impl Sight {
    /// Whether a query of a sample sees a key.
    fn sees(&self, sample: usize, query: usize, key: usize) -> bool {
        let own = |list: &[i64]| list.get(sample).or(list.first()).copied().unwrap_or(0);
        let (place, key) = (own(&self.offsets) + query as i64, key as i64);
        let [left, right] = self.reach;
        self.counts.as_deref().is_none_or(|counts| key < own(counts))
            && !(self.is_causal && key > place)
            && left.is_none_or(|left| key >= place - left)
            && right.is_none_or(|right| key <= place + right)
    }

    /// One where a query sees a key, as `[samples, queries, keys]`; one sample if all are alike.
    pub(super) fn keep(&self, queries: usize, keys: usize) -> ArrayD<f64> {
        let samples = self.offsets.len().max(self.counts.as_ref().map_or(1, Vec::len));
        ArrayD::from_shape_fn(IxDyn(&[samples, queries, keys]), |at| {
            f64::from(u8::from(self.sees(at[0], at[1], at[2])))
        })
    }
}

impl Lowering<'_> {
    /// What an Attention says of it, with so many samples, queries and keys of a cache inside of the node.
    pub(super) fn sight(&self, node: &Node, [batch, queries, keys, past]: [usize; 4]) -> Result<Sight, CompileError> {
        let counts = self.constant(node, 6)?.map(|counts| counts.as_integers());
        let fits =
            |counts: &Vec<i64>| counts.len() == batch && counts.iter().all(|&count| (0..=keys as i64).contains(&count));
        if counts.as_ref().is_some_and(|counts| !fits(counts)) {
            return Err(node.fail("its numbers of keys that are no padding do not fit"));
        }
        let offsets = match &counts {
            Some(counts) => counts.iter().map(|count| count - queries as i64).collect(),
            None => vec![past as i64],
        };
        let reach = |name: &str| match node.integer(name, -1) {
            -1 => Ok(None),
            reach if reach >= 0 => Ok(Some(reach)),
            _ => Err(node.fail(format!("its {name} is less than -1"))),
        };
        let reach = [reach("left_window_size")?, reach("right_window_size")?];
        Ok(Sight { offsets, counts, is_causal: node.flag("is_causal"), reach })
    }
}

#[cfg(test)]
mod tests {
    use super::Sight;

    fn rows(sight: &Sight, queries: usize, keys: usize) -> Vec<String> {
        let keep = sight.keep(queries, keys);
        let cells: Vec<_> = keep.iter().map(|&kept| if kept == 1.0 { '#' } else { '.' }).collect();
        cells.chunks(keys).map(|row| row.iter().collect()).collect()
    }

    fn causal(offset: i64) -> Sight {
        Sight { offsets: vec![offset], counts: None, is_causal: true, reach: [None; 2] }
    }

    /// The pictures of ONNX's documentation of Attention.
    #[test]
    fn queries_see_what_onnx_shows() {
        assert_eq!(rows(&causal(0), 4, 8), ["#.......", "##......", "###.....", "####...."]);
        assert_eq!(rows(&causal(4), 4, 8), ["#####...", "######..", "#######.", "########"]);
        let window = Sight { is_causal: false, reach: [Some(2), Some(1)], ..causal(0) };
        assert_eq!(rows(&window, 4, 6), ["##....", "###...", "####..", ".####."]);
    }

    #[test]
    fn padding_is_seen_by_nobody_and_each_sample_has_its_own() {
        let padded = Sight { offsets: vec![1, -1], counts: Some(vec![3, 1]), is_causal: false, reach: [None; 2] };
        assert_eq!(rows(&padded, 2, 4), ["###.", "###.", "#...", "#..."]);
        // The leading queries of a short cache see nothing.
        assert_eq!(rows(&Sight { is_causal: true, ..padded }, 2, 4), ["##..", "###.", "....", "#..."]);
    }
}
