import { Opcode } from "../../../core/program/types.ts";
import { floatFuzz, integerFuzz, pairVectors, specialPairs, type Binary } from "../../support/binary.ts";
import { Judge } from "../../support/judge.ts";
import { CASES } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";

const Add: Binary = { op: "Add", opcode: Opcode.Add };

describe("Add", () => {
  it(`agrees with onnxruntime and its contract in ${CASES} random broadcast float32 cases`, () => floatFuzz(Add, new Random(501), CASES));

  it("rounds every pair of special numbers as onnxruntime does", () => specialPairs(Add));

  it("is exact on integers of every type, modulo their width", () => integerFuzz(Add, new Random(502), 300));

  it("keeps its golden cases", () => new Judge().vectors("Add", () => pairVectors(Add)));
});
