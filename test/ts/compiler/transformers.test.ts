import { expect } from "chai";
import { boundedNodes } from "../../../core/compile/bounded.ts";
import { compile } from "../../../core/compile/compile.ts";
import { LOWERINGS, takenBy } from "../../../core/compile/lower/index.ts";
import { operatorOf, parseModel } from "../../../core/onnx/model.ts";
import { supportedOperators } from "../../../core/operators/index.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { farthest, fileOf, loweredFile, resultsOf } from "../../support/loweredNode.ts";
import * as attentions from "../../support/transformers/attentions.ts";
import { MICROSOFT, type OperatorCases } from "../../support/transformers/cases.ts";
import * as fused from "../../support/transformers/fused.ts";
import * as quantised from "../../support/transformers/quantised.ts";

/** By the operators of their nodes. */
const CASES: ReadonlyMap<string, OperatorCases> = new Map(
  [attentions, fused, quantised].flatMap((module) =>
    Object.values(module).map((cases) => {
      const { op, domain = "" } = Object.values(cases.nodes)[0];
      return [operatorOf({ domain, opType: op }), cases];
    }),
  ),
);

describe("lowerings of transformers and of the runtime's own operators", () => {
  it("are all tried here", () => {
    const taken = LOWERINGS.filter(({ domain }) => domain === MICROSOFT).flatMap(takenBy);
    expect([...CASES.keys()].sort()).to.deep.equal(["Attention", "RotaryEmbedding", ...taken].sort());
  });

  for (const [op, { within, nodes, left = {} }] of CASES) {
    it(`${op}: computes what the runtime's operator does within ${within}`, async function () {
      this.timeout(60_000);
      for (const [what, node] of Object.entries(nodes)) {
        const file = fileOf(node);
        const written = (await loweredFile(file))!;
        expect(written, what).to.not.equal(undefined);
        for (const each of parseModel(written).graph.node) expect(supportedOperators.has(operatorOf(each)), `${operatorOf(each)}: ${what}`).to.equal(true);
        const [source, portable] = [await resultsOf(file, node), await resultsOf(written, node)];
        expect(portable.map(({ dims }) => dims), what).to.deep.equal(source.map(({ dims }) => dims));
        expect(Math.max(...source.map((result, i) => farthest(result, portable[i]))), what).to.be.at.most(within);
      }
    });

    it(`${op}: is compiled into nodes of which every number has one right value`, async function () {
      this.timeout(60_000);
      const compiled = await compile(fileOf(Object.values(nodes)[0]), { runtime: ortRuntime });
      expect(boundedNodes(compiled.program, "portable")).to.deep.equal([]);
      expect(await compiled.objections(ortRuntime, 2)).to.deep.equal([]);
    });

    for (const [what, node] of Object.entries(left))
      it(`${op} ${what} is left as it is`, async () => {
        expect(await loweredFile(fileOf(node))).to.equal(undefined);
      });
  }
});
