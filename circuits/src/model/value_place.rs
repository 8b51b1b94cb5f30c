//! Where a value of an input is, for people.

use std::fmt;

use super::InputPort;

/// A value of one of the arrays that a user gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValuePlace {
    /// The array's name, if there are several.
    pub input: Option<String>,
    /// The value's position in the array, row-major.
    pub index: usize,
}

impl fmt::Display for ValuePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.input {
            Some(name) => write!(f, "value {} of `{name}`", self.index),
            None => write!(f, "value {}", self.index),
        }
    }
}

impl InputPort {
    /// Where the value at position `index` of all is for the user.
    #[must_use]
    pub fn place(&self, index: usize) -> ValuePlace {
        let mut rest = index;
        for part in &self.parts {
            let count = part.shape.iter().product();
            if rest < count {
                return ValuePlace { input: Some(part.name.clone()), index: rest };
            }
            rest -= count;
        }
        ValuePlace { input: None, index }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{InputPart, InputPort};

    #[test]
    fn a_value_is_one_of_its_own_array() {
        let part = |name: &str, shape: &[usize]| InputPart { name: name.into(), shape: shape.to_vec() };
        let port = InputPort { parts: vec![part("x", &[1, 3]), part("z", &[2])], ..InputPort::of_integers(vec![5], 8) };
        let told = |index| port.place(index).to_string();
        assert_eq!([0, 2, 3, 4].map(told), ["value 0 of `x`", "value 2 of `x`", "value 0 of `z`", "value 1 of `z`"]);
        assert_eq!(InputPort::of_integers(vec![5], 8).place(3).to_string(), "value 3");
    }
}
