#!/usr/bin/env python3
"""Hallmark and EZKL on the same files, with the same threads, in alternating runs.

    python3 benches/peers/compare.py --hallmark target/release/hallmark --fixtures DIR --work DIR --json OUT digits_mlp

DIR/NAME/NAME.onnx, NAME_calibration.npy and NAME_input.npy are what `cargo run -p hallmark-fixtures -- write` makes, each
fixture in a folder of its own or all in one. Without EZKL the report has Hallmark's figures, and says so.
"""

import argparse
import json
import os
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any, Callable

import gas
from ezkl_run import NAMED, TUNED, EzklRun, Task, ezkl_version, peak_memory, read_settings, require_ezkl
from measure import BenchError, Report, Taken, measured

GOLDEN_GAS = Path(__file__).resolve().parents[2] / "fixtures" / "golden" / "gas.json"
VISIBILITIES = ["polycommit", "fixed"]
MEGABYTE = 1e6
# How many times the memory that EZKL took once has to be free: a machine that swaps measures nothing.
MARGIN = 1.25
# A row of the table: what it is, its title, and how it is printed.
ROWS: list[tuple[str, str, Callable[[float], str]]] = [
    ("cpu_seconds", "prove, CPU", lambda value: f"{value:.2f} s"),
    ("wall_seconds", "prove, wall", lambda value: f"{value:.2f} s"),
    ("peak_bytes", "peak memory", lambda value: f"{value / MEGABYTE:.0f} MB"),
    ("key_bytes", "prover's key", lambda value: f"{value / MEGABYTE:.1f} MB"),
    ("proof_bytes", "proof", lambda value: f"{value:,.0f} B"),
    ("gas", "gas", lambda value: f"{value:,.0f}"),
    ("max_error", "largest error", lambda value: f"{value:.2g}"),
]


class HallmarkRun:
    """Hallmark on one model: settlement proofs, which are what a contract takes."""

    def __init__(self, program: Path, task: Task, folder: Path) -> None:
        self.program = program
        self.task = task
        self.folder = folder
        self.taken: Taken = {}
        folder.mkdir(parents=True, exist_ok=True)

    def prepare(self) -> None:
        """Makes the keys."""
        task, model, srs = self.task, self.folder / "m.hallmark", self.folder / "srs.bin"
        self.call("compile", task.model, "--calibration", task.calibration, "-o", model, "--force")
        size = str(self.answer("compile")["srs_log_size"])
        self.call("srs", "new", "--insecure", "--log-size", size, "-o", srs, "--force")
        self.call("commit", model, "--srs", srs)
        self.call("setup", model, "--srs", srs)
        self.call("export-key", model, "-o", self.folder / "m.key")

    def prove(self) -> None:
        """Makes a proof, the model's run included, and verifies it."""
        public, proof = ["--srs", self.folder / "srs.bin", "--input", self.task.input], self.folder / "p.proof"
        digest = self.answer("commit")["weight_digest"]
        self.call("prove", self.folder / "m.hallmark", *public, "-o", proof)
        self.call("verify", proof, "--key", self.folder / "m.key", *public, "--digest", digest)

    def call(self, name: str, *arguments: Any) -> None:
        """Runs a command."""
        command = [self.program, name, *arguments, "--json"]
        self.taken.setdefault(name, []).append(measured(command, self.task.threads, self.folder / f"{name}.json"))

    def answer(self, name: str) -> Any:
        """What a command printed last."""
        return json.loads((self.folder / f"{name}.json").read_text())

    def figures(self) -> Report:
        """What the table shows. Gas is that of the recorded settlement, or else what the compiler estimates."""
        compiled = self.answer("compile")
        recorded = json.loads(GOLDEN_GAS.read_text()).get(self.task.model.stem)
        files = ["m.hallmark", "m.settlement"]
        return {
            **figures_of([self.taken["prove"]]),
            "key_bytes": sum((self.folder / name).stat().st_size for name in files),
            "proof_bytes": (self.folder / "p.proof").stat().st_size,
            "gas": recorded["transaction"] if recorded else compiled["estimates"]["gas"],
            "max_error": compiled["accuracy"]["worst_error"],
            "same_class": round(compiled["accuracy"]["argmax_agreement"] * compiled["samples"]),
            "samples": compiled["samples"],
        }


def ezkl_figures(run: EzklRun, used: Report) -> Report:
    """What the table shows. EZKL is not charged for the starts of the two interpreters that it needs here."""
    report = run.report()
    held_out = report["accuracy"]["held_out"]
    return {
        **figures_of([run.taken["witness"], run.taken["prove"]], run.taken["idle"]),
        "key_bytes": report["bytes"]["proving_key"],
        "proof_bytes": report["bytes"]["proof"],
        "gas": used["transaction"],
        "deployable": used["deployable"],
        **{name: held_out[name] for name in ("max_error", "same_class", "samples")},
        "report": {**report, "gas": used},
    }


def figures_of(stages: list[list[dict[str, float]]], idle: list[dict[str, float]] | None = None) -> Report:
    """Medians of times, summed over stages less an idle process each; and the largest peak."""
    figures = {}
    for time in ("cpu_seconds", "wall_seconds"):
        start = median(each[time] for each in idle) if idle else 0.0
        figures[time] = sum(median(each[time] for each in runs) - start for runs in stages)
    figures["peak_bytes"] = max(each["peak_bytes"] for runs in stages for each in runs)
    return figures


def main() -> None:
    arguments = parse()
    missing = why_not_ezkl()
    report: Report = {
        "threads": arguments.threads,
        "repeat": arguments.repeat,
        "ezkl": missing or "measured",
        "version": None if missing else ezkl_version(),
        "models": {},
        "skipped": {},
    }
    for name in arguments.names:
        measure(name, arguments, missing, report)
    if missing:
        print(f"EZKL is not measured: {missing}")
    arguments.json.write_text(json.dumps(report, indent=2) + "\n")


def measure(name: str, arguments: argparse.Namespace, missing: str | None, report: Report) -> None:
    """Measures both sides on one model, or ours alone where the other can't be had, with the reason."""
    reason = missing or why_not(name, arguments.settings)
    try:
        report["models"][name] = compare(name, arguments, [] if reason else arguments.visibility)
        print(table(name, report["models"][name]), flush=True)
    except BenchError as error:
        # Other models are measured all the same.
        reason = str(error)
    if reason and reason != missing:
        report["skipped"][name] = reason
        print(f"{name} is skipped: {reason}", flush=True)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Hallmark and EZKL on the same models.")
    parser.add_argument("names", nargs="+", metavar="FIXTURE")
    parser.add_argument("--hallmark", type=Path, required=True, metavar="PROGRAM", help="a release build")
    parser.add_argument("--fixtures", type=Path, required=True, metavar="DIR")
    parser.add_argument("--visibility", nargs="+", choices=VISIBILITIES, default=VISIBILITIES, help="of EZKL's weights")
    parser.add_argument("--settings", default="tuned", help=f"EZKL's: {', '.join([*TUNED, *NAMED])} or a JSON file")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repeat", type=int, default=3, help="how many proofs each side makes")
    parser.add_argument("--srs", type=Path, metavar="BIN", help="an earlier EZKL run's srs.bin, of the same size")
    parser.add_argument("--work", type=Path, required=True, metavar="DIR", help="for keys and everything else")
    parser.add_argument("--json", type=Path, required=True, metavar="OUT")
    arguments = parser.parse_args()
    if not arguments.hallmark.is_file():
        parser.error(f"{arguments.hallmark} is not there: `cargo build --release` makes it")
    return arguments


def why_not_ezkl() -> str | None:
    """What EZKL lacks here, if anything."""
    try:
        require_ezkl()
        gas.require_tools()
    except BenchError as error:
        return str(error)
    return None


def why_not(name: str, settings: str) -> str | None:
    """Why EZKL does not prove a model here, if it does not."""
    try:
        read_settings(settings, name)
    except BenchError as error:
        return str(error)
    needed, free = peak_memory(name), free_memory()
    if needed and free and MARGIN * needed > free:
        return f"EZKL takes about {needed / 1e9:.1f} GB, which is too much where {free / 1e9:.1f} GB are free"
    return None


def free_memory() -> float | None:
    """The memory that a process may take before others suffer, where the system tells."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    kilobytes = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return 1024.0 * int(kilobytes[0]) if kilobytes else None


def compare(name: str, arguments: argparse.Namespace, visibilities: list[str]) -> Report:
    """Proves with both sides in turn, so that what else the machine does meets both."""
    folder = arguments.fixtures / name if (arguments.fixtures / name).is_dir() else arguments.fixtures
    files = {"model": f"{name}.onnx", "input": f"{name}_input.npy", "calibration": f"{name}_calibration.npy"}
    paths = {key: folder / file for key, file in files.items()}
    task = Task(
        **paths,
        held_out=paths["calibration"],
        visibility="fixed",
        settings=arguments.settings,
        threads=arguments.threads,
        srs=arguments.srs,
    )
    tasks = {visibility: replace(task, visibility=visibility) for visibility in visibilities}
    hallmark = HallmarkRun(arguments.hallmark.absolute(), task, arguments.work / name / "hallmark")
    peers = {each: EzklRun(tasks[each], arguments.work / name / each) for each in visibilities}
    for run in (hallmark, *peers.values()):
        run.prepare()
    for _ in range(arguments.repeat):
        for run in (hallmark, *peers.values()):
            run.prove()
    for peer in peers.values():
        peer.compare_with_floats()
    return {"hallmark": hallmark.figures(), **{each: ezkl_figures(peer, peer.gas()) for each, peer in peers.items()}}


def table(name: str, sides: Report) -> str:
    """A row a figure, and how many times Hallmark's each of EZKL's is."""
    peers = [side for side in sides if side != "hallmark"]
    lines = [f"{name:14} {'Hallmark':>12}" + "".join(f"{'EZKL, ' + side:>20} {'ratio':>8}" for side in peers)]
    for key, title, shown in ROWS:
        own = sides["hallmark"][key]
        cells = "".join(f"{shown(sides[side][key]):>20} {sides[side][key] / own:>8.2f}" for side in peers)
        lines.append(f"{title:14} {shown(own):>12}{cells}")
    agreeing = [f"{sides[side]['same_class']} of {sides[side]['samples']}" for side in ("hallmark", *peers)]
    lines.append(f"{'same class':14} {agreeing[0]:>12}" + "".join(f"{each:>20} {'':>8}" for each in agreeing[1:]))
    return "\n".join(line.rstrip() for line in lines)


if __name__ == "__main__":
    main()
