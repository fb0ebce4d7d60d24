import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { totalmem, tmpdir } from "node:os";
import { join } from "node:path";
import type { Socket } from "node:net";
import { RuntimeEnded } from "../../core/faults.ts";
import { LAUNCHED } from "../lifeline.mjs";
import { FLAGS } from "../node.mjs";
import type { Cost, CostMeter, ModelBytes, Runtime, RuntimeSession } from "../ports.ts";
import { pack, requestBy, tensorsBy, unpack, type Parcel } from "./parcels.ts";
import { residentBytes } from "./resident.ts";
import { RUNTIME_NAME } from "./runtimeName.ts";
import { STARTED, type Opened, type RuntimeReply, type RuntimeRequest, type Tensors } from "./runtimeMessages.ts";

export interface ProcessLimits {
  /** Bytes that may be resident. */
  readonly memory: number;
  /** Milliseconds that one question may take. */
  readonly ms: number;
  /** Milliseconds without a question after which the process ends. */
  readonly idleMs: number;
}

const LOOK_MS = 100;
const MINUTE = 60_000;

/** Three quarters of what this process may have; a model that needs more could not be served here either. */
const mostMemory = (): number => 0.75 * Math.min(totalmem(), process.constrainedMemory() || Infinity);

const DOING: Readonly<Record<RuntimeRequest["op"], string>> = {
  optimise: "optimised the model",
  open: "opened the model",
  run: "ran the model",
  compare: "measured what a run takes",
  release: "closed the model",
};

/** INVARIANT: a file that takes over the runtime finds neither key nor password in its process. */
const withoutSecrets = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("OPG_")));

interface Waiting {
  readonly op: RuntimeRequest["op"];
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** One process with its sessions, and what it has been asked. */
class RuntimeProcess {
  readonly #child: ChildProcess;
  readonly #folder = mkdtempSync(join(tmpdir(), "opg-"));
  readonly #limits: ProcessLimits;
  /** Settles when it can be asked, or has ended: how long a busy machine takes to start a process is no fault of a file. */
  readonly #started: Promise<void>;
  readonly #waiting = new Map<number, Waiting>();
  #looking: NodeJS.Timeout | undefined;
  #idling: NodeJS.Timeout | undefined;
  #why: string | undefined;
  #calls = 0;
  #hasEnded = false;

  /** @param onEnd called when it is no more */
  constructor(limits: ProcessLimits, onEnd: () => void) {
    this.#limits = limits;
    this.#child = fork(new URL("./ortProcess.ts", import.meta.url), [this.#folder], {
      serialization: "advanced",
      // The pipe is closed by the system when this process ends, however it ends; then the other one ends, too.
      stdio: ["ignore", "ignore", "ignore", "pipe", "ipc"],
      env: { ...withoutSecrets(process.env), [LAUNCHED]: "1" },
      execArgv: process.execArgv.filter((flag) => FLAGS.includes(flag)),
    });
    const clean = () => rmSync(this.#folder, { recursive: true, force: true });
    process.once("exit", clean);
    const ended = () => {
      this.#hasEnded = true;
      onEnd();
      process.off("exit", clean);
      clean();
      this.#settleAll((op) => new RuntimeEnded(`the runtime ended while it ${DOING[op]} (${this.#how})`));
    };
    this.#child.on("exit", ended).on("error", ended);
    this.#started = new Promise((resolve) => {
      for (const event of ["message", "exit", "error"]) this.#child.once(event, () => resolve());
    });
    this.#child.on("message", (reply: RuntimeReply | typeof STARTED) => reply !== STARTED && this.#settle(reply));
    (this.#child.stdio[3] as Socket).on("error", () => undefined).unref();
    this.#rest();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  async ask(request: RuntimeRequest): Promise<unknown> {
    if (this.#hasEnded) throw lostSession();
    this.#work();
    await this.#started;
    if (this.#hasEnded) throw new RuntimeEnded(`the runtime ended when it was started (${this.#how})`);
    const packed = (bytes: ModelBytes): Promise<Parcel> => pack(bytes, this.#folder);
    const message = await requestBy(request, packed, packed);
    if (this.#hasEnded) throw lostSession();
    const call = ++this.#calls;
    return new Promise((resolve, reject) => {
      const { ms } = this.#limits;
      const timer = setTimeout(() => this.#stop(`stopped: it took more than ${ms / 1000} s`), ms);
      this.#waiting.set(call, { op: request.op, resolve, reject, timer });
      this.#child.send({ ...message, call }, () => undefined);
    });
  }

  async close(): Promise<void> {
    if (this.#hasEnded) return;
    this.#stop("closed");
    await once(this.#child, "exit");
  }

  get #how(): string {
    return this.#why ?? this.#child.signalCode ?? `exit code ${this.#child.exitCode}`;
  }

  #stop(why: string): void {
    this.#why ??= why;
    this.#child.kill("SIGKILL");
  }

  #settle(reply: RuntimeReply): void {
    const waiting = this.#waiting.get(reply.call);
    if (waiting === undefined) return;
    this.#waiting.delete(reply.call);
    clearTimeout(waiting.timer);
    if (reply.ok) waiting.resolve(reply.value);
    else waiting.reject(reply.lost ? lostSession() : new Error(reply.message));
    if (this.#waiting.size === 0) this.#rest();
  }

  #settleAll(errorOf: (op: RuntimeRequest["op"]) => Error): void {
    for (const { op, reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(errorOf(op));
    }
    this.#waiting.clear();
    this.#rest();
    clearTimeout(this.#idling);
  }

  /** While something is asked, this process waits for the answer, and looks how much memory it takes. */
  #work(): void {
    clearTimeout(this.#idling);
    this.#child.ref();
    this.#child.channel?.ref();
    const { memory } = this.#limits;
    this.#looking ??= setInterval(() => {
      void residentBytes(this.#child.pid!).then((bytes) => {
        if (bytes > memory) this.#stop(`stopped: it took more than ${Math.round(memory / 2 ** 20)} MiB of memory`);
      });
    }, LOOK_MS);
  }

  #rest(): void {
    clearInterval(this.#looking);
    this.#looking = undefined;
    this.#child.unref();
    this.#child.channel?.unref();
    clearTimeout(this.#idling);
    this.#idling = setTimeout(() => this.#stop("closed"), this.#limits.idleMs).unref();
  }
}

const lostSession = (): Error => new RuntimeEnded("the runtime ended, and its sessions with it");

/** The runtime in a process of its own. */
export interface ProcessRuntime extends Runtime, CostMeter {
  /** Of the process while it runs. */
  readonly pid: number | undefined;
  close(): Promise<void>;
}

/**
 * onnxruntime in a process of its own, for files that nobody has looked at: one that crashes it, or that it spends memory or time on
 * without end, is refused by a RuntimeEnded, and the next question starts another process.
 */
export function createProcessRuntime(limits: Partial<ProcessLimits> = {}): ProcessRuntime {
  const all: ProcessLimits = { memory: mostMemory(), ms: 10 * MINUTE, idleMs: MINUTE / 2, ...limits };
  let current: RuntimeProcess | undefined;
  let sessions = 0;
  const started = (): RuntimeProcess => {
    const made = (current ??= new RuntimeProcess(all, () => {
      if (current === made) current = undefined;
    }));
    return made;
  };
  return {
    name: RUNTIME_NAME,
    get pid() {
      return current?.pid;
    },
    optimise: async (model, level) => unpack((await started().ask({ op: "optimise", model, level })) as Parcel),
    compare: async (source, canonical, feeds) => (await started().ask({ op: "compare", source, canonical, feeds })) as Cost,
    async open(model, options = {}): Promise<RuntimeSession> {
      const session = ++sessions;
      const own = started();
      const { inputs, outputs } = (await own.ask({ op: "open", session, model, options })) as Opened;
      return {
        inputs,
        outputs,
        run: async (feeds, wanted) => new Map(await tensorsBy((await own.ask({ op: "run", session, feeds, outputs: wanted })) as Tensors<Parcel>, unpack)),
        release: async () => void (await own.ask({ op: "release", session }).catch(() => undefined)),
      };
    },
    close: async () => current?.close(),
  };
}

/** The one that the commands of this process share; it starts when it is first asked. */
export const foreignRuntime: ProcessRuntime = createProcessRuntime();
