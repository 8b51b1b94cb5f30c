// The terms of a sale in words, and what to weigh of them.
import { isAddressEqual, zeroAddress } from "viem";
import type { Terms, Tranche } from "./chain/address.ts";
import { clean, decimal, distance, ether, isPlainSymbol, part, percent, span, tokens, utc } from "./format.ts";

const WHOLE = 10n ** 18n;
const ALL_BPS = 10_000n;
/** An excess is bound for as long as the sale took, at most for that: see InitialModelOffering.sol. */
const BINDING = 30n * 86_400n;

/** The price of all tokens for sale, in wei. */
export const cap = ({ tokensForSale, price }: Terms): bigint => (tokensForSale * price) / WHOLE;

/** What a payment gets if the sale ended with it: see InitialModelOffering.sol. */
export function allocation(terms: Terms, paid: bigint, raised: bigint): { tokens: bigint; excess: bigint } {
  const limit = cap(terms);
  const most = raised > limit ? raised : limit;
  const excess = raised > limit ? (paid * (raised - limit)) / raised : 0n;
  return { tokens: most === 0n ? 0n : (paid * terms.tokensForSale) / most, excess };
}

/** The longest time for which what is paid above the cap stays bound. */
export const binding = ({ opens, closes }: Terms): bigint => (closes - opens < BINDING ? closes - opens : BINDING);

/** What a tranche of the proceeds depends on. */
export function conditions({ earned, milestone }: Tranche): string {
  const found: string[] = [];
  if (earned > 0n) found.push(`the holders have earned ${ether(earned)} since the sale`);
  if (!isAddressEqual(milestone, zeroAddress)) found.push(`the contract ${milestone} says that its milestone is reached`);
  return found.join(" and ");
}

/** A tranche, as a sentence. */
export const tranche = (of: Tranche): string =>
  `The team gets ${percent(of.bps)} of the proceeds once ${conditions(of)}. If that is not so by ${utc(of.expires)}, the buyers get them back.`;

/** What a buyer agrees to, by name. Dates are apart, for they are shown in two zones. */
export function facts(terms: Terms): [string, string][] {
  const { symbol } = terms;
  return [
    ["For sale", tokens(terms.tokensForSale, symbol)],
    ["For the team", teamShare(terms)],
    ["Price of a token", ether(terms.price)],
    ["Cap", `${ether(cap(terms))}; above it, everybody gets the same part of the tokens and the rest back`],
    ["Minimum", `${ether(terms.minimum)}; below it, everybody gets everything back`],
    ["Holders' part of each fee", percent(terms.holdersBps)],
    ["What is paid above the cap", `stays bound for up to ${span(binding(terms))} after the last purchase`],
  ];
}

function teamShare({ tokensForSale, tokensForTeam, symbol }: Terms): string {
  if (tokensForTeam === 0n) return "no tokens";
  return `${tokens(tokensForTeam, symbol)}, ${part(tokensForTeam, tokensForSale + tokensForTeam)} of all`;
}

/** What nothing is wrong with, and a buyer has to weigh. `now` is the chain's time. */
export function warnings(terms: Terms, now: bigint): string[] {
  const { tokensForSale, tokensForTeam, tranches } = terms;
  const proceeds = cap(terms);
  const found: string[] = [];
  if (clean(terms.name) !== terms.name || clean(terms.symbol, 16) !== terms.symbol) {
    found.push("The token's name or symbol has hidden characters, or is very long. It is not shown as it is.");
  }
  if (!isPlainSymbol(terms.symbol)) found.push("The token's symbol is no plain one, or is the name of a currency. Amounts of tokens are no amounts of ether.");
  if (tokensForTeam * 2n > tokensForSale) {
    const share = part(tokensForTeam, tokensForSale + tokensForTeam);
    found.push(`The team gets ${share} of all tokens, and with them that part of the holders' fees.`);
  }
  if (terms.holdersBps < 500) found.push(`The holders get only ${percent(terms.holdersBps)} of each fee.`);
  if (terms.minimum * 10n < proceeds) {
    found.push(`The sale succeeds with ${ether(terms.minimum)}, which is ${part(terms.minimum, proceeds)} of the cap.`);
  }
  tranches.forEach((of, index) => found.push(...weigh(of, index + 1, { terms, proceeds })));
  if (now < terms.closes && terms.closes - now < 3600n) found.push(`The sale closes ${distance(terms.closes, now)}.`);
  return found;
}

function weigh(of: Tranche, number: number, { terms, proceeds }: { terms: Terms; proceeds: bigint }): string[] {
  const found: string[] = [];
  const hasMilestone = !isAddressEqual(of.milestone, zeroAddress);
  if (hasMilestone) {
    const alone = of.earned === 0n ? "alone decides" : "decides too";
    found.push(`Tranche ${number}: the contract ${of.milestone} ${alone} when the team is paid. This page did not examine it.`);
  }
  const amount = (proceeds * BigInt(of.bps)) / ALL_BPS;
  // The team can order answers itself. The holders then get what it pays, and the tokens of the team bring a part of that back.
  const { tokensForSale, tokensForTeam } = terms;
  const cost = (of.earned * tokensForSale) / (tokensForSale + tokensForTeam);
  if (!hasMilestone && cost < amount) {
    found.push(
      `Tranche ${number}: the team gets up to ${ether(amount)} once the holders have earned ${ether(of.earned)}. The team may pay for ` +
        `requests of its own to get there: that would cost it about ${decimal(cost)} ether.`,
    );
  }
  return found;
}
