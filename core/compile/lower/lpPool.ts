import { integerAttribute, type Lowering } from "./lowering.ts";
import { axesFrom, FLOAT, floatDims } from "./known.ts";
import { INTO_NORM, powerOf, rootOf } from "./norms.ts";
import { sum } from "./sums.ts";
import { isMap, placesOf, reached, windowAttributes, windowsOf } from "./windows.ts";
import { filled, Writer } from "./writer.ts";

/** Since this opset there is what other norms than those of powers of two are written with. */
const CHOOSES = 9;
const NORM = `the opset is ${CHOOSES} or later`;

/** (Σ|x|ᵖ)^(1/p) of every map. */
export const globalLpPool: Lowering = {
  onnx: { GlobalLpPool: { since: 2, shapedBy: "shapes" } },
  into: ["MatMul", "Slice", "Reshape", ...INTO_NORM],
  difference: "portable",
  where: `${FLOAT}, and ${NORM}`,
  rewrite(site) {
    const dims = floatDims(site.inputs[0]);
    const p = site.attributes.int("p", 2);
    if (dims === undefined || dims.length < 3 || p < 1 || site.opset < CHOOSES) return undefined;
    const w = new Writer(site);
    const total = sum(w, powerOf(w, site.node.input[0], p), dims, axesFrom(2, dims.length));
    return w.doneAs(rootOf(w, total, p), dims.map((dim, axis) => (axis < 2 ? dim : 1)));
  },
};

/** (Σ|x|ᵖ)^(1/p) of every window: the sums of a depthwise convolution with ones. */
export const lpPool: Lowering = {
  onnx: { LpPool: { since: 2, shapedBy: "shapes" } },
  into: ["Conv", ...INTO_NORM],
  difference: "portable",
  where: `${FLOAT} with one to three spatial axes, and ${NORM}`,
  rewrite(site) {
    const { node, opset, attributes, inputs } = site;
    const dims = floatDims(inputs[0]);
    const p = attributes.int("p", 2);
    if (dims === undefined || !isMap(dims) || p < 1 || opset < CHOOSES) return undefined;
    const windows = windowsOf(attributes, dims.slice(2), attributes.ints("kernel_shape") ?? []);
    const isCeil = attributes.int("ceil_mode", 0) !== 0;
    const places = windows?.map((along) => placesOf(along, isCeil));
    if (windows === undefined || places === undefined || places.some((count) => count < 1)) return undefined;
    const w = new Writer(site);
    const shape = [dims[1], 1, ...windows.map(({ kernel }) => kernel)];
    const convolution = [integerAttribute("group", dims[1]), ...windowAttributes(windows.map((window, i) => reached(window, places[i])))];
    const sums = w.of("Conv", [powerOf(w, node.input[0], p), w.constant(shape, filled(shape, 1))], convolution);
    return w.done(rootOf(w, sums, p));
  },
};
