//! The tables of a model: clamps share entries, other functions are sampled.

use hallmark_circuits::model::{MAX_SPACE_BITS, Table};

use super::error::{CompileError, check_size};

/// The most bits of a table's argument.
pub(super) const MAX_TABLE_BITS: u32 = 16;

/// The most bits of the argument of a table that several steps share.
const MAX_JOINED_BITS: u32 = MAX_TABLE_BITS + 1;

/// What a step looks its sums up in, over the range that they reach.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lookup {
    /// The least argument.
    pub(super) first: i64,
    /// The greatest argument.
    pub(super) last: i64,
    /// The values.
    pub(super) map: Map,
}

/// The function of a table.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Map {
    /// `z -> clamp(z, least, greatest)`.
    Clamp(i64, i64),
    /// The values from the first argument on, over a power of two of arguments.
    Sampled(Vec<i32>),
}

impl Lookup {
    /// The range of values that the reachable arguments have.
    pub(super) fn range(&self) -> (i64, i64) {
        match &self.map {
            Map::Clamp(least, greatest) => (self.first.clamp(*least, *greatest), self.last.clamp(*least, *greatest)),
            Map::Sampled(outputs) => {
                let reached = &outputs[..(self.last - self.first + 1) as usize];
                let fold =
                    |(least, greatest): (i64, i64), &value: &i32| (least.min(value.into()), greatest.max(value.into()));
                reached.iter().fold((i64::MAX, i64::MIN), fold)
            }
        }
    }

    fn table(&self) -> Table {
        let size = entries(self.first, self.last);
        let (name, outputs) = match &self.map {
            Map::Clamp(least, greatest) => {
                let value = |index| (self.first + index as i64).clamp(*least, *greatest) as i32;
                (format!("clamp to {least}..={greatest}"), (0..size).map(value).collect())
            }
            Map::Sampled(outputs) => (String::from("function"), outputs.clone()),
        };
        Table { name, first: self.first, outputs }
    }

    fn joined(&self, other: &Self) -> Option<Self> {
        if self == other {
            return Some(self.clone());
        }
        let (Map::Clamp(..), true) = (&self.map, self.map == other.map) else { return None };
        let joined =
            Self { first: self.first.min(other.first), last: self.last.max(other.last), map: self.map.clone() };
        let size = |lookup: &Self| entries(lookup.first, lookup.last);
        (size(&joined) <= size(self) + size(other) && size(&joined) <= 1 << MAX_JOINED_BITS).then_some(joined)
    }
}

/// The number of entries of a table that reaches from `first` to `last`: a power of two.
pub(super) fn entries(first: i64, last: i64) -> usize {
    ((last - first + 1).max(1) as usize).next_power_of_two()
}

/// The tables for a list of look-ups, and which of them each look-up is.
///
/// # Errors
///
/// [`CompileError::TooLarge`] before more entries are made than a model may have.
pub(super) fn share(lookups: &[Lookup]) -> Result<(Vec<Table>, Vec<usize>), CompileError> {
    let mut shared: Vec<Lookup> = vec![];
    let mut places = vec![];
    for lookup in lookups {
        let found = shared.iter().enumerate().find_map(|(place, known)| Some((place, known.joined(lookup)?)));
        match found {
            Some((place, joined)) => {
                shared[place] = joined;
                places.push(place);
            }
            None => {
                shared.push(lookup.clone());
                places.push(shared.len() - 1);
            }
        }
    }
    let size = shared.iter().map(|lookup| entries(lookup.first, lookup.last) as u128).sum();
    check_size("the number of entries of all tables", size, 1 << MAX_SPACE_BITS)?;
    Ok((shared.iter().map(Lookup::table).collect(), places))
}

#[cfg(test)]
mod tests {
    use super::{Lookup, MAX_SPACE_BITS, Map, share};
    use crate::error::CompileError;

    #[test]
    fn tables_that_no_model_may_have_are_not_made() {
        let clamp = |last, greatest| Lookup { first: 0, last, map: Map::Clamp(0, greatest) };
        // 2^40 entries would take more memory than there is.
        let refused = share(&[clamp(3, 1), clamp((1 << 40) - 1, 2)]);
        assert!(matches!(refused, Err(CompileError::TooLarge { limit, .. }) if limit == 1 << MAX_SPACE_BITS));
        let (tables, places) = share(&[clamp(3, 1), clamp(7, 2), clamp(3, 1)]).unwrap();
        assert_eq!((tables.len(), places), (2, vec![0, 1, 0]));
    }
}
