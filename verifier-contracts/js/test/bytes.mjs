// Bytes of receipts, keys and calldata, taken apart and changed one part at a time.

const HEADER = 50;
const P = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;
const R = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;

export function fromHex(text) {
  return Uint8Array.from(text.slice(2).match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
}

export function toHex(bytes) {
  return `0x${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

export function concat(parts) {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Integers as the output of the digits network has them, in two bytes. */
export function bigEndian(integers) {
  return concat([...integers].map((integer) => Uint8Array.of((integer >> 8) & 255, integer & 255)));
}

function word(number) {
  return fromHex(`0x${number.toString(16).padStart(64, "0")}`);
}

function number(bytes) {
  return BigInt(toHex(bytes));
}

/** The payload of a file, without the header and the length that precedes it. */
export function payloadOf(file) {
  let start = HEADER;
  while (file[start] > 127) {
    start += 1;
  }
  return file.slice(start + 1);
}

/** A file with another payload, whose length and checksum are right. */
export function sealed(file, payload, keccak256) {
  const length = [];
  for (let rest = payload.length; ; rest >>>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) {
      break;
    }
  }
  const contents = concat([Uint8Array.from(length), payload]);
  const header = file.slice(0, HEADER);
  new DataView(header.buffer).setBigUint64(10, BigInt(contents.length), true);
  header.set(fromHex(keccak256(contents)), 18);
  return concat([header, contents]);
}

const points = (name, count) => Array(count).fill({ name, kind: "point", length: 64 });
const scalars = (name, count) => Array(count).fill({ name, kind: "scalar", length: 32 });

/** The numbers of a settlement key that the lengths of proofs follow from. */
function shapeOf(key) {
  const at = (index) => Number(number(key.slice(32 * index, 32 * (index + 1))));
  const [cells, entries, weights, batches] = [at(6), at(7), at(8), at(38)];
  const model = 39 + 2 * batches;
  const shorter = at(model + 3) - at(model + 4);
  return { rows: 2 ** cells, tables: at(model + 5), coordinates: Math.max(shorter + cells, shorter + entries, weights) };
}

/** The points that proofs of both kinds begin with. */
function commitments({ rows, tables }) {
  return [
    ...points("quotients, remainders, outputs", 3 * rows),
    ...points("multiplicities", tables),
    ...points("helpers of the cells", rows),
    ...points("helpers of the entries", tables),
    ...points("fold, cross terms and quotients", 5),
  ];
}

/** The parts of a settlement proof under a key, as docs/settlement.md has them. */
export function partsOfProof(key) {
  const shape = shapeOf(key);
  return [
    ...commitments(shape),
    ...scalars("published numbers", 11),
    ...scalars("coordinates of a row", shape.coordinates),
    ...points("columns", 3),
    ...points("product and random polynomial", 2),
    ...points("pieces of the quotient", 6),
    ...scalars("evaluations", 18),
    ...points("the opening", 2),
  ];
}

/** The parts of an off-chain proof of so many bytes under a key. */
export function partsOfOffChain(key, length) {
  const first = commitments(shapeOf(key));
  return [...first, ...scalars("elements", (length - 64 * first.length) / 32)];
}

/** The parts of a receipt with so many outputs. */
export function partsOfReceipt(outputs, proof) {
  const bytes = (name, length) => ({ name, kind: "bytes", length });
  const head = [bytes("kind", 1), bytes("weight digest", 32), bytes("size", 8), bytes("samples", 8), bytes("context", 32)];
  return [...head, ...Array(outputs).fill(bytes("output", 8)), ...proof];
}

/**
 * Each part changed, in each way that leaves it a part of its kind, and in one that does not: a point on the curve is negated, and
 * loses its last bit; a scalar is one more, and one more than all.
 */
export function* changes(bytes, parts) {
  let at = 0;
  for (const { name, kind, length } of parts) {
    const part = bytes.slice(at, at + length);
    const flipped = part.slice();
    flipped[length - 1] ^= 1;
    const others = [flipped];
    if (kind === "point") {
      others.push(concat([part.slice(0, 32), word((P - number(part.slice(32))) % P)]), new Uint8Array(64));
    } else if (kind === "scalar") {
      others.push(word((number(part) + 1n) % R), word(number(part) + R));
    }
    for (const [way, other] of others.entries()) {
      const changed = bytes.slice();
      changed.set(other, at);
      yield { name: `${name} at byte ${at}, change ${way}`, changed };
    }
    at += length;
  }
  if (at !== bytes.length) {
    throw new Error(`the parts have ${at} bytes, and there are ${bytes.length}`);
  }
}
