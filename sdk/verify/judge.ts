import { rebuildByInference } from "../../core/compile/rebuild.ts";
import { firstDifference, type Difference } from "../../core/dispute/compare.ts";
import { concatBytes, toHex } from "../../core/bytes.ts";
import { CompileError } from "../../core/faults.ts";
import type { Hex } from "../../core/hex.ts";
import { isRooted, outputRoots, rootsIn } from "../../core/program/jobOutput.ts";
import type { Program } from "../../core/program/types.ts";
import { oddBool } from "../../core/tensor/bools.ts";
import { byteLength } from "../../core/tensor/shape.ts";
import type { TensorSpec } from "../../core/tensor/tensor.ts";
import { LeftOpen, replayRun } from "./replay.ts";

/** All that it takes to judge a submitted output, without a chain, a network or a runtime. */
export interface Case {
  readonly canonical: Uint8Array;
  readonly programFile: Uint8Array;
  /** Root of the version's program, as the chain has it. */
  readonly programRoot: Hex;
  /** Bytes of all graph inputs, and of all graph outputs as they were submitted. */
  readonly input: Uint8Array;
  readonly output: Uint8Array;
  /** Elements that the nodes may read and write, each as often as it is needed: a longer run is not replayed. */
  readonly mostWork: number;
}

/** What a case comes to: `unknown` where the rules do not say, or where it is no case of these files. */
export type Judgement =
  | { readonly verdict: "match"; readonly detail: string }
  | {
      readonly verdict: "mismatch";
      readonly detail: string;
      /** The first number that differs; of an output by its roots none is known. */
      readonly difference?: Difference;
    }
  | { readonly verdict: "unknown"; readonly detail: string };

const unknown = (detail: string): Judgement => ({ verdict: "unknown", detail });

/**
 * Rebuilds the program from the published files, replays the run and compares its output, bit for bit.
 * @param onNode told the nodes that are done, and how many there are
 */
export function judge({ canonical, programFile, programRoot, input, output, mostWork }: Case, onNode: (done: number, all: number) => void = () => undefined): Judgement {
  try {
    const model = rebuildByInference(canonical, programFile);
    const { inputs, outputs, nodes } = model.program;
    if (model.root !== programRoot) return unknown(`the published files make a program with the root ${model.root}, the version has ${programRoot}`);
    if (model.work > mostWork) return unknown(`the run takes ${model.work} elements, more than the ${mostWork} that are replayed: recompute it with opg verify`);
    const parts = cut(inputs, input);
    if (parts === undefined) return unknown(`the input has ${input.length} bytes, which is no input of the model`);
    const odd = oddBool(inputs, parts);
    if (odd !== undefined) return unknown(`element ${odd.element} of the input "${odd.name}" is the byte ${odd.byte}, which is no bool`);
    const trace = replayRun(model, parts, (done) => onNode(done, nodes.length));
    const honest = concatBytes(outputs.map(({ id }) => trace[id]));
    if (isRooted(model.program)) return judgeRoots(model.program, honest, output);
    const difference = firstDifference(model.program, honest, output);
    if (difference === undefined) return { verdict: "match", detail: `the same bytes, by ${nodes.length} nodes` };
    const { name, coordinates, expected, claimed } = difference;
    return { verdict: "mismatch", detail: `${name}[${coordinates.join(", ")}]: expected ${expected}, claimed ${claimed}`, difference };
  } catch (error) {
    if (error instanceof CompileError || error instanceof LeftOpen) return unknown(error.message);
    throw error;
  }
}

/** An output that was submitted by its roots, against the values that it should have. */
function judgeRoots(program: Program, honest: Uint8Array, output: Uint8Array): Judgement {
  const claimed = rootsIn(output).map(toHex);
  const at = outputRoots(program, honest).findIndex((root, i) => root !== claimed[i]);
  if (at < 0 && claimed.length === program.outputs.length) return { verdict: "match", detail: `the same roots, by ${program.nodes.length} nodes` };
  const name = program.outputs[at]?.name ?? "the output";
  return { verdict: "mismatch", detail: `${name}: its root is not the one that was submitted` };
}

/** The graph inputs; undefined where the bytes are not as many. */
export function cut(specs: readonly TensorSpec[], bytes: Uint8Array): Uint8Array[] | undefined {
  if (bytes.length !== specs.reduce((sum, spec) => sum + byteLength(spec), 0)) return undefined;
  let at = 0;
  // A copy of each, so that its elements lie aligned.
  return specs.map((spec) => new Uint8Array(bytes.subarray(at, (at += byteLength(spec)))));
}
