import { Faults } from "../faults.ts";
import type { GraphNode } from "../onnx/graphNode.ts";
import type { ModelFile } from "../onnx/model.ts";
import { sizeOf } from "../tensor/shape.ts";
import { readGraph, type Graph } from "./graph.ts";
import type { Mapped } from "../operators/reading/mapped.ts";
import { mapNode, supportedOperators } from "../operators/index.ts";
import { checkDivisors } from "./divisors.ts";
import { checkIndices } from "./indices.ts";
import { rangesOf } from "./ranges.ts";
import type { ValueTypes } from "./valueTypes.ts";

/** Reads a canonical model down to what each of its nodes becomes; throws with all faults. */
export function mapFile(file: ModelFile, types: ValueTypes): { graph: Graph; mapped: Mapped[] } {
  const faults = new Faults();
  const { graph, unshaped } = readGraph(file, types, supportedOperators, faults);
  const ranges = rangesOf(file.model, types);
  const map = (node: GraphNode): Mapped => {
    const mapped = mapNode(node);
    checkIndices(mapped, ranges);
    checkDivisors(mapped, ranges);
    return mapped;
  };
  const mapped = graph.nodes.flatMap((node) => faults.attempt(node.name, node.op, () => map(node)) ?? []);
  faults.throwIfAny();
  faults.push(unshaped);
  faults.throwIfAny();
  return { graph, mapped };
}

/** Elements that all nodes together read and write, each as often as it is needed. */
export const workOf = ({ nodes }: Graph, mapped: readonly Mapped[]): number =>
  mapped.reduce((sum, { reads }, i) => sum + sizeOf(nodes[i].output.dims) * Math.max(1, ...reads.map((reading) => reading?.elements ?? 1)), 0);
