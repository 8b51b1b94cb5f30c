"""Progress: a bar of tqdm, or a function that is called with each phase."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from .errors import UsageError

# Called with a phase, and the part of the work that is done: 0 where it is not known.
Watcher: TypeAlias = Callable[[str, float], object]
# Whether to show a bar, or who is to be called.
Progress: TypeAlias = bool | Watcher


@contextmanager
def watching(progress: Progress) -> Iterator[Watcher | None]:
    """Whom the native half is to call."""
    if callable(progress):
        yield progress
    elif not progress:
        yield None
    else:
        try:
            from tqdm.auto import tqdm
        except ImportError as error:
            raise UsageError("progress=True needs tqdm: install it with `pip install tqdm`") from error
        form = "{desc} {percentage:3.0f}%|{bar}| {elapsed}"
        with tqdm(total=1.0, leave=False, bar_format=form) as bar:

            def show(phase: str, done: float) -> None:
                bar.set_description(phase, refresh=False)
                bar.n = done
                bar.refresh()

            yield show
