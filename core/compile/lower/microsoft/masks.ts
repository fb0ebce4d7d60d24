import { DType } from "../../../tensor/dtype.ts";
import { sizeOf } from "../../../tensor/shape.ts";
import type { Site } from "../lowering.ts";
import { LOWEST, upTo, type Heads } from "../transformer/heads.ts";
import type { Writer } from "../writer.ts";

/** What masks write. */
export const MASKED = ["Less", "And", "Where", "Add", "Reshape", "Slice"] as const;

/** Whole numbers of type int32 for every place of a shape. */
export const places = (w: Writer, dims: readonly number[], at: (i: number) => number): string =>
  w.keep({ dtype: DType.int32, dims, data: new Uint8Array(Int32Array.from({ length: sizeOf(dims) }, (_, i) => at(i)).buffer) });

/**
 * Which positions a mask of integers shows, against [batch, heads, rows, columns]. It states the end of every sequence, or besides
 * the beginning of every one, or a number above 0 for every position that is shown.
 */
function shown(w: Writer, mask: string, dims: readonly number[], { batch, rows, columns }: Heads): string | undefined {
  const against = (shape: readonly number[]) => w.reshape(mask, dims, shape);
  const zero = () => places(w, [], () => 0);
  switch (String(dims)) {
    case String([batch]):
      return w.of("Less", [places(w, [columns], (column) => column), against([batch, 1, 1, 1])]);
    case String([2 * batch]): {
      const [end, begin] = [0, 1].map((i) => w.reshape(w.slice(mask, 0, i * batch, (i + 1) * batch), [batch], [batch, 1, 1, 1]));
      const isBefore = w.of("Less", [places(w, [columns], (column) => column), end]);
      return w.of("And", [isBefore, w.of("Less", [begin, places(w, [columns], (column) => column + 1)])]);
    }
    case String([batch, columns]):
      return w.of("Less", [zero(), against([batch, 1, 1, columns])]);
    case String([batch, rows, columns]):
      return w.of("Less", [zero(), against([batch, 1, rows, columns])]);
    default:
      return undefined;
  }
}

/** What is added to the scores of a node, as the runtime does it; undefined where there is nothing, null where it cannot be written. */
export function biasOf(w: Writer, site: Site, inputs: { readonly mask: number; readonly bias: number }, heads: Heads, past: number): string | undefined | null {
  const { node, attributes } = site;
  const [mask, bias] = [inputs.mask, inputs.bias].map((i) => ((node.input[i] ?? "") === "" ? undefined : { name: node.input[i], known: site.inputs[i] }));
  const terms: string[] = [];
  if (mask !== undefined) {
    if (mask.known?.dtype !== DType.int32) return null;
    const isShown = shown(w, mask.name, mask.known.dims.map(Number), heads);
    if (isShown === undefined) return null;
    terms.push(w.of("Where", [isShown, 0, attributes.float("mask_filter_value", -10_000)]));
  }
  if (attributes.int("unidirectional", 0) !== 0) terms.push(w.constant([heads.rows, heads.columns], upTo(heads, past, 0, LOWEST)));
  if (bias !== undefined) {
    if (bias.known?.dtype !== DType.float32) return null;
    terms.push(bias.name);
  }
  return terms.length === 0 ? undefined : terms.reduce((sum, term) => w.add(sum, term));
}
