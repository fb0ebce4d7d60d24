import { expect } from "chai";
import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode } from "../../../core/program/types.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { convAttributes, convOnnx, convReads, geometry, type Geometry } from "../../support/dots.ts";
import { Judge, honestOutput, tensor, vector } from "../../support/judge.ts";
import { CASES } from "../../support/profile.ts";
import {
  TYPES,
  equalRow,
  expected,
  floatBytes,
  integerAt,
  isSigned,
  judgeCases,
  judgeZeroScale,
  randomBytes,
  randomZero,
  roundScales,
  usualScales,
  wildScales,
  zeroScaleVectors,
  type ByteType,
  type QuantisedCase,
  type Scales,
} from "../../support/quantised.ts";
import { Random } from "../../support/random.ts";

interface Quantisation {
  types: readonly [ByteType, ByteType];
  scales: Scales;
  zeros: readonly [number, number, number];
  bias: readonly number[] | undefined;
}

interface ConvCase extends QuantisedCase {
  readonly g: Geometry;
}

function conv(g: Geometry, q: Quantisation, x: Uint8Array, w: Uint8Array, random?: Random): ConvCase {
  const [xType, wType] = q.types;
  const scalar = (dtype: DType) => tensor(dtype, random?.chance(0.5) ? [1] : []);
  const perFilter = q.scales.b.length > 1;
  const constant = random?.chance(0.5) ?? true;
  const zeroCount = perFilter && (random?.chance(0.7) ?? true) ? g.w[0] : 1;
  const inputs = [
    x,
    floatBytes([q.scales.a]),
    Uint8Array.of(q.zeros[0]),
    w,
    floatBytes(q.scales.b),
    new Uint8Array(zeroCount).fill(q.zeros[1]),
    floatBytes([q.scales.y]),
    Uint8Array.of(q.zeros[2]),
    q.bias && new Uint8Array(Int32Array.from(q.bias).buffer),
  ];
  const tensors = [
    tensor(xType, g.x, random),
    scalar(DType.float32),
    scalar(xType),
    tensor(wType, g.w, random),
    perFilter ? tensor(DType.float32, [g.w[0]]) : scalar(DType.float32),
    zeroCount > 1 ? tensor(wType, [zeroCount]) : scalar(wType),
    scalar(DType.float32),
    scalar(xType),
    q.bias && tensor(DType.int32, [g.w[0]]),
  ];
  return {
    g,
    scales: q.scales,
    node: { ...equalRow(Opcode.QLinearConv), attributes: convAttributes(g), output: tensor(xType, g.y, random), inputs: tensors },
    inputs,
    onnx: { op: "QLinearConv", attributes: convOnnx(g) },
    // Kernels for constant weights are not those for computed ones.
    onnxInputs: tensors.map((t, i) => (t === undefined ? null : { dtype: t.dtype, dims: t.dims, raw: inputs[i]!, constant: constant && i > 0 })),
    sum(element) {
      const reads = convReads(g, element);
      const channel = Math.floor(element / sizeOf(g.y.slice(2))) % g.y[1];
      const zeroX = integerAt(inputs[2]!, isSigned(xType), 0);
      const zeroW = integerAt(inputs[5]!, isSigned(wType), 0);
      let total = BigInt(q.bias?.[channel] ?? 0);
      reads.x.forEach((i, k) => {
        if (i !== undefined) total += BigInt((integerAt(x, isSigned(xType), i) - zeroX) * (integerAt(w, isSigned(wType), reads.w[k]) - zeroW));
      });
      return { total, channel };
    },
  };
}

function quantisation(g: Geometry, random: Random, scales = random.chance(0.3) ? roundScales : usualScales): Quantisation {
  const types = random.pick(TYPES);
  const channels = random.chance(0.5) ? g.w[0] : 1;
  const products = sizeOf(g.w.slice(1));
  const bias = random.pick([
    () => random.int(-40000, 40000),
    () => random.int(-100, 100),
    // So close to the ends of int32 that sums wrap around.
    () => random.pick([2 ** 31 - 1 - random.int(0, 90000), -(2 ** 31) + random.int(0, 90000)]),
  ]);
  return {
    types,
    scales: scales(products, channels, random),
    zeros: [randomZero(types[0], random), randomZero(types[1], random), randomZero(types[0], random)],
    bias: random.chance(0.6) ? Array.from({ length: g.w[0] }, bias) : undefined,
  };
}

const randomCase = (random: Random, scales?: (products: number, channels: number, random: Random) => Scales): ConvCase => {
  const g = geometry(random);
  return conv(g, quantisation(g, random, scales), randomBytes(sizeOf(g.x), random), randomBytes(sizeOf(g.w), random), random);
};

/** One 3×3 window over `channels` channels, laid out as the compiler lays it out. */
function preferred(channels: number, random: Random, scales?: Scales): ConvCase {
  const three = { kernel: [3, 3], strides: [1, 1], begin: [1, 1], end: [1, 1], dilations: [1, 1], group: 1 };
  const g: Geometry = { ...three, x: [1, channels, 5, 5], w: [4, channels, 3, 3], y: [1, 4, 5, 5] };
  const types = [DType.int8, DType.int8] as const;
  const plain: Quantisation | undefined = scales && { types, scales, zeros: [3, 0, 5], bias: [1, 2, 3, 4] };
  const q = plain ?? { ...quantisation(g, random), types };
  const c = conv(g, q, randomBytes(sizeOf(g.x), random), randomBytes(sizeOf(g.w), random));
  const [x, w] = [0, 3].map((i) => ({ ...c.node.inputs[i]!, perm: [0, 2, 3, 1] }));
  return { ...c, node: { ...c.node, inputs: c.node.inputs.map((t, i) => (i === 0 ? x : i === 3 ? w : t)) } };
}

describe("QLinearConv", () => {
  it(`agrees with onnxruntime, the formula and its contract in ${CASES} random cases`, async () => {
    const random = new Random(201);
    expect(await judgeCases(CASES, 1, random, () => randomCase(random))).to.equal(0);
  });

  it("agrees with onnxruntime on wide windows in the compiler's layout", async () => {
    const random = new Random(202);
    const widths = [2, 16, 31, 32, 33, 64, 128, 256];
    expect(await judgeCases(32, 2, random, (i) => preferred(widths[i % widths.length], random))).to.equal(0);
  });

  it("never convicts onnxruntime whatever a computed scale is, and is exact, or of a NaN one of three values", async () => {
    const random = new Random(203);
    const fromNaN = await judgeCases(400, 1, random, () => randomCase(random, (_, channels) => wildScales(channels, random)));
    expect(fromNaN).to.be.greaterThan(20).and.lessThan(300);
  });

  const zeroScale = (random: Random, y: number) => randomCase(random, (_, channels) => ({ a: 0.5, b: Array<number>(channels).fill(0.25), y }));

  it("saturates either way where the output scale is zero, for its sign was lost when it was committed", () => {
    const random = new Random(206);
    return judgeZeroScale((y) => zeroScale(random, y));
  });

  it("costs at most 20 gas a multiply-accumulate, finding and copying included", async () => {
    const random = new Random(205);
    // The window lies in the middle of the map and across its corner.
    for (const element of [12, 0]) {
      const spent = async (channels: number): Promise<number> => {
        const judge = new Judge();
        judge.ask(preferred(channels, random, { a: 1, b: [1], y: 2 ** 16 }), element, 0n);
        await judge.settle();
        return judge.gas[0];
      };
      const once = await spent(1);
      for (const channels of [32, 64, 256]) {
        const k = 9 * channels;
        const each = ((await spent(channels)) - once) / k;
        if (process.env.OPG_FIGURES === "1") console.log(`QLinearConv, k = ${k}: ${each.toFixed(1)} gas each, ${once} once`);
        expect(each).to.be.at.most(20);
      }
    }
  });

  it("keeps its golden cases", () =>
    new Judge().vectors("QLinearConv", async () => {
      const random = new Random(204);
      const picked = [];
      for (let i = 0; i < 8; i++) {
        const wild = i >= 6;
        const c = randomCase(random, wild ? (_, channels) => wildScales(channels, random) : undefined);
        const element = random.int(0, sizeOf(c.g.y) - 1);
        const honest = (await honestOutput(c))[element];
        const about = `${c.g.kernel.length} spatial axes, ${wild ? "odd" : "usual"} scales`;
        picked.push(vector(about, c, element, BigInt(honest), true));
        picked.push(vector(`${about}, off by one`, c, element, BigInt((honest + 1) & 0xff), expected(c, element).values.includes((honest + 1) & 0xff)));
      }
      return [...picked, ...zeroScaleVectors(zeroScale(new Random(216), 0))];
    }));
});
