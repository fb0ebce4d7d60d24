import { sha256 as digest } from "#sha256";
import { toHex } from "../bytes.ts";
import { whyNotOpenable } from "../dispute/opening.ts";
import type { Runtime } from "../runtime.ts";
import { Random } from "../math/random.ts";
import { tensorRoot, toCommitOrder } from "../merkle/tensorTree.ts";
import { encodeModel, parseModel, type ExternalData, type OnnxModel } from "../onnx/model.ts";
import { canonicalise, dropUnread, readCanonical, type Dims } from "./canonicalise.ts";
import { describeDifference, differences, type Difference } from "./difference.ts";
import { dotOf, matching, type Dot, type Schedule } from "./dot.ts";
import { Faults, refuse } from "../faults.ts";
import { readGraph, type Graph, type GraphNode, type Value } from "./graph.ts";
import { runNode } from "./nodeModel.ts";
import { mapNode, supportedOperators, type Mapped } from "./operators.ts";
import { parseProgramFile, printProgramFile, type ProgramFile } from "../program/programFile.ts";
import { programTree } from "../program/program.ts";
import { checkProvable } from "./provable.ts";
import { floatsOf, isPermittedSchedule, ScheduleFinder } from "./schedule.ts";
import { valueTypes } from "./shapes.ts";
import { slackOf, type Slack, type ValuedNode } from "../slack/slack.ts";
import { openTracer, type Tracer } from "./trace.ts";
import { byteLength, sizeOf } from "../tensor/shape.ts";
import { MAX_INLINE, type Tensor } from "../tensor/tensor.ts";
import { Rule, ruleName, type Node, type Program } from "../program/types.ts";

/** Raised whenever `objections` asks more of a program than it did: what was found before then says nothing. */
export const QUALIFICATION = 2;

/** Products compared for one node in the run of the whole model. */
const VERIFY_BUDGET = 300_000_000;

export interface CompileOptions {
  readonly runtime: Runtime;
  /** Sizes of symbolic dimensions. */
  readonly dims?: Dims;
  readonly externalData?: ExternalData;
  /**
   * Lets the runtime replace several nodes by one that computes nearly the same, as its level `basic` does, and takes the model
   * although its canonical form then gives other numbers than the publisher's file.
   */
  readonly acceptDifference?: boolean;
}

export interface CompileProgress {
  readonly stage: "canonicalise" | "compare" | "schedules" | "verify" | "commit";
  readonly done: number;
  readonly total: number;
}

/** A compiled version: the canonical file, its program, and what is needed to run and to judge it. */
export class CompiledModel {
  /** The bytes of the canonical ONNX file, which is published and run as it is. */
  readonly canonical: Uint8Array;
  readonly program: Program;
  /** The version's identity. */
  readonly root: string;
  /** The bytes that are published beside the canonical file. */
  readonly programFile: Uint8Array;
  /** Names of the tensors of a trace, by id. */
  readonly tensors: readonly string[];
  /** How the canonical form's results differ from those of the file that it was compiled from: not at all unless that was accepted. */
  readonly differences: readonly Difference[];
  readonly #graph: Graph;
  readonly #mapped: readonly Mapped[];

  constructor(
    canonical: Uint8Array,
    graph: Graph,
    mapped: readonly Mapped[],
    choices: readonly Choice[],
    found: readonly Difference[] = [],
  ) {
    this.canonical = canonical;
    this.differences = found;
    this.#graph = graph;
    this.#mapped = mapped;
    this.tensors = graph.tensors;
    this.program = assemble(graph, mapped, choices);
    this.root = programTree(this.program).root;
    this.programFile = printProgramFile({
      format: "opengradient-program/1",
      canonical: sha256(canonical),
      root: this.root,
      nodes: graph.nodes.map((node, i) => ({ name: node.name, op: node.op, ...choices[i], rule: nameOf(choices[i].rule) })),
    });
  }

  /** Row-major bytes of a node's constant input; undefined where the input is computed or absent. */
  constant(node: number, input: number): Uint8Array | undefined {
    return this.#mapped[node].inputs[input]?.constant?.data;
  }

  /** Names of the nodes that speak against serving this program on this host: there must be none. */
  async qualify(runtime: Runtime, seed = 1, onProgress: (progress: CompileProgress) => void = () => {}): Promise<string[]> {
    return (await this.objections(runtime, seed, onProgress)).map(({ name }) => name);
  }

  /**
   * What speaks against serving this program on this host: a node whose schedule it does not follow, and one under
   * `bound` for which it follows a schedule, so that a publisher leaves a result open that could be exact. Both are tried
   * alone on random operands, and in a run of the whole model on seeded random inputs.
   */
  async objections(runtime: Runtime, seed = 1, onProgress: (progress: CompileProgress) => void = () => {}): Promise<Objection[]> {
    const { nodes } = this.program;
    const finder = new ScheduleFinder(runtime);
    const dots = this.#mapped.flatMap((mapped, i) => (isDot(mapped) ? [i] : []));
    const schedules = new Array<Schedule | undefined>(nodes.length).fill(undefined);
    for (const [done, i] of dots.entries()) {
      onProgress({ stage: "schedules", done, total: dots.length });
      const [node, mapped] = [this.#graph.nodes[i], this.#mapped[i]];
      if (nodes[i].rule === Rule.bound) schedules[i] = await finder.find(node, mapped);
      else if (await finder.follows(node, mapped, nodes[i])) schedules[i] = nodes[i];
    }
    for (const i of await failingSchedules(this.#graph, this.#mapped, schedules, runtime, seed, onProgress)) schedules[i] = undefined;
    return dots.flatMap((i): Objection[] => {
      const { name, rule } = nodes[i];
      const followed = schedules[i] !== undefined;
      return followed === (rule === Rule.chain) ? [] : [{ name, against: followed ? "bound" : "schedule" }];
    });
  }

  /** The dot product that a node computes, on the values of a trace. */
  dot(node: number, trace: readonly Uint8Array[]): Dot {
    return dotIn(this.#graph, this.#mapped[node], trace);
  }

  /** By how much each output could be moved in this run by somebody who stays inside all bounds. */
  slack(trace: readonly Uint8Array[]): Slack[] {
    const nodes = this.valued(trace);
    const { outputs, tensorCount } = this.program;
    return outputs.map(({ name, id, dtype }) => slackOf(nodes, { name, id, value: dtype === 1 ? floatsOf(trace[id]) : undefined }, tensorCount));
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
      const values = output.dtype === 1 ? floatsOf(trace[id]) : new Float32Array();
      return { mapped, rule: this.program.nodes[i].rule, inputs, ids, output: values, outputDims: output.dims, id };
    });
  }

  /**
   * The output of one node in the canonical run, as row-major bytes, on other inputs than a run of the whole model gives.
   * @param tensor row-major bytes of a computed tensor by its id
   */
  recompute(runtime: Runtime, node: number, tensor: (id: number) => Uint8Array): Promise<Uint8Array> {
    return runNode(this.#graph.nodes[node], runtime, ({ name }) => tensor(this.#graph.ids.get(name)!));
  }

  /** How the canonical form's results differ from those of a publisher's file. */
  differencesFrom(file: Uint8Array, runtime: Runtime, externalData?: ExternalData): Promise<Difference[]> {
    return differences(readSource(file, externalData).source, this.canonical, this.#graph, workOf(this.#graph, this.#mapped), runtime);
  }

  /** A session of the canonical file that gives out every tensor. */
  open(runtime: Runtime): Promise<Tracer> {
    return openTracer(this.#graph, runtime);
  }
}

/** Why a node must not be served: its stated schedule is not followed, or it states `bound` and a schedule is followed. */
export interface Objection {
  readonly name: string;
  readonly against: "schedule" | "bound";
}

/** The objections for people; undefined where there are none. */
export function describeObjections(objections: readonly Objection[]): string | undefined {
  const named = (against: Objection["against"]) => objections.filter((o) => o.against === against).map(({ name }) => name).join(", ");
  const [schedules, bounds] = [named("schedule"), named("bound")];
  const reasons = [
    ...(schedules === "" ? [] : [`this host does not follow the schedule of ${schedules}`]),
    ...(bounds === "" ? [] : [`the program leaves ${bounds} to the rule bound, though a schedule holds on this host: compile the model anew`]),
  ];
  return reasons.length === 0 ? undefined : reasons.join("; ");
}

/** What the compiler chooses for a node; everything else of its row follows from the canonical file. */
export interface Choice extends Schedule {
  readonly rule: Rule;
  /** Commit order of the output and of every input. */
  readonly perm: readonly number[];
  readonly inputPerms: readonly (readonly number[])[];
}

const nameOf = (rule: Rule) => ruleName(rule) as keyof typeof Rule;

export const sha256 = (bytes: Uint8Array): string => toHex(digest(bytes));

/**
 * Compiles an ONNX file into the canonical file and its program (docs/protocol.md §1). Throws a CompileError that lists
 * every fault when the model cannot be taken.
 */
export async function compile(
  file: Uint8Array,
  { runtime, dims = {}, externalData, acceptDifference = false }: CompileOptions,
  onProgress: (progress: CompileProgress) => void = () => {},
): Promise<CompiledModel> {
  onProgress({ stage: "canonicalise", done: 0, total: 1 });
  const { model, source } = readSource(file, externalData);
  const canonical = encodeModel(await canonicalise(model, dims, runtime, acceptDifference ? "basic" : "exact"));
  // What is compiled is what anybody will read back: the bytes, parsed anew.
  const { graph, mapped } = await mapFile(readCanonical(canonical), runtime);
  onProgress({ stage: "canonicalise", done: 1, total: 1 });
  const found = await differences(source, canonical, graph, workOf(graph, mapped), runtime, (done, total) => onProgress({ stage: "compare", done, total }));
  if (!acceptDifference) requireSame(found);
  const schedules = await findSchedules(graph, mapped, runtime, onProgress);
  onProgress({ stage: "commit", done: 0, total: 1 });
  const layouts = layoutsOf(graph, mapped);
  const choices = mapped.map((node, i): Choice => {
    const schedule = schedules[i];
    const rule = schedule === undefined ? node.rules[node.rules.length - 1] : Rule.chain;
    return { rule, chunk: schedule?.chunk ?? 0, flags: schedule?.flags ?? 0, ...layouts[i] };
  });
  const compiled = new CompiledModel(canonical, graph, mapped, choices, found);
  requireProvable(compiled.program);
  onProgress({ stage: "commit", done: 1, total: 1 });
  return compiled;
}

/** A publisher's file, and the bytes that are run of it: the file as it is, unless its data lies outside or nobody reads a part. */
function readSource(file: Uint8Array, externalData: ExternalData = new Map()): { model: OnnxModel; source: Uint8Array } {
  const model = parseModel(file, externalData);
  const isWhole = !dropUnread(model) && externalData.size === 0;
  return { model, source: isWhole ? file : encodeModel(model) };
}

/**
 * Rebuilds a version from what its publisher published, trusting neither file: the program may choose layouts and, among
 * the rules permitted for a node, the rule with its schedule; all else follows from the canonical file. Throws a
 * CompileError where the two do not fit or do not give the stated root. Whether the schedules hold on this host is
 * another question: see CompiledModel.qualify.
 */
export async function rebuild(canonical: Uint8Array, programFile: Uint8Array, runtime: Runtime): Promise<CompiledModel> {
  const stated = parseProgramFile(programFile);
  const faults = new Faults();
  if (stated.canonical !== sha256(canonical)) {
    faults.add("program", "", `it belongs to the canonical file ${stated.canonical}, not to ${sha256(canonical)}`);
    faults.throwIfAny();
  }
  const { graph, mapped } = await mapFile(readCanonical(canonical), runtime);
  if (stated.nodes.length !== graph.nodes.length) {
    faults.add("program", "", `it states ${stated.nodes.length} nodes, the canonical file has ${graph.nodes.length}`);
    faults.throwIfAny();
  }
  const choices = graph.nodes.flatMap((node, i) => faults.attempt(node.name, node.op, () => checkChoice(stated, i, node, mapped[i])) ?? []);
  faults.throwIfAny();
  const rebuilt = new CompiledModel(canonical, graph, mapped, choices);
  faults.attempt("program", "", () => checkLayouts(rebuilt.program));
  if (rebuilt.root !== stated.root) faults.add("program", "", `it states the root ${stated.root}, its rows have the root ${rebuilt.root}`);
  faults.throwIfAny();
  requireProvable(rebuilt.program);
  return rebuilt;
}

/** Elements that all nodes together read and write, each as often as it is needed. */
const workOf = ({ nodes }: Graph, mapped: readonly Mapped[]): number =>
  mapped.reduce((sum, { reads }, i) => sum + sizeOf(nodes[i].output.dims) * Math.max(1, ...reads.map((reading) => reading?.elements ?? 1)), 0);

/** INVARIANT: the canonical form computes what the publisher's file computes, unless the publisher accepts that it does not. */
export function requireSame(found: readonly Difference[]): void {
  const faults = new Faults();
  for (const difference of found) {
    faults.add(difference.output, "", `its canonical form does not compute what the file computes: ${describeDifference(difference)}; --accept-difference takes it as it is`);
  }
  faults.throwIfAny();
}

/** Throws with every node of which some element could not be proved wrong. */
function requireProvable(program: Program): void {
  const faults = new Faults();
  for (const node of program.nodes) faults.attempt(node.name, node.op, () => checkProvable(node, program));
  const unopenable = whyNotOpenable(program);
  if (unopenable !== undefined) faults.attempt("(graph)", "graph", () => refuse(unopenable));
  faults.throwIfAny();
}

function checkChoice(stated: ProgramFile, i: number, node: GraphNode, mapped: Mapped): Choice {
  const { name, op, chunk, flags, perm, inputPerms, rule: text } = stated.nodes[i];
  if (name !== node.name || op !== node.op) refuse(`the program states ${op} "${name}" in its place`);
  const rule = mapped.rules.find((permitted) => ruleName(permitted) === text);
  if (rule === undefined) refuse(`the rule ${text} is not permitted for it`);
  if (rule === Rule.chain ? !isPermittedSchedule({ chunk, flags }, mapped) : chunk !== 0 || flags !== 0) {
    refuse(`the schedule chunk ${chunk}, flags ${flags} is not permitted for it`);
  }
  if (inputPerms.length !== mapped.inputs.length) refuse(`the program states ${inputPerms.length} layouts for ${mapped.inputs.length} inputs`);
  checkPerm(perm, node.output);
  mapped.inputs.forEach((value, k) => {
    if (value !== undefined) checkPerm(inputPerms[k], value);
    else if (inputPerms[k].length > 0) refuse(`the program states a layout for the absent input ${k}`);
  });
  return { rule, chunk, flags, perm, inputPerms };
}

function checkPerm(perm: readonly number[], value: Value): void {
  const sorted = [...perm].sort((a, b) => a - b);
  if (sorted.length !== value.dims.length || sorted.some((axis, i) => axis !== i)) {
    refuse(`[${perm.join(", ")}] is no layout of "${value.name}"`);
  }
}

/** Every row must name the same layout for the same tensor; graph inputs and outputs are row-major. */
function checkLayouts(program: Program): void {
  const layouts = new Map<number, string>();
  const identity = (rank: number) => String(Array.from({ length: rank }, (_, i) => i));
  program.inputs.forEach(({ dims }, id) => layouts.set(id, identity(dims.length)));
  for (const { id, dims } of program.outputs) layouts.set(id, identity(dims.length));
  for (const { name, inputs, output } of program.nodes) {
    for (const tensor of [output, ...inputs]) {
      if (tensor?.source.kind !== "computed") continue;
      const { id } = tensor.source;
      const known = layouts.get(id) ?? String(tensor.perm);
      if (known !== String(tensor.perm)) refuse(`tensor ${id} has the layout [${tensor.perm}] in "${name}" and [${known}] elsewhere`);
      layouts.set(id, known);
    }
  }
}

/** Reads a canonical model down to what each of its nodes becomes; throws with all faults. */
async function mapFile(model: OnnxModel, runtime: Runtime): Promise<{ graph: Graph; mapped: Mapped[] }> {
  const types = await valueTypes(model, runtime);
  const faults = new Faults();
  const { graph, unshaped } = readGraph(model, types, supportedOperators, faults);
  const mapped = graph.nodes.flatMap((node) => faults.attempt(node.name, node.op, () => mapNode(node)) ?? []);
  faults.throwIfAny();
  faults.push(unshaped);
  faults.throwIfAny();
  return { graph, mapped };
}

/**
 * Commit orders. The reader that needs the most elements for one of its own decides how a tensor is laid out; a
 * constant is laid out for each use.
 */
function layoutsOf(graph: Graph, mapped: readonly Mapped[]): { perm: readonly number[]; inputPerms: (readonly number[])[] }[] {
  const identity = (rank: number) => Array.from({ length: rank }, (_, axis) => axis);
  const fixed = new Set([...graph.inputs, ...graph.outputs].map(({ name }) => name));
  const wishes = new Map<string, { perm: readonly number[]; elements: number }>();
  for (const { inputs, reads } of mapped) {
    inputs.forEach((value, i) => {
      const reading = reads[i];
      if (value === undefined || reading === undefined || value.constant !== undefined || fixed.has(value.name)) return;
      if (reading.elements > (wishes.get(value.name)?.elements ?? 0)) wishes.set(value.name, reading);
    });
  }
  const permOf = ({ name, dims }: Value) => wishes.get(name)?.perm ?? identity(dims.length);
  return graph.nodes.map(({ output }, i) => ({
    perm: permOf(output),
    inputPerms: mapped[i].inputs.map((value, k) => {
      if (value === undefined) return [];
      return value.constant === undefined ? permOf(value) : (mapped[i].reads[k]?.perm ?? identity(value.dims.length));
    }),
  }));
}

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

const isDot = (mapped: Mapped): boolean => mapped.rules[0] === Rule.chain;

/**
 * The schedule of every dot product, found on the node alone and then confirmed in a run of the whole model. A node
 * that follows none gets undefined, and with it the rule `bound`.
 */
async function findSchedules(
  graph: Graph,
  mapped: readonly Mapped[],
  runtime: Runtime,
  onProgress: (progress: CompileProgress) => void,
): Promise<(Schedule | undefined)[]> {
  const finder = new ScheduleFinder(runtime);
  const dots = mapped.flatMap((node, i) => (isDot(node) ? [i] : []));
  const schedules = new Array<Schedule | undefined>(mapped.length).fill(undefined);
  for (const [done, i] of dots.entries()) {
    onProgress({ stage: "schedules", done, total: dots.length });
    schedules[i] = await finder.find(graph.nodes[i], mapped[i]);
  }
  onProgress({ stage: "schedules", done: dots.length, total: dots.length });
  if (dots.every((i) => schedules[i] === undefined)) return schedules;
  const failed = await failingSchedules(graph, mapped, schedules, runtime, 1, onProgress);
  for (const i of failed) schedules[i] = undefined;
  return schedules;
}

function dotIn(graph: Graph, mapped: Mapped, trace: readonly Uint8Array[]): Dot {
  return dotOf(
    mapped,
    mapped.inputs.map((value) => value && floatsOf(value.constant?.data ?? trace[graph.ids.get(value.name)!])),
  );
}

/** Nodes whose stated schedule some compared element does not follow, in a run of the whole model on random inputs. */
async function failingSchedules(
  graph: Graph,
  mapped: readonly Mapped[],
  schedules: readonly (Schedule | undefined)[],
  runtime: Runtime,
  seed: number,
  onProgress: (progress: CompileProgress) => void,
): Promise<number[]> {
  const tracer = await openTracer(graph, runtime);
  try {
    const trace = await tracer.run(randomInputs(graph.inputs, seed));
    const dots = schedules.flatMap((schedule, i) => (schedule === undefined ? [] : [i]));
    return dots.filter((i, done) => {
      onProgress({ stage: "verify", done, total: dots.length });
      const output = floatsOf(trace[graph.ids.get(graph.nodes[i].output.name)!]);
      return matching(dotIn(graph, mapped[i], trace), output, [schedules[i]!], VERIFY_BUDGET).length === 0;
    });
  } finally {
    await tracer.release();
  }
}

/** Seeded inputs of the right sizes: normal floats, other elements from random bytes. */
export function randomInputs(specs: Program["inputs"], seed: number): Uint8Array[] {
  const random = new Random(seed);
  return specs.map((spec) => {
    if (spec.dtype === 1) {
      const values = new Float32Array(sizeOf(spec.dims));
      for (let i = 0; i < values.length; i++) values[i] = random.normal();
      return new Uint8Array(values.buffer);
    }
    return Uint8Array.from({ length: byteLength(spec) }, () => random.u32() & (spec.dtype === 9 ? 1 : 0xff));
  });
}
