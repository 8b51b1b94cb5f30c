/** A model whose digest its user pins. */

import { type Answer as Proven, type Clamped, Model as Module } from "./wasm/hallmark_wasm.js";
import { concat } from "./abi.js";
import { bytesOf, fromHex, hexOf, listOf, objectOf } from "./hex.js";
import { contextOf } from "./market.js";
import { call, keccak256 } from "./module.js";
import {
  type Answer,
  type Clamping,
  HallmarkError,
  type Hex,
  type InputArray,
  type InputBinding,
  type Model,
  type ModelFiles,
  type OutputArray,
  type OutputValues,
  type QuantizedInput,
  type ReceiptClaim,
  type RequestInput,
  type SettledAnswer,
  type Settlement,
  type SettlementContext,
} from "./types.js";

/**
 * Reads a model: a verifying key, and the settlement key whose keccak digest is the model digest.
 *
 * Take the digest from where you trust it: your own or your auditor's `hallmark setup`, or the terms of an offering that you
 * have checked. Whoever recomputed it vouches that the settlement key's circuit and tables are the architecture's.
 *
 * Throws `refused` if the files are not those of the model with this digest, and `damaged` if they are no such files.
 */
export function readModel(files: ModelFiles, digest: Hex): Model {
  const pinned = fromHex("the model digest", digest, 32);
  objectOf("the files", files);
  const [key, settlementKey] = [bytesOf("key", files.key), bytesOf("settlementKey", files.settlementKey)];
  const batches = listOf("batchKeys", files.batchKeys ?? []).map((batch) => bytesOf("a batch's key", batch));
  const module = call(() => Module.read(key, settlementKey, pinned));
  try {
    batches.forEach((batch) => call(() => module.addBatch(batch)));
    return new PinnedModel(module);
  } catch (error) {
    module.free();
    throw error;
  }
}

class PinnedModel implements Model {
  readonly digest: Hex;
  readonly weightDigest: Hex;
  readonly architectureDigest: Hex;
  readonly setupDigest: Hex;
  readonly isInsecureSetup: boolean;
  readonly inputShape: readonly number[];
  readonly inputs: readonly InputArray[];
  readonly outputShape: readonly number[];
  readonly outputs: readonly OutputArray[];
  readonly inputBinding: InputBinding;
  readonly takesWholeNumbers: boolean;
  readonly batchSizes: readonly number[];
  #loaded: Module | undefined;

  constructor(module: Module) {
    this.#loaded = module;
    this.digest = hexOf(call(() => module.digest()));
    this.weightDigest = hexOf(call(() => module.weightDigest()));
    this.architectureDigest = hexOf(call(() => module.architectureDigest()));
    this.setupDigest = hexOf(call(() => module.setupDigest()));
    this.isInsecureSetup = call(() => module.isInsecureSetup());
    this.inputShape = [...call(() => module.inputShape())];
    const names = call(() => module.inputNames());
    this.inputs = names.map((name, index) => ({ name, shape: [...call(() => module.shapeOfInput(index))] }));
    this.outputShape = [...call(() => module.outputShape())];
    const answered = call(() => module.outputNames());
    this.outputs = answered.map((name, index) => ({ name, shape: [...call(() => module.shapeOfOutput(index))] }));
    this.inputBinding = call(() => module.isToldDigests()) ? "digests" : "values";
    this.takesWholeNumbers = call(() => module.takesWholeNumbers());
    this.batchSizes = [...call(() => module.batchSizes())];
  }

  get #module(): Module {
    if (this.#loaded === undefined) {
      throw new HallmarkError("usage", "the model was freed: read it again");
    }
    return this.#loaded;
  }

  quantize(values: Float32Array): QuantizedInput {
    return this.#quantize(values, true);
  }

  request(values: Float32Array, options: { allowClamping?: boolean } = {}): RequestInput {
    const input = this.#quantize(values, options.allowClamping === true);
    return { ...input, inputHash: keccak256(input.bytes) };
  }

  #quantize(values: Float32Array, allowClamping: boolean): QuantizedInput {
    const floats = floatsOf(values);
    const input = call(() => this.#module.quantize(floats, allowClamping));
    try {
      const clamping = clampingOf(call(() => input.clamping()));
      const [integers, bytes] = [call(() => input.integers()), call(() => input.bytes())];
      return { integers, bytes, clamping, clamped: clamping?.count ?? 0 };
    } finally {
      input.free();
    }
  }

  dequantize(output: Int32Array | Uint8Array): Float32Array {
    const integers = output instanceof Int32Array ? output : this.#integers(bytesOf("the output", output));
    return call(() => this.#module.dequantize(integers));
  }

  arrays(output: Float32Array): readonly (readonly OutputValues[])[] {
    const values = floatsOf(output, "the output");
    const sizes = this.outputs.map(({ shape }) => shape.reduce((product, size) => product * size, 1));
    const size = sizes.reduce((sum, size) => sum + size, 0) || this.outputShape.reduce((product, size) => product * size, 1);
    if (values.length === 0 || values.length % size !== 0) {
      throw new HallmarkError("input", `the output has ${values.length} values where ${size} are needed for each sample`);
    }
    return Array.from({ length: values.length / size }, (_, sample) => {
      let start = sample * size;
      return this.outputs.map((array, index) => {
        const first = start;
        start += sizes[index] ?? 0;
        return { ...array, values: values.slice(first, start) };
      });
    });
  }

  #integers(bytes: Uint8Array): Int32Array {
    return call(() => this.#module.outputIntegers(bytes));
  }

  verify(receipt: Uint8Array, claim: ReceiptClaim): Answer {
    const file = bytesOf("the receipt", receipt);
    const { context, input, integers, allowClamping } = objectOf("the claim", claim);
    const bound = context === undefined ? new Uint8Array(32) : fromHex("the context", context, 32);
    if ((input === undefined) === (integers === undefined)) {
      throw new HallmarkError("usage", "give either the input, in the units of the ONNX model, or its integers");
    }
    const asked =
      integers === undefined
        ? call(() => this.#module.integers(floatsOf(input), allowClamping === true))
        : integersOf(integers);
    return this.#answer(() => this.#module.verify(file, asked, bound));
  }

  verifySettlement(settlement: Settlement, context: SettlementContext): Answer {
    objectOf("the settlement", settlement);
    objectOf("the context", context);
    const bound = fromHex("the context", contextOf(settlement, context), 32);
    const answers = answersOf(settlement, context);
    const size = settlement.kind === "batch" ? settlement.size : 1;
    const input = concat(answers.map((answer) => bytesOf("an input", answer.input)));
    const output = concat(answers.map((answer) => bytesOf("an output", answer.output)));
    const proof = bytesOf("the proof", settlement.proof);
    return this.#answer(() => this.#module.verifyTold(size, input, output, proof, bound));
  }

  #answer(check: () => Proven): Answer {
    const proven = call(check);
    try {
      return call(() => ({
        kind: proven.isSettlement() ? "settlement" : "off-chain",
        output: proven.values(),
        integers: proven.integers(),
        samples: proven.samples(),
        batchSize: proven.size(),
        context: hexOf(proven.context()),
        isInsecureSetup: this.isInsecureSetup,
      }));
    } finally {
      proven.free();
    }
  }

  free(): void {
    this.#loaded?.free();
    this.#loaded = undefined;
  }
}

/** The answers, which are those that the context has, and answer what was asked. */
function answersOf(settlement: Settlement, context: SettlementContext): readonly SettledAnswer[] {
  const answers = settlement.kind === "batch" ? batchAnswers(settlement, context) : [settlement.answer];
  const asked = Object.entries(objectOf("inputHashes", context.inputHashes));
  if (asked.length === 0) {
    throw new HallmarkError("usage", "inputHashes names no request: give those that you ask about");
  }
  for (const [request, inputHash] of asked) {
    const [id, hash] = [normal("a request", request), normal("an input's hash", inputHash)];
    const answer = answers.find((answer) => normal("a request", answer.request) === id);
    if (answer === undefined) {
      throw new HallmarkError("refused", `the settlement does not answer the request ${id}`);
    }
    if (keccak256(answer.input) !== hash) {
      throw new HallmarkError("refused", `the settlement answers another input than that of the request ${id}`);
    }
  }
  return answers;
}

/** The context has the requests and payees of the parts. So the answers have to be theirs, in their order. */
function batchAnswers(settlement: Settlement & { kind: "batch" }, { modelId }: SettlementContext): readonly SettledAnswer[] {
  const model = (id: Hex) => normal("the model's id", id);
  if (model(settlement.modelId) !== model(modelId)) {
    throw new HallmarkError("refused", "the batch is of another model than the one that was named");
  }
  const answers = listOf("answers", settlement.answers);
  const bound = settlement.parts.flatMap(({ payee, requests }) => requests.map((request) => ({ request, payee })));
  const agrees = ({ request, payee }: SettledAnswer, index: number) =>
    normal("a request", request) === normal("a request", bound[index]?.request) &&
    normal("a payee", payee, 20) === normal("a payee", bound[index]?.payee, 20);
  if (answers.length !== bound.length || !answers.every(agrees)) {
    throw new HallmarkError("refused", "the batch's answers are not those of its parts, in their order");
  }
  return answers;
}

/** Hexadecimal in small letters. */
function normal(what: string, text: unknown, length = 32): Hex {
  return hexOf(fromHex(what, text, length));
}

function integersOf(integers: unknown): Int32Array {
  if (!(integers instanceof Int32Array)) {
    throw new HallmarkError("usage", "the integers must be an Int32Array, as quantize gives them");
  }
  return integers;
}

function floatsOf(values: unknown, what = "the input"): Float32Array {
  if (!(values instanceof Float32Array)) {
    throw new HallmarkError("usage", `${what} must be a Float32Array, in the units of the ONNX model`);
  }
  return values;
}

function clampingOf(clamped: Clamped | undefined): Clamping | undefined {
  if (clamped === undefined) {
    return undefined;
  }
  const { count, index, value, nearest, excess, isLittle } = clamped;
  clamped.free();
  return { count, index, value, nearest, excess, isLittle };
}
