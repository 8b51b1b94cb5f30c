"""What a block reads: floats from a normal distribution, integers below a bound, or masks."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Input:
    """An array of `shape`: floats, whole numbers below `count`, or ones that end in zeros as padding does."""

    shape: tuple
    count: int | None = None
    padding: bool = False

    def draw(self, random, samples):
        """So many samples along a first axis."""
        shape = (samples, *self.shape)
        if self.count is None:
            return random.standard_normal(shape).astype(np.float32)
        if self.padding:
            lengths = random.integers(1, shape[-1] + 1, (*shape[:-1], 1))
            return (np.arange(shape[-1]) < lengths).astype(np.int64)
        return random.integers(0, self.count, shape)


def floats(*shape):
    return Input(shape)


def integers(count, *shape):
    return Input(shape, count)


def padding(*shape):
    return Input(shape, 2, True)
