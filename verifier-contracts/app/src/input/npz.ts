// Archives of NumPy's arrays: https://numpy.org/doc/stable/reference/generated/numpy.savez.html and, for what holds them,
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
import { PageError } from "../chain/words.ts";
import { type NumpyArray, readNpy } from "./npy.ts";

/** More arrays than any model takes. */
const MOST_ARRAYS = 64;
/** More than any request carries. An archive may say anything of what it unpacks to, so this is counted. */
const MOST_BYTES = 64_000_000;

const [LOCAL, CENTRAL, END] = [0x04034b50, 0x02014b50, 0x06054b50];
const [STORED, DEFLATED] = [0, 8];
const END_BYTES = 22;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
/** The most bytes of a comment, which stands behind the end. */
const MOST_COMMENT = 0xffff;

const damaged = (why: string): PageError => new PageError(`The .npz file cannot be read: ${why}. Save it with numpy.savez.`);
const cutOff = (): PageError => damaged("it is cut off");

/** Whether bytes begin as an archive does. */
export const isNpz = (bytes: Uint8Array): boolean => bytes.length >= 4 && viewOf(bytes).getUint32(0, true) === LOCAL;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Where the list of entries is, and how many there are. */
function directory(view: DataView): { count: number; at: number } {
  const least = Math.max(0, view.byteLength - END_BYTES - MOST_COMMENT);
  for (let at = view.byteLength - END_BYTES; at >= least; at -= 1) {
    if (view.getUint32(at, true) === END) return { count: view.getUint16(at + 10, true), at: view.getUint32(at + 16, true) };
  }
  throw cutOff();
}

async function unpacked(bytes: Uint8Array, left: number): Promise<Uint8Array> {
  const stream = new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => Promise.reject(damaged("an array is not packed as it says")));
    if (done) break;
    length += value.length;
    if (length > left) {
      await reader.cancel();
      throw damaged("it unpacks to too much");
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(length);
  chunks.reduce((at, chunk) => (whole.set(chunk, at), at + chunk.length), 0);
  return whole;
}

/** The checksum of the format: CRC-32 with the polynomial of IEEE 802.3. */
const REMAINDERS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  return remainder;
});

function checksum(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = (sum >>> 8) ^ (REMAINDERS[(sum ^ byte) & 255] ?? 0);
  return ~sum >>> 0;
}

/** Reads the arrays of an archive by their names. `counted` is told how many there are before any is unpacked. */
export async function readNpz(bytes: Uint8Array, counted: (count: number) => void = () => {}): Promise<Map<string, NumpyArray>> {
  const view = viewOf(bytes);
  if (view.byteLength < END_BYTES) throw cutOff();
  const arrays = new Map<string, NumpyArray>();
  let { count, at } = directory(view);
  if (count > MOST_ARRAYS) throw damaged("it has too many arrays");
  counted(count);
  for (let left = MOST_BYTES; count > 0; count -= 1) {
    if (at + CENTRAL_BYTES > view.byteLength) throw cutOff();
    if (view.getUint32(at, true) !== CENTRAL) throw damaged("its list of arrays is none");
    const [method, sum, packed] = [view.getUint16(at + 10, true), view.getUint32(at + 16, true), view.getUint32(at + 20, true)];
    const [nameBytes, extra, comment] = [view.getUint16(at + 28, true), view.getUint16(at + 30, true), view.getUint16(at + 32, true)];
    const start = view.getUint32(at + 42, true);
    const name = new TextDecoder().decode(bytes.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes)).replace(/\.npy$/, "");
    at += CENTRAL_BYTES + nameBytes + extra + comment;
    if (start + LOCAL_BYTES > view.byteLength || view.getUint32(start, true) !== LOCAL) throw damaged("an array is not where it should be");
    const from = start + LOCAL_BYTES + view.getUint16(start + 26, true) + view.getUint16(start + 28, true);
    if (from + packed > view.byteLength) throw cutOff();
    if (method !== STORED && method !== DEFLATED) throw damaged("it is packed by a method that is not known");
    if (arrays.has(name)) throw damaged("two of its arrays have one name");
    const content = bytes.subarray(from, from + packed);
    if (method === STORED && content.length > left) throw damaged("it unpacks to too much");
    const array = method === STORED ? content : await unpacked(content, left);
    left -= array.length;
    if (checksum(array) !== sum) throw damaged("an array is not the one that was saved");
    arrays.set(name, readNpy(array));
  }
  return arrays;
}
