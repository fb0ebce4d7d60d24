import type { Wallet } from "ethers";
import { hideSecrets, loadConfig } from "../config/load.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { KeySources } from "../config/keys.ts";
import type { Config } from "../config/schema.ts";
import { refusedError } from "../core/errors.ts";
import type { JobState } from "../core/jobs/state.ts";
import type { Connection } from "../main.ts";
import type { Call, ChainReader, OutboxEntry } from "../ports.ts";
import { openOutput } from "./output.ts";
import type { Output, Streams } from "./output.ts";
import { terminalPrompt } from "./prompt.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What surrounds a command: given from outside, so that a test can run one in its own process. */
export interface World extends Streams {
  readonly env: Environment;
  readonly cwd: string;
}

export interface GlobalOptions {
  readonly config?: string;
  readonly json?: boolean;
}

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
    this.output = openOutput(world, options.json === true);
    const { redactor } = this.output;
    const prompt = terminalPrompt();
    this.keys = { env: world.env, redactor, ...(prompt && { prompt }) };
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
    this.#connection ??= import("../main.ts").then(({ connect }) => connect(this.config));
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

  /** Sends the calls in order and says what became of each. */
  async send(calls: readonly { kind: string; call: Call }[]): Promise<OutboxEntry[]> {
    const [connection, wallet] = [await this.connection(), await this.wallet()];
    const { transact } = await import("../main.ts");
    return transact(connection, wallet, this.config, calls, {
      done: (kind, entry) => {
        const outcome = entry.status === "confirmed" ? `mined in block ${entry.block} (${entry.gasUsed} gas)` : entry.error;
        this.output.say(`${kind}: ${outcome} ${entry.hash ?? ""}`.trimEnd());
      },
      trouble: (kind, words) => this.output.fail(`${kind}: ${words}; trying again`),
    });
  }

  /** What a mined transaction brought about; a node that is behind shows it a moment later. */
  async outcome({ hash }: OutboxEntry): ReturnType<ChainReader["outcome"]> {
    const { reader } = await this.connection();
    const { persist } = await import("../main.ts");
    return persist(() => reader.outcome(hash!));
  }

  async job(id: bigint): Promise<JobState> {
    return readJobState((await this.connection()).reader, id);
  }
}

export async function readJobState(reader: ChainReader, id: bigint): Promise<JobState> {
  const { foldJob } = await import("../core/jobs/state.ts");
  const state = foldJob(id, await reader.jobHistory(id));
  if (state === undefined) {
    throw refusedError("JOB_UNKNOWN", `there is no job 0x${id.toString(16)} on chain ${reader.deployment.chainId}`);
  }
  return state;
}
