//! Which values an input may have, where they are fewer than its bits allow.

use serde::{Deserialize, Serialize};

/// What each of some values of an input may be, one after another. An answer for another value would be that for the nearest of
/// these, so that a user's program refuses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueRange {
    /// How many values.
    pub count: usize,
    /// The least integer.
    pub least: i64,
    /// The greatest integer.
    pub greatest: i64,
}

impl ValueRange {
    /// The range that holds the value at position `index`, if one does.
    pub(super) fn at(ranges: &[Self], index: usize) -> Option<&Self> {
        let mut end = 0usize;
        ranges.iter().find(|range| {
            end = end.saturating_add(range.count);
            index < end
        })
    }
}
