//! NumPy's arrays.

use hallmark_proving::npy::{parse_floats, parse_labels};
use ndarray::{Array, ArrayD, IxDyn};
use ndarray_npy::WriteNpyExt;

use crate::harness::Target;
use crate::mutate::mutate;

fn seeds() -> Vec<Vec<u8>> {
    let floats: ArrayD<f32> = Array::linspace(-1.0, 1.0, 60).into_shape_with_order(IxDyn(&[3, 4, 5])).unwrap();
    let doubles: ArrayD<f64> = Array::linspace(-9.0, 9.0, 6).into_shape_with_order(IxDyn(&[6])).unwrap();
    let labels: ArrayD<i64> = Array::from_iter(0..9).into_dyn();
    let mut files = vec![Vec::new(); 3];
    floats.write_npy(&mut files[0]).unwrap();
    doubles.write_npy(&mut files[1]).unwrap();
    labels.write_npy(&mut files[2]).unwrap();
    files
}

#[test]
fn npy() {
    let seeds = seeds();
    Target {
        name: "npy",
        max_memory: 4,
        input: &|rng| mutate(&seeds, rng),
        read: &|bytes| parse_floats(bytes).is_ok() | parse_labels(bytes).is_ok(),
    }
    .run();
}
