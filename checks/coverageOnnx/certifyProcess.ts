/** The inside of a process that certifies one model after the other; the contracts are asked by way of its parent. */
import { readFileSync, writeFileSync } from "node:fs";
import { compile } from "../../core/compile/compile.ts";
import { CompileError, type Fault } from "../../core/faults.ts";
import { Rule, ruleName } from "../../core/program/types.ts";
import { certify } from "../../oracle/certify/certify.ts";
import type { Judge, Verdict } from "../../oracle/certify/judge.ts";
import { externalBeside } from "../../oracle/cli/parse.ts";
import { foreignRuntime } from "../../oracle/runtime/processRuntime.ts";
import type { Written } from "../../core/tensor/written.ts";
import type { Answer, FromProcess, Outcome, Task, ToProcess } from "./messages.ts";
import type { NamedModel } from "./models.ts";
import { testInputs } from "./testData.ts";

const BOUND = ruleName(Rule.bound);

const send = (message: FromProcess): void => void process.send!(message);

/** The questions that are not answered yet, in their order. */
const waiting: ((answer: Answer) => void)[] = [];

const judge: Judge = {
  judge: (programRoot, traceRoot, proof, pieces = []) =>
    new Promise<Verdict>((resolve, reject) => {
      waiting.push((answer) => ("verdict" in answer ? resolve(answer.verdict) : reject(new Error(answer.failed))));
      send({ kind: "question", programRoot, traceRoot, proof, pieces });
    }),
  close: async () => undefined,
};

/** Lets the system count the most that is resident from now on, where it can; elsewhere the figure is that of the process so far. */
function forgetPeak(): void {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // Not on this system.
  }
}

function peakMemory(): number {
  try {
    const [, kib] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    if (kib !== undefined) return Number(kib) * 1024;
  } catch {
    // Not on this system.
  }
  return process.resourceUsage().maxRSS * 1024;
}

type Found = Pick<Outcome, "faults" | "nodes" | "bounded" | "gas" | "wrong" | "bound">;

const refusedFor = (faults: readonly Fault[]): Found => ({ faults, nodes: 0, bounded: 0, gas: 0, wrong: [], bound: [] });

/** Tries a model; inputs whose values must be known get those of the test beside it. */
async function work({ model, elements, file = new Uint8Array(readFileSync(model.path)) }: Task): Promise<Found> {
  const given = testInputs(model.path, file);
  const bound = new Map<string, Written>();
  for (;;) {
    const found = await attempt({ ...model, values: { ...model.values, ...Object.fromEntries(bound) } }, file, elements);
    const wanted = found.faults.flatMap(({ inputs = [] }) => inputs).filter((name) => given.has(name) && !bound.has(name));
    if (wanted.length === 0) return { ...found, bound: [...bound.keys()] };
    for (const name of wanted) bound.set(name, given.get(name)!);
  }
}

async function attempt({ name, path, dims, values }: NamedModel, file: Uint8Array, elements: number): Promise<Found> {
  const options = { runtime: foreignRuntime, dims, values, external: externalBeside(path) };
  if (elements === 0) {
    const compiled = await compile(file, options).catch(faultsOf);
    if (!("program" in compiled)) return refusedFor(compiled);
    const { nodes } = compiled.program;
    return { ...refusedFor([]), nodes: nodes.length, bounded: nodes.filter(({ rule }) => rule === Rule.bound).length };
  }
  const { unsupported, nodes } = await certify(name, file, { ...options, elements, openJudge: async () => judge });
  return {
    ...refusedFor(unsupported),
    nodes: nodes.length,
    bounded: nodes.filter(({ rule }) => rule === BOUND).length,
    gas: Math.max(0, ...nodes.map(({ maxGas }) => maxGas)),
    wrong: nodes.flatMap((node) => node.failures.map(({ element, kind, why }) => `${node.name} (${node.op}), element ${element}, ${kind}: ${why}`)),
  };
}

function faultsOf(error: unknown): readonly Fault[] {
  if (error instanceof CompileError) return error.faults;
  return [{ name: "model", op: "", why: `a fault of this program: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}` }];
}

async function perform(task: Task): Promise<void> {
  forgetPeak();
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  const found = await work(task).catch((error: unknown) => refusedFor(faultsOf(error)));
  const { user, system } = process.cpuUsage(cpu);
  send({ kind: "outcome", ...found, ms: performance.now() - began, cpuMs: (user + system) / 1000, memory: peakMemory() });
}

process.on("message", (message: ToProcess) => {
  if ("model" in message) void perform(message);
  else waiting.shift()?.(message);
});
