/**
 * `npm run portable`: runs the shipped models and generated ones on every instruction set that is to be had here, and compares
 * the root of every tensor. A host that serves a version must give the same bits as this one in every node whose rule leaves
 * nothing open; one without FMA must be refused by its self-test. Ends with code 1 where that is not so. What is not to be had
 * here (an emulator of Debian's package qemu-user, an arm64 Node) is named and not run.
 *
 *   --native           this processor only, against itself in a second process
 *   --only TEXT        subjects whose name contains TEXT
 *   --host TEXT        processors whose name contains TEXT
 *   --arm64-node FILE  Node for arm64, and
 *   --arm64-root DIR   the folder whose lib has its C and C++ libraries
 *   --write            the rows of these hosts into docs/hardware.md
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ortRuntime } from "../../oracle/runtime/ort.ts";
import { broken, compare } from "./compare.ts";
import { writeRows } from "./document.ts";
import { hosts, type Host, type Start } from "./hosts.ts";
import { writeSubjects, type Report } from "./report.ts";
import { prepare, SOURCES, type Subject } from "./subjects.ts";
import { rowsOf, type Row } from "./table.ts";

/** Minutes for all subjects on one emulated processor: many times what they take. */
const PATIENCE_MS = 30 * 60_000;

const { values } = parseArgs({
  options: {
    native: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    host: { type: "string", default: "" },
    "arm64-node": { type: "string" },
    "arm64-root": { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function reportOf({ command, argv, env }: Start, folder: string): Promise<Report> {
  const script = join(import.meta.dirname, "process.ts");
  const child = spawn(command, [...argv, script, folder], { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"], timeout: PATIENCE_MS });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  if (code !== 0) throw new Error(`the process ended with ${code ?? signal}:\n${Buffer.concat(err).toString().slice(-2_000)}`);
  return JSON.parse(Buffer.concat(out).toString()) as Report;
}

/** What speaks against a host's report beside the native one. */
function faultsOf(host: Host, report: Report, native: Report, subjects: readonly Subject[]): string[] {
  if (host.isRefused) return report.faults.length > 0 ? [] : [`${host.name}: the self-test does not refuse it`];
  return subjects.flatMap((subject, i) => {
    const outcome = report.outcomes[i];
    if (report.faults.length > 0 || outcome.objection !== undefined) return [];
    const comparison = compare(subject, native.outcomes[i], outcome);
    return broken(comparison).map(({ tensor, op, rule }) => `${host.name}: ${subject.name}: ${op} ${tensor} differs, although its rule is ${rule}`);
  });
}

async function measure(folder: string): Promise<string[]> {
  const subjects: Subject[] = [];
  for (const source of SOURCES.filter(({ name }) => name.includes(values.only))) subjects.push(await prepare(source, ortRuntime));
  if (subjects.length === 0) throw new Error(`no subject is called ${values.only}`);
  writeSubjects(folder, subjects);
  const arm64 = { node: values["arm64-node"] ?? "", root: values["arm64-root"] ?? "" };
  const [native, ...others] = hosts(folder, arm64.node === "" ? undefined : arm64);
  const first = await reportOf(native.start!, folder);
  const faults: string[] = first.faults.map((fault) => `${native.name}: ${fault}`);
  const rows: Row[] = [];
  for (const host of (values.native ? [native] : [native, ...others]).filter(({ name }) => name.includes(values.host))) {
    if (host.start === undefined) {
      say(`${host.name} (${host.instructions}): not run, ${host.lacking}`);
      continue;
    }
    const report = await reportOf(host.start, folder);
    faults.push(...faultsOf(host, report, first, subjects));
    const own = rowsOf(host, report, first, subjects);
    rows.push(...own);
    say(`${host.name} (${host.instructions}), ${report.runtime}`);
    if (report.faults.length > 0) say(`  self-test: refused, ${report.faults[0]}${report.faults.length > 1 ? `, and ${report.faults.length - 1} more` : ""}`);
    for (const { subject, tensors, outcome } of own) say(`  ${subject.padEnd(52)} ${String(tensors).padStart(3)} tensors: ${outcome}`);
  }
  if (values.write) writeRows(rows);
  return faults;
}

const folder = mkdtempSync(join(tmpdir(), "opg-portable-"));
let faults: string[];
try {
  faults = await measure(folder);
} finally {
  rmSync(folder, { recursive: true });
}
for (const fault of faults) say(fault);
say(faults.length === 0 ? "portable: in order" : `portable: ${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
