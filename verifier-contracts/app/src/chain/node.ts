// A node that the user names, over HTTP. Its answers are bounded, and nothing of them is believed here.

/** What wallets and nodes have in common: EIP-1193. */
export interface Provider {
  request(call: { method: string; params?: readonly unknown[] }): Promise<unknown>;
}

/** Why a node gave no answer. The text says which node and what to do. */
export class NodeError extends Error {
  override readonly name = "NodeError";
}

/** The node's answer to a call that a contract refused, or that the node refuses. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  constructor(
    readonly code: number,
    message: string,
    readonly data: unknown,
  ) {
    super(message);
  }
}

/** Longer than any settlement's transaction in JSON, and short enough for a phone's memory. */
const MAX_ANSWER = 16_000_000;
const TIMEOUT_MS = 20_000;

/** Where no connection leaves this machine. Elsewhere, whoever is on the way could change an answer of http. */
const LOOPBACK = ["localhost", "127.0.0.1"];

/** A node's URL, if it is one that the page can ask. */
export function nodeUrl(text: string): URL {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && LOOPBACK.includes(url.hostname));
  if (url === undefined || !isSafe) {
    throw new NodeError("This is not the URL of a node. It begins with https://, or with http:// for a node on this machine.");
  }
  return url;
}

async function bounded(response: Response, url: URL): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) return "";
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    length += value.length;
    if (length > MAX_ANSWER) {
      await reader.cancel();
      throw new NodeError(`The node at ${url.host} answers with too much. Name another node.`);
    }
    text += decoder.decode(value, { stream: true });
  }
}

function answer(text: string, status: number, url: URL): unknown {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new NodeError(`What answers at ${url.host} is not an Ethereum node (HTTP status ${status}). Check the URL.`);
  }
  if (typeof parsed !== "object" || parsed === null) {
    throw new NodeError(`What answers at ${url.host} is not an Ethereum node. Check the URL.`);
  }
  const { result, error } = parsed as { result?: unknown; error?: { code?: unknown; message?: unknown; data?: unknown } };
  if (error) throw new RpcError(Number(error.code), String(error.message).slice(0, 400), error.data);
  if (result === undefined) throw new NodeError(`The node at ${url.host} gives an answer without a result. Name another node.`);
  return result;
}

/** A node over HTTP. It is sent no cookies and no referrer, and it may not redirect. */
export class HttpNode implements Provider {
  #id = 0;
  constructor(readonly url: URL) {}

  async request({ method, params = [] }: { method: string; params?: readonly unknown[] }): Promise<unknown> {
    const body = JSON.stringify({ jsonrpc: "2.0", id: ++this.#id, method, params });
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
        credentials: "omit",
        cache: "no-store",
        redirect: "error",
        referrerPolicy: "no-referrer",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      text = await bounded(response, this.url);
    } catch (error) {
      if (error instanceof NodeError) throw error;
      throw new NodeError(
        `The node at ${this.url.host} does not answer. Check the URL, whether the node is up, and whether it lets pages ask it (CORS).`,
        { cause: error },
      );
    }
    return answer(text, response.status, this.url);
  }
}
