/** The table of disputes over withheld tensors: how rounds and gas grow with the tensor. */
import { readDigits, readModel } from "../../models/digits.ts";
import { drawInputs } from "../../oracle/certify/inputs.ts";
import { compile } from "../../core/compile/compile.ts";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { treeDepth } from "../../core/merkle/tensorTree.ts";
import { outputId } from "../../core/program/program.ts";
import { Rule } from "../../core/program/types.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";
import { onnxData, readLightModel } from "../../test/support/onnxData.ts";
import { measureWithheld, type WithheldDispute } from "./withheld.ts";

export async function showWithheld(say: (line: string) => void, progress: (line: string) => void, json: boolean): Promise<void> {
  const tables: Record<string, WithheldDispute[]> = {};
  progress("digits-cnn");
  const digits = await compile(readModel("digits-cnn"), { runtime: ortRuntime });
  tables["digits-cnn"] = await measureWithheld(digits, [readDigits()[3].input], bySize(digits));
  if (onnxData !== undefined) {
    progress("resnet50: compiling");
    const resnet = await compile(readLightModel(onnxData, "resnet50"), { runtime: ortRuntime });
    progress("resnet50: disputes");
    tables.resnet50 = await measureWithheld(resnet, drawInputs(resnet.program.inputs, 1), bySize(resnet));
  }
  for (const [name, disputes] of Object.entries(tables)) {
    say(`\n${name}: one dispute for every size of tensor\n`);
    say("| tensor | leaves | depth | rounds | transactions | demand | reveal | convict | all gas |");
    say("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    for (const { op, leaves, depth, rounds, transactions, gas } of disputes) {
      const cells = [leaves, depth, rounds, transactions, gas.demand, gas.reveal, gas.convict, gas.total];
      say(`| ${op} | ${cells.map((n) => n.toLocaleString("en")).join(" | ")} |`);
    }
  }
  if (json) say(JSON.stringify(tables));
}

/** The first exact node for every depth of tree that occurs, the smallest first; none whose output is submitted. */
function bySize({ program }: CompiledModel): number[] {
  const chosen = new Map<number, number>();
  for (const [index, node] of program.nodes.entries()) {
    const submitted = program.outputs.some(({ id }) => id === outputId(node));
    const depth = treeDepth(node.output);
    if (node.rule !== Rule.bound && !submitted && !chosen.has(depth)) chosen.set(depth, index);
  }
  return [...chosen].sort(([a], [b]) => a - b).map(([, index]) => index);
}
