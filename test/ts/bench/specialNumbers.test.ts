import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { mayReadFloats } from "../../support/specialNumbers.ts";
import { Random } from "../../support/random.ts";
import { Opcode } from "../../../core/program/types.ts";

const root = join(import.meta.dirname, "..", "..", "..");

describe("the evidence for special numbers", () => {
  it("is printed for this processor, and the rules admit all of it", async function () {
    this.timeout(300_000);
    // Ends with 1, and so throws here, where a rule forbids what came out.
    const { stdout } = await promisify(execFile)(process.execPath, [join(root, "checks", "bench", "specialNumbers.ts")], { env: { ...process.env, OPG_FUZZ: "5" } });
    for (const operator of ["Relu", "Sqrt", "Abs", "LeakyRelu", "Clip", "Exp", "Tanh", "Sigmoid", "Erf", "Gelu", "HardSigmoid", "Max", "Min", "ReduceMax", "MaxPool", "QuantizeLinear", "QLinearMatMul", "QLinearConv", "Softmax", "ReduceMean", "GlobalAveragePool", "BatchNormalization", "LayerNormalization", "MatMul, Gemm", "Conv"]) {
      expect(stdout, operator).to.match(new RegExp(`^${operator} .*\\d$`, "m"));
    }
    expect([...stdout.matchAll(/ of 5 random nodes, 0 not admitted$/gm)]).to.have.length((Object.keys(Opcode) as (keyof typeof Opcode)[]).filter((name) => mayReadFloats(name, new Random(Opcode[name]))).length);
  });
});
