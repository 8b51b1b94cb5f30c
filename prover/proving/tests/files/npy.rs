//! Arrays are read as NumPy means them, and hostile files are refused within bounded memory.

use std::fs;
use std::path::Path;

use hallmark_proving::npy::{NpyError, NpyFault, parse_floats, parse_labels, read_floats, read_labels, write_floats};
use ndarray::{ArrayD, ShapeBuilder};
use ndarray_npy::WriteNpyExt;
use proptest::prelude::*;

/// The bytes of a file of NumPy's first version with this dictionary and these data.
fn npy(dictionary: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{dictionary}\n");
    [b"\x93NUMPY\x01\0", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), data].concat()
}

fn array(descriptor: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    npy(&format!("{{'descr': '{descriptor}', 'fortran_order': False, 'shape': {shape}, }}"), data)
}

fn dynamic(shape: &[usize], values: Vec<f32>) -> ArrayD<f32> {
    ArrayD::from_shape_vec(shape, values).unwrap()
}

#[test]
fn floats_and_integers_are_floats() {
    let expected = dynamic(&[2], vec![1.0, -2.0]);
    let files = [
        array("<f4", "(2,)", &[1f32, -2.0].map(f32::to_le_bytes).concat()),
        array("<f8", "(2,)", &[1f64, -2.0].map(f64::to_le_bytes).concat()),
        array("<i8", "(2,)", &[1i64, -2].map(i64::to_le_bytes).concat()),
        array("<i4", "(2,)", &[1i32, -2].map(i32::to_le_bytes).concat()),
        array("<i2", "(2,)", &[1i16, -2].map(i16::to_le_bytes).concat()),
        array("|i1", "(2,)", &[1, 0xfe]),
    ];
    for file in files {
        assert_eq!(parse_floats(&file).unwrap(), expected);
    }
    assert_eq!(parse_floats(&array("|u1", "(1, 1)", &[200])).unwrap(), dynamic(&[1, 1], vec![200.0]));
    assert_eq!(parse_floats(&array("|u1", "()", &[7])).unwrap(), dynamic(&[], vec![7.0]));
    assert_eq!(parse_floats(&array("|b1", "(2,)", &[1, 0])).unwrap(), dynamic(&[2], vec![1.0, 0.0]));
    assert_eq!(parse_floats(&array("|b1", "(2,)", &[2, 0])), Err(NpyFault::Header));
}

#[test]
fn columns_first_is_turned_into_rows_first() {
    let columns = ArrayD::from_shape_vec(ndarray::IxDyn(&[2, 3]).f(), vec![0f32, 1., 2., 3., 4., 5.]).unwrap();
    let mut file = Vec::new();
    columns.write_npy(&mut file).unwrap();
    let read = parse_floats(&file).unwrap();
    assert_eq!(read.as_slice().unwrap(), [0., 2., 4., 1., 3., 5.]);
}

#[test]
fn labels_are_classes() {
    let labels = array("<i8", "(3, 1)", &[4i64, 0, 9].map(i64::to_le_bytes).concat());
    assert_eq!(parse_labels(&labels), Ok(vec![4, 0, 9]));
    let negative = array("<i4", "(2,)", &[1i32, -1].map(i32::to_le_bytes).concat());
    assert_eq!(parse_labels(&negative), Err(NpyFault::Label { index: 1, value: -1 }));
    let floats = array("<f4", "(1,)", &1f32.to_le_bytes());
    assert_eq!(parse_labels(&floats), Err(NpyFault::LabelType { found: "'<f4'".into() }));
}

#[test]
fn what_is_written_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.npy");
    let array = dynamic(&[1, 2, 2], vec![0.5, f32::MAX, -0.0, 1e-40]);
    write_floats(&path, array.view()).unwrap();
    assert_eq!(read_floats(&path, 1000).unwrap(), array);
    assert!(matches!(read_floats(&path, 10), Err(NpyError::File(_))));
    assert!(matches!(read_labels(Path::new("missing.npy"), 10), Err(NpyError::File(_))));
    fs::write(&path, "1, 2, 3").unwrap();
    let error = read_floats(&path, 1000).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{}: this is not a .npy file: save the array with numpy.save", path.display())
    );
}

#[test]
fn hostile_headers_are_refused() {
    let shape = |shape: &[usize]| NpyFault::Shape { shape: shape.to_vec() };
    let length = |expected, found| NpyFault::Length { expected, found };
    let kind = |found: &str| NpyFault::Type { found: found.into() };
    let nested = format!("{{'descr': {}", "(".repeat(3000));
    let cases = [
        (array("<f4", "(1000000000000,)", &[0; 4]), length(4_000_000_000_000, 4)),
        (array("<f4", "(4294967296, 4294967296, 4294967296)", &[]), length(usize::MAX, 0)),
        (array("<f4", "(9223372036854775807, 4, 0)", &[]), shape(&[9_223_372_036_854_775_807, 4, 0])),
        (array("<f4", "(99999999999999999999999,)", &[]), NpyFault::Header),
        (array("<f4", "(-1,)", &[]), NpyFault::Header),
        (array("<f4", "(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)", &[0; 4]), shape(&[1; 17])),
        (array("<f4", "(2,)", &[0; 7]), length(8, 7)),
        (array("<f4", "(2,)", &[0; 9]), length(8, 9)),
        (array(">f4", "(1,)", &[0; 4]), kind("'>f4'")),
        (array("|O", "(1,)", &[0; 4]), kind("'|O'")),
        (array("<f2", "(1,)", &[0; 2]), kind("'<f2'")),
        (npy(&nested, &[]), NpyFault::Header),
        (npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", &[0; 4]), NpyFault::Header),
        (npy("{}", &[]), NpyFault::Header),
        (b"\x93NUMPY\x02\0\xff\xff\xff\xff".to_vec(), NpyFault::Header),
        (b"\x93NUMPY\x09\0\x01\0\n".to_vec(), NpyFault::Header),
        (b"\x93NUMPY".to_vec(), NpyFault::Header),
        (vec![], NpyFault::Magic),
    ];
    for (file, expected) in cases {
        assert_eq!(parse_floats(&file), Err(expected), "{}", String::from_utf8_lossy(&file));
    }
}

#[test]
fn every_truncation_is_refused() {
    let file = array("<f4", "(3,)", &[0; 12]);
    assert!((0..file.len()).all(|length| parse_floats(&file[..length]).is_err()));
}

proptest! {
    #[test]
    fn no_damage_panics(position in 0usize..90, byte: u8, noise: Vec<u8>) {
        let mut file = array("<f4", "(3,)", &[0; 12]);
        let position = position % file.len();
        file[position] = byte;
        let _ = parse_floats(&file);
        let _ = parse_floats(&npy(&String::from_utf8_lossy(&noise), &noise));
    }
}
