import { expect } from "chai";
import { parseJobId } from "../../../core/jobs/job.ts";
import { foldJob } from "../../../core/jobs/state.ts";
import type { RunningDaemon } from "../../../oracle/main.ts";
import type { ChainIndex } from "../../../oracle/ports.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { DEVNETS } from "../../support/devnets.ts";
import { lyingVersions } from "../../../scripts/devnet/liar.ts";
import { BOND, openScene, OPG, WINDOW, type Published, type Scene } from "../../support/scene.ts";
import { sharedPostgres } from "../../support/postgres.ts";

const [hardhat] = DEVNETS;
const STORES: readonly { readonly name: string; readonly settings: () => Promise<Record<string, string>> }[] = [
  { name: "PGlite", settings: async () => ({}) },
  { name: "PostgreSQL", settings: async () => ({ OPG_STORE_URL: await (await sharedPostgres()).database() }) },
];

for (const { name, settings } of STORES) {
  describe(`the index of a daemon on ${hardhat.name}, on ${name}`, function () {
    this.timeout(300_000);
    let scene: Scene;
    let published: Published;
    let keeper: RunningDaemon;
    let env: Record<string, string>;
    const jobs: string[] = [];

    /** The answer, once the index has come to the newest block. */
    async function ask(path: string): Promise<Record<string, unknown>> {
      const head = Number(await scene.devnet.connection.provider.request({ method: "eth_blockNumber" }));
      for (let tries = 0; tries < 600; tries++) {
        const { block } = (await (await fetch(`${keeper.api.url}/v1/overview`)).json()) as { block: number | null };
        if (block === head) break;
        await new Promise((resolve) => setTimeout(resolve, 50));
        if (tries === 599) throw new Error(`the index is at block ${block}, the chain at ${head}`);
      }
      return (await (await fetch(`${keeper.api.url}/v1${path}`)).json()) as Record<string, unknown>;
    }

    before(async () => {
      scene = await openScene(hardhat.start);
      env = { OPG_API_INDEX: "true", OPG_POLL_MS: "50", ...(await settings()) };
      published = await scene.publish();
    });
    after(() => scene.close());

    it("comes to know what happened before it began", async () => {
      expect((await scene.as("operator", "operator", "register", "--bond", "1200")).code).to.equal(0);
      jobs.push(await scene.request(published.version));
      keeper = await scene.daemon("keeper", {}, env);
      const { items } = (await ask("/jobs")) as { items: Record<string, unknown>[] };
      expect(items).to.have.length(1);
      expect(items[0]).to.include({ id: jobs[0], status: "Requested", version: published.version, model: "1", bond: String(BOND), requester: scene.addressOf("requester").toLowerCase() });
      const version = await ask(`/versions/${published.version}`);
      expect(version).to.include({ programRoot: published.compiled.root, price: String(2n * OPG), minBond: String(BOND), minWindow: WINDOW, shareBps: 1_000, isDeprecated: false });
      expect(await ask("/models/1")).to.include({ owner: scene.addressOf("publisher").toLowerCase() });
    });

    it("follows a job to its final result, and one to a conviction", async () => {
      const { compiled, version } = published;
      const operator = await scene.daemon("operator");
      await scene.until(jobs[0], "Submitted", operator);
      await scene.devnet.pass(WINDOW);
      await scene.until(jobs[0], "Final", operator, keeper);
      await scene.stop(operator);
      expect((await scene.as("liar", "operator", "bond", "500")).code).to.equal(0);
      jobs.push(await scene.request(version, undefined, "--operator", scene.addressOf("liar")));
      const lie = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset).setFloat32(4 * 21, 3.25, true);
      const liar = await scene.daemon("liar", { twin: () => true, wrapVersions: (honest) => lyingVersions(honest, compiled, ortRuntime, compiled.program.inputs.length, lie) });
      const watcher = await scene.daemon("watcher");
      await scene.until(jobs[1], "Convicted", liar, watcher);
      await scene.stop(liar, watcher);

      for (const [i, id] of jobs.entries()) {
        const shown = await ask(`/jobs/${id}`);
        const state = foldJob(parseJobId(id), await keeper.context.reader.jobHistory(parseJobId(id)))!;
        expect(shown).to.include({ status: state.status, operator: state.claim.operator, deadline: state.claim.deadline, fee: String(state.terms.fee), submittedAt: state.claim.time });
        expect(shown.output).to.deep.equal({ bytes: `0x${Buffer.from(state.output!).toString("hex")}`, roots: null, uri: null });
        expect(shown.input).to.include({ bytes: `0x${Buffer.from((state.input as { bytes: Uint8Array }).bytes).toString("hex")}` });
        expect(state.status).to.equal(["Final", "Convicted"][i]);
      }
      const { items } = (await ask("/disputes?state=over")) as { items: { id: string; dispute: object }[] };
      expect(items.map(({ id }) => id)).to.deep.equal([jobs[1]]);
      expect(items[0].dispute).to.include({ outcome: "convicted by proof", challengers: 1, isOpened: true, slashed: String(BOND) });
    });

    it("says of bonds, models and jobs what the chain says", async () => {
      const { reader } = keeper.context;
      for (const party of ["operator", "liar"] as const) {
        const address = scene.addressOf(party).toLowerCase();
        const { bonded, exiting } = await reader.bond(address as `0x${string}`);
        expect(await ask(`/operators/${address}`)).to.include({ bonded: String(bonded), exiting: String(exiting) });
      }
      const overview = await ask("/overview");
      expect(overview).to.include({ models: Number(await reader.modelCount()), operators: 2, disputes: 1, openDisputes: 0, convictions: 1, slashed: String(BOND) });
      const events = (await ask(`/events?subject=job:${jobs[1]}&emitter=game`)) as { items: { name: string; time: number; block: number; transaction: string }[] };
      expect(events.items.map((event) => event.name)).to.include.members(["Challenged", "Opened", "ConvictedByProof"]);
      for (const { time, block, transaction } of events.items) {
        const receipt = await scene.devnet.connection.ethers.provider.getTransactionReceipt(transaction);
        const { timestamp } = (await scene.devnet.connection.ethers.provider.getBlock(block))!;
        expect([receipt!.blockNumber, timestamp]).to.deep.equal([block, time]);
      }
    });

    it("forgets what a reorganisation undid, and is the same after a restart", async () => {
      const { provider } = scene.devnet.connection;
      const before = await ask("/overview");
      const snapshot = await provider.request({ method: "evm_snapshot" });
      const undone = await scene.request(published.version);
      expect(await ask(`/jobs/${undone}`)).to.include({ status: "Requested" });
      await provider.request({ method: "evm_revert", params: [snapshot] });
      for (let i = 0; i < 6; i++) await scene.devnet.pass(7);
      expect(await ask(`/jobs/${undone}`)).to.include({ code: "NOT_FOUND" });
      const after = await ask("/overview");
      expect({ ...after, block: 0 }).to.deep.equal({ ...before, block: 0 });
      await scene.stop(keeper);
      keeper = await scene.daemon("keeper", {}, env);
      const index: ChainIndex = keeper.store.chainIndex;
      expect(await ask("/overview")).to.deep.equal(after);
      const events = await index.events({}, { limit: 1_000, after: 0 });
      expect(events.filter(({ name: what }) => what === "Reorganised")).to.have.length(1);
      const places = events.map(({ block, transaction, name: what, fields }) => `${block} ${transaction} ${what} ${JSON.stringify(fields)}`);
      expect(new Set(places).size, "no event twice").to.equal(places.length);
    });
  });
}
