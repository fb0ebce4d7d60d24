import { concatBytes, sameBytes } from "../bytes.ts";
import type { TensorTree } from "../merkle/tensorTree.ts";
import type { OpTwin } from "../operators/twin.ts";
import { hasBounds } from "../program/program.ts";
import type { Program } from "../program/types.ts";
import { DType } from "../tensor/dtype.ts";
import { floatsOf } from "../tensor/numbers.ts";
import { byteLength } from "../tensor/shape.ts";
import { differencesAdmissible } from "./compare.ts";
import { traceReaders } from "./evidence.ts";
import { isSettled } from "./settled.ts";

/** How far an element can be moved if all roundings conspire, and if they go each its own way (core/slack/shift.ts). */
interface Reach {
  readonly most: number;
  readonly apart: number;
}

/** One's own run of a job whose submitted output has other bytes. */
export interface OwnRun {
  readonly program: Program;
  /** Row-major values of all tensors. */
  readonly trace: readonly Uint8Array[];
  readonly constant: (root: string) => TensorTree;
  readonly twin: OpTwin;
  /** How far an element of an output can be moved inside all bounds; undefined where that cannot be told. */
  readonly reach: (output: number, element: number) => Promise<Reach | undefined>;
}

/**
 * What a difference says: "lie", nobody gives it who stays inside the bounds; "none", a host with another processor gives it;
 * "doubt", no processor does, but whoever moves numbers inside the bounds on purpose.
 */
export type Grounds = "lie" | "none" | "doubt";

/** The elements that deviate most are held against their reach, so many at most: each takes about as long as a run. */
const HELD_AGAINST = 4;
/** A reach is of first order; this factor is for the rest. */
const MARGIN = 2;
/** The roundings of a processor are not quite independent: those of a row share its sum. But they are far smaller than their bounds. */
const TOGETHER = 16;
/** What roundings behind a moved number add, in proportion to the greatest number of the output. */
const ROUNDING = 2 ** -20;

/**
 * What speaks for a challenge of an output with other bytes, or with other roots whose values (`claimed`) nobody serves.
 *
 * Without bounds every number has one right value on every host, so other bytes are a lie, unless the run meets one of the
 * places of docs/protocol.md §2.10. With bounds a number that deviates by more than everything inside the bounds could move it
 * is a lie, and nothing less is certain: values that are withheld are in doubt. What cannot be told counts as a lie: none is let
 * through for that.
 */
export async function groundsOf(run: OwnRun, claimed: Uint8Array | undefined): Promise<Grounds> {
  const { program, trace, constant, twin } = run;
  const expected = concatBytes(program.outputs.map(({ id }) => trace[id]));
  if (claimed !== undefined && claimed.length !== expected.length) return "lie";
  const settled = isSettled(program, trace, constant);
  if (settled && !hasBounds(program)) return "lie";
  if (claimed === undefined) return "doubt";
  if (differencesAdmissible(program, traceReaders(program, trace, constant), expected, claimed, twin)) return "none";
  if (!settled) return "doubt";
  let grounds: Grounds = "none";
  let start = 0;
  for (const [output, spec] of program.outputs.entries()) {
    const [mine, theirs] = [trace[spec.id], claimed.slice(start, (start += byteLength(spec)))];
    if (sameBytes(mine, theirs)) continue;
    if (spec.dtype !== DType.float32) return "lie";
    const found = await groundsIn(run, output, floatsOf(mine), floatsOf(theirs));
    if (found === "lie") return "lie";
    if (found === "doubt") grounds = "doubt";
  }
  return grounds;
}

async function groundsIn({ reach }: OwnRun, output: number, mine: Float32Array, theirs: Float32Array): Promise<Grounds> {
  let scale = 0;
  const deviations: { element: number; size: number }[] = [];
  mine.forEach((value, element) => {
    if (Number.isFinite(value)) scale = Math.max(scale, Math.abs(value));
    if (Object.is(value, theirs[element])) return;
    const size = Math.abs(theirs[element] - value);
    deviations.push({ element, size: Number.isNaN(size) ? Infinity : size });
  });
  deviations.sort((a, b) => b.size - a.size || a.element - b.element);
  let grounds: Grounds = "none";
  for (const { element, size } of deviations.slice(0, HELD_AGAINST)) {
    const far = await reach(output, element);
    if (far === undefined || far.most === 0) return "lie";
    const rounding = ROUNDING * scale;
    if (size > MARGIN * far.most + rounding) return "lie";
    if (far.most === Infinity || size > Math.min(MARGIN * far.most, TOGETHER * far.apart) + rounding) grounds = "doubt";
  }
  return grounds;
}
