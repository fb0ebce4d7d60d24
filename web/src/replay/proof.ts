import { AbiCoder } from "ethers";
import { fromHex, toHex } from "../../../core/bytes.ts";
import { PROOF } from "../../../core/dispute/proof.ts";
import type { Hex } from "../../../core/hex.ts";
import { LEAF, leafHash, nodeHash, treeDepth } from "../../../core/merkle/tensorTree.ts";
import { byteLength } from "../../../core/tensor/shape.ts";
import type { Tensor } from "../../../core/tensor/tensor.ts";

/** Some leaves of a tensor that a proof showed. */
export interface ShownLeaves {
  readonly leaves: readonly number[];
  /** 1,024 bytes each; the zeros behind the tensor's end may be left out. */
  readonly data: Uint8Array;
}

/** Leaves with the hashes that lead to the tensor's root, and from there to the trace's; of a constant no path. */
export interface ShownTensor extends ShownLeaves {
  readonly siblings: readonly Uint8Array[];
  readonly path: readonly string[];
}

/** What a proof, or a piece of one, shows of an element. */
export interface ShownProof {
  readonly node: number;
  /** Row-major index; the one after the last stands for the bytes behind the tensor's end. */
  readonly element: number;
  readonly output: ShownTensor;
  readonly inputs: readonly ShownTensor[];
}

/** Reads the contract's `Proof`. */
export function decodeProof(proof: Hex): ShownProof {
  type Opening = { leaves: bigint[]; data: string };
  type Decoded = { node: bigint; element: bigint; members: { path: string[]; siblings: string[] }[]; output: Opening; inputs: Opening[] };
  const [{ node, element, members, output, inputs }] = AbiCoder.defaultAbiCoder().decode([PROOF], proof) as unknown as [Decoded];
  const shown = ({ leaves, data }: Opening, i: number): ShownTensor => ({
    ...{ leaves: Array.from(leaves, Number), data: fromHex(data) },
    ...{ siblings: Array.from(members[i].siblings, fromHex), path: Array.from(members[i].path) },
  });
  return { node: Number(node), element: Number(element), output: shown(output, 0), inputs: Array.from(inputs, (opening, i) => shown(opening, i + 1)) };
}

/** The root that leaves and siblings lead to, in the order of TensorTree.prove; undefined where no leaf is shown. */
export function rootOf(tensor: Tensor, { leaves, data, siblings }: ShownTensor): string | undefined {
  if (leaves.length === 0) return undefined;
  const rest = [...siblings];
  let frontier = leaves.map((leaf, i): [index: number, hash: Uint8Array] => [leaf, leafHash(padded(data.subarray(i * LEAF, (i + 1) * LEAF)))]);
  for (let level = treeDepth(tensor); level > 0; level--) {
    const parents: typeof frontier = [];
    for (let i = 0; i < frontier.length; i++) {
      const [index, hash] = frontier[i];
      const pair = frontier[i + 1]?.[0] === (index ^ 1) ? frontier[++i][1] : rest.shift()!;
      parents.push([index >> 1, index % 2 === 0 ? nodeHash(hash, pair) : nodeHash(pair, hash)]);
    }
    frontier = parents;
  }
  return toHex(frontier[0][1]);
}

function padded(content: Uint8Array): Uint8Array {
  const leaf = new Uint8Array(LEAF);
  leaf.set(content);
  return leaf;
}

/** The part of a tensor that is known, in commit order: what is not is zero. */
export interface Known {
  readonly data: Uint8Array;
  readonly has: (leaf: number) => boolean;
}

export const wholly = (data: Uint8Array): Known => ({ data, has: () => true });

/** A tensor as far as proofs showed it. */
export function knownBy(tensor: Tensor, shown: readonly ShownLeaves[]): Known {
  const data = new Uint8Array(byteLength(tensor));
  const known = new Set<number>();
  for (const { leaves, data: bytes } of shown)
    leaves.forEach((leaf, i) => {
      known.add(leaf);
      const content = bytes.subarray(i * LEAF, (i + 1) * LEAF);
      const start = leaf * LEAF;
      if (start < data.length) data.set(content.subarray(0, data.length - start), start);
    });
  return { data, has: (leaf) => known.has(leaf) };
}
