"""EZKL on one model: what it is to do, what its stages took, and what it made."""

import importlib.metadata
import importlib.util
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gas
from measure import BenchError, Report, Taken, measured

HERE = Path(__file__).resolve().parent
# What a settings' file may hold, and what each means where it is missing.
SETTINGS: dict[str, Any] = {"run_args": {}, "calibration": {}, "logrows": None, "selector_compression": True}
# What does not come from a file.
NAMED = {
    # EZKL's own choice for few resources.
    "calibrated": SETTINGS,
    # What EZKL does when it is not told anything.
    "default": {**SETTINGS, "calibration": None},
}
# What tuned.json has for a model: settings for the least CPU time of a proof, and for the least gas.
TUNED = ["tuned", "least-gas"]
TUNED_FILE = HERE / "tuned.json"
PREPARING = ["data", "settings", "calibrate", "srs", "compile", "setup"]
PROVING = ["witness", "prove", "verify"]


@dataclass
class Task:
    """A model, its data, and how EZKL is to prove it."""

    model: Path
    input: Path
    calibration: Path | None
    held_out: Path | None
    visibility: str
    settings: str
    threads: int
    # A reference string of the right size to take instead of one made for the run.
    srs: Path | None = None

    def plan(self) -> dict[str, Any]:
        """What the stages are to do, with all files and settings named."""
        chosen = {**SETTINGS, **read_settings(self.settings, self.model.stem)}
        unknown = chosen.keys() - SETTINGS.keys()
        if unknown:
            raise BenchError(f"settings {sorted(unknown)} are unknown: there are {sorted(SETTINGS)}")
        if chosen["calibration"] is not None and self.calibration is None:
            raise BenchError("these settings ask for calibration: add --calibration C.npy")
        return {
            "model": existing(self.model),
            "input": existing(self.input),
            "calibration": existing(self.calibration),
            "held_out": existing(self.held_out),
            "srs": existing(self.srs),
            "visibility": self.visibility,
            "run_args": chosen["run_args"],
            "calibration_options": chosen["calibration"],
            "logrows": chosen["logrows"],
            "selector_compression": chosen["selector_compression"],
            "solc": str(gas.SOLC),
        }


def existing(path: Path | None) -> str | None:
    """The full path of a file that has to be there, if one was named."""
    if path is None:
        return None
    if not path.is_file():
        raise BenchError(f"{path} is not there: `cargo run -p hallmark-fixtures -- write all -o DIR` makes the fixtures")
    return str(path.absolute())


def read_settings(name: str, model: str) -> dict[str, Any]:
    """The settings of a name, or of a file."""
    if name in NAMED:
        return NAMED[name]
    path = TUNED_FILE if name in TUNED else Path(name)
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise BenchError(f"{path}: {error}; --settings takes {', '.join([*TUNED, *NAMED])} or a JSON file") from error
    if name not in TUNED:
        return found
    if name not in found.get(model, {}):
        raise BenchError(f"tuned.json has no {name} settings for {model}: take --settings calibrated, or tune it and add them")
    return found[model][name]


def peak_memory(model: str) -> float | None:
    """The bytes that EZKL takes for a model with its tuned settings, where we have seen it."""
    return json.loads(TUNED_FILE.read_text()).get(model, {}).get("peak_bytes")


def ezkl_version() -> str:
    """The version that is installed."""
    return importlib.metadata.version("ezkl")


def require_ezkl() -> None:
    """Refuses to start without EZKL."""
    if importlib.util.find_spec("ezkl") is None:
        raise BenchError(f"this Python has no EZKL: run {HERE / 'setup'}, and then this with the Python that it names")


class EzklRun:
    """A folder with a run's keys, and what its stages took so far."""

    def __init__(self, task: Task, folder: Path) -> None:
        self.task = task
        self.folder = folder
        self.plan = task.plan()
        self.taken: Taken = {}
        folder.mkdir(parents=True, exist_ok=True)

    def prepare(self) -> None:
        """Makes the keys."""
        (self.folder / "plan.json").write_text(json.dumps(self.plan, indent=2))
        self.stages(["idle", *PREPARING])

    def resume(self) -> None:
        """Takes the keys that an earlier run left, if they are of this plan."""
        path = self.folder / "plan.json"
        if not (self.folder / "pk.bin").is_file() or json.loads(path.read_text()) != self.plan:
            raise BenchError(f"{self.folder} has no keys of these files and settings: leave out --again once")
        self.stages(["idle"])

    def prove(self) -> None:
        """Makes a proof, and verifies it."""
        self.stages(PROVING)

    def compare_with_floats(self) -> None:
        """Holds the outputs against those of the float model."""
        self.stages(["accuracy"])

    def gas(self) -> Report:
        """What the contract takes for the proof."""
        self.stages(["contract"])
        return gas.measure(self.folder / "verifier.sol", (self.folder / "calldata.bin").read_bytes())

    def stages(self, names: list[str]) -> None:
        """Runs stages, each in a process of its own."""
        for name in names:
            command = [sys.executable, HERE / "ezkl_stage.py", name, self.folder]
            taken = measured(command, self.task.threads, self.folder / f"{name}.log")
            self.taken.setdefault(name, []).append(taken)

    def report(self) -> Report:
        """What was measured, and of what."""
        settings = self.read("settings.json")
        return {
            "ezkl": ezkl_version(),
            "model": self.task.model.stem,
            "visibility": self.task.visibility,
            "settings": self.task.settings,
            "threads": self.task.threads,
            "run_args": settings["run_args"],
            "circuit": {"assignments": settings["total_assignments"], **self.read("size.json")},
            "stages": self.taken,
            "bytes": {
                "proving_key": self.size("pk.bin"),
                "verifying_key": self.size("vk.bin"),
                "reference_string": self.size("srs.bin"),
                "proof": (len(self.read("proof.json")["hex_proof"]) - 2) // 2,
            },
            "accuracy": self.read("accuracy.json"),
        }

    def read(self, name: str) -> Any:
        """A JSON file of the folder."""
        return json.loads((self.folder / name).read_text())

    def size(self, name: str) -> int:
        """The bytes of a file of the folder."""
        return (self.folder / name).stat().st_size
