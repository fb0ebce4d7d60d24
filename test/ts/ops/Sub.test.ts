import { Opcode } from "../../../core/program/types.ts";
import { floatFuzz, integerFuzz, pairVectors, specialPairs, type Binary } from "../../support/binary.ts";
import { Judge } from "../../support/judge.ts";
import { CASES } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";

const Sub: Binary = { op: "Sub", opcode: Opcode.Sub };

describe("Sub", () => {
  it(`agrees with onnxruntime and its contract in ${CASES} random broadcast float32 cases`, () => floatFuzz(Sub, new Random(511), CASES));

  it("rounds every pair of special numbers as onnxruntime does", () => specialPairs(Sub));

  it("is exact on integers of every type, modulo their width", () => integerFuzz(Sub, new Random(512), 300));

  it("keeps its golden cases", () => new Judge().vectors("Sub", () => pairVectors(Sub)));
});
