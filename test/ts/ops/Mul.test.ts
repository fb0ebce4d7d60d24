import { Opcode } from "../../../core/program/types.ts";
import { floatFuzz, integerFuzz, pairVectors, specialPairs, type Binary } from "../../support/binary.ts";
import { Judge } from "../../support/judge.ts";
import { CASES } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";

const Mul: Binary = { op: "Mul", opcode: Opcode.Mul };

describe("Mul", () => {
  it(`agrees with onnxruntime and its contract in ${CASES} random broadcast float32 cases`, () => floatFuzz(Mul, new Random(521), CASES));

  it("rounds every pair of special numbers as onnxruntime does", () => specialPairs(Mul));

  it("is exact on integers of every type, modulo their width", () => integerFuzz(Mul, new Random(522), 300));

  it("keeps its golden cases", () => new Judge().vectors("Mul", () => pairVectors(Mul)));
});
