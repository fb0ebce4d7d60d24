import { claimedBits, Prover, readersOf, type TraceTrees } from "../../core/dispute/proof.ts";
import { constantTrees } from "../../core/dispute/evidence.ts";
import { acceptance } from "../../core/exact/index.ts";
import { Random } from "../../core/math/random.ts";
import { LEAF, TensorTree, toCommitOrder } from "../../core/merkle/tensorTree.ts";
import type { OpenExternal } from "../../core/compile/source.ts";
import { twin } from "../../core/operators/index.ts";
import { compile, type FileBytes } from "../../core/compile/compile.ts";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import type { Form } from "../../core/compile/form.ts";
import type { CompileProgress } from "../../core/compile/progress.ts";
import type { Difference } from "../../core/compile/difference.ts";
import type { InputValues } from "../../core/compile/values.ts";
import { CompileError, type Fault } from "../../core/faults.ts";
import { tracedTensors } from "../../core/program/program.ts";
import { commitOffset, offsetOf, rowMajorStrides, sizeOf } from "../../core/tensor/shape.ts";
import { ruleName } from "../../core/program/types.ts";
import { widthOf } from "../../core/tensor/dtype.ts";
import type { Tensor } from "../../core/tensor/tensor.ts";
import type { Runtime } from "../ports.ts";
import { drawCorruptions } from "./corruptions.ts";
import { drawInputs } from "./inputs.ts";
import type { Judge } from "./judge.ts";

export const DEFAULT_ELEMENTS = 8;
export const DEFAULT_SEED = 1;
/** Failures of one node that are reported one by one. */
const SHOWN_FAILURES = 10;

export interface CertifyOptions {
  readonly runtime: Runtime;
  /** Opened only when the model could be taken. */
  readonly openJudge: () => Promise<Judge>;
  /** Elements tried in every node. */
  readonly elements?: number;
  readonly seed?: number;
  readonly dims?: Readonly<Record<string, number>>;
  readonly values?: InputValues;
  readonly external?: OpenExternal;
  readonly form?: Form;
  readonly acceptDifference?: boolean;
  readonly onProgress?: (progress: CertifyProgress) => void;
}

export type CertifyProgress = CompileProgress | { stage: "run" | "judge"; done: number; total: number; what: string };

/** An answer of the contracts that it should not have been. */
export interface Failure {
  readonly element: number;
  readonly kind: string;
  /** Bits of the judged value and of the honest one. */
  readonly value: string;
  readonly honest: string;
  readonly why: string;
}

export interface NodeReport {
  readonly index: number;
  readonly name: string;
  readonly op: string;
  readonly rule: string;
  /** Elements that were tried. */
  readonly elements: number;
  /** Of these, the ones whose honest value the contracts admit. */
  readonly honestAccepted: number;
  /** Corrupted values that the rule forbids. */
  readonly corruptions: number;
  /** Of these, the ones that a transaction convicts. */
  readonly convicted: number;
  /** Gas of the dearest transaction that asked the verifier. */
  readonly maxGas: number;
  /** Draws that the rule admits after all, and in whose place another was drawn. */
  readonly redrawn: number;
  /** Elements whose proof is beyond what one transaction can carry; their corruptions count as not convicted. */
  readonly tooLarge: number;
  readonly failures: readonly Failure[];
}

export interface CertifyReport {
  readonly file: string;
  /** Null where the model could not be taken. */
  readonly programRoot: string | null;
  readonly nodes: readonly NodeReport[];
  readonly unsupported: readonly Fault[];
  /** How the canonical form, about which the contracts were asked, differs from the file, where it may. */
  readonly differences: readonly Difference[];
  readonly ok: boolean;
}

/** Whether every honest value was accepted and every corruption convicted. */
const passed = (node: NodeReport): boolean =>
  node.honestAccepted === node.elements && node.convicted === node.corruptions && node.failures.length === 0;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The report on a model that cannot be taken. */
export const refused = (file: string, unsupported: readonly Fault[]): CertifyReport => ({
  file,
  programRoot: null,
  nodes: [],
  unsupported,
  differences: [],
  ok: false,
});

/**
 * Compiles a model, runs it on random inputs, commits the trace, and asks the contracts about honest and corrupted values
 * of random elements of every node.
 * @param file how the report names the model
 */
export async function certify(file: string, model: FileBytes, options: CertifyOptions): Promise<CertifyReport> {
  const { runtime, dims, values, external, form, acceptDifference, seed = DEFAULT_SEED, onProgress = () => {} } = options;
  let compiled: CompiledModel;
  try {
    compiled = await compile(model, { runtime, dims, values, external, form, acceptDifference }, onProgress);
  } catch (error) {
    // Whatever a foreign file makes fail, it has not been taken.
    return refused(file, error instanceof CompileError ? error.faults : [{ name: "model", op: "", why: `a fault of this program: ${messageOf(error)}` }]);
  }
  onProgress({ stage: "run", done: 0, total: 1, what: "one inference on random inputs" });
  const trees = await commitRun(compiled, runtime, seed);
  onProgress({ stage: "run", done: 1, total: 1, what: "" });

  const judge = await options.openJudge();
  try {
    const { nodes: program } = compiled.program;
    const prover = new Prover(compiled.program, trees);
    const nodes: NodeReport[] = [];
    for (const [index, { name }] of program.entries()) {
      onProgress({ stage: "judge", done: index, total: program.length, what: name });
      nodes.push(await certifyNode(prover, judge, index, options.elements ?? DEFAULT_ELEMENTS, seed));
      trees.forgetConstants();
    }
    onProgress({ stage: "judge", done: program.length, total: program.length, what: "" });
    const { root, differences } = compiled;
    return { file, programRoot: root, nodes, unsupported: [], differences, ok: nodes.every(passed) };
  } finally {
    await judge.close();
  }
}

/** The trees of one run, and what frees those of constants, which are built when a proof first opens them. */
export interface Committed extends TraceTrees<TensorTree> {
  forgetConstants(): void;
}

/** The trace of one honest run on random inputs. The bytes of the trees are its own: they may be changed in place. */
export async function commitRun(compiled: CompiledModel, runtime: Runtime, seed: number): Promise<Committed> {
  const { program } = compiled;
  const tracer = await compiled.open(runtime);
  const values: (Uint8Array | undefined)[] = await tracer.run(drawInputs(program.inputs, seed));
  await tracer.release();
  const computed = tracedTensors(program).map((tensor, id) => {
    const rowMajor = values[id]!;
    values[id] = undefined;
    const laid = toCommitOrder(tensor, rowMajor);
    return new TensorTree(tensor, laid === rowMajor ? Uint8Array.from(laid) : laid);
  });
  const fresh = () => constantTrees(program, (node, input) => compiled.constant(node, input));
  let constants = fresh();
  return {
    computed: (id) => computed[id],
    constant: (root) => constants(root),
    forgetConstants: () => void (constants = fresh()),
  };
}

/** Asks about honest and corrupted values of some elements of one node. */
async function certifyNode(prover: Prover<TensorTree>, judge: Judge, index: number, count: number, seed: number): Promise<NodeReport> {
  const node = prover.program.nodes[index];
  const { output } = node;
  const inputs = readersOf(prover.trees, node.inputs);
  const size = sizeOf(output.dims);
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ (index + 1));
  const report = { elements: 0, honestAccepted: 0, corruptions: 0, convicted: 0, maxGas: 0, redrawn: 0, tooLarge: 0 };
  const failures: Failure[] = [];

  for (const element of sampleElements(output.dims, count, random)) {
    report.elements++;
    const honest = claimedBits(prover.trees, output, element);
    let tooLarge = false;
    const fail = (kind: string, bits: bigint, why: string): void => {
      if (failures.length < SHOWN_FAILURES) failures.push({ element, kind, value: hex(bits, output), honest: hex(honest, output), why });
    };
    /** Whether the contracts, the twin, and a transaction that can carry the proof give the expected answer. */
    const ask = async (kind: string, bits: bigint, guilty: boolean): Promise<boolean> => {
      const why = await question(guilty).catch(messageOf);
      if (why !== undefined) fail(kind, bits, why);
      return why === undefined;
    };
    const question = async (guilty: boolean): Promise<string | undefined> => {
      const { pieces, proof, admissible } = prover.provePieces(twin, index, element);
      const { convicts, revert, gas, fits } = await judge.judge(prover.programRoot, prover.traceRoot, proof, pieces);
      report.maxGas = Math.max(report.maxGas, gas);
      tooLarge ||= !fits;
      if (convicts === undefined) return revert;
      if (convicts !== guilty) return guilty ? "a value that the rule forbids is admitted" : "the honest value is convicted";
      if (admissible === guilty) return "the twin contradicts the contract";
      if (guilty && !fits) return `no transaction can carry the proof (${gas} gas, ${proof.length / 2 - 1} bytes)`;
      return undefined;
    };

    if (await ask("honest", honest, false)) report.honestAccepted++;
    try {
      const allowed = acceptance(node, element, inputs);
      const drawn = drawCorruptions(
        {
          dtype: output.dtype,
          bits: honest,
          smallest: allowed.justOutside(),
          admits: (bits) => allowed.isAdmissible(bits),
          neighbour: (r) => claimedBits(prover.trees, output, neighbourOf(element, size, r)),
        },
        random,
      );
      report.redrawn += drawn.redrawn;
      for (const { kind, bits } of drawn.corruptions) {
        report.corruptions++;
        write(prover, output, element, bits);
        if (await ask(kind, bits, true)) report.convicted++;
      }
    } catch (error) {
      fail("exact arithmetic", honest, messageOf(error));
    } finally {
      write(prover, output, element, honest);
    }
    if (tooLarge) report.tooLarge++;
  }
  return { index, name: node.name, op: node.op, rule: ruleName(node.rule), ...report, failures };
}

const hex = (bits: bigint, { dtype }: Tensor): string => `0x${bits.toString(16).padStart(2 * widthOf(dtype), "0")}`;

/** Puts a value into the trace and brings its roots up to date. */
function write(prover: Prover<TensorTree>, tensor: Tensor, element: number, bits: bigint): void {
  if (tensor.source.kind !== "computed") throw new Error("only computed tensors are part of a trace");
  const tree = prover.trees.computed(tensor.source.id);
  const width = widthOf(tensor.dtype);
  const at = width * commitOffset(tensor, element);
  for (let i = 0; i < width; i++) tree.data[at + i] = Number((bits >> BigInt(8 * i)) & 0xffn);
  tree.update([Math.floor(at / LEAF)]);
  prover.refresh(tensor.source.id);
}

/** Some other element, more often than not one next to this one. */
function neighbourOf(element: number, size: number, random: Random): number {
  const step = random.unit() < 0.75 ? 1 : 1 + Math.floor(random.unit() * size);
  return (((random.unit() < 0.5 ? element + step : element - step) % size) + size) % size;
}

/**
 * Distinct elements, all of them where there are no more than `count`: the last one and one on a random border (where
 * kernels meet padding and vector code its tails), the others uniform.
 */
export function sampleElements(dims: readonly number[], count: number, random: Random): number[] {
  const size = sizeOf(dims);
  if (size <= count) return Array.from({ length: size }, (_, i) => i);
  const chosen = new Set<number>();
  if (count >= 4) {
    chosen.add(size - 1);
    const axes = dims.flatMap((dim, a) => (dim > 1 ? [a] : []));
    const axis = axes[Math.floor(random.unit() * axes.length)];
    const corner = dims.map((dim, a) => (a === axis ? (random.unit() < 0.5 ? 0 : dim - 1) : Math.floor(random.unit() * dim)));
    chosen.add(offsetOf(corner, rowMajorStrides(dims)));
  }
  while (chosen.size < count) chosen.add(Math.floor(random.unit() * size));
  return [...chosen];
}
