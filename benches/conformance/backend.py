#!/usr/bin/env python3
"""Runs the ONNX backend suite against the program: what compiles, and how near its answers are.

    benches/conformance/setup                                # a virtual environment with pinned packages
    target/conformance/bin/python benches/conformance/backend.py --markdown docs/conformance.md

A case of the suite is a model, its inputs and its outputs. The case's first input of floats stays an input, and every other input
becomes a constant. All outputs are compared; if some can't be proved, the first alone. Samples for the calibration lie around the case's
input. A case passes if every value lies within 3% of the greatest magnitude of the expected output, is inaccurate within 20%, and is wrong beyond.
"""

import argparse
import collections
import concurrent.futures
import difflib
import json
import os
import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper
from onnx.backend.test.loader import load_model_tests

warnings.filterwarnings("ignore")
KINDS = ("node", "simple", "pytorch-operator", "pytorch-converted")
FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.BFLOAT16)
SAMPLES = 24
PASS, INACCURATE = 0.03, 0.20
TIMEOUT = 600  # seconds for a compilation
VERDICTS = {
    "passed": "passed",
    "inaccurate": "inaccurate",
    "wrong": "**wrong**",
    "refused": "refused, with a reason",
    "failed": "compiled, and did not run",
    "slow": f"not compiled within {TIMEOUT} s",
    "crash": "**crashed**",
}


def load(case):
    """A case's model, inputs and outputs as arrays; nothing where one of them is no tensor."""
    if case.model is not None:
        inputs, outputs = case.data_sets[0]
        return case.model, list(inputs), list(outputs)
    folder = Path(case.model_dir)
    model = onnx.load(folder / "model.onnx")
    data = sorted(folder.glob("test_data_set_*"))[0]

    def arrays(kind):
        files = sorted(data.glob(f"{kind}_*.pb"), key=lambda path: int(path.stem.split("_")[1]))
        return [numpy_helper.to_array(onnx.TensorProto.FromString(path.read_bytes())) for path in files]

    return model, arrays("input"), arrays("output")


def fix(model, inputs):
    """Keeps the first input of floats; makes constants of the others. Returns the kept input's array, or nothing."""
    held = {tensor.name for tensor in model.graph.initializer}
    names = [value for value in model.graph.input if value.name not in held]
    kept, others = None, []
    for value, array in zip(names, inputs):
        if not isinstance(array, (np.ndarray, np.generic)):
            return None
        array = np.asarray(array)
        is_float = value.type.HasField("tensor_type") and value.type.tensor_type.elem_type in FLOATS
        if kept is None and is_float:
            kept = (value, array)
            shape = value.type.tensor_type.shape
            del shape.dim[:]
            for size in array.shape:
                shape.dim.add().dim_value = size
        else:
            others.append(numpy_helper.from_array(array, value.name))
    if kept is None:
        return None
    model.graph.initializer.extend(others)
    held |= {tensor.name for tensor in others}
    values = [value for value in model.graph.input if value.name not in held]
    del model.graph.input[:]
    model.graph.input.extend(values)
    return kept[1]


def around(array, seed=7):
    """Samples like the case's input, itself among them: scaled and disturbed a little, within its range."""
    random = np.random.default_rng(seed)
    array = array.astype(np.float64)
    spread = float(array.std()) if array.size else 0.0
    low, high = (float(array.min()), float(array.max())) if array.size else (0.0, 0.0)
    noise = random.normal(0, 0.1 * spread + 1e-3, (SAMPLES - 1, *array.shape))
    samples = np.clip(array + noise, low, high)
    return np.concatenate([array[None], samples]).astype(np.float32)


def error(found, expected):
    """The greatest difference, as a share of the expected output's greatest magnitude."""
    found, expected = np.asarray(found, np.float64).ravel(), np.asarray(expected, np.float64).ravel()
    if found.shape != expected.shape:
        return float("inf")
    if not found.size:
        return 0.0
    return float(np.abs(found - expected).max() / max(np.abs(expected).max(), 1e-9))


def call(hallmark, *arguments):
    try:
        return subprocess.run([hallmark, *map(str, arguments)], capture_output=True, text=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return None


def judge(hallmark, model, array, expected):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        onnx.save(model, folder / "case.onnx")
        np.save(folder / "calibration.npy", around(array))
        np.save(folder / "x.npy", np.atleast_1d(array.astype(np.float32)))
        names = [output.name for output in model.graph.output]

        def compiled(*pick):
            return call(hallmark, "compile", folder / "case.onnx", "--calibration", folder / "calibration.npy", "-o", folder / "m", *pick)

        done = compiled()
        if len(names) > 1 and done is not None and done.returncode not in (0, 101):
            names = names[:1]
            done = compiled("--output-name", names[0])
        if done is None:
            return {"verdict": "slow", "reason": f"takes more than {TIMEOUT} s"}
        if done.returncode != 0:
            reason = done.stderr.strip() or f"status {done.returncode}"
            return {"verdict": "crash" if "panicked" in reason else "refused", "reason": reason.replace(str(folder), "")}
        done = call(hallmark, "run", folder / "m", "--input", folder / "x.npy", "--json")
        if done is None or done.returncode != 0:
            return {"verdict": "failed", "reason": done.stderr.strip().replace(str(folder), "") if done else "slow"}
        found = json.loads(done.stdout)
        answers = [found["output"]] if "output" in found else [found["outputs"][name]["values"] for name in names]
        off = max(error(answer, array) for answer, array in zip(answers, expected))
        verdict = "passed" if off <= PASS else "inaccurate" if off <= INACCURATE else "wrong"
        return {"verdict": verdict, "error": off}


def cases(pattern):
    for kind in KINDS:
        for case in load_model_tests(kind=kind):
            if pattern and pattern not in case.name:
                continue
            model, inputs, outputs = load(case)
            array = fix(model, inputs)
            if array is None or not array.size or not outputs or not isinstance(outputs[0], (np.ndarray, np.generic)):
                continue
            yield case.name, model, array, outputs


def operator_of(model):
    return model.graph.node[0].op_type if len(model.graph.node) == 1 else "graphs of several nodes"


def reason_of(text):
    """A refusal without the names of one model, so that equal ones are counted together."""
    text = re.sub(r"^error: (node `[^`]*`( \(\w+\))?: )?", "", text.splitlines()[0])
    match = re.match(r"operator (\w+) is not supported", text)
    text = match[0] if match else re.sub(r"`[^`]*`", "`...`", re.sub(r"-?\d+(\.\d+)?", "N", text))
    return text if len(text) <= 100 else text[:97] + "..."


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in lines]


def markdown(results):
    verdicts = collections.Counter(result["verdict"] for result in results.values())
    total = len(results)
    rows = [(VERDICTS[verdict], verdicts[verdict], f"{100 * verdicts[verdict] / total:.1f}%") for verdict in VERDICTS if verdicts[verdict]]
    operators = collections.defaultdict(collections.Counter)
    reasons = collections.Counter()
    for result in results.values():
        operators[result["operator"]][result["verdict"]] += 1
        if result["verdict"] == "refused":
            reasons[reason_of(result["reason"])] += 1
    by_operator = [
        (f"`{name}`", sum(counts.values()), counts["passed"], counts["inaccurate"], counts["wrong"], counts["refused"])
        for name, counts in sorted(operators.items())
    ]
    lines = [
        "# The ONNX backend suite",
        "",
        "This page says which cases of ONNX's own test suite compile, and how near the answers are. Model operators read it before they",
        "export a model. `benches/conformance/backend.py --markdown` writes it, and CI checks that it is true.",
        "",
        f"The suite is that of the Python package onnx {onnx.__version__}. A case has a model, inputs and outputs. The first input of floats stays an",
        "input; every other input becomes a constant. All outputs are compared. If one of several can't be proved, the first is compared alone.",
        "A case passes if each value is within 3% of the",
        "greatest magnitude of the expected output. It is inaccurate up to 20%, and wrong beyond.",
        "",
        *table(("verdict", "cases", "share"), [*rows, ("all", total, "")]),
        "",
        "## Why cases are refused",
        "",
        *table(("reason", "cases"), [(text, count) for text, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))[:40]]),
        "",
        "The table has the forty most frequent reasons.",
        "",
        "## By operator",
        "",
        *table(("operator", "cases", "passed", "inaccurate", "wrong", "refused"), by_operator),
        "",
    ]
    return "\n".join(lines)


def run(hallmark, pattern, jobs):
    results = {}
    with concurrent.futures.ThreadPoolExecutor(max_workers=jobs) as pool:
        tried = {}
        for name, model, array, expected in cases(pattern):
            tried[pool.submit(judge, hallmark, model, array, expected)] = (name, operator_of(model))
        for count, job in enumerate(concurrent.futures.as_completed(tried), 1):
            name, operator = tried[job]
            results[name] = {"operator": operator, **job.result()}
            if count % 100 == 0:
                print(f"{count}/{len(tried)}", file=sys.stderr)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hallmark", default="target/release/hallmark", help="the program")
    parser.add_argument("--only", help="cases whose name has this text")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="cases at once")
    parser.add_argument("-o", "--output", type=Path, help="write every case's verdict as JSON")
    parser.add_argument("--markdown", type=Path, help="write the page for people")
    parser.add_argument("--check", type=Path, help="exit with 1 unless this is that page")
    options = parser.parse_args()
    results = run(options.hallmark, options.only, options.jobs)
    if options.output:
        options.output.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
    page = markdown(results)
    if options.markdown:
        options.markdown.write_text(page)
    print(dict(collections.Counter(result["verdict"] for result in results.values())))
    if options.check and options.check.read_text() != page:
        was, now = options.check.read_text().splitlines(), page.splitlines()
        print("\n".join(difflib.unified_diff(was, now, str(options.check), "this run", lineterm="", n=0)), file=sys.stderr)
        sys.exit(f"{options.check} is out of date: write it again with --markdown {options.check}")


if __name__ == "__main__":
    main()
