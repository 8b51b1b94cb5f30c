//! Weights in files beside the model.
//!
//! A tensor may name a file, an offset and a length. Names come from the model, which may be hostile: they lead to a regular file in
//! the model's folder or below it, links included, and no more is read than the tensor's shape asks for.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

use tract_onnx::pb::{GraphProto, StringStringEntryProto, TensorProto, tensor_proto::DataType};

use super::constant::{checked_count, element_bits};
use super::error::{CompileError, check_size};
use super::limits::MAX_MODEL_BYTES;

/// `TensorProto.DataLocation.EXTERNAL`.
const EXTERNAL: i32 = 1;

/// Reads all external tensors of a graph into it.
///
/// # Errors
///
/// Fails where a tensor's data are not in a file of the folder, or there is no folder.
pub(super) fn read_external(graph: &mut GraphProto, folder: Option<&Path>) -> Result<(), CompileError> {
    let attributes =
        graph.node.iter_mut().flat_map(|node| &mut node.attribute).filter_map(|attribute| attribute.t.as_mut());
    let mut total = 0u128;
    for tensor in graph.initializer.iter_mut().chain(attributes).filter(|tensor| is_external(tensor)) {
        let fail = |reason: String| CompileError::Tensor { name: tensor.name.clone(), reason };
        let folder =
            folder.ok_or_else(|| fail("its data lie in another file, and the model comes from none".into()))?;
        let place = Place::read(tensor)?;
        total += u128::from(place.length);
        check_size("the number of bytes of all external tensors", total, MAX_MODEL_BYTES as u128)?;
        let data = place.load(folder).map_err(fail)?;
        tensor.raw_data = data;
        tensor.data_location = Some(0);
        tensor.external_data.clear();
    }
    Ok(())
}

fn is_external(tensor: &TensorProto) -> bool {
    tensor.data_location == Some(EXTERNAL)
}

/// Where a tensor's data lie.
struct Place {
    location: String,
    offset: u64,
    length: u64,
}

impl Place {
    /// Reads the entries of a tensor; the length follows from its shape.
    fn read(tensor: &TensorProto) -> Result<Self, CompileError> {
        let fail = |reason: String| CompileError::Tensor { name: tensor.name.clone(), reason };
        let entry = |key: &str| tensor.external_data.iter().find(|entry| entry.key == key).map(value);
        let number = |key: &str| match entry(key) {
            Some(text) => text.parse::<u64>().map(Some).map_err(|_| fail(format!("its {key} is not a number"))),
            None => Ok(None),
        };
        let location = entry("location").ok_or_else(|| fail("it names no file for its data".into()))?.to_owned();
        let dims = tensor.dims.iter().map(|&dim| usize::try_from(dim)).collect::<Result<Vec<_>, _>>();
        let count = checked_count(&tensor.name, &dims.map_err(|_| fail("it has a negative size".into()))?)?;
        let bits = DataType::try_from(tensor.data_type).ok().and_then(element_bits);
        let bits = bits.ok_or_else(|| fail("its data type is not supported".into()))?;
        let length = (count as u64 * bits).div_ceil(8);
        if let Some(given) = number("length")?.filter(|&given| given != length) {
            return Err(fail(format!("its data have {given} bytes where its shape has {length}")));
        }
        Ok(Self { location, offset: number("offset")?.unwrap_or(0), length })
    }

    fn load(&self, folder: &Path) -> Result<Vec<u8>, String> {
        let path = self.resolve(folder)?;
        let shown = path.display();
        let fail = |error: std::io::Error| format!("its data in `{shown}` cannot be read: {error}");
        let size = path.metadata().map_err(fail)?.len();
        if self.offset.checked_add(self.length).is_none_or(|end| end > size) {
            return Err(format!("its data end beyond the {size} bytes of `{shown}`; is the file whole?"));
        }
        let mut file = File::open(&path).map_err(fail)?;
        file.seek(SeekFrom::Start(self.offset)).map_err(fail)?;
        // The size was checked against the file and the limits; the file may still shrink meanwhile.
        let mut data = vec![0; usize::try_from(self.length).map_err(|error| error.to_string())?];
        file.read_exact(&mut data).map_err(fail)?;
        Ok(data)
    }

    /// The file, in the folder or below it.
    fn resolve(&self, folder: &Path) -> Result<PathBuf, String> {
        let location = &self.location;
        let relative = Path::new(location);
        let plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        if location.is_empty() || location.contains(['\\', '\0']) || !relative.components().all(plain) {
            return Err(format!("its data lie in {location:?}, which is not a file in the model's folder"));
        }
        let base = folder.canonicalize().map_err(|error| format!("the model's folder cannot be read: {error}"))?;
        let path = base.join(relative).canonicalize().map_err(|error| {
            format!(
                "its data lie in {location:?} beside the model, which cannot be read: {error}. Keep both files together"
            )
        })?;
        if !path.starts_with(&base) {
            return Err(format!(
                "its data lie in {location:?}, a link that leaves the model's folder; copy the file there"
            ));
        }
        if path.is_file() {
            Ok(path)
        } else {
            Err(format!("its data lie in {location:?}, which is not a regular file"))
        }
    }
}

fn value(entry: &StringStringEntryProto) -> &str {
    &entry.value
}
