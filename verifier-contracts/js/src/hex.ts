/** Bytes from and to hexadecimal, and checks of what callers without types pass. */

import { HallmarkError, type Hex } from "./types.js";

/** The bytes in hexadecimal. */
export function hexOf(bytes: Uint8Array): Hex {
  let text = "";
  for (const byte of bytes) {
    text += byte.toString(16).padStart(2, "0");
  }
  return `0x${text}`;
}

/** So many bytes from hexadecimal, or any number of them. Throws `usage` for other text. */
export function fromHex(what: string, text: unknown, length?: number): Uint8Array {
  const digits = typeof text === "string" && /^0x([0-9a-fA-F]{2})*$/.test(text) ? text.slice(2) : undefined;
  if (digits === undefined || (length !== undefined && digits.length !== 2 * length)) {
    const form = length === undefined ? "an even number of" : String(2 * length);
    throw new HallmarkError("usage", `${what} is not 0x and ${form} hexadecimal digits`);
  }
  return Uint8Array.from({ length: digits.length / 2 }, (_, at) => Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16));
}

/** The object, if it is one. */
export function objectOf<T extends object>(what: string, value: T): T {
  if (typeof value !== "object" || value === null) {
    throw new HallmarkError("usage", `${what} must be an object`);
  }
  return value;
}

/** The list, if it is one. */
export function listOf<T>(what: string, value: readonly T[]): readonly T[] {
  if (!Array.isArray(value)) {
    throw new HallmarkError("usage", `${what} must be an array`);
  }
  return value;
}

/** The bytes, if they are. */
export function bytesOf(what: string, bytes: unknown): Uint8Array {
  if (!(bytes instanceof Uint8Array)) {
    throw new HallmarkError("usage", `${what} must be a Uint8Array`);
  }
  return bytes;
}
