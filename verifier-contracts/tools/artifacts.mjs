#!/usr/bin/env node
// Writes what others need of the compiled contract, or with --check says whether it is up to date.
//
//   HallmarkVerifier.bin           creation code, hexadecimal
//   HallmarkVerifier.runtime.bin   the code that is on the chain then, hexadecimal
//   HallmarkVerifier.abi.json      functions and errors
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = join(root, "artifacts");

// The contract is compiled without tests, in a folder of its own: names in the compiler's intermediate language count all
// files that are compiled together.
function compile() {
  const out = mkdtempSync(join(tmpdir(), "hallmark-verifier-"));
  try {
    const forge = join(root, "node_modules", ".bin", "forge");
    const options = ["build", "src/HallmarkVerifier.sol", "--force", "--out", out, "--cache-path", join(out, "cache")];
    execFileSync(forge, options, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
    return JSON.parse(readFileSync(join(out, "HallmarkVerifier.sol", "HallmarkVerifier.json"), "utf8"));
  } finally {
    rmSync(out, { recursive: true });
  }
}

const { abi, bytecode, deployedBytecode } = compile();
const files = {
  "HallmarkVerifier.bin": `${bytecode.object.slice(2)}\n`,
  "HallmarkVerifier.runtime.bin": `${deployedBytecode.object.slice(2)}\n`,
  "HallmarkVerifier.abi.json": `${JSON.stringify(abi, null, 2)}\n`,
};

if (process.argv.includes("--check")) {
  const stale = Object.entries(files).filter(([name, text]) => {
    const path = join(folder, name);
    return !existsSync(path) || readFileSync(path, "utf8") !== text;
  });
  if (stale.length > 0) {
    console.error(`artifacts/ is stale: ${stale.map(([name]) => name).join(", ")}; run npm run artifacts`);
    process.exit(1);
  }
} else {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text);
  }
}
