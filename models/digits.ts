/** The digit models of the demo and of many tests, and the held-out images of all digit models. */
import { readFileSync } from "node:fs";

export { readModel } from "./cards.ts";

export const modelNames = ["digits-mlp", "digits-cnn", "digits-cnn-int8"] as const;
export type ModelName = (typeof modelNames)[number];

export interface Digit {
  readonly label: number;
  /** 64 float32 pixels in [0, 1], little-endian: the bytes of the models' input `image`. */
  readonly input: Uint8Array;
}

export const inputDims = [1, 1, 8, 8];

/** The held-out images, in the order of the file. */
export function readDigits(): Digit[] {
  const file = JSON.parse(readFileSync(new URL("digits-test/digits.json", import.meta.url), "utf8")) as { divisor: number; rows: [number, string][] };
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
