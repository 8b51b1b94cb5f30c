// The views by their addresses, which all come after the #: any server can serve the page, and is not told what is looked at.
import { type Address, getAddress, type Hex, isAddress, isHash } from "viem";

/** What is shown. */
export type Route =
  | { view: "start" }
  | { view: "offering"; chain: number; offering: Address }
  | { view: "model"; chain: number; market: Address; model: Hex }
  | { view: "request"; chain: number; market: Address; request: Hex }
  | { view: "unknown"; reason: string };

const unknown = (reason: string): Route => ({ view: "unknown", reason });

/** The view of a hash. */
export function parse(hash: string): Route {
  const [chainText = "", view, first, second] = hash.replace(/^#?\/?/, "").split("/");
  if (chainText === "") return { view: "start" };
  const chain = /^[1-9]\d{0,15}$/.test(chainText) ? Number(chainText) : Number.NaN;
  if (!Number.isSafeInteger(chain)) return unknown("The link does not begin with a chain's number.");
  if (first === undefined || !isAddress(first)) {
    return unknown("The link has no valid address. An address in mixed case must have a correct checksum: copy it again.");
  }
  const address = getAddress(first);
  if (view === "offering" && second === undefined) return { view, chain, offering: address };
  const id = second?.toLowerCase();
  if (!id || !isHash(id)) return unknown("The link has no valid id of 32 bytes. Copy it again.");
  if (view === "model") return { view, chain, market: address, model: id };
  if (view === "request") return { view, chain, market: address, request: id };
  return unknown("The link is to nothing that this page shows.");
}

export const offeringLink = (chain: number, offering: Address): string => `#/${chain}/offering/${offering}`;
export const modelLink = (chain: number, market: Address, model: Hex): string => `#/${chain}/model/${market}/${model}`;
export const requestLink = (chain: number, market: Address, request: Hex): string => `#/${chain}/request/${market}/${request}`;

/** Whether the page is under the path of an IPFS gateway, where all pages have one origin. */
export const sharesOrigin = (path: string): boolean => /^\/(ipfs|ipns)\//.test(path);
