import { FLOAT, floatDims, readsOutput, wholeDims } from "../known.ts";
import { integerAttribute, type Lowered, type Lowering, type Site } from "../lowering.ts";
import { byHeads, groupProduct, sideBySide, type Heads } from "../transformer/heads.ts";
import { Writer } from "../writer.ts";
import { MICROSOFT } from "./domain.ts";
import { biasOf, MASKED } from "./masks.ts";
import { operands, scaledProduct } from "./quantised.ts";

/** What an attention writes. */
export const ATTENDED = ["Mul", "Transpose", "Reshape", "MatMul", "Add", "Softmax", "Concat", "Slice", "Identity"] as const;

/** softmax(scale · q · kᵀ + bias) · v for every head, and the scores of which the softmax is taken. */
export function attend(w: Writer, [q, k, v]: readonly string[], heads: Heads, scale: number, bias: string | undefined): { y: string; scores: string } {
  const product = groupProduct(w, w.mul(q, scale), w.transpose(k, [0, 1, 3, 2]), heads, heads.size, heads.columns);
  const scores = bias === undefined ? product : w.add(product, bias);
  const weights = w.of("Softmax", [scores], [integerAttribute("axis", 3)]);
  return { y: sideBySide(w, groupProduct(w, weights, v, heads, heads.columns, heads.valueSize), heads), scores };
}

/** The scale that a node states, or the one that its heads have. */
export const scaleOf = ({ attributes }: Site, size: number): number => attributes.float("scale", 0) || 1 / Math.sqrt(size);

const HIDDEN = "and its mask states ends of sequences or the positions that are shown";

/** Where an attention over one product has what else it reads: −1 of what it never has. */
interface Places {
  readonly mask: number;
  readonly past: number;
  readonly bias: number;
}

/**
 * Attention over one product, [batch, rows, width + width + valueWidth]: queries, keys and values side by side.
 * @param widths of the three
 */
function attendPacked(w: Writer, site: Site, sum: string, [batch, rows]: readonly number[], widths: readonly number[], places: Places): Lowered | undefined {
  const { node, attributes, inputs } = site;
  const past = node.input[places.past] ?? "";
  const pastDims = floatDims(inputs[places.past]);
  const flags = attributes.int("do_rotary", 0) + attributes.int("past_present_share_buffer", 0);
  if (flags !== 0 || (past !== "" && pastDims?.length !== 5)) return undefined;
  const heads = attributes.int("num_heads", 0);
  const [width, , valueWidth] = widths;
  const before = pastDims?.[3] ?? 0;
  const sizes: Heads = { batch, heads, groups: heads, rows, columns: before + rows, size: width / heads, valueSize: valueWidth / heads };
  const parts = [[0, width], [width, 2 * width], [2 * width, 2 * width + valueWidth]].map(([from, to]) =>
    byHeads(w, w.slice(sum, 2, from, to), [batch, rows, to - from], heads),
  );
  const [q, k, v] = parts.map((part, i) => {
    if (i === 0 || past === "") return part;
    const old = w.reshape(w.slice(past, 0, i - 1, i), [1, ...pastDims!.slice(1)], pastDims!.slice(1));
    return w.concat([old, part], 2);
  });
  const added = biasOf(w, site, places, sizes, before);
  if (added === null) return undefined;
  const { y } = attend(w, [q, k, v], sizes, scaleOf(site, sizes.size), added);
  if (!readsOutput(site, 1)) return w.doneOf([y]);
  const shape = [batch, heads, sizes.columns, sizes.size];
  return w.doneOf([y, w.concat([k, v].map((each) => w.reshape(each, shape, [1, ...shape])), 0)]);
}

/** Attention over the rows of one input, of which a product makes queries, keys and values. */
export const attention: Lowering = {
  domain: MICROSOFT,
  onnx: { Attention: { since: 1, shapedBy: "shapes" } },
  into: [...ATTENDED, ...MASKED],
  difference: "portable",
  where: `${FLOAT}, it rotates nothing, its past has a length of its own, ${HIDDEN}`,
  rewrite(site) {
    const [x, weights] = site.inputs.map(floatDims);
    const [name, factor, bias = ""] = site.node.input;
    if (x?.length !== 3 || weights?.length !== 2) return undefined;
    const third = weights[1] / 3;
    const w = new Writer(site);
    const product = w.of("MatMul", [name, factor]);
    const sum = bias === "" ? product : w.add(product, bias);
    return attendPacked(w, site, sum, x, site.attributes.ints("qkv_hidden_sizes") ?? [third, third, third], { mask: 3, past: 4, bias: 5 });
  },
};

/** The same of rows and weights that are quantised. */
export const quantisedAttention: Lowering = {
  domain: MICROSOFT,
  onnx: { QAttention: { since: 1, shapedBy: "shapes" } },
  into: ["MatMulInteger", "Cast", ...ATTENDED, ...MASKED],
  difference: "portable",
  where: `it rotates nothing, its past has a length of its own, ${HIDDEN}`,
  rewrite(site) {
    const [x, weights] = site.inputs.map(wholeDims);
    const [rows, factor, bias, scaleX, scaleW, , zeroX = "", zeroW = ""] = site.node.input;
    if (x?.length !== 3 || weights?.length !== 2) return undefined;
    const third = weights[1] / 3;
    const w = new Writer(site);
    const sum = scaledProduct(w, operands(rows, factor, zeroX, zeroW), w.mul(scaleX, scaleW), bias);
    return attendPacked(w, site, sum, x, [third, third, third], { mask: 5, past: 8, bias: -1 });
  },
};

/** Attention of queries to keys and values that are given apart. */
export const multiHeadAttention: Lowering = {
  domain: MICROSOFT,
  onnx: { MultiHeadAttention: { since: 1, shapedBy: "shapes" } },
  into: [...ATTENDED, ...MASKED],
  difference: "portable",
  where: `${FLOAT}, queries, keys and values are given apart, its past has a length of its own, ${HIDDEN}`,
  rewrite(site) {
    const { node, attributes, inputs } = site;
    const [q, k, v, biasDims] = inputs.map(floatDims);
    const [query, key, value, bias = "", , , pastKey = "", pastValue = "", pastLength = ""] = node.input;
    if (q?.length !== 3 || k === undefined || v === undefined || k.length !== v.length || pastLength !== "") return undefined;
    const isApart = k.length === 4;
    if ((!isApart && k.length !== 3) || (pastKey === "") !== (pastValue === "") || (bias !== "" && biasDims?.length !== 1)) return undefined;
    const before = pastKey === "" ? 0 : floatDims(inputs[6])?.[2];
    if (before === undefined || (isApart && (before > 0 || bias !== ""))) return undefined;
    const heads = attributes.int("num_heads", 0);
    const [size, valueSize] = [q[2] / heads, isApart ? v[3] : v[2] / heads];
    const sizes: Heads = { batch: q[0], heads, groups: heads, rows: q[1], columns: before + (isApart ? k[2] : k[1]), size, valueSize };
    const w = new Writer(site);
    const from = [0, q[2], 2 * q[2]];
    const parts = [[query, q], [key, k], [value, v]] as const;
    const [qs, ks, vs] = parts.map(([name, dims], i) => {
      if (dims.length === 4) return name;
      const part = bias === "" ? name : w.add(name, w.slice(bias, 0, from[i], from[i] + dims[2]));
      const now = byHeads(w, part, dims, heads);
      return i === 0 || before === 0 ? now : w.concat([i === 1 ? pastKey : pastValue, now], 2);
    });
    const added = biasOf(w, site, { mask: 4, bias: 5 }, sizes, before);
    if (added === null) return undefined;
    const { y, scores } = attend(w, [qs, ks, vs], sizes, scaleOf(site, size), added);
    return w.doneOf([y, ks, vs, scores]);
  },
};
