import type { TensorTree } from "../merkle/tensorTree.ts";
import { operatorOf } from "../operators/index.ts";
import { outputId } from "../program/program.ts";
import type { Node, Program } from "../program/types.ts";
import { DType } from "../tensor/dtype.ts";
import { floatsOf } from "../tensor/numbers.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The lowest finite number. */
const LOWEST = -(2 - 2 ** -23) * 2 ** 127;

/**
 * Whether all that honest hosts can differ in, in this run, is what rules under `bound` leave. Else a number in it meets one of the
 * operations that have several right results (docs/protocol.md §2.10): a NaN, which some of them take and some pass over; a
 * divisor of zero; a greatest number that is none of those it is taken of.
 * @param trace row-major values of all tensors of an honest run
 * @param constant trees of the constants, by root
 */
export function isSettled(program: Program, trace: readonly Uint8Array[], constant: (root: string) => TensorTree): boolean {
  const valuesOf = ({ source }: Tensor) => floatsOf(source.kind === "computed" ? trace[source.id] : constant(source.root).data);
  const isFloat = (tensor: Tensor | undefined): tensor is Tensor => tensor?.dtype === DType.float32;
  const hasNaN = (id: number) => floatsOf(trace[id]).some(Number.isNaN);
  if (program.inputs.some(({ dtype }, id) => dtype === DType.float32 && hasNaN(id))) return false;
  return program.nodes.every((node: Node) => {
    const { name, divides } = operatorOf(node.opcode);
    if (divides && node.inputs.slice(1).filter(isFloat).some((tensor) => valuesOf(tensor).includes(0))) return false;
    if (!isFloat(node.output)) return true;
    if (name === "MaxPool" && valuesOf(node.output).some((x) => x <= LOWEST)) return false;
    return !hasNaN(outputId(node));
  });
}
