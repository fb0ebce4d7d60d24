import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { DType } from "../../../core/tensor/dtype.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { DEVNETS } from "../../support/devnets.ts";
import { lyingVersions } from "../../../scripts/devnet/liar.ts";
import { graphModel } from "../../support/graph.ts";
import type { Outcome } from "../../support/commandLine.ts";
import { BOND, NOWHERE, OPG, openScene, WINDOW, type Published, type Scene } from "../../support/scene.ts";

const SIZE = 20_000;
const ELEMENT = 12_345;
const floats = (values: Float32Array) => new Uint8Array(values.buffer);
const spec = (name: string, dims: readonly number[]) => ({ name, dtype: DType.float32, dims });
const ROW = Float32Array.from({ length: SIZE }, (_, i) => Math.sin(i));
const X = 0.25;

describe("opg with a model whose output is submitted by its roots", function () {
  this.timeout(300_000);
  let scene: Scene;
  let published: Published;
  const lie = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset).setFloat32(4 * ELEMENT, 3.25, true);

  before(async () => {
    scene = await openScene(DEVNETS[0].start);
    mkdirSync(join(scene.folder, "spread"));
    const file = join(scene.folder, "spread", "model.onnx");
    const nodes = [["Add", ["x", "c"], "a"], ["Relu", ["a"], "y"]] as const;
    writeFileSync(file, graphModel({ inputs: [spec("x", [1, 1])], constants: [{ ...spec("c", [1, SIZE]), raw: floats(ROW) }], nodes, outputs: [spec("y", [1, SIZE])] }));
    writeFileSync(join(scene.folder, "x.bin"), floats(Float32Array.of(X)));
    published = await scene.publish(file);
    expect((await scene.as("operator", "operator", "register", "--bond", "1200")).code).to.equal(0);
  });
  after(() => scene.close());

  const request = (...extra: string[]) => scene.request(published.version, "x.bin", ...extra);

  const valuesOf = ({ json }: Outcome) => (json!.outputs as { values: string[] }[])[0].values;

  /** A job with a lie in one number of the output, and the daemon that serves it. */
  async function lied(settings: Record<string, string> = {}) {
    expect((await scene.as("liar", "operator", "bond", String(BOND / OPG))).code).to.equal(0);
    const job = await request("--operator", scene.addressOf("liar"));
    const { compiled } = published;
    const wrapVersions = (honest: Parameters<typeof lyingVersions>[0]) => lyingVersions(honest, compiled, ortRuntime, compiled.program.outputs[0].id, lie);
    const liar = await scene.daemon("liar", { twin: () => true, wrapVersions }, settings);
    await scene.until(job, "Submitted", liar);
    return { job, liar };
  }

  it("shows the numbers that its operator serves, until a day after they were final", async () => {
    const job = await request();
    const operator = await scene.daemon("operator");
    await scene.until(job, "Submitted", operator);
    const shown = await scene.as("requester", "job", job);
    expect(shown.json!.output).to.equal((shown.json!.outputRoots as { root: string }[])[0].root);
    expect(shown.json!.outputUri).to.match(new RegExp(`/jobs/${job}/output$`));
    const expected = ROW.map((c) => Math.max(0, Math.fround(c + X)));
    expect(Float32Array.from(valuesOf(shown).map(Number))).to.deep.equal(expected);
    expect((await scene.as("watcher", "verify", job)).json).to.include({ verdict: "MATCH" });

    await scene.devnet.pass(WINDOW);
    await scene.until(job, "Final", operator);
    await scene.round(operator);
    expect(valuesOf(await scene.as("requester", "job", job))).to.have.length(SIZE);
    await scene.devnet.pass(86_401);
    await scene.round(operator);
    const late = await scene.as("requester", "job", job);
    expect(late.json!.outputs).to.equal(null);
    expect(late.json!.outputWithheld).to.match(/not to be had/);
    await scene.stop(operator);
  });

  it("convicts a lie in one number of what is served", async () => {
    const { job, liar } = await lied();
    const verified = await scene.as("watcher", "verify", job);
    expect(verified.json).to.include({ verdict: "MISMATCH" });
    expect(verified.json!.difference).to.include({ element: ELEMENT, claimed: "3.25 (0x40500000)" });
    const watcher = await scene.daemon("watcher");
    await scene.until(job, "Convicted", liar, watcher);
    expect(scene.seen.find(({ name }) => name === "watch.accused")?.fields).to.include({ node: 1, element: String(ELEMENT) });
    await scene.stop(liar, watcher);
  });

  it("convicts it where nothing is served: what differs is demanded", async () => {
    const { job, liar } = await lied({ OPG_PUBLIC_URL: NOWHERE });
    const verified = await scene.as("watcher", "verify", job);
    expect(verified.json).to.include({ verdict: "MISMATCH" });
    expect(verified.json!.detail).to.match(/roots.*not to be had/);
    const watcher = await scene.daemon("watcher");
    const before = scene.seen.length;
    await scene.until(job, "Convicted", liar, watcher);
    const told = scene.seen.slice(before);
    expect(told.some(({ name }) => name === "watch.demanded")).to.equal(true);
    expect(told.find(({ name }) => name === "watch.accused")?.fields).to.include({ node: 1, element: String(ELEMENT) });
    await scene.stop(liar, watcher);
  });
});
