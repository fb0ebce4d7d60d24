import { TensorTree, toCommitOrder, toRowMajor } from "../merkle/tensorTree.ts";
import { inputIds, outputId, tracedTensors } from "../program/program.ts";
import type { Game, Solver } from "./game.ts";

/**
 * The honest output of node `index` on the operator's inputs, all of which are in `adopted`. It is the output of the
 * challenger's own run if the inputs are equal; else the runtime computes it, once for the same inputs (`solver.cache`).
 */
export async function honestOutput(
  { program, own }: Pick<Game, "program" | "own">,
  { cache, recompute }: Pick<Solver, "cache" | "recompute">,
  index: number,
  adopted: ReadonlyMap<number, TensorTree>,
): Promise<TensorTree> {
  const node = program.nodes[index];
  const inputs = inputIds(node);
  if (inputs.every((id) => adopted.get(id)!.root === own[id].root)) return own[outputId(node)];
  const key = [index, ...inputs.map((id) => adopted.get(id)!.root)].join();
  const known = cache.get(key);
  if (known !== undefined) return known;
  const tensors = tracedTensors(program);
  const rowMajor = await recompute(index, (id) => toRowMajor(tensors[id], adopted.get(id)!.data));
  const tree = new TensorTree(node.output, toCommitOrder(node.output, rowMajor));
  cache.set(key, tree);
  return tree;
}
