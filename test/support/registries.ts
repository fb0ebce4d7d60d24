/** The real JobRegistry and the mock of it, played by one script: what a consumer sees of each is written down and can be compared. */
import { ZeroAddress, type Contract, type TransactionReceipt } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";
import { JOB_STATUS, unpackClaim } from "../../core/jobs/job.ts";
import { by, deployForTests, follow, mined, OPG, publish, type Job, type Request } from "./protocol.ts";

/** As MockConsumer numbers them. */
export const MOODS = ["Grateful", "Reverting", "BurningGas", "ReturningBomb", "Reentering"] as const;

/** The alphabet's first letter is asked, and the last is what the toy verifier lets pass. */
export const INPUT = "0x61";
export const OUTPUT = "0x7a";
const TRACE = `0x${Buffer.from("abcdefghijklmnopqrstuvwxyz").toString("hex")}`;

/** What one kind of registry does with a job. */
interface Moves {
  accept(job: Job): Promise<TransactionReceipt>;
  submit(job: Job, output: string): Promise<TransactionReceipt>;
  challenge(job: Job): Promise<TransactionReceipt>;
  uphold(job: Job): Promise<TransactionReceipt>;
  convict(job: Job): Promise<TransactionReceipt>;
}

interface Registry {
  readonly name: string;
  readonly jobs: Contract;
  readonly opg: Contract;
  /** Where compensations are. */
  readonly stakes: Contract;
  readonly version: string;
  readonly moves: Moves;
}

/** The protocol as it is deployed, with an operator, and a watcher who challenges. */
async function realRegistry(connection: NetworkConnection): Promise<Registry> {
  const protocol = await deployForTests(connection);
  const { version } = await publish(protocol);
  const { jobs, stakes, game, opg, deployment, signers } = protocol;
  const [, operator, watcher] = signers;
  await by(stakes, operator).bond(deployment.jobs, 1_000n * OPG);
  await by(game, watcher).deposit(watcher.address, 1_000n * OPG);
  const moves: Moves = {
    accept: (job) => mined(by(jobs, operator).accept(job)),
    submit: (job, output) => mined(by(jobs, operator).submit(job, output)),
    challenge: (job) => mined(by(game, watcher).challenge(job)),
    async uphold(job) {
      await mined(by(game, operator).open(job, TRACE, ""));
      const { verdictDeadline } = (await game.clocksOf(job)) as { verdictDeadline: bigint };
      await connection.networkHelpers.time.setNextBlockTimestamp(verdictDeadline + 1n);
      return mined(game.resolve(job));
    },
    async convict(job) {
      await connection.networkHelpers.time.increase(Number((await game.openPeriod()) as bigint));
      return mined(game.timeout(job));
    },
  };
  return { name: "JobRegistry", jobs, opg, stakes, version, moves };
}

async function mockRegistry(connection: NetworkConnection): Promise<Registry> {
  const { ethers } = connection;
  const signers = await ethers.getSigners();
  const [, operator] = signers;
  const opg = await ethers.deployContract("OPG", [signers[0]]);
  const jobs: Contract = await ethers.deployContract("MockJobRegistry", [opg]);
  await opg.approve(jobs, 2n ** 256n - 1n);
  const version = `0x${"5e".repeat(32)}`;
  await jobs.mockPublish(version, { price: OPG, minBond: 100n * OPG, minWindow: 60, shareBps: 500, open: true });
  const moves: Moves = {
    accept: ({ id }) => mined(jobs.mockAccept(id, operator)),
    submit: ({ id }, output) => mined(by(jobs, operator).mockSubmit(id, output)),
    challenge: ({ id }) => mined(jobs.mockChallenge(id)),
    uphold: ({ id }) => mined(jobs.mockUphold(id)),
    convict: ({ id }) => mined(jobs.mockConvict(id)),
  };
  return { name: "MockJobRegistry", jobs, opg, stakes: jobs, version, moves };
}

export const REGISTRIES = [realRegistry, mockRegistry];

/** Errors whose values say how much gas a transaction had. */
const OF_GAS = ["CallbackNeedsMoreGas"];

/** What an event or an error says without what differs between two stories: moments, by the story's start, and addresses. */
function plainly(names: Readonly<Record<string, string>>, start: number) {
  const known = new Map(Object.entries(names).map(([hex, name]) => [hex.toLowerCase(), name]));
  const named = (hex: string): string => known.get(hex.toLowerCase()) ?? hex;
  const since = (time: bigint): string => (time === 0n ? "0" : `+${time - BigInt(start)}`);
  return (name: string, type: string, value: unknown): unknown => {
    if (name === "jobId" || name === "id") return `job ${(value as bigint) & 0xffffffffffffffffn} of ${named(`0x${((value as bigint) >> 64n).toString(16).padStart(40, "0")}`)}`;
    if (name === "claim") {
      const { operator: whose, deadline, time, named: isNamed } = unpackClaim(value as bigint);
      return { operator: named(whose), deadline: since(BigInt(deadline)), time: since(BigInt(time)), isNamed };
    }
    // A moment: a number of seconds of this century.
    if (type === "uint256" && (value as bigint) > 1_500_000_000n && (value as bigint) < 5_000_000_000n) return since(value as bigint);
    if (typeof value === "boolean") return value;
    return typeof value === "bigint" ? value.toString() : typeof value === "string" ? named(value) : Array.from(value as unknown[], String);
  };
}

/** A registry with a consumer that has prepaid, and what the consumer sees of it. */
export async function openStory(connection: NetworkConnection, open: (connection: NetworkConnection) => Promise<Registry>) {
  const { ethers, networkHelpers } = connection;
  const registry = await open(connection);
  const { jobs, opg, version, moves } = registry;
  const consumer = await ethers.deployContract("MockConsumer");
  const address = await consumer.getAddress();
  const signers = await ethers.getSigners();
  // Nobody gave the stranger anything.
  const [operator, stranger] = [signers[1], signers.at(-1)!];
  await mined(jobs.deposit(consumer, 10n * OPG));
  const start = (await networkHelpers.time.latest()) + 10;
  const told: string[] = [];

  const plain = plainly({ [address]: "consumer", [operator.address]: "operator", [stranger.address]: "stranger", [version]: "version", [ZeroAddress]: "nobody" }, start);
  const write = (kind: string, what: unknown): void => void told.push(`${kind} ${JSON.stringify(what)}`);

  /** The events of the registry, and what its word says of a job, after a transaction. */
  function events(receipt: TransactionReceipt): void {
    for (const log of receipt.logs) {
      if (log.address.toLowerCase() !== String(jobs.target).toLowerCase()) continue;
      const event = jobs.interface.parseLog(log)!;
      write(event.name, Object.fromEntries(event.fragment.inputs.map(({ name, type }, i) => [name, plain(name, type, event.args[i])])));
    }
  }

  async function refused(what: string, error: unknown): Promise<void> {
    const data = revertDataIn(error);
    const found = data === undefined ? undefined : (jobs.interface.parseError(data) ?? registry.stakes.interface.parseError(data));
    if (found === null || found === undefined) throw error;
    const args = OF_GAS.includes(found.name) ? [] : found.fragment.inputs.map(({ name, type }, i) => plain(name, type, found.args[i]));
    write(`${what} refused`, [found.name, ...args]);
  }

  const attempt = async (what: string, send: () => Promise<TransactionReceipt>): Promise<TransactionReceipt | undefined> => {
    try {
      const receipt = await send();
      events(receipt);
      return receipt;
    } catch (error) {
      await refused(what, error);
      return undefined;
    }
  };

  const terms = (changes: Partial<Request> = {}): Request => ({ version, operator: ZeroAddress, fee: 2n * OPG, bond: 200n * OPG, callbackGas: 200_000n, window: 60n, deadline: BigInt(start + 3_000), ...changes });
  /** As the consumer: any call to the registry. */
  const asConsumer = (method: string, ...args: unknown[]): Promise<TransactionReceipt> => mined(consumer.act(jobs, jobs.interface.encodeFunctionData(method, args)));

  return {
    told,
    terms,
    consumer,
    registry,
    stranger,
    operator,
    /** The chain's clock stands `seconds` after the story's begin for the next transaction. */
    at: (seconds: number) => networkHelpers.time.setNextBlockTimestamp(start + seconds),
    act: (method: string, ...args: unknown[]) => attempt(method, () => asConsumer(method, ...args)),
    asStranger: (method: string, ...args: unknown[]) => attempt(method, () => mined(by(jobs, stranger).getFunction(method)(...args))),
    async request(changes: Partial<Request> = {}, input = INPUT): Promise<Job> {
      const receipt = await asConsumer("request", terms(changes), input);
      events(receipt);
      return follow({ jobs } as never, receipt as never);
    },
    /** A move of the other side; gives the job after it. */
    async move(name: keyof Moves, job: Job, output = OUTPUT): Promise<Job> {
      const receipt = await attempt(name, () => moves[name](job, output));
      return receipt === undefined ? job : follow({ jobs } as never, receipt as never, job);
    },
    /** What the consumer knows, and can ask. */
    async look(job: Job): Promise<void> {
      const [results, lastJob, lastOutput, gas] = [await consumer.results(), await consumer.lastJob(), await consumer.lastOutput(), await consumer.gasReceived()];
      write("consumer", { results: String(results), lastJob: lastJob === 0n ? "none" : plain("id", "", lastJob), lastOutput, gas: String(gas) });
      write("status", JOB_STATUS[Number(await jobs.statusOf(job.id))]);
      const read = await (jobs.read(job) as Promise<[bigint, bigint]>).catch(() => undefined);
      write("read", read === undefined ? "JobMismatch" : [JOB_STATUS[Number(read[0])], plain("", "uint256", read[1])]);
      write("balance", [await jobs.balanceOf(consumer), await registry.stakes.creditOf(consumer), await opg.balanceOf(stranger), await jobs.nonceOf(consumer)].map(String));
    },
  };
}

export type Story = Awaited<ReturnType<typeof openStory>>;

/** What a transaction reverted with, wherever the node's client put it. */
function revertDataIn(error: unknown): string | undefined {
  for (let at = error as Record<string, unknown> | undefined, depth = 0; typeof at === "object" && at !== null && depth < 6; depth++) {
    if (typeof at.data === "string" && at.data.length >= 10) return at.data;
    const next = at.data ?? at.error ?? at.info ?? at.cause;
    at = next as Record<string, unknown> | undefined;
  }
  return undefined;
}
