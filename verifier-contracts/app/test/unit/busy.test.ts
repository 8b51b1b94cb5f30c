import { describe, expect, it } from "vitest";
import { Busy } from "../../src/busy.ts";

describe("an action that is under way", () => {
  it("lets no other one start, whichever button it has", async () => {
    const busy = new Busy();
    let end = (): void => {};
    const first = busy.run(() => new Promise<string>((resolve) => (end = () => resolve("paid"))));
    await expect(busy.run(async () => "paid twice")).rejects.toThrow("Another action of this page is under way");
    end();
    expect(await first).toBe("paid");
    expect(await busy.run(async () => "paid again")).toBe("paid again");
  });

  it("has the view stay as it is until it ends, also if it fails", async () => {
    const busy = new Busy();
    const happened: string[] = [];
    const note = (text: string) => async () => void happened.push(text);
    await busy.after(note("at once"));
    const failing = busy.run(async () => {
      await busy.after(note("the first"));
      await busy.after(note("the last"));
      happened.push("fails");
      throw new Error("rejected");
    });
    await expect(failing).rejects.toThrow("rejected");
    expect(happened).toEqual(["at once", "fails", "the last"]);
  });
});
