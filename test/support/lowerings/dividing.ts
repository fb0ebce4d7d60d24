/** Random graphs that divide integers by what is computed, which is neither 0 nor, where a processor would trap on it, −1. */
import { DType } from "../../../core/tensor/dtype.ts";
import type { graphModel } from "../graph.ts";
import type { Random } from "../random.ts";

type Graph = Parameters<typeof graphModel>[0];

const UNSIGNED: readonly DType[] = [DType.uint8, DType.uint16, DType.uint32, DType.uint64];
const SMALL: readonly DType[] = [DType.int8, DType.int16];
const WIDE = [DType.int32, DType.int64, DType.uint32, DType.uint64];
const TYPES = [...UNSIGNED, ...SMALL, DType.int32, DType.int64];

const of = (name: string, dtype: DType, dims?: readonly number[]) => ({ name, dtype, dims });
const whole = (name: string, value: number) => ({ ...of(name, DType.int32, []), raw: new Uint8Array(Int32Array.of(value).buffer) });

/** The dividend of a wide type with a sign comes of a narrower one, so that it is never the least. The divisor comes of a fraction: nobody can tell what it is. */
function divided(op: string, random: Random, opset: number): Omit<Graph, "opset"> {
  const dtype = random.pick(opset < 14 ? WIDE : TYPES);
  const isWide = dtype === DType.int32 || dtype === DType.int64;
  const divisor = (): number => (UNSIGNED.includes(dtype) || random.chance(0.5) ? random.int(1, 9) : random.int(-9, -1));
  return {
    inputs: [of("x", isWide ? DType.int16 : dtype, [4, 3]), of("b", DType.bool, random.chance(0.5) ? [4, 3] : [3])],
    constants: [whole("one", divisor()), whole("other", divisor())],
    nodes: [
      ...(isWide ? [["Cast", ["x"], "a", { to: dtype }] as const] : []),
      ["Where", ["b", "one", "other"], "w"],
      ["Cast", ["w"], "f", { to: DType.float32 }],
      ["Cast", ["f"], "d", { to: dtype }],
      [op, [isWide ? "a" : "x", "d"], "y"],
    ],
    outputs: [of("y", dtype)],
  };
}

const casesOf = (op: string) => ({
  taken(random: Random, opset: number) {
    const since = Math.max(opset, 12);
    return { ...divided(op, random, since), opset: since };
  },
  left: {
    "by a constant": { inputs: [of("x", DType.int32, [3])], constants: [whole("three", 3)], nodes: [[op, ["x", "three"], "y"]], outputs: [of("y", DType.int32)] },
    "by what is no less than one": {
      inputs: [of("x", DType.int32, [3]), of("z", DType.int32, [3])],
      constants: [whole("one", 1)],
      nodes: [["Max", ["z", "one"], "d"], [op, ["x", "d"], "y"]],
      outputs: [of("y", DType.int32)],
    },
    "of an opset in which integers are not compared": { inputs: [of("x", DType.int32, [3]), of("z", DType.int32, [3])], constants: [], nodes: [[op, ["x", "z"], "y"]], outputs: [of("y", DType.int32)], opset: 11 },
  } satisfies Readonly<Record<string, Graph>>,
});

export const DIVIDING = { Div: casesOf("Div"), Mod: casesOf("Mod") };
