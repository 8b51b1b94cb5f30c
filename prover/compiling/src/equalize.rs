//! Gives the channels of a tensor scales of their own, where a few of them are far larger than the rest.
//!
//! The integers of a tensor have one scale. Transformers have channels that exceed the others by a factor of 50, which leaves the others
//! few bits, and makes bounds of their squares far too wide. So channel `c` of such a tensor holds `x_c / g_c` instead: the sum that
//! makes it is divided by `g_c`, and every product that reads it is multiplied by `g_c`, both by weights. Powers of two leave real
//! numbers, and so the model, exactly as they were. See SmoothQuant (arXiv 2211.10438), which does so between a norm and a layer.

use hallmark_circuits::model::{Access, AxisMap, Factor, MAX_FACTORS, Space, Stride};

use super::calibrate::Statistics;
use super::float_model::{FloatModel, FloatWeights, Product, Rule, Sum};
use super::function::Function;

/// Tensors with fewer channels have no few among them.
const LEAST_CHANNELS: usize = 16;
/// The greatest channel's reach over that of the middle one, from which channels are scaled apart.
const OUTLIER: f64 = 4.0;
/// The least scale of a channel: its square is still a whole share of the greatest in a weight of some bits.
const LEAST_SCALE: f64 = 1.0 / 16.0;
/// Weights grow to so many values at most where a scale gives them an axis more.
const MAX_GROWN: usize = 1 << 16;

/// The scales of a tensor's channels, along its last axis.
type Scales = Vec<f64>;

/// Scales the channels of every tensor apart where that is worth it and every reader allows it, and the statistics with them.
pub(super) fn equalize(lowered: &mut FloatModel, statistics: &mut Statistics) {
    let mut known: Vec<Option<Scales>> = vec![None];
    for step in 0..lowered.steps.len() {
        let scales = scales_of(lowered, statistics, step, &known);
        let scales = scales.filter(|scales| apply(lowered, step, scales).is_some());
        if let Some(scales) = &scales {
            statistics.divide_channels(step, scales);
        }
        known.push(scales);
    }
}

/// The mean over channels of the squares that a tensor's values reach, after channels are scaled apart and multiplied together again;
/// nothing where they are not scaled apart.
pub(super) fn mean_square_reach(statistics: &Statistics, tensor: usize) -> Option<f64> {
    let reaches = statistics.reaches(tensor)?;
    let scales = outlier_scales(&reaches)?;
    let greatest = reaches.iter().copied().fold(0.0, f64::max);
    Some(scales.iter().map(|scale| (scale * greatest).powi(2)).sum::<f64>() / scales.len() as f64)
}

/// Scales for a step's channels: those of a tensor that it multiplies channel by channel, or else by its own outliers.
fn scales_of(lowered: &FloatModel, statistics: &Statistics, step: usize, known: &[Option<Scales>]) -> Option<Scales> {
    let made = &lowered.steps[step];
    let sum = &lowered.sums[made.sum];
    let is_output = step + 1 == lowered.steps.len();
    let plain = made.function == Function::Variable && made.rule == Rule::Calibrated && !sum.has_floor();
    if is_output || !plain || sum.axes.len() < 2 {
        return None;
    }
    let own = outlier_scales(&statistics.reaches(step + 1)?)?;
    let [product] = &sum.products[..] else { return Some(own) };
    let channel = AxisMap::variable(sum.axes.len() - 1);
    let scaled = product.values().filter(|access| product.is_of_values() && access.axes.last() == Some(&channel));
    let inherited =
        scaled.filter_map(|access| known.get(access.source)?.clone()).find(|known| known.len() == own.len());
    Some(inherited.unwrap_or(own))
}

/// Powers of two that bring all channels near the greatest; nothing where no channel stands out.
fn outlier_scales(reaches: &[f64]) -> Option<Scales> {
    let greatest = reaches.iter().copied().fold(0.0, f64::max);
    let below = reaches.iter().filter(|&&reach| reach * OUTLIER < greatest).count();
    if reaches.len() < LEAST_CHANNELS || 2 * below < reaches.len() {
        return None;
    }
    // The next power of two above the share, so that no channel exceeds the greatest.
    let scale = |reach: &f64| libm::exp2(libm::log2((reach / greatest).max(LEAST_SCALE)).ceil());
    Some(reaches.iter().map(scale).collect())
}

/// Divides a step's channels by their scales, and multiplies what reads them; nothing, and no change, where a reader does not allow it.
fn apply(lowered: &mut FloatModel, step: usize, scales: &Scales) -> Option<()> {
    let tensor = step + 1;
    let own = lowered.steps[step].sum;
    let bound = |rule: &Rule| matches!(rule, Rule::Within(source) | Rule::Span(source) if *source == tensor);
    if lowered.steps.iter().any(|step| bound(&step.rule)) {
        return None;
    }
    let mut editor = Editor { weights: &lowered.weights, added: vec![] };
    let inverse: Scales = scales.iter().map(|scale| scale.recip()).collect();
    let mut divided = lowered.sums[own].clone();
    let channel = AxisMap::variable(divided.axes.len() - 1);
    editor.divide(&mut divided, &inverse, &channel)?;
    let mut edited: Vec<(usize, Sum)> = vec![];
    for reader in &lowered.steps[tensor..] {
        let sum = &lowered.sums[reader.sum];
        if edited.iter().any(|(known, _)| *known == reader.sum) || !reads(sum, tensor) {
            continue;
        }
        if sum.floors().any(|source| source == tensor) || sum.nonpositive || reader.rule == Rule::Joined {
            return None;
        }
        let mut sum = sum.clone();
        for product in &mut sum.products {
            editor.multiply(product, tensor, scales)?;
        }
        edited.push((reader.sum, sum));
    }
    let Editor { added, .. } = editor;
    lowered.weights.extend(added);
    for (place, sum) in edited {
        lowered.sums[place] = sum;
    }
    // Another step may make something else of the sum.
    lowered.sums.push(divided);
    lowered.steps[step].sum = lowered.sums.len() - 1;
    Some(())
}

fn reads(sum: &Sum, tensor: usize) -> bool {
    sum.products.iter().flat_map(Product::values).any(|access| access.source == tensor)
}

/// Multiplies products by weights, and keeps those that it makes.
struct Editor<'a> {
    weights: &'a [FloatWeights],
    added: Vec<FloatWeights>,
}

impl Editor<'_> {
    fn weight(&self, place: usize) -> &FloatWeights {
        place.checked_sub(self.weights.len()).map_or_else(|| &self.weights[place], |added| &self.added[added])
    }

    fn add(&mut self, weights: FloatWeights) -> usize {
        self.added.push(weights);
        self.weights.len() + self.added.len() - 1
    }

    /// Multiplies all that is added up, each channel by its factor.
    fn divide(&mut self, sum: &mut Sum, factors: &Scales, channel: &AxisMap) -> Option<()> {
        for product in &mut sum.products {
            self.times(product, factors, channel)?;
        }
        if sum.constant != 0.0 {
            let data = factors.iter().map(|factor| factor * sum.constant).collect();
            let name = sum.name.clone();
            let source = self.add(FloatWeights { name, axes: vec![factors.len()], data });
            sum.products.push(Product::new(vec![], Some(Access { source, axes: vec![channel.clone()] }), None));
            sum.constant = 0.0;
        }
        Some(())
    }

    /// Multiplies a product once for every time that it reads a tensor.
    fn multiply(&mut self, product: &mut Product, tensor: usize, scales: &Scales) -> Option<()> {
        let maps: Vec<AxisMap> = product
            .values()
            .filter(|access| access.source == tensor)
            .map(|access| access.axes.last().cloned())
            .collect::<Option<_>>()?;
        maps.iter().try_for_each(|map| self.times(product, scales, map))
    }

    /// Multiplies a product by a factor for each index along a map of one variable.
    fn times(&mut self, product: &mut Product, factors: &Scales, map: &AxisMap) -> Option<()> {
        let [Stride { stride: 1, .. }] = map.strides[..] else { return None };
        let Some(access) = product.weights().cloned() else {
            if product.factors.len() == MAX_FACTORS {
                return None;
            }
            let weights =
                FloatWeights { name: "channel scales".into(), axes: vec![factors.len()], data: factors.clone() };
            let source = self.add(weights);
            product.factors.insert(0, Factor::weights(Access { source, axes: vec![map.clone()] }));
            return Some(());
        };
        let along = access.axes.iter().position(|axis| axis.strides == map.strides && axis.offset == 0);
        let (weights, axes) = match along {
            Some(axis) => (self.weight(access.source).times(axis, factors, map.offset)?, access.axes),
            None => {
                let grown = self.weight(access.source).grown(factors).filter(|grown| grown.data.len() <= MAX_GROWN)?;
                (grown, [access.axes.as_slice(), std::slice::from_ref(map)].concat())
            }
        };
        let ones = weights.data.iter().all(|&weight| weight == 1.0) && axes.len() == 1;
        if ones && product.values().any(|access| access.axes.contains(map)) {
            product.factors.retain(|factor| factor.space == Space::Values);
            return Some(());
        }
        let source = self.add(weights);
        let access = Access { source, axes };
        product
            .factors
            .iter_mut()
            .filter(|factor| factor.space == Space::Weights)
            .for_each(|f| f.access = access.clone());
        Some(())
    }
}

impl FloatWeights {
    /// The same with the entries along an axis multiplied by factors, of which the first is left out so many times.
    fn times(&self, axis: usize, factors: &Scales, offset: i64) -> Option<Self> {
        let first = usize::try_from(offset).ok()?;
        let factors = factors.get(first..first + self.axes[axis])?;
        let inner: usize = self.axes[axis + 1..].iter().product();
        let data = self.data.iter().enumerate();
        let data = data.map(|(place, weight)| weight * factors[place / inner % self.axes[axis]]).collect();
        Some(Self { name: self.name.clone(), axes: self.axes.clone(), data })
    }

    /// The products with all factors, along one more axis.
    fn grown(&self, factors: &Scales) -> Option<Self> {
        self.data.len().checked_mul(factors.len())?;
        let data = self.data.iter().flat_map(|weight| factors.iter().map(move |factor| weight * factor)).collect();
        Some(Self { name: self.name.clone(), axes: [self.axes.as_slice(), &[factors.len()]].concat(), data })
    }
}

#[cfg(test)]
mod tests {
    use hallmark_circuits::model::{Access, AxisMap, Factor};

    use super::equalize;
    use crate::calibrate::{FloatRunner, Samples, calibrate};
    use crate::float_model::{FloatModel, FloatStep, FloatWeights, InputForm, Product, Rule, Sum};
    use crate::function::{Function, Unary};

    const TOKENS: usize = 3;
    const CHANNELS: usize = 16;

    fn plain(source: usize) -> Access {
        Access { source, axes: vec![AxisMap::variable(0), AxisMap::variable(1)] }
    }

    fn step(lowered: &mut FloatModel, axes: Vec<usize>, constant: f64, products: Vec<Product>, function: Function) {
        let sum = Sum { name: "s".into(), axes, constant, floor: None, nonpositive: false, products };
        lowered.sums.push(sum);
        let sum = lowered.sums.len() - 1;
        lowered.steps.push(FloatStep { name: "s".into(), sum, function, rule: Rule::Calibrated, fine: false });
    }

    /// A tensor with an outlier; its mean square; the tensor times the root of that; and a layer that reads it.
    fn norm() -> FloatModel {
        let axes = vec![TOKENS, CHANNELS];
        let input = InputForm::plain(axes.clone(), axes.clone());
        let spread = (0..CHANNELS).map(|channel| if channel == 3 { 50.0 } else { 1.0 + channel as f64 / 16.0 });
        let layer = (0..CHANNELS * 2).map(|place| (place as f64 * 0.7).sin());
        let weights = vec![
            FloatWeights { name: "spread".into(), axes: vec![CHANNELS], data: spread.collect() },
            FloatWeights { name: "layer".into(), axes: vec![CHANNELS, 2], data: layer.collect() },
        ];
        let mut lowered =
            FloatModel { input, weights, sums: vec![], steps: vec![], output_shape: vec![TOKENS, 2], outputs: vec![] };
        let spread = Access { source: 0, axes: vec![AxisMap::variable(1)] };
        let first = Product::new(vec![], Some(spread), Some(plain(0)));
        step(&mut lowered, axes.clone(), 0.25, vec![first], Function::Variable);
        let square = vec![Factor::values(plain(1)), Factor::values(plain(1))];
        let square = Product { coefficient: 1.0 / 16.0, summed: vec![CHANNELS], factors: square, floor: None };
        let root = Function::Variable.then(Unary::Sqrt).then(Unary::Reciprocal);
        step(&mut lowered, vec![TOKENS], 0.0, vec![square], root);
        let inverse = Access { source: 2, axes: vec![AxisMap::variable(0)] };
        let factors = vec![Factor::values(plain(1)), Factor::values(inverse)];
        let product = Product { coefficient: 1.0, summed: vec![], factors, floor: None };
        step(&mut lowered, axes, 0.0, vec![product], Function::Variable);
        let layer = Access { source: 1, axes: vec![AxisMap::variable(2), AxisMap::variable(1)] };
        let read = Access { source: 3, axes: vec![AxisMap::variable(0), AxisMap::variable(2)] };
        let last = Product::new(vec![CHANNELS], Some(layer), Some(read));
        step(&mut lowered, vec![TOKENS, 2], 0.0, vec![last], Function::Variable);
        lowered
    }

    fn samples() -> Samples {
        let row = |seed: usize| (0..TOKENS * CHANNELS).map(|place| ((place * 7 + seed) as f32 * 0.37).sin()).collect();
        Samples { rows: (0..5).map(row).collect() }
    }

    #[test]
    fn channels_near_one_another_leave_the_model_as_it_was() {
        let mut lowered = norm();
        let before = calibrate(&lowered, &samples()).unwrap();
        let mut statistics = before.clone();
        equalize(&mut lowered, &mut statistics);
        let after = calibrate(&lowered, &samples()).unwrap();
        let outputs = |statistics: &crate::calibrate::Statistics| statistics.outputs.concat();
        for (a, b) in outputs(&before).iter().zip(outputs(&after)) {
            assert!((a - b).abs() < 1e-12 * a.abs().max(1.0), "{a} {b}");
        }
        // The ranges need no second run.
        for (found, expected) in statistics.tensors.iter().zip(&after.tensors) {
            assert!((found.0 - expected.0).abs() + (found.1 - expected.1).abs() < 1e-9, "{found:?} {expected:?}");
        }
        let [apart, near] = [&before, &after].map(|statistics| statistics.reaches(1).unwrap());
        let greatest = |reaches: &[f64]| reaches.iter().copied().fold(0.0, f64::max);
        assert_eq!(apart.iter().filter(|&&reach| reach < greatest(&apart) / 8.0).count(), CHANNELS - 1);
        assert!(near.iter().all(|&reach| reach > greatest(&near) / 4.0), "{near:?}");
        // What is multiplied by another tensor is scaled as it was before, without weights.
        let product = &lowered.sums[lowered.steps[2].sum].products[0];
        assert_eq!((product.weights(), product.factors.len()), (None, 2));
    }

    #[test]
    fn a_tensor_that_bounds_another_keeps_its_scale() {
        let mut lowered = norm();
        lowered.steps[2].rule = Rule::Within(1);
        let mut statistics = calibrate(&lowered, &samples()).unwrap();
        let known = FloatRunner::new(&lowered).run_one(vec![0.5; TOKENS * CHANNELS], 1);
        equalize(&mut lowered, &mut statistics);
        assert_eq!(FloatRunner::new(&lowered).run_one(vec![0.5; TOKENS * CHANNELS], 1), known);
    }
}
