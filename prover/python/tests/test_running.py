"""Calls while they run: progress, interruption, other threads and other processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

import hallmark
from conftest import Desk


def slow(desk: Desk, **given: Any) -> hallmark.reports.Proof:
    """A call that takes a second: it makes keys first."""
    (desk / "m.settlement").unlink(missing_ok=True)
    options = {"srs": desk / "srs.bin", "input": desk.wines[:1], "output": desk / "slow.proof", **given}
    return hallmark.prove(desk / "m.hallmark", **options)


def test_phases_are_told_up_to_the_last(desk: Desk) -> None:
    told: list[tuple[str, float]] = []
    report = slow(desk, progress=lambda phase, done: told.append((phase, done)))
    parts = [done for _, done in told]
    assert len(told) > 1 and parts == sorted(parts) and 0.9 < parts[-1] <= 1.0, told
    names = {timing.name.rsplit("/", 1)[-1] for timing in report.timings}
    assert {phase for phase, _ in told} <= names
    assert {"make keys", "prove/open", "settle/argument"} <= {timing.name for timing in report.timings}
    assert list(report.timings_frame()) == ["name", "seconds", "parts"]


def test_a_bar_shows_the_phase(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    slow(desk, progress=True)
    assert "lagrange basis" in capfd.readouterr().err


def test_a_watcher_that_fails_ends_the_call(desk: Desk) -> None:
    def fail(phase: str, done: float) -> None:
        raise RuntimeError(phase)

    with pytest.raises(RuntimeError):
        slow(desk, progress=fail)
    assert not (desk / "slow.proof").exists()


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A process that a shell has started in the background ignores interrupts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_ends_the_call(desk: Desk) -> None:
    def interrupt() -> None:
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)

    start = time.monotonic()
    slow(desk)
    whole = time.monotonic() - start
    (desk / "slow.proof").unlink()
    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        slow(desk)
    thread.join()
    # Nothing is written, then or later.
    time.sleep(whole)
    assert not (desk / "slow.proof").exists()
    # The next call is none the worse.
    slow(desk)


def test_other_threads_run_meanwhile(desk: Desk) -> None:
    busy, count = threading.Event(), 0

    def work() -> None:
        nonlocal count
        while not busy.is_set():
            count += 1
            time.sleep(0.001)

    thread = threading.Thread(target=work)
    thread.start()
    before = count
    slow(desk)
    during = count - before
    busy.set()
    thread.join()
    assert during > 20, during


def test_calls_of_several_threads_do_not_mix(desk: Desk) -> None:
    found: dict[int, Any] = {}

    def work(index: int) -> None:
        found[index] = hallmark.run(desk / "m.hallmark", inputs=desk.wines[: index + 1])

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {index: len(answer.output) for index, answer in found.items()} == {index: index + 1 for index in range(4)}
    assert all([timing.name for timing in answer.timings] == ["read model", "execute"] for answer in found.values())


def _in_a_child(path: str, results: Any) -> None:
    try:
        hallmark.inspect(path)
        results.put("done")
    except hallmark.HallmarkError as error:
        results.put(f"{error.kind}: {error}")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("method", "expected"), [("fork", "system: this process was forked"), ("spawn", "done")])
def test_a_forked_process_is_refused_and_a_spawned_one_is_not(desk: Desk, method: Any, expected: str) -> None:
    hallmark.inspect(desk / "m.key")
    context = multiprocessing.get_context(method)
    results = context.SimpleQueue()
    child = context.Process(target=_in_a_child, args=(str(desk / "m.key"), results))
    child.start()
    child.join(60)
    assert results.get().startswith(expected)


def test_the_import_is_light() -> None:
    heavy = "'numpy', 'pandas', 'tqdm', 'onnx', 'torch'"
    line = f"import hallmark, sys; print([name for name in ({heavy}) if name in sys.modules])"
    output = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True)
    assert output.stdout.strip() == "[]"


def test_reports_are_tables_too(desk: Desk) -> None:
    compiled = hallmark.compile(
        hallmark_model(), desk.samples, output=desk / "n.hallmark", labels=None, task="classify", dims={}, tolerance=0.5
    )
    assert list(compiled.frame()["name"]) == ["/hidden/Gemm", "/output/Gemm"] and len(compiled.rows_frame()) > 3
    assert compiled.text in repr(compiled) and str(compiled) == compiled.text
    assert len(hallmark.inspect(desk / "m.key").frame()) == 2
    score = hallmark.score(desk / "m.hallmark", desk.wines, labels=desk.labels, allow_clamping=True)
    assert score.frame().to_numpy().sum() == 50


def hallmark_model() -> Any:
    from conftest import MODEL

    return MODEL
