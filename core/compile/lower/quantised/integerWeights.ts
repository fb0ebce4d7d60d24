import { constantOf, type Constant } from "../../../onnx/tensor.ts";
import { DType } from "../../../tensor/dtype.ts";
import { withExplicitPads } from "../explicitPads.ts";
import type { Known, Lowered, Lowering, Site } from "../lowering.ts";

/** Where the second operand and its zero point stand among the inputs. */
const PLACES: Readonly<Record<string, readonly [weights: number, zero: number]>> = {
  QLinearMatMul: [3, 5],
  QLinearConv: [3, 5],
  MatMulInteger: [1, 3],
  ConvInteger: [1, 3],
};

/** Weights between these never let a sum of two products saturate. */
const [LEAST, MOST] = [-64, 63];

/** int8 numbers, or their zero points, as the uint8 numbers that are 128 greater. */
const shifted = ({ dims, data }: Constant): Constant => ({ dtype: DType.uint8, dims, data: data.map((byte) => byte ^ 0x80) });

const isWide = ({ data }: Constant): boolean => new Int8Array(data.buffer, data.byteOffset, data.byteLength).some((value) => value < LEAST || value > MOST);

/**
 * uint8 × int8 with constant weights as uint8 × uint8: both the weights and their zero point are 128 greater. Rationale: of the
 * former some CPUs add two products in 16 bits and saturate, the latter are exact on all of them.
 */
function unsigned({ node, inputs, value }: Site): Lowered | undefined {
  const [weights, zero] = PLACES[node.opType];
  const [x, w, z] = [inputs[0], inputs[weights], inputs[zero]];
  const isAbsent = (node.input[zero] ?? "") === "";
  if (x?.dtype !== DType.uint8 || w?.dtype !== DType.int8 || w.constant === undefined || !isWide(w.constant)) return undefined;
  if (!isAbsent && z?.constant === undefined) return undefined;
  const points = isAbsent ? { dtype: DType.uint8, dims: [], data: Uint8Array.of(0x80) } : shifted(z!.constant!);
  const [first, second] = [value("weights"), value("zero")];
  while (node.input.length <= zero) node.input.push("");
  node.input[weights] = first;
  node.input[zero] = second;
  return { nodes: [node], constants: [constantOf(first, shifted(w.constant)), constantOf(second, points)] };
}

/** A convolution with the padding stated that the runtime would find. */
function padded(site: Site): Lowered | undefined {
  const dims = (known: Known | undefined): number[] => known?.dims.map(Number) ?? [];
  const [x, w] = [dims(site.inputs[0]), dims(site.inputs[PLACES[site.node.opType][0]])];
  return site.node.opType.includes("Conv") && x.length > 2 && x.length === w.length ? withExplicitPads(site, x.slice(2), w.slice(2)) : undefined;
}

/** Products of 8-bit integers that every CPU computes alike. */
export const integerWeights: readonly Lowering[] = Object.keys(PLACES).map((op) => ({
  onnx: { [op]: { since: 10, shapedBy: "shapes" } },
  into: [op],
  difference: "portable",
  where: "it multiplies uint8 by constant int8 numbers outside [−64, 63], or leaves its padding to the runtime",
  rewrite: (site) => padded(site) ?? unsigned(site),
}));
