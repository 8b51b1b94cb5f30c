#!/usr/bin/env node
// Changes the contracts in one small place at a time, and asks the tests whether they notice.
//
//   node tools/mutate.mjs                        all mutants
//   node tools/mutate.mjs --sample 200 --seed 7  two hundred of them, the same for the same seed
//   node tools/mutate.mjs --files Packing,Fr     those of some sources
//   node tools/mutate.mjs --list                 what would be changed
//
//   --out FOLDER       where the copy, report.json and report.md go [out/mutation]
//   --libraries        those of the libraries that the verifier is made of
//   --jobs COUNT       runs of tests at once [1]
//   --build            builds the tests, and runs none
//
// All mutants are compiled at once, into a copy, each behind a switch that is read when a test runs. A run that was stopped goes
// on where it was. It ends with 1 if a mutant survives that docs/mutation.md does not explain.
import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { forge } from "./binary.mjs";
import { account, sample } from "./mutants.mjs";
import { instrument, read as readSources } from "./schemata.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { values: options } = parseArgs({
  options: {
    sample: { type: "string" },
    seed: { type: "string", default: "1" },
    files: { type: "string" },
    out: { type: "string", default: join(root, "out", "mutation") },
    libraries: { type: "boolean", default: false },
    jobs: { type: "string", default: "1" },
    list: { type: "boolean", default: false },
    build: { type: "boolean", default: false },
  },
});
const out = resolve(options.out);
const copy = join(out, "verifier-contracts");
const document = join(root, "..", "docs", "mutation.md");

// The tests of a source, by the start of their names, besides those that have its name. The first run first.
const VERIFIER = ["HallmarkVerifier"];
const USERS = {
  Batches: ["InferenceMarketBatch"],
  CappedCall: ["ModelRegistry", "InferenceMarketCallback"],
  Holdings: ["ModelToken", "Offering"],
  OpeningKey: ["ModelRegistry"],
  Requests: ["InferenceMarket"],
  HallmarkVerifier: [],
  InferenceMarket: ["VerifiableOutput"],
  InitialModelOffering: ["Offering"],
  ModelRegistry: ["InferenceMarketSettlement"],
  ModelToken: ["InitialModelOffering", "Offering"],
  VerifiableOutput: [],
};

const hash = (text) => createHash("sha256").update(text).digest("hex").slice(0, 16);
const text = (path) => readFileSync(join(root, path), "utf8");
const testFiles = [...readdirSync(join(root, "test")).map((name) => `test/${name}`), ...readdirSync(join(root, "test/libraries")).map((name) => `test/libraries/${name}`)].filter((name) => name.endsWith(".t.sol"));

// Groups of test files in the order in which they are asked: a source's own, and those of its users.
function tests(file) {
  const name = basename(file, ".sol");
  const own = testFiles.filter((test) => test === `test/libraries/${name}.t.sol` || (!file.includes("libraries") && basename(test).startsWith(name)));
  const users = (USERS[name] ?? VERIFIER).flatMap((start) => testFiles.filter((test) => test.startsWith(`test/${start}`)));
  return [own, users.filter((test) => !own.includes(test))].filter((group) => group.length > 0);
}

const sources = readSources(root);
const wanted = options.files?.split(",").map((name) => `${name.replace(/\.sol$/, "")}.sol`);
const all = sources.flatMap(({ places }) => places.flatMap(({ mutants }) => mutants));
const ids = new Map(all.map((mutant, index) => [mutant, index + 1]));
const within = all.filter(({ file }) => (!wanted || wanted.includes(basename(file))) && (!options.libraries || file.includes("libraries")));
const chosen = options.sample ? sample(within, Number(options.sample), Number(options.seed)) : within;

if (options.list) {
  chosen.forEach(({ name }) => console.log(name));
  console.log(`${chosen.length} of ${all.length}`);
  process.exit(0);
}

function prepare() {
  mkdirSync(copy, { recursive: true });
  for (const name of ["src", "test", "script", "artifacts", "package.json"]) {
    rmSync(join(copy, name), { recursive: true, force: true });
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  for (const [target, name] of [
    [join(root, "node_modules"), join(copy, "node_modules")],
    [join(root, "..", "fixtures"), join(out, "fixtures")],
  ]) {
    if (!existsSync(name)) symlinkSync(target, name);
  }
  // Forge asks the compiler for its version and for the list of all sources each time, and it takes long to start. What it has
  // said once is kept.
  const compiler = join(root, "tools", "solc");
  const version = spawnSync(compiler, ["--version"], { encoding: "utf8" }).stdout.trim();
  const script = `#!/bin/sh
case "$*" in *--version*) echo "${version}"; exit ;; esac
kept="${join(copy, "tools", "kept")}"
asked="$kept/$$"
cat > "$asked"
said="$kept/$(sha256sum < "$asked" | cut -c 1-64)"
[ -f "$said" ] || { "${compiler}" "$@" < "$asked" > "$asked.said" && mv "$asked.said" "$said"; } || exit
cat "$said"
rm "$asked"
`;
  mkdirSync(join(copy, "tools", "kept"), { recursive: true });
  writeFileSync(join(copy, "tools", "solc"), script, { mode: 0o755 });
  const settings = text("foundry.toml").replace(/^optimizer = true$/m, "optimizer = false").replace("[lint]", "[lint]\nlint_on_build = false");
  writeFileSync(join(copy, "foundry.toml"), settings);
  return instrument(copy, sources, ids);
}

// Tests of gas and of sizes can fail for the switches alone.
const skipped = new Set();
// The seconds of each test file without a mutant.
const costs = new Map();

// A run of tests is stopped that takes so many times the processor time that it takes without a mutant, and these seconds more.
// Loops that do not end have no other end. How much else the machine does plays no part.
const PATIENCE = 5;
const GRACE = 5;
// What no run of a file takes without a mutant.
const LONGEST = 900;
// What a shell says of a command that the limit has stopped.
const STOPPED = [152, 137];

// What a program that was run says, and its status.
function execute(program, arguments_, settings) {
  return new Promise((resolve_, reject) => {
    execFile(program, arguments_, settings, (error, stdout, stderr) => {
      if (error && typeof error.code !== "number") reject(error);
      else resolve_({ status: error?.code ?? 0, stdout, stderr });
    });
  });
}

// Forge writes down what is compiled each time. Another forge that reads it just then finds nothing, and wants to compile all.
const ATTEMPTS = 5;

// Runs test files with a mutant: which tests fail, and the seconds of processor time.
async function run(group, id, limit) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await runOnce(group, id, limit);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await setTimeout(1000 * attempt);
    }
  }
}

async function runOnce(group, id, limit) {
  const names = group.length > 1 ? `{${group.join(",")}}` : group[0];
  const arguments_ = ["test", "--match-path", names, "--fail-fast", "--json", "--threads", "1"];
  if (skipped.size > 0) arguments_.push("--no-match-test", `^(${[...skipped].join("|")})\\(`);
  const script = `ulimit -t ${Math.ceil(limit)}; "$0" "$@"; status=$?; times >&2; exit $status`;
  const { status, stdout, stderr } = await execute("sh", ["-c", script, forge, ...arguments_], {
    cwd: copy,
    encoding: "utf8",
    env: { ...process.env, FOUNDRY_FUZZ_RUNS: "32", FOUNDRY_INVARIANT_RUNS: "4", FOUNDRY_BLOCK_COINBASE: account(id) },
    maxBuffer: 1 << 28,
  });
  if (STOPPED.includes(status)) return { failed: [{ test: "a run took too long" }] };
  // The last line of `times` is of what the shell has run.
  const seconds = [...stderr.trim().split("\n").at(-1).matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + 60 * m + Number(s), 0);
  const json = stdout.slice(stdout.indexOf("{"));
  let suites;
  try {
    suites = JSON.parse(json);
  } catch {
    throw new Error(`forge said of ${names}:\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`);
  }
  const failed = Object.entries(suites).flatMap(([suite, { test_results }]) =>
    Object.entries(test_results).filter(([, { status: end }]) => end === "Failure").map(([test]) => ({ file: suite.split(":")[0], test })),
  );
  if (status !== 0 && failed.length === 0) throw new Error(`forge said of ${names}:\n${stderr.slice(-2000)}`);
  return { failed, seconds };
}

async function seconds(file) {
  for (;;) {
    const { failed, seconds } = await run([file], 0, LONGEST);
    if (failed.length === 0) return seconds;
    for (const { test } of failed) {
      console.log(`not asked, as it fails for the switches alone: ${file} ${test}`);
      skipped.add(test.replace(/\(.*/, ""));
    }
  }
}

// Measured once, whoever asks.
function cost(file) {
  if (!costs.has(file)) costs.set(file, seconds(file));
  return costs.get(file);
}

// What kills a mutant often kills its neighbours: of each source the test file that killed last.
const killers = new Map();

async function judge(mutant) {
  const groups = tests(mutant.file);
  const killer = killers.get(mutant.file);
  const order = killer ? [[killer], ...groups.map((group) => group.filter((file) => file !== killer))] : groups;
  for (const group of order.filter((files) => files.length > 0)) {
    let limit = GRACE;
    for (const file of group) limit += PATIENCE * (await cost(file));
    const { failed } = await run(group, ids.get(mutant), limit);
    if (failed.length === 0) continue;
    const [{ file, test }] = failed;
    if (file) killers.set(mutant.file, file);
    return { verdict: "killed", by: file ? `${file} ${test}` : test };
  }
  return { verdict: "survived" };
}

const explained = new Set(
  (existsSync(document) ? readFileSync(document, "utf8").split("\n") : []).flatMap((line) => line.match(/^ *- `(.*)`$/)?.slice(1) ?? []),
);
const named = new Set(all.map(({ name }) => name));
const gone = [...explained].filter((name) => name.includes(".sol ") && !named.has(name));
gone.forEach((name) => console.log(`docs/mutation.md explains a mutant that does not exist: ${name}`));

function table(results) {
  const count = (of, verdict) => of.filter((result) => result.verdict === verdict).length;
  const row = (name, of) => {
    const [killed, invalid] = [count(of, "killed"), count(of, "invalid")];
    const told = of.filter((result) => result.verdict === "survived" && explained.has(result.name)).length;
    const tried = of.length - invalid;
    const share = tried === 0 ? 100 : (100 * killed) / tried;
    return `| ${name} | ${tried} | ${killed} | ${told} | ${tried - killed - told} | ${invalid} | ${share.toFixed(1)}% |`;
  };
  const files = [...new Set(results.map(({ file }) => file))].sort();
  return [
    "| file | mutants | killed | explained | survived | do not compile | killed |",
    "|---|---|---|---|---|---|---|",
    ...files.map((file) => row(`\`${file}\``, results.filter((result) => result.file === file))),
    row("all", results),
    "",
  ].join("\n");
}

const invalid = prepare();
const files = [...new Set(chosen.flatMap(({ file }) => tests(file).flat()))];
const built = spawnSync(forge, ["build", ...files], { cwd: copy, stdio: ["ignore", "ignore", "inherit"] }).status;
if (built !== 0 || options.build) process.exit(built ?? 1);
const report = join(out, "report.json");
const known = new Map(existsSync(report) ? JSON.parse(readFileSync(report, "utf8")).map((result) => [result.name, result]) : []);
const results = [];
let next = 0;

// Judges the mutants that nobody has taken yet.
async function work() {
  while (next < chosen.length) {
    const mutant = chosen[next++];
    const source = hash(text(mutant.file));
    const basis = hash(tests(mutant.file).flat().map(text).join("\0"));
    const before = known.get(mutant.name);
    const holds = before?.source === source && (before.verdict === "killed" || before.basis === basis);
    const verdict = async () => (invalid.has(mutant) ? { verdict: "invalid" } : judge(mutant));
    const result = holds ? before : { ...mutant, source, basis, ...(await verdict()) };
    results.push(result);
    if (holds) continue;
    known.set(mutant.name, result);
    writeFileSync(report, `${JSON.stringify([...known.values()], null, 2)}\n`);
    writeFileSync(join(out, "report.md"), table(results));
    console.log(`${results.length}/${chosen.length}  ${result.verdict}  ${mutant.name}`);
  }
}

await Promise.all(Array.from({ length: Number(options.jobs) }, work));
const survivors = results.filter(({ verdict, name }) => verdict === "survived" && !explained.has(name));
console.log(`\n${table(results)}`);
survivors.forEach(({ name, line }) => console.log(`- \`${name}\`\n  in line ${line}`));
process.exit(survivors.length + gone.length > 0 ? 1 : 0);
