// The model digests that somebody other than the seller has recomputed, as the user was told them. No page can recompute one: that
// takes the model's architecture, its weights and the setup.
import { type Hex, isHash } from "viem";
import { PageError } from "../chain/words.ts";

/** By the model's id. */
const told = new Map<Hex, Hex>();

/** The digest that the user was told for a model. */
export const auditedDigest = (model: Hex): Hex | undefined => told.get(model);

/** Keeps a digest for a model while the page is open, or forgets it if the text is empty. */
export function keepDigest(model: Hex, text: string): void {
  const digest = text.trim().toLowerCase();
  if (digest === "") {
    told.delete(model);
    return;
  }
  if (!isHash(digest)) throw new PageError("This is no model digest: it has 0x and 64 hexadecimal digits. Copy it again.");
  told.set(model, digest);
}
