/** The packages of this repository as npm makes them, and an installation of them beside no repository. */
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, relative } from "node:path";

export const ROOT = join(import.meta.dirname, "..", "..");
const SOURCES = ["contracts", "core", "sdk", "oracle", "web", "create-opg-app", "scripts", "checks", "ignition", "models", "package.json", "tsconfig.json", "hardhat.config.ts", "LICENSE"];
/** Packages that a project depends on, and the one that makes a project. */
export const FOLDERS = ["contracts", "core", "sdk", "oracle", "web"] as const;
export const MAKER = "create-opg-app";
const ALL = [...FOLDERS, MAKER] as const;

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly bin?: Readonly<Record<string, string>> | string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** An environment that no npm has touched, with the project's Node first on the path. */
function environment(): Record<string, string | undefined> {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|OPG_|HARDHAT_)/i.test(name)));
  return { ...clean, PATH: [dirname(process.execPath), process.env.PATH ?? ""].join(delimiter) };
}

/** Runs a program to its end. */
export function run(cwd: string, command: string, ...argv: readonly string[]): Ended {
  const { status, stdout, stderr } = spawnSync(command, argv, { cwd, encoding: "utf8", env: environment() });
  return { code: status, stdout, stderr };
}

export interface Started {
  output(): string;
  /** Waits until its standard output has this. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Ctrl-C, as a terminal sends it: to all that belongs to it. Settles when nothing of it runs any more. */
  interrupt(): Promise<void>;
}

/** Starts a program that stays. */
export function start(cwd: string, command: string, ...argv: readonly string[]): Started {
  const child = spawn(command, argv, { cwd, env: environment(), stdio: ["ignore", "pipe", "pipe"], detached: true });
  const abandon = () => void process.kill(-child.pid!, "SIGKILL");
  process.once("exit", abandon);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  void ended.then(() => process.off("exit", abandon));
  let [stdout, all] = ["", ""];
  child.stdout.on("data", (part: Buffer) => ((stdout += part.toString()), (all += part.toString())));
  child.stderr.on("data", (part: Buffer) => (all += part.toString()));
  return {
    output: () => all,
    async says(pattern) {
      for (;;) {
        const found = pattern.exec(stdout);
        if (found !== null) return found;
        const isOver = await Promise.race([ended.then(() => true), new Promise<false>((resolve) => setTimeout(() => resolve(false), 50))]);
        if (isOver) throw new Error(`${command} ended before it said ${String(pattern)}:\n${all}`);
      }
    },
    async interrupt() {
      if (child.exitCode === null) process.kill(-child.pid!, "SIGINT");
      return ended;
    },
  };
}

export type Tarballs = Readonly<Record<(typeof ALL)[number], Tarball>>;

let packed: Tarballs | undefined;

/** The packages, which are packed once for all tests of a run. */
export function tarballs(): Tarballs {
  if (packed !== undefined) return packed;
  const folder = mkdtempSync(join(tmpdir(), "opg-tarballs-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return (packed = packAll(folder));
}

/** One package as npm made it. */
export interface Tarball {
  readonly file: string;
  readonly bytes: number;
}

/**
 * Packs all packages, in a copy of the repository with its sources alone. What npm ci made is linked into it.
 * Rationale: in a copy, for files that come and go in the repository would be found by whatever looks through it meanwhile.
 */
function packAll(into: string): Tarballs {
  const copy = mkdtempSync(join(tmpdir(), "opg-packing-"));
  try {
    for (const path of SOURCES) {
      cpSync(join(ROOT, path), join(copy, path), { recursive: true, preserveTimestamps: true, filter: (from) => !/\/(node_modules|dist)$/.test(from) });
    }
    const made = ["node_modules", "artifacts", "types", "web/node_modules"].filter((each) => existsSync(join(ROOT, each)));
    for (const each of made) symlinkSync(realpathSync(join(ROOT, each)), join(copy, each), "dir");
    const { code, stdout, stderr } = run(copy, "npm", "pack", "--json", "--pack-destination", into, ...ALL.flatMap((folder) => ["-w", folder]));
    if (code !== 0) throw new Error(`npm pack: ${stderr}`);
    const left = FOLDERS.filter((folder) => readdirSync(join(copy, folder)).includes("dist"));
    if (left.length > 0) throw new Error(`npm pack left dist/ in ${left.join(", ")}`);
    const reports = reportsIn(stdout);
    return Object.fromEntries(
      ALL.map((folder) => {
        const { name } = manifestOf(join(ROOT, folder));
        const { filename, size } = reports.find((each) => each.name === name)!;
        return [folder, { file: join(into, filename), bytes: size }];
      }),
    ) as unknown as Tarballs;
  } finally {
    rmSync(copy, { recursive: true });
  }
}

interface Report {
  readonly name: string;
  readonly filename: string;
  readonly size: number;
}

/** What npm says that it packed: releases differ in whether it is a list or goes by names. */
const reportsIn = (stdout: string): Report[] => Object.values(JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as Record<string, Report>);

/**
 * Installs tarballs in a folder as npm would, but for what others publish, which is simulated: the packages that a manifest
 * names, and no others, are links to those that npm ci installed in the repository. So what a package needs and does not name
 * is not found, and no network is asked.
 * @param others what the folder's owner installs beside
 */
export function install(folder: string, tarballs: readonly Tarball[], others: readonly string[]): void {
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, ".bin"), { recursive: true });
  const needed = new Set(others);
  const own = new Set<string>();
  for (const { file } of tarballs) {
    const opened = mkdtempSync(join(folder, "opening-"));
    const { code, stderr } = run(folder, "tar", "-xzf", file, "-C", opened);
    if (code !== 0) throw new Error(stderr);
    const { name, bin, dependencies, optionalDependencies, peerDependencies } = manifestOf(join(opened, "package"));
    own.add(name);
    cpSync(join(opened, "package"), join(modules, name), { recursive: true });
    rmSync(opened, { recursive: true });
    linkCommands(modules, name, bin);
    for (const dependency of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) needed.add(dependency);
  }
  for (const name of needed) if (!own.has(name)) link(modules, name);
}

/** What is not for this system npm did not install. */
function link(modules: string, name: string): void {
  mkdirSync(dirname(join(modules, name)), { recursive: true });
  const installed = join(ROOT, "node_modules", name);
  symlinkSync(installed, join(modules, name), "dir");
  if (existsSync(installed)) linkCommands(modules, name, manifestOf(installed).bin);
}

/** A package's commands, where npm puts them. */
function linkCommands(modules: string, name: string, bin: Manifest["bin"] = {}): void {
  const commands = typeof bin === "string" ? { [name]: bin } : bin;
  for (const [command, target] of Object.entries(commands)) symlinkSync(join("..", name, target), join(modules, ".bin", command));
}

/** All files below a folder, by their paths in it. */
export const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
