//! Arrays from NumPy's `.npz` files: archives of `.npy` files, with or without compression.
//!
//! An archive may say anything of its entries' sizes, and little of it may become much. So what is unpacked is counted as it comes.

use std::{
    collections::HashSet,
    io::{Cursor, Read},
    path::Path,
};

use ndarray::ArrayD;
use zip::ZipArchive;

use crate::{
    file,
    npy::{NpyError, NpyFault, parse_floats},
};

/// The most arrays of a file.
const MAX_ARRAYS: usize = 64;
/// The most characters of a name. No model's input has a longer one.
const MAX_NAME: usize = 256;
/// How a zip archive with something in it begins.
const MAGIC: &[u8] = b"PK\x03\x04";

/// The array of a file, or its arrays by their names.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrays {
    /// That of a `.npy` file.
    One(ArrayD<f32>),
    /// Those of a `.npz` file, in its order.
    Named(Vec<(String, ArrayD<f32>)>),
}

/// Reads the arrays of a `.npy` or a `.npz` file as floats. The file may have `max_bytes`, and so may all that is unpacked of it.
///
/// # Errors
/// [`NpyError::File`] if the file can't be read or is too large, and [`NpyError::Array`] if it is neither.
pub fn read_arrays(path: &Path, max_bytes: u64) -> Result<Arrays, NpyError> {
    let bytes = file::load(path, max_bytes)?;
    parse_arrays(&bytes, max_bytes).map_err(|fault| NpyError::Array { path: path.to_owned(), fault })
}

/// The arrays in the bytes of a `.npy` or a `.npz` file, of which so many bytes may be unpacked.
///
/// # Errors
/// [`NpyFault`] says what the bytes are instead.
pub fn parse_arrays(bytes: &[u8], max_bytes: u64) -> Result<Arrays, NpyFault> {
    if !bytes.starts_with(MAGIC) {
        return parse_floats(bytes).map(Arrays::One);
    }
    let damaged = |error: zip::result::ZipError| NpyFault::Archive { reason: reason(&error) };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    if archive.len() > MAX_ARRAYS {
        return Err(NpyFault::Count { found: archive.len(), limit: MAX_ARRAYS });
    }
    let (mut arrays, mut names, mut left) = (Vec::new(), HashSet::new(), max_bytes);
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(damaged)?;
        let name = entry.name().map_err(damaged)?;
        let name = shown(name.strip_suffix(".npy").unwrap_or(&name));
        if !names.insert(name.clone()) {
            return Err(NpyFault::Twice { name });
        }
        let mut unpacked = Vec::new();
        let read = entry.take(left.saturating_add(1)).read_to_end(&mut unpacked);
        read.map_err(|error| NpyFault::Archive { reason: reason(&error) })?;
        let unpacked_bytes = unpacked.len() as u64;
        left = left.checked_sub(unpacked_bytes).ok_or(NpyFault::Large { limit: max_bytes })?;
        let array = parse_floats(&unpacked);
        let array = array.map_err(|fault| NpyFault::Entry { name: name.clone(), fault: Box::new(fault) })?;
        arrays.push((name, array));
    }
    Ok(Arrays::Named(arrays))
}

/// A name without what would change a terminal, cut.
fn shown(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_control()).take(MAX_NAME).collect()
}

fn reason(error: &dyn std::error::Error) -> String {
    shown(&error.to_string())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use ndarray::arr1;
    use ndarray_npy::WriteNpyExt;
    use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

    use super::*;

    const MUCH: u64 = 1 << 20;

    fn array(values: &[f32]) -> Vec<u8> {
        let mut bytes = Vec::new();
        arr1(values).write_npy(&mut bytes).unwrap();
        bytes
    }

    fn archive(entries: &[(&str, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn arrays_are_read_with_compression_and_without() {
        let entries = [("ids.npy", array(&[1.0, 2.0])), ("mask.npy", array(&[3.0]))];
        let expected = [("ids".to_owned(), arr1(&[1.0, 2.0]).into_dyn()), ("mask".to_owned(), arr1(&[3.0]).into_dyn())];
        for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            assert_eq!(parse_arrays(&archive(&entries, method), MUCH), Ok(Arrays::Named(expected.to_vec())));
        }
        assert_eq!(parse_arrays(&entries[1].1, MUCH), Ok(Arrays::One(arr1(&[3.0]).into_dyn())));
    }

    #[test]
    fn hostile_archives_are_refused() {
        let bomb = [("zeros.npy", array(&vec![0.0; 1 << 20]))];
        let packed = archive(&bomb, CompressionMethod::Deflated);
        assert!(packed.len() < 1 << 16);
        assert_eq!(parse_arrays(&packed, MUCH), Err(NpyFault::Large { limit: MUCH }));
        // The limit is one of all entries together.
        let halves = [("a.npy", array(&[0.0; 1 << 17])), ("b.npy", array(&[0.0; 1 << 17]))];
        assert_eq!(
            parse_arrays(&archive(&halves, CompressionMethod::Stored), MUCH),
            Err(NpyFault::Large { limit: MUCH })
        );
        let twice = archive(&[("a.npy", array(&[1.0])), ("a", array(&[1.0]))], CompressionMethod::Stored);
        assert_eq!(parse_arrays(&twice, MUCH), Err(NpyFault::Twice { name: "a".into() }));
        let text = archive(&[("a\u{1b}.npy", b"text".to_vec())], CompressionMethod::Stored);
        let fault = NpyFault::Entry { name: "a".into(), fault: Box::new(NpyFault::Magic) };
        assert_eq!(parse_arrays(&text, MUCH), Err(fault));
        let names: Vec<String> = (0..=MAX_ARRAYS).map(|index| index.to_string()).collect();
        let many: Vec<_> = names.iter().map(|name| (name.as_str(), array(&[1.0]))).collect();
        let many = archive(&many, CompressionMethod::Stored);
        assert_eq!(parse_arrays(&many, MUCH), Err(NpyFault::Count { found: MAX_ARRAYS + 1, limit: MAX_ARRAYS }));
        let honest = archive(&[("a.npy", array(&[1.0; 100]))], CompressionMethod::Deflated);
        for length in 0..honest.len() {
            assert!(parse_arrays(&honest[..length], MUCH).is_err(), "{length}");
        }
        for index in 0..honest.len() {
            let mut changed = honest.clone();
            changed[index] ^= 0x55;
            // Whatever it is now, it is no panic.
            let _ = parse_arrays(&changed, MUCH);
        }
    }
}
