//! Bounds on what is imported, so that a hostile model costs bounded time and memory.

/// The most bytes of a model.
pub(super) const MAX_MODEL_BYTES: usize = 1 << 30;
/// The most nodes of a graph.
pub(super) const MAX_NODES: usize = 1 << 13;
/// The most values of one tensor.
pub(super) const MAX_TENSOR: usize = 1 << 25;
/// The most values of all constants and tensors together.
pub(super) const MAX_VALUES: usize = 1 << 27;
/// The most values of all constants that are computed while importing, or laid out as weights.
pub(super) const MAX_COMPUTED: usize = 1 << 26;
/// The most axes of a tensor.
pub(super) const MAX_RANK: usize = 12;
/// The most products that one inference may add up: it bounds the time of calibration.
pub(super) const MAX_PRODUCTS: u128 = 1 << 34;
/// The most calibration samples that are used; later ones are ignored.
pub(super) const MAX_SAMPLES: usize = 256;
/// The most products that the calibration samples may add up together, where there are more than the least number of samples.
pub(super) const MAX_CALIBRATED: u128 = 1 << 35;
/// The number of samples that are always used.
pub(super) const LEAST_SAMPLES: usize = 16;
/// The most entries of a matrix of zeros and ones that only moves values about.
pub(super) const MAX_SELECTION: usize = 1 << 20;
/// The most nodes of a fused pointwise function.
pub(super) const MAX_FUNCTION: usize = 256;
