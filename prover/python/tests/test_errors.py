"""Errors have the kinds and the texts of the command, and no file is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import hallmark
from conftest import MODEL, Desk
from hallmark import _native, errors


def test_every_kind_has_a_class() -> None:
    assert list(errors.KINDS) == _native.kinds()
    assert all(issubclass(error, hallmark.HallmarkError) for error in errors.KINDS.values())


def test_errors_say_what_the_command_says(desk: Desk) -> None:
    for name, array in {"x": desk.wines[:1], "short": desk.wines[:1, 1:], "samples": desk.samples}.items():
        np.save(desk / f"{name}.npy", array)
    (desk / "noise.npy").write_bytes(b"noise")
    (desk / "damaged.hallmark").write_bytes((desk / "m.hallmark").read_bytes()[:-9] + b"123456789")
    hallmark.compile(MODEL, desk.samples, output=desk / "n.hallmark")
    hallmark.new_srs(desk / "small.bin", insecure=True, log_size=5)

    def here(name: str) -> Any:
        return desk / name

    def prove(model: str = "m.hallmark", x: str = "x.npy", **given: Any) -> Any:
        options = {"srs": here("srs.bin"), "output": here("p.proof"), **given}
        return hallmark.prove(here(model), input=here(x), **options)

    prove_words = ("--srs", here("srs.bin"), "--input", here("x.npy"), "-o", here("p.proof"))
    check = (here("p.proof"), "--key", here("m.key"), "--srs", here("srs.bin"), "--input", here("x.npy"))
    cases: list[tuple[type[errors.HallmarkError], Callable[[], Any], tuple[Any, ...]]] = [
        (errors.MissingError, lambda: hallmark.inspect(here("none")), ("inspect", here("none"))),
        (errors.DamagedError, lambda: hallmark.inspect(here("damaged.hallmark")), ("inspect", here("damaged.hallmark"))),
        (errors.FileError, lambda: hallmark.inspect(desk.folder), ("inspect", desk.folder)),
        (errors.InputError, lambda: hallmark.run(here("m.hallmark"), input=here("short.npy")), ("run", here("m.hallmark"), "--input", here("short.npy"))),
        (errors.DamagedError, lambda: hallmark.run(here("m.hallmark"), input=here("noise.npy")), ("run", here("m.hallmark"), "--input", here("noise.npy"))),
        (errors.UncommittedError, lambda: prove("n.hallmark"), ("prove", here("n.hallmark"), *prove_words)),
        (errors.ExistsError, lambda: hallmark.commit(here("m.hallmark"), srs=here("srs.bin")), ("commit", here("m.hallmark"), "--srs", here("srs.bin"))),
        (errors.UsageError, lambda: prove(output=here("x.npy")), ("prove", here("m.hallmark"), *prove_words[:4], "-o", here("x.npy"))),
        (errors.UsageError, lambda: hallmark.new_srs(here("new.bin")), ("srs", "new", "-o", here("new.bin"))),
        (errors.SetupError, lambda: hallmark.commit(here("n.hallmark"), srs=here("small.bin")), ("commit", here("n.hallmark"), "--srs", here("small.bin"))),
        (errors.ModelError, lambda: hallmark.compile(here("noise.npy"), here("samples.npy"), output=here("o.hallmark")), ("compile", here("noise.npy"), "--calibration", here("samples.npy"), "-o", here("o.hallmark"))),
        (errors.MissingError, lambda: hallmark.verify(here("p.proof"), key=here("m.key"), srs=here("srs.bin"), digest=desk.digest, input=here("x.npy")), ("verify", *check, "--digest", desk.digest)),
    ]
    for kind, call, words in cases:
        with pytest.raises(kind) as raised:
            call()
        told = desk.command(*words)["error"]
        assert (raised.value.kind, str(raised.value)) == (told["kind"], told["message"]), words
    prove()
    other = "0x" + 64 * "1"
    with pytest.raises(hallmark.RefusedError) as refused:
        hallmark.verify(here("p.proof"), key=here("m.key"), srs=here("srs.bin"), digest=other, input=here("x.npy"))
    assert str(refused.value) == desk.command("verify", *check, "--digest", other)["reason"]


def test_arguments_that_no_parser_has_seen_are_refused(desk: Desk) -> None:
    given: dict[str, Any] = {"srs": desk / "srs.bin", "input": desk.wines[:1]}
    wrong: list[tuple[str, Callable[[], Any]]] = [
        ("the context: expected 0x", lambda: hallmark.prove(desk / "m.hallmark", output=desk / "p", context="0x12", **given)),
        ("the model digest: expected 0x", lambda: hallmark.verify(desk / "p", key=desk / "m.key", digest="12", **given)),
        ("give its model digest", lambda: hallmark.verify(desk / "p", key=desk / "m.key", **given)),
        ('the task "guess"', lambda: hallmark.score(desk / "m.hallmark", desk.wines, labels=desk.labels, task="guess")),
        ("from 1 to 28", lambda: hallmark.new_srs(desk / "s", insecure=True, log_size=60)),
        ("from 1 to 28", lambda: hallmark.new_srs(desk / "s", insecure=True, log_size=0)),
        ("--batches: ", lambda: hallmark.commit(desk / "m.hallmark", srs=desk / "srs.bin", batches=[3], output=desk / "b")),
        ("there is no ", lambda: hallmark.commit(desk / "m.hallmark", srs=desk.digest, output=desk / "b")),
    ]
    for text, call in wrong:
        with pytest.raises(errors.UsageError, match=text):
            call()


def test_what_could_be_missed_is_kept(desk: Desk) -> None:
    before = (desk / "m.hallmark").read_bytes()
    (desk / "notes.txt").write_text("mine")
    with pytest.raises(errors.ExistsError, match="--force"):
        hallmark.export_key(desk / "m.hallmark", desk / "notes.txt")
    with pytest.raises(errors.ExistsError, match="--force"):
        hallmark.compile(MODEL, desk.samples, output=desk / "m.hallmark")
    assert (desk / "m.hallmark").read_bytes() == before and (desk / "notes.txt").read_text() == "mine"
    with pytest.warns(hallmark.HallmarkWarning, match="the file held another model"):
        report = hallmark.commit(desk / "m.hallmark", srs=desk / "srs.bin", force=True)
    assert report.model_digest != desk.digest
    kept = report.data["previous"]
    assert open(kept, "rb").read() == before


def test_an_insecure_setup_is_warned_of_where_it_is_used(desk: Desk) -> None:
    with pytest.warns(hallmark.HallmarkWarning, match="the setup is insecure") as caught:
        report = hallmark.new_srs(desk / "new.bin", insecure=True, log_size=6)
    assert [warning.filename for warning in caught] == [__file__]
    assert report.warnings == tuple(str(warning.message) for warning in caught)
