#!/usr/bin/env node
// Changes the libraries in one small place at a time, and asks the tests whether they notice.
//
//   node tools/mutate.mjs                        all mutants of src/libraries; takes hours
//   node tools/mutate.mjs --sample 20 --seed 7   twenty of them, the same for the same seed
//   node tools/mutate.mjs --files Packing,Fr     those of some libraries
//   node tools/mutate.mjs --list                 what would be changed
//
//   --out FOLDER       where the copy, report.json and report.md go [out/mutation]
//   --timeout SECONDS  for one run of tests; a mutant that takes longer is killed [300]
//   --least PERCENT    exit with 1 if fewer are killed [0]
//
// A run that was stopped goes on where it was: a mutant is tried once as long as its source and the tests stay the same. The sources
// are changed in a copy only.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { apply, mutants, sample } from "./mutants.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { values: options } = parseArgs({
  options: {
    sample: { type: "string" },
    seed: { type: "string", default: "1" },
    files: { type: "string" },
    out: { type: "string", default: join(root, "out", "mutation") },
    timeout: { type: "string", default: "300" },
    least: { type: "string", default: "0" },
    list: { type: "boolean", default: false },
  },
});
const out = resolve(options.out);
const copy = join(out, "verifier-contracts");
const folder = "src/libraries";

// The tests that a library's own test does not replace: of those who use it.
const USERS = {
  CappedCall: ["test/ModelRegistry.t.sol", "test/InferenceMarketCallback.t.sol"],
  Holdings: ["test/ModelToken.t.sol", "test/ModelTokenPeriods.t.sol"],
  OpeningKey: ["test/ModelRegistry.t.sol"],
};
const VERIFIER = ["test/HallmarkVerifier.t.sol", "test/HallmarkVerifierTamper.t.sol", "test/HallmarkVerifierKey.t.sol"];

const hash = (text) => createHash("sha256").update(text).digest("hex").slice(0, 16);
const read = (path) => readFileSync(join(root, path), "utf8");

// The tests in the order in which they are asked: the cheapest first.
function tests(file) {
  const name = file.slice(folder.length + 1, -".sol".length);
  const own = `test/libraries/${name}.t.sol`;
  return [...(existsSync(join(root, own)) ? [own] : []), ...(USERS[name] ?? VERIFIER)];
}

// What a verdict depends on: the source, and the tests that gave it.
const basis = (file) => hash([file, ...tests(file)].map(read).join("\0"));

function prepare() {
  mkdirSync(copy, { recursive: true });
  for (const name of ["src", "test", "script", "tools", "artifacts", "foundry.toml", "package.json"]) {
    rmSync(join(copy, name), { recursive: true, force: true });
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  for (const [target, name] of [
    [join(root, "node_modules"), join(copy, "node_modules")],
    [join(root, "..", "fixtures"), join(out, "fixtures")],
  ]) {
    if (!existsSync(name)) symlinkSync(target, name);
  }
}

// Runs a test file in the copy: whether it passes, fails, does not compile, or takes too long.
function run(test) {
  const limit = Number(options.timeout) * 1000;
  const arguments_ = ["test", "--match-path", test, "--fail-fast"];
  const { status, stdout, stderr, error } = spawnSync(join(copy, "tools", "forge"), arguments_, {
    cwd: copy,
    encoding: "utf8",
    timeout: limit,
    killSignal: "SIGKILL",
    env: { ...process.env, FOUNDRY_FUZZ_RUNS: "32" },
    maxBuffer: 1 << 28,
  });
  if (error?.code === "ETIMEDOUT") return "timeout";
  if (error) throw error;
  if (`${stdout}${stderr}`.includes("Compiler run failed")) return "invalid";
  return status === 0 ? "passed" : "failed";
}

function judge(mutant) {
  const path = join(copy, mutant.file);
  const original = read(mutant.file);
  writeFileSync(path, apply(original, mutant));
  try {
    for (const test of tests(mutant.file)) {
      const found = run(test);
      if (found === "invalid") return { verdict: "invalid" };
      if (found !== "passed") return { verdict: "killed", by: test, how: found };
    }
    return { verdict: "survived" };
  } finally {
    writeFileSync(path, original);
  }
}

const count = (results, verdict) => results.filter((result) => result.verdict === verdict).length;

function rate(results) {
  const [killed, survived] = [count(results, "killed"), count(results, "survived")];
  return killed + survived === 0 ? 100 : (100 * killed) / (killed + survived);
}

function table(results) {
  const rows = [...new Set(results.map((result) => result.file))].sort().map((file) => {
    const of = results.filter((result) => result.file === file);
    const counts = ["killed", "survived", "invalid"].map((verdict) => count(of, verdict));
    return `| \`${file.slice(folder.length + 1)}\` | ${counts.join(" | ")} | ${rate(of).toFixed(1)}% |`;
  });
  const survivors = results.filter((result) => result.verdict === "survived").map((result) => {
    const text = read(result.file).split("\n")[result.line - 1].trim();
    return `- \`${result.file}:${result.line}\`: \`${result.from}\` → \`${result.to || "nothing"}\` in \`${text}\``;
  });
  return [
    `${results.length} mutants, ${rate(results).toFixed(1)}% of those that compile are killed.`,
    "",
    "| library | killed | survived | do not compile | killed |",
    "|---|---|---|---|---|",
    ...rows,
    ...(survivors.length > 0 ? ["", "Survivors:", "", ...survivors] : []),
    "",
  ].join("\n");
}

const wanted = options.files?.split(",").map((name) => `${name.replace(/\.sol$/, "")}.sol`);
const names = readdirSync(join(root, folder)).sort().filter((name) => !wanted || wanted.includes(name));
const all = names.flatMap((name) => mutants(`${folder}/${name}`, read(`${folder}/${name}`)));
const chosen = options.sample ? sample(all, Number(options.sample), Number(options.seed)) : all;

if (options.list) {
  chosen.forEach(({ id, from, to }) => console.log(`${id}  ${from} -> ${to || "nothing"}`));
  console.log(`${chosen.length} of ${all.length}`);
  process.exit(0);
}

prepare();
for (const test of new Set(chosen.flatMap(({ file }) => tests(file)))) {
  if (run(test) !== "passed") throw new Error(`${test} does not pass without a change`);
}
const report = join(out, "report.json");
const known = new Map(existsSync(report) ? JSON.parse(readFileSync(report, "utf8")).map((r) => [r.id, r]) : []);
const results = [];
for (const mutant of chosen) {
  const before = known.get(mutant.id);
  const state = basis(mutant.file);
  const result = before?.basis === state ? before : { ...mutant, basis: state, ...judge(mutant) };
  results.push(result);
  known.set(mutant.id, result);
  writeFileSync(report, `${JSON.stringify([...known.values()], null, 2)}\n`);
  writeFileSync(join(out, "report.md"), table(results));
  console.log(`${results.length}/${chosen.length}  ${result.verdict}  ${mutant.id}`);
}
console.log(`\n${table(results)}`);
process.exit(rate(results) < Number(options.least) ? 1 : 0);
