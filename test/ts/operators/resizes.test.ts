import { expect } from "chai";
import { Opcode } from "../../../core/program/types.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { int64, numbers } from "../../operators/support/draw.ts";
import { caseOf, type OnnxNode } from "../../operators/support/onnx.ts";
import { runNode, type NodeInput } from "../../support/ort.ts";

/** What the compiler takes for a repetition of every element (core/operators/movement/resizes.ts). */
const WAYS = [["asymmetric", "floor"], ["half_pixel", "round_prefer_floor"], ["half_pixel", "round_prefer_ceil"], ["pytorch_half_pixel", "round_prefer_floor"], ["pytorch_half_pixel", "round_prefer_ceil"]] as const;
/** Sizes and factors of axes that grow to 2²¹ − 1 places, or nearly, and by the largest factor. */
const LONGEST = [[2047, 1024], [1023, 2049], [1448, 1448], [1048575, 2], [699050, 3], [31, 65536], [31, 65535], [1, 65536], [2, 65536], [3, 65521], [17, 65519]] as const;
/** And those that are refused. */
const TOO_FAR = [[2048, 1024], [2, 65537], [4096, 3001], [3, 1398101]] as const;

const scales = (factor: number): NodeInput => ({ ...numbers([2], [1, factor]), constant: true });

/** The older operators, which know one way only, and a Resize that is told its sizes. */
const OTHERS = {
  "Upsample": (size: number, factor: number) => ({ ...plain(size, factor), op: "Upsample", opset: 9 }),
  "Resize of opset 10": (size: number, factor: number) => ({ ...plain(size, factor), op: "Resize", opset: 10 }),
  "Resize to sizes": (size: number, factor: number) => ({ ...plain(size, factor), op: "Resize", opset: 19, inputs: [row(size), undefined, undefined, int64([1, size * factor])] }),
};

const row = (size: number): NodeInput => numbers([1, size], Array.from({ length: size }, (_, i) => i));
const plain = (size: number, factor: number) => ({
  attributes: { mode: { string: "nearest" } },
  inputs: [row(size), scales(factor)],
  output: { dtype: DType.float32, dims: [1, size * factor] },
});

function resized(way: (typeof WAYS)[number], size: number, factor: number) {
  const attributes = { mode: { string: "nearest" }, coordinate_transformation_mode: { string: way[0] }, nearest_mode: { string: way[1] } };
  return { op: "Resize", attributes, opset: 13, inputs: [row(size), undefined, scales(factor)], output: plain(1, size * factor).output };
}

/** The first place at which onnxruntime does not have the element that a repetition has there. */
async function strayPlace(node: OnnxNode, factor: number): Promise<number> {
  const [{ raw }] = await runNode({ ...node, inputs: node.inputs.map((input) => input ?? null), outputs: [{ dtype: DType.float32 }] });
  return new Float32Array(raw.buffer).findIndex((value, place) => value !== Math.floor(place / factor));
}

describe("a Resize that is taken repeats every element in onnxruntime", () => {
  for (const way of WAYS) {
    it(`${way.join(", ")}: by 2 to 33, of 1 to 500 places`, async () => {
      for (let factor = 2; factor <= 33; factor++)
        for (const size of [1, 2, 3, 7, 100, 255, 333, 499, 500]) {
          const node = resized(way, size, factor);
          expect(caseOf(node).node.opcode).to.equal(Opcode.Strided);
          expect(await strayPlace(node, factor), `${size} places by ${factor}`).to.equal(-1);
        }
    });

    it(`${way.join(", ")}: up to the longest axis`, async () => {
      for (const [size, factor] of LONGEST) {
        const node = resized(way, size, factor);
        expect(caseOf(node).node.opcode).to.equal(Opcode.Strided);
        expect(await strayPlace(node, factor), `${size} places by ${factor}`).to.equal(-1);
      }
    });

    it(`${way.join(", ")}: further is refused`, () => {
      for (const [size, factor] of TOO_FAR) expect(() => caseOf(resized(way, size, factor))).to.throw(`axis 1 grows ${factor} times to ${size * factor} places`);
    });
  }

  for (const [what, made] of Object.entries(OTHERS))
    it(`${what}: of 500 places and fewer, and up to the longest axis`, async () => {
      for (const [size, factor] of [...LONGEST, ...[2, 3, 5, 7, 11, 33].flatMap((each) => [[500, each], [333, each], [1, each]])]) {
        const node = made(size, factor);
        expect(caseOf(node).node.opcode).to.equal(Opcode.Strided);
        expect(await strayPlace(node, factor), `${size} places by ${factor}`).to.equal(-1);
      }
      expect(() => caseOf(made(2048, 1024))).to.throw("axis 1 grows 1024 times");
    });

  it("further, onnxruntime takes neighbours: of float32 coordinates, and for what is nearly a middle", async () => {
    const way = ["half_pixel", "round_prefer_floor"] as const;
    for (const [size, factor] of [[4096, 3001], [3, 1398101]]) expect(await strayPlace(resized(way, size, factor), factor)).to.be.greaterThan(factor - 1);
  });
});
