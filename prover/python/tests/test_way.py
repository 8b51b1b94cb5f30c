"""The way of an answer: from a float model to a proof that is checked."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import hallmark
from conftest import MODEL, Desk


def test_an_answer_is_proved_and_checked(desk: Desk) -> None:
    wine = desk.wines[:1]
    proof = hallmark.prove(desk / "m.hallmark", srs=desk / "srs.bin", input=wine, output=desk / "p.proof")
    assert (proof.kind, proof.model_digest, proof.file) == ("settlement", desk.digest, desk / "p.proof")
    check: dict[str, Any] = {"key": desk / "m.key", "srs": desk / "srs.bin", "digest": desk.digest}
    verified = hallmark.verify(desk / "p.proof", input=wine, output=proof.output, **check)
    assert verified.model_digest == desk.digest and np.array_equal(verified.output, proof.output)
    assert np.array_equal(hallmark.run(desk / "m.hallmark", input=wine).output, proof.output)
    assert verified.output.shape == (1, 3) and verified.output.dtype == np.float32
    # No can't be overlooked.
    with pytest.raises(hallmark.RefusedError, match="does not hold for this input"):
        hallmark.verify(desk / "p.proof", input=desk.wines[1:2], **check)
    with pytest.raises(hallmark.RefusedError, match="is claimed to be"):
        hallmark.verify(desk / "p.proof", input=wine, output=proof.output + 1, **check)
    with pytest.raises(hallmark.RefusedError, match="was expected"):
        hallmark.verify(desk / "p.proof", input=wine, key=desk / "m.key", srs=desk / "srs.bin", digest="0x" + 64 * "1")


def test_off_chain_proofs_and_contexts(desk: Desk) -> None:
    given: dict[str, Any] = {"srs": desk / "srs.bin", "input": desk.wines[:1]}
    context = "0x" + 32 * "ab"
    proof = hallmark.prove(desk / "m.hallmark", output=desk / "o.proof", off_chain=True, context=context, **given)
    assert (proof.kind, proof.model_digest, proof.context) == ("off-chain", None, context)
    named: dict[str, Any] = {"key": desk / "m.key", "weight_digest": proof.weight_digest}
    assert hallmark.verify(desk / "o.proof", context=context, **given, **named).kind == "off-chain"
    with pytest.raises(hallmark.RefusedError, match="was made for the context"):
        hallmark.verify(desk / "o.proof", **given, **named)


def test_one_proof_answers_many_samples(desk: Desk) -> None:
    wines = desk.wines[:3]
    answer = hallmark.run(desk / "m.hallmark", inputs=wines)
    proof = hallmark.prove(desk / "m.hallmark", srs=desk / "srs.bin", inputs=wines, output=desk / "b.proof")
    assert answer.output.shape == (3, 3) and np.array_equal(answer.output, proof.output)
    check: dict[str, Any] = {"key": desk / "m.key", "srs": desk / "srs.bin", "digest": desk.digest}
    assert np.array_equal(hallmark.verify(desk / "b.proof", inputs=wines, **check).output, proof.output)
    with pytest.raises(hallmark.errors.InputError, match="--batches 8"):
        hallmark.prove(desk / "m.hallmark", srs=desk / "srs.bin", inputs=desk.wines[:5], output=desk / "c.proof")


def test_a_score_counts_what_is_found(desk: Desk) -> None:
    score = hallmark.score(desk / "m.hallmark", desk.wines, labels=desk.labels, allow_clamping=True)
    answers = hallmark.run(desk / "m.hallmark", inputs=desk.wines, allow_clamping=True).output
    assert score.samples == 50 and score.labels_found == np.mean(answers.argmax(axis=1) == desk.labels)
    exact = hallmark.score(desk / "m.hallmark", desk.wines, expected=answers, allow_clamping=True)
    assert exact.relative_error == 0.0 and exact.labels_found is None
    with pytest.raises(hallmark.errors.UsageError, match="nothing to hold the answers against"):
        hallmark.score(desk / "m.hallmark", desk.wines)


def test_models_come_in_many_forms(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def digest(model: Any) -> str:
        return hallmark.compile(model, desk.samples, output=desk / "n.hallmark", force=True).architecture_digest

    expected = digest(MODEL)
    assert digest(str(MODEL)) == digest(MODEL.read_bytes()) == digest(onnx.load(MODEL)) == expected

    # PyTorch takes gigabytes: what is called of it is all that is here.
    class Module:
        def __call__(self, _: Any) -> None: ...

    def export(module: Any, sample: tuple[Any, ...], file: str) -> None:
        assert isinstance(module, Module) and [array.shape for array in sample] == [(1, 13)]
        Path(file).write_bytes(MODEL.read_bytes())

    torch = types.ModuleType("torch")
    torch.nn = types.SimpleNamespace(Module=Module)  # type: ignore[attr-defined]
    torch.onnx = types.SimpleNamespace(export=export)  # type: ignore[attr-defined]
    torch.from_numpy = lambda array: array  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", torch)
    assert digest(Module()) == expected
    with pytest.raises(hallmark.errors.UsageError, match="a list is no model"):
        digest([1, 2])


def test_several_inputs_and_outputs_have_their_names(tmp_path: Path) -> None:
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Add", ["file", "b"], ["sum"]), helper.make_node("Sub", ["file", "b"], ["difference"])],
        "graph",
        [value(name, TensorProto.FLOAT, [1, 2]) for name in ("file", "b")],
        [value(name, TensorProto.FLOAT, [1, 2]) for name in ("sum", "difference")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    rng = np.random.default_rng(0)
    samples = {name: rng.normal(size=(64, 2)).astype(np.float32) for name in ("b", "file")}
    hallmark.compile(model, samples, output=tmp_path / "m.hallmark")
    answer = hallmark.run(tmp_path / "m.hallmark", inputs={name: array[:5] for name, array in samples.items()})
    assert {name: array.shape for name, array in answer.outputs.items()} == {"sum": (5, 2), "difference": (5, 2)}
    assert np.abs(answer.outputs["sum"] - samples["file"][:5] - samples["b"][:5]).max() < 0.1
    assert list(answer.frame()) == ["sum[0]", "sum[1]", "difference[0]", "difference[1]"]
    with pytest.raises(hallmark.errors.InputError, match="takes the arrays file, b"):
        hallmark.run(tmp_path / "m.hallmark", input={"file": samples["file"][:1], "c": samples["b"][:1]})


def test_inputs_are_told_to_contracts(desk: Desk) -> None:
    np.save(desk / "x.npy", desk.wines[:1])
    told = hallmark.digest(desk / "m.key", input=desk.wines[:1])
    expected = desk.command("digest", "m.key", "--input", "x.npy")
    assert (told.told, told.input_hash) == (expected["input"], expected["input_hash"])


def test_keys_and_setups_are_described(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    model, key = hallmark.inspect(desk / "m.hallmark"), hallmark.inspect(desk / "m.key")
    assert (model.kind, key.kind, model.batches) == ("model", "verifying key", (4,))
    assert model.architecture_digest == key.architecture_digest and model.weight_digest == key.weight_digest
    blob = hallmark.setup(desk / "m.key", srs=desk / "srs.bin", blob=desk / "m.blob").blob
    assert blob == desk / "m.blob" and blob.stat().st_size > 100
    monkeypatch.setenv("HALLMARK_SRS_DIR", str(tmp_path / "kept"))
    kept = hallmark.new_srs(insecure=True, log_size=13)
    assert [setup["setup_digest"] for setup in hallmark.list_srs().setups] == [kept.setup_digest]
    # A setup is found by its digest.
    hallmark.compile(MODEL, desk.samples, output=desk / "n.hallmark")
    assert hallmark.commit(desk / "n.hallmark", srs=kept.setup_digest).insecure
    ceremony = next((Path(__file__).resolve().parents[3] / "fixtures").rglob("*.ptau"), None)
    if ceremony is not None:
        assert not hallmark.import_srs(ceremony, tmp_path / "c.bin").insecure


def test_arrays_come_in_many_forms(desk: Desk) -> None:
    import pandas as pd

    def answer(wine: Any) -> Any:
        return hallmark.run(desk / "m.hallmark", input=wine, allow_clamping=True).output

    wine = desk.wines[:1]
    expected = answer(wine)
    np.save(desk / "x.npy", wine)
    for form in (wine.astype(np.float64), np.asfortranarray(wine), wine[0], wine.tolist(), pd.DataFrame(wine), desk / "x.npy"):
        assert np.array_equal(answer(form), expected)
    assert answer(wine.astype(np.float16)).shape == answer(np.zeros((1, 13), dtype=bool)).shape == (1, 3)
    for other in (np.array(["a"] * 13), np.full((1, 13), None), [[1, 2], [3]], wine.astype(np.complex64)):
        with pytest.raises(hallmark.errors.UsageError, match="input: this is no array of numbers"):
            answer(other)
    with pytest.raises(hallmark.errors.InputError, match=r"shape of the input: \[1, 12\]"):
        answer(wine[:, 1:])
    with pytest.raises(hallmark.errors.UsageError, match="give one sample"):
        hallmark.run(desk / "m.hallmark")
