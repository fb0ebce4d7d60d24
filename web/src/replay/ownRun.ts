import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { inputIds, outputId } from "../../../core/program/program.ts";
import { LeftOpen, replayNode } from "../../../sdk/verify/replay.ts";

/** A run of one's own beside an operator's. */
export interface OwnRun {
  /** Row-major bytes by the numbers of tensors; undefined where the run does not get to. */
  readonly trace: readonly (Uint8Array | undefined)[];
  /** Tensors whose values are the operator's. */
  readonly adopted: ReadonlySet<number>;
  /** Why the run does not get to some tensors, in the order in which it came to them. */
  readonly open: readonly string[];
}

/**
 * Runs the model by the rules' own arithmetic. Where they leave a number open, the run goes on with the operator's tensor, as
 * somebody who judges it does; without that, what comes after is left out.
 * @param inputs row-major bytes
 * @param adopt row-major bytes of a tensor that has the root which the operator committed to; undefined where nobody gives them
 */
export async function runBeside(
  model: CompiledModel,
  inputs: readonly Uint8Array[],
  adopt: (tensor: number) => Promise<Uint8Array | undefined>,
  onNode: (done: number, all: number) => void,
): Promise<OwnRun> {
  const { nodes, tensorCount } = model.program;
  const trace: (Uint8Array | undefined)[] = Array.from({ length: tensorCount }, (_, id) => inputs[id]);
  const adopted = new Set<number>();
  const open: string[] = [];
  for (const [i, node] of nodes.entries()) {
    if (inputIds(node).every((id) => trace[id] !== undefined)) {
      const id = outputId(node);
      try {
        trace[id] = replayNode(model, i, trace as readonly Uint8Array[]);
      } catch (error) {
        if (!(error instanceof LeftOpen)) throw error;
        open.push(error.message);
        trace[id] = await adopt(id);
        if (trace[id] !== undefined) adopted.add(id);
      }
    }
    onNode(i + 1, nodes.length);
  }
  return { trace, adopted, open };
}
