import { expect } from "chai";
import * as ort from "onnxruntime-node";
import { create } from "@bufbuild/protobuf";
import { compile } from "../../../core/compile/compile.ts";
import { mapFile } from "../../../core/compile/mapFile.ts";
import { valueTypes } from "../../../core/compile/shapes.ts";
import { CompileError } from "../../../core/faults.ts";
import { encodeModel, parseModel } from "../../../core/onnx/model.ts";
import { AttributeProtoSchema, GraphProtoSchema, NodeProtoSchema, ValueInfoProtoSchema } from "../../../core/onnx/onnx_pb.js";
import { DType } from "../../../core/tensor/dtype.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { graphModel } from "../../support/graph.ts";
import { CANONICAL } from "../../support/ort.ts";

type Graph = Parameters<typeof graphModel>[0];

const whole = (name: string, dims?: readonly number[]) => ({ name, dtype: DType.int32, dims });
const number = (name: string, value: number) => ({ ...whole(name, []), raw: new Uint8Array(Int32Array.of(value).buffer) });

const divided = (nodes: Graph["nodes"], constants: Graph["constants"] = [], op = "Div"): Uint8Array =>
  graphModel({ inputs: [whole("x", [5]), whole("z", [5])], constants, nodes: [...nodes, [op, ["x", "by"], "y"]], outputs: [whole("y")] });

const refused = (made: Promise<unknown>): Promise<string | undefined> =>
  made.then(() => undefined, (error: unknown) => (error instanceof CompileError ? error.message : String(error)));

/** Why a canonical file with these nodes before a division is refused; undefined where it is taken. */
function refusal(...given: Parameters<typeof divided>): Promise<string | undefined> {
  const bytes = divided(...given);
  const model = parseModel(bytes);
  return refused(valueTypes(model, ortRuntime).then((types) => mapFile({ bytes, model }, types)));
}

describe("computed divisors of integers in a canonical file", () => {
  it("are refused where an input could end the runtime's process", async () => {
    const why = 'its integer divisor "by" may be 0 or -1: it lies between';
    expect(await refusal([["Identity", ["z"], "by"]])).to.include(`y (Div): ${why} -2147483648 and 2147483647`);
    expect(await refusal([["Max", ["z", "none"], "by"]], [number("none", 0)], "Mod")).to.include(`y (Mod): ${why} 0 and 2147483647`);
    expect(await refusal([["Min", ["z", "least"], "by"]], [number("least", -1)])).to.include(`${why} -2147483648 and -1`);
    expect(await refusal([], [number("by", -1)])).to.include("y (Div): an integer divisor is 0 or -1");
  });

  it("are taken where arithmetic keeps them from 0 and −1", async () => {
    expect(await refusal([["Max", ["z", "one"], "by"]], [number("one", 1)])).to.equal(undefined);
    expect(await refusal([["Min", ["z", "two"], "by"]], [number("two", -2)], "Mod")).to.equal(undefined);
  });
});

describe("a file that divides integers by its input", () => {
  const file = divided([["Identity", ["z"], "by"]]);

  it("is compared with its canonical form although the inputs are random, and gives the same", async () => {
    const { differences } = await compile(file, { runtime: ortRuntime });
    expect(differences).to.deep.equal([]);
  });

  it("comes to its end by whatever it divides", async () => {
    const { canonical } = await compile(file, { runtime: ortRuntime });
    const session = await ort.InferenceSession.create(canonical, CANONICAL);
    const feed = (...values: number[]) => new ort.Tensor("int32", Int32Array.from(values), [5]);
    const { y } = await session.run({ x: feed(7, -(2 ** 31), -7, 7, -(2 ** 31)), z: feed(0, -1, -1, -2, -(2 ** 31)) });
    expect([...(y.data as Int32Array)]).to.deep.equal([7, -(2 ** 31), 7, -3, 1]);
  });

  it("is refused where a branch of it divides, too", async () => {
    const model = parseModel(file);
    const branch = create(GraphProtoSchema, { name: "b", node: [create(NodeProtoSchema, { opType: "Div", input: ["x", "z"], output: ["q"] })], output: [create(ValueInfoProtoSchema, { name: "q" })] });
    const attribute = ["then_branch", "else_branch"].map((name) => create(AttributeProtoSchema, { name, type: 5, g: branch }));
    model.graph.initializer.push(...parseModel(graphModel({ inputs: [whole("x", [1])], constants: [{ name: "on", dtype: DType.bool, dims: [], raw: Uint8Array.of(1) }], nodes: [["Relu", ["x"], "y"]], outputs: [whole("y")] })).graph.initializer);
    model.graph.node.push(create(NodeProtoSchema, { name: "choice", opType: "If", input: ["on"], output: ["r"], attribute }));
    model.graph.output.push(create(ValueInfoProtoSchema, { ...model.graph.output[0], name: "r" }));
    expect(await refused(compile(encodeModel(model), { runtime: ortRuntime }))).to.match(/^choice \(If\): it divides in a branch or a body/);
  });
});
