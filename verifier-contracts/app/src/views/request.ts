// A request: how far it is, its answer in the model's units, and whether the proof holds.
import { type Address, encodeFunctionData, type Hex, toBytes } from "viem";
import { examineModel, type Offered } from "../audit/examine.ts";
import { type Answer, calldata, findAnswer, FULFILLED, NONE, OPEN, REFUNDED, type Request } from "../chain/answer.ts";
import { Chain } from "../chain/chain.ts";
import { isForeign } from "../chain/record.ts";
import { explain, PageError } from "../chain/words.ts";
import { action, type Context, transact } from "../context.ts";
import { count, ether, utc } from "../format.ts";
import { marketAbi } from "../generated/contracts.ts";
import { modelLink } from "../route.ts";
import { h } from "../ui/h.ts";
import { keyFile } from "../ui/keyfile.ts";
import { card, copyable, facts, notice, when } from "../ui/parts.ts";
import { outputTables } from "../ui/values.ts";
import { verdict } from "../ui/verdict.ts";
import { checkProof, knownModel, type Model } from "../verifier.ts";

/** How often an open request is looked at. */
const POLL_MS = 3000;

/** A request, and where it is. */
interface Subject {
  offered: Offered;
  id: Hex;
  request: Request;
}

function refunding(context: Context, { offered, id }: Subject): HTMLElement {
  const run = async (): Promise<string> => {
    await transact(context, { to: offered.market, data: encodeFunctionData({ abi: marketAbi, functionName: "refund", args: [id] }) });
    return "The market owes the fee to the customer, who can take it out.";
  };
  return action(context, { label: "Give the fee back", card: "request", isMain: true, run });
}

function stage(context: Context, subject: Subject): (HTMLElement | undefined)[] {
  const { state, deadline, fee } = subject.request;
  const isLate = context.chain.head.timestamp > deadline;
  if (state === OPEN && isLate) return [notice("caution", `Nobody has answered by ${utc(deadline)}.`), refunding(context, subject)];
  if (state === OPEN) return [notice("info", "There is no answer yet. This page looks again by itself.")];
  if (state === REFUNDED) return [notice("info", `Nobody has answered. The market owes ${ether(fee)} to the customer, who can take it out.`)];
  return [notice("good", "Answered and paid.")];
}

async function owed(context: Context, market: Address): Promise<HTMLElement | undefined> {
  const { account, chain } = context;
  const credit = account ? await chain.view({ abi: marketAbi, address: market }, "credit", [account]) : 0n;
  if (credit === 0n || !account) return undefined;
  const run = async (): Promise<string> => {
    await transact(context, { to: market, data: encodeFunctionData({ abi: marketAbi, functionName: "withdraw", args: [account] }) });
    return `You were paid ${ether(credit)}.`;
  };
  const button = action(context, { label: `Take ${ether(credit)} out`, card: "request", isMain: true, run });
  return card("owed", "Owed to you", h("p", {}, `The market owes your account ${ether(credit)}.`), button);
}

/** Whether the proof holds, and the notice that says so. */
async function prove({ chain }: Context, { offered, id, request }: Subject, answer: Answer): Promise<{ holds: boolean; told: HTMLElement }> {
  const settled = { request: id, deadline: request.deadline, payee: answer.payee, inputHash: answer.inputHash, output: answer.output };
  try {
    const { answers } = await checkProof(chain, offered, settled, await calldata(chain, answer.transaction));
    const batch = answers > 1 ? ` It is one of ${answers} answers with one proof.` : "";
    const digest = offered.record.keyDigest;
    const worth = offered.setup.development ? " Under a setup for tests, that shows nothing." : "";
    const told = `The proof holds: this browser has checked that the circuit of digest ${digest} answers this input with this output.`;
    return { holds: true, told: notice(worth ? "caution" : "good", told, batch, worth) };
  } catch (error) {
    return { holds: false, told: notice("bad", `The proof was not confirmed in this browser. Do not rely on this answer. ${explain(error)}`) };
  }
}

/** The proof first. Values without one are shown to those who ask for them. */
async function read(context: Context, subject: Subject, answer: Answer, model: Model): Promise<HTMLElement[]> {
  const { holds, told } = await prove(context, subject, answer);
  const values = outputTables(model, model.dequantize(toBytes(answer.output)));
  return [told, holds ? values : h("details", {}, h("summary", {}, "Values without a proof"), values)];
}

async function answerCard(context: Context, subject: Subject): Promise<HTMLElement> {
  const { offered, id, request } = subject;
  const answer = await findAnswer(context.chain, offered.market, id, request);
  const place = h("div");
  const show = async (model: Model): Promise<void> => {
    place.replaceChildren(h("p", { class: "loading", role: "status" }, "Checking the proof…"));
    try {
      place.replaceChildren(...(await read(context, subject, answer, model)));
    } catch (error) {
      place.replaceChildren(notice("bad", `The answer cannot be shown. ${explain(error)}`));
    } finally {
      model.free();
    }
  };
  const known = await knownModel(offered);
  if (known) await show(known);
  else place.replaceChildren(h("p", {}, "The output is in bytes. The key file says what they mean, and checks the proof."), keyFile(offered, (model) => void show(model)));
  return card(
    "answer",
    "The answer",
    place,
    facts([
      ["Paid", `${ether(answer.paid)} to the operator, ${ether(answer.toHolders)} to the holders of the token`],
      ["Operator's account", copyable(answer.payee, "operator's address")],
      ["Transaction", copyable(answer.transaction, "transaction's hash")],
      ["Block", String(answer.block)],
      ["Output", h("details", {}, h("summary", {}, count(toBytes(answer.output).length, "byte")), h("code", {}, answer.output))],
    ]),
  );
}

/** Looks at an open request again and again, and shows it again once something has changed. */
function follow(context: Context, market: Address, id: Hex): void {
  const look = async (): Promise<void> => {
    const chain = await Chain.open(context.chain.provider);
    const { state, deadline } = await chain.view({ abi: marketAbi, address: market }, "requestOf", [id]);
    if (state === OPEN && chain.head.timestamp <= deadline) return follow(context, market, id);
    await context.refresh();
    context.told(state === FULFILLED ? "The answer has arrived." : "The request has changed.");
  };
  // A node that does not answer now may do so later.
  context.later(POLL_MS, () => void look().catch(() => follow(context, market, id)));
}

/** Shows a request. An open one is looked at again. */
export async function request(context: Context, market: Address, id: Hex): Promise<HTMLElement> {
  const { chain } = context;
  const found = await chain.view({ abi: marketAbi, address: market }, "requestOf", [id]).catch((error: unknown) => {
    throw isForeign(error) ? new PageError(`At ${market} there is no market of Hallmark. Check the link and the chain.`) : error;
  });
  if (found.state === NONE) throw new PageError("The market has no such request. Check its id and the chain.");
  const { report, subject: offered } = await examineModel(chain, market, found.modelId);
  if (!offered) return h("div", {}, h("h1", { tabindex: -1 }, "This market is refused"), verdict(context, report));
  const subject = { offered, id, request: found };
  if (found.state === OPEN && chain.head.timestamp <= found.deadline) follow(context, market, id);
  return h(
    "div",
    { class: "narrow" },
    h("h1", { tabindex: -1 }, "A request"),
    verdict(context, report),
    card(
      "request",
      "How far it is",
      ...stage(context, subject),
      facts([
        ["Request", copyable(id, "request's id")],
        ["Model digest", copyable(offered.record.keyDigest, "model digest")],
        ["Model", copyable(offered.modelId, "model's id")],
        ["Fee", ether(found.fee)],
        ["Deadline", when(found.deadline, chain.head.timestamp)],
        ["Customer", copyable(found.customer, "customer's address")],
      ]),
      h("p", {}, h("a", { href: modelLink(chain.id, market, found.modelId) }, "Ask the model again")),
    ),
    found.state === FULFILLED && (await answerCard(context, subject)),
    await owed(context, market),
  );
}
