// Measures the package and writes the figures into README.md: `npm run bench`. With --check it writes nothing, and fails if a figure is
// beyond its limit.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { brotliCompressSync, gzipSync } from "node:zlib";
import * as verifier from "../dist/index.js";
import { timings } from "../test/timing.mjs";
import { fixtureNames, withPage } from "./chromium.mjs";

const LIMIT_BYTES = 1_000_000;
const LIMIT_MILLISECONDS = 1000;
const dist = new URL("../dist/", import.meta.url);
const folder = new URL("../../../target/js/", import.meta.url);
const readme = new URL("../README.md", import.meta.url);

function sizes() {
  const names = readdirSync(dist, { recursive: true }).filter((name) => statSync(new URL(name, dist)).isFile());
  const module = names.filter((name) => name.endsWith(".wasm"));
  const loaded = names.filter((name) => /\.(js|wasm)$/.test(name));
  const sum = (names, compress) => names.reduce((sum, name) => sum + compress(readFileSync(new URL(name, dist))).length, 0);
  const row = (names) => [(bytes) => bytes, (bytes) => gzipSync(bytes, { level: 9 }), brotliCompressSync].map((way) => sum(names, way));
  return { module: row(module), loaded: row(loaded) };
}

async function inNode() {
  const read = (name) => new Uint8Array(readFileSync(new URL(name, folder)));
  const fixtures = JSON.parse(readFileSync(new URL("fixtures.json", folder), "utf8"));
  return { name: `Node ${process.versions.node}`, times: await timings(verifier, fixtures, read) };
}

function inChromium() {
  return withPage(async (page, name) => {
    const times = await page.evaluate(async (names) => {
      const [verifier, { timings }] = await Promise.all([import("/dist/index.js"), import("/test/timing.mjs")]);
      const fetched = async (name) => new Uint8Array(await (await fetch(`/fixtures/${name}`)).arrayBuffer());
      const files = new Map(await Promise.all(names.map(async (name) => [name, await fetched(name)])));
      const fixtures = await (await fetch("/fixtures/fixtures.json")).json();
      return timings(verifier, fixtures, (name) => files.get(name));
    }, fixtureNames());
    return { name, times };
  });
}

const STEPS = {
  load: "loading the module",
  first: "reading a model and verifying its first proof",
  read: "reading a model",
  settlement: "verifying a settlement proof",
  offChain: "verifying an off-chain proof",
  batch: "verifying the proof of a batch of 4",
};

function table(head, rows) {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

const { module, loaded } = sizes();
const all = [await inNode(), await inChromium()];
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(0)} kB`;
const text = [
  table(["", "bytes", "gzip", "brotli"], [["the module", ...module.map(kilobytes)], ["all that a page loads", ...loaded.map(kilobytes)]]),
  table(
    ["milliseconds", ...all.map(({ name }) => name)],
    Object.entries(STEPS).map(([step, name]) => [name, ...all.map(({ times }) => times[step].toFixed(0))]),
  ),
  `The model is the digits network. The processor is: ${cpus()[0]?.model.trim()}.`,
].join("\n\n");
console.log(text);

if (process.argv.includes("--check")) {
  const slow = all.filter(({ times }) => times.settlement > LIMIT_MILLISECONDS).map(({ name }) => name);
  if (loaded[1] > LIMIT_BYTES || slow.length > 0) {
    console.error(`beyond the limits of ${LIMIT_BYTES} bytes with gzip and ${LIMIT_MILLISECONDS} ms a proof: ${loaded[1]}, ${slow}`);
    process.exitCode = 1;
  }
} else {
  const [before, after] = readFileSync(readme, "utf8").split(/<!-- figures -->[^]*<!-- \/figures -->/);
  writeFileSync(readme, `${before}<!-- figures -->\n${text}\n<!-- /figures -->${after}`);
}
