import { refuse } from "../../faults.ts";
import type { NodeProto } from "../../onnx/onnx_pb.js";
import { subgraphOf } from "./subgraphs.ts";
import type { Unroller } from "./unroller.ts";

/** An If whose condition is known becomes the branch that it takes. */
export async function takeBranch(node: NodeProto, unroller: Unroller): Promise<void> {
  const condition = await unroller.number(node.input[0]);
  if (condition === undefined) refuse("its condition is computed from the model's inputs: of a program every node is run, so the condition must be known when it is compiled");
  const branch = subgraphOf(node, condition === 0 ? "else_branch" : "then_branch") ?? refuse("it has no branch for its condition");
  const outputs = await unroller.body(node, branch, []);
  node.output.forEach((name, i) => unroller.bind(name, outputs[i] ?? refuse(`its branch has no output ${i + 1}`)));
}
