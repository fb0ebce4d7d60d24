import type { Along } from "./windows.ts";

/** A transposed convolution along one axis: `size` places in, `length` places out, of which the first lies `before` behind the first product. */
export interface Spread extends Along {
  readonly length: number;
}

/**
 * Every stride-th place of an output, from `phase` on, is a plain convolution of the input, of every `step`-th weight from `first`
 * on, backwards.
 */
export interface Phase {
  readonly first: number;
  readonly step: number;
  /** How many weights; where it is none, nothing is added to these places. */
  readonly count: number;
  readonly dilation: number;
  /** Padding of the convolution. */
  readonly before: number;
  readonly after: number;
}

/** The phases of an axis in their order. */
export interface Phases {
  readonly phases: readonly Phase[];
  /** Places of each. */
  readonly places: number;
  /** Place among all of them at which the output begins. */
  readonly start: number;
  /** Whether all phases are convolutions of one size. */
  readonly isEven: boolean;
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/**
 * With stride s, dilation d and weight t, input i reaches the place p = i·s + t·d. So to the place p = q·s + r come the weights with
 * t·d ≡ r (mod s): every (s/g)-th from a first one on with g = gcd(s, d), if g divides r. Weight t = first + j·s/g comes with the
 * input i = (p − t·d)/s = q − (first·d − r)/s − j·d/g, which a convolution reads that is padded by (count − 1)·d/g + (first·d − r)/s.
 */
export function phasesOf({ size, length, kernel, stride, dilation, before }: Spread): Phases {
  const g = gcd(stride, dilation);
  const [step, apart] = [stride / g, dilation / g];
  const found = Array.from({ length: stride }, (_, r) => {
    const first = Array.from({ length: step }, (_, t) => t).find((t) => (t * dilation) % stride === r) ?? kernel;
    const count = Math.max(0, Math.ceil((kernel - first) / step));
    return { first, count, lag: (first * dilation - r) / stride };
  });
  const used = found.filter(({ count }) => count > 0);
  const padding = ({ count, lag }: (typeof found)[number]): number => (count - 1) * apart + lag;
  // Places before the output are left out as far as every phase begins with padding.
  const skipped = Math.min(Math.floor(before / stride), ...used.map(padding));
  const start = before - skipped * stride;
  // A convolution cuts nothing off, so it has as many places as its input reaches.
  const places = Math.max(Math.ceil((start + length) / stride), ...used.map(({ lag }) => size + lag - skipped));
  const phases = found.map((phase): Phase => {
    const pad = padding(phase) - skipped;
    return { first: phase.first, step, count: phase.count, dilation: apart, before: pad, after: places + (phase.count - 1) * apart - size - pad };
  });
  const isEven = phases.every(({ count, before }) => count > 0 && count === phases[0].count && before === phases[0].before);
  return { phases, places, start, isEven };
}
