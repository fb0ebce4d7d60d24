import { graph, model, node, type Constant } from "./nestedModel.ts";
import { Random } from "./random.ts";

/** A network of three convolutions over pictures of 32 × 32 with ten classes: 5.2 million products. */
export function convolutions(): Uint8Array {
  const random = new Random(5);
  const weights = (dims: readonly number[], fan: number): Constant => ({ type: "float", dims, values: Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal() / Math.sqrt(fan)) });
  const padded = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
  const halved = { kernel_shape: [2, 2], strides: [2, 2] };
  return model(
    graph(
      ["float picture[1,3,32,32]"],
      [
        node("c1 = Conv(picture, w1, b1)", padded),
        node("r1 = Relu(c1)"),
        node("p1 = MaxPool(r1)", halved),
        node("c2 = Conv(p1, w2, b2)", padded),
        node("r2 = Relu(c2)"),
        node("c3 = Conv(r2, w3)", padded),
        node("r3 = Relu(c3)"),
        node("p3 = MaxPool(r3)", halved),
        node("flat = Flatten(p3)"),
        node("logits = Gemm(flat, w4, b4)", { transB: 1 }),
        node("scores = Softmax(logits)"),
      ],
      ["float scores[1,10]"],
      {
        ...{ w1: weights([16, 3, 3, 3], 27), b1: weights([16], 16), w2: weights([32, 16, 3, 3], 144), b2: weights([32], 32) },
        ...{ w3: weights([48, 32, 3, 3], 288), w4: weights([10, 3072], 3072), b4: weights([10], 10) },
      },
    ),
  );
}
