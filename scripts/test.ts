/**
 * `npm test`: builds the contracts, then runs the static checks and both test runners side by side, and ends with a line
 * "N passed, M failed" counted from the runners' own summaries. Exits with 1 if anything failed or nothing ran.
 */
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { join, sep } from "node:path";

const root = join(import.meta.dirname, "..");
const bin = (name: string): string => join(root, "node_modules", ".bin", name);

interface Outcome {
  title: string;
  code: number;
  output: string;
  seconds: number;
}

function run(title: string, command: string, args: string[]): Promise<Outcome> {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, FORCE_COLOR: "0" }, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (part: Buffer) => (output += part.toString()));
    child.stderr.on("data", (part: Buffer) => (output += part.toString()));
    child.on("error", (error) => (output += `${error.message}\n`));
    child.on("close", (code) => resolve({ title, code: code ?? 1, output, seconds: (performance.now() - started) / 1000 }));
  });
}

function show({ title, code, output, seconds }: Outcome): void {
  console.log(`\n== ${title}: ${code === 0 ? "ok" : `failed with exit code ${code}`} after ${seconds.toFixed(1)} s`);
  if (code !== 0 || title.endsWith("tests")) console.log(output.trimEnd());
}

/** Sum of the numbers that the runner's summary lines give before `word`. */
const count = (output: string, word: string): number =>
  [...output.matchAll(new RegExp(`^\\s*(\\d+) ${word}\\b`, "gm"))].reduce((sum, m) => sum + Number(m[1]), 0);

const build = await run("build", bin("hardhat"), ["build", "--no-tests"]);
show(build);
if (build.code !== 0) {
  console.log("\n0 passed, 1 failed");
  process.exit(1);
}

/** Folders of the TypeScript tests that start nothing and go where the Solidity tests, once compiled, leave room. */
const ARITHMETIC = new Set(["exact", "certify", "compiler"]);
const files = globSync("test/ts/**/*.test.ts", { cwd: root }).sort();
const isArithmetic = (file: string): boolean => ARITHMETIC.has(file.split(sep)[2]);
const mocha = (title: string, chosen: string[]): Promise<Outcome> =>
  run(title, bin("hardhat"), ["test", "mocha", "--no-compile", ...chosen]);

/** Two lanes for two cores. */
const [first, second] = await Promise.all([
  (async () => [await mocha("TypeScript tests", files.filter((file) => !isArithmetic(file)))])(),
  (async () => [
    await run("types", bin("tsc"), ["--noEmit"]),
    await run("lint", bin("eslint"), ["oracle", "scripts", "test", "bench", "ignition", "hardhat.config.ts", "--no-error-on-unmatched-pattern"]),
    await run("boundaries", process.execPath, ["scripts/check-boundaries.ts"]),
    await run("Solidity tests", bin("hardhat"), ["test", "solidity"]),
    await mocha("arithmetic tests", files.filter(isArithmetic)),
  ])(),
]);
const outcomes = [...second, ...first];
outcomes.forEach(show);

const runners = outcomes.filter((o) => o.title.endsWith("tests"));
const passed = runners.reduce((n, o) => n + count(o.output, "passing"), 0);
// A check or a runner that stopped without a summary of failures counts as one failure.
const failed = outcomes.reduce((n, o) => n + Math.max(count(o.output, "failing"), o.code === 0 ? 0 : 1), 0);
const silent = runners.filter((o) => o.code === 0 && count(o.output, "passing") === 0);
for (const o of silent) console.log(`${o.title} ran nothing`);
console.log(`\n${passed} passed, ${failed + silent.length} failed`);
process.exit(failed + silent.length === 0 ? 0 : 1);
