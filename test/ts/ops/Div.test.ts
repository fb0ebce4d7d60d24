import { DType, Opcode } from "../../../oracle/core/program/types.ts";
import { broadcastPair, floatFuzz, integerFuzz, pairVectors, specialPairs, type Binary } from "../../support/binary.ts";
import { Judge } from "../../support/judge.ts";
import { Random } from "../../support/random.ts";

const Div: Binary = { op: "Div", opcode: Opcode.Div };

describe("Div", () => {
  it("agrees with onnxruntime and its contract in 1,000 random broadcast float32 cases", () => floatFuzz(Div, new Random(531), 1000));

  it("rounds every pair of special numbers as onnxruntime does", () => specialPairs(Div));

  it("is exact on integers of every type, modulo their width", () => integerFuzz(Div, new Random(532), 300));

  it("convicts nobody for what ONNX leaves undefined: division by zero, the least number by −1", async () => {
    const judge = new Judge();
    for (const [dtype, a, b] of [[DType.int32, [0, 0, 0, 0x80], [0xff, 0xff, 0xff, 0xff]], [DType.int32, [5, 0, 0, 0], [0, 0, 0, 0]], [DType.uint8, [7], [0]], [DType.int8, [0x80], [0xff]]] as const) {
      const c = broadcastPair(Div, dtype, [1], [1], Uint8Array.from(a), Uint8Array.from(b));
      for (const claimed of [0n, 1n, 0x80n]) judge.ask(c, 0, claimed, true);
    }
    await judge.settle();
  });

  it("keeps its golden cases", () => new Judge().vectors("Div", () => pairVectors(Div)));
});
