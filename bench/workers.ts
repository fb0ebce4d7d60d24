/**
 * Workers on one PostgreSQL server, each a process of its own, for one operator whose chain is a stand-in: how many jobs a
 * second one serves, and how many several do.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { drawInputs } from "../oracle/certify/inputs.ts";
import { compile } from "../oracle/core/program/compile.ts";
import { ortRuntime } from "../oracle/runtime/ort.ts";
import { startPostgres } from "../test/support/postgres.ts";
import { inferenceModel } from "./models.ts";
import { openOperator } from "./operator.ts";
import { FLAGS } from "../oracle/node.mjs";

/** Jobs in hand: as many as keep four workers busy. */
const IN_HAND = 16;

export interface WorkersRate {
  readonly workers: number;
  /** Jobs a second: the median over the rounds. */
  readonly perSecond: number;
  /** Seconds of processors for one job: of the operator with its stand-in chain, and of all workers. */
  readonly operatorCpu: number;
  readonly workersCpu: number;
}

async function startWorker(url: string, files: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [...FLAGS, join(import.meta.dirname, "workerProcess.ts"), url, "1", ...files], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((resolve, reject) => {
    createInterface(child.stdout!).once("line", () => resolve());
    child.once("exit", (code) => reject(new Error(`a worker ended with exit code ${code}`)));
  });
  return child;
}

/** Seconds that a process has taken of processors so far, as Linux counts them. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Jobs a second with each number of workers in turn. */
export async function measureWorkers(counts: readonly number[], rounds: number, jobs: number, onRound: (what: string) => void): Promise<WorkersRate[]> {
  const model = await compile(inferenceModel(), { runtime: ortRuntime });
  const inputs = Array.from({ length: 4 }, (_, i) => drawInputs(model.program.inputs, i)[0]);
  const server = await startPostgres();
  const children: ChildProcess[] = [];
  const folder = mkdtempSync(join(tmpdir(), "opg-workers-"));
  const files = ["canonical.onnx", "program.json"].map((name) => join(folder, name));
  writeFileSync(files[0], model.canonical);
  writeFileSync(files[1], model.programFile);
  try {
    const url = await server.database();
    const operator = await openOperator(model, inputs, { url, inHand: IN_HAND });
    const rates: WorkersRate[] = [];
    for (const workers of counts) {
      while (children.length < workers) children.push(await startWorker(url, files));
      await operator.serve(jobs);
      const used = () => [process.pid, ...children.map(({ pid }) => pid!)].map(cpuOf);
      const before = used();
      const seconds: number[] = [];
      for (let round = 0; round < rounds; round++) {
        seconds.push(await operator.serve(jobs));
        onRound(`${workers} workers, round ${round + 1} of ${rounds}`);
      }
      const [own, ...others] = used().map((cpu, i) => (cpu - before[i]) / (rounds * jobs));
      const median = seconds.sort((a, b) => a - b)[rounds >> 1];
      rates.push({ workers, perSecond: jobs / median, operatorCpu: own, workersCpu: others.reduce((a, b) => a + b, 0) });
    }
    await operator.close();
    return rates;
  } finally {
    for (const child of children) child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
    await server.close();
  }
}
