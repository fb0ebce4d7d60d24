import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { jobsInterface, tokenInterface } from "../../../oracle/chain/contracts.ts";
import { foldJob, type JobState } from "../../../core/jobs/state.ts";
import { parseJobId } from "../../../core/jobs/job.ts";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { challengePrice } from "../../../core/dispute/prices.ts";
import { outputId } from "../../../core/program/program.ts";
import type { RunningDaemon } from "../../../oracle/main.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { DEVNETS } from "../../support/devnets.ts";
import { lyingVersions } from "../../../scripts/devnet/liar.ts";
import { readParameters } from "../../../scripts/deploy.ts";
import { LONG_NODE, longModel } from "../../support/longElement.ts";
import { BOND, NOWHERE, OPG, openScene, WINDOW, type PartyName, type Scene, type Told } from "../../support/scene.ts";

const anvil = DEVNETS.find(({ name }) => name === "anvil");
const deep = process.env.OPG_TEST_PROFILE === "deep";
const parameters = readParameters("local");
const FEE = challengePrice(parameters, BOND);
const FUNDING = new Set([tokenInterface.getFunction("approve")!.selector, jobsInterface.getFunction("deposit")!.selector]);
const [OPEN_PERIOD, PROVE_PERIOD, REWARD_PERIOD] = [parameters.openPeriod, parameters.provePeriod, parameters.rewardPeriod].map(Number);

(anvil === undefined ? describe.skip : describe)("reorganisations, with real daemons on anvil", function () {
  this.timeout(300_000);
  let scene: Scene;
  let version: string;
  let compiled: CompiledModel;

  const rpc = (method: string, ...params: unknown[]): Promise<unknown> =>
    scene.devnet.connection.provider.request({ method, params });
  const height = async () => Number(await rpc("eth_blockNumber"));
  const receiptOf = (hash: string) => rpc("eth_getTransactionReceipt", hash) as Promise<{ blockNumber: string; status: string } | null>;

  /** Other blocks stand above this one, one more of them, and the node has forgotten what was in those that stood there. */
  async function reorganise(fork: number): Promise<void> {
    let undone = 0;
    // More than once, because a transaction that was just taken may be mined meanwhile.
    for (let depth = 0; (depth = (await height()) - fork) > 0; undone += depth) await rpc("anvil_rollback", depth);
    await rpc("anvil_mine", `0x${(undone + 1).toString(16)}`);
  }

  async function stateOf(job: string, { context }: RunningDaemon): Promise<JobState> {
    const id = parseJobId(job);
    return foldJob(id, await context.reader.jobHistory(id))!;
  }

  const confirmed = (told: readonly Told[], job: string, kind: string) =>
    told.findLast(({ name, fields }) => {
      const { intent = "", kind: its } = fields as { intent?: string; kind?: string };
      return name === "tx.confirmed" && its === kind && intent.includes(job);
    })?.fields as { hash: string } | undefined;

  /**
   * Rounds until the job is as wanted. The first time that a transaction of one of these kinds is mined and every
   * daemon has read its block, the chain is reorganised so that it is gone; nobody is told.
   */
  async function play(job: string, kinds: readonly string[], daemons: readonly RunningDaemon[], ended: (state: JobState) => boolean, leap = 0) {
    const start = scene.seen.length;
    const left = new Set(kinds);
    for (let i = 0; i < 80; i++) {
      await scene.round(...daemons);
      for (const kind of left) {
        const found = confirmed(scene.seen, job, kind);
        const receipt = found && (await receiptOf(found.hash));
        // What was undone together with something earlier comes back first.
        if (!receipt) continue;
        for (const each of daemons) await each.daemon.tick();
        await reorganise(Number(receipt.blockNumber) - 1);
        if (leap > 0) await scene.devnet.pass(leap);
        expect(await receiptOf(found.hash), `${kind} is gone`).to.equal(null);
        left.delete(kind);
        break;
      }
      if (left.size === 0 && ended(await stateOf(job, daemons[0]))) return;
      await scene.devnet.pass(1);
    }
    const last = scene.seen.slice(start).filter(({ name }) => name !== "chain.block").slice(-20).map((event) => JSON.stringify(event)).join("\n");
    throw new Error(`it did not end; never undone: ${[...left].join(", ")}\n${last}`);
  }

  /** Transactions of these parties on the chain as it now is, since a block. None may have failed, none stand twice. */
  async function sentOnce(since: number, parties: readonly PartyName[]): Promise<number> {
    const from = new Set(parties.map((party) => scene.addressOf(party).toLowerCase()));
    const calls: string[] = [];
    for (let number = since + 1; number <= (await height()); number++) {
      const block = (await rpc("eth_getBlockByNumber", `0x${number.toString(16)}`, true)) as {
        transactions: { hash: string; from: string; to: string; input: string }[];
      };
      for (const { hash, from: sender, to, input } of block.transactions) {
        if (!from.has(sender)) continue;
        expect((await receiptOf(hash))!.status, `${input.slice(0, 10)} in block ${number}`).to.equal("0x1");
        // What a reorganisation made pointless gives its nonce to a no-op.
        if (to === sender) continue;
        // The same amount may be wanted more than once.
        if (!FUNDING.has(input.slice(0, 10))) calls.push(`${to} ${input}`);
      }
    }
    expect(calls.filter((call, i) => calls.indexOf(call) !== i).map((call) => call.slice(0, 120)), "nothing was done twice").to.deep.equal([]);
    return calls.length;
  }

  /** Alters an element of a node in the middle of the digits CNN, unless another lie is asked for. */
  async function startLiar(settings: Record<string, string> = {}, model = compiled, index?: number, element = 77): Promise<RunningDaemon> {
    expect((await scene.as("liar", "operator", "bond", "500")).code).to.equal(0);
    const node = index ?? model.program.nodes.findIndex(({ op }, i) => op === "Conv" && i > 0);
    const lie = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset).setFloat32(4 * element, 3.25, true);
    return scene.daemon(
      "liar",
      { twin: () => true, wrapVersions: (honest) => lyingVersions(honest, model, ortRuntime, outputId(model.program.nodes[node]), lie) },
      { OPG_PUBLIC_URL: NOWHERE, ...settings },
    );
  }

  const collected = ({ dispute }: JobState) => dispute?.verdict?.collected === true && dispute.reclaimed.length === 1;
  const convicted = ({ status }: JobState) => status === "Convicted";

  async function collect(job: string, kinds: readonly string[], daemons: readonly RunningDaemon[]): Promise<void> {
    await scene.devnet.pass(REWARD_PERIOD);
    await play(job, kinds, daemons, collected);
  }

  before(async () => {
    scene = await openScene(anvil!.start);
    ({ version, compiled } = await scene.publish());
    expect((await scene.as("operator", "operator", "register", "--bond", "1200")).code).to.equal(0);
  });
  afterEach(() => scene.rest());
  after(() => scene.close());

  it("every step of a dispute is undone once and comes back: the liar is convicted, the watcher paid, nothing done twice", async () => {
    const liar = await startLiar();
    const watcher = await scene.daemon("watcher");
    const before = BigInt((await scene.as("watcher", "operator", "status")).json!.credit);
    const job = await scene.request(version, undefined, "--operator", scene.addressOf("liar"));
    const since = await height();
    await play(job, ["challenge", "open", "demand", "reveal", "commit", "convict", "reclaim"], [liar, watcher], convicted);
    await collect(job, ["collect"], [liar, watcher]);

    const state = await stateOf(job, watcher);
    expect(state.status).to.equal("Convicted");
    expect(state.dispute!.challengers).to.deep.equal([scene.addressOf("watcher").toLowerCase()]);
    expect(state.dispute!.demands.every(({ answered }) => answered)).to.equal(true);
    expect(await sentOnce(since, ["liar", "watcher"])).to.be.at.least(8);
    const after = (await scene.as("watcher", "operator", "status")).json!;
    expect(BigInt(after.credit) - before, "the reward: 40 % of the bond").to.equal(200n * OPG);
    expect(BigInt(after.gameBalance) >= FEE, "fee and deposits are back").to.equal(true);
  });

  it("the submission itself comes back with another time: all that followed is done anew about the new claim", async () => {
    const liar = await startLiar();
    const watcher = await scene.daemon("watcher");
    const job = await scene.request(version, undefined, "--operator", scene.addressOf("liar"));
    const since = await height();
    await play(job, [], [liar, watcher], ({ dispute }) => dispute?.opened !== undefined);
    const first = await stateOf(job, watcher);
    for (const each of [liar, watcher]) await each.daemon.tick();
    await reorganise(since);
    await scene.devnet.pass(7);
    expect((await stateOf(job, watcher)).status, "the request stands alone").to.equal("Requested");

    await play(job, [], [liar, watcher], convicted);
    const second = await stateOf(job, watcher);
    expect(second.claim.time).to.be.greaterThan(first.claim.time);
    expect(second.dispute!.deadline).to.equal(second.claim.time + WINDOW + OPEN_PERIOD + PROVE_PERIOD);
    await collect(job, [], [liar, watcher]);
    await sentOnce(since, ["liar", "watcher"]);
  });

  it("an honest operator is not accused, and is paid, whatever is undone", async () => {
    const operator = await scene.daemon("operator");
    const watcher = await scene.daemon("watcher");
    const start = scene.seen.length;
    const job = await scene.request(version);
    const since = await height();
    await play(job, ["submit"], [operator, watcher], ({ status }) => status === "Submitted");
    expect((await scene.as("keeper", "challenge", job, "--force")).code).to.equal(0);
    await play(job, ["open"], [operator, watcher], ({ dispute }) => dispute?.opened !== undefined);
    await scene.devnet.pass(WINDOW + OPEN_PERIOD + PROVE_PERIOD);
    await play(job, ["resolve", "finalize"], [operator, watcher], ({ status }) => status === "Final");
    await sentOnce(since, ["operator", "watcher"]);
    const told = scene.seen.slice(start).map(({ name }) => name);
    expect(told.filter((name) => name === "watch.accused" || name === "watch.demanded")).to.deep.equal([]);
    const status = (await scene.as("operator", "operator", "status")).json!;
    expect(BigInt(status.gameBalance), "the fee of the failed challenge").to.equal(FEE);
  });

  (deep ? it : it.skip)("a reorganisation deeper than the confirmations, at every step", async () => {
    const settings = { OPG_CONFIRMATIONS: "2" };
    const liar = await startLiar(settings);
    const watcher = await scene.daemon("watcher", {}, settings);
    const job = await scene.request(version, undefined, "--operator", scene.addressOf("liar"));
    const since = await height();
    await play(job, ["submit", "challenge", "open", "demand", "reveal", "commit", "convict", "reclaim"], [liar, watcher], convicted, 3);
    await collect(job, ["collect"], [liar, watcher]);
    await sentOnce(since, ["liar", "watcher"]);
  });

  (deep ? it : it.skip)("a piece of a long element is undone and sent again", async () => {
    const { file, input } = longModel(16_500);
    mkdirSync(join(scene.folder, "long"));
    writeFileSync(join(scene.folder, "long", "model.onnx"), file);
    writeFileSync(join(scene.folder, "long.bin"), input);
    const long = await scene.publish(join(scene.folder, "long", "model.onnx"));
    const node = long.compiled.program.nodes.findIndex(({ name }) => name === LONG_NODE);
    const liar = await startLiar({}, long.compiled, node, 1);
    const watcher = await scene.daemon("watcher");
    const job = await scene.request(long.version, "long.bin", "--operator", scene.addressOf("liar"));
    const since = await height();
    await play(job, ["advance", "convict"], [liar, watcher], convicted);
    expect((await stateOf(job, watcher)).dispute!.advanced).to.have.property(scene.addressOf("watcher").toLowerCase());
    await sentOnce(since, ["liar", "watcher"]);
  });
});
