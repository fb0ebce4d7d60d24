import { Faults } from "../faults.ts";
import { nodeName, type OnnxModel } from "../onnx/model.ts";
import { isDType, widthOf } from "../tensor/dtype.ts";
import { byteLength, sizeOf } from "../tensor/shape.ts";
import type { Graph } from "./graph.ts";
import type { ValueTypes } from "./valueTypes.ts";

/** Bytes of a trace that hosts take by default (limits.traceBytes). */
const MOST = 2 ** 32;

/** A value, and the node or the input under whose name it is refused. */
interface Sized {
  readonly name: string;
  readonly op: string;
  readonly value: string;
  readonly dims: readonly number[];
  readonly bytes: number;
}

function requireFew(values: readonly Sized[]): void {
  const faults = new Faults();
  for (const { name, op, value, dims, bytes } of values) {
    if (bytes > MOST) faults.add(name, op, `"${value}" of shape [${dims.join(", ")}] has ${bytes} bytes: a whole trace may have ${MOST}`);
  }
  faults.throwIfAny();
}

/**
 * Refuses a model with a value that no trace holds.
 *
 * INVARIANT: what is made of a file by its shapes alone, blocks that pad and constants that stand for nodes, has room in memory.
 */
export function requireSmallValues({ graph }: OnnxModel, types: ValueTypes): void {
  const sized = (value: string, name: string, op: string): Sized[] => {
    const type = types.get(value);
    if (type === undefined) return [];
    const dims = type.dims.filter((dim) => typeof dim === "number");
    return [{ name, op, value, dims, bytes: sizeOf(dims) * (isDType(type.dtype) ? widthOf(type.dtype) : 1) }];
  };
  requireFew([...graph.input.flatMap(({ name }) => sized(name, name, "")), ...graph.node.flatMap((node) => node.output.flatMap((value) => sized(value, nodeName(node), node.opType)))]);
}

/**
 * Refuses a model whose trace no host would hold.
 *
 * INVARIANT: nothing is drawn or run before: a file of a few bytes can ask for more memory than there is.
 */
export function requireSmall({ inputs, nodes }: Pick<Graph, "inputs" | "nodes">): void {
  const specs = [...inputs.map((spec) => ({ name: spec.name, op: "", spec })), ...nodes.map(({ name, op, output }) => ({ name, op, spec: output }))];
  const sized = specs.map(({ name, op, spec }): Sized => ({ name, op, value: spec.name, dims: spec.dims, bytes: byteLength(spec) }));
  requireFew(sized);
  const total = sized.reduce((sum, { bytes }) => sum + bytes, 0);
  const faults = new Faults();
  if (total > MOST) faults.add("model", "", `its trace, the values of all tensors of a run, has ${total} bytes: at most ${MOST} are taken`);
  faults.throwIfAny();
}
