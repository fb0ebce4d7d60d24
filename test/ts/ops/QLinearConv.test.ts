import { expect } from "chai";
import { floatOf } from "../../../oracle/core/math/float32.ts";
import { DType, Opcode, Rule, sizeOf, type Node } from "../../../oracle/core/program/types.ts";
import { convAttributes, convOnnx, geometry, outputScale, quantisation, type Geometry } from "../../support/dots.ts";
import { Judge, bitsAt, honestOutput, tensor, vector, type OnnxCase } from "../../support/judge.ts";
import { Random } from "../../support/random.ts";

interface QConvCase extends OnnxCase {
  readonly g: Geometry;
}

/** u8 or s8 activations and weights; unsigned activations with signed weights only in seven bits (docs/protocol.md §2). */
function qConv(random: Random, g = geometry(random)): QConvCase {
  const [signedX, signedW] = random.pick([[true, true], [false, false], [false, true]]);
  const type = (signed: boolean) => (signed ? DType.int8 : DType.uint8);
  const perChannel = random.chance(0.5) ? g.w[0] : 0;
  const x = quantisation(type(signedX), 0, random);
  const w = quantisation(type(signedW), perChannel, random);
  const y = { ...quantisation(type(signedX), 0, random), scale: outputScale(x.scale, w.scale, g.w[1] * sizeOf(g.kernel), random) };
  const bias = random.chance(0.6);
  const any = (n: number) => Uint8Array.from({ length: n }, () => random.int(0, 255));
  const weights = any(sizeOf(g.w)).map((b) => (!signedX && signedW ? (b >> 1) - 64 : b));
  // onnxruntime wants symmetric signed weights per channel to share their zero point, which `quantisation` gives.
  if (!signedX && signedW) w.zero.fill(0);
  const inputs = [
    tensor(type(signedX), g.x, random), tensor(DType.float32, []), tensor(type(signedX), []),
    tensor(type(signedW), g.w, random), tensor(DType.float32, w.dims), tensor(type(signedW), w.dims),
    tensor(DType.float32, []), tensor(type(signedX), []),
    bias ? tensor(DType.int32, [g.w[0]]) : undefined,
  ];
  const large = random.chance(0.1);
  const biases = Int32Array.from({ length: g.w[0] }, () => (large ? random.int(-(2 ** 31), 2 ** 31 - 1) : random.int(-5000, 5000)));
  const values = [any(sizeOf(g.x)), x.scale, x.zero, weights, w.scale, w.zero, y.scale, y.zero, bias ? new Uint8Array(biases.buffer) : undefined];
  const node: Node = {
    opcode: Opcode.QLinearConv, rule: Rule.equal, chunk: 0, flags: 0,
    output: tensor(type(signedX), g.y, random), inputs, attributes: convAttributes(g),
  };
  return {
    g, node, inputs: values,
    onnx: { op: "QLinearConv", attributes: convOnnx(g) },
    // onnxruntime demands constant weights and zero points.
    onnxInputs: inputs.map((t, i) => (t === undefined ? null : { dtype: t.dtype, dims: t.dims, raw: values[i]!, constant: i > 0 })),
  };
}

describe("QLinearConv", () => {
  it("equals onnxruntime and its contract in 1,000 random cases, every wrong byte is inadmissible", async () => {
    const random = new Random(131);
    const judge = new Judge();
    let inside = 0;
    for (let i = 0; i < 1000; i++) {
      const c = qConv(random);
      const honest = await honestOutput(c);
      const element = random.int(0, sizeOf(c.g.y) - 1);
      const right = bitsAt(honest, c.node.output.dtype, element);
      judge.ask(c, element, right, true);
      judge.ask(c, element, (right + BigInt(random.int(1, 255))) & 255n, false);
      const limits = c.node.output.dtype === DType.int8 ? [127n, 128n] : [0n, 255n];
      if (!limits.includes(right)) inside++;
      // All elements by the twin alone.
      if (i % 10 === 0) for (let e = 0; e < sizeOf(c.g.y); e++) new Judge().ask(c, e, BigInt(honest[e]), true);
    }
    expect(inside).to.be.greaterThan(400);
    await judge.settle();
  });

  it("wraps around like int32 and admits anything where the scale is not a number", async () => {
    const random = new Random(132);
    const judge = new Judge();
    const g: Geometry = {
      x: [1, 4, 3], w: [1, 4, 3], y: [1, 1, 1], group: 1, kernel: [3], strides: [1], begin: [0], end: [0], dilations: [1],
    };
    for (let i = 0; i < 50; i++) {
      const c = qConv(random, g);
      const inputs = [...c.node.inputs];
      const values = [...c.inputs];
      inputs[8] = tensor(DType.int32, [1]);
      values[8] = new Uint8Array(Int32Array.of(random.chance(0.5) ? 2 ** 31 - 1 : -(2 ** 31)).buffer);
      values[6] = new Uint8Array(Float32Array.of(2 ** 22).buffer);
      const extreme: QConvCase = {
        ...c, node: { ...c.node, inputs }, inputs: values,
        onnxInputs: inputs.map((t, j) => (t === undefined ? null : { dtype: t.dtype, dims: t.dims, raw: values[j]!, constant: j > 0 })),
      };
      const right = bitsAt(await honestOutput(extreme), c.node.output.dtype, 0);
      judge.ask(extreme, 0, right, true);
      judge.ask(extreme, 0, right ^ 1n, false);
      const lost = { ...extreme, inputs: values.map((v, j) => (j === 1 ? new Uint8Array(Float32Array.of(NaN).buffer) : v)) };
      judge.ask(lost, 0, 7n, true);
    }
    await judge.settle();
  });

  it("costs at most 20 gas a multiply-accumulate, window and weights included", async () => {
    const random = new Random(133);
    const spent = async (channels: number, kernel: number): Promise<number> => {
      const g: Geometry = {
        x: [1, channels, 8, 8], w: [4, channels, kernel, kernel], y: [1, 4, 8, 8], group: 1, kernel: [kernel, kernel],
        strides: [1, 1], begin: [1, 1], end: [kernel - 2, kernel - 2], dilations: [1, 1],
      };
      let c = qConv(random, g);
      while (c.node.inputs[0]!.dtype !== DType.int8 || c.node.inputs[4]!.dims.length !== 1 || c.inputs[8] === undefined) c = qConv(random, g);
      const inputs = c.node.inputs.map((t, i) => (i === 0 || i === 3 ? { ...t!, perm: [0, 2, 3, 1] } : t));
      const judge = new Judge();
      judge.ask({ ...c, node: { ...c.node, inputs, output: tensor(DType.int8, g.y) } }, 27, 0n);
      await judge.settle();
      return judge.gas[0];
    };
    const fixed = await spent(1, 1);
    const gas = await Promise.all([32, 64, 128].map((channels) => spent(channels, 3)));
    const marginal = (gas[2] - gas[1]) / 576;
    if (process.env.OPG_FIGURES === "1")
      console.log(gas.map((g, i) => `k = ${288 << i}: ${((g - fixed) / (288 << i)).toFixed(1)} gas each`).join("\n"), `\n${fixed} once; ${marginal.toFixed(1)} for each further one`);
    expect(marginal).to.be.at.most(20);
    expect((gas[1] - fixed) / 576).to.be.at.most(35);
  });

  it("keeps its golden cases", () =>
    new Judge().vectors("QLinearConv", async () => {
      const random = new Random(135);
      const picked = [];
      for (let i = 0; i < 8; i++) {
        const c = qConv(random);
        const element = random.int(0, sizeOf(c.g.y) - 1);
        const right = bitsAt(await honestOutput(c), c.node.output.dtype, element);
        const scale = floatOf(new DataView(c.inputs[6]!.buffer).getUint32(0, true));
        picked.push(vector(`output scale ${scale}`, c, element, right, true), vector("another low bit", c, element, right ^ 1n, false));
      }
      return picked;
    }));
});
