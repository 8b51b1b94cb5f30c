"""Arrays and models, as the native half takes them: a file, or a name for messages and what the file would hold."""

from __future__ import annotations

import io
import os
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from .errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

    # An array, or one for each of a model's inputs or outputs; or a file of them.
    Arrays: TypeAlias = ArrayLike | Mapping[str, ArrayLike] | os.PathLike[str]

Source: TypeAlias = tuple[str, bytes | None]


def arrays(name: str, value: Arrays) -> Source:
    """An array as `.npy`, several by their names as `.npz`, and a path as it is."""
    import numpy as np

    if isinstance(value, (str, os.PathLike)):
        return os.fspath(value), None
    buffer = io.BytesIO()
    try:
        if isinstance(value, Mapping):
            with zipfile.ZipFile(buffer, "w") as archive:
                for key, array in value.items():
                    with archive.open(f"{key}.npy", "w", force_zip64=True) as entry:
                        np.lib.format.write_array(entry, _plain(array), allow_pickle=False)
        else:
            np.lib.format.write_array(buffer, _plain(value), allow_pickle=False)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{name}: this is no array of numbers: {error}") from error
    return name, buffer.getvalue()


def _plain(value: Any) -> np.ndarray[Any, Any]:
    """An array of numbers, of a tensor or a frame too, of a type that the native half reads."""
    import numpy as np

    if hasattr(value, "detach"):
        # A tensor of torch may have a gradient, and be on another device.
        value = value.detach().cpu()
    array = np.asarray(value)
    if array.dtype.kind == "b":
        return array.astype(np.uint8)
    if array.dtype.kind == "f" and array.dtype.itemsize not in (4, 8):
        return array.astype(np.float32 if array.dtype.itemsize < 4 else np.float64)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"its values are {array.dtype}")
    return array


def optional(name: str, value: Arrays | None) -> Source | None:
    """An array that may be left out."""
    return None if value is None else arrays(name, value)


@contextmanager
def onnx_model(model: Any, calibration: Any) -> Iterator[Source]:
    """An ONNX model: a path, bytes, an onnx `ModelProto`, or a torch module, which is exported with its first sample."""
    torch = sys.modules.get("torch")
    if isinstance(model, (bytes, bytearray, memoryview)):
        yield "model", bytes(model)
    elif isinstance(model, (str, os.PathLike)):
        yield os.fspath(model), None
    elif hasattr(model, "SerializeToString"):
        yield "model", model.SerializeToString()
    elif torch is not None and isinstance(model, torch.nn.Module):
        with tempfile.TemporaryDirectory() as folder:
            # Weights may lie beside the file.
            file = Path(folder, "model.onnx")
            torch.onnx.export(model, _first(torch, calibration), str(file))
            yield str(file), None
    else:
        raise UsageError(
            f"a {type(model).__name__} is no model: give a path, the bytes of an ONNX file, an onnx ModelProto or a torch module"
        )


def _first(torch: Any, calibration: Any) -> tuple[Any, ...]:
    """The first sample of each input, as tensors, in the order in which the module takes them."""
    import numpy as np

    if isinstance(calibration, (str, os.PathLike)):
        loaded = np.load(calibration, allow_pickle=False)
        calibration = dict(loaded) if isinstance(loaded, np.lib.npyio.NpzFile) else loaded
    each = calibration.values() if isinstance(calibration, Mapping) else [calibration]

    def tensor(value: Any) -> Any:
        array = _plain(value)[:1]
        return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32 if array.dtype.kind == "f" else None))

    return tuple(tensor(value) for value in each)
