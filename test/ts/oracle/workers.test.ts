import { readFileSync } from "node:fs";
import { expect } from "chai";
import { isTransient } from "../../../core/errors.ts";
import type { RuntimeTensor } from "../../../oracle/ports.ts";
import { Pool } from "../../../oracle/host/pool.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { createWorkerRuntime } from "../../../oracle/runtime/workers.ts";
import { readDigits, readModel } from "../../../models/digits.ts";

describe("inference threads", () => {
  const runtime = createWorkerRuntime(2);
  after(() => runtime.close());
  const feeds = (i: number) =>
    new Map<string, RuntimeTensor>([["image", { dtype: 1, dims: [1, 1, 8, 8], data: readDigits()[i].input }]]);

  it("give the bytes of the pinned runtime, several at a time", async () => {
    const model = await ortRuntime.optimise(readModel("digits-cnn"), "basic");
    expect(await runtime.optimise(readModel("digits-cnn"), "basic")).to.deep.equal(model);
    const local = await ortRuntime.open(model);
    const sessions = await Promise.all([runtime.open(model), runtime.open(model), runtime.open(model)]);
    expect(sessions[0].inputs).to.deep.equal(local.inputs);
    const results = await Promise.all(sessions.map((session, i) => session.run(feeds(i))));
    for (const [i, result] of results.entries()) {
      expect(result).to.deep.equal(await local.run(feeds(i)));
    }
    await Promise.all(sessions.map((session) => session.release()));
    const failure = await sessions[0].run(feeds(0)).catch((error: unknown) => error);
    expect(isTransient(failure), "a lost session is opened again, not given up").to.equal(true);
  });

  it("say what is wrong with a model as the runtime does", async () => {
    const failure = await runtime.open(new Uint8Array(readFileSync(import.meta.filename))).catch((error: unknown) => error);
    expect(String(failure)).to.match(/protobuf|model/i);
  });
});

describe("pool", () => {
  class Thing {
    static open = 0;
    released = false;
    constructor() {
      Thing.open++;
    }
    release(): Promise<void> {
      this.released = true;
      Thing.open--;
      return Promise.resolve();
    }
  }

  it("opens no more than it may and uses them again", async () => {
    const pool = new Pool(() => Promise.resolve(new Thing()), 2);
    let [busy, most] = [0, 0];
    await Promise.all(
      Array.from({ length: 20 }, () =>
        pool.use(async () => {
          most = Math.max(most, ++busy);
          await new Promise((resolve) => setImmediate(resolve));
          busy--;
        }),
      ),
    );
    expect([most, Thing.open]).to.deep.equal([2, 2]);
    await pool.close();
    expect(Thing.open).to.equal(0);
    expect(isTransient(await pool.use(() => Promise.resolve()).catch((error: unknown) => error))).to.equal(true);
  });

  it("does not trust again what failed once", async () => {
    const pool = new Pool(() => Promise.resolve(new Thing()), 1);
    let first: Thing | undefined;
    const failed = await pool.use((thing) => ((first = thing), Promise.reject(new Error("no")))).catch(String);
    expect(failed).to.equal("Error: no");
    expect(first?.released).to.equal(true);
    expect(await pool.use((thing) => Promise.resolve(thing !== first))).to.equal(true);
    await pool.close();
  });
});
