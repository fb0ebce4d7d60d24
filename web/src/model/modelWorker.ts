import { concatBytes } from "../../../core/bytes.ts";
import { rebuildByInference } from "../../../core/compile/rebuild.ts";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { byteLength } from "../../../core/tensor/shape.ts";
import type { TensorSpec } from "../../../core/tensor/tensor.ts";
import { replayRun } from "../../../sdk/verify/replay.ts";
import { modelGraph } from "../graph/modelGraph.ts";
import type { Published, Question, Rebuilt, Reply } from "./messages.ts";

const say = (reply: Reply): void => globalThis.postMessage(reply);

globalThis.onmessage = ({ data }: MessageEvent<Question>) => {
  try {
    const model = rebuild(data.published);
    if (data.kind === "rebuild") say({ kind: "rebuilt", rebuilt: described(model) });
    else say({ kind: "ran", output: run(model, data.input) });
  } catch (error) {
    say({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  }
};

function rebuild({ canonical, programFile, programRoot }: Published): CompiledModel {
  const model = rebuildByInference(canonical, programFile);
  // INVARIANT: what is shown or computed is what the chain's root commits to.
  if (model.root !== programRoot) throw new Error(`the published files make a program with the root ${model.root}, the version has ${programRoot}`);
  return model;
}

function described(model: CompiledModel): Rebuilt {
  const { program, tensors, work } = model;
  const specOf = ({ name, dtype, dims }: TensorSpec): TensorSpec => ({ name, dtype, dims });
  return { graph: modelGraph(program, tensors), specs: { inputs: program.inputs.map(specOf), outputs: program.outputs.map(specOf) }, work };
}

function run(model: CompiledModel, input: Uint8Array): Uint8Array {
  const { inputs, outputs, nodes } = model.program;
  let at = 0;
  // A copy of each, so that its elements lie aligned.
  const parts = inputs.map((spec) => new Uint8Array(input.subarray(at, (at += byteLength(spec)))));
  const trace = replayRun(model, parts, (done) => say({ kind: "progress", done, all: nodes.length }));
  return concatBytes(outputs.map(({ id }) => trace[id]));
}
