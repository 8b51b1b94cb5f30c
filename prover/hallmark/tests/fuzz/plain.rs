//! NumPy's arrays.

use std::io::{Cursor, Write};

use hallmark_proving::npy::{parse_floats, parse_labels};
use hallmark_proving::npz::parse_arrays;
use ndarray::{Array, ArrayD, IxDyn};
use ndarray_npy::WriteNpyExt;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

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

/// Archives of two arrays, with compression and without.
fn archives() -> Vec<Vec<u8>> {
    let arrays = seeds();
    let archive = |method| {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, array) in ["x.npy", "mask.npy"].iter().zip(&arrays) {
            writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
            writer.write_all(array).unwrap();
        }
        writer.finish().unwrap().into_inner()
    };
    [CompressionMethod::Stored, CompressionMethod::Deflated].map(archive).into()
}

#[test]
fn npz() {
    let seeds = archives();
    Target {
        name: "npz",
        max_memory: 4,
        input: &|rng| mutate(&seeds, rng),
        read: &|bytes| parse_arrays(bytes, 1 << 16).is_ok(),
    }
    .run();
}
