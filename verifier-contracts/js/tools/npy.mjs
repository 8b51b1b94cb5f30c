// Arrays of floats in NumPy's format, as the command line takes them.
import { crc32 } from "node:zlib";
import { readFileSync, writeFileSync } from "node:fs";

/** The values of an array of little-endian floats of 32 bits. */
export function readFloats(path) {
  const bytes = readFileSync(path);
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString("latin1", 10, start);
  if (!header.includes("'<f4'") || header.includes("True")) {
    throw new Error(`${path} holds no row-major floats of 32 bits`);
  }
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length));
}

export function writeFloats(path, shape, values) {
  writeFileSync(path, npy(shape, values));
}

function npy(shape, values) {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")},), }`;
  const header = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11) + "\n";
  const head = Buffer.from("\x93NUMPY\x01\x00\x00\x00", "latin1");
  head.writeUInt16LE(header.length, 8);
  return Buffer.concat([head, Buffer.from(header), Buffer.from(values.buffer, values.byteOffset, values.byteLength)]);
}

/** An archive of arrays under their names, without compression. */
export function writeArchive(path, arrays) {
  const [entries, directory] = [[], []];
  let offset = 0;
  for (const [name, { shape, values }] of Object.entries(arrays)) {
    const [data, file] = [npy(shape, values), Buffer.from(`${name}.npy`)];
    // The version that reads it, flags, method, time and date, checksum, both sizes, and the length of the name.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(file.length, 22);
    const entry = Buffer.concat([Buffer.from("PK\x03\x04"), common, file, data]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02"), Buffer.from([20, 0]), common, tail, file]));
    entries.push(entry);
    offset += entry.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(listed.length, 8);
  end.writeUInt32LE(offset, 12);
  writeFileSync(path, Buffer.concat([...entries, listed, Buffer.from("PK\x05\x06"), end]));
}
