"""The functions of the package. Each does what the command of its name does."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from . import _native, reports
from ._progress import Progress, watching
from ._values import arrays, onnx_model, optional
from .errors import HallmarkWarning, RefusedError, UsageError

if TYPE_CHECKING:
    from ._values import Arrays, Source

Pathlike: TypeAlias = str | os.PathLike[str]
# Whether all is well, a text, an object and timings as JSON, warnings, and the outputs.
Told: TypeAlias = tuple[bool, str, str, str, list[str], list[tuple[str, list[int], bytes]] | None]

ZERO = "0x" + 64 * "0"


def compile(
    model: Any,
    calibration: Arrays,
    *,
    output: Pathlike,
    labels: Arrays | None = None,
    task: str | None = None,
    activation_bits: int | None = None,
    input_bits: int | None = None,
    shift: int | None = None,
    row_bits: int | None = None,
    gas_budget: int | None = None,
    tolerance: float | None = None,
    dims: Mapping[str, int] | None = None,
    output_names: Sequence[str] = (),
    input_digests: bool = False,
    force: bool = False,
    progress: Progress = False,
) -> reports.Compiled:
    """Turns a float model into steps of integers, and writes it to `output`.

    `model` is the path of an ONNX file, its bytes, an onnx `ModelProto`, or a torch module, which `torch.onnx` exports with the first of
    the samples. `calibration` has samples of what the model usually reads, along the first axis; or one such array for each input,
    by its name. Some hundred are plenty. `labels` are the samples' classes, for the report.

    `task` says what answers are for: `classify`, `binary`, `regress`, `embed` or `next-token`. `dims` fixes sizes that the model
    leaves open. `input_digests` tells contracts a digest of 32 bytes in the place of an input.
    """
    with watching(progress) as watcher, onnx_model(model, calibration) as onnx:
        told = _native.compile(
            watcher,
            onnx,
            arrays("calibration", calibration),
            optional("labels", labels),
            output,
            force,
            activation_bits=activation_bits,
            input_bits=input_bits,
            shift=shift,
            row_bits=row_bits,
            gas_budget=gas_budget,
            tolerance=tolerance,
            task=task,
            dims=list((dims or {}).items()),
            outputs=list(output_names),
            input_digests=input_digests,
        )
    common, data = _common(told)
    names = ("architecture_digest", "srs_log_size", "samples", "accuracy", "quality", "widths", "counts", "estimates")
    return reports.Compiled(**common, file=Path(data["file"]), **_some(data, names))


def new_srs(
    output: Pathlike | None = None, *, insecure: bool = False, log_size: int = 16, force: bool = False, progress: Progress = False
) -> reports.Setup:
    """Makes a structured reference string for development. Its maker could prove anything: say `insecure=True` to accept that.

    Without `output` it is kept under its digest, by which `srs` finds it.
    """
    with watching(progress) as watcher:
        return _setup(_native.new_setup(watcher, log_size, output, force, insecure))


def import_srs(
    ptau: Pathlike, output: Pathlike | None = None, *, log_size: int | None = None, force: bool = False, progress: Progress = False
) -> reports.Setup:
    """Imports the `.ptau` file of a ceremony over BN254, and checks it with pairings."""
    with watching(progress) as watcher:
        return _setup(_native.import_setup(watcher, ptau, log_size, output, force))


def _setup(told: Told) -> reports.Setup:
    common, data = _common(told, 4)
    file, insecure = Path(data["file"]), data["insecure_setup"]
    return reports.Setup(**common, file=file, insecure=insecure, **_some(data, ("log_size", "setup_digest")))


def list_srs() -> reports.KeptSetups:
    """Lists the setups that are kept under their digests."""
    common, data = _common(_native.list_setups(None))
    return reports.KeptSetups(**common, folder=Path(data["folder"]), setups=tuple(data["setups"]))


def commit(
    model: Pathlike,
    *,
    srs: Pathlike,
    batches: Sequence[int] = (),
    output: Pathlike | None = None,
    force: bool = False,
    progress: Progress = False,
) -> reports.Commitment:
    """Commits to a model's weights, in the model's own file unless `output` names another.

    Keep that file secret, and keep a copy: without it nothing can be proved under the model digest. `batches` are the numbers of
    samples, powers of two, that one proof may answer.
    """
    with watching(progress) as watcher:
        told = _native.commit(watcher, model, srs, list(batches), output, force)
    common, data = _common(told)
    names = ("model_digest", "weight_digest", "architecture_digest", "rows")
    batched, insecure = tuple(data["batches"]), data["insecure_setup"]
    return reports.Commitment(**common, file=Path(data["file"]), batches=batched, insecure=insecure, **_some(data, names))


def export_key(model: Pathlike, output: Pathlike, *, force: bool = False) -> reports.Key:
    """Writes the verifying key: architecture and commitments, no weights."""
    common, data = _common(_native.export_key(None, model, output, force))
    names = ("weight_digest", "architecture_digest")
    return reports.Key(**common, file=Path(data["file"]), batches=tuple(data["batches"]), **_some(data, names))


def setup(
    model: Pathlike,
    *,
    srs: Pathlike,
    output: Pathlike | None = None,
    blob: Pathlike | None = None,
    force: bool = False,
    progress: Progress = False,
) -> reports.SettlementKeys:
    """Derives the keys of a model's settlement, which spares `prove` some seconds. `blob` takes the bytes that a contract pins."""
    with watching(progress) as watcher:
        told = _native.setup(watcher, model, srs, output, blob, force)
    common, data = _common(told)
    written = None if data["blob"] is None else Path(data["blob"])
    return reports.SettlementKeys(**common, blob=written, **_some(data, ("model_digest", "settlement_architecture_digest")))


def inspect(file: Pathlike) -> reports.Inspection:
    """Shows what a model or a key is."""
    common, data = _common(_native.inspect(None, file))
    batches = tuple(batch["size"] for batch in data["batches"])
    names = ("kind", "architecture_digest", "srs_log_size")
    return reports.Inspection(**common, batches=batches, weight_digest=data.get("weight_digest"), **_some(data, names))


def run(
    model: Pathlike,
    *,
    input: Arrays | None = None,
    inputs: Arrays | None = None,
    allow_clamping: bool = False,
    save_output: Pathlike | None = None,
    force: bool = False,
    progress: Progress = False,
) -> reports.Answer:
    """Runs a model in exact integers, without a proof: on one `input`, or on many `inputs` along the first axis."""
    source, is_many = _question(input, inputs)
    with watching(progress) as watcher:
        told = _native.run(watcher, model, source, is_many, allow_clamping, save_output, force)
    common, _ = _common(told)
    return reports.Answer(**common, outputs=_outputs(told), stacked=is_many)


def score(
    model: Pathlike,
    inputs: Arrays,
    *,
    expected: Arrays | None = None,
    labels: Arrays | None = None,
    task: str | None = None,
    allow_clamping: bool = False,
    progress: Progress = False,
) -> reports.Score:
    """Tells how well a model answers many inputs: against the float model's outputs, against the right classes, or both."""
    given = optional("expected", expected), optional("labels", labels)
    with watching(progress) as watcher:
        told = _native.evaluate(watcher, model, arrays("inputs", inputs), *given, task, allow_clamping)
    common, data = _common(told)
    maybe: dict[str, Any] = {name: data.get(name) for name in ("labels_found", "relative_error", "quality")}
    return reports.Score(**common, **_some(data, ("samples", "clamped_samples")), **maybe)


def prove(
    model: Pathlike,
    *,
    srs: Pathlike,
    output: Pathlike,
    input: Arrays | None = None,
    inputs: Arrays | None = None,
    context: str = ZERO,
    off_chain: bool = False,
    keys: Pathlike | None = None,
    allow_clamping: bool = False,
    save_output: Pathlike | None = None,
    force: bool = False,
    progress: Progress = False,
) -> reports.Proof:
    """Runs a committed model, and proves its answer: to one `input`, or to many `inputs` by one proof.

    The proof is zero-knowledge, and a contract can check it. `off_chain=True` takes less time, but such proofs tell of the weights.
    `context` is what the proof is bound to: 32 bytes in hexadecimal, which the verifier has to name too.
    """
    source, is_many = _question(input, inputs)
    with watching(progress) as watcher:
        told = _native.prove(
            watcher,
            model,
            srs,
            source,
            is_many,
            allow_clamping,
            output,
            force,
            context=context,
            off_chain=off_chain,
            keys=keys,
            save_output=save_output,
        )
    common, data = _common(told)
    names = ("kind", "seconds", "proof_bytes", "model_digest", "weight_digest", "context")
    answer: dict[str, Any] = {"outputs": _outputs(told), "stacked": is_many}
    return reports.Proof(**common, **answer, file=Path(data["file"]), **_some(data, names))


def verify(
    proof: Pathlike,
    *,
    key: Pathlike,
    srs: Pathlike,
    digest: str | None = None,
    weight_digest: str | None = None,
    input: Arrays | None = None,
    inputs: Arrays | None = None,
    output: Arrays | None = None,
    context: str = ZERO,
    allow_clamping: bool = False,
    save_output: Pathlike | None = None,
    force: bool = False,
    progress: Progress = False,
) -> reports.Verified:
    """Checks that the model with this digest answers the input with the proof's output. Raises `RefusedError` if it does not.

    Take the model digest from where the operator registered it. `output` is an output that somebody claims, to compare with the proved
    one. `weight_digest` is enough for an off-chain proof.
    """
    source, is_many = _question(input, inputs)
    with watching(progress) as watcher:
        told = _native.verify(
            watcher,
            proof,
            key,
            srs,
            source,
            is_many,
            allow_clamping,
            digest=digest,
            weight_digest=weight_digest,
            output=optional("output", output),
            context=context,
            save_output=save_output,
            force=force,
        )
    common, data = _common(told)
    names = ("kind", "seconds", "model_digest", "weight_digest")
    return reports.Verified(**common, outputs=_outputs(told), stacked=is_many, **_some(data, names))


def digest(key: Pathlike, *, input: Arrays, allow_clamping: bool = False) -> reports.InputDigest:
    """Shows what contracts are told of an input: its digest, or its values."""
    common, data = _common(_native.digest(None, key, arrays("input", input), allow_clamping))
    told = data.get("input_digest") or data["input"]
    return reports.InputDigest(**common, told=told, input_hash=data["input_hash"])


def _question(input: Arrays | None, inputs: Arrays | None) -> tuple[Source, bool]:
    """What is asked, and whether it is many samples."""
    if inputs is None and input is not None:
        return arrays("input", input), False
    if input is None and inputs is not None:
        return arrays("inputs", inputs), True
    raise UsageError("give one sample as `input`, or many along the first axis as `inputs`")


def _common(told: Told, depth: int = 3) -> tuple[dict[str, Any], dict[str, Any]]:
    """What every report has, and the object. No is raised, so that nobody overlooks it, and warnings are given.

    `depth` is how many frames the user's is away.
    """
    accepted, text, data, timings, notes, _ = told
    fields: dict[str, Any] = json.loads(data)
    if not accepted:
        raise RefusedError(fields["reason"])
    for note in notes:
        warnings.warn(note, HallmarkWarning, stacklevel=depth)
    tree = tuple(reports.timings(json.loads(timings)))
    return {"text": text, "data": fields, "warnings": tuple(notes), "timings": tree}, fields


def _some(data: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: data[name] for name in names}


def _outputs(told: Told) -> dict[str, reports.Array]:
    """The output arrays by their names."""
    import numpy as np

    def array(shape: list[int], values: bytes) -> reports.Array:
        return np.frombuffer(values, dtype="<f4").reshape(shape).copy()

    return {name or "output": array(shape, values) for name, shape, values in told[-1] or []}
