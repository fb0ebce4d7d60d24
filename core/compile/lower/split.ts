import { constantOf, numbersOf } from "../../onnx/tensor.ts";
import { DType } from "../../tensor/dtype.ts";
import { integersAttribute, nodeOf, type Lowered, type Lowering, type Site } from "./lowering.ts";

/** Since this opset the sizes of the parts are an input. */
const SIZES_ARE_INPUT = 13;
/** Since this opset the last of parts whose sizes are not stated may be shorter. */
const LAST_MAY_BE_SHORTER = 18;
/** Since this opset the bounds of a Slice are inputs. */
const BOUNDS_ARE_INPUTS = 10;

/** Elements from `start` to before `end` along an axis, which is output number `place`. */
interface Part {
  readonly place: number;
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

/** The parts in their order; undefined where the sizes are computed or do not fill the axis. */
function partsOf(site: Site): readonly Part[] | undefined {
  const { node, attributes, inputs: [x] } = site;
  if (x === undefined) return undefined;
  const given = attributes.int("axis", 0);
  const axis = given < 0 ? given + x.dims.length : given;
  const size = x.dims[axis];
  if (typeof size !== "number") return undefined;
  const sizes = areStated(site) ? statedSizes(site) : equalSizes(size, node.output.length, site.opset);
  if (sizes?.length !== node.output.length) return undefined;
  let end = 0;
  const parts = sizes.map((part, place) => ({ place, axis, start: end, end: (end += part) }));
  return end === size ? parts : undefined;
}

const areStated = ({ node, opset, attributes }: Site): boolean =>
  opset < SIZES_ARE_INPUT ? attributes.has("split") : node.input.length > 1 && node.input[1] !== "";

function statedSizes({ opset, attributes, inputs }: Site): readonly number[] | undefined {
  if (opset < SIZES_ARE_INPUT) return attributes.ints("split");
  const constant = inputs[1]?.constant;
  return constant && numbersOf(constant);
}

function equalSizes(size: number, count: number, opset: number): readonly number[] | undefined {
  if (size % count !== 0 && opset < LAST_MAY_BE_SHORTER) return undefined;
  const part = Math.ceil(size / count);
  return Array.from({ length: count }, (_, i) => Math.max(0, Math.min(part, size - i * part)));
}

function sliceOf({ node, opset, value, named }: Site, { place, axis, start, end }: Part): Required<Pick<Lowered, "nodes" | "constants">> {
  const [name, output] = [named(`part${place + 1}`), node.output[place]];
  if (opset < BOUNDS_ARE_INPUTS) {
    const attributes = [integersAttribute("axes", [axis]), integersAttribute("ends", [end]), integersAttribute("starts", [start])];
    return { nodes: [nodeOf(name, "Slice", [node.input[0]], output, attributes)], constants: [] };
  }
  const constants = Object.entries({ starts: start, ends: end, axes: axis }).map(([bound, at]) =>
    constantOf(value(`part${place + 1}/${bound}`), { dtype: DType.int64, dims: [1], data: new Uint8Array(BigInt64Array.of(BigInt(at)).buffer) }),
  );
  return { nodes: [nodeOf(name, "Slice", [node.input[0], ...constants.map((bound) => bound.name)], output)], constants };
}

/** Every part that somebody reads is a slice of its own. */
export const split: Lowering = {
  onnx: { Split: { since: 1, shapedBy: "values" } },
  into: ["Slice"],
  keeps: "every bit",
  where: "the sizes of its parts are known",
  rewrite(site) {
    const parts = partsOf(site);
    if (parts === undefined) return undefined;
    const slices = parts.filter(({ place }) => site.isRead(site.node.output[place])).map((part) => sliceOf(site, part));
    return { nodes: slices.flatMap(({ nodes }) => nodes), constants: slices.flatMap(({ constants }) => constants) };
  },
};
