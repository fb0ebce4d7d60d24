import { hexlify } from "ethers";
import { constantTrees } from "../../core/dispute/evidence.ts";
import { whyNotOpenable } from "../../core/dispute/opening.ts";
import { messageOf, refusedError } from "../../core/errors.ts";
import { RuntimeEnded } from "../../core/faults.ts";
import type { TensorTree } from "../../core/merkle/tensorTree.ts";
import { describeObjections } from "../../core/compile/objections.ts";
import { rebuild } from "../../core/compile/rebuild.ts";
import { requireHost } from "../../core/compile/requireHost.ts";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { requireKnown } from "../../core/program/judge.ts";
import { encodeHeader } from "../../core/program/program.ts";
import { parseProgramFile } from "../../core/program/programFile.ts";
import type { Tracer } from "../../core/compile/trace.ts";
import { oddBool } from "../../core/tensor/bools.ts";
import { byteLength } from "../../core/tensor/shape.ts";
import { reachOf } from "../../core/slack/reach.ts";
import type { Shift } from "../../core/slack/shift.ts";
import type { Program } from "../../core/program/types.ts";
import type { Hex } from "../../core/hex.ts";
import type { ChainReader, Clock, Files, Runtime, RuntimeSession, Store, Telemetry } from "../ports.ts";
import { Pool } from "./pool.ts";

/** A version that this host has rebuilt from its files and may run. */
export interface HostedVersion {
  readonly program: Program;
  /** Trees of the constants, by root. */
  readonly constant: (root: string) => TensorTree;
  /** Output bytes for input bytes (docs/protocol.md §1.7), from the canonical run. */
  run(input: Uint8Array): Promise<Uint8Array>;
  /** Every tensor of the canonical run, row-major, by id. */
  trace(input: Uint8Array): Promise<Uint8Array[]>;
  /** The output of one node on other inputs, row-major, in the canonical way. */
  recompute(node: number, tensor: (id: number) => Uint8Array): Promise<Uint8Array>;
  /** How far an element of an output can be from its value in an honest run for whoever stays inside every bound (core/slack/reach.ts). */
  reach(trace: readonly Uint8Array[], output: number, element: number): Promise<Shift | undefined>;
}

export interface VersionHost {
  /**
   * Refuses a version that is not what its publisher says, whose schedules this host does not follow, or that states a
   * bound where a schedule holds.
   */
  get(version: Hex): Promise<HostedVersion>;
  close(): Promise<void>;
}

export interface VersionHostOptions {
  readonly maxModelBytes: number;
  readonly maxTraceBytes: number;
  /** Versions held in memory at once; the one used longest ago makes room. */
  readonly capacity: number;
  /** Runs of one version side by side. */
  readonly sessions: number;
  /** Threads that one run may use, of those that its version permits. */
  readonly threads: number;
}

interface Modules {
  readonly reader: ChainReader;
  readonly files: Files;
  /** Runs versions that were qualified. */
  readonly runtime: Runtime;
  /** A runtime that a version may end, for its first opening here; `runtime` where there is none. */
  readonly openForeign?: () => Runtime & { close(): Promise<void> };
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Remembers what was qualified on this host; without it every start qualifies anew. */
  readonly store?: Pick<Store, "qualification" | "recordQualification">;
  /** Fingerprint of this host and of what it asks of a version: one qualified on another is qualified anew. */
  readonly host: string;
}

/** A version that may be run here, with the threads that a run may use. */
interface Examined {
  readonly model: CompiledModel;
  readonly threads: number;
}

export function createVersionHost(modules: Modules, options: VersionHostOptions): VersionHost {
  const loaded = new Map<Hex, Promise<Loaded>>();

  async function load(version: Hex): Promise<Loaded> {
    const started = modules.clock.now();
    const { model, threads } = await examined(version);
    const hosted = new Loaded(model, modules, options.sessions, threads);
    const ms = Math.round(modules.clock.now() - started);
    modules.telemetry.emit("version.qualified", { version, nodes: model.program.nodes.length, threads, ms });
    return hosted;
  }

  /**
   * The version as it was opened the first time, by a runtime of its own.
   *
   * INVARIANT: a version that ends the runtime ends nothing else. It is opened a second time before it is refused, because the
   * system may have ended the process for the sake of another.
   */
  async function examined(version: Hex): Promise<Examined> {
    return examineAlone(version).catch((error: unknown) => {
      if (error instanceof RuntimeEnded) return examineAlone(version);
      throw error;
    });
  }

  async function examineAlone(version: Hex): Promise<Examined> {
    const foreign = modules.openForeign?.();
    const runtime = foreign ?? modules.runtime;
    try {
      const model = await fetchVersion({ ...modules, runtime }, version, options);
      const known = await modules.store?.qualification(version);
      if (known?.host !== modules.host || !known.accepted) await qualify(version, model, runtime);
      return { model, threads: await model.usableThreads(runtime, options.threads) };
    } finally {
      await foreign?.close();
    }
  }

  async function qualify(version: Hex, model: CompiledModel, runtime: Runtime): Promise<void> {
    const reason = describeObjections(await model.objections(runtime));
    await modules.store?.recordQualification(version, { host: modules.host, accepted: reason === undefined, reason: reason ?? "" });
    if (reason !== undefined) throw refusedError("VERSION_UNQUALIFIED", reason);
  }

  async function evict(): Promise<void> {
    const [oldest] = loaded;
    if (loaded.size <= options.capacity || oldest === undefined) return;
    loaded.delete(oldest[0]);
    await oldest[1].then((hosted) => hosted.close()).catch(() => undefined);
  }

  return {
    async get(version) {
      const known = loaded.get(version);
      const pending = known ?? load(version);
      // Re-inserting keeps the map in order of last use.
      loaded.delete(version);
      loaded.set(version, pending);
      try {
        const hosted = await pending;
        await evict();
        return hosted;
      } catch (error) {
        loaded.delete(version);
        if (known === undefined) modules.telemetry.emit("version.refused", { version, reason: messageOf(error) });
        throw error;
      }
    },
    async close() {
      for (const pending of loaded.values()) await pending.then((hosted) => hosted.close()).catch(() => undefined);
      loaded.clear();
    },
  };
}

/** Fetches and rebuilds a version, and checks every word that the registry says of it. */
export async function fetchVersion(
  modules: Pick<Modules, "reader" | "files" | "runtime">,
  version: Hex,
  options: Pick<VersionHostOptions, "maxModelBytes" | "maxTraceBytes">,
): Promise<CompiledModel> {
  const details = await modules.reader.version(version);
  // INVARIANT: nothing is staked, watched or vouched for that a foreign judge decides.
  requireKnown(await modules.reader.judge(details.verifier));
  const canonical = await modules.files.published(details.fileURI, details.fileDigest, options.maxModelBytes);
  const program = await modules.files.published(details.programURI, details.programDigest, options.maxModelBytes);
  requireHost(parseProgramFile(program), modules.runtime);
  const model = await rebuild(canonical, program, modules.runtime);
  if (model.root !== details.programRoot) {
    throw refusedError("VERSION_ROOT", `the files give program root ${model.root}, the registry says ${details.programRoot}`);
  }
  const header = hexlify(encodeHeader(model.program));
  if (header !== details.header) {
    throw refusedError("VERSION_HEADER", "the header in the registry is not that of the program");
  }
  const unopenable = whyNotOpenable(model.program);
  if (unopenable !== undefined) throw refusedError("VERSION_UNOPENABLE", unopenable);
  const bytes = model.program.nodes.reduce((sum, { output }) => sum + byteLength(output), 0);
  if (bytes > options.maxTraceBytes) {
    throw refusedError("VERSION_TOO_LARGE", `its trace has ${bytes} bytes, more than limits.traceBytes`);
  }
  return model;
}

class Loaded implements HostedVersion {
  readonly program: Program;
  readonly constant: (root: string) => TensorTree;
  readonly #model: CompiledModel;
  readonly #runtime: Runtime;
  readonly #clock: Clock;
  readonly #sessions: Pool<RuntimeSession>;
  readonly #tracers: Pool<Tracer>;

  constructor(model: CompiledModel, { runtime, clock }: Pick<Modules, "runtime" | "clock">, sessions: number, threads: number) {
    this.#model = model;
    this.#runtime = runtime;
    this.#clock = clock;
    this.#sessions = new Pool(() => runtime.open(model.canonical, { threads }), sessions);
    this.#tracers = new Pool(() => model.open(runtime, { threads }), 1);
    this.program = model.program;
    this.constant = constantTrees(model.program, (node, input) => model.constant(node, input));
  }

  async run(input: Uint8Array): Promise<Uint8Array> {
    const parts = runnableInput(this.program, input);
    const { inputs, outputs } = this.program;
    const feeds = new Map(inputs.map(({ name, dtype, dims }, i) => [name, { dtype, dims, data: parts[i] }]));
    const results = await this.#sessions.use((session) => session.run(feeds));
    return joinOutput(outputs.map(({ name }) => results.get(name)!.data));
  }

  async trace(input: Uint8Array): Promise<Uint8Array[]> {
    const parts = runnableInput(this.program, input);
    return this.#tracers.use((tracer) => tracer.run(parts));
  }

  recompute(node: number, tensor: (id: number) => Uint8Array): Promise<Uint8Array> {
    return this.#model.recompute(this.#runtime, node, tensor);
  }

  reach(trace: readonly Uint8Array[], output: number, element: number): Promise<Shift | undefined> {
    return reachOf(this.#model, trace, output, element, () => this.#clock.sleep(0));
  }

  async close(): Promise<void> {
    await this.#sessions.close();
    await this.#tracers.close();
  }
}

/** The graph inputs that the model may be run on. Refuses a bool that is neither 0 nor 1, of which kernels make different things. */
export function runnableInput(program: Program, input: Uint8Array): Uint8Array[] {
  const parts = splitInput(program, input);
  const bent = oddBool(program.inputs, parts);
  if (bent !== undefined) throw refusedError("INPUT_BOOL", `the input "${bent.name}" is of bools, and its element ${bent.element} is the byte ${bent.byte}`);
  return parts;
}

/** Cuts the job's input into the graph inputs. Refuses a length that no trace of this program begins with. */
export function splitInput(program: Program, input: Uint8Array): Uint8Array[] {
  const expected = program.inputs.reduce((sum, spec) => sum + byteLength(spec), 0);
  if (input.length !== expected) {
    throw refusedError("INPUT_LENGTH", `the input has ${input.length} bytes, the program takes ${expected}`);
  }
  let start = 0;
  return program.inputs.map((spec) => input.slice(start, (start += byteLength(spec))));
}

export function joinOutput(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** The job's output as a trace of this program has it. */
export function outputOf(program: Program, trace: readonly Uint8Array[]): Uint8Array {
  return joinOutput(program.outputs.map(({ id }) => trace[id]));
}
