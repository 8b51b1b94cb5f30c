// The market's calls, held against viem and the contracts' ABI.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { encodeAbiParameters, encodeFunctionData, keccak256 as keccak } from "viem";
import { contextOf, decodeSettlements, encodeRequest, HallmarkError, init, keccak256, readModel } from "../dist/index.js";
import { bigEndian, concat, fromHex, payloadOf, toHex } from "./bytes.mjs";

const folder = new URL("../../../target/js/", import.meta.url);
const read = (name) => new Uint8Array(readFileSync(new URL(name, folder)));
const fixtures = JSON.parse(readFileSync(new URL("fixtures.json", folder), "utf8"));
const abi = JSON.parse(readFileSync(new URL("../../artifacts/InferenceMarket.abi.json", import.meta.url), "utf8"));
const call = (functionName, args) => encodeFunctionData({ abi, functionName, args });
const [model] = fixtures.models;
const place = { ...fixtures.place, chainId: BigInt(fixtures.place.chainId), deadline: BigInt(fixtures.place.deadline) };
const word = (byte) => `0x${byte.repeat(32)}`;

before(() => init());

test("keccak256 is viem's", () => {
  for (const length of [0, 1, 135, 136, 137, 1000]) {
    const bytes = Uint8Array.from({ length }, (_, at) => (7 * at) & 255);
    assert.equal(keccak256(bytes), keccak(bytes));
  }
});

test("a request is encoded as the contract's ABI says", () => {
  const input = fromHex(model.input);
  const order = {
    modelId: place.modelId,
    inputHash: model.inputHash,
    deadline: place.deadline,
    bond: 7n,
    lockSeconds: 60,
    callback: fixtures.payee,
    callbackGas: 1000,
  };
  const plain = { ...order, bond: 0n, lockSeconds: 0, callback: `0x${"0".repeat(40)}`, callbackGas: 0 };
  const { modelId, inputHash, deadline } = order;
  assert.equal(encodeRequest(order, input), call("request", [order, model.input]));
  assert.equal(encodeRequest({ modelId, inputHash, deadline }, input), call("request", [plain, model.input]));
  assert.equal(encodeRequest(order), call("requestHashed", [order]));
  const odd = Uint8Array.of(1, 2, 3);
  const other = { ...order, inputHash: keccak256(odd) };
  assert.equal(encodeRequest(other, odd), call("request", [other, toHex(odd)]));
});

const fulfilment = (number) => ({
  requestId: fixtures.requests[number],
  payee: fixtures.payee,
  input: `0x0${number}`,
  output: "0x",
  proof: `0x${"ab".repeat(40 + number)}`,
});
const decoded = (number) => {
  const { requestId: request, payee, input, output, proof } = fulfilment(number);
  const answer = { request, payee, input: fromHex(input), output: fromHex(output) };
  return { kind: "alone", answer, proof: fromHex(proof) };
};

test("settlements are decoded as the contract's ABI says", () => {
  assert.deepEqual(decodeSettlements(call("fulfil", [fulfilment(1)])), [decoded(1)]);
  assert.deepEqual(decodeSettlements(fromHex(call("fulfil", [fulfilment(1)]))), [decoded(1)]);
  const many = [0, 1, 2].map(fulfilment);
  assert.deepEqual(decodeSettlements(call("fulfilMany", [many])), [0, 1, 2].map(decoded));
  assert.deepEqual(decodeSettlements(call("fulfilMany", [[]])), []);
});

const parts = [
  { payee: fixtures.payee, requestIds: fixtures.requests.slice(0, 2) },
  { payee: place.market, requestIds: fixtures.requests.slice(2) },
];
const batch = { modelId: place.modelId, size: 4n, parts, inputs: "0x010203", outputs: "0xa1a2b1b2c1c2", proof: "0xdd", leastEarned: 9n };

test("a batch is decoded, and divided among its requests", () => {
  const [found] = decodeSettlements(call("fulfilBatch", [batch]));
  const expected = parts.map(({ payee, requestIds: requests }) => ({ payee, requests }));
  assert.deepEqual([found.kind, found.modelId, found.size, found.parts], ["batch", batch.modelId, 4, expected]);
  assert.deepEqual(found.answers.map(({ request }) => request), fixtures.requests);
  assert.deepEqual(found.answers.map(({ payee }) => payee), [fixtures.payee, fixtures.payee, place.market]);
  assert.deepEqual(found.answers.map(({ input }) => toHex(input)), ["0x01", "0x02", "0x03"]);
  assert.deepEqual(found.answers.map(({ output }) => toHex(output)), ["0xa1a2", "0xb1b2", "0xc1c2"]);
});

test("contexts are those that contracts compute", () => {
  const [found] = decodeSettlements(call("fulfilBatch", [batch]));
  const part = { type: "tuple[]", components: [{ type: "address" }, { type: "bytes32[]" }] };
  const types = [{ type: "bytes32" }, { type: "uint256" }, { type: "address" }, { type: "bytes32" }, { type: "uint256" }, part];
  const tag = toHex(concat([new TextEncoder().encode("hallmark market batch 1"), new Uint8Array(9)]));
  const given = parts.map(({ payee, requestIds }) => [payee, requestIds]);
  const values = [tag, place.chainId, place.market, place.modelId, 4n, given];
  assert.equal(contextOf(found, place), keccak(encodeAbiParameters(types, values)));
  const [alone] = decodeSettlements(call("fulfil", [fulfilment(0)]));
  assert.equal(contextOf(alone, place), model.contexts.settled);
});

test("calldata that ends early or points beyond its end is refused", () => {
  const refused = { name: "HallmarkError", kind: "damaged" };
  for (const calldata of [call("fulfil", [fulfilment(1)]), call("fulfilMany", [[fulfilment(1)]]), call("fulfilBatch", [batch])]) {
    const bytes = fromHex(calldata);
    for (let length = 0; length < bytes.length - 31; length += 1) {
      assert.throws(() => decodeSettlements(bytes.slice(0, length)), refused, String(length));
    }
    for (let at = 4; at < bytes.length; at += 1) {
      const changed = bytes.slice();
      changed[at] ^= 0x80;
      try {
        decodeSettlements(changed);
      } catch (error) {
        assert.ok(error instanceof HallmarkError && error.kind === "damaged", `${at}: ${error}`);
      }
    }
  }
  for (const uneven of [{ inputs: "0x0102" }, { outputs: "0xa1" }, { parts: [] }, { size: 2n }, { size: 1n << 200n }]) {
    assert.throws(() => decodeSettlements(call("fulfilBatch", [{ ...batch, ...uneven }])), refused);
  }
});

test("parts that share their bytes are no more than the batch has room for", () => {
  // 2000 parts that point to one array of 2000 requests.
  const count = 2000;
  const number = (value) => fromHex(`0x${value.toString(16).padStart(64, "0")}`);
  const one = [...parts[0].requestIds, ...Array(count - 2).fill(word("77"))];
  const bytes = fromHex(call("fulfilBatch", [{ ...batch, size: 4096n, parts: [{ ...parts[0], requestIds: one }] }]));
  const at = 4 + 32 + 32 * 7;
  const head = bytes.slice(0, at);
  const shared = concat([...Array(count).fill(number(32 * count)), bytes.slice(at + 64)]);
  const calldata = concat([head, number(count), shared]);
  assert.throws(() => decodeSettlements(calldata), { name: "HallmarkError", kind: "damaged" });
});

test("the settlement of a batch holds for its requests in their order", () => {
  const kept = { key: read("values.key"), settlementKey: read("values.blob"), batchKeys: [read("values.4.blob")] };
  const opened = readModel(kept, model.digest);
  const three = Float32Array.from(fixtures.three);
  const file = read("values.batch.proof");
  const { integers } = opened.verify(file, { input: three, context: model.contexts.batch });
  const inputs = [0, 1, 2].map((index) => opened.request(three.slice(64 * index, 64 * (index + 1))).bytes);
  const proven = {
    ...batch,
    parts: [{ payee: fixtures.payee, requestIds: fixtures.requests }],
    inputs: toHex(concat(inputs)),
    outputs: toHex(bigEndian(integers)),
    // The receipt has the outputs of all four samples.
    proof: toHex(payloadOf(file).slice(81 + 8 * 40)),
  };
  const settled = (change) => decodeSettlements(call("fulfilBatch", [{ ...proven, ...change }]))[0];
  const hashes = fixtures.requests.map((request, index) => [request, keccak256(inputs[index])]);
  const asked = { ...place, inputHashes: Object.fromEntries(hashes) };
  const answer = opened.verifySettlement(settled({}), asked);
  const oneOfThem = { ...place, inputHashes: Object.fromEntries(hashes.slice(1, 2)) };
  assert.equal(opened.verifySettlement(settled({}), oneOfThem).samples, 3);
  assert.deepEqual([answer.samples, answer.batchSize], [3, 4]);
  assert.deepEqual([...answer.output], model.outputs.flat().map(Math.fround));
  const swapped = [...inputs].reverse();
  const [first, second, third] = fixtures.requests;
  const changes = [
    { inputs: toHex(concat(swapped)) },
    { outputs: proven.outputs.replace(/.$/, (digit) => (digit === "0" ? "1" : "0")) },
    { parts: [{ payee: fixtures.payee, requestIds: [second, first, third] }] },
    { parts: [{ payee: place.market, requestIds: fixtures.requests }] },
    { parts: [{ payee: fixtures.payee, requestIds: [first] }, { payee: fixtures.payee, requestIds: [second, third] }] },
    { modelId: word("22") },
    { size: 8n },
  ];
  for (const change of changes) {
    const refused = { name: "HallmarkError", kind: "refused" };
    assert.throws(() => opened.verifySettlement(settled(change), asked), refused, Object.keys(change)[0]);
  }
  // Labels of answers that the proof does not bind, since they are not those of the parts.
  const honest = settled({});
  const relabelled = (labels) => ({ ...honest, answers: honest.answers.map((answer, index) => ({ ...answer, ...labels(index) })) });
  for (const labels of [(index) => ({ request: fixtures.requests[(index + 1) % 3] }), () => ({ payee: place.market })]) {
    assert.throws(() => opened.verifySettlement(relabelled(labels), asked), { name: "HallmarkError", kind: "refused" });
  }
  const fewer = { ...honest, answers: honest.answers.slice(1) };
  assert.throws(() => opened.verifySettlement(fewer, asked), { name: "HallmarkError", kind: "refused" });
  opened.free();
});
