import { expect } from "chai";
import { readModel } from "../../../models/digits.ts";
import { encodeModel, parseModel, type OnnxModel } from "../../../core/onnx/model.ts";
import { compile } from "../../../core/compile/compile.ts";
import { rebuild } from "../../../core/compile/rebuild.ts";
import { CompileError } from "../../../core/faults.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";

const file = readModel("digits-cnn");

function changed(change: (model: OnnxModel) => void): Uint8Array {
  const model = parseModel(file);
  change(model);
  return encodeModel(model);
}

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof CompileError) return error.faults.map(({ name, why }) => `${name}: ${why}`).join("\n");
    if (error instanceof Error) return error.message;
    throw error;
  }
  return "";
}

describe("attacks on the meaning of a model", () => {
  /**
   * A publisher registers a model that two hosts read differently, and has the one convicted by the other: an operator
   * of its own, an operator set nobody pinned, a size that is left open. It is not taken.
   */
  it("attack: an ambiguous model", async () => {
    const ambiguous: [string, Uint8Array, RegExp][] = [
      ["a foreign operator", changed(({ graph }) => void (graph.node[1].domain = "com.example")), /com\.example/],
      ["an opset nobody pinned", changed((m) => void (m.opsetImport[0].version = 27n)), /opset 27/],
      ["an open size", changed(({ graph }) => openSize(graph)), /batch/],
      ["a value from nowhere", changed(({ graph }) => void (graph.node[2].input = ["nowhere"])), /nowhere/],
    ];
    for (const [what, bytes, reason] of ambiguous) {
      expect(await refusal(compile(bytes, { runtime: ortRuntime })), what).to.match(reason);
    }
  });

  /**
   * A publisher shows one program and registers another: a rule or a schedule changed in the file, weights that differ.
   * Whoever rebuilds the root from the two files sees it, and serves nothing.
   */
  it("attack: files that are not the registered program", async () => {
    const model = await compile(file, { runtime: ortRuntime });
    const text = new TextDecoder().decode(model.programFile);
    expect((await rebuild(model.canonical, model.programFile, ortRuntime)).root).to.equal(model.root);
    const forgeries: [string, string][] = [
      ["a looser rule", text.replace('"rule":"chain"', '"rule":"bound"').replace('"rule": "chain"', '"rule": "bound"')],
      ["another root", text.replace(model.root, `0x${"12".repeat(32)}`)],
    ];
    for (const [what, forged] of forgeries) {
      expect(forged, what).to.not.equal(text);
      expect(await refusal(rebuild(model.canonical, new TextEncoder().encode(forged), ortRuntime)), what).to.not.equal("");
    }
    const weights = parseModel(model.canonical);
    weights.graph.initializer[0].rawData[0] ^= 1;
    expect(await refusal(rebuild(encodeModel(weights), model.programFile, ortRuntime))).to.not.equal("");
  });
});

/** Leaves the first dimension of the first input to whoever runs the model. */
function openSize(graph: OnnxModel["graph"]): void {
  const type = graph.input[0].type!.value;
  if (type.case !== "tensorType") throw new Error("the input is a tensor");
  type.value.shape!.dim[0].value = { case: "dimParam", value: "batch" };
}
