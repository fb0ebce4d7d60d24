import { DTypeUnsupported } from "../../math/element.ts";
import { floatOf, sameFloat } from "../../math/float32.ts";
import type { KernelFunction } from "../../math/kernels.ts";
import { Rule, ruleName, type Opcode } from "../../program/types.ts";
import { broadcastOffset } from "../../tensor/broadcast.ts";
import { DType } from "../../tensor/dtype.ts";
import { unravel } from "../../tensor/shape.ts";
import { NO_ATTRIBUTES } from "../attributes.ts";
import { whole, type Replay } from "../descriptor.ts";
import { readUnary } from "../elementwise/elementFunction.ts";
import { input } from "../operands.ts";
import { float } from "../reading/requirements.ts";
import type { Demand, OpTwin } from "../twin.ts";

/** The kernel of a row, of which its attributes may be parameters. */
export type KernelOf = (attributes: readonly number[]) => (x: number) => number;

const NONE: readonly number[] = [];

/** A kernel without parameters, and one whose parameters are the attributes as float32. */
export const plain =
  (f: KernelFunction): KernelOf =>
  () =>
  (x) =>
    f(x, NONE);
export const parametric =
  (f: KernelFunction): KernelOf =>
  (attributes) => {
    const parameters = attributes.map(floatOf);
    return (x) => f(x, parameters);
  };

/** What the descriptors of all kernels have in common. Twin of contracts/ops/KernelFunction.sol. @param gas of the function itself */
export function kernelFunction(of: KernelOf, gas: { readonly function: number }) {
  const admissible: OpTwin = ({ rule, attributes, output: { dtype, dims } }, element, claimed, x) => {
    if (rule !== Rule.kernel) throw new RangeError(`rule ${ruleName(rule)} is none of a kernel`);
    if (dtype !== DType.float32) throw new DTypeUnsupported(dtype);
    const operand = input(x, 0);
    return sameFloat(floatOf(Number(claimed)), of(attributes)(floatOf(operand.u32(broadcastOffset(unravel(element, dims), operand.tensor)))));
  };
  const demand = (): Demand => ({ reads: [[]], work: { gas: gas.function } });
  const replay: Replay = ({ attributes }, [x]) => x!.map(of(attributes));
  return { library: "KernelFunction", inputs: ["X"], attributes: NO_ATTRIBUTES, types: [float], rules: [Rule.kernel], gas, replay, ...whole(admissible, demand) } as const;
}

/** A function of one operand without attributes. */
export const readKernel = (opcode: Opcode) => readUnary(opcode, Rule.kernel, float);
