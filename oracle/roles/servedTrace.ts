import { hexlify } from "ethers";
import type { PartialTrace } from "../../core/dispute/partialTrace.ts";
import { messageOf, refusedError } from "../../core/errors.ts";
import { TensorTree } from "../../core/merkle/tensorTree.ts";
import { isRooted } from "../../core/program/jobOutput.ts";
import { tracedTensors } from "../../core/program/program.ts";
import type { Program } from "../../core/program/types.ts";
import { byteLength } from "../../core/tensor/shape.ts";
import type { Tensor } from "../../core/tensor/tensor.ts";
import type { HostContext } from "../host/context.ts";

export interface ServedTraceOptions {
  readonly program: Program;
  /** What is known of the tree that the operator committed to. */
  readonly trace: PartialTrace;
  /** Where the operator serves the tensors and their roots. */
  readonly uri: string;
  /** The job's output as it was submitted. */
  readonly output: Uint8Array;
  /** How long the operator may take to serve all that is asked for, in milliseconds. */
  readonly patienceMs: number;
  readonly maxTensorBytes: number;
}

/** What an operator serves of the trace that it opened. What cannot be had by asking once counts as withheld. */
export class ServedTrace {
  /** Tensors that were served, by their ids, with the roots that the operator committed to. */
  readonly tensors: Map<number, TensorTree>;
  /** Tensors that were not, and why. */
  readonly withheld = new Map<number, string>();
  /** Why the roots were not served, once they were asked for and were not. */
  rootsWithheld: string | undefined;
  readonly #context: Pick<HostContext, "files" | "clock">;
  readonly #options: ServedTraceOptions;
  readonly #specs: readonly Tensor[];
  /** In milliseconds. */
  #patience: number;

  constructor(context: Pick<HostContext, "files" | "clock">, options: ServedTraceOptions) {
    this.#context = context;
    this.#options = options;
    this.#specs = tracedTensors(options.program);
    this.#patience = options.patienceMs;
    this.tensors = submittedOutputs(options.program, options.output);
  }

  /** Asks for tensors, all at once. */
  async fetch(tensors: readonly number[]): Promise<void> {
    await this.#patiently(() =>
      Promise.all(
        tensors.map(async (id) => {
          try {
            this.tensors.set(id, await this.#tensor(id));
          } catch (error) {
            this.withheld.set(id, messageOf(error));
          }
        }),
      ),
    );
  }

  /** Asks for the roots of all tensors; the trace learns them. */
  async fetchRoots(): Promise<void> {
    await this.#patiently(async () => {
      try {
        await this.#roots();
      } catch (error) {
        this.rootsWithheld = messageOf(error);
      }
    });
  }

  async #tensor(id: number): Promise<TensorTree> {
    this.#requirePatience();
    const { trace, uri, maxTensorBytes } = this.#options;
    const spec = this.#specs[id];
    const length = byteLength(spec);
    if (length > maxTensorBytes) throw refusedError("TENSOR_TOO_LARGE", "above limits.tensorBytes");
    const tree = new TensorTree(spec, await this.#context.files.download(`${uri}/${id}`, length));
    if (tree.root !== trace.tensor(id)) throw refusedError("TENSOR_ROOT", "is not what was committed to");
    return tree;
  }

  async #roots(): Promise<void> {
    this.#requirePatience();
    const { program, trace, uri } = this.#options;
    const bytes = await this.#context.files.download(`${uri}/roots`, 32 * program.tensorCount);
    const roots = Array.from(this.#specs, (_, id) => hexlify(bytes.subarray(32 * id, 32 * id + 32)));
    if (!trace.learnAll(roots)) throw refusedError("TRACE_ROOTS", "they are not those of the trace that was opened");
  }

  /** Takes the time that the work lasts from what the operator has left. */
  async #patiently(work: () => Promise<unknown>): Promise<void> {
    const begun = this.#context.clock.now();
    await work();
    this.#patience -= this.#context.clock.now() - begun;
  }

  /** INVARIANT: an operator that drips its tensors cannot use the prove period up: what is late is demanded. */
  #requirePatience(): void {
    if (this.#patience <= 0) throw refusedError("OPERATOR_SLOW", "the operator took a reveal period to serve what was asked before");
  }
}

/** The graph outputs as far as everybody knows them: of a rooted output not one. */
function submittedOutputs(program: Program, output: Uint8Array): Map<number, TensorTree> {
  const trees = new Map<number, TensorTree>();
  if (isRooted(program)) return trees;
  let start = 0;
  for (const spec of program.outputs) {
    const end = start + byteLength(spec);
    trees.set(spec.id, new TensorTree(spec, output.subarray(start, end)));
    start = end;
  }
  return trees;
}
