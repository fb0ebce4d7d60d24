import type { Command } from "commander";
import { formatEther } from "ethers";
import type { Wallet } from "ethers";
import { hideSecrets, loadConfig } from "../config/load.ts";
import type { LoadedConfig } from "../config/load.ts";
import { loadWallet } from "../config/keys.ts";
import type { KeySources } from "../config/keys.ts";
import type { Config } from "../config/schema.ts";
import { inputError, refusedError, transientError } from "../core/errors.ts";
import type { Hex } from "../core/hex.ts";
import { foldJob } from "../core/jobs/state.ts";
import type { JobState } from "../core/jobs/state.ts";
import { Redactor } from "../core/secrets.ts";
import { clock, connect, persist, transact } from "../main.ts";
import type { Connection } from "../main.ts";
import type { ChainReader, OutboxEntry, Rehearsed } from "../ports.ts";
import { Output } from "./output.ts";
import type { Streams } from "./output.ts";
import { preview, refusalError } from "./preview.ts";
import type { Planned } from "./preview.ts";
import type { Terminal } from "./prompt.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What surrounds a command: given from outside, so that a test can run one in its own process. */
export interface World extends Streams {
  readonly env: Environment;
  readonly cwd: string;
  /** Absent where nobody can be asked. */
  readonly terminal?: Terminal;
}

export interface GlobalOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** Adds what every command has that sends transactions. */
export const sends = (command: Command): Command => command.option("--dry-run", "show what would be sent, and send nothing");

/** Adds what every command has that asks before it does what cannot be undone. */
export const asks = (command: Command): Command => command.option("--yes", "do not ask");

/** A dry run has shown what there is to show. */
export class DryRunOver extends Error {
  override readonly name = "DryRunOver";
}

/** How often a refusal is asked for again, which a node that is behind may say in error, and after how many milliseconds. */
const DOUBTS = 3;
const DOUBT_MS = 250;

/** One command's way to its configuration, its chain and its key; each is opened when first asked for. */
export class Session {
  readonly world: World;
  readonly output: Output;
  readonly keys: KeySources;
  /** What the process ends with when the command throws nothing. */
  exitCode = 0;
  readonly #options: GlobalOptions;
  #loaded: LoadedConfig | undefined;
  #connection: Promise<Connection> | undefined;
  #wallet: Promise<Wallet> | undefined;

  constructor(world: World, options: GlobalOptions) {
    this.world = world;
    this.#options = options;
    const redactor = new Redactor();
    for (const name of ["OPG_PRIVATE_KEY", "OPG_PASSWORD"]) redactor.add(world.env[name] ?? "");
    this.output = new Output(options.json === true, world, redactor);
    const { env, terminal } = world;
    this.keys = { env, redactor, ...(terminal && { prompt: (question) => terminal.askSecret(question) }) };
  }

  get loaded(): LoadedConfig {
    const { config: file } = this.#options;
    this.#loaded ??= loadConfig({ env: this.world.env, cwd: this.world.cwd, ...(file !== undefined && { file }) });
    hideSecrets(this.#loaded.config, this.keys.redactor);
    return this.#loaded;
  }

  get config(): Config {
    return this.loaded.config;
  }

  connection(): Promise<Connection> {
    this.#connection ??= connect(this.config);
    return this.#connection;
  }

  wallet(): Promise<Wallet> {
    this.#wallet ??= loadWallet(this.config.key, this.keys);
    return this.#wallet;
  }

  async address(): Promise<Hex> {
    return (await this.wallet()).address.toLowerCase() as Hex;
  }

  /** Asks before something that cannot be undone. INVARIANT: where nobody can be asked, it is not done. */
  async confirm(what: string): Promise<void> {
    if (this.#options.yes === true || this.#options.dryRun === true) return;
    if (this.world.terminal === undefined) {
      throw inputError("NOT_CONFIRMED", `${what}: this is done when somebody says yes, and there is no terminal to ask on`, { fix: "add --yes" });
    }
    const answer = await this.world.terminal.ask(`${what}. Go on? [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw refusedError("NOT_CONFIRMED", "nothing was sent", { fix: "answer y, or add --yes" });
  }

  /**
   * Runs the calls on the node without sending them, and refuses if one would fail: nothing is sent before everything that
   * is known would go through. A dry run ends here.
   */
  async rehearse(planned: readonly Planned[]): Promise<void> {
    const [{ reader }, address] = [await this.connection(), await this.address()];
    const run = () => persist(() => reader.rehearse(planned.map(({ call }) => call), address));
    let rehearsed = await run();
    const refusedAt = () => rehearsed.findIndex(({ outcome }) => outcome === "refused");
    for (let doubt = 0; doubt < DOUBTS && refusedAt() >= 0; doubt++) {
      await clock.sleep(DOUBT_MS);
      rehearsed = await run();
    }
    const refused = rehearsed[refusedAt()];
    if (this.#options.dryRun === true) {
      const { transactions, lines } = preview(reader.deployment, planned, rehearsed, await persist(() => reader.gasPrice()));
      const nothing = planned.length === 0 ? ["nothing would be sent"] : [];
      this.output.result({ dryRun: true, from: address, transactions }, [...lines, ...nothing, "dry run: nothing was sent"]);
      if (refused !== undefined) this.exitCode = 1;
      throw new DryRunOver();
    }
    if (refused?.outcome === "refused") throw refusalError(planned[refusedAt()].kind, refused);
    await this.#requireGas(rehearsed);
  }

  /** Refuses where the account cannot pay for the gas of what is known of it. */
  async #requireGas(rehearsed: readonly Rehearsed[]): Promise<void> {
    const gas = rehearsed.reduce((sum, each) => (each.outcome === "ok" ? sum + each.gas : sum), 0n);
    if (gas === 0n) return;
    const [{ reader }, address] = [await this.connection(), await this.address()];
    const [price, native] = await persist(() => Promise.all([reader.gasPrice(), reader.nativeBalance(address)]));
    if (native >= gas * price) return;
    throw transientError("NATIVE_LOW", `${address} holds ${formatEther(native)} of the native coin, and the gas takes up to ${formatEther(gas * price)}`, {
      fix: `send native coin for gas to ${address}`,
    });
  }

  /** Sends the calls in order and says what became of each. */
  async send(planned: readonly Planned[]): Promise<OutboxEntry[]> {
    await this.rehearse(planned);
    const [connection, wallet] = [await this.connection(), await this.wallet()];
    return transact(connection, wallet, this.config, planned, {
      done: (kind, { block, gasUsed, hash }) => this.output.say(`${kind}: mined in block ${block} (${gasUsed} gas) ${hash}`),
      trouble: (kind, words) => this.output.fail(`${kind}: ${words}; trying again`),
    });
  }

  /** What a mined transaction brought about; a node that is behind shows it a moment later. */
  async outcome({ hash }: OutboxEntry): ReturnType<ChainReader["outcome"]> {
    const { reader } = await this.connection();
    return persist(() => reader.outcome(hash!));
  }

  async job(id: bigint): Promise<JobState> {
    return readJobState((await this.connection()).reader, id);
  }
}

export async function readJobState(reader: ChainReader, id: bigint): Promise<JobState> {
  const state = foldJob(id, await reader.jobHistory(id));
  if (state === undefined) {
    throw refusedError("JOB_UNKNOWN", `there is no job 0x${id.toString(16)} on chain ${reader.deployment.chainId}`);
  }
  return state;
}
