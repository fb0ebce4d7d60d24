import { readFileSync } from "node:fs";
import type * as ort from "onnxruntime-node";
import { expect } from "chai";
import { compile } from "../../../core/compile/compile.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { floats, resultsOf } from "../../support/mlLowering.ts";

const read = (name: string): Buffer => readFileSync(new URL(`../../../models/tumour-gbt/${name}`, import.meta.url));

describe("the tumour scorer", () => {
  const { rows } = JSON.parse(read("tumours.json").toString()) as { rows: readonly (readonly [label: number, measurements: readonly number[]])[] };
  const feeds = rows.map(([, measurements]) => ({ measurements: floats([1, 30], measurements) }));
  const numbers = ({ data }: ort.Tensor): number[] => Array.from(data as ArrayLike<number | bigint>, Number);

  it("gives the same labels as a program", async function () {
    this.timeout(60_000);
    const file = new Uint8Array(read("model.onnx"));
    const source = await resultsOf(file, feeds);
    const written = await resultsOf((await compile(file, { runtime: ortRuntime })).canonical, feeds);
    written.forEach(({ label, probabilities }, i) => {
      expect(numbers(label)).to.deep.equal(numbers(source[i].label));
      numbers(probabilities).forEach((value, k) => expect(value).to.be.closeTo(numbers(source[i].probabilities)[k], 2e-7));
    });
  });
});
