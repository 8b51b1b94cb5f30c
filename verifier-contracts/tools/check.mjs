#!/usr/bin/env node
// Tests with gas, and the compiled code that the program carries, side by side: the compiler takes most of the time, and runs on one
// core. Each half of the tests has a folder of its own for what is compiled. Whatever is printed, is printed at the end of each.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { forge } from "./binary.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
// Those of the verifier take about as long as those of money.
const VERIFIER = "test/{libraries/*,HallmarkVerifier*,ModelRegistry*,Deploy*}";

const tests = (name, filter) => [forge, ["test", filter, VERIFIER, "--out", `out/${name}`, "--cache-path", `cache/${name}`]];
const jobs = {
  "tests of the verifier": tests("verifier", "--match-path"),
  "tests of money": tests("money", "--no-match-path"),
  artifacts: [process.execPath, ["tools/artifacts.mjs", "--check"]],
};

function run(name, [program, arguments_]) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, FORGE_SNAPSHOT_CHECK: "true" };
    const child = spawn(program, arguments_, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    const text = [];
    [child.stdout, child.stderr].forEach((stream) => stream.on("data", (part) => text.push(part)));
    child.on("error", reject);
    child.on("close", (status) => {
      console.log(`==> ${name}\n${Buffer.concat(text)}`);
      resolve(status === 0);
    });
  });
}

const ends = await Promise.all(Object.entries(jobs).map(([name, job]) => run(name, job)));
process.exit(ends.every(Boolean) ? 0 : 1);
