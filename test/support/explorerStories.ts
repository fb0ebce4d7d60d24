/** A devnet with something on every page of the explorer: jobs that ended in each way, and one that is disputed. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ZeroAddress } from "ethers";
import { heldOut, type ShippedName } from "../../models/heldOut.ts";
import { formatJobId } from "../../core/jobs/job.ts";
import { awaitStatus, digitOf, leaveUndelivered, readDigit, requestOf } from "../../scripts/demo/stories.ts";
import { provideExplorer } from "../../scripts/devnet/explorer.ts";
import { openNetwork, type Network } from "../../scripts/devnet/network.ts";
import { by, TERMS, type PublishedModel, type Stage } from "../../scripts/devnet/stage.ts";

/** Seconds in which a result can be challenged: long enough for the dispute to be there when the last test has run. */
const WINDOW = 60;

/** Ids as addresses of pages have them. */
export interface Stories {
  readonly final: string;
  readonly convicted: string;
  readonly refunded: string;
  readonly undelivered: string;
  /** Lets the consumer of the one that is undelivered take a result. */
  readonly heal: () => Promise<unknown>;
  /** Challenged by somebody who is wrong; its trace is opened. */
  readonly disputed: string;
  /** By the names of their models. */
  readonly submitted: Readonly<Partial<Record<ShippedName, string>>>;
}

export interface StagedNetwork extends Network {
  readonly stories: Stories;
}

/** Nobody but whoever presses the buttons settles what is not an operator's own. */
export async function openStories(): Promise<StagedNetwork> {
  await provideExplorer(() => undefined);
  const folder = mkdtempSync(join(tmpdir(), "opg-explorer-"));
  const network = await openNetwork({ folder, liar: true, explorer: true, examples: true, window: WINDOW, pollMs: 50, without: ["keeper"] });
  const stop = async () => {
    await network.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { ...network, stop, stories: await play(network) };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Somebody challenges a result that is right. */
export async function challengeInVain(stage: Stage, job: bigint): Promise<void> {
  await stage.mined(by(stage.contracts.game, stage.signer.publisher).challenge((await stage.jobState(job)).job));
}

async function play({ stage, running }: Network): Promise<Stories> {
  const { cnn, int8, mlp } = stage.published;
  const { jobs, game } = stage.contracts;
  const ask = (model: Pick<PublishedModel, "version">, input: Uint8Array, operator: string) => requestOf(stage, "requester", model, { input }, operator);

  const liar = stage.address("liar");
  const lie = await ask(cnn, digitOf(8).input, liar);
  await awaitStatus(stage, lie, "Convicted");
  const { id: final } = await readDigit(stage, cnn, digitOf(3));
  const { id: undelivered, consumer } = await leaveUndelivered(stage, int8, digitOf(0));

  const unserved = await ask(mlp, digitOf(1).input, stage.address("absent"));
  await stage.travel(TERMS.servePeriod + 1);
  const { job } = await stage.jobState(unserved);
  await stage.mined(by(jobs, stage.signer.publisher).refund(job));

  const names = ["digits-mlp", "volatility"] as const;
  const submitted: Partial<Record<ShippedName, string>> = {};
  for (const name of names) {
    const id = await ask({ version: running.models[name] }, heldOut(name).inputs[0], ZeroAddress);
    await awaitStatus(stage, id, "Submitted");
    submitted[name] = formatJobId(id);
  }

  const disputed = await ask(int8, digitOf(5).input, stage.address("operator"));
  await awaitStatus(stage, disputed, "Submitted");
  await stage.mined(by(game, stage.signer.publisher).deposit(stage.address("publisher"), 10n ** 21n));
  await challengeInVain(stage, disputed);
  const heal = () => stage.mined(consumer.setMood(0));
  return { final: formatJobId(final), convicted: formatJobId(lie), refunded: formatJobId(unserved), undelivered: formatJobId(undelivered), heal, disputed: formatJobId(disputed), submitted };
}
