/**
 * `npm run bench`: the project's figures against its targets, in one run. `--json` ends with one line; `--gas` measures
 * only gas; `--write` stores the gas figures in checks/bench/gas.json; `--withheld` plays disputes over withheld tensors, also of
 * a ResNet-50 where the ONNX project's test data is at hand (OPG_ONNX_DATA), and nothing else; `--openings` opens traces
 * of up to 4,096 tensors, and nothing else. `--daemon` measures memory and start of a daemon in a process of its own, and
 * nothing else: `--daemon=FOLDER` that of another checkout, to set both side by side; `--jobs=N` serves so many; `--samples`
 * prints each figure as it comes.
 * `--workers` measures one, two and three worker processes on a PostgreSQL server, and nothing else. `--load` lets up to
 * 10,000 jobs a minute arrive at an operator with workers that only pretend to run the model (`--seconds=N` of each rate),
 * and shows which resource takes how much; and nothing else. `--check` commits to traces of whole networks, and lets a watcher
 * find one wrong number in each; and nothing else. `--forms` runs whole networks in canonical form beside plain onnxruntime
 * and measures what they leave open, and nothing else: `--network=NAME` one of them, `--rounds=N` so often; with `--write` the tables
 * go to docs/benchmarks.md. `--api` asks the API of an index with 100,000 jobs (`--jobs=N`), and nothing else. `--explorer` opens
 * the explorer in a browser, over an index with 10,000 jobs (`--jobs=N`), and nothing else. `--large` measures what compiling and certifying large models takes, and nothing else: `--large=FOLDER`
 * in another checkout.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { met, showTargets, type Target } from "./target.ts";
import { measureGas, type GasFigures, type ProductGas } from "./gas.ts";
import { hashingTargets, measureHashing, type Hashing } from "./hashing.ts";
import { chainOf, measureOpenings } from "./openings.ts";
import { inferenceModel } from "./models.ts";
import { NETWORKS } from "./networks/index.ts";
import { checkTargets, measureCheck, showCheck, type Check } from "./check.ts";
import { showWithheld } from "./withheldTable.ts";
import { measureDaemon } from "./daemon.ts";
import { daemonTargets, showDaemon } from "./daemonTable.ts";
import { measureThroughput } from "./operator.ts";
import { largeTargets, measureLarge, showLarge } from "./large.ts";
import { measureLoad, showLoad } from "./load.ts";
import { measureWorkers } from "./workers.ts";
import { compile } from "../../core/compile/compile.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";
import { DEVNETS } from "../../scripts/devnet/chain.ts";

/** Networks of which a trace is committed to and checked. */
const CHECKED = ["BERT-6", "ResNet-50"];
const SNAPSHOT = join(import.meta.dirname, "gas.json");
const flags = new Set(process.argv.slice(2));
const started = performance.now();
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const progress = (line: string): void => void process.stderr.write(process.stderr.isTTY ? `\r\x1b[2K${line}` : `${line}\n`);

/** Gas of one more product, between the two longest elements: what all elements cost alike drops out. */
function perProduct(figures: readonly ProductGas[]): number {
  const [a, b] = figures.slice(-2);
  return (b.execution - a.execution) / (b.k - a.k);
}

function gasTargets({ job, dispute, chain, int8 }: GasFigures): Target[] {
  return [
    { name: "request + submit + finalize", measured: job.request + job.submit + job.finalize, limit: 170_000, unit: "gas" },
    { name: `challenge + open + convict (${dispute.products} products)`, measured: dispute.challenge + dispute.open + dispute.convict, limit: 600_000, unit: "gas" },
    { name: "chain, per product", measured: perProduct(chain), limit: 400, unit: "gas" },
    { name: "int8, per product", measured: perProduct(int8), limit: 20, unit: "gas" },
  ];
}

function showGas({ job, dispute, chain, int8 }: GasFigures): void {
  say(`\nWhole transactions on the digits CNN`);
  for (const [step, gas] of Object.entries({ ...job, challenge: dispute.challenge, open: dispute.open, convict: dispute.convict })) {
    say(`  ${step.padEnd(12)} ${gas.toLocaleString("en").padStart(9)}`);
  }
  for (const [name, figures] of [["chain", chain], ["int8", int8]] as const) {
    say(`\nOne element, ${name}:      k  execution  transaction  execution/k`);
    for (const { k, execution, transaction } of figures) {
      const cells = [k, execution, transaction].map((n, i) => n.toLocaleString("en").padStart([8, 10, 12][i]));
      say(`${" ".repeat(name.length + 12)}${cells.join(" ")} ${(execution / k).toFixed(1).padStart(12)}`);
    }
  }
}

function showHashing({ leaves, tree, threads: [one, two] }: Hashing): void {
  const [bytes, digits, whole, single, double] = [leaves.bytes, leaves.digits, tree, one, two].map((rate) => rate.toFixed(0));
  say(`\nCommitting to tensors: ${whole} MB/s, in one thread ${single}, in two ${double} (leaves alone ${bytes} MB/s into bytes, ${digits} into digits)`);
}

if (flags.has("--budget")) {
  const { showPrices } = await import("./prices.ts");
  process.exit((await showPrices(say)) ? 0 : 1);
}

if (flags.has("--openings")) {
  progress("openings");
  const openings = await measureOpenings([12, 123, 600, 1_500, 4_096].map((tensors) => chainOf(tensors)));
  say("\nOpening a trace, 32 bytes in and out");
  say("\n| tensors | calldata | gas |\n|--:|--:|--:|");
  for (const { tensors, bytes, gas: used } of openings) say(`| ${[tensors, bytes, used].map((n) => n.toLocaleString("en")).join(" | ")} |`);
  if (flags.has("--json")) say(JSON.stringify({ openings }));
  process.exit(openings.every(({ gas: used }) => used <= 250_000) ? 0 : 1);
}
const setting = (name: string): string | undefined => [...flags].find((flag) => flag.startsWith(`--${name}=`))?.split("=")[1];
const daemon = (checkout: string) =>
  measureDaemon({ checkout, jobs: Number(setting("jobs") ?? 10_000), start: DEVNETS.at(-1)!.start, onServed: (done) => progress(`daemon: ${done} jobs`), onSample: ({ jobs, resident }) => flags.has("--samples") && say(`${jobs} jobs, ${resident.toFixed(0)} MiB`) });

if (flags.has("--daemon") || setting("daemon") !== undefined) {
  const use = await daemon(resolve(setting("daemon") ?? join(import.meta.dirname, "..", "..")));
  showDaemon(use, say);
  if (flags.has("--json")) say(JSON.stringify(use));
  process.exit(daemonTargets(use).every(met) ? 0 : 1);
}
if (flags.has("--workers")) {
  const rates = await measureWorkers([1, 2, 3], 3, 900, progress);
  say("\n| workers | jobs a second | against one | CPU of the operator | CPU of the workers | CPU of the server |\n|--:|--:|--:|--:|--:|--:|");
  for (const { workers, perSecond, operatorCpu, workersCpu, serverCpu } of rates) {
    const [own, theirs, its] = [operatorCpu, workersCpu, serverCpu].map((cpu) => `${(1000 * cpu).toFixed(1)} ms a job`);
    say(`| ${workers} | ${perSecond.toFixed(1)} | ${(perSecond / rates[0].perSecond).toFixed(2)} | ${own} | ${theirs} | ${its} |`);
  }
  if (flags.has("--json")) say(JSON.stringify({ workers: rates }));
  process.exit(rates.at(-1)!.perSecond >= 1.6 * rates[0].perSecond ? 0 : 1);
}
if (flags.has("--load")) {
  const figures = await measureLoad([600, 1_250, 2_500, 5_000, 10_000], Number(setting("seconds") ?? 30), progress);
  showLoad(figures, say);
  if (flags.has("--json")) say(JSON.stringify({ load: figures }));
  process.exit();
}
if (flags.has("--check")) {
  const networks = NETWORKS.filter(({ name }) => CHECKED.includes(name)).map(({ name, full }) => ({ name, file: full }));
  const checks: Check[] = [];
  for (const { name, file } of [{ name: "convolutions", file: inferenceModel }, ...networks]) {
    progress(`check: ${name}`);
    checks.push(await measureCheck(name, await compile(file(), { runtime: ortRuntime }), 9));
    showCheck(checks.at(-1)!, say);
  }
  const wanted = checkTargets(checks);
  for (const target of wanted) say(`${met(target) ? "  " : "✗ "}${target.name.padEnd(56)} ${target.measured.toFixed(2)}, at most ${target.limit}`);
  if (flags.has("--json")) say(JSON.stringify({ checks }));
  process.exit(wanted.every(met) ? 0 : 1);
}
if (flags.has("--forms")) {
  const { showForms } = await import("./forms/forms.ts");
  const options = { network: setting("network"), rounds: Number(setting("rounds") ?? 21), write: flags.has("--write"), json: flags.has("--json") };
  process.exit((await showForms(options, say, progress)) ? 0 : 1);
}
if (flags.has("--api")) {
  const { apiTargets, measureApi, measureServingBeside, servingTarget, showApi } = await import("./api.ts");
  const jobs = Number(setting("jobs") ?? 100_000);
  const figures = await measureApi(jobs, Number(setting("seconds") ?? 20), progress);
  const beside = await measureServingBeside(jobs, 5, progress);
  showApi(figures, say);
  say(`\nAn operator serves ${beside.alone.toFixed(1)} jobs a second, and ${beside.beside.toFixed(1)} beside its API`);
  const wanted = [...apiTargets(figures), servingTarget(beside)];
  showTargets(wanted, say);
  if (flags.has("--json")) say(JSON.stringify({ api: figures, beside }));
  process.exit(wanted.every(met) ? 0 : 1);
}
if (flags.has("--explorer")) {
  const { explorerTargets, measureExplorer, showExplorer } = await import("./explorer.ts");
  const figures = await measureExplorer(Number(setting("jobs") ?? 10_000), 9, progress);
  showExplorer(figures, say);
  const wanted = explorerTargets(figures);
  showTargets(wanted, say);
  if (flags.has("--json")) say(JSON.stringify({ explorer: figures }));
  process.exit(wanted.every(met) ? 0 : 1);
}
if (flags.has("--large") || setting("large") !== undefined) {
  const measured = await measureLarge(resolve(setting("large") ?? join(import.meta.dirname, "..", "..")), (name) => progress(name));
  showLarge(measured, say);
  const wanted = largeTargets(measured);
  showTargets(wanted, say);
  if (flags.has("--json")) say(JSON.stringify({ large: measured }));
  process.exit(wanted.every(met) ? 0 : 1);
}
if (flags.has("--withheld")) {
  await showWithheld(say, progress, flags.has("--json"));
  process.exit();
}

progress("gas");
const gas = await measureGas();
showGas(gas);
const targets = gasTargets(gas);
if (flags.has("--write")) writeFileSync(SNAPSHOT, `${JSON.stringify(gas, null, 2)}\n`);
const unchanged = JSON.stringify(JSON.parse(readFileSync(SNAPSHOT, "utf8"))) === JSON.stringify(gas);
if (!unchanged) say(`\nchecks/bench/gas.json holds other figures; npm run bench -- --gas --write stores these`);

let speed = {};
if (!flags.has("--gas")) {
  progress("hashing");
  const hashing = await measureHashing();
  const throughput = await measureThroughput(inferenceModel(), 5, 300, (done) => progress(`throughput: ${done} of 5 rounds`));
  const use = await daemon(join(import.meta.dirname, "..", ".."));
  showHashing(hashing);
  say(`Bare inference ${throughput.milliseconds.toFixed(1)} ms; bare ${throughput.bare.toFixed(1)}/s, operator ${throughput.served.toFixed(1)}/s`);
  showDaemon(use, say);
  targets.push(
    ...hashingTargets(hashing),
    { name: "bare inference", measured: throughput.milliseconds, limit: 10, atLeast: true, unit: "ms" },
    { name: "operator against a bare loop", measured: throughput.ratio, limit: 0.95, atLeast: true, unit: "" },
    ...daemonTargets(use),
  );
  speed = { hashing, throughput, daemon: use };
}
if (process.stderr.isTTY) process.stderr.write("\r\x1b[2K");

showTargets(targets, say);
const ok = targets.every(met) && unchanged;
say(`\n${ok ? "ok" : "NOT OK"}, ${((performance.now() - started) / 1000).toFixed(0)} s`);
if (flags.has("--json")) {
  const ratios = Object.fromEntries(targets.map(({ name, measured, limit }) => [name, measured / limit]));
  say(JSON.stringify({ gas, gasUnchanged: unchanged, ...speed, targets: targets.map((target) => ({ ...target, met: met(target) })), ratios, ok }));
}
process.exitCode = ok ? 0 : 1;
