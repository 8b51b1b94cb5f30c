/** What the verifier takes and gives. */

/** Bytes in hexadecimal, with `0x` in front. */
export type Hex = `0x${string}`;

/**
 * Why something failed, by the names that `hallmark --json` has:
 *
 * - `refused`: a proof is false, or a key is another one than it should be.
 * - `input`: the values are none that the model takes.
 * - `model`: the architecture is beyond a limit.
 * - `damaged`: the bytes are not such a file, or not such a call.
 * - `usage`: the arguments are wrong, or `init` was not awaited.
 * - `system`: the module failed. Load the page again.
 */
export type ErrorKind = "refused" | "input" | "model" | "damaged" | "usage" | "system";

/** What this package throws. */
export class HallmarkError extends Error {
  override readonly name = "HallmarkError";

  constructor(
    readonly kind: ErrorKind,
    message: string,
  ) {
    super(message);
  }
}

/** The files of a model. They may come from anyone: the digest that you pin covers every byte that is believed. */
export interface ModelFiles {
  /** The verifying key, `m.key` of `hallmark export-key`: the architecture and the commitments. */
  key: Uint8Array;
  /**
   * The settlement key, which a contract checks proofs with: `m.blob` of `hallmark setup --blob`, or the code at the address
   * that the registry's record of the model has as its `key`.
   */
  settlementKey: Uint8Array;
  /** The settlement keys of the batches that are to be verified: the code of the registry's batch keys. */
  batchKeys?: readonly Uint8Array[];
}

/** How contracts are told of an input. */
export type InputBinding = "values" | "digests";

/** What an input lost, since the model has integers for its calibrated range only. */
export interface Clamping {
  /** How many values were clamped. */
  count: number;
  /** The position of the value that lies furthest beyond the range. */
  index: number;
  /** That value. */
  value: number;
  /** What the model sees instead. */
  nearest: number;
  /** Its distance from the range, over the width of the range. */
  excess: number;
  /** Whether the input is still much the same. The command line takes such an input with a warning, and refuses others. */
  isLittle: boolean;
}

/** An input in the model's integers. */
export interface QuantizedInput {
  /** The integers, row-major. */
  integers: Int32Array;
  /** How many values were clamped. */
  clamped: number;
  /** Which, if any were. */
  clamping: Clamping | undefined;
  /** The bytes that a request carries: those of the values, or the Poseidon digest of a model with input digests. */
  bytes: Uint8Array;
}

/** What the call of a market takes of an input. */
export interface RequestInput extends QuantizedInput {
  /** keccak256 of `bytes`: the `inputHash` of an order. */
  inputHash: Hex;
}

/** An order as `InferenceMarket.sol` has it. */
export interface Order {
  modelId: Hex;
  inputHash: Hex;
  /** The last second in which the request can be fulfilled. */
  deadline: bigint;
  /** In wei; 0 if locks are not offered. */
  bond?: bigint;
  lockSeconds?: number;
  callback?: Hex;
  callbackGas?: number;
}

/** What a receipt is held against. Take all of it from whoever asks, and never from whoever gave the receipt. */
export interface ReceiptClaim {
  /** The input in the model's units, or the samples of a batch one behind the other. */
  input?: Float32Array;
  /** In its place, the model's integers as {@link Model.quantize} gives them. Never values in other units. */
  integers?: Int32Array;
  /** What the proof has to be bound to: 32 bytes. Zeros if it is omitted, as for `hallmark prove` without a context. */
  context?: Hex;
  /** Whether an input with many or distant values outside of the calibrated range is clamped to it, as when it was proved. */
  allowClamping?: boolean;
}

/** One of the arrays that an output is taken apart into. */
export interface OutputArray {
  /** The name of the ONNX model's output. */
  readonly name: string;
  readonly shape: readonly number[];
}

/** The same with its values, row-major and in the model's units. */
export interface OutputValues extends OutputArray {
  readonly values: Float32Array;
}

/** A proven answer. */
export interface Answer {
  /** Whether the proof is the zero-knowledge proof that a contract takes too. */
  kind: "settlement" | "off-chain";
  /** The outputs in the model's units: those of one sample behind those of another. {@link Model.arrays} takes them apart. */
  output: Float32Array;
  /** The last tensor's integers, as they are proved. */
  integers: Int32Array;
  /** The number of samples that were answered. */
  samples: number;
  /** The number of samples that the proof is about: 1, or the size of a batch. */
  batchSize: number;
  /** What the proof is bound to. */
  context: Hex;
  /** Whether somebody may be able to forge the proof, since the setup is for development. */
  isInsecureSetup: boolean;
}

/** An answer in the calldata of a market. */
export interface SettledAnswer {
  request: Hex;
  /** Who is paid. */
  payee: Hex;
  /** What the contract was told of the input: values, or a digest. */
  input: Uint8Array;
  /** The output's bytes, for {@link Model.dequantize}. */
  output: Uint8Array;
}

/** Requests of a batch that pay the same account. */
export interface BatchPart {
  payee: Hex;
  requests: Hex[];
}

/** A call that settles: `fulfil`, `fulfilMany` or `fulfilBatch`. */
export type Settlement =
  | { kind: "alone"; answer: SettledAnswer; proof: Uint8Array }
  | {
      kind: "batch";
      modelId: Hex;
      /** The number of samples that the proof is about. The market fills up with copies of the last one. */
      size: number;
      parts: BatchPart[];
      answers: SettledAnswer[];
      proof: Uint8Array;
    };

/** Where a settlement took place, and the terms of the request. Take them from the chain. */
export interface SettlementContext {
  chainId: bigint;
  market: Hex;
  modelId: Hex;
  /** The request's deadline. A batch has none in its context. */
  deadline?: bigint;
  /**
   * The requests that you ask about, one at least: of each the `inputHash` of its order, by the request's id. The settlement has
   * to answer all of them, and to these inputs.
   */
  inputHashes: Readonly<Record<Hex, Hex>>;
}

/** One of the arrays that an input is put together from. */
export interface InputArray {
  /** The name of the ONNX model's input. */
  readonly name: string;
  readonly shape: readonly number[];
}

/** A model whose digest is the one that was pinned. */
export interface Model {
  /** The model digest: what is quoted, pinned and registered. */
  readonly digest: Hex;
  /** The digest of all but the circuit. */
  readonly weightDigest: Hex;
  /** The digest of the architecture. */
  readonly architectureDigest: Hex;
  /** The digest of the setup. */
  readonly setupDigest: Hex;
  /** Whether the setup is for development: somebody may be able to prove anything. Say so to your users. */
  readonly isInsecureSetup: boolean;
  /** The shape of the input. If it is put together from several arrays, the number of all their values. */
  readonly inputShape: readonly number[];
  /** The arrays that the input is put together from, one behind the other. None if it is a single array. */
  readonly inputs: readonly InputArray[];
  /** The shape of the output. If it is taken apart into several arrays, the number of the last tensor's values. */
  readonly outputShape: readonly number[];
  /** The arrays that the output is taken apart into. None if it is a single array. */
  readonly outputs: readonly OutputArray[];
  readonly inputBinding: InputBinding;
  /** Whether inputs are whole numbers as they are, such as the indices of tokens. */
  readonly takesWholeNumbers: boolean;
  /** The sizes of batches that the model digest covers. */
  readonly batchSizes: readonly number[];

  /** Quantizes an input. Throws `input` for another number of values, and for values that are not finite. */
  quantize(values: Float32Array): QuantizedInput;
  /** The values of outputs: their integers, or the bytes of a settlement. Outputs of several samples may follow each other. */
  dequantize(output: Int32Array | Uint8Array): Float32Array;
  /** Takes values apart: for each sample the arrays of {@link Model.outputs}, none if the output is a single array. */
  arrays(output: Float32Array): readonly (readonly OutputValues[])[];
  /** What a market's call takes of an input. Throws `input` if values are clamped and that is not allowed. */
  request(values: Float32Array, options?: { allowClamping?: boolean }): RequestInput;
  /** Checks a receipt, a file of `hallmark prove`. Throws `refused` if its proof does not hold for this input and context. */
  verify(receipt: Uint8Array, claim: ReceiptClaim): Answer;
  /** Checks the proof of a settlement. Throws `refused` if it does not hold for these requests, inputs, payees and market. */
  verifySettlement(settlement: Settlement, context: SettlementContext): Answer;
  /** Frees the memory. */
  free(): void;
}
