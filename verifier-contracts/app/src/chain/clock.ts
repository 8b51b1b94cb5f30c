// The clock of this device against that of the node, whose last block may be an old one or a lie.
import { PageError } from "./words.ts";

/** A node whose last block is older shows an old state. */
const STALE_SECONDS = 600n;

/** The time of this device. */
export const now = (): bigint => BigInt(Math.floor(Date.now() / 1000));

/** Whether the two clocks differ by so much that one of them is wrong. */
export const isStale = (timestamp: bigint, here: bigint): boolean => (here > timestamp ? here - timestamp : timestamp - here) > STALE_SECONDS;

/** Refuses a deadline by a clock that is wrong: it might be past, or so far away that the fee is bound for long. */
export function requireClock(timestamp: bigint, here: bigint): void {
  if (isStale(timestamp, here)) {
    throw new PageError("The node's last block and the clock of this device are more than 10 minutes apart. Name another node, or set the clock.");
  }
}
