import type { Fault } from "../faults.ts";
import { nodeName, type OnnxModel } from "../onnx/model.ts";

/** The operators of a publisher's nodes by name, as they were before anything was made of them. */
export type SourceNodes = ReadonlyMap<string, string>;

export const sourceNodes = ({ graph }: OnnxModel): SourceNodes => new Map(graph.node.map((node) => [nodeName(node), node.opType]));

/** What the runtime calls the nodes and values that it writes in the place of a function: after the function. */
const INLINED = /^_inlfunc_([A-Za-z0-9]+?)_/;

/**
 * Faults of what was made of a file, in terms of the file: what stands in the place of a node is named after it, with what its
 * place was taken by. Lowerings call nodes `NODE/PART`.
 * @param unknown of nodes of the file that no program has: what stands in their place is no second reason
 */
export function inSourceTerms(faults: readonly Fault[], source: SourceNodes, unknown: readonly Fault[]): Fault[] {
  const known = new Map(unknown.map((fault) => [fault.name, fault]));
  const told = faults.map((fault): Fault => {
    const { name, op, why } = fault;
    if (op === "" || source.get(name) === op) return fault;
    const own = ownerOf(name, source);
    const ownOp = own === undefined ? undefined : source.get(own);
    if (own === undefined || ownOp === undefined) return fault;
    return known.get(own) ?? { name: own, op: ownOp, why: ownOp === op ? why : `written with ${op}: ${why}` };
  });
  return [...new Map(told.map((fault) => [JSON.stringify(fault), fault])).values()];
}

/** The node in whose place one of that name stands. */
function ownerOf(name: string, source: SourceNodes): string | undefined {
  for (let end = name.length; end > 0; end = name.lastIndexOf("/", end - 1)) {
    if (source.has(name.slice(0, end))) return name.slice(0, end);
  }
  const [, inlined] = INLINED.exec(name) ?? [];
  return inlined === undefined ? undefined : [...source].find(([, op]) => op === inlined)?.[0];
}
