//! A look-up table over a range of integers.

use serde::{Deserialize, Serialize};

/// The function `first + i -> outputs[i]`. The number of entries is a power of two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The name of its function, for people.
    pub name: String,
    /// The least argument.
    pub first: i64,
    /// The values at `first`, `first + 1`, and so on.
    pub outputs: Vec<i32>,
}

impl Table {
    /// The value at `argument`, or nothing where the table does not reach.
    #[must_use]
    pub fn get(&self, argument: i64) -> Option<i32> {
        let index = usize::try_from(argument.checked_sub(self.first)?).ok()?;
        self.outputs.get(index).copied()
    }

    /// The greatest argument.
    #[must_use]
    pub fn last(&self) -> i64 {
        self.first + self.outputs.len() as i64 - 1
    }
}
