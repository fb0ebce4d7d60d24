/** One lie in every node of a run, convicted by the core alone: no runtime, no disk, no chain. It runs in browsers as well. */
import { fromHex, toHex } from "../../core/bytes.ts";
import { rebuild } from "../../core/compile/rebuild.ts";
import { commitTrace, constantTrees, traceTrees } from "../../core/dispute/evidence.ts";
import { Prover } from "../../core/dispute/proof.ts";
import type { Hex } from "../../core/hex.ts";
import { operatorOf } from "../../core/operators/index.ts";
import { outputId } from "../../core/program/program.ts";
import { Rule } from "../../core/program/types.ts";
import type { Runtime, RuntimeTensorInfo } from "../../core/runtime.ts";

/** What is published of a version, what a runtime says of its values, and one run. */
export interface Run {
  readonly canonical: Hex;
  readonly programFile: Hex;
  readonly values: { readonly inputs: readonly RuntimeTensorInfo[]; readonly outputs: readonly RuntimeTensorInfo[] };
  /** Row-major bytes of every tensor. */
  readonly trace: readonly Hex[];
}

export interface Judged {
  readonly programRoot: string;
  readonly traceRoot: string;
  readonly node: string;
  readonly proof: string;
  readonly admissible: boolean;
}

/** A runtime that knows the types of one model's values and runs nothing. */
function typesOnly(values: Run["values"]): Runtime {
  const refuse = (): never => {
    throw new Error("nothing is run here");
  };
  return { name: "none", optimise: refuse, open: () => Promise.resolve({ ...values, run: refuse, release: () => Promise.resolve() }) };
}

/** The first element of every node that leaves nothing open: as it was computed, and with its lowest bit turned. */
export async function judgeLies({ canonical, programFile, values, trace }: Run): Promise<Judged[]> {
  const model = await rebuild(fromHex(canonical), fromHex(programFile), typesOnly(values));
  const { program } = model;
  const constant = constantTrees(program, (node, input) => model.constant(node, input));
  const honest = trace.map(fromHex);
  const judge = (tensors: readonly Uint8Array[], index: number): Judged => {
    const prover = new Prover(program, traceTrees(commitTrace(program, tensors), constant));
    const { name, opcode } = program.nodes[index];
    const { programRoot, traceRoot } = prover;
    return { programRoot, traceRoot, node: name, ...prover.prove(operatorOf(opcode).admissible, index, 0) };
  };
  return program.nodes.flatMap((node, index) => {
    if (node.rule === Rule.bound) return [];
    const id = outputId(node);
    const bent = honest.map((bytes, i) => (i === id ? Uint8Array.from(bytes, (byte, at) => (at === 0 ? byte ^ 1 : byte)) : bytes));
    return [judge(honest, index), judge(bent, index)];
  });
}

export const hexOf = (tensors: readonly Uint8Array[]): Hex[] => tensors.map(toHex);
