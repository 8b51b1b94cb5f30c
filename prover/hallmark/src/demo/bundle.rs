//! The models and the images that come with the program.

use std::fmt::{self, Display, Formatter};

use clap::ValueEnum;
use ndarray::{ArrayD, Axis};

use hallmark_proving::npy::{parse_floats, parse_labels};

macro_rules! bundled {
    ($path:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/", $path)).as_slice()
    };
}

/// A bundled model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Choice {
    /// Dense layers of 64, 32 and 10
    Mlp,
    /// A residual convolutional network
    Cnn,
}

impl Display for Choice {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mlp => "digits MLP",
            Self::Cnn => "digits CNN",
        })
    }
}

/// A bundled model with its data.
pub(super) struct Bundle {
    pub(super) onnx: &'static [u8],
    pub(super) calibration: ArrayD<f32>,
    images: ArrayD<f32>,
    labels: Vec<usize>,
}

/// An image that the model was not trained on.
pub(super) struct Sample {
    pub(super) number: usize,
    /// 8 rows of 8 values from 0 to 16.
    pub(super) pixels: Vec<f32>,
    /// The digit that it shows.
    pub(super) label: usize,
}

impl Bundle {
    pub(super) fn open(choice: Choice) -> Option<Self> {
        let (onnx, calibration) = match choice {
            Choice::Mlp => (bundled!("models/digits_mlp.onnx"), bundled!("data/digits_calibration.npy")),
            Choice::Cnn => (bundled!("models/digits_cnn.onnx"), bundled!("data/digits_cnn_calibration.npy")),
        };
        let calibration = parse_floats(calibration).ok()?;
        let images = parse_floats(bundled!("data/digits_test.npy")).ok()?;
        let labels = parse_labels(bundled!("data/digits_test_labels.npy")).ok()?;
        Some(Self { onnx, calibration, images, labels })
    }

    pub(super) fn sample(&self, number: usize) -> Option<Sample> {
        let label = *self.labels.get(number)?;
        let pixels = self.images.axis_iter(Axis(0)).nth(number)?.iter().copied().collect();
        Some(Sample { number, pixels, label })
    }

    /// The first image of another digit.
    pub(super) fn other(&self, sample: &Sample) -> Option<Sample> {
        self.sample(self.labels.iter().position(|&label| label != sample.label)?)
    }
}
