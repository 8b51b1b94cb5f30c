#!/usr/bin/env python3
"""One stage of EZKL, in a process of its own so that its time and memory can be told from those of other stages.

    ezkl_stage.py STAGE FOLDER

FOLDER/plan.json, which ezkl_run.py writes, says what to do; every stage reads and writes files of that folder.
"""

import asyncio
import json
import logging
import os
import stat
import sys
from pathlib import Path
from typing import Any, Callable

import ezkl

# The compiler that EZKL asks for, by the name under which it looks for it.
SOLC = ".svm/0.8.20/solc-0.8.20"


class Folder:
    """The files of one run, and its plan."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.plan: dict[str, Any] = json.loads((path / "plan.json").read_text())
        self.model: str = self.plan["model"]

    def __getitem__(self, name: str) -> str:
        return str(self.path / name)

    def read(self, name: str) -> Any:
        """A JSON file."""
        return json.loads((self.path / name).read_text())

    def write(self, name: str, value: Any) -> None:
        """A JSON file."""
        (self.path / name).write_text(json.dumps(value))


def idle(_: Folder) -> None:
    """Nothing: what an interpreter costs that imports EZKL."""


def data(folder: Folder) -> None:
    """The arrays as EZKL reads them: flat, one sample after the other."""
    import numpy as np

    for name in ("input", "calibration"):
        if folder.plan[name]:
            flat = np.load(folder.plan[name]).astype(np.float32).flatten()
            folder.write(f"{name}.json", {"input_data": [flat.tolist()]})


def settings(folder: Folder) -> None:
    """Settings by the plan's arguments, and EZKL's defaults for others."""
    arguments = ezkl.PyRunArgs()
    wanted = {**folder.plan["run_args"], "param_visibility": folder.plan["visibility"]}
    wanted |= {"input_visibility": "public", "output_visibility": "public"}
    for name, value in wanted.items():
        if not hasattr(arguments, name):
            sys.exit(f"EZKL has no setting {name}: correct it in the settings' file")
        setattr(arguments, name, tuple(value) if name == "lookup_range" else value)
    done(ezkl.gen_settings(folder.model, folder["settings.json"], arguments), "gen_settings")


def calibrate(folder: Folder) -> None:
    """Scales and rows as EZKL chooses them for the calibration samples; then the plan's number of rows, if it has one."""
    how = folder.plan["calibration_options"]
    if how is not None:
        result = ezkl.calibrate_settings(
            folder["calibration.json"],
            folder.model,
            folder["settings.json"],
            how.get("target", "resources"),
            how.get("lookup_safety_margin", 2.0),
            how.get("scales"),
            how.get("scale_rebase_multiplier", [1]),
            how.get("max_logrows"),
        )
        done(result, "calibrate_settings")
    if folder.plan["logrows"] is not None:
        found = folder.read("settings.json")
        found["run_args"]["logrows"] = folder.plan["logrows"]
        folder.write("settings.json", found)


def srs(folder: Folder) -> None:
    """The plan's reference string; or one whose secret this process draws, for measuring only, which takes minutes."""
    path, logrows = folder.path / "srs.bin", folder.read("settings.json")["run_args"]["logrows"]
    path.unlink(missing_ok=True)
    if not folder.plan["srs"]:
        ezkl.gen_srs(str(path), logrows)
        return
    path.symlink_to(folder.plan["srs"])
    with path.open("rb") as file:
        found = int.from_bytes(file.read(4), "little")
    # EZKL would take a larger one, and spend minutes in every stage to cut it down.
    if found != logrows:
        sys.exit(f"--srs has 2^{found} powers and these settings need 2^{logrows}: leave it out, or take another")


def compile_circuit(folder: Folder) -> None:
    """The model and its settings in one file."""
    result = ezkl.compile_circuit(folder.model, folder["circuit.bin"], folder["settings.json"])
    done(result, "compile_circuit")


class SizeOfCircuit(logging.Handler):
    """Keeps the numbers of columns, which EZKL tells its log only."""

    def __init__(self, folder: Folder) -> None:
        super().__init__()
        self.folder = folder

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if text.startswith("circuit size:"):
            self.folder.write("size.json", json.loads(text.partition(":")[2]))


def setup(folder: Folder) -> None:
    """The keys of prover and verifier."""
    logger = logging.getLogger("ezkl.graph")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(SizeOfCircuit(folder))
    result = ezkl.setup(
        folder["circuit.bin"],
        folder["vk.bin"],
        folder["pk.bin"],
        folder["srs.bin"],
        None,
        not folder.plan["selector_compression"],
    )
    done(result, "setup")


def witness(folder: Folder) -> None:
    """The model's run on the input."""
    run_model(folder, "input.json", "witness.json")


def run_model(folder: Folder, source: str, target: str) -> None:
    """The model's run on any input."""
    ezkl.gen_witness(folder[source], folder["circuit.bin"], folder[target], folder["vk.bin"], folder["srs.bin"])


def prove(folder: Folder) -> None:
    """The proof of that run."""
    ezkl.prove(
        folder["witness.json"], folder["circuit.bin"], folder["pk.bin"], folder["proof.json"], folder["srs.bin"]
    )


def verify(folder: Folder) -> None:
    """The verdict on the proof."""
    result = ezkl.verify(
        folder["proof.json"], folder["settings.json"], folder["vk.bin"], folder["srs.bin"], False
    )
    done(result, "verify")


def accuracy(folder: Folder) -> None:
    """How far the outputs are from those of the float model: for the input, and for held-out samples."""
    import numpy as np
    import onnxruntime

    session = onnxruntime.InferenceSession(folder.model, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def compare(samples: Any) -> dict[str, float]:
        errors, agreeing = [], 0
        for sample in samples:
            folder.write("sample.json", {"input_data": [sample.flatten().tolist()]})
            run_model(folder, "sample.json", "sample_witness.json")
            rescaled = folder.read("sample_witness.json")["pretty_elements"]["rescaled_outputs"][0]
            quantized = np.array([float(value) for value in rescaled])
            expected = session.run(None, {name: sample[None]})[0].flatten()
            errors.append(np.abs(quantized - expected))
            agreeing += int(quantized.argmax() == expected.argmax())
        largest, mean = float(np.max(errors)), float(np.mean(errors))
        return {"samples": len(samples), "max_error": largest, "mean_error": mean, "same_class": agreeing}

    shape = session.get_inputs()[0].shape[1:]
    report = {}
    for key in ("input", "held_out"):
        if folder.plan[key]:
            report[key] = compare(np.load(folder.plan[key]).astype(np.float32).reshape(-1, *shape))
    folder.write("accuracy.json", report)


def contract(folder: Folder) -> None:
    """The verifier in Solidity, and what it is called with.

    EZKL compiles the contract for its interface, with a compiler that it would download. So there is one where it looks:
    the one that compiles Hallmark's contract.
    """
    home = folder.path.absolute() / "home"
    solc = home / SOLC
    solc.parent.mkdir(parents=True, exist_ok=True)
    solc.write_text(f'#!/bin/sh\nexec node "{folder.plan["solc"]}" "$@"\n')
    solc.chmod(solc.stat().st_mode | stat.S_IXUSR)
    os.environ["HOME"] = str(home)

    async def create() -> Any:
        return await ezkl.create_evm_verifier(
            folder["vk.bin"],
            folder["settings.json"],
            folder["verifier.sol"],
            folder["verifier.abi"],
            folder["srs.bin"],
            False,
        )

    done(asyncio.run(create()), "create_evm_verifier")
    ezkl.encode_evm_calldata(folder["proof.json"], folder["calldata.bin"], None)
    # All is written. EZKL's threads are still there, and crash now and then when an interpreter ends in order.
    os._exit(0)


def done(result: Any, what: str) -> None:
    """Ends the process where EZKL says that something failed."""
    if not result:
        sys.exit(f"EZKL's {what} failed")


STAGES: dict[str, Callable[[Folder], None]] = {
    "idle": idle,
    "data": data,
    "settings": settings,
    "calibrate": calibrate,
    "srs": srs,
    "compile": compile_circuit,
    "setup": setup,
    "witness": witness,
    "prove": prove,
    "verify": verify,
    "accuracy": accuracy,
    "contract": contract,
}


def main() -> None:
    if len(sys.argv) != 3 or sys.argv[1] not in STAGES:
        sys.exit(f"usage: ezkl_stage.py {'|'.join(STAGES)} FOLDER")
    STAGES[sys.argv[1]](Folder(Path(sys.argv[2])))


if __name__ == "__main__":
    main()
