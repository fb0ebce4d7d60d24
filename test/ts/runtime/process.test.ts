import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { readModel } from "../../../models/digits.ts";
import { CompileError } from "../../../core/faults.ts";
import { createProcessRuntime } from "../../../oracle/runtime/processRuntime.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { RUNTIME_NAME } from "../../../oracle/runtime/runtimeName.ts";
import type { Runtime, RuntimeTensor } from "../../../oracle/ports.ts";
import { float, graphModel } from "../../support/graph.ts";

const floats = (dims: readonly number[]): RuntimeTensor => {
  const size = dims.reduce((a, b) => a * b, 1);
  return { dtype: 1, dims, data: new Uint8Array(Float32Array.from({ length: size }, (_, i) => Math.sin(i)).buffer) };
};

/** Products of matrices, one after the other: a minute of work. */
const slow = graphModel({
  inputs: [float("x0", [1500, 1500])],
  constants: [],
  nodes: Array.from({ length: 400 }, (_, i) => ["MatMul", [`x${i}`, "x0"], `x${i + 1}`] as const),
  outputs: [float("x400")],
});

/** Two vectors of which all products together have 1.6 GB. */
const large = graphModel({
  inputs: [float("a", [20_000, 1]), float("b", [1, 20_000])],
  constants: [],
  nodes: [["MatMul", ["a", "b"], "y"]],
  outputs: [float("y")],
});

/** Whether there is such a process. */
const lives = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "none",
    (error: unknown) => {
      expect(error).to.be.instanceOf(CompileError);
      return (error as Error).message;
    },
  );

/** Both files have more bytes than a message carries. */
async function comeAndGo(runtime: Runtime): Promise<unknown> {
  const weights = floats([600, 600]);
  const model = graphModel({
    inputs: [float("x", [600, 600])],
    constants: [{ ...float("w", [600, 600]), raw: weights.data }],
    nodes: [["Identity", ["x"], "same"], ["MatMul", ["same", "w"], "y"]],
    outputs: [float("y")],
  });
  const optimised = await runtime.optimise(model, "exact");
  const session = await runtime.open(optimised, { threads: 1 });
  const results = await session.run(new Map([["x", weights]]), ["y"]);
  const { inputs, outputs } = session;
  await session.release();
  return { optimised: Buffer.from(optimised), inputs, outputs, y: Buffer.from(results.get("y")!.data) };
}

describe("the runtime in a process of its own", () => {
  it("gives what it gives in this process, bytes of any number", async () => {
    const runtime = createProcessRuntime();
    try {
      expect(runtime.name).to.equal(ortRuntime.name).and.to.equal(RUNTIME_NAME);
      expect(await comeAndGo(runtime)).to.deep.equal(await comeAndGo(ortRuntime));
      const session = await runtime.open(readModel("digits-mlp"));
      const [{ name, dims, dtype }] = session.inputs;
      const feeds = new Map([[name, { dtype, dims: dims.map(Number), data: new Uint8Array(dims.map(Number).reduce((a, b) => a * b, dtype === 1 ? 4 : 1)) }]]);
      const here = await ortRuntime.open(readModel("digits-mlp"));
      expect(await session.run(feeds)).to.deep.equal(await here.run(feeds));
      const costs = await runtime.compare(readModel("digits-mlp"), readModel("digits-mlp"), feeds);
      expect(costs.ratio).to.be.greaterThan(0);
      await here.release();
    } finally {
      await runtime.close();
    }
  });

  it("says what the runtime says of a file that it refuses, and goes on", async () => {
    const runtime = createProcessRuntime();
    try {
      const said = (work: Promise<unknown>) => work.then(() => "nothing", (error: unknown) => (error as Error).message);
      const broken = Uint8Array.of(1, 2, 3);
      expect(await said(runtime.open(broken))).to.equal(await said(ortRuntime.open(broken)));
      const { pid } = runtime;
      await (await runtime.open(readModel("digits-mlp"))).release();
      expect(runtime.pid).to.equal(pid);
    } finally {
      await runtime.close();
    }
  });

  it("takes a large model in parts, and a name that its binding could not carry wherever it stands in the file", async () => {
    const runtime = createProcessRuntime();
    try {
      // The name of the input stands where one stretch that is searched for it ends and the next begins, or on either side.
      for (const size of [2 ** 20 - 40, 2 ** 20 - 16, 2 ** 20 + 16]) {
        const raw = new Uint8Array(4 * size);
        const model = graphModel({ inputs: [float("__proto__", [size])], constants: [{ ...float("w", [size]), raw }], nodes: [["Add", ["w", "__proto__"], "y"]], outputs: [float("y")] });
        const session = await runtime.open([model.subarray(0, 1_000), model.subarray(1_000)]);
        const x = floats([size]);
        expect(Buffer.compare((await session.run(new Map([["__proto__", x]]))).get("y")!.data, x.data)).to.equal(0);
        await session.release();
      }
    } finally {
      await runtime.close();
    }
  });

  it("says of a large file what it says of it in memory, without naming a file of its own", async () => {
    const runtime = createProcessRuntime();
    try {
      const foreign = graphModel({ inputs: [float("x", [600, 600])], constants: [{ ...float("w", [600, 600]), raw: new Uint8Array(4 * 600 * 600) }], nodes: [["NoSuchOperator", ["x", "w"], "y"]], outputs: [float("y")] });
      const said = (work: Promise<unknown>) => work.then(() => "nothing", (error: unknown) => (error as Error).message);
      expect(await said(runtime.open(foreign))).to.equal(await said(ortRuntime.open(foreign))).and.to.contain("NoSuchOperator");
    } finally {
      await runtime.close();
    }
  });

  it("becomes a refusal when it ends, and is there again for the next file", async () => {
    const runtime = createProcessRuntime();
    try {
      const session = await runtime.open(slow);
      const { pid } = runtime;
      const running = refusal(session.run(new Map([["x0", floats([1500, 1500])]])));
      await delay(100);
      process.kill(pid!, "SIGSEGV");
      expect(await running).to.equal("model: the runtime ended while it ran the model (SIGSEGV)");
      expect(await refusal(session.run(new Map()))).to.equal("model: the runtime ended, and its sessions with it");
      await session.release();
      await (await runtime.open(readModel("digits-mlp"))).release();
      expect(runtime.pid).to.be.a("number").and.to.not.equal(pid);
    } finally {
      await runtime.close();
    }
  });

  it("is ended when it takes too long, or too much memory", async () => {
    const hurried = createProcessRuntime({ ms: 2_500 });
    const session = await hurried.open(slow);
    expect(await refusal(session.run(new Map([["x0", floats([1500, 1500])]])))).to.equal(
      "model: the runtime ended while it ran the model (stopped: it took more than 2.5 s)",
    );
    await hurried.close();
    const narrow = createProcessRuntime({ memory: 400 * 2 ** 20 });
    const feeds = new Map([["a", floats([20_000, 1])], ["b", floats([1, 20_000])]]);
    expect(await refusal((await narrow.open(large)).run(feeds))).to.equal(
      "model: the runtime ended while it ran the model (stopped: it took more than 400 MiB of memory)",
    );
    await narrow.close();
  });

  it("knows no secret of the process that started it", async () => {
    process.env.OPG_PASSWORD = "let nobody know";
    const runtime = createProcessRuntime();
    try {
      await (await runtime.open(readModel("digits-mlp"))).release();
      expect(readFileSync(`/proc/${runtime.pid}/environ`, "utf8")).to.contain("PATH=").and.to.not.contain("let nobody know");
    } finally {
      delete process.env.OPG_PASSWORD;
      await runtime.close();
    }
  });

  it("ends when nothing is asked for a while", async () => {
    const runtime = createProcessRuntime({ idleMs: 50 });
    await (await runtime.open(readModel("digits-mlp"))).release();
    const pid = runtime.pid!;
    for (let i = 0; i < 100 && lives(pid); i++) await delay(20);
    expect(lives(pid)).to.equal(false);
    expect(runtime.pid).to.equal(undefined);
    await runtime.close();
  });

  it("does not outlive the process that started it, not even kill -9 of that", async () => {
    const script = `
      const { createProcessRuntime } = await import(${JSON.stringify(new URL("../../../oracle/runtime/processRuntime.ts", import.meta.url).href)});
      const { readFileSync } = await import("node:fs");
      const runtime = createProcessRuntime();
      await runtime.open(readFileSync(${JSON.stringify(new URL("../../../models/digits-mlp/model.onnx", import.meta.url).pathname)}));
      console.log(runtime.pid);
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    expect(lives(pid)).to.equal(true);
    parent.kill("SIGKILL");
    await once(parent, "exit");
    for (let i = 0; i < 200 && lives(pid); i++) await delay(20);
    expect(lives(pid)).to.equal(false);
  });
});
