import { expect } from "chai";
import { readDigits, readModel } from "../../../models/digits.ts";
import { compile } from "../../../core/compile/compile.ts";
import { byteLength } from "../../../core/tensor/shape.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode } from "../../../core/program/types.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { graphModel } from "../../support/graph.ts";

const image = (data: Uint8Array) => new Map([["image", { dtype: 1, dims: [1, 1, 8, 8], data }]]);

describe("onnxruntime in the canonical run", () => {
  const [{ input }] = readDigits();

  it("describes inputs and outputs with ONNX type codes", async () => {
    const session = await ortRuntime.open(readModel("digits-cnn"));
    expect(session.inputs).to.deep.equal([{ name: "image", dtype: 1, dims: [1, 1, 8, 8] }]);
    expect(session.outputs).to.deep.equal([{ name: "scores", dtype: 1, dims: [1, 10] }]);
    await session.release();
  });

  it("gives the same bits in every session, wherever the input's bytes lie", async () => {
    const shifted = new Uint8Array(257);
    shifted.set(input, 1);
    const results = [];
    for (const data of [input, shifted.subarray(1), input]) {
      const session = await ortRuntime.open(readModel("digits-cnn"));
      results.push(Buffer.from((await session.run(image(data))).get("scores")!.data).toString("hex"));
      await session.release();
    }
    expect(new Set(results).size).to.equal(1);
  });

  it("optimises to standard operators, and leaves the temporary file to nobody", async () => {
    const [first, second] = [await ortRuntime.optimise(readModel("digits-cnn"), "basic"), await ortRuntime.optimise(readModel("digits-cnn"), "basic")];
    expect(Buffer.from(first).equals(second)).to.equal(true);
    expect(first.length).to.be.greaterThan(10_000);
  });

  it("gives in canonical form what a node computes, and leaves inputs as they are, handed through or not", async () => {
    const scalar = (name: string) => ({ name, dtype: DType.float32, dims: [4] });
    const raw = new Uint8Array(Uint32Array.of(0x80000000, 0xffc00001, 0xbf800000, 0x7f800000).buffer);
    const model = graphModel({
      inputs: [scalar("x")],
      constants: [],
      nodes: [["Transpose", ["x"], "y", { perm: [0] }]],
      outputs: [scalar("y"), scalar("x")],
    });
    const session = await ortRuntime.open(model);
    const given = raw.slice();
    const results = await session.run(new Map([["x", { dtype: DType.float32, dims: [4], data: given }]]));
    await session.release();
    const computed = Uint32Array.of(0, 0x7fc00000, 0xbf800000, 0x7f800000);
    expect(new Uint32Array(results.get("y")!.data.slice().buffer)).to.deep.equal(computed);
    expect(results.get("x")!.data).to.deep.equal(raw);
    expect(given).to.deep.equal(raw);
  });

  it("carries elements of every type, bit for bit", async () => {
    for (const dtype of Object.values(DType)) {
      const spec = (name: string) => ({ name, dtype, dims: [2, 2] });
      const session = await ortRuntime.open(graphModel({ inputs: [spec("x")], constants: [], nodes: [["Transpose", ["x"], "y"]], outputs: [spec("y")] }));
      const width = byteLength(spec("x")) / 4;
      const data = Uint8Array.from({ length: 4 * width }, (_, i) => (dtype === DType.bool ? i & 1 : 17 * (i + 1)));
      const { data: made } = (await session.run(new Map([["x", { dtype, dims: [2, 2], data }]]))).get("y")!;
      await session.release();
      const element = (i: number) => [...data.subarray(i * width, (i + 1) * width)];
      expect([...made], String(dtype)).to.deep.equal([0, 2, 1, 3].flatMap(element));
    }
  });

  it("rejects what it cannot carry or load", async () => {
    const session = await ortRuntime.open(readModel("digits-cnn"));
    let message = "";
    await session.run(new Map([["image", { dtype: 8, dims: [1], data: new Uint8Array(4) }]])).catch((error: Error) => (message = error.message));
    expect(message).to.match(/cannot carry elements of type 8/);
    await ortRuntime.open(new Uint8Array(10)).catch((error: Error) => (message = error.message));
    expect(message).to.match(/protobuf/);
    await session.release();
  });
});

describe("a trace", () => {
  for (const name of ["digits-cnn", "digits-cnn-int8", "digits-mlp"] as const) {
    it(`of ${name} holds every tensor in its place, and ends in the result of the plain run`, async () => {
      const model = await compile(readModel(name), { runtime: ortRuntime });
      const { program } = model;
      const tracer = await model.open(ortRuntime);
      const plain = await ortRuntime.open(model.canonical);
      for (const digit of readDigits().slice(0, 5)) {
        const trace = await tracer.run([digit.input]);
        expect(trace).to.have.length(program.tensorCount);
        expect(trace[0]).to.deep.equal(digit.input);
        program.nodes.forEach(({ output }) => {
          if (output.source.kind === "computed") expect(trace[output.source.id].length).to.equal(byteLength(output));
        });
        const result = (await plain.run(image(digit.input))).get("scores")!.data;
        expect(Buffer.from(trace[program.outputs[0].id]).equals(result)).to.equal(true);
        checkRelus(program.nodes, trace);
      }
      await tracer.release();
      await plain.release();
    });
  }

  it("refuses inputs of another number or size", async () => {
    const model = await compile(readModel("digits-mlp"), { runtime: ortRuntime });
    const tracer = await model.open(ortRuntime);
    const messages: string[] = [];
    for (const inputs of [[], [new Uint8Array(255)]]) await tracer.run(inputs).catch((error: Error) => messages.push(error.message));
    expect(messages).to.have.length(2);
    expect(messages[1]).to.match(/"image" has 256 bytes, 255 were given/);
    await tracer.release();
  });

  type Nodes = Awaited<ReturnType<typeof compile>>["program"]["nodes"];

  /** What a Relu puts out is what its own input in the trace makes of it: the values stand where the rows say. */
  function checkRelus(nodes: Nodes, trace: readonly Uint8Array[]): void {
    for (const { opcode, inputs, output } of nodes) {
      if (opcode !== Opcode.Relu || inputs[0]?.source.kind !== "computed" || output.source.kind !== "computed") continue;
      const before = new Float32Array(trace[inputs[0].source.id].slice().buffer);
      const after = new Float32Array(trace[output.source.id].slice().buffer);
      expect(after).to.deep.equal(before.map((value) => Math.max(0, value)));
    }
  }
});
