// What this browser keeps between visits: the node's URL, the colours, and links to the user's requests. Where it keeps nothing, such as
// in private windows, the page works all the same.
import { parse } from "./route.ts";

const MOST_REQUESTS = 20;

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
