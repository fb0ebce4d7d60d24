/** What the demo tells and the end-to-end tests assert: four jobs, each with another fate. */
import { hexlify, type ContractTransactionReceipt } from "ethers";
import { readDigits, type Digit } from "../../models/digits.ts";
import type { EventName, Events } from "../../core/events.ts";
import { JOB_STATUS, formatJobId, type JobStatus } from "../../core/jobs/job.ts";
import { deployContract } from "../devnet/ground.ts";
import { by, TERMS, until, type PublishedModel, type Stage } from "../devnet/stage.ts";

export interface Outcome {
  id: bigint;
  model: string;
  status: JobStatus;
  reason: string;
  /** Gas of the whole transactions of this job, by step. */
  gas: Record<string, number>;
}

/** Seconds that a story waits for what comes by itself. */
const PATIENCE = 120;

export const statusOf = async (stage: Stage, id: bigint): Promise<JobStatus> => JOB_STATUS[Number(await stage.contracts.jobs.statusOf(id))];

export const awaitStatus = (stage: Stage, id: bigint, ...wanted: JobStatus[]): Promise<JobStatus> =>
  until(`job ${formatJobId(id)} becoming ${wanted.join(" or ")}`, async () => {
    const status = await statusOf(stage, id);
    return wanted.includes(status) ? status : undefined;
  }, PATIENCE);

/** The id that a request's receipt names. */
function requestedId(stage: Stage, receipt: ContractTransactionReceipt): bigint {
  for (const log of receipt.logs) {
    const event = stage.contracts.jobs.interface.parseLog(log);
    if (event?.name === "JobRequested") return event.args.jobId as bigint;
  }
  throw new Error("the transaction requested nothing");
}

const STEPS: Record<string, [contract: "jobs" | "game", event: string]> = {
  request: ["jobs", "JobRequested"],
  submit: ["jobs", "JobSubmitted"],
  finalize: ["jobs", "JobFinalized"],
  retry: ["jobs", "CallbackDelivered"],
  refund: ["jobs", "JobRefunded"],
  challenge: ["game", "Challenged"],
  open: ["game", "Opened"],
  convict: ["game", "ConvictedByProof"],
};

/** Gas of the transactions that brought the job where it is. */
async function gasOf(stage: Stage, id: bigint): Promise<Record<string, number>> {
  const gas: Record<string, number> = {};
  for (const [step, [contract, event]] of Object.entries(STEPS)) {
    const topic = stage.contracts[contract].interface.getEvent(event as never)!.topicHash;
    const logs = await stage.provider.getLogs({
      address: await stage.contracts[contract].getAddress(),
      topics: [topic, `0x${id.toString(16).padStart(64, "0")}`],
      fromBlock: 0,
    });
    if (logs.length === 0) continue;
    const receipt = await stage.provider.getTransactionReceipt(logs[0].transactionHash);
    gas[step] = Number(receipt!.gasUsed);
  }
  return gas;
}

async function outcome(stage: Stage, id: bigint, model: PublishedModel, reason: string): Promise<Outcome> {
  return { id, model: model.name, status: await statusOf(stage, id), reason, gas: await gasOf(stage, id) };
}

/** A contract asks for a digit's class and is called back when it is final. Needs a running operator. */
export async function readDigit(stage: Stage, model: PublishedModel, digit: Digit, reader?: Awaited<ReturnType<Stage["deployReader"]>>): Promise<Outcome & { digit: number; label: number }> {
  const consumer = reader ?? (await stage.deployReader(model.version));
  const before = await consumer.readings();
  const id = requestedId(stage, await stage.mined(consumer.classify(digit.input)));
  await awaitStatus(stage, id, "Submitted");
  if ((await consumer.readings()) !== before) throw new Error("the consumer was called before the result was final");
  await stage.travel(TERMS.window);
  await awaitStatus(stage, id, "Final", "FinalUndelivered");
  if ((await consumer.readings()) !== before + 1n) throw new Error("the consumer was not called back");
  const read = Number(await consumer.lastDigit());
  const reason = `the consumer was called back with digit ${read} (label ${digit.label}) after the window`;
  return { ...(await outcome(stage, id, model, reason)), digit: read, label: digit.label };
}

export interface Conviction extends Outcome {
  /** What the watcher convicted by. */
  accused: { node: number; element: number };
  wealth: Record<"liar" | "watcher" | "requester", { before: bigint; after: bigint }>;
}

/**
 * An operator alters one number and computes on from it. A watcher challenges, the operator opens its trace, the
 * watcher finds the number and the EVM recomputes it. Needs a running liar, and a running watcher whose events are heard.
 */
export async function convictLiar(stage: Stage, model: PublishedModel, digit: Digit, heard: EventLog): Promise<Conviction> {
  const who = { liar: stage.address("liar"), watcher: stage.address("watcher"), requester: stage.address("requester") };
  const wealthOf = async () => Object.fromEntries(await Promise.all(Object.entries(who).map(async ([name, account]) => [name, await stage.wealth(account)] as const))) as Record<keyof typeof who, bigint>;
  const before = await wealthOf();
  const id = await requestOf(stage, "requester", model, digit, who.liar);
  await awaitStatus(stage, id, "Convicted");
  await stage.travel(Number(await stage.contracts.game.rewardPeriod()));
  await until("the watcher collecting its reward", async () => {
    const { game } = stage.contracts;
    return (await game.queryFilter(game.filters.RewardCollected(id))).length > 0 ? true : undefined;
  });
  await until("the watcher taking its fee back", async () =>
    (await stage.contracts.game.challengerIndex(id, who.watcher)) === 0n ? true : undefined,
  );
  const after = await wealthOf();
  const accused = heard.last("watch.accused");
  if (accused === undefined) throw new Error("the watcher did not say what it convicted by");
  const { node, element } = accused;
  const name = model.compiled.program.nodes[node].name;
  const reason = `the EVM recomputed element ${element} of ${name} and found it inadmissible`;
  return {
    ...(await outcome(stage, id, model, reason)),
    accused: { node, element: Number(element) },
    wealth: Object.fromEntries(Object.keys(who).map((k) => [k, { before: before[k as keyof typeof who], after: after[k as keyof typeof who] }])) as Conviction["wealth"],
  };
}

/** A job that nobody serves is refunded by whoever comes by. Needs a running keeper. */
export async function refundUnserved(stage: Stage, model: PublishedModel, digit: Digit): Promise<Outcome> {
  const before = await stage.wealth(stage.address("requester"));
  const id = await requestOf(stage, "requester", model, digit, stage.address("absent"));
  await stage.travel(TERMS.servePeriod + 1);
  await awaitStatus(stage, id, "Refunded");
  const lost = before - (await stage.wealth(stage.address("requester")));
  if (lost !== 0n) throw new Error(`the requester lost ${lost} although it was refunded`);
  return outcome(stage, id, model, "its operator did not serve it by the deadline; the fee went back");
}

/** A consumer that reverts is settled all the same. Needs a running operator. */
export async function leaveUndelivered(stage: Stage, model: PublishedModel, digit: Digit) {
  const { jobs } = stage.contracts;
  const consumer = await deployContract(["mocks", "MockConsumer"], [], stage.signer.publisher);
  await stage.prepay(await consumer.getAddress());
  await stage.mined(consumer.setMood(1)); // reverting
  const request = jobs.interface.encodeFunctionData("request", [await termsNow(stage, model, stage.address("operator"), TERMS.callbackGas), digit.input]);
  const id = requestedId(stage, await stage.mined(consumer.act(await jobs.getAddress(), request)));
  const operatorBefore = await stage.wealth(stage.address("operator"));
  await awaitStatus(stage, id, "Submitted");
  await stage.travel(TERMS.window);
  await awaitStatus(stage, id, "FinalUndelivered");
  if ((await stage.wealth(stage.address("operator"))) <= operatorBefore) throw new Error("a failing callback kept the operator from being paid");
  return { id, consumer };
}

/** A consumer that reverts is called again later. Needs a running operator. */
export async function retryCallback(stage: Stage, model: PublishedModel, digit: Digit): Promise<Outcome> {
  const { jobs } = stage.contracts;
  const { id, consumer } = await leaveUndelivered(stage, model, digit);
  await stage.mined(consumer.setMood(0));
  const { job, output } = await stage.jobState(id);
  await stage.mined(jobs.retryCallback(job, output!));
  if ((await consumer.results()) !== 1n) throw new Error("the retried callback did not arrive");
  return outcome(stage, id, model, "the consumer reverted; settled all the same, and called back again later");
}

async function termsNow(stage: Stage, model: Pick<PublishedModel, "version">, operator: string, callbackGas: number) {
  const block = await stage.provider.getBlock("latest");
  return { version: model.version, operator, fee: TERMS.fee, bond: TERMS.bond, callbackGas, window: TERMS.window, deadline: block!.timestamp + TERMS.servePeriod };
}

/** A job of an account, which no contract hears of. */
export async function requestOf(stage: Stage, party: "requester", model: Pick<PublishedModel, "version">, { input }: { readonly input: Uint8Array }, operator: string): Promise<bigint> {
  const { jobs } = stage.contracts;
  const request = await termsNow(stage, model, operator, 0);
  return requestedId(stage, await stage.mined(by(jobs, stage.signer[party]).request(request, hexlify(input))));
}

/** Remembers what a daemon reports. */
export class EventLog {
  readonly #events: { name: EventName; fields: Events[EventName] }[] = [];

  readonly listener = (name: EventName, fields: Events[EventName]): void => void this.#events.push({ name, fields });

  last<N extends EventName>(name: N): Events[N] | undefined {
    return this.#events.findLast((event) => event.name === name)?.fields as Events[N] | undefined;
  }

  count(name: EventName): number {
    return this.#events.filter((event) => event.name === name).length;
  }
}

/** Held-out images of the test set, one of each wanted label. */
export const digitOf = (label: number): Digit => {
  const digit = readDigits().find((d) => d.label === label);
  if (digit === undefined) throw new Error(`no image of a ${label}`);
  return digit;
};

/**
 * What came in equals what went out, was burned or is owed: every contract holds exactly what it owes, and all OPG
 * together is the fixed supply. `accounts` must name everybody who may be owed something. Returns the faults.
 */
export async function conservationFaults(stage: Stage, accounts: readonly string[]): Promise<string[]> {
  const { token, jobs, stakes, game } = stage.contracts;
  const d = stage.deployment;
  const all = [...new Set([...accounts, d.jobs, d.stakes, d.game])];
  const sum = async (part: (account: string) => Promise<bigint>) => (await Promise.all(all.map(part))).reduce((a, b) => a + b, 0n);
  const shares = (await Promise.all(Object.values(stage.published).map((m) => jobs.shareOf(m.version)))).reduce((a, b) => a + b, 0n);
  const burned = "0x000000000000000000000000000000000000dEaD";
  const [wallets, dead] = [await sum((a) => token.balanceOf(a)), await token.balanceOf(burned)];
  const rows: [string, bigint, bigint][] = [
    ["JobRegistry", await token.balanceOf(d.jobs), (await sum((a) => jobs.balanceOf(a))) + shares],
    ["DisputeGame", await token.balanceOf(d.game), await sum((a) => game.balanceOf(a))],
    [
      "StakeRegistry",
      await token.balanceOf(d.stakes),
      (await sum((a) => stakes.creditOf(a))) + (await sum(async (a) => (await stakes.bondOf(a, d.jobs)).bonded)) + (await stakes.burnable()),
    ],
    ["OPG in all", wallets + dead, await token.totalSupply()],
  ];
  return rows.filter(([, held, owed]) => held !== owed).map(([name, held, owed]) => `${name} holds ${held} and owes ${owed}`);
}
