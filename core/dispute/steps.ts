import { leavesAtMost, siblingsAtMost } from "../merkle/cover.ts";
import { keccakDepth } from "../merkle/keccakTree.ts";
import { siblingCount, treeDepth } from "../merkle/tensorTree.ts";
import type { Demand } from "../operators/twin.ts";
import type { Work } from "../operators/work.ts";
import type { RecordingReader } from "../merkle/recordingReader.ts";
import { encodeRow } from "../program/row.ts";
import { isInline, type Tensor } from "../tensor/tensor.ts";
import { widthOf } from "../tensor/dtype.ts";
import type { Node, Program } from "../program/types.ts";
import { NOTHING, type Shown, type Step } from "./budget.ts";

/** How large a program is. */
export type Sizes = Pick<Program, "tensorCount"> & { readonly nodes: { readonly length: number } };

/** The contents of the steps of a proof about one node, as the budget prices them. */
export class Steps {
  readonly #node: Node;
  readonly #rowBytes: number;
  readonly #rowPath: number;
  readonly #tracePath: number;

  constructor({ tensorCount, nodes }: Sizes, node: Node) {
    this.#node = node;
    this.#rowBytes = encodeRow(node).length;
    this.#rowPath = keccakDepth(nodes.length + 1);
    this.#tracePath = keccakDepth(tensorCount);
  }

  /**
   * A step that opens what the readers have noted. The concluding step also opens the output, and at least one leaf of every
   * input, because it may read scales and a bias.
   */
  step(readers: readonly (RecordingReader | undefined)[], work: Work, { concluding, carried }: { concluding: boolean; carried: number }): Step {
    const inputs = this.#node.inputs.map((tensor, i) => {
      const reader = readers[i];
      if (tensor === undefined || reader === undefined || isInline(tensor)) return NOTHING;
      if (reader.leaves.size === 0) return concluding ? this.#element(tensor) : NOTHING;
      return this.#shown(tensor, reader.leaves.size, siblingCount(reader.leaves, treeDepth(tensor)), reader.lines);
    });
    return this.#of([concluding ? this.#element(this.#node.output) : NOTHING, ...inputs], work, carried);
  }

  /** The most expensive step of any element that is judged whole. */
  dearest({ reads, work }: Demand): Step {
    const inputs = this.#node.inputs.map((tensor, i) => {
      if (tensor === undefined || isInline(tensor)) return NOTHING;
      const width = widthOf(tensor.dtype);
      const depth = treeDepth(tensor);
      const leaves = Math.min(leavesAtMost(reads[i], width), 2 ** depth);
      return this.#shown(tensor, leaves, siblingsAtMost(reads[i], width, depth), 1);
    });
    return this.#of([this.#element(this.#node.output), ...inputs], work, 0);
  }

  #element = (tensor: Tensor): Shown => this.#shown(tensor, 1, treeDepth(tensor), 1);

  #shown(tensor: Tensor, leaves: number, siblings: number, lines: number): Shown {
    return { leaves, siblings, path: tensor.source.kind === "computed" ? this.#tracePath : 0, lines };
  }

  #of(tensors: readonly Shown[], work: Work, carried: number): Step {
    return { rowBytes: this.#rowBytes, rowPath: this.#rowPath, tensors, carried, work };
  }
}
