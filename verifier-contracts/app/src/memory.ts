// What this browser keeps between visits: the node's URL, the colours, links to the user's requests, and
// what was sent and is in no block yet. Where it keeps nothing, such as in private windows, the page works all the same.
import { type Hex, isHash } from "viem";
import { parse } from "./route.ts";

const MOST_REQUESTS = 20;
const MOST_SENT = 20;

function read(key: string): string | null {
  try {
    return localStorage.getItem(`hallmark.${key}`);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(`hallmark.${key}`, value);
  } catch {
    // Then it is asked for again.
  }
}

export const nodeText = (): string => read("node") ?? "";
export const keepNode = (url: string): void => write("node", url);

/** The colours that the user has chosen; those of the system otherwise. */
export const scheme = (): string => read("scheme") ?? "system";
export const keepScheme = (chosen: string): void => write("scheme", chosen);

/** Links to the user's requests, the last one first. */
export function requests(): string[] {
  try {
    const kept: unknown = JSON.parse(read("requests") ?? "[]");
    const links = Array.isArray(kept) ? kept.filter((link): link is string => typeof link === "string") : [];
    return links.filter((link) => parse(link).view === "request").slice(0, MOST_REQUESTS);
  } catch {
    return [];
  }
}

export const keepRequest = (link: string): void =>
  write("requests", JSON.stringify([link, ...requests().filter((other) => other !== link)].slice(0, MOST_REQUESTS)));

/** A transaction that was sent, and that no block had when this page looked. */
export interface Sent {
  chain: number;
  hash: Hex;
}

/** Also those of this visit, where the browser keeps nothing. */
let sentNow: Sent[] | undefined;

function readSent(): Sent[] {
  try {
    const kept: unknown = JSON.parse(read("sent") ?? "[]");
    const isSent = (one: Partial<Sent> | null): one is Sent => Number.isSafeInteger(one?.chain) && isHash(String(one?.hash));
    return Array.isArray(kept) ? kept.filter(isSent).slice(0, MOST_SENT) : [];
  } catch {
    return [];
  }
}

/** What was sent and is in no block yet, the last one first. */
export const sent = (): readonly Sent[] => (sentNow ??= readSent());

function writeSent(all: Sent[]): void {
  sentNow = all.slice(0, MOST_SENT);
  write("sent", JSON.stringify(sentNow));
}

const others = (hash: Hex): Sent[] => sent().filter((one) => one.hash !== hash);
export const keepSent = (one: Sent): void => writeSent([one, ...others(one.hash)]);
export const forgetSent = (hash: Hex): void => writeSent(others(hash));
