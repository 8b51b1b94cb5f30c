// The lines of an examination, and what they are worth together.
import { isAddressEqual, type Address } from "viem";

/** How a line ends, as in prover/reports/src/audit/check.rs. */
export type Verdict = "pass" | "caution" | "fail" | "skipped";

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
export type Grade = "passed" | "cautions" | "for-tests" | "failed";

/** What no contract says. */
const UNSAID =
  "That does not say that the model is good, or who the team is. Compare the address and the model digest with those that the team publishes.";

/** The line's name with that of its section. */
export const title = ({ section, name }: Check): string => `${section}: ${name}`;

/** What is checked of contracts. A report without a pass is worth nothing. */
export class Report {
  readonly checks: Check[] = [];
  /** The setup is one for tests, under which some can prove anything. */
  isForTests = false;

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

  of(verdict: Verdict): Check[] {
    return this.checks.filter((check) => check.verdict === verdict);
  }

  get grade(): Grade {
    if (this.of("fail").length > 0 || this.of("pass").length === 0) return "failed";
    if (this.isForTests) return "for-tests";
    return this.of("caution").length > 0 ? "cautions" : "passed";
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
      case "passed":
        return "Genuine contracts";
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
        return `The contracts are what they claim to be. Weigh the points below before you pay. ${UNSAID}`;
      case "passed":
        return `The contracts are what they claim to be, and belong together. ${UNSAID}`;
    }
  }
}
