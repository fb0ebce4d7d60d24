import { numbersOf } from "../../../onnx/tensor.ts";
import { DType } from "../../../tensor/dtype.ts";
import { FLOAT, floatDims, readsOutput } from "../known.ts";
import { integerAttribute, type Lowering, type Site } from "../lowering.ts";
import { byHeads, groupProduct, LOWEST, sideBySide, upTo, type Heads } from "../transformer/heads.ts";
import { rotate, ROTATION } from "../transformer/rotation.ts";
import { filled, Writer } from "../writer.ts";
import { ATTENDED, scaleOf } from "./attention.ts";
import { MICROSOFT } from "./domain.ts";
import { places } from "./masks.ts";

/** Sizes of a node, and where its rows stand behind what there was before. */
interface Stated extends Heads {
  /** Positions that a past has room for. */
  readonly room: number;
  /** How many of them hold something; undefined where an input says it for each sequence. */
  readonly past: number | undefined;
  /** Positions that keys and values of all have in the end. */
  readonly present: number;
  readonly isPacked: boolean;
}

function statedBy({ node, attributes, inputs }: Site): Stated | undefined {
  const [q, k, , pastDims] = inputs.map(floatDims);
  const [heads, groups] = [attributes.int("num_heads", 0), attributes.int("kv_num_heads", 0)];
  const [, key = "", , past = ""] = node.input;
  if (q?.length !== 3 || heads < 1 || groups < 1 || heads % groups !== 0 || (key !== "" && k?.length !== 3)) return undefined;
  const size = q[2] / (key === "" ? heads + 2 * groups : heads);
  const stated = { batch: q[0], heads, groups, rows: q[1], size, valueSize: size, isPacked: key === "" };
  if (past === "") return { ...stated, columns: q[1], room: 0, past: 0, present: q[1] };
  const [lengths, total] = [inputs[5]?.constant, inputs[6]?.constant].map((constant) => constant && numbersOf(constant));
  if (pastDims?.length !== 4 || total === undefined) return undefined;
  const [columns, room] = [total[0], pastDims[2]];
  const present = Math.max(room, columns);
  const all = { ...stated, columns, room, present };
  if (lengths?.every((length) => length === columns - 1) === true) return { ...all, past: columns - q[1] };
  return q[1] === 1 ? { ...all, past: undefined } : undefined;
}

/**
 * Rows of the table for the position of every row: [batch or 1, rows, half]. Of stated positions the runtime counts on from the very
 * first one where there is no past.
 */
function angles(w: Writer, site: Site, input: number, { batch, rows, past, room }: Stated, half: number): readonly [name: string, batches: number] {
  const [table, positions] = [site.node.input[input], site.node.input[9] ?? ""];
  if (positions !== "" && room > 0) return [w.of("Gather", [table, positions]), batch];
  if (positions !== "") {
    const first = w.slice(w.reshape(positions, [batch, rows], [batch * rows]), 0, 0, 1);
    const counted = w.of("Add", [first, w.integers(Array.from({ length: rows }, (_, i) => i))]);
    return [w.reshape(w.of("Gather", [table, counted]), [rows, half], [1, rows, half]), 1];
  }
  if (past === undefined) return [w.reshape(w.of("Gather", [table, site.node.input[5]]), [batch, half], [batch, rows, half]), batch];
  return [w.reshape(w.slice(table, 0, past, past + rows), [rows, half], [1, rows, half]), 1];
}

/** Keys or values of what there was before and of now: [batch, groups, columns, size]. */
function withPast(w: Writer, site: Site, input: number, now: string, stated: Stated): string {
  const { batch, groups, room, past, columns, size } = stated;
  if (room === 0) return now;
  const old = site.node.input[input];
  if (past !== undefined) return w.concat([past === room ? old : w.slice(old, 2, 0, past), now], 2);
  // Of one row: it stands at the place that the input states, which nothing behind it is read from.
  const fill = columns - room;
  const whole = fill > 0 ? w.concat([old, zeros(w, [batch, groups, fill, size])], 2) : fill < 0 ? w.slice(old, 2, 0, columns) : old;
  const isPast = w.of("Less", [places(w, [columns, 1], (i) => i), ends(w, site, stated)]);
  return w.of("Where", [isPast, whole, now]);
}

const zeros = (w: Writer, dims: readonly number[]): string => w.constant(dims, filled(dims, 0));

const ends = (w: Writer, { node, inputs }: Site, { batch }: Stated): string =>
  w.reshape(node.input[5], inputs[5]!.dims.map(Number), [batch, 1, 1, 1]);

/** What is added to the scores: every row attends up to itself, and no farther back than the window. */
function causal(w: Writer, site: Site, stated: Stated, window: number): string {
  const { rows, columns, past } = stated;
  if (past !== undefined) return w.constant([rows, columns], upTo(stated, past, 0, LOWEST, window));
  const end = ends(w, site, stated);
  const isBefore = w.of("Less", [places(w, [columns], (column) => column - 1), end]);
  const isSeen = window === Infinity ? isBefore : w.of("And", [isBefore, w.of("Less", [end, places(w, [columns], (column) => column + window)])]);
  return w.of("Where", [isSeen, 0, LOWEST]);
}

/** What there is in the end, with zeros behind it. */
function present(w: Writer, site: Site, value: string, stated: Stated): string {
  const { batch, groups, columns, size, past, present: length } = stated;
  const isSeen = past === undefined ? w.of("Less", [places(w, [columns, 1], (i) => i - 1), ends(w, site, stated)]) : undefined;
  const seen = isSeen === undefined ? value : w.of("Where", [isSeen, value, 0]);
  return length === columns ? seen : w.concat([seen, zeros(w, [batch, groups, length - columns, size])], 2);
}

/** Causal attention of which several heads of queries share keys and values. */
export const groupQueryAttention: Lowering = {
  domain: MICROSOFT,
  onnx: { GroupQueryAttention: { since: 1, shapedBy: "values" } },
  into: [...ATTENDED, ...ROTATION, "Gather", "Less", "And", "Where", "Div", "Tanh"],
  difference: "portable",
  where:
    `${FLOAT}, its softmax is a plain one, its cache is not quantised, and its total length is a constant: without a past, or with lengths ` +
    "that are constants and all the same, or of one row",
  rewrite(site) {
    const { node, attributes, inputs } = site;
    const stated = statedBy(site);
    const [query, key = "", value = "", , , , , cos = "", , , bias = "", sink = ""] = node.input;
    const others = ["smooth_softmax", "kv_cache_bit_width", "qk_output"].some((name) => attributes.int(name, 0) !== 0);
    if (stated === undefined || sink !== "" || others || node.input.length > 12 || readsOutput(site, 3)) return undefined;
    if (bias !== "" && inputs[10]?.dtype !== DType.float32) return undefined;
    const { batch, heads, groups, rows, columns, size } = stated;
    const isRotated = attributes.int("do_rotary", 0) !== 0;
    const half = floatDims(inputs[7])?.[1];
    if (isRotated && (cos === "" || half === undefined)) return undefined;
    const w = new Writer(site);
    const at = (from: number, count: number) => w.slice(query, 2, from * size, (from + count) * size);
    const [q, k, v] = stated.isPacked ? [at(0, heads), at(heads, groups), at(heads + groups, groups)] : [query, key, value];
    const turned = (x: string, count: number): string => {
      if (!isRotated) return x;
      const [[c, batches], [s]] = [7, 8].map((input) => angles(w, site, input, stated, half!));
      const isInterleaved = attributes.int("rotary_interleaved", 0) !== 0;
      return rotate(w, x, c, s, batches, { batch, length: rows, heads: count, size, isPacked: true, width: 2 * half!, isInterleaved });
    };
    const byHead = (x: string, count: number) => byHeads(w, x, [batch, rows, count * size], count);
    const [qs, ks, vs] = [byHead(turned(q, heads), heads), withPast(w, site, 3, byHead(turned(k, groups), groups), stated), withPast(w, site, 4, byHead(v, groups), stated)];

    const window = attributes.int("local_window_size", -1);
    const product = groupProduct(w, w.mul(qs, scaleOf(site, size)), w.transpose(ks, [0, 1, 3, 2]), stated, size, columns);
    const cap = attributes.float("softcap", 0);
    const capped = cap > 0 ? w.mul(w.of("Tanh", [w.div(product, cap)]), cap) : product;
    const biased = bias === "" ? capped : w.add(capped, bias);
    const weights = w.of("Softmax", [w.add(biased, causal(w, site, stated, window > 0 ? window : Infinity))], [integerAttribute("axis", 3)]);
    const y = sideBySide(w, groupProduct(w, weights, vs, stated, columns, size), stated);
    return w.doneOf([y, present(w, site, ks, stated), present(w, site, vs, stated)]);
  },
};
