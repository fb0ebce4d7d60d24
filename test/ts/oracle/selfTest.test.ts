import { expect } from "chai";
import { readModel } from "../../../models/digits.ts";
import { twin } from "../../../core/operators/index.ts";
import type { Runtime } from "../../../oracle/ports.ts";
import { selfTest } from "../../../oracle/host/selfTest.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";

const models = (["digits-mlp", "digits-cnn", "digits-cnn-int8"] as const).map((name) => ({ name, file: readModel(name) }));

/** A host whose kernels put `bits` in the place of every NaN that they compute. */
const replacing = (bits: number): Runtime => ({
  name: ortRuntime.name,
  optimise: (file, level) => ortRuntime.optimise(file, level),
  open: async (file) => {
    const session = await ortRuntime.open(file);
    return {
      inputs: session.inputs,
      outputs: session.outputs,
      run: async (feeds) => {
        const results = await session.run(feeds);
        return new Map(
          [...results].map(([name, tensor]) => {
            if (tensor.dtype !== 1) return [name, tensor];
            const words = new Uint32Array(tensor.data.slice().buffer).map((word) => ((word & 0x7fffffff) > 0x7f800000 ? bits : word));
            return [name, { ...tensor, data: new Uint8Array(words.buffer) }];
          }),
        );
      },
      release: () => session.release(),
    };
  },
});

describe("the self-test of a host", () => {
  it("finds nothing here, special numbers included", async () => {
    expect(await selfTest(models, ortRuntime, twin)).to.deep.equal([]);
  });

  it("finds a kernel that makes a number of a NaN, which ordinary inputs never show", async () => {
    const faults = await selfTest(models.slice(0, 2), replacing(0x40a00000), twin);
    for (const name of ["digits-mlp", "digits-cnn"]) expect(faults.filter((fault) => fault.startsWith(`${name}: `) && fault.includes("in no order that is known")), name).to.not.have.length(0);
    expect(new Set(faults).size).to.equal(faults.length);
  });
});
