import { expect } from "chai";
import { ArithmeticFinder } from "../../../core/compile/arithmeticFinder.ts";
import { readCanonical } from "../../../core/compile/canonicalForm.ts";
import { canonicalise } from "../../../core/compile/canonicalise.ts";
import { mapFile } from "../../../core/compile/mapFile.ts";
import { valueTypes } from "../../../core/compile/shapes.ts";
import { readSource } from "../../../core/compile/source.ts";
import { encodeModel } from "../../../core/onnx/model.ts";
import { arithmeticOf } from "../../../core/operators/floatDot/sgemm.ts";
import { operatorOf } from "../../../core/operators/index.ts";
import { ruleName } from "../../../core/program/types.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { casesEach } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";
import { randomProduct } from "../../support/randomProducts.ts";

const CASES = casesEach(80);

describe("the arithmetic of a dot product", () => {
  it(`follows from its shapes: onnxruntime computes what the formula says in every one of ${CASES} random nodes`, async function () {
    this.timeout(CASES * 1_000);
    const random = new Random(61);
    const finder = new ArithmeticFinder(ortRuntime);
    const found = new Map<string, number>();
    for (let i = 0; i < CASES; i++) {
      const source = await readSource(randomProduct(random));
      const file = readCanonical(encodeModel(await canonicalise(source.model, { dims: {}, runtime: ortRuntime, form: "source", acceptDifference: false })));
      const { graph, mapped } = mapFile(file, await valueTypes(file.model, ortRuntime));
      const operator = operatorOf(mapped[0].opcode);
      expect([graph.nodes.length, operator.dot === undefined]).to.deep.equal([1, false]);
      const arithmetic = arithmeticOf(operator.call!(mapped[0]));
      const about = JSON.stringify([operator.name, operator.call!(mapped[0]), arithmetic]);
      expect(await finder.follows(graph.nodes[0], mapped[0], arithmetic), about).to.equal(true);
      const kind = `${operator.name} ${ruleName(arithmetic.rule)} ${arithmetic.flags & 2}`;
      found.set(kind, (found.get(kind) ?? 0) + 1);
    }
    // Otherwise the cases would prove little.
    const kinds = ["Conv", "Gemm", "MatMul"].flatMap((name) => ["chain 0", "gemv 0", "gemv 2"].map((rule) => `${name} ${rule}`));
    expect([...found.keys()].sort()).to.deep.equal(kinds);
  });
});
