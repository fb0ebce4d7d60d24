import { expect } from "chai";
import { NETWORKS } from "../../../checks/bench/networks/index.ts";
import { parseModel } from "../../../core/onnx/model.ts";
import { drawInputs } from "../../../oracle/certify/inputs.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";

describe("whole networks made for measuring", () => {
  for (const { name, small } of NETWORKS) {
    it(`${name} is the same every time, and gives numbers of a usual size`, async () => {
      const file = small();
      expect(small()).to.deep.equal(file);
      const session = await ortRuntime.open(file);
      const [{ name: input, dtype, dims }] = session.inputs;
      const spec = { name: input, dtype, dims: dims.map(Number) } as Parameters<typeof drawInputs>[0][number];
      const [data] = drawInputs([spec], 1);
      const [result] = (await session.run(new Map([[input, { ...spec, data }]]))).values();
      await session.release();
      const numbers = new Float32Array(result.data.buffer, result.data.byteOffset, result.data.length / 4);
      const size = Math.sqrt(numbers.reduce((sum, y) => sum + y * y, 0) / numbers.length);
      expect(size).to.be.within(0.1, 10);
      expect(new Set(numbers).size).to.be.above(numbers.length / 2);
    });
  }

  it("small ones have the operators of the full ones", () => {
    const operators = (file: Uint8Array) => [...new Set(parseModel(file).graph.node.map(({ opType }) => opType))].sort();
    for (const { full, small } of NETWORKS.slice(5, 7)) expect(operators(small())).to.deep.equal(operators(full()));
  });
});
