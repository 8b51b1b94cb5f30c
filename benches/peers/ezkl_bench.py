#!/usr/bin/env python3
"""Measures EZKL on one model: CPU and wall time and peak memory of each stage, sizes, accuracy, and a contract's gas.

    target/peers/bin/python benches/peers/ezkl_bench.py --model M.onnx --input X.npy --calibration C.npy \\
        --visibility polycommit --settings tuned --threads 2 --work DIR --json OUT
"""

import argparse
import json
import os
import sys
from pathlib import Path

import gas
from ezkl_run import NAMED, TUNED, EzklRun, Task, require_ezkl
from measure import BenchError, Report


def main() -> None:
    arguments = parse()
    try:
        report = bench(arguments)
    except BenchError as error:
        sys.exit(f"ezkl_bench: {error}")
    arguments.json.write_text(json.dumps(report, indent=2) + "\n")
    print(summary(report))


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measures EZKL on one model.")
    parser.add_argument("--model", type=Path, required=True, metavar="ONNX")
    parser.add_argument("--input", type=Path, required=True, metavar="NPY", help="a batch of one")
    parser.add_argument("--calibration", type=Path, metavar="NPY", help="samples along the first axis")
    parser.add_argument("--held-out", type=Path, metavar="NPY", help="samples to measure the accuracy on")
    parser.add_argument("--visibility", choices=["polycommit", "fixed"], required=True, help="of the weights")
    parser.add_argument("--settings", default="tuned", help=f"{', '.join([*TUNED, *NAMED])} or a JSON file")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repeat", type=int, default=1, help="how many proofs to make")
    parser.add_argument("--srs", type=Path, metavar="BIN", help="an earlier run's srs.bin, of the same size")
    parser.add_argument("--work", type=Path, required=True, metavar="DIR", help="for keys and everything else")
    parser.add_argument("--again", action="store_true", help="prove with the keys that an earlier run left in DIR")
    parser.add_argument("--evm", action="store_true", help="measure the gas of the contract")
    parser.add_argument("--json", type=Path, required=True, metavar="OUT")
    return parser.parse_args()


def bench(arguments: argparse.Namespace) -> Report:
    """Runs all stages."""
    require_ezkl()
    if arguments.evm:
        gas.require_tools()
    task = Task(
        model=arguments.model,
        input=arguments.input,
        calibration=arguments.calibration,
        held_out=arguments.held_out,
        visibility=arguments.visibility,
        settings=arguments.settings,
        threads=arguments.threads,
        srs=arguments.srs,
    )
    run = EzklRun(task, arguments.work)
    if arguments.again:
        run.resume()
    else:
        run.prepare()
    for _ in range(arguments.repeat):
        run.prove()
    run.compare_with_floats()
    report = run.report()
    return {**report, "gas": run.gas()} if arguments.evm else report


def summary(report: Report) -> str:
    """A line a stage, the last run of each."""
    circuit, run_args = report["circuit"], report["run_args"]
    lines = [
        f"{report['model']}, EZKL {report['ezkl']}, {report['visibility']}, {report['settings']}, {report['threads']} threads",
        f"  2^{circuit['logrows']} rows, {circuit['num_advice_columns']} advice columns, "
        f"scales {run_args['input_scale']} and {run_args['param_scale']}, "
        f"{run_args['decomp_legs']} digits to base {run_args['decomp_base']}",
    ]
    for stage, runs in report["stages"].items():
        last = runs[-1]
        cpu, wall, peak = last["cpu_seconds"], last["wall_seconds"], last["peak_bytes"] / 1e6
        lines.append(f"  {stage:10} {cpu:9.2f} s CPU {wall:9.2f} s wall {peak:9.1f} MB")
    lines += [f"  {name:17} {size:14,} bytes" for name, size in report["bytes"].items()]
    for samples, of in report["accuracy"].items():
        lines.append(f"  {samples}: error {of['max_error']:.2g} at most, same class {of['same_class']} of {of['samples']}")
    if "gas" in report:
        lines.append(f"  gas {report['gas']['transaction']:,}, contract {report['gas']['contract_bytes']:,} bytes")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
