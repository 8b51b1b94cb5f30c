//! An input in the model's integers, and what the integers do not tell of it.

use std::fmt;

use thiserror::Error;

use super::{InputPort, ValuePlace};

/// Why a model has no answer to an input.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum InputFault {
    /// It has more or fewer values than the model's.
    #[error("the input has {found} values where the model takes {expected}: give one sample of the model's shape")]
    Length {
        /// The model's number of values.
        expected: usize,
        /// The number found.
        found: usize,
    },
    /// It holds a NaN or an infinity.
    #[error(
        "{place} is {value}, but a model takes finite 32-bit floats only: mend the input ({count} of its {total} values are not finite)"
    )]
    NotFinite {
        /// The first such value.
        place: ValuePlace,
        /// The value.
        value: f32,
        /// How many there are.
        count: usize,
        /// How many values the input has.
        total: usize,
    },
    /// The model takes whole numbers, such as the indices of tokens.
    #[error("{place} is {value}, but the model takes whole numbers: give indices as they are")]
    NotWhole {
        /// The first value that is none.
        place: ValuePlace,
        /// The value.
        value: f32,
    },
    /// The model would see another input.
    #[error(
        "{0}. The answer would belong to another input: check that the values are in the ONNX model's units, or add --allow-clamping"
    )]
    Clamped(Clamping),
}

/// What is clamped of an input.
#[derive(Clone, Debug, PartialEq)]
pub struct Clamping {
    /// How many values.
    pub count: usize,
    /// How many values the input has.
    pub total: usize,
    /// The position of the value that lies furthest beyond the range.
    pub index: usize,
    /// The same for the user, who may have given several arrays.
    pub place: ValuePlace,
    /// That value.
    pub value: f32,
    /// What the model sees instead.
    pub nearest: f32,
    /// Its distance from the range, over the width of the range.
    pub excess: f64,
    /// Whether a whole number is among the values, which then is another index.
    pub any_whole: bool,
}

impl Clamping {
    /// One value in so many may be clamped without a word of the user's; a single one may in any input.
    const FEW: usize = 20;
    /// So far beyond the range, over its width: about where calibration with other samples would have put the range.
    const NEAR: f64 = 0.25;

    /// Whether the model's input is still much the same. Another whole number is another index, however near it is.
    #[must_use]
    pub fn is_little(&self) -> bool {
        !self.any_whole && self.count <= (self.total / Self::FEW).max(1) && self.excess <= Self::NEAR
    }

    /// The worse of two.
    fn join(self, other: Self) -> Self {
        let (count, any_whole) = (self.count + other.count, self.any_whole || other.any_whole);
        let furthest = if other.excess > self.excess { other } else { self };
        Self { count, any_whole, ..furthest }
    }
}

impl fmt::Display for Clamping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, total, index: _, place, value, nearest, excess, any_whole } = self;
        write!(
            f,
            "{count} of {total} input values lie outside the range that the model was calibrated for. The furthest is {place}: {value}. \
             The model sees {nearest} instead, "
        )?;
        if *any_whole {
            write!(f, "the nearest number that it takes")
        } else {
            write!(f, "which is {:.0}% of the range's width away", 100.0 * excess)
        }
    }
}

/// An input in the model's integers.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantized {
    /// The integers, row-major.
    pub integers: Vec<i64>,
    /// What they do not tell.
    pub clamping: Option<Clamping>,
}

impl Quantized {
    /// Quantizes as many values as the port has, which have to be finite.
    ///
    /// # Errors
    /// [`InputFault::NotFinite`], [`InputFault::NotWhole`], or [`InputFault::Length`] for more or fewer values.
    pub fn new(port: &InputPort, values: impl Iterator<Item = f32> + Clone) -> Result<Self, InputFault> {
        let (total, expected) = (values.clone().count(), port.axes.iter().product());
        if total != expected {
            return Err(InputFault::Length { expected, found: total });
        }
        let mut wrong = values.clone().enumerate().filter(|(_, value)| !value.is_finite());
        if let Some((index, value)) = wrong.next() {
            let place = port.place(index);
            return Err(InputFault::NotFinite { place, value, count: 1 + wrong.count(), total });
        }
        let broken = values.clone().enumerate().find(|(index, value)| port.is_whole(*index) && value.fract() != 0.0);
        if let Some((index, value)) = broken {
            return Err(InputFault::NotWhole { place: port.place(index), value });
        }
        let integers: Vec<i64> = values.clone().enumerate().map(|(index, value)| port.quantize(index, value)).collect();
        let clamped = values.zip(&integers).enumerate();
        let clamped = clamped.filter_map(|(index, (value, integer))| clamping(port, total, index, value, *integer));
        Ok(Self { clamping: clamped.reduce(Clamping::join), integers })
    }

    /// Quantizes an input, and refuses one that the model would not see as it is.
    ///
    /// # Errors
    /// As [`Self::new`], and [`InputFault::Clamped`] if values are clamped and that is not allowed.
    pub fn admit(
        port: &InputPort,
        values: impl Iterator<Item = f32> + Clone,
        allow_clamping: bool,
    ) -> Result<Self, InputFault> {
        let input = Self::new(port, values)?;
        match &input.clamping {
            Some(clamping) if !clamping.is_little() && !allow_clamping => Err(InputFault::Clamped(clamping.clone())),
            _ => Ok(input),
        }
    }
}

/// What is clamped of one value. Its error is half a unit at most within the range, but for the rounding of floats.
fn clamping(port: &InputPort, total: usize, index: usize, value: f32, integer: i64) -> Option<Clamping> {
    let real = |integer: i64| f64::from(port.dequantize(index, integer));
    let nearest = port.dequantize(index, integer);
    let error = (f64::from(nearest) - f64::from(value)).abs();
    let (least, greatest) = port.range_at(index);
    // Where just one value may be, any other is at least a unit away.
    let width = (real(greatest) - real(least)).max(real(1) - real(0));
    // Whole numbers are not rounded.
    let any_whole = port.is_whole(index);
    let allowed = if any_whole { 0.0 } else { (real(1) - real(0)).abs() };
    (error > allowed).then(|| {
        let place = port.place(index);
        Clamping { count: 1, total, index, place, value, nearest, excess: error / width, any_whole }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From -12.8 to 12.7 in tenths.
    fn port(count: usize) -> InputPort {
        InputPort { scales: vec![0.1], ..InputPort::of_integers(vec![count], 8) }
    }

    #[test]
    fn what_is_no_number_is_no_input() {
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            match Quantized::new(&port(4), [0.0, value, 1.0, value].into_iter()).unwrap_err() {
                InputFault::NotFinite { place, count, total, .. } => assert_eq!((place.index, count, total), (1, 2, 4)),
                other => panic!("{other}"),
            }
        }
    }

    #[test]
    fn indices_are_whole() {
        let tokens = InputPort { scales: vec![1.0], ..port(3) };
        let whole = Quantized::new(&tokens, [0.0, 7.0, 127.0].into_iter()).unwrap();
        assert_eq!((whole.integers, whole.clamping), (vec![0, 7, 127], None));
        let beyond = Quantized::new(&tokens, [0.0, 7.0, 128.0].into_iter()).unwrap().clamping.unwrap();
        assert_eq!((beyond.index, beyond.nearest), (2, 127.0));
        let broken = Quantized::new(&tokens, [0.0, 7.5, 1.0].into_iter()).unwrap_err();
        assert_eq!(broken, InputFault::NotWhole { place: tokens.place(1), value: 7.5 });
        // Another token is never little.
        assert!(!beyond.is_little() && beyond.to_string().ends_with("the nearest number that it takes"));
        assert!(Quantized::new(&port(3), [0.0, 7.5, 1.0].into_iter()).is_ok());
    }

    #[test]
    fn much_clamping_is_told_from_little() {
        let clamping = |values: &[f32]| Quantized::new(&port(values.len()), values.iter().copied()).unwrap().clamping;
        assert_eq!(clamping(&[-12.8, 12.7, 12.79, 0.0]), None);
        // One value of four, near and far: a quarter of the width of 25.5 is allowed.
        assert!(clamping(&[0.0, 18.0, 0.0, 0.0]).unwrap().is_little());
        assert!(!clamping(&[0.0, 20.0, 0.0, 0.0]).unwrap().is_little());
        assert!(!clamping(&[0.0, 14.0, -14.0, 0.0]).unwrap().is_little());
        let mut many = [0.0; 100];
        many[..5].fill(-14.0);
        assert!(clamping(&many).unwrap().is_little());
        many[5] = -15.0;
        let found = clamping(&many).unwrap();
        assert_eq!((found.is_little(), found.count, found.index, found.nearest), (false, 6, 5, -12.8));
    }

    /// The range is from -64 to 63.5, so that a quarter of its width is a float.
    #[test]
    fn a_value_at_the_very_limit_is_little() {
        let port = InputPort { scales: vec![0.5], ..port(1) };
        let clamping = |value: f32| Quantized::new(&port, [value].into_iter()).unwrap().clamping.unwrap();
        assert_eq!(clamping(95.375).excess, Clamping::NEAR);
        assert!(clamping(95.375).is_little() && !clamping(95.5).is_little());
    }

    #[test]
    fn of_several_values_the_furthest_is_told_and_any_index_counts() {
        let clamping = |values: &[f32]| Quantized::new(&port(values.len()), values.iter().copied()).unwrap().clamping;
        let index = |values: &[f32]| clamping(values).map(|clamping| clamping.index);
        assert_eq!(index(&[14.0, 20.0, 13.0]), Some(1));
        assert_eq!(index(&[20.0, 14.0, 0.0]), Some(0));
        assert_eq!(index(&[14.0, 14.0, 0.0]), Some(0), "of equal ones the first");
        let mixed = InputPort { scales: vec![1.0, 0.1], ..port(2) };
        let any_whole =
            |values: [f32; 2]| Quantized::new(&mixed, values.into_iter()).unwrap().clamping.unwrap().any_whole;
        assert!(any_whole([128.0, 14.0]) && any_whole([128.0, 0.0]) && !any_whole([0.0, 14.0]));
    }

    /// A single value may be there, so that the unit of 0.5 takes the place of the range's width.
    #[test]
    fn where_one_value_may_be_a_unit_is_the_measure() {
        let only = crate::model::ValueRange { count: 1, least: 0, greatest: 0 };
        let port = InputPort { scales: vec![0.5], offsets: vec![3.0], ranges: vec![only], ..port(1) };
        let clamping = |value: f32| Quantized::new(&port, [value].into_iter()).unwrap().clamping;
        assert_eq!(clamping(4.0).map(|clamping| (clamping.nearest, clamping.excess)), Some((3.0, 2.0)));
        assert_eq!(clamping(3.75).map(|clamping| clamping.excess), Some(1.5));
        assert_eq!(clamping(3.5), None, "a unit is allowed, for the rounding of floats");
    }

    #[test]
    fn a_little_clamping_is_admitted_and_more_if_it_is_allowed() {
        let admit = |value: f32, allowed| Quantized::admit(&port(1), [value].into_iter(), allowed);
        assert_eq!(admit(1.0, false).unwrap().clamping, None);
        assert!(admit(14.0, false).unwrap().clamping.is_some_and(|clamping| clamping.is_little()));
        let refused = admit(100.0, false).unwrap_err();
        assert!(matches!(&refused, InputFault::Clamped(clamping) if clamping.value == 100.0), "{refused}");
        assert_eq!(admit(100.0, true).unwrap().integers, [127]);
    }

    #[test]
    fn an_input_has_the_model_s_number_of_values() {
        for found in [0, 2, 4] {
            let refused = Quantized::new(&port(3), vec![0.0; found].into_iter());
            assert_eq!(refused, Err(InputFault::Length { expected: 3, found }));
        }
    }
}
