import { expect } from "chai";
import { constantOf, readConstant } from "../../../core/onnx/tensor.ts";
import type { Program } from "../../../core/program/types.ts";
import { oddBool } from "../../../core/tensor/bools.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { cutInput } from "../../../oracle/cli/parse.ts";
import { runnableInput } from "../../../oracle/host/versions.ts";

const specs = [
  { name: "bytes", dtype: DType.uint8, dims: [2] },
  { name: "mask", dtype: DType.bool, dims: [3] },
];
const program: Program = { tensorCount: 2, inputs: specs, outputs: [], nodes: [] };
const [right, wrong] = [Uint8Array.of(7, 2, 0, 1, 1), Uint8Array.of(7, 2, 0, 2, 1)];

/** The code and the words of an error that is thrown. */
function thrown(call: () => unknown): string {
  try {
    call();
    return "nothing";
  } catch (error) {
    const { code = "", message } = error as { code?: string; message: string };
    return `${code} ${message}`;
  }
}

describe("bools, of which kernels make different things where they are neither 0 nor 1", () => {
  it("are found by their tensor and place", () => {
    expect(oddBool(specs, [right.subarray(0, 2), right.subarray(2)])).to.equal(undefined);
    expect(oddBool(specs, [wrong.subarray(0, 2), wrong.subarray(2)])).to.deep.equal({ name: "mask", element: 1, byte: 2 });
  });

  it("make a host refuse a job's input, and a command its user's", () => {
    for (const cut of [(input: Uint8Array) => runnableInput(program, input), (input: Uint8Array) => cutInput(specs, input)]) {
      expect(cut(right)).to.deep.equal([Uint8Array.of(7, 2), Uint8Array.of(0, 1, 1)]);
      expect(thrown(() => cut(wrong))).to.match(/^INPUT_BOOL .*"mask" is of bools, and its element 1 is the byte 2$/);
    }
  });

  it("are no constant of a model", () => {
    const constant = (data: Uint8Array) => constantOf("c", { dtype: DType.bool, dims: [3], data });
    expect(readConstant(constant(right.subarray(2))).data).to.deep.equal(Uint8Array.of(0, 1, 1));
    expect(thrown(() => readConstant(constant(wrong.subarray(2))))).to.contain("neither 0 nor 1");
  });
});
