// What examinations read of contracts, and how they take a refusal.
import type { ContractFunctionReturnType } from "viem";
import { registryAbi } from "../generated/contracts.ts";
import { NotOurs } from "./chain.ts";
import { NodeError } from "./node.ts";

/** The record of a model in a registry. */
export type ModelRecord = ContractFunctionReturnType<typeof registryAbi, "view", "model">;

/** Nodes have this code for a call that a contract refuses. */
const REVERTED = 3;

/** Whether a contract does not do what ours do. A node that gives no answer says nothing of the contract. Wallets have errors of their own. */
export function isForeign(error: unknown): boolean {
  if (error instanceof NotOurs) return true;
  if (error instanceof NodeError) return false;
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return code === REVERTED || /revert|invalid opcode|out of gas/i.test(String(message));
}
