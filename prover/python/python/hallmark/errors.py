"""What Hallmark raises: a class for each kind of error, with the text that the command `hallmark` prints.

Where a text names an option, such as `--force`, the function has a parameter of that name, such as `force=True`.
"""

from __future__ import annotations

from typing import ClassVar


class HallmarkError(Exception):
    """Any error of Hallmark's. `kind` is the name that the command has for it with `--json`."""

    kind: ClassVar[str] = ""


class UsageError(HallmarkError, ValueError):
    """The arguments are wrong."""

    kind = "usage"


class RefusedError(HallmarkError):
    """A proof does not hold, or a key is another one than it should be."""

    kind = "refused"


class ModelError(HallmarkError, ValueError):
    """A model can't be compiled, or can't be run."""

    kind = "model"


class InputError(HallmarkError, ValueError):
    """An input is none of the model's."""

    kind = "input"


class UncommittedError(HallmarkError):
    """The model is not committed to."""

    kind = "uncommitted"


class SetupError(HallmarkError):
    """A setup is too small, or another one."""

    kind = "setup"


class ExistsError(HallmarkError, FileExistsError):
    """A file stays as it is."""

    kind = "exists"


class MissingError(HallmarkError, FileNotFoundError):
    """There is no such file."""

    kind = "missing"


class FileError(HallmarkError, OSError):
    """A file can't be read or written."""

    kind = "file"


class DamagedError(HallmarkError, ValueError):
    """A file is damaged, or another one than it should be."""

    kind = "damaged"


class SystemFault(HallmarkError, RuntimeError):
    """The operating system, or a part of Hallmark, fails."""

    kind = "system"


class HallmarkWarning(UserWarning):
    """What somebody should know besides."""


KINDS: dict[str, type[HallmarkError]] = {
    error.kind: error
    for error in (
        UsageError,
        RefusedError,
        ModelError,
        InputError,
        UncommittedError,
        SetupError,
        ExistsError,
        MissingError,
        FileError,
        DamagedError,
        SystemFault,
    )
}


def of_kind(kind: str, text: str) -> HallmarkError:
    """The error of a kind."""
    return KINDS[kind](text)
