//! Arrays from and to NumPy's `.npy` files.
//!
//! `ndarray-npy` trusts a header: it allocates what the header announces, recurses as deeply as the header nests, and panics
//! where a shape overflows beside a zero. So the header is checked against the file's real length before it gets to see it.

use std::fs::File;
use std::io::{self, Seek};
use std::path::{Path, PathBuf};

use ndarray::{ArrayD, ArrayViewD};
use ndarray_npy::{ReadNpyExt, ReadableElement, WritableElement, WriteNpyExt};
use thiserror::Error;

use crate::file::{self, Access, FileError, Form, Stored, Target, begins_with};

/// NumPy's own headers have some 118 bytes.
const MAX_HEADER: usize = 4096;
/// The header is one dictionary with one tuple in it. More would be a structured type, which is not supported.
const MAX_BRACKETS: usize = 2;
/// NumPy's own limit is 64; arrays of more axes than this are never a model's input.
const MAX_AXES: usize = 16;

/// The form of an array's file.
pub const ARRAY: Form = Form { name: "array", access: Access::Everyone, replaces: is_array };

/// Whether a file is an array, or an archive whose first entry is one.
fn is_array(mut file: &File) -> io::Result<bool> {
    if begins_with(file, b"\x93NUMPY")? {
        return Ok(true);
    }
    file.rewind()?;
    crate::npz::is_archive(file)
}

/// Why an array cannot be read or written.
#[derive(Debug, Error)]
pub enum NpyError {
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not an array that is understood.
    #[error("{}: {fault}", path.display())]
    Array {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: NpyFault,
    },
}

/// What is wrong with an array.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NpyFault {
    /// It does not start as `.npy` files do.
    #[error("this is not a .npy file: save the array with numpy.save")]
    Magic,
    /// Its header is cut off, too long, or says something that NumPy does not.
    #[error("the header of the array is damaged: save it again with numpy.save")]
    Header,
    /// It has no values, or too many axes.
    #[error("an array of shape {shape:?} is not supported: it needs at most {MAX_AXES} axes, none of size zero")]
    Shape {
        /// The array's shape.
        shape: Vec<usize>,
    },
    /// It is not made of numbers in the machine's byte order.
    #[error(
        "the array has the type {found}, but Hallmark reads floats of 32 and 64 bits, truths, and integers of native byte order: convert it with array.astype('float32')"
    )]
    Type {
        /// NumPy's name of the type.
        found: String,
    },
    /// Labels are not integers.
    #[error(
        "the labels have the type {found}, but labels are the numbers of classes: convert them with labels.astype('int64')"
    )]
    LabelType {
        /// NumPy's name of the type.
        found: String,
    },
    /// The file is shorter or longer than its header says.
    #[error("{found} bytes follow the header where {expected} are announced: save the array again")]
    Length {
        /// The length that the header announces; the greatest number for more than that.
        expected: usize,
        /// The length of the rest of the file.
        found: usize,
    },
    /// The archive can't be read.
    #[error("the archive is damaged ({reason}): save the arrays again with numpy.savez")]
    Archive {
        /// What the archive's reader says.
        reason: String,
    },
    /// The archive has too many arrays.
    #[error("the archive has {found} arrays where at most {limit} are allowed")]
    Count {
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// The archive unpacks to too much.
    #[error("the archive unpacks to more than {limit} bytes")]
    Large {
        /// How much there may be.
        limit: u64,
    },
    /// Two arrays of the archive have one name.
    #[error("the archive has two arrays `{name}`")]
    Twice {
        /// The name.
        name: String,
    },
    /// An entry of the archive is not an array that is understood.
    #[error("`{name}`: {fault}")]
    Entry {
        /// Its name.
        name: String,
        /// What is wrong with it.
        fault: Box<Self>,
    },
    /// A label is not a class.
    #[error("label {index} is {value}: labels are the numbers of classes, from 0")]
    Label {
        /// Its position.
        index: usize,
        /// The label.
        value: i64,
    },
}

/// Reads an array of floats or integers as floats. The file may have `max_bytes`.
///
/// # Errors
/// [`NpyError::File`] if the file can't be read or is too large, and [`NpyError::Array`] if it is no such array.
pub fn read_floats(path: &Path, max_bytes: u64) -> Result<ArrayD<f32>, NpyError> {
    let bytes = file::load(path, max_bytes)?;
    parse_floats(&bytes).map_err(|fault| NpyError::Array { path: path.to_owned(), fault })
}

/// Reads an array of integers as the numbers of classes, in row-major order. The file may have `max_bytes`.
///
/// # Errors
/// [`NpyError::File`] if the file can't be read or is too large, and [`NpyError::Array`] if it is no such array.
pub fn read_labels(path: &Path, max_bytes: u64) -> Result<Vec<usize>, NpyError> {
    let bytes = file::load(path, max_bytes)?;
    parse_labels(&bytes).map_err(|fault| NpyError::Array { path: path.to_owned(), fault })
}

/// Writes an array of floats.
///
/// # Errors
/// [`NpyError::File`] if the file can't be written, or holds what could be missed.
pub fn write_floats<'a>(target: impl Into<Target<'a>>, array: ArrayViewD<'_, f32>) -> Result<Stored, NpyError> {
    let (target, mut bytes) = (target.into(), Vec::new());
    array.write_npy(&mut bytes).map_err(|_| NpyError::Array {
        path: target.path.to_owned(),
        fault: NpyFault::Shape { shape: array.shape().to_vec() },
    })?;
    Ok(file::store(target, &bytes, &ARRAY)?)
}

/// The array in the bytes of a `.npy` file, in row-major order.
///
/// # Errors
/// [`NpyFault`] says what the bytes are instead.
pub fn parse_floats(bytes: &[u8]) -> Result<ArrayD<f32>, NpyFault> {
    let header = Header::parse(bytes)?;
    let array = header.read(|value: f32| value).or_else(|| header.read(|value: f64| value as f32));
    let array = array.or_else(|| header.read_integers(|value| value as f32));
    match array.or_else(|| header.read(|value: bool| f32::from(u8::from(value)))) {
        Some(array) => Ok(array?.as_standard_layout().into_owned()),
        None => Err(NpyFault::Type { found: header.type_name() }),
    }
}

/// The labels in the bytes of a `.npy` file, in row-major order.
///
/// # Errors
/// [`NpyFault`] says what the bytes are instead; [`NpyFault::Label`] names a label below 0.
pub fn parse_labels(bytes: &[u8]) -> Result<Vec<usize>, NpyFault> {
    let header = Header::parse(bytes)?;
    let values =
        header.read_integers(|value| value).ok_or_else(|| NpyFault::LabelType { found: header.type_name() })??;
    let label = |(index, &value): (usize, &i64)| usize::try_from(value).map_err(|_| NpyFault::Label { index, value });
    values.iter().enumerate().map(label).collect()
}

/// A file whose header is checked but for the announced length, which depends on the type.
struct Header<'a> {
    fields: ndarray_npy::npy::header::Header,
    bytes: &'a [u8],
    data: usize,
}

impl<'a> Header<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, NpyFault> {
        let data = data_offset(bytes)?;
        let mut header = &bytes[..data];
        if header.iter().filter(|byte| b"([{".contains(byte)).count() > MAX_BRACKETS {
            return Err(NpyFault::Header);
        }
        let fields = ndarray_npy::npy::header::Header::from_reader(&mut header).map_err(|_| NpyFault::Header)?;
        if fields.shape.len() > MAX_AXES || fields.shape.contains(&0) {
            return Err(NpyFault::Shape { shape: fields.shape });
        }
        Ok(Self { fields, bytes, data })
    }

    /// The array, if its elements are of type `T`.
    fn read<T, U>(&self, convert: impl Fn(T) -> U) -> Option<Result<ArrayD<U>, NpyFault>>
    where
        T: ReadableElement + WritableElement + Copy,
    {
        (T::type_descriptor() == self.fields.type_descriptor).then(|| {
            self.check_length(size_of::<T>())?;
            let array = ArrayD::<T>::read_npy(self.bytes).map_err(|_| NpyFault::Header)?;
            Ok(array.mapv(convert))
        })
    }

    /// The array, if its elements are integers. NumPy makes `uint64` only when asked to.
    fn read_integers<U>(&self, convert: impl Fn(i64) -> U) -> Option<Result<ArrayD<U>, NpyFault>> {
        let convert = &convert;
        self.read(|value: i64| convert(value))
            .or_else(|| self.read(|value: i32| convert(value.into())))
            .or_else(|| self.read(|value: i16| convert(value.into())))
            .or_else(|| self.read(|value: i8| convert(value.into())))
            .or_else(|| self.read(|value: u32| convert(value.into())))
            .or_else(|| self.read(|value: u16| convert(value.into())))
            .or_else(|| self.read(|value: u8| convert(value.into())))
    }

    /// NumPy's name of the elements' type, cut, and without what would change a terminal.
    fn type_name(&self) -> String {
        let name = self.fields.type_descriptor.to_string();
        name.chars().filter(|letter| !letter.is_control()).take(32).collect()
    }

    fn check_length(&self, element: usize) -> Result<(), NpyFault> {
        let expected = self.fields.shape.iter().try_fold(element, |bytes, &size| bytes.checked_mul(size));
        let (expected, found) = (expected.unwrap_or(usize::MAX), self.bytes.len() - self.data);
        if expected == found { Ok(()) } else { Err(NpyFault::Length { expected, found }) }
    }
}

/// Where the data of a `.npy` file start: magic, version, the header's length in two or four bytes, and the header.
fn data_offset(bytes: &[u8]) -> Result<usize, NpyFault> {
    let rest = bytes.strip_prefix(b"\x93NUMPY").ok_or(NpyFault::Magic)?;
    let (prefix, length) = match *rest {
        [1, 0, a, b, ..] => (10, u32::from(u16::from_le_bytes([a, b]))),
        [2 | 3, 0, a, b, c, d, ..] => (12, u32::from_le_bytes([a, b, c, d])),
        _ => return Err(NpyFault::Header),
    };
    let length = usize::try_from(length).ok().filter(|&length| length <= MAX_HEADER).ok_or(NpyFault::Header)?;
    Some(prefix + length).filter(|&offset| offset <= bytes.len()).ok_or(NpyFault::Header)
}
