/**
 * Hallmark's verifier for browsers and Node.
 *
 * A settlement key is believed only if its digest is the model digest that you pin. A proof is believed only for the input and
 * the context that you give.
 */

export { contextOf, decodeSettlements, encodeRequest } from "./market.js";
export { readModel } from "./model.js";
export { init, keccak256 } from "./module.js";
export * from "./types.js";
