import { expect } from "chai";
import { readModel } from "../../../models/digits.ts";
import { encodeModel, parseModel, type OnnxModel } from "../../../core/onnx/model.ts";
import { TensorProto_DataLocation } from "../../../core/onnx/onnx_pb.js";
import { compile } from "../../../core/compile/compile.ts";
import { CompileError, type Fault } from "../../../core/faults.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { oneNodeModel, type NodeSpec } from "../../support/onnxModel.ts";

const good = readModel("digits-cnn");
const int8 = readModel("digits-cnn-int8");

/** The file after a change to its graph. */
function changed(file: Uint8Array, change: (model: OnnxModel) => void): Uint8Array {
  const model = parseModel(file);
  change(model);
  return encodeModel(model);
}

const float = (...dims: number[]) => ({ dtype: 1, dims });
const bytes = (dtype: number, ...dims: number[]) => ({ dtype, dims });
const scalar = (dtype: number, data: Uint8Array) => ({ dtype, dims: [], raw: data });
const f32 = (value: number) => scalar(1, new Uint8Array(Float32Array.of(value).buffer));
const one = (spec: NodeSpec) => oneNodeModel(spec);

/** An int8 convolution with these weights, all alike. */
const qconv = (xType: number, wType: number, weight: number) =>
  one({
    op: "QLinearConv",
    inputs: [
      bytes(xType, 1, 1, 4, 4),
      f32(0.1),
      scalar(xType, Uint8Array.of(0)),
      { dtype: wType, dims: [1, 1, 2, 2], raw: new Uint8Array(4).fill(weight) },
      f32(0.1),
      scalar(wType, Uint8Array.of(0)),
      f32(0.1),
      scalar(xType, Uint8Array.of(0)),
    ],
    outputs: [bytes(xType, 1, 1, 3, 3)],
  });

const mixed = one({
  op: "QLinearMatMul",
  inputs: [bytes(3, 2, 3), f32(1), scalar(3, Uint8Array.of(0)), bytes(2, 3, 2), f32(1), scalar(2, Uint8Array.of(0)), f32(1), scalar(3, Uint8Array.of(0))],
  outputs: [bytes(3, 2, 2)],
});

const conv = (attributes: NodeSpec["attributes"]) =>
  one({ op: "Conv", inputs: [float(1, 2, 5, 5), { ...float(2, 2, 3, 3), raw: new Uint8Array(144) }], outputs: [{ dtype: 1 }], attributes });

const layer = (dims: number[], scale: number[], epsilon = 1e-5) =>
  one({ op: "LayerNormalization", inputs: [float(...dims), float(...scale)], outputs: [{ dtype: 1 }], attributes: { epsilon: { float: epsilon } } });

const external = changed(good, ({ graph }) => {
  const [tensor] = graph.initializer;
  tensor.rawData = new Uint8Array();
  tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
  tensor.externalData = [{ $typeName: "onnx.StringStringEntryProto", key: "location", value: "weights.bin" }];
});

async function faultsOf(file: Uint8Array, dims = {}, externalData?: ReadonlyMap<string, Uint8Array>): Promise<readonly Fault[]> {
  try {
    await compile(file, { runtime: ortRuntime, form: "source", dims, external: () => externalData ?? new Map() });
  } catch (error) {
    if (error instanceof CompileError) return error.faults;
    throw error;
  }
  throw new Error("the model was taken");
}

/** What is wrong, the file, and what the publisher reads: the node's name or the part of the file, and the reason. */
const refused: [string, Uint8Array, string, RegExp][] = [
  ["an empty file", new Uint8Array(), "model", /the file is empty/],
  ["a text", new TextEncoder().encode("# A README\n\nNot a model at all.\n"), "model", /not an ONNX file/],
  ["a picture", Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]), "model", /not an ONNX file/],
  ["another protobuf", Uint8Array.of(0x12, 0x03, 0x61, 0x62, 0x63), "model", /states no IR version/],
  ["a truncated file", good.slice(0, good.length - 10_000), "model", /truncated: \d+ bytes are missing/],
  ["a damaged file", damaged(good), "model", /damaged/],
  ["no graph", changed(good, (m) => void (m.graph = undefined as never)), "model", /no graph/],
  ["no nodes", changed(good, (m) => void (m.graph.node = [])), "model", /no nodes/],
  ["no outputs", changed(good, (m) => void (m.graph.output = [])), "model", /no outputs/],
  ["a future IR version", changed(good, (m) => void (m.irVersion = 14n)), "model", /IR version 14 is not supported/],
  ["a future opset", changed(good, (m) => void (m.opsetImport[0].version = 27n)), "model", /opset 27 is not supported: onnxruntime 1.30, which runs every model, knows opsets up to 26/],
  ["an ancient opset", changed(good, (m) => void (m.opsetImport[0].version = 6n)), "model", /opset 6 is not supported/],
  ["no standard opset", changed(good, (m) => void (m.opsetImport[0].domain = "ai.onnx.ml")), "model", /operator set is not imported/],
  ["missing external data", external, "ConvBnFusion_W_0.weight", /"weights.bin" is missing/],
  ["a foreign operator", changed(good, (m) => void (m.graph.node[1].domain = "com.example")), "/2/Relu", /"com.example"/],
  ["an unknown operator", changed(good, (m) => void (m.graph.node[6].opType = "Rellu")), "/8/Relu", /not supported/],
  ["an unsupported operator", changed(good, (m) => void (m.graph.node[1].opType = "Softsign")), "/2/Relu", /supported only in portable form, where its input is float32/],
  ["a missing value", changed(good, (m) => void (m.graph.node[2].input = ["nowhere"])), "model", /nowhere/],
  ["a broken constant", changed(good, (m) => void (m.graph.initializer[0].rawData = new Uint8Array(12))), "ConvBnFusion_W_0.weight", /needs 576 bytes of data, the file holds 12/],
  ["float64", one({ op: "MatMul", inputs: [bytes(11, 2, 3), bytes(11, 3, 2)], outputs: [bytes(11, 2, 2)] }), "node", /float64, of which no result is judged/],
  ["uint16 quantisation", one({ op: "QuantizeLinear", inputs: [float(4), f32(1), scalar(4, new Uint8Array(2))], outputs: [bytes(4, 4)], opset: 21 }), "node", /uint16/],
  ["auto_pad", conv({ auto_pad: { string: "SAME_UPPER" } }), "node", /auto_pad SAME_UPPER/],
  ["8-bit weights", qconv(2, 3, 100), "node", /"x3" holds 100.*7 bits/],
  ["mixed signs", mixed, "node", /runtime does not compute it on elements of these types/],
  ["a computed shape", one({ op: "Reshape", inputs: [float(2, 3), bytes(7, 2)], outputs: [{ dtype: 1 }] }), "node", /depends on the values of "x1"/],
  ["the indices of a MaxPool", one({ op: "MaxPool", inputs: [float(1, 1, 4, 4)], outputs: [{ dtype: 1 }, { dtype: 7 }], attributes: { kernel_shape: { ints: [2, 2] } } }), "node", /only its first output/],
  ["training", one({ op: "BatchNormalization", inputs: [float(1, 2, 3), ...[0, 1, 2, 3].map(() => float(2))], outputs: [{ dtype: 1 }, { dtype: 1 }, { dtype: 1 }], attributes: { training_mode: { int: 1 } } }), "node", /first output|training/],
  ["alpha 0", one({ op: "Gemm", inputs: [float(2, 3), float(3, 2)], outputs: [float(2, 2)], attributes: { alpha: { float: 0 } } }), "node", /alpha 0/],
  ["an empty input", one({ op: "Relu", inputs: [float(0, 3)], outputs: [{ dtype: 1 }] }), "model", /no output depends on the elements of an input/],
  ["a Softmax too long for all transactions", one({ op: "Softmax", inputs: [float(1, 500_000)], outputs: [{ dtype: 1 }] }), "node", /\d+ transactions or more: 64 come to position \d+ of 1000000.*a shorter sum or another layout may help/],
  ["a window too large for a transaction", one({ op: "MaxPool", inputs: [float(1, 1, 200, 200)], outputs: [{ dtype: 1 }], attributes: { kernel_shape: { ints: [185, 185] } } }), "node", /34225 elements.* more than a transaction can carry: \d+ bytes and \d+ gas.*; a smaller window or a shorter row may help/],
  ["a product longer than any bound is defined for", one({ op: "MatMul", inputs: [float(1, 2 ** 22 + 1), float(2 ** 22 + 1, 1)], outputs: [{ dtype: 1 }] }), "node", /4194305 products; at most 4194304/],
  ["a Gemm longer than any bound is defined for", one({ op: "Gemm", inputs: [float(2 ** 22 + 2, 1), float(1, 2 ** 22 + 2)], outputs: [{ dtype: 1 }], attributes: { transA: { int: 1 }, transB: { int: 1 } } }), "node", /4194306 products; at most 4194304/],
  ["a Conv longer than any bound is defined for", one({ op: "Conv", inputs: [float(1, 1, 2 ** 22 + 3), float(1, 1, 2 ** 22 + 3)], outputs: [{ dtype: 1 }] }), "node", /4194307 products; at most 4194304/],
  ["a mean longer than any bound is defined for", one({ op: "ReduceMean", inputs: [float(2 ** 11, 2 ** 11 + 1)], outputs: [{ dtype: 1 }] }), "node", /4196352 numbers; at most 4194304/],
  ["a row longer than any bound is defined for", layer([1, 2 ** 16 + 1], [2 ** 16 + 1]), "node", /65537 numbers; at most 65536/],
  ["a value larger than any tensor", one({ op: "Pad", inputs: [float(2, 3), { dtype: 7, dims: [4], raw: new Uint8Array(BigInt64Array.of(0n, 2n ** 31n, 0n, 2n).buffer) }], outputs: [{ dtype: 1 }], opset: 17 }), "node", /"y0" of shape \[2, 2147483653\] has 17179869224 bytes: a whole trace may have 4294967296/],
  ["an input larger than any tensor", one({ op: "Relu", inputs: [float(2 ** 20, 2 ** 20)], outputs: [{ dtype: 1 }] }), "x0", /has 4398046511104 bytes: a whole trace may have 4294967296/],
  ["an epsilon of 0", layer([1, 4], [4], 0), "node", /epsilon 0 must lie between 2⁻¹⁰⁰ and 1/],
  ["a scale that is broadcast", layer([3, 4], [1]), "node", /one value per element of a row \(\[4\]\)/],
  ["an infinite epsilon", one({ op: "BatchNormalization", inputs: [float(1, 2, 3), ...[0, 1, 2, 3].map(() => float(2))], outputs: [{ dtype: 1 }], attributes: { epsilon: { float: Infinity } } }), "node", /epsilon Infinity must be finite/],
  ["a zero scale", one({ op: "QuantizeLinear", inputs: [float(4), f32(0), scalar(2, Uint8Array.of(0))], outputs: [bytes(2, 4)] }), "node", /positive and finite/],
];

/** A whole outer form around a graph whose inside is noise. */
function damaged(file: Uint8Array): Uint8Array {
  const copy = file.slice();
  for (let i = 200; i < 260; i++) copy[i] = 0xff;
  return copy;
}

describe("what the compiler refuses", () => {
  for (const [what, file, name, why] of refused) {
    it(what, async () => {
      const faults = await faultsOf(file);
      const match = faults.find((fault) => fault.name === name && why.test(fault.why));
      expect(match, `found only: ${JSON.stringify(faults)}`).to.not.equal(undefined);
    });
  }

  it("says something different for every one of them", async () => {
    const whys = await Promise.all(refused.map(async ([, file]) => (await faultsOf(file)).map((fault) => `${fault.name}: ${fault.why}`).join("\n")));
    // Three kinds of file that are none say the same; everything else differs.
    expect(new Set(whys).size).to.be.at.least(refused.length - 1);
  });

  it("names every fault, not only the first", async () => {
    const faults = await faultsOf(
      changed(good, ({ graph }) => {
        graph.node[1].opType = "Softsign";
        graph.node[6].opType = "Log";
      }),
    );
    expect(faults.map(({ op, name }) => [name, op])).to.deep.equal([["/2/Relu", "Softsign"], ["/8/Relu", "Log"]]);
  });

  describe("symbolic dimensions", () => {
    const symbolic = changed(good, ({ graph }) => {
      const type = graph.input[0].type!.value;
      if (type.case === "tensorType") type.value.shape!.dim[0].value = { case: "dimParam", value: "N" };
    });

    it("are refused by name where they are not bound", async () => {
      const [fault] = await faultsOf(symbolic);
      expect(fault.name).to.equal("image");
      expect(fault.why).to.match(/axis 0 .* "N": bind it with --dim N=/);
    });

    it("are taken where they are bound, and give the same version as fixed ones", async () => {
      const bound = await compile(symbolic, { runtime: ortRuntime, form: "source", dims: { N: 1 } });
      const fixed = await compile(good, { runtime: ortRuntime, form: "source" });
      expect(bound.root).to.equal(fixed.root);
      const batch = await compile(symbolic, { runtime: ortRuntime, form: "source", dims: { N: 3 } });
      expect(batch.program.inputs[0].dims).to.deep.equal([3, 1, 8, 8]);
      expect(batch.root).to.not.equal(fixed.root);
    });

    it("are refused where the binding is no size, or binds nothing", async () => {
      expect((await faultsOf(symbolic, { N: 0 }))[0].why).to.match(/not a positive integer/);
      expect((await faultsOf(good, { batch: 2 }))[0].why).to.match(/no input has a dimension of this name/);
    });
  });

  describe("external data", () => {
    const weights = parseModel(good).graph.initializer[0].rawData;

    it("is named by the model and taken when it is given", async () => {
      const asked: string[] = [];
      const beside = (locations: readonly string[]) => {
        asked.push(...locations);
        return new Map([["weights.bin", weights]]);
      };
      const given = await compile(external, { runtime: ortRuntime, form: "source", external: beside });
      expect(asked).to.deep.equal(["weights.bin"]);
      expect(given.root).to.equal((await compile(good, { runtime: ortRuntime, form: "source" })).root);
    });

    it("must be whole, and inside the model's folder", async () => {
      const short = changedExternal((entry) => [...entry, { key: "length", value: "100000" }]);
      expect((await faultsOf(short, {}, new Map([["weights.bin", weights]])))[0].why).to.match(/exceeds/);
      const outside = changedExternal(() => [{ key: "location", value: "../secret" }]);
      expect((await faultsOf(outside))[0].why).to.match(/outside the model's folder/);
    });

    function changedExternal(entries: (own: { key: string; value: string }[]) => { key: string; value: string }[]): Uint8Array {
      return changed(good, ({ graph }) => {
        const [tensor] = graph.initializer;
        tensor.rawData = new Uint8Array();
        tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
        tensor.externalData = entries([{ key: "location", value: "weights.bin" }]).map((entry) => ({
          $typeName: "onnx.StringStringEntryProto" as const,
          ...entry,
        }));
      });
    }
  });

  it("takes 7-bit weights and equal signs", async () => {
    for (const file of [qconv(2, 3, 63), qconv(2, 3, -64 & 0xff), qconv(3, 3, 100), qconv(2, 2, 200), int8]) {
      expect((await compile(file, { runtime: ortRuntime, form: "source" })).program.nodes.length).to.be.greaterThan(0);
    }
  });
});
