#!/usr/bin/env node
// Writes src/generated/contracts.ts: what the page needs of the compiled contracts in ../artifacts, which the program `hallmark` carries
// too. Of functions and events it has the named ones, and all errors. Nothing of it is committed.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { getCreate2Address, keccak256 } from "viem";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const artifacts = join(root, "..", "artifacts");
const target = join(root, "src", "generated", "contracts.ts");

// The same proxy and the same salt as in prover/chain/src/node/deployment.rs.
const PROXY = "0x4e59b44847b379578588920cA78FbF26c0B4956C";
const SALT = `0x${"0".repeat(64)}`;

const WANTED = {
  registry: ["ModelRegistry", "verifier verifierCodeHash setup model batchKey"],
  market: ["InferenceMarket", "registry listing requestOf nonceOf credit request refund withdraw Requested Fulfilled"],
  offering: [
    "InitialModelOffering",
    "terms token cap raised proceeds state sold contributionOf allocationOf hasClaimed refundable excessFrom isFinalised " +
      "earnedSinceClose forfeited trancheOf isReached buy claim refund",
  ],
  token: [
    "ModelToken",
    "modelId distributor balanceOf isOpen snapshotCount revenueWaiting claimableRevenue snapshot claimMany",
  ],
};

const text = (name) => readFileSync(join(artifacts, name), "utf8").trim();
const code = (name) => `0x${text(name)}`;

// What a call needs of an entry: no names of types in the compiler.
function lean(entry) {
  const { internalType, ...rest } = entry;
  const nested = ["inputs", "outputs", "components"].filter((key) => rest[key]);
  return { ...rest, ...Object.fromEntries(nested.map((key) => [key, rest[key].map(lean)])) };
}

function abi([contract, names]) {
  const all = JSON.parse(text(`${contract}.abi.json`)).map(lean);
  const missing = names.split(" ").filter((name) => !all.some((entry) => entry.name === name));
  if (missing.length > 0) throw new Error(`${contract} has no ${missing.join(", ")}`);
  return all.filter((entry) => entry.type === "constructor" || names.split(" ").includes(entry.name));
}

// An error may be declared by several contracts. Those of the verifier say why a proof is refused.
function errors() {
  const contracts = [...Object.values(WANTED).map(([contract]) => contract), "HallmarkVerifier"];
  const found = new Map();
  for (const contract of contracts) {
    for (const entry of JSON.parse(text(`${contract}.abi.json`)).filter(({ type }) => type === "error").map(lean)) {
      found.set(JSON.stringify([entry.name, entry.inputs.map(({ type }) => type)]), entry);
    }
  }
  return [...found.values()];
}

const constant = (name, value) => `export const ${name} = ${JSON.stringify(value)} as const;\n`;
const written = [
  "// Written by tools/generate.mjs. Do not edit.\n",
  constant("PROXY", PROXY),
  constant("SALT", SALT),
  constant("VERIFIER", getCreate2Address({ from: PROXY, salt: SALT, bytecode: code("HallmarkVerifier.bin") })),
  constant("VERIFIER_CODE_HASH", keccak256(code("HallmarkVerifier.runtime.bin"))),
  ...["registry", "market", "offering"].map((name) => constant(`${name}Creation`, code(`${WANTED[name][0]}.bin`))),
  ...Object.entries(WANTED).map(([name, wanted]) => constant(`${name}Abi`, abi(wanted))),
  constant("errorsAbi", errors()),
].join("\n");

mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, written);
