import { tensorRoot, toCommitOrder } from "../merkle/tensorTree.ts";
import { programTree } from "../program/program.ts";
import { printProgramFile, PROGRAM_FORMAT, type ProgramFile } from "../program/programFile.ts";
import { ruleName, type Node, type Program, type Rule } from "../program/types.ts";
import type { Runtime, SessionOptions } from "../runtime.ts";
import { floatsOf, integersIn } from "../tensor/numbers.ts";
import { MAX_INLINE, type Tensor } from "../tensor/tensor.ts";
import type { CanonicalFile } from "./canonicalForm.ts";
import type { Choice } from "./choice.ts";
import { differences, insteadOf, runsFor, type Difference } from "./difference.ts";
import type { Form } from "./form.ts";
import type { Dot } from "../operators/dot.ts";
import { dotOf } from "./dot.ts";
import { floatInputs } from "./arithmetics.ts";
import type { Labels } from "./labels.ts";
import { kernelsOf } from "./kernelSet.ts";
import type { Value } from "../onnx/graphNode.ts";
import type { Graph } from "./graph.ts";
import { workOf } from "./mapFile.ts";
import { runNode } from "./nodeModel.ts";
import { objectionsTo, type Objection } from "./objections.ts";
import { operatorOf } from "../operators/index.ts";
import type { Mapped } from "../operators/reading/mapped.ts";
import type { OnProgress } from "./progress.ts";
import type { Settled } from "./inline/settled.ts";
import { readSource, type OpenExternal } from "./source.ts";
import type { InputValues } from "./values.ts";
import { usableThreads } from "./threads.ts";
import { openTracer, type Tracer } from "./trace.ts";
import type { ValuedNode } from "../operators/valuedNode.ts";

/** What a version states of the runs that give its results. */
export type Execution = Pick<ProgramFile, "runtime" | "threads">;

/** What is known of the publisher's file that a version was compiled from. */
export interface Origin {
  /** How the canonical file's results differ from those of the file, output by output where they do. */
  readonly differences: readonly Difference[];
  /** What the numbers of outputs stand for that were texts in that file, or had names. */
  readonly labels: Labels;
  /** Its Ifs of which one branch is left out. */
  readonly settled: readonly Settled[];
}

const UNKNOWN: Origin = { differences: [], labels: new Map(), settled: [] };

/** A compiled version: the canonical file, its program, and what is needed to run and to judge it. */
export class CompiledModel {
  /** The bytes of the canonical ONNX file, which is published and run as it is. */
  readonly canonical: Uint8Array;
  /** SHA-256 of these bytes. */
  readonly digest: string;
  readonly program: Program;
  /** The version's identity. */
  readonly root: string;
  /** The runtime that computes it, and the threads that keep every bit. */
  readonly execution: Execution;
  /** Names of the kernels that its rows follow. */
  readonly kernels: readonly string[];
  /** The bytes that are published beside the canonical file. */
  readonly programFile: Uint8Array;
  /** Names of the tensors of a trace, by id. */
  readonly tensors: readonly string[];
  readonly origin: Origin;
  readonly #graph: Graph;
  readonly #mapped: readonly Mapped[];

  constructor(
    file: CanonicalFile,
    graph: Graph,
    mapped: readonly Mapped[],
    choices: readonly Choice[],
    execution: Execution,
    origin: Origin = UNKNOWN,
  ) {
    this.canonical = file.bytes;
    this.digest = file.digest;
    this.execution = execution;
    this.origin = origin;
    this.#graph = graph;
    this.#mapped = mapped;
    this.tensors = graph.tensors;
    this.program = assemble(graph, mapped, choices);
    this.root = programTree(this.program).root;
    this.kernels = kernelsOf(this.program);
    this.programFile = printProgramFile({
      format: PROGRAM_FORMAT,
      canonical: file.digest,
      root: this.root,
      runtime: execution.runtime,
      kernels: this.kernels,
      threads: execution.threads,
      nodes: graph.nodes.map((node, i) => ({ name: node.name, op: node.op, ...choices[i], rule: nameOf(choices[i].rule) })),
    });
  }

  /** Row-major bytes of a node's constant input; undefined where the input is computed or absent. */
  constant(node: number, input: number): Uint8Array | undefined {
    return this.#mapped[node].inputs[input]?.constant?.data;
  }

  /** Names of the nodes that speak against serving this program on this host: there must be none. */
  async qualify(runtime: Runtime, seed = 1, onProgress: OnProgress = () => {}): Promise<string[]> {
    return (await this.objections(runtime, seed, onProgress)).map(({ name }) => name);
  }

  /**
   * What speaks against serving this program on this host: a node whose arithmetic it does not follow, and one
   * under `bound` for which it follows a schedule, so that a publisher leaves a result open that could be exact. Both are tried
   * alone on random operands, and in a run of the whole model on seeded random inputs.
   */
  async objections(runtime: Runtime, seed = 1, onProgress: OnProgress = () => {}): Promise<Objection[]> {
    return objectionsTo(this.program, this.#graph, this.#mapped, runtime, seed, onProgress);
  }

  /** The dot product that a node computes, on the values of a trace. */
  dot(node: number, trace: readonly Uint8Array[]): Dot {
    return dotOf(this.#mapped[node], floatInputs(this.#graph, this.#mapped[node], trace));
  }

  /** The one right value of every element of a node under `kernel` or `lanes`, row-major, on the values of a trace. */
  replayed(node: number, trace: readonly Uint8Array[]): Float32Array {
    const mapped = this.#mapped[node];
    const { replay } = operatorOf(mapped.opcode);
    if (replay === undefined) throw new Error(`opcode ${mapped.opcode} has no rule kernel or lanes`);
    return replay(mapped, floatInputs(this.#graph, mapped, trace), this.program.nodes[node]);
  }

  /** Elements that all nodes together read and write, each as often as it is needed: a measure of a run's length. */
  get work(): number {
    return workOf(this.#graph, this.#mapped);
  }

  /** The nodes with their float32 values in a trace. */
  valued(trace: readonly Uint8Array[]): ValuedNode[] {
    return this.#graph.nodes.map(({ output }, i) => {
      const mapped = this.#mapped[i];
      const id = this.#graph.ids.get(output.name)!;
      const ids = mapped.inputs.map((value) => (value?.constant === undefined && value ? this.#graph.ids.get(value.name) : undefined));
      const inputs = mapped.inputs.map((value, k) =>
        value?.dtype === 1 ? floatsOf(value.constant?.data ?? trace[ids[k]!]) : undefined,
      );
      const integers = (k: number): bigint[] => {
        const { dtype, constant } = mapped.inputs[k]!;
        return integersIn(dtype, constant?.data ?? trace[ids[k]!]);
      };
      const values = output.dtype === 1 ? floatsOf(trace[id]) : new Float32Array();
      return { mapped, rule: this.program.nodes[i].rule, inputs, integers, ids, output: values, outputDims: output.dims, id };
    });
  }

  /**
   * The output of one node in the canonical run, as row-major bytes, on other inputs than a run of the whole model gives.
   * @param tensor row-major bytes of a computed tensor by its id
   */
  recompute(runtime: Runtime, node: number, tensor: (id: number) => Uint8Array): Promise<Uint8Array> {
    return runNode(this.#graph.nodes[node], runtime, ({ name }) => tensor(this.#graph.ids.get(name)!));
  }

  get differences(): readonly Difference[] {
    return this.origin.differences;
  }

  get labels(): Labels {
    return this.origin.labels;
  }

  /** How the results of the canonical file, which is stated to be in that form, differ from those of a publisher's file. */
  async differencesFrom(file: Uint8Array, runtime: Runtime, form: Form, external?: OpenExternal, values?: InputValues): Promise<Difference[]> {
    const runs = runsFor(form, this.#graph.inputs, this.work);
    return differences((await readSource(file, external, { values })).bytes, this.canonical, this.#graph, runs, runtime, undefined, insteadOf(runs, this.#graph.inputs));
  }

  /** The threads, at most that many and as many as are stated, with which this host computes every tensor as with one. */
  usableThreads(runtime: Runtime, most: number): Promise<number> {
    return usableThreads(this.#graph, runtime, Math.min(most, this.execution.threads));
  }

  /** A session of the canonical file that gives out every tensor. */
  open(runtime: Runtime, options?: SessionOptions): Promise<Tracer> {
    return openTracer(this.#graph, runtime, options);
  }
}

const nameOf = (rule: Rule) => ruleName(rule) as keyof typeof Rule;

/** The rows. Constants that several nodes read in one layout are hashed once. */
function assemble(graph: Graph, mapped: readonly Mapped[], choices: readonly Choice[]): Program {
  const roots = new Map<string, string>();
  const tensorOf = (value: Value, perm: readonly number[]): Tensor => {
    const { dtype, dims, constant } = value;
    if (constant === undefined) return { dtype, dims, perm, source: { kind: "computed", id: graph.ids.get(value.name)! } };
    const key = `${perm}:${value.name}`;
    const root = roots.get(key) ?? tensorRoot({ dtype, dims, perm }, constant.data);
    roots.set(key, root);
    const source = { kind: "constant", root } as const;
    const small = constant.data.length <= MAX_INLINE;
    return { dtype, dims, perm, source: small ? { ...source, inline: toCommitOrder({ dtype, dims, perm }, constant.data) } : source };
  };
  const nodes = graph.nodes.map((node, i): Node & { name: string; op: string } => {
    const { rule, chunk, flags, perm, inputPerms } = choices[i];
    const { opcode, attributes } = mapped[i];
    const inputs = mapped[i].inputs.map((value, k) => value && tensorOf(value, inputPerms[k]));
    return { name: node.name, op: node.op, opcode, rule, chunk, flags, output: tensorOf(node.output, perm), inputs, attributes };
  });
  return { tensorCount: graph.ids.size, inputs: graph.inputs, outputs: graph.outputs, nodes };
}
