/** A model whose digest its user pins. */

import { type Answer as Proven, type Clamped, Model as Module } from "./wasm/hallmark_wasm.js";
import { concat } from "./abi.js";
import { bytesOf, fromHex, hexOf } from "./hex.js";
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
  type QuantizedInput,
  type ReceiptClaim,
  type RequestInput,
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
  const [key, settlementKey] = [bytesOf("key", files.key), bytesOf("settlementKey", files.settlementKey)];
  const batches = (files.batchKeys ?? []).map((batch) => bytesOf("a batch's key", batch));
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
  readonly inputBinding: InputBinding;
  readonly takesWholeNumbers: boolean;
  readonly batchSizes: readonly number[];
  readonly #module: Module;

  constructor(module: Module) {
    this.#module = module;
    this.digest = hexOf(call(() => module.digest()));
    this.weightDigest = hexOf(call(() => module.weightDigest()));
    this.architectureDigest = hexOf(call(() => module.architectureDigest()));
    this.setupDigest = hexOf(call(() => module.setupDigest()));
    this.isInsecureSetup = call(() => module.isInsecureSetup());
    this.inputShape = [...call(() => module.inputShape())];
    const names = call(() => module.inputNames());
    this.inputs = names.map((name, index) => ({ name, shape: [...call(() => module.shapeOfInput(index))] }));
    this.outputShape = [...call(() => module.outputShape())];
    this.inputBinding = call(() => module.isToldDigests()) ? "digests" : "values";
    this.takesWholeNumbers = call(() => module.takesWholeNumbers());
    this.batchSizes = [...call(() => module.batchSizes())];
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

  #integers(bytes: Uint8Array): Int32Array {
    return call(() => this.#module.outputIntegers(bytes));
  }

  verify(receipt: Uint8Array, claim: ReceiptClaim): Answer {
    const file = bytesOf("the receipt", receipt);
    const context = claim.context === undefined ? new Uint8Array(32) : fromHex("the context", claim.context, 32);
    const { input } = claim;
    const allowed = claim.allowClamping === true;
    const integers = input instanceof Int32Array ? input : call(() => this.#module.integers(floatsOf(input), allowed));
    return this.#answer(() => this.#module.verify(file, integers, context));
  }

  verifySettlement(settlement: Settlement, context: SettlementContext): Answer {
    const bound = fromHex("the context", contextOf(settlement, context), 32);
    if (settlement.kind === "batch" && settlement.modelId.toLowerCase() !== context.modelId.toLowerCase()) {
      throw new HallmarkError("refused", "the batch is of another model than the one that was named");
    }
    const answers = settlement.kind === "batch" ? settlement.answers : [settlement.answer];
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
    this.#module.free();
  }
}

function floatsOf(values: unknown): Float32Array {
  if (!(values instanceof Float32Array)) {
    throw new HallmarkError("usage", "the input must be a Float32Array, in the units of the ONNX model");
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
