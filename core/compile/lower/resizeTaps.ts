/**
 * Where the elements of a resized axis come from, in the arithmetic of the runtime (upsamplebase.h, upsample.cc and upsample_antialias.h
 * of onnxruntime 1.30): binary32, but where it computes in binary64.
 */

export type Mode = "nearest" | "linear" | "cubic";

/** How an axis is resized. */
export interface Resizing {
  readonly mode: Mode;
  readonly coordinates: string;
  /** Empty below opset 11. */
  readonly nearest: string;
  readonly cubicA: number;
  readonly excludesOutside: boolean;
  readonly antialias: boolean;
  /** Elements before and after, and the factor between them, which need not be their quotient. */
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  /** The part of the axis that is taken, of 0 to 1, where the coordinates crop. */
  readonly start: number;
  readonly end: number;
}

/** Elements of the axis that an element is made of, and by which weights; as many for every element. */
export interface Taps {
  /** By element of the output; undefined where it lies outside and the elements are no weighted sum of anything. */
  readonly places: readonly (readonly number[])[];
  readonly weights: readonly (readonly number[])[];
  /** Whether the element lies outside of the axis, where the coordinates say what stands there. */
  readonly isOutside: readonly boolean[];
}

const f = Math.fround;

const COORDINATES: Readonly<Record<string, (x: number, axis: Resizing) => number>> = {
  half_pixel: (x, { scale }) => f(f(f(x + 0.5) / scale) - 0.5),
  asymmetric: (x, { scale }) => f(x / scale),
  pytorch_half_pixel: (x, { scale, to }) => (to > 1 ? f(f(f(x + 0.5) / scale) - 0.5) : 0),
  tf_half_pixel_for_nn: (x, { scale }) => f(f(x + 0.5) / scale),
  align_corners: (x, { from, to }) => (to === 1 ? 0 : f(f(x * (from - 1)) / (to - 1))),
  tf_crop_and_resize(x, { from, to, start, end }) {
    if (to === 1) return f(0.5 * f(start + end) * (from - 1));
    return f(f(start * (from - 1)) + f(f(f(x * f(end - start)) * (from - 1)) / (to - 1)));
  },
  half_pixel_symmetric(x, { from, to, scale }) {
    const adjustment = f(to / f(scale * from));
    const offset = f(f(from / 2) * f(1 - adjustment));
    return f(offset + (x + 0.5) / scale - 0.5);
  },
};

export const isCoordinates = (name: string): boolean => Object.hasOwn(COORDINATES, name);

/** Away from zero in the middle, as C rounds. */
const round = (x: number): number => Math.sign(x) * Math.floor(Math.abs(x) + 0.5);

const NEAREST: Readonly<Record<string, (x: number, shrinks: boolean) => number>> = {
  "": (x, shrinks) => (shrinks ? Math.ceil(x) : Math.trunc(x)),
  round_prefer_floor: (x) => (x === f(Math.trunc(x) + 0.5) ? Math.floor(x) : round(x)),
  round_prefer_ceil: round,
  floor: Math.floor,
  ceil: Math.ceil,
};

export const isNearest = (name: string): boolean => Object.hasOwn(NEAREST, name);

const clamp = (place: number, length: number): number => Math.max(0, Math.min(place, length - 1));

/** What every element of the axis is made of. */
export function tapsOf(axis: Resizing): Taps {
  const { from, to, scale, mode, coordinates, antialias } = axis;
  const original = Array.from({ length: to }, (_, x) => (scale === 1 ? x : COORDINATES[coordinates](x, axis)));
  const crops = coordinates === "tf_crop_and_resize";
  const isOutside = original.map((x) => crops && scale !== 1 && (x < 0 || x > from - 1));
  const made = original.map((x) => {
    if (mode === "nearest") return { places: [clamp(NEAREST[axis.nearest](x, scale < 1), from)], weights: [1] };
    if (antialias) return smoothed(x, axis);
    return mode === "linear" ? between(x, axis) : curved(x, axis);
  });
  const most = Math.max(...made.map(({ places }) => places.length));
  const filled = made.map(({ places, weights }) => ({
    places: [...places, ...new Array<number>(most - places.length).fill(places.at(-1)!)],
    weights: [...weights, ...new Array<number>(most - places.length).fill(0)],
  }));
  return { places: filled.map(({ places }) => places), weights: filled.map(({ weights }) => weights), isOutside };
}

type Sum = { readonly places: readonly number[]; readonly weights: readonly number[] };

/** Between two neighbours; at the end of the axis both are the last element. */
function between(x: number, { from }: Resizing): Sum {
  const at = Math.max(0, Math.min(x, from - 1));
  const first = Math.min(Math.trunc(at), from - 1);
  const second = Math.min(first + 1, from - 1);
  const weights = first === second ? [0.5, 0.5] : [f(Math.abs(at - second)), f(Math.abs(at - first))];
  return { places: [first, second], weights };
}

/** Four neighbours, by the cubic of Keys with parameter a. */
function curved(x: number, { from, cubicA: a, excludesOutside }: Resizing): Sum {
  const floor = Math.floor(x);
  const s = f(x - floor);
  const outer = (d: number): number => f(((a * d - 5 * a) * d + 8 * a) * d - 4 * a);
  const inner = (d: number): number => f(((a + 2) * d - (a + 3)) * d * d + 1);
  const places = [-1, 0, 1, 2].map((step) => floor + step);
  const all = [outer(s + 1), inner(s), inner(1 - s), outer(2 - s)];
  if (!excludesOutside) return { places: places.map((place) => clamp(place, from)), weights: all };
  const kept = all.map((weight, i) => (places[i] < 0 || places[i] >= from ? 0 : weight));
  const sum = kept.reduce((total, weight) => f(total + weight), 0);
  return { places: places.map((place) => clamp(place, from)), weights: kept.map((weight) => f(weight / sum)) };
}

/** All elements that a filter reaches that is as wide as a step between elements of the output. */
function smoothed(x: number, axis: Resizing): Sum {
  const { from, mode, cubicA: a, excludesOutside } = axis;
  const scale = f(1 / axis.scale);
  const reach = mode === "linear" ? 1 : 2;
  const support = scale >= 1 ? f(reach * scale) : reach;
  const narrowing = scale >= 1 ? f(1 / scale) : 1;
  const filter = (signed: number): number => {
    const d = Math.abs(signed);
    if (mode === "linear") return d < 1 ? f(1 - d) : 0;
    if (d < 1) return f(((a + 2) * d - (a + 3)) * d * d + 1);
    return d < 2 ? f((((d - 5) * d + 8) * d - 4) * a) : 0;
  };
  const center = f(x + 0.5);
  const least = Math.floor(f(f(center - support) + 0.5));
  const end = Math.min(Math.floor(f(f(center + support) + 0.5)), least + 2 * Math.ceil(support) + 1);
  const weights = new Map<number, number>();
  let total = 0;
  for (let place = least; place < end; place++) {
    if (excludesOutside && (place < 0 || place >= from)) continue;
    const weight = filter(f(f(f(place - center) + 0.5) * narrowing));
    total = f(total + weight);
    const within = clamp(place, from);
    weights.set(within, f((weights.get(within) ?? 0) + weight));
  }
  const places = [...weights.keys()].sort((p, q) => p - q);
  return { places, weights: places.map((place) => f(weights.get(place)! * f(1 / (total === 0 ? 1 : total)))) };
}
