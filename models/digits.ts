/** The shipped digit models and their held-out test images, for the demo, the tests and the accuracy command. */
import { readFileSync } from "node:fs";
import { compile } from "../core/compile/compile.ts";
import { measureSlack, rounded, type SlackSummary } from "../core/slack/slackSummary.ts";
import type { Runtime } from "../oracle/ports.ts";

export const modelNames = ["digits-mlp", "digits-cnn", "digits-cnn-int8"] as const;
export type ModelName = (typeof modelNames)[number];

/** A model's card: what it is, under which licence, how well it was measured to do, and how far the rules let it be moved. */
export interface ModelCard {
  readonly name: ModelName;
  readonly title: string;
  readonly description: string;
  readonly licence: string;
  readonly data: string;
  readonly input: string;
  readonly output: string;
  readonly accuracy: { readonly right: number; readonly total: number };
  /** Over the held-out images, rounded. */
  readonly slack: SlackSummary;
  readonly command: string;
}

export interface Digit {
  readonly label: number;
  /** 64 float32 pixels in [0, 1], little-endian: the bytes of the models' input `image`. */
  readonly input: Uint8Array;
}

export const inputDims = [1, 1, 8, 8];

const read = (path: string) => readFileSync(new URL(path, import.meta.url));

export const readModel = (name: ModelName): Uint8Array => new Uint8Array(read(`${name}/model.onnx`));

export const readCard = (name: ModelName): ModelCard => JSON.parse(read(`${name}/card.json`).toString()) as ModelCard;

/** The held-out images, in the order of the file. */
export function readDigits(): Digit[] {
  const file = JSON.parse(read("digits-test/digits.json").toString()) as { divisor: number; rows: [number, string][] };
  return file.rows.map(([label, pixels]) => {
    const values = Float32Array.from(Buffer.from(pixels, "base64"), (pixel) => pixel / file.divisor);
    return { label, input: new Uint8Array(values.buffer) };
  });
}

/** Index of the largest of the little-endian float32 numbers in `scores`. */
export function argmax(scores: Uint8Array): number {
  const view = new DataView(scores.buffer, scores.byteOffset, scores.byteLength);
  let best = 0;
  for (let i = 1; 4 * i < scores.byteLength; i++) {
    if (view.getFloat32(4 * i, true) > view.getFloat32(4 * best, true)) best = i;
  }
  return best;
}

/** Runs the model over all held-out images. */
export async function measureAccuracy(runtime: Runtime, name: ModelName): Promise<{ right: number; total: number }> {
  const session = await runtime.open(readModel(name));
  const digits = readDigits();
  let right = 0;
  for (const { label, input } of digits) {
    const result = await session.run(new Map([["image", { dtype: 1, dims: inputDims, data: input }]]));
    if (argmax(result.get("scores")!.data) === label) right++;
  }
  await session.release();
  return { right, total: digits.length };
}

/** The slack of the compiled model over all held-out images, rounded as in its card. */
export async function measureModelSlack(runtime: Runtime, name: ModelName): Promise<SlackSummary> {
  const model = await compile(readModel(name), { runtime });
  const [slack] = await measureSlack(model, runtime, readDigits().map(({ input }) => [input]));
  return rounded(slack);
}
