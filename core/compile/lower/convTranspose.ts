import type { AttributeProto } from "../../onnx/onnx_pb.js";
import { numbersOf, type Constant } from "../../onnx/tensor.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { integerAttribute, type Lowered, type Lowering, type Site } from "./lowering.ts";
import { FLOAT, floatDims } from "./known.ts";
import { phasesOf, type Phase, type Phases, type Spread } from "./phases.ts";
import { byFilter, turned, turnedPart, type Weights } from "./transposedWeights.ts";
import { autoPadOf, isMap, isPaddedByRuntime, reachOf, statedWindows, windowAttributes } from "./windows.ts";
import { Writer } from "./writer.ts";

/** Since this opset a Slice may have steps, by which computed weights are turned. */
const STEPS = 10;

interface Sizes extends Weights {
  readonly batch: number;
  readonly map: readonly number[];
}

function sizesOf({ attributes, inputs, node }: Site): Sizes | undefined {
  const [x, weights] = [floatDims(inputs[0]), floatDims(inputs[1])];
  const group = attributes.int("group", 1);
  if (x === undefined || weights === undefined || !isMap(x) || weights.length !== x.length || weights[0] !== x[1] || group < 1 || x[1] % group !== 0) return undefined;
  const filters = weights[1];
  if ((node.input[2] ?? "") !== "" && String(floatDims(inputs[2])) !== String(group * filters)) return undefined;
  return { batch: x[0], group, channels: x[1] / group, filters, map: x.slice(2), kernel: weights.slice(2) };
}

/**
 * The axes of the map: how long each becomes, and what is cut off before. Where a shape is stated, or SAME is, what is too much is
 * cut off on both sides, an odd place more behind for SAME_UPPER and before for all others.
 */
function spreadsOf({ attributes }: Site, { map, kernel }: Sizes): readonly Spread[] | undefined {
  const rank = map.length;
  const stated = attributes.ints("output_shape")?.slice(-rank);
  const extra = attributes.ints("output_padding") ?? new Array<number>(rank).fill(0);
  const windows = statedWindows(attributes, map, kernel);
  if (windows === undefined || extra.length !== rank || (stated ?? map).length !== rank) return undefined;
  const spreads = windows.map((along, i): Spread => {
    const full = (along.size - 1) * along.stride + reachOf(along) + extra[i];
    if (stated === undefined && !isPaddedByRuntime(attributes)) return { ...along, length: full - along.before - along.after };
    const cut = Math.max(0, full - (stated?.[i] ?? along.size * along.stride));
    const before = autoPadOf(attributes) === "SAME_UPPER" ? Math.floor(cut / 2) : Math.ceil(cut / 2);
    return { ...along, before, after: cut - before, length: stated?.[i] ?? full - cut };
  });
  return spreads.every(({ length }) => length >= 1) ? spreads : undefined;
}

/** The phases of all axes together, the last axis fastest. */
const product = <T>(axes: readonly (readonly T[])[]): T[][] => axes.reduce<T[][]>((all, axis) => all.flatMap((head) => axis.map((last) => [...head, last])), [[]]);

interface Plan {
  readonly sizes: Sizes;
  readonly spreads: readonly Spread[];
  readonly axes: readonly Phases[];
  readonly phases: readonly (readonly Phase[])[];
  /** Shape of one phase. */
  readonly part: readonly number[];
}

function planOf(sizes: Sizes, spreads: readonly Spread[]): Plan {
  const axes = spreads.map(phasesOf);
  const part = [sizes.batch, sizes.group * sizes.filters, ...axes.map(({ places }) => places)];
  return { sizes, spreads, axes, phases: product(axes.map(({ phases }) => phases)), part };
}

const convolution = ({ sizes, spreads }: Plan, phase: readonly Phase[]): AttributeProto[] => [
  integerAttribute("group", sizes.group),
  ...windowAttributes(phase.map(({ count, dilation, before, after }, i) => ({ size: spreads[i].size, kernel: count, stride: 1, dilation, before, after }))),
];

const weightsShape = ({ group, filters, channels }: Sizes, phases: readonly (readonly Phase[])[]): number[] => [
  group * filters * phases.length,
  channels,
  ...phases[0].map(({ count }) => count),
];

/** All phases beside each other, with the phases of every axis before the channels or behind them. */
interface Made {
  readonly value: string;
  readonly phasesFirst: boolean;
}

/** All phases, of one size, as filters of one convolution: those of one channel together, for groups are made of whole channels. */
function atOnce(w: Writer, [x]: readonly string[], plan: Plan, weights: Constant, bias: Constant | undefined): Made {
  const { sizes, phases } = plan;
  const operands = [x, w.constant(weightsShape(sizes, phases), turned(numbersOf(weights), sizes, phases))];
  if (bias !== undefined) {
    const biases = Float32Array.from(numbersOf(bias).flatMap((value) => phases.map(() => value)));
    operands.push(w.constant([biases.length], biases));
  }
  return { value: w.of("Conv", operands, convolution(plan, phases[0])), phasesFirst: false };
}

/** Every phase as a convolution of its own. */
function oneByOne(w: Writer, { node, inputs }: Site, plan: Plan): Made {
  const { sizes, phases, part } = plan;
  const [x, weights, bias = ""] = node.input;
  const constant = inputs[1]?.constant;
  const [values, computed] = constant === undefined ? [[], byFilter(w, weights, sizes)] : [numbersOf(constant), weights];
  const parts = phases.map((phase): string => {
    // Places to which no product comes.
    if (phase.some(({ count }) => count === 0)) {
      const zeros = w.constant(part, new Float32Array(sizeOf(part)));
      return bias === "" ? zeros : w.add(zeros, w.shaped(2, part.slice(1).map((count, i) => (i === 0 ? count : 1))));
    }
    const own = constant === undefined ? turnedPart(w, computed, phase) : w.constant(weightsShape(sizes, [phase]), turned(values, sizes, [phase]));
    return w.of("Conv", [x, own, ...(bias === "" ? [] : [bias])], convolution(plan, phase));
  });
  return { value: w.concat(parts, 1), phasesFirst: true };
}

/** The places of the phases in turn. */
function alternating(w: Writer, { value, phasesFirst }: Made, { spreads, phases, part }: Plan, whole: readonly number[]): string {
  if (phases.length === 1) return value;
  const [batch, channels, ...places] = part;
  const strides = spreads.map(({ stride }) => stride);
  const rank = spreads.length;
  const apart = w.reshape(value, [], [batch, ...(phasesFirst ? [...strides, channels] : [channels, ...strides]), ...places]);
  const [channel, first] = phasesFirst ? [1 + rank, 1] : [1, 2];
  return w.reshape(w.transpose(apart, [0, channel, ...spreads.flatMap((_, i) => [2 + rank + i, first + i])]), [], whole);
}

function transposed(site: Site, plan: Plan): Lowered {
  const { spreads, axes, part } = plan;
  const { node, inputs } = site;
  const w = new Writer(site);
  const [weights, bias] = [inputs[1]?.constant, (node.input[2] ?? "") === "" ? undefined : inputs[2]];
  const isOne = axes.every(({ isEven }) => isEven) && weights !== undefined && (bias === undefined || bias.constant !== undefined);
  const made = isOne ? atOnce(w, node.input, plan, weights, bias?.constant) : oneByOne(w, site, plan);
  const whole = [...part.slice(0, 2), ...spreads.map(({ stride }, i) => stride * axes[i].places)];
  const cut = spreads.reduce((value, { length }, i) => {
    const { start } = axes[i];
    return start === 0 && length === whole[2 + i] ? value : w.slice(value, 2 + i, start, start + length);
  }, alternating(w, made, plan, whole));
  return w.done(cut);
}

/**
 * A transposed convolution in terms of plain ones: one for every phase of the stride, or one for all where they are of one size;
 * what is beyond the output is sliced off.
 */
export const convTranspose: Lowering = {
  onnx: { ConvTranspose: { since: 1, shapedBy: "shapes" } },
  into: ["Conv", "Reshape", "Transpose", "Concat", "Slice", "Add"],
  difference: "portable",
  where: `${FLOAT} with one to three spatial axes, and its weights are constants or the opset ${STEPS} or later`,
  rewrite(site) {
    const sizes = sizesOf(site);
    const spreads = sizes && spreadsOf(site, sizes);
    if (sizes === undefined || spreads === undefined || (site.inputs[1]?.constant === undefined && site.opset < STEPS)) return undefined;
    return transposed(site, planOf(sizes, spreads));
  },
};
