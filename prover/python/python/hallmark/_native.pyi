"""What the native half has. Its functions may change: call those of `hallmark`."""

from collections.abc import Callable
from os import PathLike
from typing import Final, TypeAlias

# A file; or a name for messages, and what the file would hold.
_Source: TypeAlias = tuple[str, bytes | None]
# Called with a phase, and the part of the work that is done.
_Watcher: TypeAlias = Callable[[str, float], object] | None
_Path: TypeAlias = str | PathLike[str]
# Whether all is well, a text, an object and timings as JSON, warnings, and the outputs: name, shape, floats of four bytes.
_Told: TypeAlias = tuple[bool, str, str, str, list[str], list[tuple[str, list[int], bytes]] | None]

__all__ = [
    "VERSION",
    "commit",
    "compile",
    "digest",
    "evaluate",
    "export_key",
    "import_setup",
    "inspect",
    "kinds",
    "list_setups",
    "new_setup",
    "prove",
    "run",
    "setup",
    "verify",
]

VERSION: Final[str]

def kinds() -> list[str]: ...
def compile(
    watcher: _Watcher,
    model: _Source,
    calibration: _Source,
    labels: _Source | None,
    output: _Path,
    force: bool,
    *,
    activation_bits: int | None,
    input_bits: int | None,
    shift: int | None,
    row_bits: int | None,
    gas_budget: int | None,
    tolerance: float | None,
    task: str | None,
    dims: list[tuple[str, int]],
    outputs: list[str],
    input_digests: bool,
) -> _Told: ...
def new_setup(watcher: _Watcher, log_size: int, output: _Path | None, force: bool, insecure: bool) -> _Told: ...
def import_setup(watcher: _Watcher, ptau: _Path, log_size: int | None, output: _Path | None, force: bool) -> _Told: ...
def list_setups(watcher: _Watcher) -> _Told: ...
def commit(
    watcher: _Watcher, model: _Path, srs: _Path, batches: list[int], output: _Path | None, force: bool
) -> _Told: ...
def export_key(watcher: _Watcher, model: _Path, output: _Path, force: bool) -> _Told: ...
def setup(
    watcher: _Watcher, model: _Path, srs: _Path, output: _Path | None, blob: _Path | None, force: bool
) -> _Told: ...
def inspect(watcher: _Watcher, file: _Path) -> _Told: ...
def run(
    watcher: _Watcher,
    model: _Path,
    source: _Source,
    is_many: bool,
    allow_clamping: bool,
    save_output: _Path | None,
    force: bool,
) -> _Told: ...
def evaluate(
    watcher: _Watcher,
    model: _Path,
    inputs: _Source,
    expected: _Source | None,
    labels: _Source | None,
    task: str | None,
    allow_clamping: bool,
) -> _Told: ...
def prove(
    watcher: _Watcher,
    model: _Path,
    srs: _Path,
    source: _Source,
    is_many: bool,
    allow_clamping: bool,
    output: _Path,
    force: bool,
    *,
    context: str,
    off_chain: bool,
    keys: _Path | None,
    save_output: _Path | None,
) -> _Told: ...
def verify(
    watcher: _Watcher,
    proof: _Path,
    key: _Path,
    srs: _Path,
    source: _Source,
    is_many: bool,
    allow_clamping: bool,
    *,
    digest: str | None,
    weight_digest: str | None,
    output: _Source | None,
    context: str,
    save_output: _Path | None,
    force: bool,
) -> _Told: ...
def digest(watcher: _Watcher, key: _Path, source: _Source, allow_clamping: bool) -> _Told: ...
