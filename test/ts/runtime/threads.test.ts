import { readdirSync } from "node:fs";
import { expect } from "chai";
import { readModel } from "../../../models/digits.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { createWorkerRuntime } from "../../../oracle/runtime/workers.ts";
import type { Runtime } from "../../../oracle/ports.ts";

/** Threads of this process, as Linux counts them. */
const threadsHere = (): number => readdirSync("/proc/self/task").length;

describe("the threads of a session", () => {
  const workers = createWorkerRuntime(1);
  after(() => workers.close());

  for (const [where, runtime] of [["here", ortRuntime], ["on an inference thread", workers]] as [string, Runtime][]) {
    it(`are one unless more are asked for, ${where}`, async () => {
      const model = readModel("digits-mlp");
      // What is started once, for the first session, is there before anything is counted.
      await (await runtime.open(model)).release();
      for (const [options, more] of [[undefined, 0], [{}, 0], [{ threads: 1 }, 0], [{ threads: 5 }, 4]] as const) {
        const before = threadsHere();
        const session = await runtime.open(model, options);
        expect(threadsHere() - before, JSON.stringify(options)).to.equal(more);
        await session.release();
      }
    });
  }
});
