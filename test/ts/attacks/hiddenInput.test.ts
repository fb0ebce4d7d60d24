import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import type { RunningDaemon } from "../../../oracle/main.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { startHardhat } from "../../support/devnets.ts";
import { lyingVersions } from "../../../scripts/devnet/liar.ts";
import { BOND, NOWHERE, OPG, openScene, WINDOW, type Scene } from "../../support/scene.ts";

/** A requester that serves its input to one operator only, and then to nobody. */
describe("an input that only the operator has", function () {
  this.timeout(300_000);
  let scene: Scene;
  let server: Server;
  let uri: string;
  let serves = true;
  let version: string;
  let compiled: CompiledModel;

  before(async () => {
    scene = await openScene(startHardhat);
    const input = readFileSync(join(scene.folder, "digit.bin"));
    server = createServer((_, response) => (serves ? response.end(input) : response.writeHead(404).end()));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/input`;
    ({ version, compiled } = await scene.publish());
    for (const party of ["operator", "liar"] as const) {
      expect((await scene.as(party, "operator", "bond", String((2n * BOND) / OPG))).code).to.equal(0);
    }
  });
  after(async () => {
    server.close();
    await scene.close();
  });
  afterEach(() => scene.rest());

  const liar = (settings: Record<string, string> = {}): Promise<RunningDaemon> => {
    const last = compiled.program.outputs[0].id;
    const flip = (bytes: Uint8Array) => void (bytes[3] ^= 0x80);
    return scene.daemon("liar", { twin: () => true, wrapVersions: (honest) => lyingVersions(honest, compiled, ortRuntime, last, flip) }, settings);
  };
  const told = (name: string, job: string) =>
    scene.seen.filter((event) => event.who === "watcher" && event.name === name && (event.fields as { job: string }).job === job);
  const bonded = async (party: "operator" | "liar") => BigInt((await scene.as(party, "operator", "status")).json!.bonded);

  /** The job, served by the operator, whose input nobody has from then on; the watcher has waited for half of the window. */
  async function hidden(party: "operator" | "liar", operator: RunningDaemon): Promise<{ job: string; watcher: RunningDaemon }> {
    serves = true;
    const job = await scene.request(version, undefined, "--operator", new Wallet(scene.wallets[party]).address, "--input-uri", uri);
    await scene.until(job, "Submitted", operator);
    serves = false;
    const watcher = await scene.daemon("watcher");
    await scene.round(watcher);
    expect(told("watch.waiting", job).length, "it says what it waits for").to.be.at.least(1);
    expect((await scene.as("requester", "job", job)).json!.status, "too early to challenge").to.equal("Submitted");
    await scene.devnet.pass(WINDOW / 2);
    await scene.until(job, "Challenged", watcher);
    return { job, watcher };
  }

  it("attack: a lie behind a hidden input", async () => {
    const before = await bonded("liar");
    const accomplice = await liar({ OPG_PUBLIC_URL: NOWHERE });
    const { job, watcher } = await hidden("liar", accomplice);
    await scene.until(job, "Convicted", accomplice, watcher);
    expect(told("watch.demanded", job)).to.have.length(1);
    expect(told("watch.accused", job)).to.have.length(1);
    expect((await scene.as("requester", "job", job)).json!.reason).to.match(/a wrong number was proved/);
    expect(before - (await bonded("liar"))).to.equal(BOND);
  });

  it("attack: a hidden input that is not even shown", async () => {
    expect((await scene.as("liar", "operator", "bond", String(BOND / OPG))).code).to.equal(0);
    const accomplice = await liar({ OPG_PUBLIC_URL: NOWHERE });
    const { job, watcher } = await hidden("liar", accomplice);
    for (let i = 0; i < 40 && told("watch.demanded", job).length === 0; i++) {
      await scene.round(accomplice, watcher);
      await scene.devnet.pass(1);
    }
    await scene.stop(accomplice);
    // The demand is mined while the accomplice says nothing.
    await scene.round(watcher, watcher);
    await scene.devnet.pass(70);
    await scene.until(job, "Convicted", watcher);
    expect((await scene.as("requester", "job", job)).json!.reason).to.match(/did not answer a demand/);
  });

  /** An honest operator shows the input, is upheld, and its bond is whole. */
  async function expectUpheld(settings: Record<string, string>, demands: number): Promise<void> {
    const before = await bonded("operator");
    const operator = await scene.daemon("operator", {}, settings);
    const { job, watcher } = await hidden("operator", operator);
    for (let i = 0; i < 40 && told("watch.matched", job).length === 0; i++) {
      await scene.round(operator, watcher);
      await scene.devnet.pass(1);
    }
    expect(told("watch.matched", job)).to.have.length(1);
    expect(told("watch.demanded", job)).to.have.length(demands);
    expect(told("watch.accused", job)).to.have.length(0);
    await scene.devnet.pass(1_400);
    await scene.until(job, "Final", operator, watcher);
    expect(await bonded("operator")).to.equal(before);
  }

  it("attack: a hidden input to convict an honest operator that serves it", () => expectUpheld({}, 0));

  it("attack: a hidden input to convict an honest operator that shows it on demand", () => expectUpheld({ OPG_PUBLIC_URL: NOWHERE }, 1));
});
