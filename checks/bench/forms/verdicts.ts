import { commitRun } from "../../../oracle/certify/certify.ts";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { Prover } from "../../../core/dispute/proof.ts";
import { operatorOf, twin } from "../../../core/operators/index.ts";
import type { OperatorName } from "../../../core/operators/descriptor.ts";
import type { Program } from "../../../core/program/types.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { dearestElement } from "../../../test/support/convictable.ts";
import type { openVerifierMeter } from "../verifierMeter.ts";

type Meter = Awaited<ReturnType<typeof openVerifierMeter>>;
type Row = Program["nodes"][number];

/** What it takes to judge the dearest element of a row, in one transaction to the verifier. */
export interface Verdict {
  readonly operator: OperatorName;
  readonly node: string;
  /** What the element is a sum of; 0 where it is none. */
  readonly products: number;
  readonly execution: number;
  /** With calldata. */
  readonly transaction: number;
}

/** The dearest verdict about every row of a network in one honest run, the dearest first. Of rows that are alike one is asked about. */
export async function dearestVerdicts(model: CompiledModel, meter: Meter): Promise<Verdict[]> {
  const { program } = model;
  const trees = await commitRun(model, ortRuntime, 1);
  const prover = new Prover(program, trees);
  const verdicts: Verdict[] = [];
  for (const index of new Map(program.nodes.map((node, i) => [kindOf(node), i])).values()) {
    const node = program.nodes[index];
    const { name: operator, reduction } = operatorOf(node.opcode);
    const { proof } = prover.prove(twin, index, dearestElement(node, { ...trees, program }));
    const { convicts, execution, transaction } = await meter.measure(prover.programRoot, prover.traceRoot, proof);
    // INVARIANT: no honest number is convicted.
    if (convicts) throw new Error(`an honest element of ${node.name} is convicted`);
    trees.forgetConstants();
    verdicts.push({ operator, node: node.name, products: reduction?.length(node) ?? 0, execution, transaction });
  }
  return verdicts.sort((a, b) => b.transaction - a.transaction);
}

/** Rows that cost about the same, whatever their numbers. */
const kindOf = ({ opcode, rule, chunk, flags, attributes, inputs, output }: Row): string =>
  JSON.stringify([opcode, rule, chunk, flags, attributes, [...inputs, output].map((t) => t && [t.dims, t.perm, t.source.kind])]);
