import { readFileSync } from "node:fs";
import { crc32, deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readArrays, taken } from "../../src/input/arrays.ts";
import { clampingPoints } from "../../src/input/clamping.ts";
import { isNpy, readNpy } from "../../src/input/npy.ts";
import { isNpz, readNpz } from "../../src/input/npz.ts";
import { readNumber, readNumbers, requireCount, requireShape, shown } from "../../src/input/numbers.ts";
import { geometry, toPixels, toValues } from "../../src/input/picture.ts";

const data = `${import.meta.dirname}/../../../../fixtures/data`;

/** An array as numpy.save writes it. */
function npy(descr: string, shape: string, body: number[], order = "False"): Uint8Array {
  const header = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape}), }`.padEnd(117) + "\n";
  return Uint8Array.from([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, header.length, 0, ...new TextEncoder().encode(header), ...body]);
}

/** Numbers in two bytes, and one in four. */
const short = (...numbers: number[]): number[] => numbers.flatMap((number) => [number & 255, number >> 8]);
const long = (number: number): number[] => short(number & 0xffff, number >>> 16);

/** An archive as numpy.savez and numpy.savez_compressed write it. */
function npz(arrays: [name: string, array: Uint8Array][], method = 0): Uint8Array {
  const [files, list]: number[][] = [[], []];
  for (const [name, array] of arrays) {
    const [label, body] = [[...new TextEncoder().encode(`${name}.npy`)], [...(method === 8 ? deflateRawSync(array) : array)]];
    const sizes = [...long(crc32(array)), ...long(body.length), ...long(array.length), ...short(label.length)];
    list!.push(...long(0x02014b50), ...short(20, 20, 0, method, 0, 0), ...sizes, ...short(0, 0, 0, 0), ...long(0), ...long(files!.length), ...label);
    files!.push(...long(0x04034b50), ...short(20, 0, method, 0, 0), ...sizes, ...short(0), ...label, ...body);
  }
  const end = [...long(0x06054b50), ...short(0, 0, arrays.length, arrays.length), ...long(list!.length), ...long(files!.length), ...short(0)];
  return Uint8Array.from([...files!, ...list!, ...end]);
}

describe("arrays by name", () => {
  const x = npy("<f4", "1, 2", [0, 0, 128, 63, 0, 0, 0, 192]);
  const mask = npy("|u1", "3,", [1, 0, 1]);
  const inputs = [
    { name: "x", shape: [1, 2] },
    { name: "mask", shape: [3] },
  ];
  const ports = { inputShape: [5], inputs };

  it("are read in the order of the model, packed or not", async () => {
    for (const method of [0, 8]) {
      const bytes = npz([["mask", mask], ["x", x]], method);
      expect(isNpz(bytes) && !isNpz(x)).toBe(true);
      expect([...(await readArrays(bytes, ports))]).toEqual([1, -2, 1, 0, 1]);
    }
    expect([...(await readArrays(npz([["whatever", x]]), { inputShape: [1, 2], inputs: [] }))]).toEqual([1, -2]);
    expect(taken(ports)).toBe("the arrays x (1 × 2), mask (3), one behind the other");
  });

  it("are refused under other names, of other shapes, and where there are more or fewer", async () => {
    await expect(readArrays(x, ports)).rejects.toThrow("numpy.savez");
    await expect(readArrays(npz([["x", x]]), ports)).rejects.toThrow("The file has 1 arrays");
    await expect(readArrays(npz([["x", x], ["m", mask]]), ports)).rejects.toThrow("no array mask");
    await expect(readArrays(npz([["x", mask], ["mask", mask]]), ports)).rejects.toThrow("has the shape 3");
    await expect(readArrays(npz([["x", x], ["y", x]]), { inputShape: [1, 2], inputs: [] })).rejects.toThrow("The file has 2 arrays");
  });

  it("are refused if the archive is damaged, or unpacks to too much", async () => {
    const whole = npz([["x", x]], 8);
    for (let length = 0; length < whole.length; length += 1) {
      await expect(readNpz(whole.subarray(0, length)), String(length)).rejects.toThrow("cannot be read");
    }
    for (let index = 0; index < whole.length; index += 1) {
      const changed = whole.slice();
      changed[index]! ^= 0x55;
      // It is refused in words, or its arrays are those that were saved.
      const read = await readNpz(changed).catch((error: unknown) => void expect(String(error)).toContain("cannot be read"));
      for (const { values } of read?.values() ?? []) expect([...values]).toEqual([1, -2]);
    }
    await expect(readNpz(npz([["x", x], ["x", x]]))).rejects.toThrow("one name");
    await expect(readNpz(npz([["x", new Uint8Array(65_000_000)]], 8))).rejects.toThrow("too much");
    await expect(readNpz(npz(Array.from({ length: 65 }, (_, index) => [String(index), x])))).rejects.toThrow("too many arrays");
    // They are counted before anything is unpacked.
    const two = npz([["x", Uint8Array.of(1)], ["y", Uint8Array.of(2)]], 8);
    await expect(readArrays(two, { inputShape: [1, 2], inputs: [] })).rejects.toThrow("The file has 2 arrays");
  }, 60_000);
});

describe("arrays of NumPy", () => {
  it("are read as they were written", () => {
    const { shape, values } = readNpy(readFileSync(`${data}/digits_image.npy`));
    expect(shape.reduce((product, axis) => product * axis, 1)).toBe(values.length);
    expect(values.every(Number.isFinite)).toBe(true);
    expect([...readNpy(npy("<f4", "2,", [0, 0, 128, 63, 0, 0, 0, 192])).values]).toEqual([1, -2]);
    expect([...readNpy(npy(">i2", "1, 2", [255, 255, 1, 0])).values]).toEqual([-1, 256]);
    expect(readNpy(npy("|u1", "", [7]))).toEqual({ shape: [], values: Float32Array.of(7) });
  });

  it("are refused if they are damaged, or of a kind that no model takes", () => {
    const whole = npy("<f4", "1,", [0, 0, 128, 63]);
    const cases = [
      new Uint8Array(),
      whole.subarray(0, 9),
      whole.subarray(0, 20),
      whole.subarray(0, -1),
      npy("<f4", "2,", [0, 0, 128, 63]),
      npy("<f4", "99999999999, 99999999999", []),
      npy("<c8", "1,", Array(8).fill(0)),
      npy("<constructor", "1,", []),
      npy("<toString", "1,", []),
      npy("f4", "1,", [0, 0, 128, 63]),
      npy("<f4", "1,", [0, 0, 128, 63], "True"),
      npy("<f4", "-1,", []),
    ];
    for (const bytes of cases) expect(() => readNpy(bytes)).toThrow("cannot be read");
    expect(isNpy(Uint8Array.of(1, 2, 3))).toBe(false);
  });
});

describe("numbers", () => {
  it("are read from text, and shown as the program does", () => {
    expect([...readNumbers("[[1, -2.5], [3e2,\t.5]]")]).toEqual([1, -2.5, 300, 0.5]);
    for (const wrong of ["", "[]", "1, x", "NaN", "1e99", "Infinity", "0x10", "1 <b>"]) expect(() => readNumbers(wrong), wrong).toThrow();
    expect(readNumber(" -1.5 ")).toBe(-1.5);
    for (const wrong of ["1,5", "1 2", "", "x"]) expect(() => readNumber(wrong), wrong).toThrow();
    expect(shown(-20.804736)).toBe("-20.80474");
  });

  it("have the model's shape", () => {
    expect(() => requireShape([1, 8, 8], [8, 8])).not.toThrow();
    expect(() => requireShape([1, 64], [8, 8])).toThrow("8 × 8");
    expect(() => requireCount([1, 2], 3)).toThrow("3 values");
  });
});

describe("pictures", () => {
  it("fit the shapes that models have", () => {
    const grey = { width: 8, height: 8, channels: 1, isPlanar: true };
    expect(geometry([1, 64])).toEqual(grey);
    expect(geometry([1, 1, 8, 8])).toEqual(grey);
    expect(geometry([1, 3, 4, 5])).toEqual({ width: 5, height: 4, channels: 3, isPlanar: true });
    expect(geometry([1, 4, 5, 3])).toEqual({ width: 5, height: 4, channels: 3, isPlanar: false });
    for (const none of [[1, 63], [1], [1, 2, 4, 5], [2, 3, 4, 5], [1, 1, 1], [1 << 13, 1 << 13]]) expect(geometry(none)).toBeUndefined();
  });

  it("have the model's units", () => {
    const rgba = Uint8ClampedArray.of(255, 0, 0, 255, 255, 255, 255, 255);
    const of = { width: 2, height: 1 } as const;
    const scale = { black: 0, white: 16 };
    const grey = toValues(rgba, { ...of, channels: 1, isPlanar: true }, scale);
    expect(grey[0]).toBeCloseTo(0.299 * 16);
    expect(grey[1]).toBeCloseTo(16);
    expect([...toValues(rgba, { ...of, channels: 3, isPlanar: true }, scale)]).toEqual([16, 16, 0, 16, 0, 16]);
    expect([...toValues(rgba, { ...of, channels: 3, isPlanar: false }, { black: -1, white: 1 })]).toEqual([1, -1, -1, 1, 1, 1]);
  });

  it("are shown as the model sees them", () => {
    const grey = { width: 2, height: 1, channels: 1, isPlanar: true } as const;
    expect([...toPixels(Float32Array.of(0, 16), grey)]).toEqual([0, 0, 0, 255, 255, 255, 255, 255]);
    expect([...toPixels(Float32Array.of(3, 3), grey)]).toEqual([0, 0, 0, 255, 0, 0, 0, 255]);
    // A dark picture is dark, by the scale that was given.
    expect([...toPixels(Float32Array.of(0, 0.2), grey, { black: 0, white: 1 })]).toEqual([0, 0, 0, 255, 51, 51, 51, 255]);
    expect([...toPixels(Float32Array.of(1, -9), grey, { black: 1, white: 0 })]).toEqual([0, 0, 0, 255, 255, 255, 255, 255]);
  });
});

describe("values outside of the model's range", () => {
  it("are told with how far they are, and whether the input is still much the same", () => {
    const clamping = { count: 2, index: 3, value: 20, nearest: 16, excess: 0.25, isLittle: false };
    const [many, furthest, much] = clampingPoints({ clamped: 2, clamping });
    expect(many).toContain("2 values outside of the range");
    expect(furthest).toBe("The furthest is number 4: 20.00000 becomes 16.00000. Its distance is 25.00000% of the range's width.");
    expect(much).toContain("little to do with your input");
    expect(clampingPoints({ clamped: 2, clamping: { ...clamping, isLittle: true } })).toHaveLength(2);
    expect(clampingPoints({ clamped: 0, clamping: undefined })).toEqual([]);
  });
});
