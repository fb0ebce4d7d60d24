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

/** What the descriptors of all kernels have in common. Twin of contracts/ops/KernelFunction.sol. @param gas of the function itself */
export function kernelFunction(f: KernelFunction, gas: { readonly function: number }) {
  const admissible: OpTwin = ({ rule, output: { dtype, dims } }, element, claimed, x) => {
    if (rule !== Rule.kernel) throw new RangeError(`rule ${ruleName(rule)} is none of a kernel`);
    if (dtype !== DType.float32) throw new DTypeUnsupported(dtype);
    const operand = input(x, 0);
    return sameFloat(floatOf(Number(claimed)), f(floatOf(operand.u32(broadcastOffset(unravel(element, dims), operand.tensor)))));
  };
  const demand = (): Demand => ({ reads: [[]], work: { gas: gas.function } });
  const replay: Replay = (_, [x]) => x!.map(f);
  return { library: "KernelFunction", inputs: ["X"], attributes: NO_ATTRIBUTES, types: [float], rules: [Rule.kernel], gas, replay, ...whole(admissible, demand) } as const;
}

/** A function of one operand without attributes. */
export const readKernel = (opcode: Opcode) => readUnary(opcode, Rule.kernel, float);
