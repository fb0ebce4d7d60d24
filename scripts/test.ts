/**
 * `npm test`: builds the contracts, then runs the static checks and both test runners three at a time, and ends with a
 * line "N passed, M failed" counted from the runners' own summaries. Exits with 1 if anything failed or nothing ran.
 */
import { spawn } from "node:child_process";
import { globSync, realpathSync } from "node:fs";
import { join, sep } from "node:path";
import { WASM_FLAGS } from "../oracle/node.mjs";

const root = join(import.meta.dirname, "..");
const bin = (name: string): string => join(root, "node_modules", ".bin", name);

interface Outcome {
  title: string;
  code: number;
  output: string;
  seconds: number;
}

/** Longest that one runner may take, in milliseconds: one that hangs is ended, and fails with what it said so far. */
const PATIENCE = 15 * 60_000;

function run(title: string, command: string, args: string[]): Promise<Outcome> {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, FORCE_COLOR: "0" }, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const timer = setTimeout(() => {
      output += `\nended after ${PATIENCE / 60_000} minutes\n`;
      child.kill("SIGKILL");
      // What it has started may hold its output open.
      child.stdout.destroy();
      child.stderr.destroy();
    }, PATIENCE);
    child.stdout.on("data", (part: Buffer) => (output += part.toString()));
    child.stderr.on("data", (part: Buffer) => (output += part.toString()));
    child.on("error", (error) => (output += `${error.message}\n`));
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ title, code: code ?? 1, output, seconds: (performance.now() - started) / 1000 });
    });
  });
}

function show({ title, code, output, seconds }: Outcome): void {
  console.log(`\n== ${title}: ${code === 0 ? "ok" : `failed with exit code ${code}`} after ${seconds.toFixed(1)} s`);
  if (code !== 0 || title.endsWith("tests")) console.log(output.trimEnd());
}

/** Sum of the numbers that the runner's summary lines give before `word`. */
const count = (output: string, word: string): number =>
  [...output.matchAll(new RegExp(`^\\s*(\\d+) ${word}\\b`, "gm"))].reduce((sum, m) => sum + Number(m[1]), 0);

/** What the tests find built. */
for (const [title, command, args] of [
  ["build", bin("hardhat"), ["build", "--no-tests"]],
  ["explorer", process.execPath, ["scripts/explorer.ts"]],
] as const) {
  const build = await run(title, command, [...args]);
  show(build);
  if (build.code === 0) continue;
  console.log("\n0 passed, 1 failed");
  process.exit(1);
}

/** TypeScript tests that share a process, the longest first; a file belongs to the first group that names it. */
const GROUPS: readonly (readonly [string, RegExp])[] = [
  ["daemon", /^oracle\/(answers|audit|daemonLoop|dispatch|endToEnd|lifecycle|longElement|operating|purse|reorgs)/],
  ["command line", /^oracle\/(asking|badInput|commands|config|daemonUse|doctor|launcher|loading|modelCompile|spending)/],
  ["oracle", /^oracle\//],
  ["chaos", /^chaos\//],
  ["pages", /^devnet\/pages/],
  ["documents", /^docs\//],
  ["attacks and devnet", /^(attacks|devnet)\//],
  ["verdicts", /^operators\/(special|verdicts)/],
  ["budget", /^budget\//],
  ["explorer", /^web\//],
  ["operators", /^operators\//],
  ["certification", /^certify\//],
  ["campaign", /^campaign\//],
  ["demo and bench", /^(demo|bench)\//],
  ["deployment", /^(deploy|install)\//],
  ["compiler", /^compiler\//],
  ["kit for dApps", /^sdk\//],
  ["protocol", /^(contracts|dispute|economics)\//],
  ["other", /./],
];
const base = join(root, "test", "ts");
const files = globSync("**/*.test.ts", { cwd: base }).sort();
const groupOf = (file: string): string => GROUPS.find(([, names]) => names.test(file.replaceAll(sep, "/")))![0];
const mocha = (group: string) => (): Promise<Outcome> => {
  const own = files.filter((file) => groupOf(file) === group).map((file) => join(base, file));
  return run(`${group} tests`, process.execPath, [...WASM_FLAGS, realpathSync(bin("hardhat")), "test", "mocha", "--no-compile", ...own]);
};

/** The longest groups first, and checks last: what starts last ends the run. */
const queue = [
  // The contracts are built; the tests' own code is compiled all the same.
  () => run("Solidity tests", bin("hardhat"), ["test", "solidity", "--no-compile"]),
  ...GROUPS.map(([group]) => mocha(group)),
  () => run("lint", bin("eslint"), ["core", "sdk", "oracle", "web", "models", "scripts", "checks", "test", "ignition", "docs/.vitepress", "hardhat.config.ts", "--no-error-on-unmatched-pattern"]),
  () => run("types", bin("tsc"), ["--noEmit"]),
  () => run("types of the explorer", bin("tsc"), ["-p", "web/tsconfig.json", "--noEmit"]),
  () => run("boundaries", process.execPath, ["checks/boundaries/main.ts"]),
];
const outcomes: Outcome[] = [];
const lane = async (): Promise<void> => {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const outcome = await next();
    show(outcome);
    outcomes.push(outcome);
  }
};
/** Three lanes for two cores: tests of daemons wait more than they compute. */
await Promise.all([lane(), lane(), lane()]);

const runners = outcomes.filter((o) => o.title.endsWith("tests"));
const passed = runners.reduce((n, o) => n + count(o.output, "passing"), 0);
// A check or a runner that stopped without a summary of failures counts as one failure.
const failed = outcomes.reduce((n, o) => n + Math.max(count(o.output, "failing"), o.code === 0 ? 0 : 1), 0);
const silent = runners.filter((o) => o.code === 0 && count(o.output, "passing") === 0);
for (const o of silent) console.log(`${o.title} ran nothing`);
console.log(`\n${passed} passed, ${failed + silent.length} failed`);
process.exit(failed + silent.length === 0 ? 0 : 1);
