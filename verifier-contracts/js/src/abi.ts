/** The Solidity ABI, as far as the market's calls take it. Reading takes no more memory than the bytes that are read. */

import { hexOf } from "./hex.js";
import { HallmarkError, type Hex } from "./types.js";

const WORD = 32;

/** A number as a word of 32 bytes. */
export function numberWord(what: string, value: bigint | number, bits: number): Uint8Array {
  const number = typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof number !== "bigint" || number < 0n || number >> BigInt(bits) !== 0n) {
    throw new HallmarkError("usage", `${what} is not a whole number of at most ${bits} bits`);
  }
  const word = new Uint8Array(WORD);
  let rest = number;
  for (let at = WORD - 1; rest > 0n; at -= 1) {
    word[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return word;
}

/** Bytes at the end of a word, as an address is. */
export function padded(bytes: Uint8Array): Uint8Array {
  const word = new Uint8Array(WORD);
  word.set(bytes, WORD - bytes.length);
  return word;
}

/** A length, the bytes, and zeros up to a whole word. */
export function dynamic(bytes: Uint8Array): Uint8Array {
  const filled = new Uint8Array(Math.ceil(bytes.length / WORD) * WORD);
  filled.set(bytes);
  return concat([numberWord("the length", bytes.length, 64), filled]);
}

/** The parts, one behind the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A tuple or an array in calldata. Offsets within it count from its start. */
export class Region {
  constructor(
    private readonly data: Uint8Array,
    private readonly start = 0,
  ) {}

  /** The bytes of a word. */
  word(index: number): Uint8Array {
    return this.slice(this.start + index * WORD, WORD);
  }

  /** A word in hexadecimal. */
  hex(index: number): Hex {
    return hexOf(this.word(index));
  }

  /** An address. */
  address(index: number): Hex {
    const word = this.word(index);
    if (word.subarray(0, 12).some((byte) => byte !== 0)) {
      throw damaged("an address has more than 20 bytes");
    }
    return hexOf(word.subarray(12));
  }

  /** A number that can't be larger than the calldata. */
  size(index: number, limit = this.data.length): number {
    const value = BigInt(this.hex(index));
    if (value > BigInt(limit)) {
      throw damaged("a length or an offset goes beyond the end");
    }
    return Number(value);
  }

  /** The region that an offset points to. */
  at(index: number): Region {
    return new Region(this.data, this.start + this.size(index));
  }

  /** Bytes of their own length that an offset points to. They are not copied. */
  bytes(index: number): Uint8Array {
    const region = this.at(index);
    return this.slice(region.start + WORD, region.size(0));
  }

  /** The number of elements of an array, and the region that they count their offsets from. */
  elements(index: number, limit: number): { count: number; region: Region } {
    const region = this.at(index);
    return { count: region.size(0, limit), region: new Region(this.data, region.start + WORD) };
  }

  private slice(start: number, length: number): Uint8Array {
    if (start + length > this.data.length) {
      throw damaged("it ends early");
    }
    return this.data.subarray(start, start + length);
  }
}

/** An error of calldata. */
export function damaged(reason: string): HallmarkError {
  return new HallmarkError("damaged", `the calldata is no call that settles: ${reason}`);
}
