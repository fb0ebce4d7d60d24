import { AbiCoder } from "ethers";
import { fromHex } from "../../../core/bytes.ts";
import { PROOF } from "../../../core/dispute/proof.ts";
import type { Hex } from "../../../core/hex.ts";
import { LEAF } from "../../../core/merkle/tensorTree.ts";
import { byteLength } from "../../../core/tensor/shape.ts";
import type { Tensor } from "../../../core/tensor/tensor.ts";

/** Some leaves of a tensor that a proof showed. */
export interface ShownLeaves {
  readonly leaves: readonly number[];
  /** 1,024 bytes each; the zeros behind the tensor's end may be left out. */
  readonly data: Uint8Array;
}

/** What a proof, or a piece of one, shows of an element. */
export interface ShownProof {
  readonly node: number;
  /** Row-major index; the one after the last stands for the bytes behind the tensor's end. */
  readonly element: number;
  readonly output: ShownLeaves;
  readonly inputs: readonly ShownLeaves[];
}

/** Reads the contract's `Proof`. */
export function decodeProof(proof: Hex): ShownProof {
  type Opening = { leaves: bigint[]; data: string };
  const [decoded] = AbiCoder.defaultAbiCoder().decode([PROOF], proof) as unknown as [{ node: bigint; element: bigint; output: Opening; inputs: Opening[] }];
  const shown = ({ leaves, data }: Opening): ShownLeaves => ({ leaves: Array.from(leaves, Number), data: fromHex(data) });
  return { node: Number(decoded.node), element: Number(decoded.element), output: shown(decoded.output), inputs: Array.from(decoded.inputs, shown) };
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
