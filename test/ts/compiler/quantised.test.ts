import { expect } from "chai";
import * as ort from "onnxruntime-node";
import { compile } from "../../../core/compile/compile.ts";
import { widenFourBits } from "../../../core/compile/fourBits.ts";
import { LOWERED } from "../../../core/compile/lower/index.ts";
import { lower } from "../../../core/compile/lower/lower.ts";
import { valueTypes } from "../../../core/compile/shapes.ts";
import { encodeModel, parseModel, type OnnxModel } from "../../../core/onnx/model.ts";
import { DType, widthOf } from "../../../core/tensor/dtype.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { graphModel } from "../../support/graph.ts";
import { CANONICAL, toOrt } from "../../support/ort.ts";
import { Random } from "../../support/random.ts";

type Graph = Parameters<typeof graphModel>[0];
type Spec = Graph["inputs"][number];

const CASES = process.env.OPG_TEST_PROFILE === "deep" ? 200 : 25;

const of = (name: string, dtype: DType, dims?: readonly number[]): Spec => ({ name, dtype, dims });
const bytes = (name: string, dtype: DType, dims: readonly number[], random: Random) => ({ ...of(name, dtype, dims), raw: drawn({ dtype, dims }, random) });
const floats = (name: string, dims: readonly number[], draw: () => number) => ({
  ...of(name, DType.float32, dims),
  raw: new Uint8Array(Float32Array.from({ length: sizeOf(dims) }, draw).buffer),
});
const scales = (name: string, dims: readonly number[], random: Random) => floats(name, dims, () => 0.001 + random.unit() / 10);

/** Numbers as activations are, or any bytes of an integer type. */
function drawn({ dtype, dims = [] }: { dtype: DType; dims?: readonly number[] }, random: Random): Uint8Array {
  if (dtype === DType.float32) return new Uint8Array(Float32Array.from({ length: sizeOf(dims) }, () => random.normal() * 4).buffer);
  return Uint8Array.from({ length: sizeOf(dims) * widthOf(dtype) }, () => random.int(0, 255));
}

const typesOf = (model: OnnxModel) => valueTypes(model, ortRuntime);

async function lowered(file: Uint8Array): Promise<Uint8Array | undefined> {
  const model = parseModel(file);
  return (await lower(model, await typesOf(parseModel(file)), typesOf, { form: "portable" })) ? encodeModel(model) : undefined;
}

/** Every bit of the outputs. */
async function results(file: Uint8Array, inputs: readonly Spec[], values: readonly Uint8Array[]): Promise<string[]> {
  const session = await ort.InferenceSession.create(file, CANONICAL);
  try {
    const feeds = Object.fromEntries(inputs.map(({ name, dtype, dims }, i) => [name, toOrt({ dtype, dims: dims!, raw: values[i] })]));
    return Object.entries(await session.run(feeds)).map(([name, { data, dims, type }]) => {
      const { buffer, byteOffset, byteLength } = data as Uint8Array;
      return `${name} ${type} [${dims.join()}] ${Buffer.from(buffer, byteOffset, byteLength).toString("hex")}`;
    });
  } finally {
    await session.release();
  }
}

/** The scaling of a tensor: for all of it, along an axis, or in blocks along one. */
function scaling(random: Random, dims: readonly number[]): { dims: readonly number[]; attributes: Record<string, number> } {
  const axis = random.int(0, dims.length - 1);
  const kind = random.int(0, 2);
  if (kind === 0) return { dims: [], attributes: {} };
  if (kind === 1) return { dims: [dims[axis]], attributes: { axis: random.int(0, 1) === 0 ? axis : axis - dims.length } };
  const block = random.pick(Array.from({ length: dims[axis] }, (_, i) => i + 1).filter((size) => dims[axis] % size === 0));
  const own = dims.map((size, i) => (i === axis ? size / block : size));
  // The runtime takes a single scale for one of the whole tensor, which has no blocks.
  return sizeOf(own) === 1 ? { dims: [], attributes: {} } : { dims: own, attributes: { axis, block_size: block } };
}

const shape = (random: Random): number[] => Array.from({ length: random.int(1, 3) }, () => random.pick([1, 2, 4, 6]));

/** Nodes of an operator that are written in terms of others, and give the same bits on this processor. */
const CASES_OF: Readonly<Record<string, { readonly opset: number; readonly draw: (random: Random) => Omit<Graph, "opset"> }>> = {
  DequantizeLinear: {
    opset: 21,
    draw(random) {
      const dims = shape(random);
      const { dims: own, attributes } = scaling(random, dims);
      const isBlocked = "block_size" in attributes;
      const dtype = random.pick(isBlocked ? [DType.int8, DType.uint8, DType.int16, DType.uint16] : [DType.int16, DType.uint16]);
      const isFixed = random.chance(0.3);
      const zero = random.chance(0.5) ? [bytes("z", dtype, own, random)] : [];
      return {
        inputs: isFixed ? [of("other", DType.float32, [1])] : [of("x", dtype, dims)],
        constants: [...(isFixed ? [bytes("x", dtype, dims, random)] : []), scales("s", own, random), ...zero],
        nodes: [["DequantizeLinear", ["x", "s", ...zero.map(({ name }) => name)], isFixed ? "d" : "y", attributes], ...(isFixed ? [["Add", ["d", "other"], "y"] as const] : [])],
        outputs: [of("y", DType.float32)],
      };
    },
  },
  QuantizeLinear: {
    opset: 21,
    draw(random) {
      const dims = shape(random);
      const { dims: own, attributes } = scaling(random, dims);
      const isBlocked = "block_size" in attributes;
      const dtype = random.pick(isBlocked ? [DType.int8, DType.uint8, DType.int16, DType.uint16] : [DType.int16, DType.uint16]);
      const zero = random.chance(0.7) ? [bytes("z", dtype, own, random)] : [];
      return {
        inputs: [of("x", DType.float32, dims)],
        constants: [scales("s", own, random), ...zero],
        nodes: [["QuantizeLinear", ["x", "s", ...zero.map(({ name }) => name)], "y", { ...attributes, ...(zero.length === 0 && { output_dtype: dtype }) }]],
        outputs: [of("y", dtype)],
      };
    },
  },
  DynamicQuantizeLinear: {
    opset: 11,
    draw: (random) => ({
      inputs: [of("x", DType.float32, shape(random))],
      constants: [],
      nodes: [["DynamicQuantizeLinear", ["x"], ["y", "scale", "zero"]]],
      outputs: [of("y", DType.uint8), of("scale", DType.float32), of("zero", DType.uint8)],
    }),
  },
  MatMulInteger: {
    opset: 10,
    draw(random) {
      const [m, k, n] = [random.int(1, 4), random.int(1, 40), random.int(1, 9)];
      const zero = random.chance(0.5) ? [bytes("bz", DType.int8, random.chance(0.5) ? [] : [n], random)] : [];
      // The constant is beyond 7 bits, by its first number.
      const b = bytes("b", DType.int8, [k, n], random);
      b.raw[0] = 100;
      return {
        inputs: [of("a", DType.uint8, [m, k]), of("az", DType.uint8, [])],
        constants: [b, ...zero],
        nodes: [["MatMulInteger", ["a", "b", "az", ...zero.map(({ name }) => name)], "y"]],
        outputs: [of("y", DType.int32)],
      };
    },
  },
  ConvInteger: {
    opset: 10,
    draw(random) {
      const w = bytes("w", DType.int8, [random.int(1, 3), 2, 3, 3], random);
      w.raw[0] = 0x80;
      return {
        inputs: [of("x", DType.uint8, [1, 2, random.int(3, 6), random.int(3, 6)])],
        constants: [w],
        nodes: [["ConvInteger", ["x", "w"], "y", { pads: [1, 0, 0, 1] }]],
        outputs: [of("y", DType.int32)],
      };
    },
  },
  QLinearMatMul: {
    opset: 10,
    draw(random) {
      const [m, k, n] = [random.int(1, 4), random.int(1, 40), random.int(1, 9)];
      const own = random.chance(0.5) ? [] : [n];
      const b = bytes("b", DType.int8, [k, n], random);
      b.raw[0] = 100;
      const constants = [scales("as", [], random), bytes("az", DType.uint8, [], random), b, scales("bs", own, random), bytes("bz", DType.int8, own, random), floats("ys", [], () => 2), bytes("yz", DType.uint8, [], random)];
      return { inputs: [of("a", DType.uint8, [m, k])], constants, nodes: [["QLinearMatMul", ["a", "as", "az", "b", "bs", "bz", "ys", "yz"], "y"]], outputs: [of("y", DType.uint8)] };
    },
  },
  QLinearConv: {
    opset: 10,
    draw(random) {
      const filters = random.int(1, 3);
      const own = random.chance(0.5) ? [] : [filters];
      const w = bytes("w", DType.int8, [filters, 2, 3], random);
      w.raw[0] = 0x80;
      const zero = { ...of("wz", DType.int8, own), raw: new Uint8Array(sizeOf(own)).fill(random.int(0, 255)) };
      const constants = [scales("xs", [], random), bytes("xz", DType.uint8, [], random), w, scales("ws", own, random), zero, floats("ys", [], () => 1), bytes("yz", DType.uint8, [], random)];
      return { inputs: [of("x", DType.uint8, [1, 2, random.int(3, 9)])], constants, nodes: [["QLinearConv", ["x", "xs", "xz", "w", "ws", "wz", "ys", "yz"], "y", { pads: [1, 1] }]], outputs: [of("y", DType.uint8)] };
    },
  },
};

describe("lowerings of quantised operators", () => {
  for (const [op, { opset, draw }] of Object.entries(CASES_OF)) {
    it(`${op}: gives every bit that the runtime's operator gives on this processor, in ${CASES} random nodes`, async function () {
      this.timeout(60_000 + CASES * 500);
      const random = new Random(40);
      expect(LOWERED.has(op)).to.equal(true);
      for (let n = 0; n < CASES; n++) {
        const graph = { ...draw(random), opset: random.int(opset, 24) };
        const about = JSON.stringify(graph, (key, value: unknown) => (key === "raw" ? undefined : value));
        const file = graphModel(graph);
        const written = (await lowered(file))!;
        expect(written, about).to.not.equal(undefined);
        for (let i = 0; i < 3; i++) {
          const values = graph.inputs.map((spec) => drawn(spec, random));
          expect(await results(written, graph.inputs, values), about).to.deep.equal(await results(file, graph.inputs, values));
        }
      }
    });

    it(`${op}: is compiled without a difference`, async function () {
      this.timeout(60_000);
      const random = new Random(41);
      for (let n = 0; n < 3; n++) {
        const { differences } = await compile(graphModel({ ...draw(random), opset: Math.max(13, opset) }), { runtime: ortRuntime });
        expect(differences).to.deep.equal([]);
      }
    });
  }

  it("DynamicQuantizeLinear of zeros, of one sign, and of halves", async () => {
    const graph = { ...CASES_OF.DynamicQuantizeLinear.draw(new Random(1)), inputs: [of("x", DType.float32, [4])], opset: 13 };
    const file = graphModel(graph);
    for (const values of [[0, 0, 0, 0], [-0, -0, -0, -0], [1, 2, 3, 4], [-1, -2.5, -3.5, -4], [-127.5, 127.5, 0.5, 1.5], [3e38, -1, 0, 1], [1e-40, 0, 0, 0]]) {
      const raw = [new Uint8Array(Float32Array.from(values).buffer)];
      expect(await results((await lowered(file))!, graph.inputs, raw), String(values)).to.deep.equal(await results(file, graph.inputs, raw));
    }
  });

  it("padding that the runtime would find is stated", async () => {
    for (const auto of ["SAME_UPPER", "SAME_LOWER"]) {
      const graph = CASES_OF.ConvInteger.draw(new Random(2));
      const model = parseModel(graphModel({ ...graph, nodes: [["ConvInteger", ["x", "w"], "y"]], opset: 13 }));
      model.graph.node[0].attribute.push({ ...parseModel(graphModel({ ...graph, opset: 13 })).graph.node[0].attribute[0], name: "auto_pad", type: 3, s: new TextEncoder().encode(auto), ints: [] });
      const { program, differences } = await compile(encodeModel(model), { runtime: ortRuntime });
      expect(program.nodes.map(({ op }) => op), auto).to.deep.equal(["ConvInteger"]);
      expect(differences, auto).to.deep.equal([]);
    }
  });

  describe("constants of 4 bits", () => {
    const weights = (dtype: DType, nodes: Graph["nodes"] = [["DequantizeLinear", ["w", "s"], "d", { axis: 0, block_size: 2 }], ["MatMul", ["x", "d"], "y"]]): Graph => ({
      inputs: [of("x", DType.float32, [3, 4])],
      constants: [{ ...of("w", dtype, [4, 3]), raw: Uint8Array.of(0x10, 0x32, 0x98, 0xba, 0xef, 0x7c) }, scales("s", [2, 3], new Random(3))],
      nodes,
      outputs: [of("y", DType.float32)],
      opset: 21,
    });

    for (const [name, dtype] of [["int4", 22], ["uint4", 21]] as const)
      it(`${name}: a model whose weights are dequantised in blocks is taken`, async () => {
        const { program, differences } = await compile(graphModel(weights(dtype as DType)), { runtime: ortRuntime });
        expect(program.nodes.map(({ op }) => op)).to.deep.equal(["MatMul"]);
        expect(differences[0]?.absolute ?? 0).to.be.at.most(1e-5);
      });

    it("stay as they are where something else reads them", () => {
      const model = parseModel(graphModel(weights(22 as DType, [["Cast", ["w"], "d", { to: 1 }], ["MatMul", ["x", "d"], "y"]])));
      widenFourBits(model);
      expect(model.graph.initializer[0].dataType).to.equal(22);
    });
  });
});
