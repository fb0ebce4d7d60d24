/**
 * `npm run demo`: the whole system on one machine in under a minute. With --json the last line is one JSON object.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { provideArtifacts } from "../../oracle/certify/artifacts.ts";
import { formatJobId } from "../../core/jobs/job.ts";
import { openNetwork } from "../devnet/network.ts";
import { inOpg, PARTIES, type PartyName } from "../devnet/stage.ts";
import { conservationFaults, convictLiar, digitOf, EventLog, readDigit, refundUnserved, retryCallback, type Outcome } from "./stories.ts";

const json = process.argv.includes("--json");
const say = (line = ""): void => void (json || console.log(line));
const began = performance.now();
const title = (text: string): void => say(`\n── ${text} ${"─".repeat(Math.max(0, 88 - text.length))}`);

title("The stage");
await provideArtifacts([["jobs", "JobRegistry"], ["mocks", "MockConsumer"]], () => say("   building the contracts, which takes a minute"));
const heard = new EventLog();
const folder = mkdtempSync(join(tmpdir(), "opg-demo-"));
const network = await openNetwork({ folder, liar: true, pollMs: 50, onEvent: heard.listener, say: (line) => say(`   ${line}`) });
const { stage } = network;
let ok = false;
try {
  const balances = async () => Object.fromEntries(await Promise.all(PARTIES.map(async (p) => [p, await stage.wealth(stage.address(p))] as const))) as Record<PartyName, bigint>;
  const before = await balances();

  const jobs: Outcome[] = [];
  const tell = (o: Outcome): void => {
    jobs.push(o);
    say(`   job ${formatJobId(o.id)} on ${o.model}: ${o.status}`);
    say(`   ${o.reason}`);
  };

  title("A contract reads a digit: float32 CNN, then int8 CNN");
  const consumer = await stage.deployReader(stage.published.cnn.version);
  const first = await readDigit(stage, stage.published.cnn, digitOf(3), consumer);
  const seven = await readDigit(stage, stage.published.cnn, digitOf(7), consumer);
  const quantised = await readDigit(stage, stage.published.int8, digitOf(5));
  [first, seven, quantised].forEach(tell);

  title("An operator lies about one number, and the EVM recomputes it");
  const lie = network.lies.get(stage.published.cnn.version)!.place;
  const conviction = await convictLiar(stage, stage.published.cnn, digitOf(8), heard);
  tell(conviction);
  for (const [party, { before: had, after: has }] of Object.entries(conviction.wealth))
    say(`   ${party.padEnd(10)} ${inOpg(had).padStart(10)} OPG before, ${inOpg(has).padStart(10)} after (${has >= had ? "+" : ""}${inOpg(has - had)})`);

  title("Nobody serves a job");
  tell(await refundUnserved(stage, stage.published.cnn, digitOf(1)));

  title("A consumer reverts");
  tell(await retryCallback(stage, stage.published.cnn, digitOf(0)));

  const after = await balances();
  // Steady state: the second job of the same consumer finds all balances non-zero, as every later one does.
  const { request, submit, finalize } = seven.gas;
  const { challenge, open, convict } = conviction.gas;
  const gas = { request, submit, finalize, challenge, open, convict };

  title("Gas of whole transactions");
  for (const [step, used] of Object.entries(gas)) say(`   ${step.padEnd(10)} ${used.toLocaleString("en").padStart(9)}`);
  say(`   ${"a job".padEnd(10)} ${(request + submit + finalize).toLocaleString("en").padStart(9)}   request + submit + finalize with callback`);
  say(`   ${"a verdict".padEnd(10)} ${(challenge + open + convict).toLocaleString("en").padStart(9)}   challenge + open + convict`);

  const liar = conviction.wealth.liar;
  const everybody = [...PARTIES.map(stage.address), ...stage.consumers];
  const faults = await conservationFaults(stage, everybody);
  const checks: [string, boolean][] = [
    ["every digit was read as its label says", [first, seven, quantised].every((o) => o.digit === o.label && o.status === "Final")],
    ["the liar was convicted at the number it altered", conviction.status === "Convicted" && conviction.accused.node === lie.node && conviction.accused.element === lie.element],
    ["the liar lost its bond", liar.before - liar.after === 100n * 10n ** 18n],
    ["the watcher gained", conviction.wealth.watcher.after > conviction.wealth.watcher.before],
    ["the requester was compensated", conviction.wealth.requester.after > conviction.wealth.requester.before],
    ["the unserved job was refunded", jobs[4].status === "Refunded"],
    ["the reverting consumer was settled and called again", jobs[5].status === "Final"],
    [`all OPG is accounted for${faults.length === 0 ? "" : `: ${faults.join("; ")}`}`, faults.length === 0],
  ];
  ok = checks.every(([, holds]) => holds);

  title("Checks");
  for (const [what, holds] of checks) say(`   ${holds ? "✔" : "✘"} ${what}`);
  say(`\n   ${((performance.now() - began) / 1000).toFixed(1)} seconds`);
  if (json) {
    const shown = (o: Outcome) => ({ id: formatJobId(o.id), model: o.model, status: o.status, reason: o.reason });
    const money = Object.fromEntries(PARTIES.map((p) => [p, { before: inOpg(before[p]), after: inOpg(after[p]) }]));
    console.log(JSON.stringify({ jobs: jobs.map(shown), gas, balances: money, checks: Object.fromEntries(checks), ok }));
  }
} finally {
  await network.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(ok ? 0 : 1);
