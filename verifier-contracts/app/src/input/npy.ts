// Arrays of NumPy: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import { PageError } from "../chain/words.ts";

/** An array in row-major order. */
export interface NumpyArray {
  shape: number[];
  values: Float32Array;
}

/** More than any request carries. */
const MOST_VALUES = 1 << 24;
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

type Reader = [size: number, read: (view: DataView, at: number, little: boolean) => number];
const READERS: Record<string, Reader> = {
  f4: [4, (view, at, little) => view.getFloat32(at, little)],
  f8: [8, (view, at, little) => view.getFloat64(at, little)],
  i1: [1, (view, at) => view.getInt8(at)],
  u1: [1, (view, at) => view.getUint8(at)],
  i2: [2, (view, at, little) => view.getInt16(at, little)],
  u2: [2, (view, at, little) => view.getUint16(at, little)],
  i4: [4, (view, at, little) => view.getInt32(at, little)],
  u4: [4, (view, at, little) => view.getUint32(at, little)],
  i8: [8, (view, at, little) => Number(view.getBigInt64(at, little))],
  u8: [8, (view, at, little) => Number(view.getBigUint64(at, little))],
};

const damaged = (why: string): PageError => new PageError(`The .npy file cannot be read: ${why}. Save it with numpy.save, as float32.`);

/** Whether bytes begin as an array of NumPy does. */
export const isNpy = (bytes: Uint8Array): boolean => MAGIC.every((byte, index) => bytes[index] === byte);

interface Header {
  descr: string;
  shape: number[];
  end: number;
}

function header(bytes: Uint8Array, view: DataView): Header {
  if (!isNpy(bytes) || bytes.length < 12) throw damaged("it does not begin as such a file does");
  const isLong = bytes[6] !== 1;
  const start = isLong ? 12 : 10;
  const length = isLong ? view.getUint32(8, true) : view.getUint16(8, true);
  const end = start + length;
  if (end > bytes.length) throw damaged("it is cut off");
  const text = new TextDecoder().decode(bytes.subarray(start, end));
  const descr = /'descr': *'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order': *(True|False)/.exec(text)?.[1];
  const shape = /'shape': *\(([\d, ]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || shape === undefined) throw damaged("its header is not one");
  if (order === "True") throw damaged("it is in Fortran's order, so take numpy.ascontiguousarray");
  return { descr, shape: shape.split(",").filter((axis) => axis.trim() !== "").map(Number), end };
}

/** Reads an array of floats or integers. */
export function readNpy(bytes: Uint8Array): NumpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { descr, shape, end } = header(bytes, view);
  const type = descr.slice(1);
  const reader = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  if (!reader || !"<>|=".includes(descr[0] ?? "x")) throw damaged(`it holds values of the type ${descr.slice(0, 12)}`);
  const [size, read] = reader;
  const count = shape.reduce((product, axis) => product * axis, 1);
  if (!(count <= MOST_VALUES)) throw damaged("it has too many values");
  if (bytes.length - end !== count * size) throw damaged("its length is not that of its shape");
  const little = descr[0] !== ">";
  return { shape, values: Float32Array.from({ length: count }, (_, index) => read(view, end + index * size, little)) };
}
