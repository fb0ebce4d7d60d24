/** An operator whose chain is a stand-in, with a PostgreSQL server and workers that are processes of their own. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { drawInputs } from "../../oracle/certify/inputs.ts";
import { compile } from "../../core/compile/compile.ts";
import { FLAGS } from "../../oracle/node.mjs";
import { ortRuntime } from "../../oracle/runtime/ort.ts";
import { descendants, processes } from "../../test/support/processes.ts";
import { startPostgres, type TestServer } from "../../test/support/postgres.ts";
import { inferenceModel } from "./models.ts";
import { openOperator, type Serving } from "./operator.ts";

export interface Fleet {
  readonly operator: Serving;
  readonly server: TestServer;
  readonly url: string;
  /** Workers that run. */
  readonly workers: number;
  addWorker(): Promise<void>;
  /** Seconds that processors spent so far: on the operator with its stand-in chain, on all workers, on the server. */
  used(): { operator: number; workers: number; server: number };
  close(): Promise<void>;
}

export interface FleetOptions {
  /** Jobs that the operator has in hand. */
  readonly inHand: number;
  /** Models that a worker runs side by side. */
  readonly places: number;
  /** Milliseconds that a worker waits where it would run the model. */
  readonly pretended?: number;
}

async function startWorker(argv: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [...FLAGS, join(import.meta.dirname, "workerProcess.ts"), ...argv], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((resolve, reject) => {
    createInterface(child.stdout!).once("line", () => resolve());
    child.once("exit", (code) => reject(new Error(`a worker ended with exit code ${code}`)));
  });
  return child;
}

export async function openFleet({ inHand, places, pretended }: FleetOptions): Promise<Fleet> {
  const model = await compile(inferenceModel(), { runtime: ortRuntime });
  const inputs = Array.from({ length: 4 }, (_, i) => drawInputs(model.program.inputs, i)[0]);
  const folder = mkdtempSync(join(tmpdir(), "opg-fleet-"));
  const files = ["canonical.onnx", "program.json"].map((name) => join(folder, name));
  writeFileSync(files[0], model.canonical);
  writeFileSync(files[1], model.programFile);
  const server = await startPostgres();
  const url = await server.database();
  const operator = await openOperator(model, inputs, { url, inHand });
  const children: ChildProcess[] = [];
  return {
    operator,
    server,
    url,
    get workers() {
      return children.length;
    },
    async addWorker() {
      children.push(await startWorker([url, String(places), ...files, ...(pretended === undefined ? [] : [String(pretended)])]));
    },
    used() {
      const postmaster = Number(readFileSync(join(server.folder, "postmaster.pid"), "utf8").split("\n")[0]);
      const all = processes();
      const sum = (...pids: (number | undefined)[]) => all.filter(({ pid }) => pids.includes(pid)).reduce((total, { seconds }) => total + seconds, 0);
      return {
        operator: sum(process.pid),
        workers: sum(...children.map(({ pid }) => pid)),
        server: sum(postmaster, ...descendants(postmaster, all).map(({ pid }) => pid)),
      };
    },
    async close() {
      await operator.close();
      for (const child of children) child.kill("SIGKILL");
      rmSync(folder, { recursive: true });
      await server.close();
    },
  };
}
