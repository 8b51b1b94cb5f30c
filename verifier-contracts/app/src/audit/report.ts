// The lines of an examination, and what they are worth together.
import { type Address, type Hex, isAddressEqual } from "viem";

/** How a line ends, as in prover/reports/src/audit/check.rs. What is not checked has to be weighed. */
export type Verdict = "pass" | "caution" | "fail";

/** The subject of a line. */
export type Section = "verifier" | "registry" | "setup" | "model" | "market" | "offering" | "token";

/** A line. */
export interface Check {
  section: Section;
  name: string;
  verdict: Verdict;
  detail: string;
}

/** What a report is worth, from the best to the worst. */
export type Grade = "cautions" | "for-tests" | "failed";

/** What no contract says. */
const UNSAID =
  "That does not say that the model is good, or who the team is. Compare the address and the digests with what someone other than the seller publishes.";

/** The line's name with that of its section. */
export const title = ({ section, name }: Check): string => `${section}: ${name}`;

/** What is checked of contracts. A report without a pass is worth nothing. */
export class Report {
  readonly checks: Check[] = [];
  /** The setup is one for tests, under which some can prove anything. */
  isForTests = false;
  /** The model that is examined, once there is one. */
  modelId: Hex | undefined;

  add(section: Section, name: string, verdict: Verdict, detail: string): void {
    this.checks.push({ section, name, verdict, detail });
  }

  /** Adds a line that passes or fails. */
  require(section: Section, name: string, holds: boolean, passes: string, fails: string): boolean {
    this.add(section, name, holds ? "pass" : "fail", holds ? passes : fails);
    return holds;
  }

  /** Checks that a contract has the address of genuine code with what it says that it was deployed with. */
  placed(section: Section, found: Address, expected: Address): boolean {
    return this.require(
      section,
      "address",
      isAddressEqual(found, expected),
      `${found} commits to the genuine code, and to what it was deployed with.`,
      `${found} does not commit to the genuine code, which would be at ${expected} with what this contract says of itself. ` +
        "It may be forged, or of another version.",
    );
  }

  /** What is to be weighed before anything is paid. What a setup for tests is worth is said apart. */
  get points(): string[] {
    const shown = this.of("caution").filter(({ section }) => section !== "setup" || !this.isForTests);
    return shown.map(({ detail }) => detail);
  }

  of(verdict: Verdict): Check[] {
    return this.checks.filter((check) => check.verdict === verdict);
  }

  get grade(): Grade {
    if (this.of("fail").length > 0 || this.of("pass").length === 0) return "failed";
    return this.isForTests ? "for-tests" : "cautions";
  }

  /** The verdict in plain words. */
  get headline(): string {
    switch (this.grade) {
      case "failed":
        return "Failed: pay nothing";
      case "for-tests":
        return "For tests only: worth nothing";
      case "cautions":
        return "Genuine contracts, with points to weigh";
    }
  }

  /** What the verdict means. */
  get meaning(): string {
    switch (this.grade) {
      case "failed":
        return "These are not the contracts that they claim to be, or they do not belong together. This page sends nothing to them.";
      case "for-tests":
        return "The contracts are genuine, but their setup is one for development. Whoever made it can prove anything. Use this for trials, and pay nothing of value.";
      case "cautions":
        return `The contracts are what they claim to be, and belong together. Weigh the points below before you pay. ${UNSAID}`;
    }
  }
}
