// One action at a time: while a payment is under way, nothing else can be started, and the view stays as it is.
import { PageError } from "./chain/words.ts";

/** Whether an action is under way, and what waits for its end. */
export class Busy {
  #isBusy = false;
  #waiting: (() => Promise<void>) | undefined;

  /** Runs an action, unless another one is under way. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isBusy) throw new PageError("Another action of this page is under way. Finish it, or reject it in the wallet, before you start a new one.");
    this.#isBusy = true;
    try {
      return await work();
    } finally {
      this.#isBusy = false;
      const waiting = this.#waiting;
      this.#waiting = undefined;
      void waiting?.();
    }
  }

  /** Does something now, or once at the end of the action that is under way. */
  async after(work: () => Promise<void>): Promise<void> {
    if (this.#isBusy) this.#waiting = work;
    else await work();
  }
}

/** That of the page. */
export const busy = new Busy();
