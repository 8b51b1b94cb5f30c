//! A model to measure, with the data that it takes.

use std::{borrow::Cow, path::Path};

use hallmark_fixtures::{Fixture, models::Scaled, seeded_inputs};
use ndarray::{ArrayD, Axis};

use super::BenchError;
use hallmark_proving::file::{self, Form};
use hallmark_proving::npy::write_floats;

/// The calibration samples of a model of the scaling series.
const SAMPLES: usize = 4;

/// A model with samples to calibrate it and one to prove.
pub(super) struct Subject {
    pub(super) name: String,
    pub(super) summary: String,
    pub(super) onnx: Cow<'static, [u8]>,
    calibration: ArrayD<f32>,
    input: ArrayD<f32>,
}

impl From<&Fixture> for Subject {
    fn from(fixture: &Fixture) -> Self {
        Self {
            name: fixture.name.into(),
            summary: fixture.summary.into(),
            onnx: fixture.model(),
            calibration: fixture.calibration(),
            input: fixture.input(),
        }
    }
}

impl From<Scaled> for Subject {
    fn from(scaled: Scaled) -> Self {
        let Scaled { channels, side, kernel, layers } = scaled;
        let calibration = seeded_inputs(&scaled.sample_shape(), SAMPLES, 1);
        Self {
            name: format!("conv {channels}x{side}x{side} k{kernel} l{layers}"),
            summary: format!(
                "{layers} convolutions of {kernel}x{kernel} with {channels} channels, {side}x{side} places"
            ),
            onnx: scaled.model().into(),
            input: calibration.slice_axis(Axis(0), (0..1).into()).to_owned(),
            calibration,
        }
    }
}

impl Subject {
    /// Writes the model, its calibration samples and its input.
    pub(super) fn write(&self, [onnx, calibration, input]: [&Path; 3]) -> Result<(), BenchError> {
        file::store(onnx, &self.onnx, &Form::BYTES)?;
        write_floats(calibration, self.calibration.view())?;
        write_floats(input, self.input.view())?;
        Ok(())
    }

    /// Writes a stack of so many of the calibration samples.
    pub(super) fn write_stack(&self, path: &Path, size: usize) -> Result<(), BenchError> {
        let count = size.min(self.calibration.len_of(Axis(0)));
        write_floats(path, self.calibration.slice_axis(Axis(0), (0..count).into()).as_standard_layout().view())?;
        Ok(())
    }
}
