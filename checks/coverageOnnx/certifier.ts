import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { Judge } from "../../oracle/certify/judge.ts";
import type { Answer, FromProcess, Outcome, Task, ToProcess } from "./messages.ts";

const SCRIPT = join(import.meta.dirname, "certifyProcess.ts");

/** A process is left for a new one when so much of it is resident after a model: what grew is not given back. */
const MOST_RESIDENT = 2 * 2 ** 30;

/**
 * Certifies models one after the other in a process of its own, which may die of one: then that model is refused, and the next has
 * another process.
 */
export class Certifier {
  readonly #judge: () => Promise<Judge>;
  readonly #patienceMs: number;
  #child: ChildProcess | undefined;

  /** @param patienceMs after which a model is given up */
  constructor(judge: () => Promise<Judge>, patienceMs: number) {
    this.#judge = judge;
    this.#patienceMs = patienceMs;
  }

  async certify(task: Task): Promise<Outcome> {
    const began = performance.now();
    const child = (this.#child ??= this.#start());
    let timer: NodeJS.Timeout | undefined;
    const outcome = await new Promise<Outcome>((resolve) => {
      const refuse = (why: string) => {
        const ms = performance.now() - began;
        resolve({ kind: "outcome", faults: [{ name: "model", op: "", why }], nodes: 0, bounded: 0, gas: 0, wrong: [], bound: [], ms, cpuMs: ms, memory: 0 });
      };
      timer = setTimeout(() => {
        refuse(`it takes more than ${this.#patienceMs / 1000} s`);
        this.close();
      }, this.#patienceMs);
      child.on("close", (code, signal) => refuse(`the process ended while it worked on it (${signal ?? `exit code ${code}`})`));
      child.on("message", (message: FromProcess) => {
        if (message.kind === "outcome") resolve(message);
        else void this.#answer(message).then((answer) => this.#child === child && child.send(answer satisfies ToProcess));
      });
      child.send(task satisfies ToProcess, (error) => error !== null && refuse(error.message));
    });
    clearTimeout(timer);
    child.removeAllListeners("close").removeAllListeners("message");
    if (outcome.memory > MOST_RESIDENT) this.close();
    return outcome;
  }

  #start(): ChildProcess {
    const child = fork(SCRIPT, { serialization: "advanced", stdio: ["ignore", "ignore", "ignore", "ipc"] });
    child.on("exit", () => {
      if (this.#child === child) this.#child = undefined;
    });
    return child;
  }

  async #answer({ programRoot, traceRoot, proof, pieces }: Extract<FromProcess, { kind: "question" }>): Promise<Answer> {
    try {
      const judge = await this.#judge();
      return { verdict: await judge.judge(programRoot, traceRoot, proof, pieces) };
    } catch (error) {
      return { failed: error instanceof Error ? error.message : String(error) };
    }
  }

  close(): void {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }
}
