import { DType } from "../../../tensor/dtype.ts";
import { integerAttribute, type Lowering, type Site } from "../lowering.ts";
import { Writer } from "../writer.ts";
import { MICROSOFT } from "./domain.ts";

/** A function of numbers that stand for integers: its values are computed and quantised again. */
type Write = (w: Writer, site: Site, values: readonly string[]) => string | undefined;

interface Quantised {
  readonly op: string;
  /** Where in the inputs each value stands, followed by its scale and its zero point. */
  readonly values: readonly number[] | "from the third on";
  /** Where the scale of the result stands, followed by its zero point. */
  readonly scale: number;
  readonly into: readonly string[];
  readonly write: Write;
  readonly where?: string;
}

/** An operator of quantised values: dequantised, computed, and quantised. */
const quantised = ({ op, values, scale, into, write, where }: Quantised): Lowering => ({
  domain: MICROSOFT,
  onnx: { [op]: { since: 1, shapedBy: "shapes" } },
  into: ["DequantizeLinear", ...into, "QuantizeLinear"],
  difference: "portable",
  where: `its values are uint8 or int8${where === undefined ? "" : `, and ${where}`}`,
  rewrite(site) {
    const { node, inputs } = site;
    const first = values === "from the third on" ? 2 : values[0];
    if (inputs[first]?.dtype !== DType.uint8 && inputs[first]?.dtype !== DType.int8) return undefined;
    const places = values === "from the third on" ? node.input.flatMap((_, i) => (i >= 2 && (i - 2) % 3 === 0 ? [i] : [])) : values;
    const w = new Writer(site);
    const given = (names: readonly (string | undefined)[]): string[] => names.filter((name): name is string => name !== undefined && name !== "");
    const numbers = places.map((i) => w.of("DequantizeLinear", given(node.input.slice(i, i + 3))));
    const y = write(w, site, numbers);
    return y === undefined ? undefined : w.done(w.of("QuantizeLinear", given([y, ...node.input.slice(scale, scale + 2)])));
  },
});

/** The attributes of the node as they stand. */
const attributesOf = ({ node }: Site, ...without: readonly string[]) => node.attribute.filter(({ name }) => !without.includes(name));

/** Since this opset a Softmax is one of a single axis. */
const ONE_AXIS = 13;

const softmax: Write = (w, site, [x]) => {
  const { attributes, opset } = site;
  const stated = attributes.int("opset", opset);
  if (stated < ONE_AXIS !== opset < ONE_AXIS) return undefined;
  return w.of("Softmax", [x], attributesOf(site, "opset"));
};

const pool = (op: string): Write => (w, site, [x]) =>
  site.attributes.int("channels_last", 0) !== 0 ? undefined : w.of(op, [x], attributesOf(site, "channels_last"));

const LAST = "its channels are the second axis";

export const quantisedOperators: readonly Lowering[] = [
  quantised({ op: "QLinearAdd", values: [0, 3], scale: 6, into: ["Add"], write: (w, _, [a, b]) => w.add(a, b) }),
  quantised({ op: "QLinearMul", values: [0, 3], scale: 6, into: ["Mul"], write: (w, _, [a, b]) => w.mul(a, b) }),
  quantised({ op: "QLinearSigmoid", values: [0], scale: 3, into: ["Sigmoid"], write: (w, _, [x]) => w.of("Sigmoid", [x]) }),
  quantised({ op: "QLinearLeakyRelu", values: [0], scale: 3, into: ["LeakyRelu"], write: (w, site, [x]) => w.of("LeakyRelu", [x], attributesOf(site)) }),
  quantised({ op: "QLinearSoftmax", values: [0], scale: 3, into: ["Softmax"], write: softmax, where: "its axes are those of the file's opset" }),
  quantised({ op: "QLinearGlobalAveragePool", values: [0], scale: 3, into: ["GlobalAveragePool"], write: pool("GlobalAveragePool"), where: LAST }),
  quantised({ op: "QLinearAveragePool", values: [0], scale: 3, into: ["AveragePool"], write: pool("AveragePool"), where: LAST }),
  quantised({
    op: "QLinearConcat",
    values: "from the third on",
    scale: 0,
    into: ["Concat"],
    write: (w, { attributes }, values) => w.concat(values, attributes.int("axis", 0)),
  }),
  quantised({ op: "QLinearWhere", values: [1, 4], scale: 7, into: ["Where"], write: (w, { node }, [x, y]) => w.of("Where", [node.input[0], x, y]) }),
];

/** A product of a matrix with weights, to which int32 are added, of which each stands for a number of the product of both scales. */
export const qGemm: Lowering = {
  domain: MICROSOFT,
  onnx: { QGemm: { since: 1, shapedBy: "shapes" } },
  into: ["Transpose", "MatMulInteger", "Add", "Cast", "Mul", "QuantizeLinear"],
  difference: "portable",
  rewrite(site) {
    const { node, attributes } = site;
    const [a, scaleA, zeroA, b, scaleB, zeroB, c = "", scale = "", zero = ""] = node.input;
    const w = new Writer(site);
    const matrix = (name: string, flag: string) => (attributes.int(flag, 0) === 0 ? name : w.transpose(name, [1, 0]));
    const product = w.of("MatMulInteger", operands(matrix(a, "transA"), matrix(b, "transB"), zeroA, zeroB));
    const sum = w.of("Cast", [c === "" ? product : w.add(product, c)], [integerAttribute("to", DType.float32)]);
    const alpha = attributes.float("alpha", 1);
    const scales = w.mul(scaleA, scaleB);
    const y = w.mul(sum, alpha === 1 ? scales : w.mul(scales, alpha));
    return w.done(scale === "" ? y : w.of("QuantizeLinear", zero === "" ? [y, scale] : [y, scale, zero]));
  },
};

/** Integers times their scale, with a bias. */
export function scaledProduct(w: Writer, operands: readonly string[], scale: string, bias: string): string {
  const product = w.of("Cast", [w.of("MatMulInteger", operands)], [integerAttribute("to", DType.float32)]);
  const scaled = w.mul(product, scale);
  return bias === "" ? scaled : w.add(scaled, bias);
}

/** A product of integers that is scaled. */
export const matMulIntegerToFloat: Lowering = {
  domain: MICROSOFT,
  onnx: { MatMulIntegerToFloat: { since: 1, shapedBy: "shapes" } },
  into: ["MatMulInteger", "Cast", "Mul", "Add"],
  difference: "portable",
  rewrite(site) {
    const [a, b, scaleA, scaleB, zeroA = "", zeroB = "", bias = ""] = site.node.input;
    const w = new Writer(site);
    return w.done(scaledProduct(w, operands(a, b, zeroA, zeroB), w.mul(scaleA, scaleB), bias));
  },
};

/** A product of rows that are quantised as they come, with weights that are. */
export const dynamicQuantizeMatMul: Lowering = {
  domain: MICROSOFT,
  onnx: { DynamicQuantizeMatMul: { since: 1, shapedBy: "shapes" } },
  into: ["DynamicQuantizeLinear", "MatMulInteger", "Cast", "Mul", "Add"],
  difference: "portable",
  rewrite(site) {
    const [a, b, scaleB, zeroB = "", bias = ""] = site.node.input;
    const w = new Writer(site);
    const [q, scaleA, zeroA] = w.several("DynamicQuantizeLinear", [a], 3);
    return w.done(scaledProduct(w, operands(q, b, zeroA, zeroB), w.mul(scaleA, scaleB), bias));
  },
};

const operands = (a: string, b: string, zeroA: string, zeroB: string): string[] =>
  zeroB !== "" ? [a, b, zeroA, zeroB] : zeroA !== "" ? [a, b, zeroA] : [a, b];
