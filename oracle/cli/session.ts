import type { Command } from "commander";
import type { Wallet } from "ethers";
import { hideSecrets, loadConfig } from "../config/load.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { KeySources } from "../config/keys.ts";
import type { Config } from "../config/schema.ts";
import { inputError, refusedError, transientError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import type { JobState } from "../../core/jobs/state.ts";
import type { Connection } from "../connect.ts";
import type { ChainReader, OutboxEntry, Rehearsed } from "../ports.ts";
import { openOutput } from "./output.ts";
import type { Output, Streams } from "./output.ts";
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
  readonly only?: string;
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

/** One command's way to its configuration, its chain and its key; each is loaded and opened when first asked for. */
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
    this.output = openOutput(world, options);
    const { redactor } = this.output;
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
    this.#connection ??= import("../connect.ts").then(({ connect }) => connect(this.config));
    return this.#connection;
  }

  wallet(): Promise<Wallet> {
    this.#wallet ??= this.#openWallet();
    return this.#wallet;
  }

  async #openWallet(): Promise<Wallet> {
    const sources = await this.signingKeys();
    const { loadWallet } = await import("../config/keys.ts");
    return loadWallet(this.config.key, sources);
  }

  /** Where the key comes from: as configured, or on a devnet, where none is configured, from its test keys. */
  async signingKeys(): Promise<KeySources> {
    const { config, devnet } = this.loaded;
    const { env } = this.keys;
    if (devnet === undefined || config.key.keystore !== undefined || (env.OPG_PRIVATE_KEY ?? "") !== "") return this.keys;
    // INVARIANT: a test key signs on the devnet's own chain and on no other.
    const { chainId } = (await this.connection()).reader.deployment;
    if (chainId !== devnet.chainId) return this.keys;
    const { address, key } = devnet.accounts[devnet.signer];
    this.output.fail(`no key is configured: signing with the devnet's test account "${devnet.signer}", ${address}`);
    return { ...this.keys, env: { ...env, OPG_PRIVATE_KEY: key } };
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
    const [{ clock, persist }, { preview, refusalError }] = [await import("../connect.ts"), await import("./preview.ts")];
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
    const [{ reader }, address, { persist }] = [await this.connection(), await this.address(), await import("../connect.ts")];
    const [price, native] = await persist(() => Promise.all([reader.gasPrice(), reader.nativeBalance(address)]));
    if (native >= gas * price) return;
    const { formatEther } = await import("ethers");
    throw transientError("NATIVE_LOW", `${address} holds ${formatEther(native)} of the native coin, and the gas takes up to ${formatEther(gas * price)}`, {
      fix: `send native coin for gas to ${address}`,
    });
  }

  /** Sends the calls in order and says what became of each. */
  async send(planned: readonly Planned[]): Promise<OutboxEntry[]> {
    await this.rehearse(planned);
    const [connection, wallet] = [await this.connection(), await this.wallet()];
    const { transact } = await import("../connect.ts");
    return transact(connection, wallet, this.config, planned, {
      done: (kind, { block, gasUsed, hash }) => this.output.say(`${kind}: mined in block ${block} (${gasUsed} gas) ${hash}`),
      trouble: (kind, words) => this.output.fail(`${kind}: ${words}; trying again`),
    });
  }

  /** What a mined transaction brought about; a node that is behind shows it a moment later. */
  async outcome({ hash }: OutboxEntry): ReturnType<ChainReader["outcome"]> {
    const { reader } = await this.connection();
    const { persist } = await import("../connect.ts");
    return persist(() => reader.outcome(hash!));
  }

  async job(id: bigint): Promise<JobState> {
    return readJobState((await this.connection()).reader, id);
  }
}

export async function readJobState(reader: ChainReader, id: bigint): Promise<JobState> {
  const { foldJob } = await import("../../core/jobs/state.ts");
  const state = foldJob(id, await reader.jobHistory(id));
  if (state === undefined) {
    throw refusedError("JOB_UNKNOWN", `there is no job 0x${id.toString(16)} on chain ${reader.deployment.chainId}`);
  }
  return state;
}
