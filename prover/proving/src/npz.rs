//! Arrays from and to NumPy's `.npz` files: archives of `.npy` files, with or without compression.
//!
//! An archive may say anything of its entries' sizes, and little of it may become much. So what is unpacked is counted as it comes.

use std::{
    collections::HashSet,
    fs::File,
    io::{self, Cursor, Read, Write},
    path::Path,
};

use ndarray::ArrayD;
use ndarray_npy::WriteNpyExt;
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::{
    file::{self, Stored, Target},
    npy::{ARRAY, NpyError, NpyFault, parse_floats},
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

/// Writes arrays of floats under their names, without compression.
///
/// # Errors
/// [`NpyError::File`] if the file can't be written, or holds what could be missed.
pub fn write_arrays<'a>(target: impl Into<Target<'a>>, arrays: &[(String, ArrayD<f32>)]) -> Result<Stored, NpyError> {
    let target = target.into();
    let bytes = archive(arrays).map_err(|fault| NpyError::Array { path: target.path.to_owned(), fault })?;
    Ok(file::store(target, &bytes, &ARRAY)?)
}

/// The bytes of an archive: the same for the same arrays.
fn archive(arrays: &[(String, ArrayD<f32>)]) -> Result<Vec<u8>, NpyFault> {
    let fault = |reason: String| NpyFault::Archive { reason };
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, array) in arrays {
        let mut bytes = Vec::new();
        array.write_npy(&mut bytes).map_err(|_| NpyFault::Shape { shape: array.shape().to_vec() })?;
        writer.start_file(format!("{name}.npy"), options).map_err(|error| fault(reason(&error)))?;
        writer.write_all(&bytes).map_err(|error| fault(reason(&error)))?;
    }
    Ok(writer.finish().map_err(|error| fault(reason(&error)))?.into_inner())
}

/// Whether a file is an archive whose first entry is an array.
pub(crate) fn is_archive(file: &File) -> io::Result<bool> {
    /// Where the length of the entry's name stands, and where the name does.
    const LENGTH: usize = 26;
    const NAME: usize = 30;
    let mut head = Vec::new();
    file.take((NAME + 4 * MAX_NAME) as u64).read_to_end(&mut head)?;
    let length = head.get(LENGTH..LENGTH + 2).and_then(|bytes| bytes.try_into().ok()).map(u16::from_le_bytes);
    let name = length.and_then(|length| head.get(NAME..NAME + usize::from(length)));
    Ok(head.starts_with(MAGIC) && name.is_some_and(|name| name.ends_with(b".npy")))
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
    use ndarray::{arr0, arr1};

    use super::*;

    const MUCH: u64 = 1 << 20;

    fn array(values: &[f32]) -> Vec<u8> {
        let mut bytes = Vec::new();
        arr1(values).write_npy(&mut bytes).unwrap();
        bytes
    }

    fn packed(entries: &[(&str, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
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
            assert_eq!(parse_arrays(&packed(&entries, method), MUCH), Ok(Arrays::Named(expected.to_vec())));
        }
        assert_eq!(parse_arrays(&entries[1].1, MUCH), Ok(Arrays::One(arr1(&[3.0]).into_dyn())));
    }

    #[test]
    fn arrays_are_written_as_they_are_read() {
        let arrays = [("é".to_owned(), arr1(&[1.5, -2.0]).into_dyn()), ("b/c".to_owned(), arr0(3.0).into_dyn())];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("y.npz");
        write_arrays(path.as_path(), &arrays).unwrap();
        assert_eq!(read_arrays(&path, MUCH).unwrap(), Arrays::Named(arrays.to_vec()));
        assert_eq!(std::fs::read(&path).unwrap(), archive(&arrays).unwrap());
        // An archive of arrays takes the place of another, or of an array, and of nothing else.
        write_arrays(path.as_path(), &arrays[..1]).unwrap();
        crate::npy::write_floats(path.as_path(), arrays[0].1.view()).unwrap();
        write_arrays(path.as_path(), &arrays).unwrap();
        for other in [
            packed(&[("a.txt", b"text".to_vec())], CompressionMethod::Stored),
            b"PK\x03\x04".to_vec(),
            b"text".to_vec(),
        ] {
            std::fs::write(&path, &other).unwrap();
            assert!(write_arrays(path.as_path(), &arrays).is_err());
            assert_eq!(std::fs::read(&path).unwrap(), other);
        }
    }

    #[test]
    fn hostile_archives_are_refused() {
        let bomb = [("zeros.npy", array(&vec![0.0; 1 << 20]))];
        let bomb = packed(&bomb, CompressionMethod::Deflated);
        assert!(bomb.len() < 1 << 16);
        assert_eq!(parse_arrays(&bomb, MUCH), Err(NpyFault::Large { limit: MUCH }));
        // The limit is one of all entries together.
        let halves = [("a.npy", array(&[0.0; 1 << 17])), ("b.npy", array(&[0.0; 1 << 17]))];
        assert_eq!(
            parse_arrays(&packed(&halves, CompressionMethod::Stored), MUCH),
            Err(NpyFault::Large { limit: MUCH })
        );
        let twice = packed(&[("a.npy", array(&[1.0])), ("a", array(&[1.0]))], CompressionMethod::Stored);
        assert_eq!(parse_arrays(&twice, MUCH), Err(NpyFault::Twice { name: "a".into() }));
        let text = packed(&[("a\u{1b}.npy", b"text".to_vec())], CompressionMethod::Stored);
        let fault = NpyFault::Entry { name: "a".into(), fault: Box::new(NpyFault::Magic) };
        assert_eq!(parse_arrays(&text, MUCH), Err(fault));
        let names: Vec<String> = (0..=MAX_ARRAYS).map(|index| index.to_string()).collect();
        let many: Vec<_> = names.iter().map(|name| (name.as_str(), array(&[1.0]))).collect();
        let many = packed(&many, CompressionMethod::Stored);
        assert_eq!(parse_arrays(&many, MUCH), Err(NpyFault::Count { found: MAX_ARRAYS + 1, limit: MAX_ARRAYS }));
        let honest = packed(&[("a.npy", array(&[1.0; 100]))], CompressionMethod::Deflated);
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
