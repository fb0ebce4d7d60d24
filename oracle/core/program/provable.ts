import { LEAF, siblingCount, treeDepth } from "../merkle/tensorTree.ts";
import { TRANSACTION_BYTES } from "../dispute/transaction.ts";
import { operatorOf } from "../ops/index.ts";
import { refuse } from "./faults.ts";
import { RecordingReader, type TensorReader } from "./reader.ts";
import { sizeOf, type Node, type Tensor } from "./types.ts";

/** More bytes than a proof has apart from the leaves that it opens and the hashes beside them. */
const OTHER_BYTES = 20_000;

/** A tensor of which nothing is known: every element is zero. */
const blank = (tensor: Tensor): TensorReader => ({ tensor, bits: () => 0n, u32: () => 0 });

/**
 * INVARIANT: every element can be proved wrong. A layout may scatter what one element reads over so many leaves that no
 * transaction carries them; then a lie there could never be convicted, so the node is refused. Of a reduction that is
 * judged in pieces one position must fit. Looks at the first element, one in the middle, and the last.
 */
export function checkProvable(node: Node): void {
  const size = sizeOf(node.output.dims);
  const { admissible, reduction } = operatorOf(node.opcode);
  for (const element of new Set([0, Math.floor(size / 2), size - 1])) {
    const readers = node.inputs.map((tensor) => tensor && new RecordingReader(blank(tensor)));
    if (reduction === undefined) admissible(node, element, 0n, readers);
    else reduction.accumulate(node, element, "0x", 1, readers);
    let bytes = OTHER_BYTES;
    for (const reader of readers) {
      if (reader === undefined) continue;
      bytes += (LEAF + 32) * reader.leaves.size + 32 * siblingCount(reader.leaves, treeDepth(reader.tensor));
    }
    if (bytes > TRANSACTION_BYTES) {
      const leaves = readers.reduce((n, reader) => n + (reader?.leaves.size ?? 0), 0);
      refuse(`element ${element} of its output is read from ${leaves} KiB of its inputs, more than a transaction can carry; another layout may help`);
    }
  }
}
