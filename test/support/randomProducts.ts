import { sizeOf } from "../../core/tensor/shape.ts";
import { oneNodeModel, type Attribute, type ModelTensor } from "./onnxModel.ts";
import type { Random } from "./random.ts";

/**
 * Models of one dot product each: MatMul with batches and vectors, Gemm with all its attributes, Conv of one to three spatial
 * axes; constants and computed operands; single rows, columns, filters and places among them more often than by chance.
 */
export function randomProduct(random: Random): Uint8Array {
  const draw = random.pick([convolution, gemm, matMul]);
  const { op, inputs, attributes } = draw(random);
  return oneNodeModel({ op, inputs, ...(attributes && { attributes }), outputs: [{ dtype: 1 }] });
}

interface Drawn {
  readonly op: string;
  readonly inputs: ModelTensor[];
  readonly attributes?: Record<string, Attribute>;
}

/** An input of the graph, or a constant. */
function operand(random: Random, isConstant: boolean, ...dims: number[]): ModelTensor {
  if (!isConstant) return { dtype: 1, dims };
  return { dtype: 1, dims, raw: new Uint8Array(Float32Array.from({ length: sizeOf(dims) }, () => random.normal()).buffer) };
}

const drawLength = (random: Random): number =>
  random.pick([random.int(1, 16), random.int(1, 60), random.int(1, 300), random.int(100, 700), random.int(500, 2_600), random.pick([64, 128, 256, 512, 1024])]);

const drawSide = (random: Random): number => random.pick([1, 1, 2, 3, 4, 5, random.int(1, 12), random.int(1, 40), random.int(1, 140)]);

function matMul(random: Random): Drawn {
  const [m, k, n, constant] = [drawSide(random), drawLength(random), drawSide(random), random.chance(0.5)];
  const batch = random.pick([[], [2], [3, 1], [1, 2], [3, 2], [1], [5]]);
  const right = random.pick([[], [], batch, batch, batch.map(() => 1), [2, 1, ...batch]]);
  const a = random.chance(0.12) ? [k] : [...batch, m, k];
  const b = a.length > 1 && random.chance(0.12) ? [k] : [...right, k, n];
  return { op: "MatMul", inputs: [operand(random, false, ...a), operand(random, constant, ...b)] };
}

function gemm(random: Random): Drawn {
  const [m, k, n, constant] = [drawSide(random), drawLength(random), drawSide(random), random.chance(0.3)];
  const [transA, transB] = [random.int(0, 1), random.int(0, 1)];
  const attributes: Record<string, Attribute> = { transA: { int: transA }, transB: { int: transB } };
  if (random.chance(0.5)) Object.assign(attributes, { alpha: { float: random.pick([1, 1, 1, -1.3]) }, beta: { float: random.pick([0, 1, 1, 0.3]) } });
  const inputs = [operand(random, false, ...(transA === 1 ? [k, m] : [m, k])), operand(random, constant, ...(transB === 1 ? [n, k] : [k, n]))];
  if (random.chance(0.6)) inputs.push(operand(random, random.chance(0.5), ...random.pick([[n], [m, n], [m, 1], [1], [1, n]])));
  return { op: "Gemm", inputs, attributes };
}

function convolution(random: Random): Drawn {
  const rank = random.pick([1, 2, 2, 2, 3]);
  const isDepthwise = random.chance(0.3);
  const group = isDepthwise ? random.int(1, 8) : random.pick([1, 1, 1, 2, 3]);
  const channels = isDepthwise ? 1 : random.pick([1, 2, random.int(1, 40), random.int(1, 300)]);
  const filters = isDepthwise ? random.pick([1, 1, 1, 2, 3]) : random.pick([1, 2, random.int(1, 20), random.int(1, 90)]);
  const axes = Array.from({ length: rank }, () => random.pick([1, 2, 3, 3, 5]));
  const isPoint = random.chance(0.08);
  const kernel = isPoint ? axes.map(() => 1) : axes;
  const dilations = kernel.map(() => random.pick([1, 1, 1, 2]));
  const strides = kernel.map(() => random.pick([1, 1, 2]));
  const isDense = isPoint || random.chance(0.4);
  const pads = Array.from({ length: 2 * rank }, (_, i) => (isDense ? 0 : random.int(0, kernel[i % rank] - 1)));
  // Windows as large as the map, windows as wide as the map, and others.
  const room = random.pick(["none", "high", "any", "any", "any"]);
  const map = kernel.map((size, i) => {
    const reach = (size - 1) * dilations[i] + 1;
    if (isPoint || room === "none" || (room === "high" && i > 0)) return reach;
    return reach + random.int(0, random.pick([3, 8, 14]));
  });
  const constant = random.chance(0.5);
  const inputs = [operand(random, false, random.pick([1, 1, 2, 3]), channels * group, ...map), operand(random, constant, filters * group, channels, ...kernel)];
  if (random.chance(0.5)) inputs.push(operand(random, constant, filters * group));
  return { op: "Conv", inputs, attributes: { group: { int: group }, pads: { ints: pads }, strides: { ints: strides }, dilations: { ints: dilations } } };
}
