"""From nothing to the first proof: runs the calls of the README's quick start in an empty folder, and tells their times.

    python first_proof.py MODEL.onnx SAMPLES.npy
"""

import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

import hallmark

T = TypeVar("T")


def main() -> None:
    warnings.simplefilter("ignore", hallmark.HallmarkWarning)
    model, samples = Path(sys.argv[1]).resolve(), np.load(sys.argv[2])
    x = samples[:1]
    start = time.perf_counter()

    def timed(name: str, call: Callable[[], T]) -> T:
        before = time.perf_counter()
        result = call()
        print(f"{time.perf_counter() - before:6.1f} s  {name}")
        return result

    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        timed("new_srs", lambda: hallmark.new_srs("srs.bin", insecure=True, log_size=13))
        timed("compile", lambda: hallmark.compile(model, samples, output="m.hallmark"))
        digest = timed("commit", lambda: hallmark.commit("m.hallmark", srs="srs.bin")).model_digest
        timed("export_key", lambda: hallmark.export_key("m.hallmark", "m.key"))
        timed("prove", lambda: hallmark.prove("m.hallmark", srs="srs.bin", input=x, output="p.proof"))
        check = timed("verify", lambda: hallmark.verify("p.proof", key="m.key", srs="srs.bin", digest=digest, input=x))
        os.chdir(model.parent)
    print(f"{time.perf_counter() - start:6.1f} s  in sum: {check.kind} proof of the model {digest}")


if __name__ == "__main__":
    main()
