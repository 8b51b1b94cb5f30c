//! Batches: many inferences of one model as one inference of a larger one.
//!
//! The input and every step get one more axis, the outermost, whose index says which of the samples a cell belongs to. Weights
//! and tables stay as they are and are read without that axis, so that whatever is paid for a weight is paid once.
//!
//! The batched architecture follows from the model's own and from a [`Batch`]: whoever has both derives it.

use super::{
    Access, Architecture, AxisMap, Binding, Factor, InputPort, ModelError, OutputPort, Space, Step, Term,
    limits::{MAX_BATCH_BITS, MAX_BATCHES, MAX_SPACE_BITS},
};

/// How many samples one proof answers, and the rows that it commits to them in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Batch {
    /// The base-two logarithm of the number of samples.
    pub log_size: u32,
    /// Commitments to cells and to tables are made in rows of `2^row_bits` values.
    pub row_bits: u32,
}

impl Batch {
    /// The batch of so many samples.
    ///
    /// # Errors
    /// [`ModelError::BatchSize`] if the number is no power of two, or beyond the limits.
    pub fn of(size: usize, row_bits: u32) -> Result<Self, ModelError> {
        let batch = Self { log_size: size.trailing_zeros(), row_bits };
        let fits = batch.check().is_ok() && batch.size() == size;
        if fits { Ok(batch) } else { Err(ModelError::BatchSize { found: size, limit: MAX_BATCH_BITS }) }
    }

    /// The number of samples.
    #[must_use]
    pub const fn size(self) -> usize {
        match 1usize.checked_shl(self.log_size) {
            Some(size) => size,
            // No valid batch is as large.
            None => usize::MAX,
        }
    }

    /// Refuses a batch of one sample, or of too many.
    fn check(self) -> Result<(), ModelError> {
        if (1..=MAX_BATCH_BITS).contains(&self.log_size) {
            return Ok(());
        }
        Err(ModelError::BatchSize { found: self.size(), limit: MAX_BATCH_BITS })
    }
}

/// Refuses a list of batches that is too long, or not in the order of their sizes.
///
/// # Errors
/// [`ModelError::Count`], [`ModelError::BatchOrder`] or [`ModelError::BatchSize`].
pub fn check_batches(batches: &[Batch]) -> Result<(), ModelError> {
    if batches.len() > MAX_BATCHES {
        return Err(ModelError::Count { what: "batch sizes", found: batches.len(), limit: MAX_BATCHES });
    }
    batches.iter().try_for_each(|batch| batch.check())?;
    for (batch, next) in batches.iter().zip(batches.iter().skip(1)) {
        if batch.log_size >= next.log_size {
            return Err(ModelError::BatchOrder { first: batch.size(), second: next.size() });
        }
    }
    Ok(())
}

impl Architecture {
    /// The architecture that answers a whole batch. Its input is the samples one after another, and its output their answers.
    ///
    /// # Errors
    /// [`ModelError`] if this architecture is refused, or the batch's would be.
    pub fn batched(&self, batch: Batch) -> Result<Self, ModelError> {
        batch.check()?;
        self.validate()?;
        // A batch of a batch would tell one digest for several samples.
        if let Binding::Digests(found @ 2..) = self.input.binding {
            return Err(ModelError::Digests { found });
        }
        // Before the scales are repeated. Every tensor is held against its limit below.
        let bits = super::block_bits(&self.input.axes) + batch.log_size as usize;
        if bits > MAX_SPACE_BITS {
            return Err(ModelError::Space { what: "the tensors", limit: MAX_SPACE_BITS });
        }
        let size = batch.size();
        let architecture = Self {
            input: input(&self.input, size),
            // The arrays of an input and of an output are those of one sample.
            output: OutputPort { shape: outermost(size, &self.output.shape), parts: vec![], scale: self.output.scale },
            weights: self.weights.clone(),
            parts: self.parts.clone(),
            tables: self.tables.clone(),
            steps: self.steps.iter().map(|step| batched_step(step, size)).collect(),
            row_bits: batch.row_bits,
            weight_row_bits: self.weight_row_bits,
        };
        architecture.validate()?;
        Ok(architecture)
    }
}

/// The axes with one more, the outermost.
fn outermost(size: usize, axes: &[usize]) -> Vec<usize> {
    [&[size], axes].concat()
}

fn input(port: &InputPort, size: usize) -> InputPort {
    // A single scale is that of every value already.
    let each = |values: &[f32]| if values.len() == 1 { values.to_vec() } else { values.repeat(size) };
    InputPort {
        shape: outermost(size, &port.shape),
        // They are one sample's, by which users' values become integers.
        parts: vec![],
        ranges: vec![],
        axes: outermost(size, &port.axes),
        bits: port.bits,
        scales: each(&port.scales),
        offsets: each(&port.offsets),
        binding: port.binding.batched(size),
    }
}

fn batched_step(step: &Step, size: usize) -> Step {
    let axes = outermost(size, &step.axes);
    Step { axes, terms: step.terms.iter().map(batched_term).collect(), ..step.clone() }
}

/// The step's new axis is variable 0, so that every other variable gets the next number.
fn batched_term(term: &Term) -> Term {
    Term { factors: term.factors.iter().map(batched_factor).collect(), ..term.clone() }
}

/// Values are read within the sample, and weights for every sample alike.
fn batched_factor(factor: &Factor) -> Factor {
    let sample = match factor.space {
        Space::Values => Some(AxisMap::variable(0)),
        Space::Weights => None,
    };
    let axes = sample.into_iter().chain(factor.access.axes.iter().map(shifted)).collect();
    Factor { space: factor.space, access: Access { source: factor.access.source, axes } }
}

fn shifted(map: &AxisMap) -> AxisMap {
    let mut map = map.clone();
    // A valid variable is below the greatest number of axes.
    map.strides.iter_mut().for_each(|by| by.variable += 1);
    map
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Binding, MAX_AXES, MIN_ROW_BITS, Stride, Table, WeightShape};

    /// `y[o] = sum over i of w[o, i] x[i, 2 o + 1 - i]`, where `x` has scales of its own.
    fn single() -> Architecture {
        let weights = Factor::weights(Access { source: 0, axes: vec![AxisMap::variable(0), AxisMap::variable(1)] });
        let by = |variable, stride| Stride { variable, stride };
        let moved = AxisMap { offset: 1, strides: vec![by(0, 2)] };
        let values = Factor::values(Access { source: 0, axes: vec![AxisMap::variable(1), moved] });
        let term = Term { coefficient: 3, summed: vec![4], factors: vec![weights, values] };
        Architecture {
            input: InputPort {
                parts: vec![],
                ranges: vec![],
                shape: vec![1, 12],
                axes: vec![4, 3],
                bits: 8,
                scales: (1..=12u8).map(f32::from).collect(),
                offsets: vec![0.5],
                binding: Binding::Values,
            },
            output: OutputPort { shape: vec![1, 2], parts: vec![], scale: 0.5 },
            weights: vec![WeightShape { name: "w".into(), axes: vec![2, 4] }],
            parts: vec![],
            tables: vec![Table { name: "t".into(), first: 0, outputs: vec![1, 2] }],
            steps: vec![Step { name: "s".into(), axes: vec![2], constant: 5, terms: vec![term], shift: 3, table: 0 }],
            row_bits: MIN_ROW_BITS,
            weight_row_bits: MIN_ROW_BITS,
        }
    }

    #[test]
    fn values_get_the_axis_and_weights_do_not() {
        let single = single();
        let batched = single.batched(Batch::of(8, MIN_ROW_BITS + 1).unwrap()).unwrap();
        assert_eq!([batched.row_bits, batched.weight_row_bits], [MIN_ROW_BITS + 1, MIN_ROW_BITS]);
        assert_eq!((&batched.weights, &batched.tables), (&single.weights, &single.tables));
        assert_eq!((batched.input.shape, batched.input.axes), (vec![8, 1, 12], vec![8, 4, 3]));
        assert_eq!((batched.output.shape, batched.output.scale), (vec![8, 1, 2], 0.5));
        let [step] = &batched.steps[..] else { panic!("one step") };
        let term = Term {
            factors: vec![
                Factor::weights(Access { source: 0, axes: vec![AxisMap::variable(1), AxisMap::variable(2)] }),
                Factor::values(Access {
                    source: 0,
                    axes: vec![AxisMap::variable(0), AxisMap::variable(2), AxisMap::strided(1, 2, 1)],
                }),
            ],
            ..single.steps[0].terms[0].clone()
        };
        assert_eq!(*step, Step { axes: vec![8, 2], terms: vec![term], ..single.steps[0].clone() });
    }

    fn told(binding: Binding) -> Architecture {
        let single = single();
        Architecture { input: InputPort { binding, ..single.input }, ..single }
    }

    /// Each digest is that of a sample: an index of the outermost axis.
    #[test]
    fn an_input_has_a_digest_or_one_for_each_sample() {
        assert!(told(Binding::Digests(1)).validate().is_ok() && told(Binding::Digests(4)).validate().is_ok());
        for found in [0, 2, 3, 5, 12] {
            assert_eq!(told(Binding::Digests(found)).validate(), Err(ModelError::Digests { found }));
        }
        let flat = told(Binding::Digests(4));
        let input = InputPort { axes: vec![12], ..flat.input.clone() };
        assert!(Architecture { input, ..flat }.validate().is_err(), "a sample has an axis of its own");
    }

    #[test]
    fn a_list_has_so_many_batches_at_most() {
        let batch = Batch::of(2, MIN_ROW_BITS).unwrap();
        let twice = ModelError::BatchOrder { first: 2, second: 2 };
        assert_eq!(check_batches(&[batch; MAX_BATCHES]), Err(twice));
        let many = check_batches(&[batch; MAX_BATCHES + 1]);
        assert!(matches!(many, Err(ModelError::Count { .. })), "{many:?}");
    }

    #[test]
    fn a_batch_of_a_batch_s_digests_is_none() {
        let batch = Batch::of(4, MIN_ROW_BITS).unwrap();
        let batched = told(Binding::Digests(1)).batched(batch).unwrap();
        assert_eq!(batched.input.binding, Binding::Digests(4));
        assert_eq!(batched.batched(batch), Err(ModelError::Digests { found: 4 }));
        assert!(told(Binding::Values).batched(batch).unwrap().batched(batch).is_ok());
    }

    #[test]
    fn every_sample_has_the_scales_of_one() {
        let single = single();
        let batched = single.batched(Batch::of(4, MIN_ROW_BITS).unwrap()).unwrap();
        assert_eq!(batched.input.offsets, [0.5]);
        for index in 0..48 {
            assert_eq!(batched.input.quantize(index, 30.0), single.input.quantize(index % 12, 30.0));
            assert_eq!(batched.input.dequantize(index, 7), single.input.dequantize(index % 12, 7));
        }
    }

    #[test]
    fn sizes_are_powers_of_two_within_the_limits() {
        for size in [2, 4, 1 << MAX_BATCH_BITS] {
            assert_eq!(Batch::of(size, 9).map(Batch::size), Ok(size));
        }
        for size in [0, 1, 3, 6, 1 << (MAX_BATCH_BITS + 1), usize::MAX] {
            assert!(matches!(Batch::of(size, 9), Err(ModelError::BatchSize { .. })), "{size}");
        }
        for log_size in [0, MAX_BATCH_BITS + 1, u32::MAX] {
            let batch = Batch { log_size, row_bits: MIN_ROW_BITS };
            assert!(matches!(single().batched(batch), Err(ModelError::BatchSize { .. })), "{log_size}");
        }
    }

    #[test]
    fn a_list_is_short_and_in_order() {
        let list = |logs: &[u32]| -> Vec<Batch> {
            logs.iter().map(|&log_size| Batch { log_size, row_bits: MIN_ROW_BITS }).collect()
        };
        assert_eq!(check_batches(&list(&[])), Ok(()));
        assert_eq!(check_batches(&list(&[1, 3, 6])), Ok(()));
        assert_eq!(check_batches(&list(&[3, 3])), Err(ModelError::BatchOrder { first: 8, second: 8 }));
        assert_eq!(check_batches(&list(&[3, 1])), Err(ModelError::BatchOrder { first: 8, second: 2 }));
        assert!(matches!(check_batches(&list(&[0])), Err(ModelError::BatchSize { .. })));
        let long = Err(ModelError::Count { what: "batch sizes", found: MAX_BATCHES + 1, limit: MAX_BATCHES });
        assert_eq!(check_batches(&[Batch { log_size: 1, row_bits: 9 }; MAX_BATCHES + 1]), long);
    }

    #[test]
    fn what_a_batch_makes_too_large_is_refused() {
        let batch = Batch::of(2, MIN_ROW_BITS).unwrap();
        let mut deep = single();
        deep.input.shape = [&[1; MAX_AXES - 1], &[12][..]].concat();
        assert_eq!(deep.validate(), Ok(()));
        assert!(matches!(deep.batched(batch), Err(ModelError::Rank { found: 17, .. })));
        let mut wide = single();
        wide.input.scales = vec![1.0];
        wide.input.axes = vec![1 << 12, 1 << 12];
        wide.input.shape = vec![1 << 24];
        assert_eq!(wide.validate(), Ok(()));
        let large = Batch::of(1 << 3, MIN_ROW_BITS).unwrap();
        assert!(matches!(wide.batched(large), Err(ModelError::Space { what: "the tensors", .. })));
        let mut invalid = single();
        invalid.steps[0].terms[0].factors[0].access.axes[0].strides[0].variable = usize::MAX;
        assert!(matches!(invalid.batched(batch), Err(ModelError::Variable { .. })));
    }
}
