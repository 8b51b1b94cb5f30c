// What this browser keeps between visits: the node's URL and the colours. Where it keeps nothing, such as
// in private windows, the page works all the same.

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
