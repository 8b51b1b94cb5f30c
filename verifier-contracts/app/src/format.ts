// Amounts, dates and names, as people read them.
import { formatUnits, parseUnits } from "viem";

/** The most characters of a name or a text from the chain. */
const MAX_TEXT = 60;
/** Ether and tokens have as many digits behind the point. */
const DIGITS = 18;

// Controls, marks of direction and characters of no width: see prover/reports/src/audit/check.rs.
const HIDDEN =
  /[\p{Cc}\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** Text without what would change the order in which it is read, and not too much of it. */
export function clean(text: string, most: number = MAX_TEXT): string {
  const shown = [...text.replace(HIDDEN, "")];
  return shown.length > most ? `${shown.slice(0, most).join("")}…` : shown.join("");
}

/** Units of 10^-18 with no more digits than they need, and groups of three before the point. */
export function decimal(units: bigint): string {
  const [whole = "0", fraction] = formatUnits(units, DIGITS).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return fraction ? `${grouped}.${fraction}` : grouped;
}

/** Wei in ether. */
export const ether = (wei: bigint): string => `${decimal(wei)} ether`;

/** Units of a token, with its cleaned symbol. A symbol may be anything, such as "ether": so the word is said, too. */
export const tokens = (units: bigint, symbol: string): string => `${count(decimal(units), "token")} (${clean(symbol, 16)})`;

/** Whether a symbol is read as what it is: few letters, and no currency in which this page has amounts. */
export const isPlainSymbol = (symbol: string): boolean => /^[A-Za-z0-9$.-]{1,16}$/.test(symbol) && !/^(ether|eth|wei)$/i.test(symbol);

/** Ten-thousandths in per cent. */
export const percent = (bps: number | bigint): string => `${Number(bps) / 100}%`;

/** A part of a whole in per cent, with one digit, rounded down. */
export function part(of: bigint, whole: bigint): string {
  return whole === 0n ? "0%" : `${Number((of * 1000n) / whole) / 10}%`;
}

/** An amount of ether that somebody typed, in wei. Throws with what to do. */
export function parseEther(text: string): bigint {
  const trimmed = text.trim();
  if (!/^(\d+(\.\d*)?|\.\d+)$/.test(trimmed)) {
    throw new Error("Write the amount in ether, with digits and one point, such as 0.5.");
  }
  if ((trimmed.split(".")[1] ?? "").length > DIGITS) throw new Error("Ether has at most 18 digits behind the point.");
  const wei = parseUnits(trimmed, DIGITS);
  if (wei >= 1n << 88n) throw new Error("That is more ether than the contracts take.");
  if (wei === 0n) throw new Error("The amount must be more than 0.");
  return wei;
}

/** The last second that a Date can hold. */
const LAST_SECOND = 8_640_000_000_000n;

function date(seconds: bigint): Date | undefined {
  return seconds >= 0n && seconds <= LAST_SECOND ? new Date(Number(seconds) * 1000) : undefined;
}

/** A time in UTC, to the second. */
export function utc(time: bigint | number): string {
  const found = date(BigInt(time));
  if (!found) return `second ${time} of the Unix epoch`;
  return `${found.toISOString().replace("T", " ").replace(/\.\d+Z$/, "")} UTC`;
}

/** A time where the reader is. */
export function local(time: bigint | number, locale?: string, timeZone?: string): string {
  const found = date(BigInt(time));
  if (!found) return "";
  const options: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "short" };
  return new Intl.DateTimeFormat(locale, timeZone ? { ...options, timeZone } : options).format(found);
}

const UNITS: readonly (readonly [string, bigint])[] = [
  ["day", 86_400n],
  ["hour", 3600n],
  ["minute", 60n],
  ["second", 1n],
];

/** A number of things, of which there may be one. */
export const count = (number: number | bigint | string, thing: string): string => `${number} ${thing}${String(number) === "1" ? "" : "s"}`;

/** A span of time in its largest unit, rounded down. */
export function span(seconds: bigint): string {
  const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? ["second", 1n];
  return count(seconds / length, unit);
}

/** How far a time is from now. */
export function distance(time: bigint, now: bigint): string {
  return time >= now ? `in ${span(time - now)}` : `${span(now - time)} ago`;
}

/** The beginning and the end of an address or a digest. */
export const short = (hex: string): string => (hex.length > 14 ? `${hex.slice(0, 8)}…${hex.slice(-6)}` : hex);
