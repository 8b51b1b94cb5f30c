// Pictures as inputs: scaled to the model's size, in the model's units.
import { PageError } from "../chain/words.ts";

/** How a model has pictures. */
export interface Geometry {
  width: number;
  height: number;
  channels: 1 | 3;
  /** Whether the values of a channel are together, as in most ONNX models. */
  isPlanar: boolean;
}

/** What the ends of the scale of brightness are for the model. */
export interface Scale {
  black: number;
  white: number;
}

const MOST_PIXELS = 1 << 22;

function square(count: number): number | undefined {
  const side = Math.round(Math.sqrt(count));
  return side > 1 && side * side === count ? side : undefined;
}

/** How pictures fit an input of a shape; nothing if they do not. */
export function geometry(shape: readonly number[]): Geometry | undefined {
  const count = shape.reduce((product, axis) => product * axis, 1);
  if (!(count > 1) || count > 3 * MOST_PIXELS) return undefined;
  const [a = 1, b = 1, c = 1, ...more] = shape.slice(shape.findIndex((axis) => axis !== 1));
  if (more.length > 0) return undefined;
  if (c === 1 && b === 1) {
    const side = square(a);
    return side === undefined ? undefined : { width: side, height: side, channels: 1, isPlanar: true };
  }
  if (c === 1) return { height: a, width: b, channels: 1, isPlanar: true };
  if (a === 3) return { channels: 3, height: b, width: c, isPlanar: true };
  if (c === 3) return { height: a, width: b, channels: 3, isPlanar: false };
  return undefined;
}

/** The model's values of pixels, which have red, green, blue and alpha in turn. */
export function toValues(rgba: Uint8ClampedArray, { channels, isPlanar }: Geometry, { black, white }: Scale): Float32Array {
  const pixels = rgba.length / 4;
  const scaled = (byte: number): number => black + (byte / 255) * (white - black);
  const byte = (pixel: number, channel: number): number => rgba[4 * pixel + channel] ?? 0;
  // ITU-R BT.601.
  const grey = (pixel: number): number => 0.299 * byte(pixel, 0) + 0.587 * byte(pixel, 1) + 0.114 * byte(pixel, 2);
  if (channels === 1) return Float32Array.from({ length: pixels }, (_, pixel) => scaled(grey(pixel)));
  return Float32Array.from({ length: 3 * pixels }, (_, index) => {
    const [pixel, channel] = isPlanar ? [index % pixels, Math.floor(index / pixels)] : [Math.floor(index / 3), index % 3];
    return scaled(byte(pixel, channel));
  });
}

/** The ends of the scale of values of which nobody has said what black and white are. */
function ends(values: Float32Array): Scale {
  let [black, white] = [Infinity, -Infinity];
  for (const value of values) [black, white] = [Math.min(black, value), Math.max(white, value)];
  return { black, white };
}

/** The pixels of a model's values, to show what it sees: by the scale that was given, or else from the least value to the greatest. */
export function toPixels(values: Float32Array, { channels, isPlanar }: Geometry, scale?: Scale): Uint8ClampedArray<ArrayBuffer> {
  const pixels = values.length / channels;
  const { black, white } = scale ?? ends(values);
  const width = white === black ? 1 : white - black;
  const rgba = new Uint8ClampedArray(4 * pixels);
  for (let index = 0; index < 4 * pixels; ++index) {
    const [pixel, channel] = [Math.floor(index / 4), index % 4];
    const at = channels === 1 ? pixel : isPlanar ? channel * pixels + pixel : 3 * pixel + channel;
    rgba[index] = channel === 3 ? 255 : (255 * ((values[at] ?? black) - black)) / width;
  }
  return rgba;
}

/** Reads a picture, and scales it to the model's size. */
export async function readPicture(file: Blob, of: Geometry, scale: Scale): Promise<Float32Array> {
  const { width, height } = of;
  const options: ImageBitmapOptions = { resizeWidth: width, resizeHeight: height, resizeQuality: "high" };
  const picture = await createImageBitmap(file, options).catch(() => {
    throw new PageError("The file is neither an array of NumPy nor a picture that this browser reads.");
  });
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new PageError("This browser does not let the page read pictures. Give the numbers instead.");
  // What is transparent is black.
  context.fillRect(0, 0, width, height);
  context.drawImage(picture, 0, 0, width, height);
  picture.close();
  return toValues(context.getImageData(0, 0, width, height).data, of, scale);
}
