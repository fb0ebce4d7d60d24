import { BytesReader, type TensorReader } from "../tensor/reader.ts";
import { tracedTensors } from "../program/program.ts";
import { toCommitOrder, TensorTree } from "../merkle/tensorTree.ts";
import { byteLength } from "../tensor/shape.ts";
import type { Program } from "../program/types.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { TraceTrees } from "./proof.ts";

/** Row-major bytes of a node's constant input. */
export type ConstantSource = (node: number, input: number) => Uint8Array | undefined;

/** Trees of the constants of a program; each is built on first use. */
export function constantTrees(program: Program, source: ConstantSource): (root: string) => TensorTree {
  const places = new Map<string, { node: number; input: number; tensor: Tensor }>();
  program.nodes.forEach(({ inputs }, node) =>
    inputs.forEach((tensor, input) => {
      if (tensor?.source.kind !== "constant") return;
      // A root does not show where padding begins: two constants that differ only in the number of zeros at their end have
      // one root. The longer one's data serve both.
      const known = places.get(tensor.source.root);
      if (known !== undefined && byteLength(known.tensor) >= byteLength(tensor)) return;
      places.set(tensor.source.root, { node, input, tensor });
    }),
  );
  const trees = new Map<string, TensorTree>();
  return (root) => {
    const known = trees.get(root);
    if (known !== undefined) return known;
    const place = places.get(root);
    const data = place && source(place.node, place.input);
    if (place === undefined || data === undefined) throw new RangeError(`the program has no constant ${root}`);
    const tree = new TensorTree(place.tensor, toCommitOrder(place.tensor, data));
    if (tree.root !== root) throw new Error(`the constant of node ${place.node} has root ${tree.root}, not ${root}`);
    trees.set(root, tree);
    return tree;
  };
}

/** Trees of one run, from the row-major values of all its tensors. */
export function commitTrace(program: Program, rowMajor: readonly Uint8Array[]): TensorTree[] {
  return tracedTensors(program).map((tensor, id) => new TensorTree(tensor, toCommitOrder(tensor, rowMajor[id])));
}

export function traceTrees(computed: readonly TensorTree[], constant: (root: string) => TensorTree): TraceTrees {
  return { computed: (id) => computed[id], constant };
}

/** Readers of all tensors of one run, without committing to them. */
export function traceReaders(
  program: Program,
  rowMajor: readonly Uint8Array[],
  constant: (root: string) => TensorTree,
): (tensor: Tensor) => TensorReader {
  const descriptors = tracedTensors(program);
  const readers = new Map<number, TensorReader>();
  return (tensor) => {
    if (tensor.source.kind === "constant") return new BytesReader(tensor, constant(tensor.source.root).data);
    const { id } = tensor.source;
    let reader = readers.get(id);
    if (reader === undefined) {
      reader = new BytesReader(tensor, toCommitOrder(descriptors[id], rowMajor[id]));
      readers.set(id, reader);
    }
    return reader;
  };
}
