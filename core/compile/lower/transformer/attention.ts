import { DType } from "../../../tensor/dtype.ts";
import { FLOAT, floatDims } from "../known.ts";
import type { Known, Lowering, Site } from "../lowering.ts";
import { Writer } from "../writer.ts";
import { byHeads, groupProduct, LOWEST, sideBySide, SOFTMAX_OR_NOTHING, softmaxOrNothing, upTo, type Heads } from "./heads.ts";

/** An attention as its node states it. */
interface Stated extends Heads {
  /** Whether heads lie side by side in rows: [batch, length, heads · size] instead of [batch, heads, length, size]. */
  readonly isPacked: boolean;
  /** Positions of the past. */
  readonly past: number;
}

/** The largest finite float32: a cap that caps nothing. */
const NO_CAP = -LOWEST;

function statedBy({ attributes, inputs }: Site): Stated | undefined {
  const [q, k, v, , past, pastValue] = inputs.map(floatDims);
  if (q === undefined || k === undefined || v === undefined || k.length !== q.length || v.length !== q.length) return undefined;
  const isPacked = q.length === 3;
  if (!isPacked && q.length !== 4) return undefined;
  const [heads, groups] = isPacked ? [attributes.int("q_num_heads", 0), attributes.int("kv_num_heads", 0)] : [q[1], k[1]];
  if (heads < 1 || groups < 1 || heads % groups !== 0) return undefined;
  if (((inputs[4] === undefined) !== (past === undefined)) || (past === undefined) !== (pastValue === undefined)) return undefined;
  const [size, valueSize] = isPacked ? [q[2] / heads, v[2] / groups] : [q[3], v[3]];
  const axis = isPacked ? 1 : 2;
  const before = past?.[2] ?? 0;
  return { batch: q[0], heads, groups, rows: q[axis], columns: before + k[axis], past: before, size, valueSize, isPacked };
}

/** Keys or values of the past and of now, one behind the other: [batch, groups, columns, size]. */
function withPast(w: Writer, site: Site, input: number, { isPacked, groups, past }: Stated): string {
  const name = site.node.input[input];
  const now = isPacked ? byHeads(w, name, floatDims(site.inputs[input])!, groups) : name;
  return past === 0 ? now : w.concat([site.node.input[input + 3], now], 2);
}

/** What is added to the scores; undefined where there is nothing, null where it cannot be written. */
function bias(w: Writer, { node, inputs }: Site, stated: Stated, isCausal: boolean): string | undefined | null {
  const mask: Known | undefined = inputs[3];
  const shape = [stated.rows, stated.columns];
  if (mask === undefined) return (node.input[3] ?? "") !== "" ? null : isCausal ? w.constant(shape, upTo(stated, stated.past, 0, LOWEST)) : undefined;
  const given = node.input[3];
  if (mask.dtype === DType.bool) {
    const [shown, hidden] = [isCausal ? w.constant(shape, upTo(stated, stated.past, 0, LOWEST)) : 0, LOWEST];
    return w.of("Where", [given, shown, hidden]);
  }
  if (mask.dtype !== DType.float32) return null;
  return isCausal ? w.min(given, w.constant(shape, upTo(stated, stated.past, NO_CAP, LOWEST))) : given;
}

/**
 * The scores without those behind the end of a sequence, which each batch states for itself; with causality, the last row attends to
 * the last position before the end. Position t is seen by row s where t < end, or t − s + rows ≤ end.
 */
function beforeEnds(w: Writer, scores: string, ends: string, { batch, rows, columns }: Stated, isCausal: boolean): string {
  const least = Array.from({ length: rows * columns }, (_, i) => {
    const column = i % columns;
    return isCausal ? column - Math.floor(i / columns) + rows : column + 1;
  });
  const needed = w.keep({ dtype: DType.int64, dims: [rows, columns], data: new Uint8Array(BigInt64Array.from(least, BigInt).buffer) });
  const isSeen = w.of("LessOrEqual", [needed, w.reshape(ends, [batch], [batch, 1, 1, 1])]);
  return w.of("Where", [isSeen, scores, LOWEST]);
}

/**
 * softmax(mask(cap · tanh(scale · q · kᵀ / cap))) · v for every head.
 *
 * Masks are added as the runtime adds them: a position that is not attended to gets the lowest finite number.
 */
export const attention: Lowering = {
  onnx: { Attention: { since: 23, shapedBy: "shapes" } },
  into: [...SOFTMAX_OR_NOTHING, "Transpose", "Concat", "Mul", "Tanh", "Add", "Min", "Where", "LessOrEqual", "Softmax", "Identity"],
  isEarly: true,
  difference: "portable",
  where: `${FLOAT}, and so are its keys, values and mask, if that is not boolean`,
  rewrite(site) {
    const { node, attributes, inputs } = site;
    const stated = statedBy(site);
    if (stated === undefined) return undefined;
    const isCausal = attributes.int("is_causal", 0) !== 0;
    const ends = (node.input[6] ?? "") === "" ? undefined : node.input[6];
    if (ends !== undefined && inputs[6] === undefined) return undefined;
    const w = new Writer(site);
    const { batch, heads, rows, columns, size, valueSize } = stated;
    const mask = bias(w, site, stated, isCausal && ends === undefined);
    if (mask === null) return undefined;

    const query = stated.isPacked ? byHeads(w, node.input[0], floatDims(inputs[0])!, heads) : node.input[0];
    const key = withPast(w, site, 1, stated);
    const value = withPast(w, site, 2, stated);
    const scaled = w.mul(query, attributes.float("scale", 1 / Math.sqrt(size)));
    const scores = groupProduct(w, scaled, w.transpose(key, [0, 1, 3, 2]), stated, size, columns);
    const cap = attributes.float("softcap", 0);
    const capped = cap > 0 ? w.mul(w.of("Tanh", [w.div(scores, cap)]), cap) : scores;
    const added = mask === undefined ? capped : w.add(capped, mask);
    const masked = ends === undefined ? added : beforeEnds(w, added, ends, stated, isCausal);
    const weights = masked === capped ? w.of("Softmax", [masked]) : softmaxOrNothing(w, masked, [batch, heads, rows, columns]);
    const y = groupProduct(w, weights, value, stated, columns, valueSize);
    const steps = [scores, capped, masked, weights];
    return w.doneOf([stated.isPacked ? sideBySide(w, y, stated) : y, key, value, steps[attributes.int("qk_matmul_output_mode", 0)]]);
  },
};
