// Makes what the tests check: keys, proofs and settlements that the command line writes, in target/js. Takes seconds.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { encodeAbiParameters, keccak256, stringToHex } from "viem";
import { readFloats, writeArchive, writeFloats } from "./npy.mjs";
import { heads } from "./onnx.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const hallmark = `${root}/target/debug/hallmark`;
const folder = `${root}/target/js`;
const SIZE = 4;

if (!existsSync(hallmark)) {
  // As the tests build it.
  execFileSync("cargo", ["test", "--workspace", "--locked", "--no-run"], { cwd: root, stdio: "inherit" });
}
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

/** Runs a command, and reads what it prints. */
function run(...args) {
  const output = execFileSync(hallmark, ["--json", ...args], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  return JSON.parse(output);
}

const images = readFloats(`${root}/fixtures/data/digits_test.npy`);
const image = (index) => images.slice(64 * index, 64 * (index + 1));
/** Three images. They are proved in a batch of four. */
const three = images.slice(0, 3 * 64);
writeFloats(`${folder}/x.npy`, [1, 64], image(0));
writeFloats(`${folder}/three.npy`, [3, 64], three);

/** Where the settlements take place. */
const place = {
  chainId: 31337,
  market: "0x00000000000000000000000000000000003a24e7",
  modelId: `0x${"5e".repeat(32)}`,
  deadline: 1_800_086_400,
};
const payee = "0x00000000000000000000000000000000000009e6";
const requests = [1, 2, 3].map((number) => `0x${String(number).padStart(64, "0")}`);

/** The contexts as Solidity computes them. */
function contextAlone() {
  const types = ["uint256", "address", "bytes32", "bytes32", "address", "uint64"].map((type) => ({ type }));
  const { chainId, market, modelId, deadline } = place;
  return keccak256(encodeAbiParameters(types, [BigInt(chainId), market, requests[0], modelId, payee, BigInt(deadline)]));
}

function contextOfBatch() {
  const part = { type: "tuple[]", components: [{ type: "address" }, { type: "bytes32[]" }] };
  const types = [{ type: "bytes32" }, { type: "uint256" }, { type: "address" }, { type: "bytes32" }, { type: "uint256" }, part];
  const tag = stringToHex("hallmark market batch 1", { size: 32 });
  const values = [tag, BigInt(place.chainId), place.market, place.modelId, BigInt(SIZE), [[payee, requests]]];
  return keccak256(encodeAbiParameters(types, values));
}

run("srs", "new", "--insecure", "--log-size", "13", "-o", "srs.bin");

/** A model with its keys and an answer, whose inputs are told in one way. */
function model(name, options) {
  const calibration = `${root}/fixtures/data/digits_calibration.npy`;
  const file = `${name}.hallmark`;
  run("compile", `${root}/fixtures/models/digits_mlp.onnx`, "--calibration", calibration, ...options, "-o", file);
  const batches = ["--batches", String(SIZE)];
  const { model_digest: digest, weight_digest: weightDigest } = run("commit", file, "--srs", "srs.bin", ...batches);
  run("export-key", file, "-o", `${name}.key`);
  const setup = run("setup", file, "--srs", "srs.bin", "--blob", `${name}.blob`);
  const prove = (proof, ...args) => run("prove", file, "--srs", "srs.bin", ...args, "-o", `${name}.${proof}.proof`);
  const bound = contextAlone();
  prove("receipt", "--input", "x.npy");
  prove("off-chain", "--input", "x.npy", "--off-chain");
  prove("settled", "--input", "x.npy", "--context", bound);
  prove("batch", "--inputs", "three.npy", "--context", contextOfBatch());
  const told = run("digest", `${name}.key`, "--input", "x.npy");
  return {
    name,
    digest,
    weightDigest,
    architectureDigest: setup.architecture_digest,
    setupDigest: setup.setup_digest,
    size: SIZE,
    input: told.input ?? told.input_digest,
    inputHash: told.input_hash,
    output: run("run", file, "--input", "x.npy").output,
    outputs: run("run", file, "--inputs", "three.npy").outputs,
    contexts: { settled: bound, batch: contextOfBatch() },
  };
}

/** A model with several inputs and outputs, and its answers to one sample and to three. */
function several() {
  const stack = (count, size, from) => Float32Array.from({ length: count * size }, (_, index) => Math.sin(from + 3 * index));
  const samples = (count, from) => ({
    x: { shape: [count, 6], values: stack(count, 6, from) },
    z: { shape: [count, 4], values: stack(count, 4, from + 1) },
  });
  writeFileSync(`${folder}/heads.onnx`, heads());
  writeArchive(`${folder}/calibration.npz`, samples(64, 0));
  const asked = { one: samples(1, 5), three: samples(3, 6) };
  writeArchive(`${folder}/one.npz`, asked.one);
  writeArchive(`${folder}/stack.npz`, asked.three);
  const [file, srs] = ["heads.hallmark", ["--srs", "large.bin"]];
  // Outputs beside one another take a larger table than the digits do.
  run("srs", "new", "--insecure", "--log-size", "15", "-o", "large.bin");
  run("compile", "heads.onnx", "--calibration", "calibration.npz", "-o", file);
  const { model_digest: digest } = run("commit", file, ...srs, "--batches", String(SIZE));
  run("export-key", file, "-o", "heads.key");
  run("setup", file, ...srs, "--blob", "heads.blob");
  const prove = (proof, ...args) => run("prove", file, ...srs, ...args, "-o", `heads.${proof}.proof`);
  const one = prove("receipt", "--input", "one.npz");
  const three = prove("batch", "--inputs", "stack.npz");
  // An input's arrays stand one behind the other, sample by sample.
  const joined = ({ x, z }, count) =>
    Array.from({ length: count }, (_, at) => [...x.values.slice(6 * at, 6 * at + 6), ...z.values.slice(4 * at, 4 * at + 4)]).flat();
  return {
    name: "heads",
    digest,
    size: SIZE,
    one: { input: joined(asked.one, 1), outputs: one.outputs },
    three: { input: joined(asked.three, 3), outputs: three.outputs },
  };
}

const models = [model("values", []), model("digests", ["--input-digests"])];
const fixtures = { models, several: several(), place, payee, requests, image: [...image(0)], three: [...three] };
writeFileSync(`${folder}/fixtures.json`, `${JSON.stringify(fixtures, null, 1)}\n`);
