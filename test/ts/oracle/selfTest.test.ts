import { expect } from "chai";
import { readModel } from "../../../models/digits.ts";
import { isNaNBits } from "../../../core/math/float32.ts";
import { twin } from "../../../core/operators/index.ts";
import type { Runtime } from "../../../oracle/ports.ts";
import { selfTest } from "../../../oracle/host/selfTest.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";

const models = (["digits-mlp", "digits-cnn", "digits-cnn-int8"] as const).map((name) => ({ name, file: readModel(name) }));

/** A host whose kernels put other bits in the place of some that they compute. */
const replacing = (other: (bits: number) => number): Runtime => ({
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
            const words = new Uint32Array(tensor.data.slice().buffer).map(other);
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
    const faults = await selfTest(models.slice(0, 2), replacing((bits) => (isNaNBits(bits) ? 0x40a00000 : bits)), twin);
    for (const name of ["digits-mlp", "digits-cnn"]) expect(faults.filter((fault) => fault.startsWith(`${name}: `) && fault.includes("in no order that is known")), name).to.not.have.length(0);
    expect(new Set(faults).size).to.equal(faults.length);
  });

  it("finds one that keeps results from going a unit above 1, as other processors do with Sigmoid: it must not serve", async () => {
    const faults = await selfTest([], replacing((bits) => (bits === 0x3f800001 ? 0x3f800000 : bits)), twin);
    expect(faults.map((fault) => fault.split(" ")[0])).to.deep.equal(["Exp", "Tanh", "Sigmoid"]);
    expect(faults[2]).to.match(/^Sigmoid of 17\.7638\S* \(0x418e1c52\) is 1 as this host computes it, not 1\.0000001/);
  });

  it("takes no time worth telling for the kernels", async () => {
    const start = performance.now();
    expect(await selfTest([], ortRuntime, twin)).to.deep.equal([]);
    expect(performance.now() - start).to.be.lessThan(5_000);
  });
});
