import { create } from "@bufbuild/protobuf";
import { bitsOf, floatOf, sameFloat } from "../math/float32.ts";
import { Random } from "../math/random.ts";
import { Attributes } from "../onnx/model.ts";
import type { GraphNode } from "../onnx/graphNode.ts";
import { AttributeProtoSchema, NodeProtoSchema, type AttributeProto } from "../onnx/onnx_pb.js";
import { FORMS, operatorOf } from "../operators/index.ts";
import type { ModelBytes, Runtime } from "../runtime.ts";
import { DType } from "../tensor/dtype.ts";
import { floatsOf } from "../tensor/numbers.ts";
import { encodeNode, runNode } from "./nodeModel.ts";

/** Kernels as nodes of ONNX (docs/operators/kernels.md), and a trial of whether a host computes as they say. */

interface Written {
  readonly op: string;
  readonly opset?: number;
  readonly attributes?: readonly AttributeProto[];
}

const float = (name: string, f: number): AttributeProto => create(AttributeProtoSchema, { name, type: 1, f });
const text = (name: string, s: string): AttributeProto => create(AttributeProtoSchema, { name, type: 3, s: new TextEncoder().encode(s) });

/** Every kernel under a name; that of sixths is what a HardSwish multiplies by. */
const WRITTEN: Readonly<Record<string, Written>> = {
  Exp: { op: "Exp" },
  Tanh: { op: "Tanh" },
  Sigmoid: { op: "Sigmoid" },
  Erf: { op: "Erf" },
  Gelu: { op: "Gelu", opset: 20 },
  "Gelu-tanh": { op: "Gelu", opset: 20, attributes: [text("approximate", "tanh")] },
  HardSigmoid: { op: "HardSigmoid" },
  "HardSigmoid-sixth": { op: "HardSigmoid", attributes: [float("alpha", 1 / 6)] },
};

export const KERNEL_NAMES: readonly string[] = Object.keys(WRITTEN);

export interface KernelNode {
  readonly node: GraphNode;
  /** A model of the node alone, from `x` to `y`. */
  readonly model: ModelBytes;
  /** What the kernel makes of numbers. */
  readonly replay: (x: Float32Array) => Float32Array;
}

/** The kernel of a name, as a node on a tensor of so many elements. */
export function kernelNode(name: string, length: number): KernelNode {
  const { op, opset = 17, attributes = [] } = WRITTEN[name];
  const proto = create(NodeProtoSchema, { name, opType: op, input: ["x"], output: ["y"], attribute: [...attributes] });
  const value = (of: string) => ({ name: of, dtype: DType.float32, dims: [length] });
  const node: GraphNode = { name, op, opset, proto, attributes: new Attributes(proto), inputs: [value("x")], output: value("y") };
  const mapped = FORMS.get(op)!.read(node);
  const { replay } = operatorOf(mapped.opcode);
  if (replay === undefined) throw new Error(`${op} is no kernel`);
  const model = encodeNode(node, [value("x")], () => new Uint8Array());
  return { node, model, replay: (x) => replay(mapped, [x], { chunk: 0, flags: 0 }) };
}

/** Numbers at which processors or versions of the runtime are known to differ, or a sequence changes its way. */
const TELLING = [
  NaN, Infinity, -Infinity, 0, -0, 2 ** -149, -(2 ** -149), 2 ** -126, 1, -1, 3.4028234663852886e38, -3.4028234663852886e38,
  // Results above 1, of Sigmoid and of Tanh; the ends of the ranges; Erf in its middle.
  17.763828, 17.807888, 8.127431, -8.127431, 9, -9, 18, -18, -15.79, 88.72283, 88.72284, -87.33655, -103.97, -103.972084, 0.921875, 0.92187506, 3.725, 3.925, -3.925,
];
const RANDOM = 4_000;
const WIDEST = 110;

/** Those, and random numbers: of any bits, and of the range in which functions bend. Their count is odd, for the tail of a tensor. */
export function kernelPoints(): Float32Array {
  const random = new Random(21);
  const drawn = Array.from({ length: RANDOM }, (_, i) => (i % 4 === 0 ? floatOf(random.u32()) : (2 * random.unit() - 1) * (i % 4 === 1 ? WIDEST : 10)));
  const points = [...TELLING, ...drawn, ...TELLING];
  return Float32Array.from(points.length % 2 === 0 ? [...points, 1] : points);
}

/** Kernels that the runtime does not follow, each in words. */
export async function unfollowedKernels(runtime: Runtime): Promise<string[]> {
  const points = kernelPoints();
  const faults: string[] = [];
  for (const name of KERNEL_NAMES) {
    const { node, replay } = kernelNode(name, points.length);
    const results = floatsOf(await runNode(node, runtime, () => new Uint8Array(points.buffer)));
    const expected = replay(points);
    const place = expected.findIndex((value, i) => !sameFloat(value, results[i]));
    if (place !== -1) faults.push(`${name} of ${points[place]} (0x${bitsOf(points[place]).toString(16)}) is ${results[place]} as this host computes it, not ${expected[place]}`);
  }
  return faults;
}
