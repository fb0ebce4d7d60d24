import { toCommitOrder, toRowMajor, type TensorTree } from "../merkle/tensorTree.ts";
import type { OpTwin } from "../ops/twin.ts";
import { tracedTensors } from "../program/program.ts";
import { BytesReader } from "../program/reader.ts";
import { commitStrides, offsetOf, sizeOf, unravel } from "../program/types.ts";
import type { Node, Program, Tensor } from "../program/types.ts";
import { readersOf } from "./proof.ts";

export interface AuditOptions {
  readonly program: Program;
  /** Trees of one's own run. */
  readonly own: readonly TensorTree[];
  readonly constant: (root: string) => TensorTree;
  /** Tensor roots that the operator committed to. */
  readonly claimed: readonly string[];
  /** The operator's tensor, already checked against its root; undefined when it cannot be had. */
  readonly download: (id: number) => Promise<TensorTree | undefined>;
  /** A node's output on the operator's inputs, by one's own runtime; all row-major. */
  readonly recompute: (node: number, tensor: (id: number) => Uint8Array) => Promise<Uint8Array>;
  readonly twin: OpTwin;
  /** Called now and then during long stretches; may throw to end the audit. */
  readonly breathe: () => Promise<void>;
}

export interface Audit {
  /** The first number that no admissible trace can hold, by node and row-major element. */
  readonly wrong: { readonly node: number; readonly element: number } | undefined;
  /** The operator's trees as far as they were needed, by id. */
  readonly trees: ReadonlyMap<number, TensorTree>;
  /** Tensors that were needed and could not be had. */
  readonly withheld: readonly number[];
}

/**
 * Looks for one inadmissible number in the operator's trace, node by node in topological order.
 *
 * A node whose inputs and output have the roots of one's own run is honest. Where an input differs, it is adopted as the
 * operator's value, for admissibility is local, and the node is run on it. What an honest run gives is admissible, so
 * only elements that differ from that are judged.
 */
export async function auditTrace(options: AuditOptions): Promise<Audit> {
  const { program, own, claimed } = options;
  const tensors = tracedTensors(program);
  const trees = new Map<number, TensorTree>();
  const withheld = new Set<number>();

  const obtain = async (id: number): Promise<TensorTree | undefined> => {
    if (claimed[id] === own[id].root) return own[id];
    const known = trees.get(id);
    if (known !== undefined || withheld.has(id)) return known;
    const tree = await options.download(id);
    if (tree === undefined) withheld.add(id);
    else trees.set(id, tree);
    return tree;
  };

  /** One's own output of a node, in commit order, from the inputs in the operator's trace. */
  const rerun = async (index: number, output: Tensor, computed: (id: number) => TensorTree): Promise<Uint8Array> => {
    const rowMajor = await options.recompute(index, (id) => toRowMajor(tensors[id], computed(id).data));
    return toCommitOrder(output, rowMajor);
  };

  for (const [index, node] of program.nodes.entries()) {
    const ids = node.inputs.flatMap((t) => (t?.source.kind === "computed" ? [t.source.id] : []));
    const out = outputId(node);
    const sameInputs = ids.every((id) => claimed[id] === own[id].root);
    if (sameInputs && claimed[out] === own[out].root) continue;

    const needed = await Promise.all([out, ...ids].map(obtain));
    if (needed.some((tree) => tree === undefined)) continue;
    const computed = (id: number) => trees.get(id) ?? own[id];
    const readers = readersOf({ computed, constant: options.constant }, node.inputs);
    const theirs = elementReader(node.output, computed(out).data);
    const mine = elementReader(node.output, sameInputs ? own[out].data : await rerun(index, node.output, computed));
    const size = sizeOf(node.output.dims);
    for (let element = 0; element < size; element++) {
      if (element % 256 === 0) await options.breathe();
      const bits = theirs(element);
      if (bits === mine(element)) continue;
      if (!options.twin(node, element, bits, readers)) {
        return { wrong: { node: index, element }, trees, withheld: [...withheld] };
      }
    }
  }
  return { wrong: undefined, trees, withheld: [...withheld] };
}

export function outputId(node: Node): number {
  if (node.output.source.kind !== "computed") throw new Error("the output of a node must be a computed tensor");
  return node.output.source.id;
}

/** Bits of an element by its row-major index. */
function elementReader(tensor: Tensor, commitOrder: Uint8Array): (element: number) => bigint {
  const reader = new BytesReader(tensor, commitOrder);
  const strides = commitStrides(tensor.dims, tensor.perm);
  return (element) => reader.bits(offsetOf(unravel(element, tensor.dims), strides));
}
