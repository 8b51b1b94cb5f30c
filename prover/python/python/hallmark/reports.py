"""What came of a call: a dataclass for each kind, with the figures that the command `hallmark` tells.

`text` is what the command prints, and `data` what it prints with `--json`. `frame()` is a table of pandas.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, np.dtype[np.float32]]


def _frame(rows: Any) -> pd.DataFrame:
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError("frames need pandas: install it with `pip install pandas`") from error
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Timing:
    """A phase of some work."""

    name: str
    """The names of the phases that it is in, and its own, with slashes between."""
    seconds: float
    """How long it took, with all that is in it."""
    parts: int
    """How often it was entered."""


@dataclass(frozen=True, repr=False)
class Report:
    """What came of a call."""

    text: str
    """What the command prints."""
    data: Mapping[str, Any]
    """What the command prints with `--json`."""
    warnings: tuple[str, ...]
    """What somebody should know besides."""
    timings: tuple[Timing, ...]
    """Where the time went."""

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...):\n{self.text}"

    def timings_frame(self) -> pd.DataFrame:
        """Where the time went: a row for each phase."""
        return _frame([vars(timing) for timing in self.timings])


@dataclass(frozen=True, repr=False)
class Setup(Report):
    """A structured reference string that was made or imported."""

    file: Path
    log_size: int
    """The logarithm of the number of powers."""
    setup_digest: str
    insecure: bool
    """Whether its maker could prove anything."""


@dataclass(frozen=True, repr=False)
class Compiled(Report):
    """A compiled model, and how it compares with the float model."""

    file: Path
    architecture_digest: str
    srs_log_size: int
    """The logarithm of the size of the structured reference string that the model needs."""
    samples: int
    """The number of calibration samples that were compared."""
    accuracy: Mapping[str, Any]
    """Float against quantized."""
    quality: Mapping[str, Any]
    """How well the quantized model does its task."""
    widths: Mapping[str, int]
    """Bit widths."""
    counts: Mapping[str, int]
    """Sizes."""
    estimates: Mapping[str, float]
    """Costs."""

    def frame(self) -> pd.DataFrame:
        """The relative error of each layer."""
        return _frame(self.data["layers"])

    def rows_frame(self) -> pd.DataFrame:
        """What rows of other sizes would cost."""
        return _frame(self.data["rows"])


@dataclass(frozen=True, repr=False)
class Commitment(Report):
    """A model that is committed to."""

    file: Path
    model_digest: str | None
    """The one value to quote. `None` if the setup is too small for settling."""
    weight_digest: str
    architecture_digest: str
    rows: int
    batches: tuple[int, ...]
    insecure: bool
    """Whether the setup's maker could prove anything."""


@dataclass(frozen=True, repr=False)
class Key(Report):
    """A verifying key, which holds no weights."""

    file: Path
    weight_digest: str
    architecture_digest: str
    batches: tuple[int, ...]


@dataclass(frozen=True, repr=False)
class SettlementKeys(Report):
    """The keys of a model's settlement."""

    model_digest: str | None
    """`None` if the model is not committed to."""
    settlement_architecture_digest: str
    blob: Path | None


@dataclass(frozen=True, repr=False)
class Inspection(Report):
    """What a model or a key is."""

    kind: str
    architecture_digest: str
    weight_digest: str | None
    srs_log_size: int
    batches: tuple[int, ...]

    def frame(self) -> pd.DataFrame:
        """The steps."""
        return _frame(self.data["steps"])


@dataclass(frozen=True, repr=False)
class Answer(Report):
    """What a model answers, in the ONNX model's own units."""

    outputs: Mapping[str, Array]
    """The array of each output by its name. A single output has the name `output`."""
    stacked: bool
    """Whether the first axis of an array counts samples."""

    @property
    def output(self) -> Array:
        """The array of the only output, or of the first."""
        return next(iter(self.outputs.values()))

    def frame(self) -> pd.DataFrame:
        """A row for each sample, and a column for each value."""
        columns: dict[str, Any] = {}
        for name, array in self.outputs.items():
            flat = array.reshape(len(array) if self.stacked else 1, -1)
            width = flat.shape[1]
            for index in range(width):
                columns[f"{name}[{index}]" if width > 1 else name] = flat[:, index]
        return _frame(columns)


@dataclass(frozen=True, repr=False)
class Proof(Answer):
    """An answer and its proof."""

    file: Path
    kind: str
    """`settlement` or `off-chain`."""
    seconds: float
    proof_bytes: int
    model_digest: str | None
    """`None` if the proof is off-chain."""
    weight_digest: str
    context: str


@dataclass(frozen=True, repr=False)
class Verified(Answer):
    """A proven answer. A proof that does not hold raises `RefusedError` instead."""

    kind: str
    seconds: float
    model_digest: str | None
    weight_digest: str


@dataclass(frozen=True, repr=False)
class Score(Report):
    """How well a model answers a whole set of inputs."""

    samples: int
    clamped_samples: int
    labels_found: float | None
    """The share of the labels that were found."""
    relative_error: float | None
    """The error as a share of the expected outputs."""
    quality: Mapping[str, Any] | None
    """How well the model does its task."""

    def frame(self) -> pd.DataFrame:
        """How often each answer was given: a row for each right class. Without labels there are no rows."""
        return _frame(self.data.get("confusion", []))


@dataclass(frozen=True, repr=False)
class InputDigest(Report):
    """What contracts are told of an input."""

    told: str
    """The digest of the input, or its bytes."""
    input_hash: str
    """The hash that a request has."""


@dataclass(frozen=True, repr=False)
class KeptSetups(Report):
    """The setups that are kept under their digests."""

    folder: Path
    setups: tuple[Mapping[str, Any], ...] = field(default=())

    def frame(self) -> pd.DataFrame:
        """A row for each."""
        return _frame(list(self.setups))


def timings(tree: list[dict[str, Any]], path: str = "") -> Iterator[Timing]:
    """The phases of a tree, each after the one that it is in."""
    for node in tree:
        name = path + node["name"]
        yield Timing(name, node["seconds"], node["parts"])
        yield from timings(node["inside"], name + "/")
