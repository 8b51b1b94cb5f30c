/**
 * Hallmark's verifier for browsers and Node.
 *
 * A settlement key is believed only if its digest is the model digest that you pin.
 */

import type { Hex, Model, ModelFiles, Order, Settlement } from "./types.js";

export * from "./types.js";

/** Loads the module. By default it finds the file beside this one. Call it once, before all else. */
export declare function init(wasm?: BufferSource | URL | Response): Promise<void>;

/** Reads a model. Throws `refused` if the files are not those of the model with this digest. */
export declare function readModel(files: ModelFiles, digest: Hex): Model;

/** The calldata of a market's `request`, or without the input of its `requestHashed`. */
export declare function encodeRequest(order: Order, input?: Uint8Array): Hex;

/** The settlements in the calldata of a market's `fulfil`, `fulfilMany` or `fulfilBatch`. Throws `damaged` for other calls. */
export declare function decodeSettlements(calldata: Uint8Array | Hex): Settlement[];

/** keccak256. */
export declare function keccak256(bytes: Uint8Array): Hex;
