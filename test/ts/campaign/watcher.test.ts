import { expect } from "chai";
import { hexlify } from "ethers";
import { outputOf } from "../../../oracle/host/versions.ts";
import { formatJobId } from "../../../core/jobs/job.ts";
import type { VersionHost } from "../../../oracle/host/versions.ts";
import { startHardhat } from "../../support/devnets.ts";
import { by, openStage, opg, TERMS, until, type Stage } from "../../../scripts/devnet/stage.ts";
import { carryOn, corrupt, craftInput, worldOf, type Corruption, type World } from "../../support/disputes.ts";
import { Random } from "../../support/random.ts";

/**
 * Lies before the shipped watcher: whole daemons, whole disputes. 200 under OPG_TEST_PROFILE=deep (OPG_LIES=n sets
 * another number).
 */
const LIES = Number(process.env.OPG_LIES ?? (process.env.OPG_TEST_PROFILE === "deep" ? 200 : 6));
const AT_A_TIME = 10;
const CONVICTED = 10n;

describe(`${LIES} random lies before the watcher`, function () {
  this.timeout(3_600_000);
  let stage: Stage;
  before(async () => {
    stage = await openStage(await startHardhat());
  });
  after(() => stage.stop());

  it("are all convicted: half of the liars serve their tensors, half serve nothing", async () => {
    const { contracts, signer, address, mined, published, deployment } = stage;
    const { token, game, jobs, stakes } = contracts;
    for (const party of ["liar", "operator"] as const) {
      await mined(token.transfer(address(party), opg(100 * LIES)));
      await mined(by(stakes, signer[party]).bond(deployment.jobs, opg(100 * LIES)));
    }
    await mined(token.transfer(address("absent"), opg(26 * LIES)));
    await mined(by(game, signer.absent).deposit(address("absent"), opg(26 * LIES)));
    await mined(by(jobs, signer.requester).deposit(address("requester"), opg(2 * LIES)));

    const worlds = new Map([published.cnn, published.int8].map(({ name, version, compiled }) => [version, worldOf(name, compiled)] as const));
    const lies = new Map<string, Promise<Corruption>>();
    /** A host that lies about every input in a way of its own, and always the same. */
    const lying = (honest: VersionHost): VersionHost => ({
      async get(version) {
        const hosted = await honest.get(version);
        const world = worlds.get(version)!;
        const lieOf = (input: Uint8Array) => {
          const key = `${version}${hexlify(input)}`;
          if (!lies.has(key)) lies.set(key, tell(world, input, new Random(lies.size + 1), (bytes) => hosted.trace(bytes)));
          return lies.get(key)!;
        };
        const trace = async (input: Uint8Array) => (await lieOf(input)).trace;
        return { ...hosted, trace, run: async (input) => outputOf(hosted.program, await trace(input)) };
      },
      close: () => honest.close(),
    });
    const accused: { node: number }[] = [];
    /** By job: whether the watcher found its output right. */
    const judged = new Map<string, boolean>();
    await stage.start("watcher", { operator: false, watcher: true, keeper: false }, {
      onEvent: (event, fields) => {
        if (event === "watch.accused") accused.push(fields as { node: number });
        if (event === "watch.matched" || event === "watch.mismatched") judged.set((fields as { job: string }).job, event === "watch.matched");
      },
    });
    await stage.start("liar", { operator: true, watcher: false, keeper: false }, { wrapVersions: lying, twin: () => true });
    // Nobody listens there.
    await stage.start("operator", { operator: true, watcher: false, keeper: false }, { wrapVersions: lying, twin: () => true }, { publicUrl: "http://127.0.0.1:9" });

    const random = new Random(9);
    let convicted = 0;
    while (convicted < LIES) {
      const batch: bigint[] = [];
      for (let i = 0; i < Math.min(AT_A_TIME, LIES - convicted); i++) {
        const [version, world] = random.pick([...worlds]);
        const input = world.program.inputs.map((spec) => craftInput(spec, random.pick(["pixels", "normal"] as const), random));
        const liar = address(i % 2 === 0 ? "liar" : "operator");
        const now = (await stage.provider.getBlock("latest"))!.timestamp;
        const terms = { version, operator: liar, fee: TERMS.fee, bond: TERMS.bond, callbackGas: 0, window: 3600, deadline: now + 3600 };
        const receipt = await mined(by(jobs, signer.requester).request(terms, hexlify(Buffer.concat(input))));
        const [{ args }] = receipt.logs.flatMap((log) => jobs.interface.parseLog(log) ?? []);
        batch.push(args.jobId as bigint);
      }
      for (const id of batch) {
        // A lie that does not reach the output does no harm, and the watcher leaves it alone; here somebody does not.
        if (!(await until(`a judgement of ${id}`, () => judged.get(formatJobId(id)), 120))) continue;
        const { job } = await stage.jobState(id);
        await mined(by(game, signer.absent).challenge([job.id, job.version, job.input, job.terms, job.claim, job.output]));
      }
      for (const id of batch) {
        await until(`the conviction of ${id}`, async () => ((await jobs.statusOf(id)) === CONVICTED ? true : undefined), 120);
        convicted++;
      }
    }
    expect(convicted).to.equal(LIES);
    expect(accused.length).to.equal(LIES);
    const told = await Promise.all(lies.values());
    const nodes = (list: readonly { node: number }[]) => list.map(({ node }) => node).sort((a, b) => a - b);
    expect(nodes(accused)).to.deep.equal(nodes(told));
  });
});

/** Some node's output altered, everything after it computed from that. */
async function tell(world: World, input: Uint8Array, random: Random, run: (input: Uint8Array) => Promise<readonly Uint8Array[]>): Promise<Corruption> {
  const honest = (await run(input)).map((bytes) => Uint8Array.from(bytes));
  for (;;) {
    const lie = corrupt(world, honest, random.int(0, world.program.nodes.length - 1), random);
    if (lie === undefined) continue;
    const trace = await carryOn(world, lie.trace, lie.node);
    return { ...lie, trace };
  }
}
