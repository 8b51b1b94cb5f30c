#!/usr/bin/env python3
"""Blocks as PyTorch exports them, by both exporters: what compiles, what proves, and how near the answers are.

    benches/conformance/setup target/blocks/env benches/conformance/blocks.txt      # PyTorch, some gigabytes
    target/blocks/env/bin/python benches/conformance/blocks.py --measure --markdown docs/blocks.md
    benches/conformance/blocks.py --check docs/blocks.md                            # needs Python alone

`networks` has the blocks. `--measure` exports each with default settings, compiles it with default settings on 64 samples of a seeded normal
distribution, commits to it, proves the answer to one sample that was held back, verifies the proof, and compares the answers to 16 such
samples with PyTorch's. It writes what it found into blocks.json beside this file, of which the page is made.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import difflib
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import warnings
import zlib
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE / "blocks.json"
EXPORTERS = {"script": {"dynamo": False}, "default": {}}
TITLES = {"script": "`dynamo=False`", "default": "default"}
SAMPLES, HELD = 256, 16
LIMIT = 0.03
LOG_SIZE = 17  # of the structured reference string
TIMEOUT = 600  # seconds for one command


def seed_of(name):
    return zlib.crc32(name.encode())


def settle(module):
    """Statistics for batch norms, as training would leave them."""
    import torch

    for part in module.modules():
        if isinstance(part, torch.nn.modules.batchnorm._BatchNorm) and part.running_mean is not None:
            part.running_mean.normal_(0, 0.2)
            part.running_var.uniform_(0.5, 1.5)
    return module.eval()


def export(name, make, inputs, folder):
    """Writes both models, the samples and PyTorch's answers. Returns the exporters' refusals."""
    import numpy as np
    import onnx
    import torch

    torch.manual_seed(seed_of(name))
    module = settle(make())
    random = np.random.default_rng(seed_of(name))
    samples, held = ([value.draw(random, count) for value in inputs] for count in (SAMPLES, HELD))
    tensors = [tuple(torch.from_numpy(array[i]) for array in held) for i in range(HELD)]
    with torch.no_grad():
        answers = [module(*sample) for sample in tensors]
    answers = [[answer] if torch.is_tensor(answer) else list(answer) for answer in answers]
    expected = {str(i): np.stack([answer[i].numpy() for answer in answers]) for i in range(len(answers[0]))}
    refusals = {}
    for exporter, settings in EXPORTERS.items():
        place = folder / exporter
        place.mkdir(parents=True, exist_ok=True)
        (place / "model.onnx").unlink(missing_ok=True)
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                torch.onnx.export(module, tensors[0], str(place / "model.onnx"), **settings)
        except Exception as error:  # An exporter raises what it likes.
            refusals[exporter] = str(error).strip().splitlines()[0]
            continue
        names = [value.name for value in onnx.load(place / "model.onnx", load_external_data=False).graph.input]
        for file, arrays in (("samples", samples), ("held", held), ("first", [array[0] for array in held])):
            save(np, place / file, names, arrays)
        np.savez(place / "expected.npz", **expected)
    return refusals


def save(np, path, names, arrays):
    """An array, or one for each input."""
    if len(arrays) == 1:
        np.save(path.with_suffix(".npy"), arrays[0])
    else:
        np.savez(path.with_suffix(".npz"), **dict(zip(names, arrays, strict=True)))


def call(hallmark, *arguments):
    return subprocess.run([hallmark, *map(str, arguments)], capture_output=True, text=True, timeout=TIMEOUT)


def reason_of(done, folder):
    lines = done.stderr.strip().replace(str(folder), "").splitlines()
    return next((line for line in lines if line.startswith("error")), lines[-1] if lines else f"status {done.returncode}")


def errors(found, expected):
    """The mean and the greatest error as a share of the output's range; for whole numbers and truths the share of values that differ."""
    import numpy as np

    found = np.asarray(found, np.float64).reshape(expected.shape)
    if expected.dtype.kind != "f":
        differ = float((found != expected).mean())
        return differ, differ
    off = np.abs(found - expected)
    scale = max(float(expected.max() - expected.min()), 1e-9)
    return float(off.mean()) / scale, float(off.max()) / scale


def outputs_of(samples, names):
    """Each output's values of all samples, from what `run --json` prints."""
    if isinstance(samples[0], list):
        return [samples]
    return [[sample[name]["values"] for sample in samples] for name in names]


def judge(hallmark, srs, folder):
    """Compiles, commits, proves and verifies a model, and measures its errors."""
    import numpy as np
    import onnx

    def given(file):
        return next(folder / (file + suffix) for suffix in (".npy", ".npz") if (folder / (file + suffix)).exists())

    model, key, proof, tell = folder / "m.hallmark", folder / "m.key", folder / "p.proof", ("--force", "--quiet")
    stages = {
        "compile": ("compile", folder / "model.onnx", "--calibration", given("samples"), "-o", model, *tell),
        "run": ("run", model, "--inputs", given("held"), "--json"),
        "commit": ("commit", model, "--srs", srs, "--json", *tell),
        "export-key": ("export-key", model, "-o", key, *tell),
        "prove": ("prove", model, "--srs", srs, "--input", given("first"), "--off-chain", "-o", proof, *tell),
        "verify": ("verify", proof, "--key", key, "--srs", srs, "--input", given("first"), "--json"),
    }
    result = {}
    for stage, arguments in stages.items():
        if srs is None and stage not in ("compile", "run"):
            continue
        if stage == "verify":
            arguments = (*arguments, "--weight-digest", digest)
        try:
            done = call(hallmark, *arguments)
        except subprocess.TimeoutExpired:
            return {**result, "failed": stage, "reason": f"takes more than {TIMEOUT} s"}
        if done.returncode != 0:
            return {**result, "failed": stage, "reason": reason_of(done, folder)}
        if stage == "run":
            expected = np.load(folder / "expected.npz")
            names = [value.name for value in onnx.load(folder / "model.onnx", load_external_data=False).graph.output]
            answers = outputs_of(json.loads(done.stdout)["outputs"], names)
            pairs = [errors(found, expected[str(i)]) for i, found in enumerate(answers)]
            result |= {"mean": max(pair[0] for pair in pairs), "greatest": max(pair[1] for pair in pairs)}
        if stage == "commit":
            digest = json.loads(done.stdout)["weight_digest"]
        if stage == "verify":
            result["proved"] = json.loads(done.stdout)["valid"]
    return result


def slug(name):
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def blocks(only):
    """The blocks by name, with their kinds."""
    sys.path.insert(0, str(HERE))
    import networks

    return {name: (kind, make, inputs) for kind, group in networks.KINDS.items() for name, make, inputs in group if not only or only in name}


def sources():
    """The digest of the blocks' source files, so that a page of other blocks is noticed."""
    text = b"".join(path.read_bytes() for path in sorted((HERE / "networks").glob("*.py")))
    return hashlib.sha256(text).hexdigest()


def exported(options):
    """Exports what is not exported yet. Yields each model's block, exporter, and folder or refusal."""
    for name, (_, make, inputs) in blocks(options.only).items():
        folder = options.folder / slug(name)
        done = folder / "refused.json"
        if not done.exists():
            folder.mkdir(parents=True, exist_ok=True)
            done.write_text(json.dumps(export(name, make, inputs, folder)))
        refusals = json.loads(done.read_text())
        for exporter in EXPORTERS:
            yield name, exporter, folder / exporter, refusals.get(exporter)


def measure(options):
    """Measures all blocks, or those named, and records what was found."""
    import torch

    warnings.filterwarnings("ignore")
    srs = options.folder / "srs.bin"
    options.folder.mkdir(parents=True, exist_ok=True)
    if not srs.exists():
        call(options.hallmark, "srs", "new", "--insecure", "--log-size", LOG_SIZE, "-o", srs)
    recorded = json.loads(RESULTS.read_text()) if options.only else {}
    results = recorded.get("blocks", {})
    kinds = {name: kind for name, (kind, _, _) in blocks(options.only).items()}
    models = list(exported(options))
    with concurrent.futures.ThreadPoolExecutor(max_workers=options.jobs) as pool:
        judged = pool.map(lambda model: model[3] is None and judge(options.hallmark, srs, model[2]), models)
        for (name, exporter, _, refusal), result in zip(models, judged):
            result = result or {"failed": "export", "reason": refusal}
            results.setdefault(name, {"kind": kinds[name]})[exporter] = result
            print(name, exporter, result, file=sys.stderr)
    head = json.dumps({"torch": torch.__version__.split("+")[0], "sources": sources()})
    lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(block)}" for name, block in results.items())
    RESULTS.write_text(f'{head[:-1]}, "blocks": {{\n{lines}\n}}}}\n')


def share(part, whole):
    return f"{part} of {whole}, {100 * part / max(whole, 1):.1f}%"


def near(result, figure):
    return "failed" not in result and result[figure] < LIMIT


def described(result):
    """One model's cell in the page."""
    stage = result.get("failed")
    if stage == "export":
        return "not exported"
    if stage == "compile":
        return "refused"
    proved = ", proved" if result.get("proved") else ""
    return f"fails to {stage}" if stage else f"{100 * result['mean']:.1f}%, {100 * result['greatest']:.1f}%{proved}"


def normal(reason):
    """A reason without the names of one model, so that equal ones are counted together."""
    reason = re.sub(r"^error: (node `[^`]*`( \(\w+\))?: )?", "", reason)
    reason = re.sub(r"`[^`]*`", "`...`", re.sub(r"-?\d+(\.\d+)?", "N", reason))
    return reason if len(reason) <= 120 else reason[:117] + "..."


def table(head, rows):
    return ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in (head, ["---"] * len(head), *rows)]


def counts(label, results):
    """A row of the table by kind: exports, how many of them compile and are near, and how many were proved of those that were tried."""
    exports = [result for result in results if result.get("failed") != "export"]
    compiled = [result for result in exports if result.get("failed") != "compile"]
    tried = [result for result in compiled if "proved" in result or "failed" in result]
    figures = (sum(near(result, figure) for result in compiled) for figure in ("mean", "greatest"))
    return label, len(exports), len(compiled), *figures, len(tried), sum(result.get("proved", False) for result in tried)


def markdown(found):
    named = found["blocks"]
    pairs = [(name, block["kind"], exporter, block[exporter]) for name, block in named.items() for exporter in EXPORTERS]
    everything = [result for *_, result in pairs]
    total = counts("all", everything)
    kinds = list(dict.fromkeys(block["kind"] for block in named.values()))
    rows = [counts(kind, [result for _, of, _, result in pairs if of == kind]) for kind in kinds]
    by_exporter = [counts(TITLES[exporter], [result for _, _, by, result in pairs if by == exporter]) for exporter in EXPORTERS]
    refused = collections.Counter(normal(result["reason"]) for result in everything if result.get("failed") not in (None, "export"))
    head = ("exports", "compile", f"mean error < {LIMIT:.0%}", f"greatest error < {LIMIT:.0%}", "tried to prove", "proved")
    lines = [
        "# Blocks as PyTorch exports them",
        "",
        "This page says which parts of networks compile as PyTorch exports them, and how near the answers are. Model operators read it before",
        "they export a model. `benches/conformance/blocks.py` writes it.",
        "",
        f"There are {len(named)} small networks with seeded weights, written as people write them in PyTorch {found['torch']}. Each is exported twice with",
        "default settings: by `torch.onnx.export(..., dynamo=False)` and by the default exporter. Each model is compiled with default settings",
        f"on {SAMPLES} samples of a normal distribution. To try to prove a model is to commit to it, to prove the answer to one other sample off",
        "chain, and to verify the proof. Where time was short, only some were tried, drawn by chance among kinds.",
        "",
        f"Errors are measured on {HELD} samples that the compiler did not see, against PyTorch's answers. An error is a share of the output's range,",
        "which is the greatest of PyTorch's answers less the least. The mean error is over all values, the greatest over the worst value. Of",
        "whole numbers, such as classes, the error is the share that differ. A model with several outputs has the error of its worst output.",
        "",
        f"Of the exports, {share(total[2], total[1])}, compile. Of those, {share(total[3], total[2])}, have a mean error below {LIMIT:.0%}.",
        f"Of those tried, {share(total[6], total[5])}, prove.",
        "",
        *table(("kind", *head), [*rows, total]),
        "",
        *table(("exporter", *head), by_exporter),
        "",
        f"PyTorch itself could not export {sum(result.get('failed') == 'export' for result in everything)} models.",
        "",
        "CI does not measure this again, since PyTorch takes some gigabytes. It checks that the page tells the recorded results, and that the",
        "blocks are those that were measured. What the compiler needs for these models is also in the cases of `fixtures/operators`.",
        "",
        "## Why models are refused",
        "",
        *table(("reason", "models"), sorted(refused.items(), key=lambda item: (-item[1], item[0]))),
    ]
    for kind in kinds:
        cells = [(name, *(described(block[exporter]) for exporter in EXPORTERS)) for name, block in named.items() if block["kind"] == kind]
        lines += ["", f"## {kind.capitalize()}", "", *table(("block", "`dynamo=False`: mean, greatest error", "default: mean, greatest error"), cells)]
    return "\n".join([*lines, ""])


def check(path):
    """Exits with 1 unless the page is that of the recorded results, and these are of the blocks as they are."""
    found = json.loads(RESULTS.read_text())
    if found["sources"] != sources():
        sys.exit(f"{HERE / 'networks'} has changed since {RESULTS.name} was recorded: measure again")
    was, now = path.read_text(), markdown(found)
    if was != now:
        print("\n".join(difflib.unified_diff(was.splitlines(), now.splitlines(), str(path), "recorded", lineterm="", n=0)), file=sys.stderr)
        sys.exit(f"{path} is out of date: write it again with --markdown {path}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", action="store_true", help="export, compile, prove and compare, which needs PyTorch")
    parser.add_argument("--hallmark", default="target/release/hallmark", help="the program")
    parser.add_argument("--folder", type=Path, default=Path("target/blocks/models"), help="where exported models are kept")
    parser.add_argument("--only", help="blocks whose name has this text; the results of others stay")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="models at once")
    parser.add_argument("--markdown", type=Path, help="write the page for people")
    parser.add_argument("--check", type=Path, help="exit with 1 unless this is that page")
    options = parser.parse_args()
    if options.measure:
        measure(options)
    if options.markdown:
        options.markdown.write_text(markdown(json.loads(RESULTS.read_text())))
    if options.check:
        check(options.check)


if __name__ == "__main__":
    main()
