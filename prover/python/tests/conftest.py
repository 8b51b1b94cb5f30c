"""A model that is committed to, with its key, for all tests; and the command, to hold the package against it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hallmark

ROOT = Path(__file__).resolve().parents[3]
FIXTURES = ROOT / "fixtures"
MODEL = FIXTURES / "models" / "wine_mlp.onnx"
COMMAND = os.environ.get("HALLMARK", str(ROOT / "target" / "debug" / "hallmark"))


@dataclass
class Desk:
    """A folder with a committed model."""

    folder: Path
    samples: Any
    wines: Any
    labels: Any
    digest: str

    def __truediv__(self, name: str) -> Path:
        return self.folder / name

    def command(self, *words: object) -> Any:
        """What the command prints with `--json`."""
        line = [COMMAND, *map(str, words), "--json", "--quiet"]
        output = subprocess.run(line, cwd=self.folder, capture_output=True, text=True, check=False)
        return json.loads(output.stdout)


def data(name: str) -> Any:
    return np.load(FIXTURES / "data" / f"{name}.npy")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("desk")
    # What is checked here is not remembered among what the user's own programs have checked.
    os.environ["HALLMARK_FACTS_DIR"] = str(tmp_path_factory.mktemp("facts"))
    samples = data("wine_calibration")
    hallmark.new_srs(folder / "srs.bin", insecure=True, log_size=14)
    hallmark.compile(MODEL, samples, output=folder / "m.hallmark")
    digest = hallmark.commit(folder / "m.hallmark", srs=folder / "srs.bin", batches=[4]).model_digest
    hallmark.export_key(folder / "m.hallmark", folder / "m.key")
    hallmark.setup(folder / "m.hallmark", srs=folder / "srs.bin")
    assert digest is not None
    return Desk(folder, samples, data("wine_test"), data("wine_test_labels"), digest)


@pytest.fixture
def desk(made: Desk, tmp_path: Path) -> Desk:
    """A copy that a test may write to."""
    folder = tmp_path / "desk"
    shutil.copytree(made.folder, folder)
    return Desk(folder, made.samples, made.wines, made.labels, made.digest)
