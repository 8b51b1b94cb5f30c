// What the verifier accepts and refuses, in Node and in a browser alike.
import { bigEndian, changes, concat, fromHex, partsOfOffChain, partsOfProof, partsOfReceipt, payloadOf, sealed, toHex } from "./bytes.mjs";

const OUTPUTS = 10;
/** The bytes of a receipt before its output. */
const HEAD = 81;

function check(condition, message) {
  if (!condition) {
    throw new Error(message);
  }
}

function same(found, expected, what) {
  const [left, right] = [found, expected].map((value) => JSON.stringify(ArrayBuffer.isView(value) ? [...value] : value));
  check(left === right, `${what}: ${left} where ${right} is expected`);
}

/**
 * The tests, given the package, what `tools/fixtures.mjs` has written, and a way to read its files.
 */
export function suite(verifier, fixtures, read) {
  const { HallmarkError, decodeSettlements, encodeRequest, keccak256, readModel } = verifier;
  const [values, digests] = fixtures.models;
  const image = Float32Array.from(fixtures.image);
  const three = Float32Array.from(fixtures.three);
  const files = (model) => ({
    key: read(`${model.name}.key`),
    settlementKey: read(`${model.name}.blob`),
    batchKeys: [read(`${model.name}.${model.size}.blob`)],
  });
  const opened = (model) => readModel(files(model), model.digest);
  const receipt = (model, name) => read(`${model.name}.${name}.proof`);

  /** Expects an error of one of these kinds. The module still answers afterwards. */
  function refuses(kinds, what, work) {
    let error;
    try {
      work();
    } catch (thrown) {
      error = thrown;
    }
    check(error !== undefined, `${what} is accepted`);
    check(error instanceof HallmarkError && kinds.includes(error.kind), `${what}: ${error.kind}: ${error.message}`);
    check(error.message.length > 10, `${what}: no reason is given`);
  }

  const refused = (what, work) => refuses(["refused"], what, work);

  /** A settlement as it is in calldata. */
  function alone(model) {
    const { integers } = opened(model).verify(receipt(model, "settled"), { input: image, context: model.contexts.settled });
    const [input, output] = [fromHex(model.input), bigEndian(integers)];
    const answer = { request: fixtures.requests[0], payee: fixtures.payee, input, output };
    return { kind: "alone", answer, proof: payloadOf(receipt(model, "settled")).slice(HEAD + 8 * OUTPUTS) };
  }

  return [
    {
      name: "a model has the digests that the command line prints",
      run() {
        for (const expected of fixtures.models) {
          const model = opened(expected);
          same(model.digest, expected.digest, "model digest");
          same(model.weightDigest, expected.weightDigest, "weight digest");
          same(model.architectureDigest, expected.architectureDigest, "architecture digest");
          same(model.setupDigest, expected.setupDigest, "setup digest");
          same(model.isInsecureSetup, true, "setup");
          same([model.inputShape, model.outputShape, model.inputs, model.outputs], [[1, 64], [1, 10], [], []], "shapes");
          same(model.inputBinding, expected.name, "binding");
          same([model.takesWholeNumbers, model.batchSizes], [false, [expected.size]], "inputs");
          model.free();
        }
      },
    },
    {
      name: "a model that was freed is not used again, and others still are",
      run() {
        const [freed, live] = [opened(values), opened(values)];
        freed.free();
        freed.free();
        refuses(["usage"], "an input", () => freed.quantize(image));
        refuses(["usage"], "a receipt", () => freed.verify(receipt(values, "receipt"), { input: image }));
        same(live.quantize(image).clamped, 0, "another model");
        live.free();
        for (const files of [undefined, null, "files", {}]) {
          refuses(["usage"], "no files", () => readModel(files, values.digest));
        }
      },
    },
    {
      name: "an input and an output have the integers and the bytes of the command line",
      run() {
        for (const expected of fixtures.models) {
          const model = opened(expected);
          const request = model.request(image);
          same(toHex(request.bytes), expected.input, "input");
          same(request.inputHash, expected.inputHash, "hash");
          same([request.clamped, request.clamping], [0, undefined], "clamping");
          same(model.quantize(image).integers.length, 64, "integers");
          const answer = model.verify(receipt(expected, "receipt"), { input: image });
          same(answer.output, Float32Array.from(expected.output), "output");
          same(model.dequantize(answer.integers), answer.output, "values of integers");
        }
      },
    },
    {
      name: "several inputs and outputs have their names, shapes and scales",
      run() {
        const { several } = fixtures;
        const model = opened(several);
        same(model.inputs, [{ name: "x", shape: [1, 6] }, { name: "z", shape: [1, 4] }], "inputs");
        const outputs = [
          { name: "scores", shape: [1, 4] },
          { name: "total", shape: [1, 1] },
          { name: "best", shape: [1] },
        ];
        same([model.inputShape, model.outputs], [[10], outputs], "ports");
        // As the command line tells them.
        const told = (arrays) => Object.fromEntries(arrays.map(({ name, values }) => [name, [...values]]));
        const expected = (outputs) => Object.fromEntries(Object.entries(outputs).map(([name, { values }]) => [name, values]));
        const floats = (outputs) => Object.fromEntries(Object.entries(outputs).sort().map(([name, values]) => [name, [...Float32Array.from(values)]]));
        const input = Float32Array.from(several.one.input);
        const one = model.verify(receipt(several, "receipt"), { input });
        same(floats(told(model.arrays(one.output)[0])), floats(expected(several.one.outputs)), "one sample");
        const [scores, total, best] = model.arrays(one.output)[0];
        same([best.values[0], scores.values.length, total.values.length], [scores.values.indexOf(Math.max(...scores.values)), 4, 1], "the greatest");
        const sum = scores.values.reduce((sum, score) => sum + score, 0);
        check(Math.abs(total.values[0] - 100 * sum) < 3, `${total.values[0]} for a hundred times ${sum}`);
        const three = model.verify(receipt(several, "batch"), { input: Float32Array.from(several.three.input) });
        same([three.samples, three.batchSize], [3, several.size], "a batch");
        const each = model.arrays(three.output).map((arrays) => floats(told(arrays)));
        same(each, several.three.outputs.map((outputs) => floats(expected(outputs))), "three samples");
        same(model.dequantize(one.integers), one.output, "values of integers");
        // Each array of the input counts.
        for (const place of [0, 5, 6, 9]) {
          const other = input.slice();
          other[place] = -other[place];
          refused(`input ${place}`, () => model.verify(receipt(several, "receipt"), { input: other }));
        }
        for (const length of [0, 5, 7]) {
          refuses(["input"], `${length} values`, () => model.arrays(new Float32Array(length)));
        }
        refuses(["usage"], "another type", () => model.arrays([...one.output]));
        same(opened(values).arrays(new Float32Array(20)), [[], []], "a single output");
        model.free();
      },
    },
    {
      name: "inputs beyond the range are told, and refused unless that is allowed",
      run() {
        const model = opened(values);
        const bright = image.slice();
        bright[3] = 1000;
        const { clamped, clamping } = model.quantize(bright);
        same([clamped, clamping.index, clamping.value, clamping.isLittle], [1, 3, 1000, false], "clamping");
        refuses(["input"], "a bright image", () => model.request(bright));
        same(model.request(bright, { allowClamping: true }).clamped, 1, "allowed");
        for (const broken of [Number.NaN, Number.POSITIVE_INFINITY]) {
          const input = image.slice();
          input[5] = broken;
          refuses(["input"], String(broken), () => model.quantize(input));
        }
        for (const length of [0, 1, 63, 65, 128]) {
          refuses(["input"], `${length} values`, () => model.quantize(new Float32Array(length)));
        }
        for (const other of [[...image], "image", undefined, new Float64Array(64)]) {
          refuses(["usage"], "another type", () => model.quantize(other));
        }
        for (const length of [0, 9, 11]) {
          refuses(["input"], `${length} outputs`, () => model.dequantize(new Int32Array(length)));
          refuses(["input"], `${length} bytes`, () => model.dequantize(new Uint8Array(length)));
        }
      },
    },
    {
      name: "receipts of both kinds and of a batch hold",
      run() {
        for (const expected of fixtures.models) {
          const model = opened(expected);
          const settlement = model.verify(receipt(expected, "receipt"), { input: image });
          same([settlement.kind, settlement.samples, settlement.batchSize], ["settlement", 1, 1], "receipt");
          same(settlement.isInsecureSetup, true, "setup");
          const offChain = model.verify(receipt(expected, "off-chain"), { integers: model.quantize(image).integers });
          same(offChain.kind, "off-chain", "kind");
          same(offChain.output, settlement.output, "output");
          const batch = model.verify(receipt(expected, "batch"), { input: three, context: expected.contexts.batch });
          same([batch.samples, batch.batchSize, batch.context], [3, 4, expected.contexts.batch], "batch");
          same(batch.output, Float32Array.from(expected.outputs.flat()), "outputs");
        }
      },
    },
    {
      name: "every part of a receipt, changed once, is refused",
      run() {
        for (const [expected, name] of [[values, "receipt"], [digests, "off-chain"]]) {
          const model = opened(expected);
          const file = receipt(expected, name);
          const payload = payloadOf(file);
          same(toHex(sealed(file, payload, keccak256)), toHex(file), "a file that is sealed again");
          const key = read(`${expected.name}.blob`);
          const length = payload.length - HEAD - 8 * OUTPUTS;
          const proof = name === "receipt" ? partsOfProof(key) : partsOfOffChain(key, length);
          for (const change of changes(payload, partsOfReceipt(OUTPUTS, proof))) {
            const forged = sealed(file, change.changed, keccak256);
            refused(`${expected.name} ${name}: ${change.name}`, () => model.verify(forged, { input: image }));
          }
        }
      },
    },
    {
      name: "every other input and context is refused",
      run() {
        for (const expected of fixtures.models) {
          const model = opened(expected);
          const integers = model.quantize(image).integers;
          for (const name of ["receipt", "off-chain"]) {
            const file = receipt(expected, name);
            for (let index = 0; index < 64; index += 7) {
              const input = integers.slice();
              input[index] += input[index] > 0 ? -1 : 1;
              refused(`input ${index}`, () => model.verify(file, { integers: input }));
            }
            refused("another context", () => model.verify(file, { input: image, context: expected.contexts.settled }));
            refused("two samples", () => model.verify(file, { integers: Int32Array.from([...integers, ...integers]) }));
            refuses(["input"], "half a sample", () => model.verify(file, { integers: integers.slice(32) }));
            refuses(["usage"], "a short context", () => model.verify(file, { input: image, context: "0x00" }));
            for (const claim of [undefined, null, {}, { input: image, integers }, { input: integers }, { integers: image }]) {
              refuses(["usage"], "another claim", () => model.verify(file, claim));
            }
          }
          const out = integers.slice();
          out[0] = 1 << 20;
          refused("an input beyond the range", () => model.verify(receipt(expected, "receipt"), { integers: out }));
          const other = opened(expected === values ? digests : values);
          refused("another model's receipt", () => other.verify(receipt(expected, "receipt"), { input: image }));
        }
      },
    },
    {
      name: "damaged files are refused",
      run() {
        const model = opened(values);
        const file = receipt(values, "receipt");
        for (let at = 0; at < file.length; at += at < 128 ? 1 : 41) {
          const changed = file.slice();
          changed[at] ^= 0x10;
          refuses(["damaged", "refused"], `byte ${at}`, () => model.verify(changed, { input: image }));
          refuses(["damaged", "refused"], `${at} bytes`, () => model.verify(file.slice(0, at), { input: image }));
        }
        for (const other of [new Uint8Array(), read("values.key"), read("values.blob"), concat([file, Uint8Array.of(0)])]) {
          refuses(["damaged"], "another file", () => model.verify(other, { input: image }));
        }
        refuses(["usage"], "text", () => model.verify("receipt", { input: image }));
      },
    },
    {
      name: "a model is refused under another digest, and with other files",
      run() {
        const { key, settlementKey, batchKeys } = files(values);
        const pinned = (key, settlementKey, batchKeys = []) => readModel({ key, settlementKey, batchKeys }, values.digest);
        same(pinned(key, concat([Uint8Array.of(0), settlementKey])).digest, values.digest, "the code of a contract");
        refused("another digest", () => readModel(files(values), digests.digest));
        refuses(["usage"], "no digest", () => readModel(files(values), undefined));
        refuses(["usage"], "a short digest", () => readModel(files(values), "0x1234"));
        refused("another model's settlement key", () => pinned(key, read("digests.blob")));
        refused("another model's key", () => pinned(read("digests.key"), settlementKey));
        refused("another model's batch", () => pinned(key, settlementKey, [read("digests.4.blob")]));
        for (let at = 0; at < settlementKey.length; at += 63) {
          const changed = settlementKey.slice();
          changed[at] ^= 1;
          refused(`byte ${at} of the settlement key`, () => pinned(key, changed));
          // Whoever registers a key chooses its digest. The word of the transcript and the list's digests are his too.
          const digest = keccak256(changed);
          const word = Math.floor(at / 32);
          if (word !== 1 && word !== 40) {
            refused(`byte ${at} of a registered key`, () => readModel({ key, settlementKey: changed }, digest));
          }
          refused(`${at} bytes`, () => pinned(key, settlementKey.slice(0, at)));
        }
        for (let at = 0; at < batchKeys[0].length; at += 63) {
          const changed = batchKeys[0].slice();
          changed[at] ^= 1;
          refused(`byte ${at} of a batch's key`, () => pinned(key, settlementKey, [changed]));
        }
        const payload = payloadOf(key);
        for (let at = 0; at < payload.length; at += 593) {
          const changed = payload.slice();
          changed[at] ^= 1;
          const forged = sealed(key, changed, keccak256);
          refuses(["refused", "damaged", "model"], `byte ${at} of the key`, () => pinned(forged, settlementKey));
        }
      },
    },
    {
      name: "a settlement holds for its request, payee, market and model alone",
      run() {
        for (const expected of fixtures.models) {
          const model = opened(expected);
          const settlement = alone(expected);
          const { request } = settlement.answer;
          const inputHashes = { [request]: expected.inputHash };
          const numbers = { chainId: BigInt(fixtures.place.chainId), deadline: BigInt(fixtures.place.deadline) };
          const place = { ...fixtures.place, ...numbers, inputHashes };
          const answer = model.verifySettlement(settlement, place);
          same(answer.output, Float32Array.from(expected.output), "output");
          same([answer.kind, answer.context], ["settlement", expected.contexts.settled], "answer");
          const other = `0x${"11".repeat(32)}`;
          const answered = (change) => ({ ...settlement, answer: { ...settlement.answer, ...change } });
          const flipped = (bytes) => Uint8Array.from(bytes, (byte, at) => (at === 7 ? byte ^ 1 : byte));
          for (const change of [
            { request: other },
            { payee: place.market },
            { input: flipped(settlement.answer.input) },
            { output: flipped(settlement.answer.output) },
          ]) {
            refused(Object.keys(change)[0], () => model.verifySettlement(answered(change), place));
          }
          for (const change of [{ chainId: 1n }, { market: fixtures.payee }, { modelId: other }, { deadline: 1n }]) {
            refused(Object.keys(change)[0], () => model.verifySettlement(settlement, { ...place, ...change }));
          }
          refused("another input", () => model.verifySettlement(settlement, { ...place, inputHashes: { [request]: other } }));
          const both = { ...inputHashes, [other]: expected.inputHash };
          refused("one more request", () => model.verifySettlement(settlement, { ...place, inputHashes: both }));
          for (const asked of [undefined, {}, { "0x12": other }, { [request]: "0x12" }]) {
            refuses(["usage"], "no request", () => model.verifySettlement(settlement, { ...place, inputHashes: asked }));
          }
          for (const arguments_ of [[], [settlement], [undefined, place], [{ kind: "batch" }, place], [{ kind: "alone" }, place]]) {
            refuses(["usage"], "other arguments", () => model.verifySettlement(...arguments_));
          }
          refuses(["usage"], "no deadline", () => model.verifySettlement(settlement, { ...place, deadline: undefined }));
          for (const proof of [settlement.proof.slice(1), concat([settlement.proof, Uint8Array.of(0)])]) {
            refused("another length", () => model.verifySettlement({ ...settlement, proof }, place));
          }
          // The receipt of the other model was taken apart above.
          const parts = expected === digests ? changes(settlement.proof, partsOfProof(read("digests.blob"))) : [];
          for (const { name, changed } of parts) {
            refused(name, () => model.verifySettlement({ ...settlement, proof: changed }, place));
          }
        }
      },
    },
    {
      name: "calldata that is none, and terms that are none, are refused",
      run() {
        const model = opened(values);
        const order = { modelId: fixtures.place.modelId, inputHash: values.inputHash, deadline: 1n };
        const request = encodeRequest(order, model.request(image).bytes);
        for (const calldata of [request, "0x", "0x12", new Uint8Array(100), fromHex(request)]) {
          refuses(["damaged"], "a call that settles nothing", () => decodeSettlements(calldata));
        }
        refuses(["usage"], "no hexadecimal", () => decodeSettlements("calldata"));
        for (const change of [{ modelId: "0x12" }, { deadline: -1n }, { deadline: 1n << 64n }, { bond: 1n << 88n }, { inputHash: values.digest }]) {
          refuses(["usage"], Object.keys(change)[0], () => encodeRequest({ ...order, ...change }, model.request(image).bytes));
        }
      },
    },
  ];
}
