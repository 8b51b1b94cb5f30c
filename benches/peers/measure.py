"""What a child process took: CPU time, wall time, and peak memory.

Those who measure with it should import nothing large: a child's peak memory starts with that of the process that made it.
"""

import os
import subprocess
import time
from pathlib import Path
from typing import Any, Sequence


class BenchError(Exception):
    """Says what to do."""


def measured(command: Sequence[str | Path], threads: int, output: Path) -> dict[str, float]:
    """Runs a command with a number of threads, and keeps what it prints."""
    errors = output.with_suffix(".err")
    with output.open("w") as out, errors.open("w") as err:
        environment = {**os.environ, "RAYON_NUM_THREADS": str(threads)}
        start = time.monotonic()
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        lines = errors.read_text().strip().split("\n")
        call = " ".join(str(part) for part in command)
        raise BenchError(f"`{call}` ended with {process.returncode}; see {errors}, which ends with: {lines[-1]}")
    return {"cpu_seconds": usage.ru_utime + usage.ru_stime, "wall_seconds": wall, "peak_bytes": usage.ru_maxrss * 1024}


Taken = dict[str, list[dict[str, float]]]
Report = dict[str, Any]
