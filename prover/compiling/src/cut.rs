//! Cuts large weights where padding takes more room than another term.
//!
//! The axes of weights are padded to powers of two, and every row of weights is a point that a contract multiplies in each
//! settlement. A sum over three rows of a window is the sum over two of them plus the sum over one: a term more, and no
//! padding between the third row and a fourth.

use hallmark_circuits::model::{Access, AxisMap, Factor, MAX_TERMS, Space, Stride, block_bits};

use super::float_model::{FloatModel, FloatWeights, Product};

/// The places that a cut saves at least: half of a usual row. A term takes some sixty rows of the settlement circuit, and
/// next to nothing of anything else.
const LEAST_SAVED: usize = 1 << 14;

/// An axis of weights that one summed variable runs along, cut in two.
struct Cut {
    /// The axis.
    axis: usize,
    /// The variable among the summed ones.
    variable: usize,
    /// The axis up to the cut: the greatest power of two in it.
    before: usize,
    /// The axis after the cut.
    after: usize,
    /// The places that it saves.
    saved: usize,
}

/// Cuts the weights of every product once, where that saves enough.
pub(super) fn cut_weights(lowered: &mut FloatModel) {
    let FloatModel { weights, sums, .. } = lowered;
    for sum in sums {
        let free = sum.axes.len();
        let mut room = MAX_TERMS.saturating_sub(sum.products.len());
        let mut products = Vec::with_capacity(sum.products.len());
        for product in sum.products.drain(..) {
            match best_cut(&product, free, weights).filter(|_| room > 0) {
                Some(cut) => {
                    room -= 1;
                    products.extend(cut.apply(&product, free, weights));
                }
                None => products.push(product),
            }
        }
        sum.products = products;
    }
}

/// The cut of a product's weights that saves most, if one saves enough. The step has `free` axes.
fn best_cut(product: &Product, free: usize, weights: &[FloatWeights]) -> Option<Cut> {
    let access = product.weights()?;
    let axes = &weights[access.source].axes;
    let places = |axis: usize, size: usize| 1usize << block_bits(&with_size(axes, axis, size));
    let cuts = access.axes.iter().zip(axes).enumerate().filter_map(|(axis, (map, &size))| {
        let variable = summed_variable(access, map, free)?;
        let before = 1 << size.checked_ilog2()?;
        let after = size - before;
        if after == 0 || product.summed[variable] != size {
            return None;
        }
        let saved = places(axis, size) - places(axis, before) - places(axis, after);
        Some(Cut { axis, variable, before, after, saved })
    });
    cuts.filter(|cut| cut.saved >= LEAST_SAVED).max_by_key(|cut| cut.saved)
}

/// The summed variable that an axis is, if it is just that, and no other axis depends on it.
fn summed_variable(access: &Access, map: &AxisMap, free: usize) -> Option<usize> {
    let [Stride { variable, stride: 1 }] = map.strides[..] else { return None };
    let strides = access.axes.iter().flat_map(|map| &map.strides);
    let alone = map.offset == 0 && strides.filter(|by| by.variable == variable).count() == 1;
    if alone { variable.checked_sub(free) } else { None }
}

impl Cut {
    fn apply(&self, product: &Product, free: usize, weights: &mut Vec<FloatWeights>) -> [Product; 2] {
        [(0, self.before), (self.before, self.after)].map(|(start, size)| {
            let mut part = product.clone();
            part.summed[self.variable] = size;
            for Factor { space, access } in &mut part.factors {
                match space {
                    Space::Weights => {
                        weights.push(weights[access.source].range(self.axis, start, size));
                        access.source = weights.len() - 1;
                    }
                    Space::Values => {
                        access.axes.iter_mut().for_each(|map| advance(map, free + self.variable, start));
                    }
                }
            }
            part
        })
    }
}

/// The index where a variable counts from `start` on.
fn advance(map: &mut AxisMap, variable: usize, start: usize) {
    let strides = map.strides.iter().filter(|by| by.variable == variable).map(|by| by.stride);
    map.offset += strides.sum::<i64>() * start as i64;
}

fn with_size(axes: &[usize], axis: usize, size: usize) -> Vec<usize> {
    let mut axes = axes.to_vec();
    axes[axis] = size;
    axes
}

impl FloatWeights {
    /// The part of an axis from `start` on.
    fn range(&self, axis: usize, start: usize, size: usize) -> Self {
        let inner: usize = self.axes[axis + 1..].iter().product();
        let slices = self.data.chunks_exact(self.axes[axis] * inner);
        let data = slices.flat_map(|slice| &slice[start * inner..(start + size) * inner]).copied().collect();
        Self { name: self.name.clone(), axes: with_size(&self.axes, axis, size), data }
    }
}

#[cfg(test)]
mod tests {
    use hallmark_circuits::model::{Access, AxisMap};

    use super::cut_weights;
    use crate::float_model::{FloatModel, FloatWeights, InputForm, Product, Sum};

    /// A convolution of 64 channels by windows of 3 places along a line of 8, without its middle sizes.
    fn convolution(channels: usize, window: usize) -> FloatModel {
        let input = InputForm::plain(vec![channels, 8], vec![channels, 8]);
        let data = (0..channels * channels * window).map(|weight| weight as f64).collect();
        let weights = vec![FloatWeights { name: "w".into(), axes: vec![channels, channels, window], data }];
        let sliding = {
            let mut map = AxisMap::strided(1, 2, -1);
            map.strides.extend(AxisMap::strided(3, 3, 0).strides);
            map
        };
        let weights_read = Access { source: 0, axes: [0, 2, 3].map(AxisMap::variable).to_vec() };
        let values = Access { source: 0, axes: vec![AxisMap::variable(2), sliding] };
        let product = Product::new(vec![channels, window], Some(weights_read), Some(values));
        let sum = Sum {
            name: "s".into(),
            axes: vec![channels, 4],
            constant: 0.0,
            floor: None,
            nonpositive: false,
            products: vec![product],
        };
        FloatModel { input, weights, sums: vec![sum], steps: vec![], output_shape: vec![], outputs: vec![] }
    }

    #[test]
    fn a_large_window_of_three_is_one_of_two_and_one_of_one() {
        let mut lowered = convolution(128, 3);
        let whole = lowered.weights[0].data.clone();
        cut_weights(&mut lowered);
        let [first, second] = &lowered.sums[0].products[..] else { panic!("not two products") };
        assert_eq!([&first.summed, &second.summed], [&vec![128, 2], &vec![128, 1]]);
        let offsets = [first, second].map(|product| product.value().unwrap().axes[1].offset);
        assert_eq!(offsets, [-1, -1 + 2 * 3]);
        let parts = [first, second].map(|product| &lowered.weights[product.weights().unwrap().source]);
        let joined: Vec<f64> =
            parts[0].data.chunks(2).zip(&parts[1].data).flat_map(|(a, b)| [a[0], a[1], *b]).collect();
        assert_eq!(joined, whole);
    }

    #[test]
    fn small_windows_and_those_without_padding_stay() {
        for (channels, window) in [(64, 3), (128, 4), (128, 2)] {
            let mut lowered = convolution(channels, window);
            cut_weights(&mut lowered);
            assert_eq!((lowered.sums[0].products.len(), lowered.weights.len()), (1, 1), "{channels}, {window}");
        }
    }
}
