import { create } from "@bufbuild/protobuf";
import { expect } from "chai";
import { tidy } from "../../../core/compile/canonicalForm.ts";
import { compile } from "../../../core/compile/compile.ts";
import { rebuild } from "../../../core/compile/rebuild.ts";
import { sha256 } from "../../../core/digest.ts";
import { whyDeadly } from "../../../core/onnx/deadly.ts";
import { encodeModel, parseModel } from "../../../core/onnx/model.ts";
import { AttributeProtoSchema, NodeProtoSchema, type NodeProto } from "../../../core/onnx/onnx_pb.js";
import { parseProgramFile, printProgramFile } from "../../../core/program/programFile.ts";
import type { Runtime } from "../../../core/runtime.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { float, graphModel } from "../../support/graph.ts";

/** A node of no model, which no runtime ever sees. */
const node = (opType: string, output: readonly string[], attributes: Readonly<Record<string, number>> = {}): NodeProto =>
  create(NodeProtoSchema, {
    opType,
    output: [...output],
    attribute: Object.entries(attributes).map(([name, value]) => create(AttributeProtoSchema, { name, type: 2, i: BigInt(value) })),
  });

/** Nothing may be opened. */
const unreached: Runtime = {
  ...ortRuntime,
  open: () => Promise.reject(new Error("it was opened")),
  optimise: () => Promise.reject(new Error("it was optimised")),
};

const reasonOf = async (taken: Promise<unknown>): Promise<string> => String(await taken.then(() => "it was taken", (error: unknown) => error));
const one = (op: string): Uint8Array => graphModel({ opset: 13, inputs: [float("x", [1, 4])], constants: [], nodes: [[op, ["x"], "p"]], outputs: [float("p")] });

describe("nodes on which onnxruntime ends the process", () => {
  it("are told from their like before the runtime sees them", () => {
    expect(whyDeadly(node("Split", ["p", "q"]), 13)).to.equal(undefined);
    expect(whyDeadly(node("Split", ["p", ""]), 13)).to.match(/^its output 2 has no name/);
    expect(whyDeadly(node("Split", ["p", "q"], { num_outputs: 2 }), 18)).to.equal(undefined);
    expect(whyDeadly(node("Split", ["p", "q"], { num_outputs: 3 }), 18)).to.equal("num_outputs is 3, but it has 2 outputs");
    for (const op of ["DepthToSpace", "SpaceToDepth"]) {
      expect(whyDeadly(node(op, ["p"], { blocksize: 2 }), 13)).to.equal(undefined);
      expect(whyDeadly(node(op, ["p"], { blocksize: 0 }), 13)).to.equal("its blocksize 0 is no size");
    }
    expect(whyDeadly(node("BatchNormalization", ["p"]), 13)).to.equal(undefined);
    expect(whyDeadly(node("BatchNormalization", ["p"], { training_mode: 1 }), 15)).to.match(/^training_mode is set/);
    expect(whyDeadly(node("Relu", ["", ""]), 13)).to.equal(undefined);
  });

  it("and an operator that no program has is refused in a published file before the runtime sees it", async () => {
    const honest = await compile(one("Relu"), { runtime: ortRuntime });
    for (const op of ["Softsign", "Neg", "Split"]) {
      const model = parseModel(one(op));
      tidy(model);
      const canonical = encodeModel(model);
      const program = printProgramFile({ ...parseProgramFile(honest.programFile), canonical: sha256(canonical) });
      expect(await reasonOf(rebuild(canonical, program, unreached)), op).to.contain(`(${op}): the operator is `);
    }
  });
});
