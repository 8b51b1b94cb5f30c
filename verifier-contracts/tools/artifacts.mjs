#!/usr/bin/env node
// Writes what others need of the compiled contracts, or with --check says whether it is up to date.
//
//   NAME.bin           creation code, hexadecimal
//   NAME.runtime.bin   the code that is on the chain then, hexadecimal; only where it is the same for every deployment
//   NAME.abi.json      functions, events and errors
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// What can be deployed: src/NAME.sol.
const contracts = [
  "HallmarkVerifier",
  "InferenceMarket",
  "InitialModelOffering",
  "ModelRegistry",
  "ModelToken",
  "VerifiableOutput",
];

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = join(root, "artifacts");

// Each contract is compiled alone, without tests, in a folder of its own: names in the compiler's intermediate language count
// all files that are compiled together.
function compile(name) {
  const out = mkdtempSync(join(tmpdir(), "hallmark-contracts-"));
  try {
    const forge = join(root, "tools", "forge");
    const options = ["build", `src/${name}.sol`, "--force", "--out", out, "--cache-path", join(out, "cache")];
    execFileSync(forge, options, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
    return JSON.parse(readFileSync(join(out, `${name}.sol`, `${name}.json`), "utf8"));
  } finally {
    rmSync(out, { recursive: true });
  }
}

// The files of a contract, by name.
function files(name) {
  const { abi, bytecode, deployedBytecode } = compile(name);
  const made = {
    [`${name}.bin`]: `${bytecode.object.slice(2)}\n`,
    [`${name}.abi.json`]: `${JSON.stringify(abi, null, 2)}\n`,
  };
  // With values that are fixed at its construction, a contract has its code on the chain only.
  if (Object.keys(deployedBytecode.immutableReferences ?? {}).length === 0) {
    made[`${name}.runtime.bin`] = `${deployedBytecode.object.slice(2)}\n`;
  }
  return made;
}

const wanted = Object.assign({}, ...contracts.map(files));
const present = existsSync(folder) ? readdirSync(folder) : [];

if (process.argv.includes("--check")) {
  const missing = Object.entries(wanted).filter(([name, text]) => {
    return !present.includes(name) || readFileSync(join(folder, name), "utf8") !== text;
  });
  const stale = [...missing.map(([name]) => name), ...present.filter((name) => !(name in wanted))];
  if (stale.length > 0) {
    console.error(`artifacts/ is stale: ${stale.join(", ")}; run npm run artifacts`);
    process.exit(1);
  }
} else {
  mkdirSync(folder, { recursive: true });
  present.filter((name) => !(name in wanted)).forEach((name) => rmSync(join(folder, name)));
  for (const [name, text] of Object.entries(wanted)) {
    writeFileSync(join(folder, name), text);
  }
}
