import { compile } from "../../core/compile/compile.ts";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { readModel } from "../../models/digits.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";
import { restate } from "./restate.ts";

/** The digits CNN as a publisher would register it who leaves its mean to the rule `bound`. */
export async function boundedDigits(): Promise<CompiledModel> {
  const model = await compile(readModel("digits-cnn"), { runtime: ortRuntime, form: "source" });
  return restate(model, (node) => (node.rule === "lanes" ? { ...node, rule: "bound", chunk: 0, flags: 0 } : node));
}
