/** The compiled module: loading it, and calls that throw nothing but {@link HallmarkError}. */

import load, { keccak256 as digest } from "./wasm/hallmark_wasm.js";
import { bytesOf, hexOf } from "./hex.js";
import { type ErrorKind, HallmarkError, type Hex } from "./types.js";

const KINDS: readonly string[] = ["refused", "input", "model", "damaged", "usage", "system"] satisfies ErrorKind[];

/** Why the module can't be called: it was not loaded, or it stopped. */
let unusable: HallmarkError | undefined = new HallmarkError("usage", "the verifier is not loaded: await init() first");
let loading: Promise<void> | undefined;

/** What this package uses of Node, where it is there. A bundler for browsers has nothing to resolve. */
interface Node {
  getBuiltinModule?(name: "node:fs/promises"): { readFile(path: URL): Promise<Uint8Array<ArrayBuffer>> };
}

/**
 * Loads the module, in a browser or in Node. Without an argument it takes the file beside this one. Another call does nothing
 * more, unless the first one failed.
 *
 * Throws `system` if the module can't be loaded.
 */
export function init(wasm?: BufferSource | URL | Response): Promise<void> {
  loading ??= start(wasm).catch((error: unknown) => {
    loading = undefined;
    throw new HallmarkError("system", `the verifier's module can't be loaded: ${messageOf(error)}`);
  });
  return loading;
}

async function start(wasm: BufferSource | URL | Response = new URL("./wasm/hallmark_wasm_bg.wasm", import.meta.url)) {
  await load({ module_or_path: wasm instanceof URL ? await read(wasm) : wasm });
  unusable = undefined;
}

/** Node fetches no files. */
async function read(url: URL): Promise<URL | BufferSource> {
  const node = (globalThis as { process?: Node }).process;
  const files = url.protocol === "file:" ? node?.getBuiltinModule?.("node:fs/promises") : undefined;
  return files === undefined ? url : await files.readFile(url);
}

/**
 * Calls the module. What it refuses is thrown with its kind. If it stops, which nothing that a stranger sends brings about, it
 * is not called again: its memory may be in any state.
 */
export function call<T>(work: () => T): T {
  if (unusable !== undefined) {
    throw unusable;
  }
  try {
    return work();
  } catch (error) {
    if (error instanceof HallmarkError) {
      throw error;
    }
    if (error instanceof Error && KINDS.includes(error.name)) {
      throw new HallmarkError(error.name as ErrorKind, error.message);
    }
    if (!(error instanceof WebAssembly.RuntimeError)) {
      throw new HallmarkError("usage", `the arguments are of other types than they should be: ${messageOf(error)}`);
    }
    unusable = new HallmarkError("system", `the verifier has stopped (${messageOf(error)}): load the page again`);
    throw unusable;
  }
}

/** keccak256 of some bytes. */
export function keccak256(bytes: Uint8Array): Hex {
  return hexOf(call(() => digest(bytesOf("the bytes", bytes))));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
