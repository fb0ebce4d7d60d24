import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { inputError, messageOf } from "../../core/errors.ts";
import { reasonOf } from "../../core/systemErrors.ts";
import { secretsOf } from "../../core/secrets.ts";
import type { Redactor } from "../../core/secrets.ts";
import { findDevnet } from "./devnet.ts";
import type { Devnet } from "./devnet.ts";
import { configSchema, ENVIRONMENT } from "./schema.ts";
import type { Config } from "./schema.ts";

export const CONFIG_FILE = "opg.config.json";

export interface Fault {
  /** Where: a path inside the file, or the name of an environment variable. */
  readonly path: string;
  readonly problem: string;
  readonly fix: string;
}

export interface LoadedConfig {
  readonly config: Config;
  /** The file that was read, or undefined when there was none and the defaults hold. */
  readonly file: string | undefined;
  /** The devnet of this folder, where it is what the configuration asks. */
  readonly devnet: Devnet | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the file and the environment, once, at the edge. Every fault is collected before anything is reported, so one
 * round of editing is enough. Paths in the file are relative to the file, those in the environment to `cwd`. Where neither
 * says which network, it is the devnet that runs in `cwd`, if there is one.
 */
export function loadConfig(options: { file?: string; env: Environment; cwd: string }): LoadedConfig {
  const named = options.file ?? nonEmpty(options.env.OPG_CONFIG);
  const file = resolve(options.cwd, named ?? CONFIG_FILE);
  const text = readText(file, named !== undefined);
  const devnet = findDevnet(options.cwd);
  const { config } = parseConfig(text, file, options.env, options.cwd, devnet);
  const isAsked = config.network.rpcUrl.join() === devnet?.rpcUrl;
  return { config, file: text === undefined ? undefined : file, devnet: isAsked ? devnet : undefined };
}

export function parseConfig(
  text: string | undefined,
  file: string,
  env: Environment,
  cwd: string,
  devnet?: Devnet,
): { config: Config } {
  const faults: Fault[] = [];
  const raw = text === undefined ? {} : parseObject(text, file);
  const origin = new Map<string, string>();

  for (const [name, path, kind] of ENVIRONMENT) {
    const value = nonEmpty(env[name]);
    if (value === undefined) continue;
    origin.set(path, name);
    if (kind === "number" && !/^\d{1,15}$/.test(value)) {
      faults.push({ path: name, problem: `"${value}" is not a whole number`, fix: `set ${name} to digits only` });
      continue;
    }
    put(raw, path.split("."), fromText(kind, value));
  }

  if (devnet !== undefined) preferDevnet(raw, devnet);

  const parsed = configSchema.safeParse(raw);
  for (const issue of parsed.error?.issues ?? []) {
    const path = issue.path.map(String).join(".");
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) faults.push(unknownKey(path === "" ? key : `${path}.${key}`));
      continue;
    }
    const name = origin.get(issue.path.slice(0, 2).map(String).join("."));
    const where = name ?? (path === "" ? "(whole file)" : path);
    faults.push({ path: where, problem: issue.message, fix: name === undefined ? `edit ${path}` : `change ${name}` });
  }
  if (faults.length > 0 || !parsed.success) throw configFaults(file, faults);

  const config = parsed.data;
  const absolute = (path: string, key: string) => resolve(origin.has(key) ? cwd : dirname(file), path);
  return {
    config: {
      ...config,
      dataDir: absolute(config.dataDir, "dataDir"),
      network: { ...config.network, deployment: absolute(config.network.deployment, "network.deployment") },
      key: {
        ...(config.key.keystore && { keystore: absolute(config.key.keystore, "key.keystore") }),
        ...(config.key.passwordFile && { passwordFile: absolute(config.key.passwordFile, "key.passwordFile") }),
      },
    },
  };
}

/** Has the addresses that carry credentials removed from whatever is written. */
export function hideSecrets({ network, store, sources }: Config, redactor: Redactor): void {
  for (const url of [...network.rpcUrl, ...(store.url === undefined ? [] : [store.url]), ...sources.ipfsGateways]) {
    for (const secret of secretsOf(url)) redactor.add(secret);
  }
}

/** A file to start from: every default written out, but where a devnet runs what makes a command find it. */
export function initialConfig(devnet?: Devnet): string {
  const { network, dataDir, ...rest } = configSchema.parse({});
  return `${JSON.stringify({ ...(devnet === undefined && { network, dataDir }), ...rest }, null, 2)}\n`;
}

function configFaults(file: string, faults: readonly Fault[]) {
  const lines = faults.map((fault) => `  ${fault.path}: ${fault.problem} (fix: ${fault.fix})`);
  const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
  return inputError("CONFIG_INVALID", `the configuration ${file} has ${count}:\n${lines.join("\n")}`, {
    details: { file, faults },
  });
}

function unknownKey(path: string): Fault {
  if (/private|secret|mnemonic|password$/i.test(path)) {
    return {
      path,
      problem: "a secret does not belong in the configuration file",
      fix: "remove it; use key.keystore with a password, or the environment variable OPG_PRIVATE_KEY",
    };
  }
  return { path, problem: "is not a setting", fix: "remove it or correct its name" };
}

function parseObject(text: string, file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw inputError("CONFIG_NOT_JSON", `${file} is not JSON: ${messageOf(error)}`, { fix: "correct the syntax" });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw inputError("CONFIG_NOT_OBJECT", `${file} must hold a JSON object`, { fix: "start from: opg config init" });
  }
  return value as Record<string, unknown>;
}

function readText(file: string, required: boolean): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (!required && (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw inputError("CONFIG_UNREADABLE", `cannot read ${file}: ${reasonOf(error)}`, {
      fix: "name an existing file, or make one with: opg config init",
    });
  }
}

function fromText(kind: (typeof ENVIRONMENT)[number][2], value: string): unknown {
  if (kind === "number") return Number(value);
  if (kind === "flag") return { true: true, false: false }[value] ?? value;
  if (kind === "list") return value.trim().split(/[\s,]+/);
  return kind === "versions" && value !== "all" ? value.split(/[\s,]+/) : value;
}

function put(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [head, ...rest] = path;
  if (rest.length === 0) {
    target[head] = value;
    return;
  }
  const inner = target[head] ?? {};
  // A section of the wrong type stays as it is, so that the schema names it among the other faults.
  if (typeof inner !== "object" || Array.isArray(inner)) return;
  target[head] = inner;
  put(inner as Record<string, unknown>, rest, value);
}

/** A configuration that names no network means the devnet, and keeps what belongs to it apart. */
function preferDevnet(raw: Record<string, unknown>, { rpcUrl, deployment, dataDir }: Devnet): void {
  const { rpcUrl: node, deployment: contracts } = (raw.network ?? {}) as Record<string, unknown>;
  if (node !== undefined || contracts !== undefined) return;
  put(raw, ["network", "rpcUrl"], rpcUrl);
  put(raw, ["network", "deployment"], deployment);
  raw.dataDir ??= dataDir;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === "" ? undefined : text;
}
