import { DType } from "../../../../../core/tensor/dtype.ts";
import type { TensorSpec } from "../../../../../core/tensor/tensor.ts";
import { imageTensor, type Normalisation, type Picture } from "../../../../../sdk/tensors/image.ts";
import type { ImageHint } from "../../../data/card.ts";
import { layoutOf } from "../../../ui/tensor/pixels.ts";
import type { Drawing } from "./strokes.ts";

/** An input that a picture can be. */
export interface ImageInput {
  readonly width: number;
  readonly height: number;
  readonly channels: "grey" | "rgb" | "bgr";
  readonly layout: "NCHW" | "NHWC";
  /** Pixels are given as whole numbers from 0 to 255. */
  readonly isByte: boolean;
  /** The numbers that are black and white, if the model's card says so. */
  readonly range?: ImageHint["range"];
}

/** Whether an input is shaped like a picture: from 4 × 4 to 1,024 × 1,024 pixels, of one channel or three. */
export function imageInput({ dims, dtype }: TensorSpec, hint?: ImageHint): ImageInput | undefined {
  const found = dtype === DType.float32 || dtype === DType.float16 || dtype === DType.uint8 ? layoutOf(dims, hint?.layout) : undefined;
  if (found === undefined) return undefined;
  const { width, height, channels, pixelStride } = found;
  return {
    ...{ width, height, layout: pixelStride === 1 ? "NCHW" : "NHWC", isByte: dtype === DType.uint8 },
    channels: channels === 1 ? "grey" : hint?.channels === "bgr" ? "bgr" : "rgb",
    ...(hint?.range && { range: hint.range }),
  };
}

/** How bytes of pixels become numbers. */
export const SCALES = {
  card: "as the card says",
  unit: "black 0, white 1",
  byte: "black 0, white 255",
  signed: "black −1, white 1",
  imagenet: "ImageNet's means and deviations",
} as const;
export type Scale = keyof typeof SCALES;

/** The mean and the standard deviation of ImageNet's channels, red, green and blue, from 0 to 1, as torchvision has them. */
const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** The scales that an input may have, the likeliest first. */
export function scalesFor({ channels, isByte, range }: ImageInput): Scale[] {
  if (isByte) return ["byte"];
  return [...(range === undefined ? [] : (["card"] as const)), "unit", "byte", "signed", ...(channels === "grey" ? [] : (["imagenet"] as const))];
}

/** The numbers that are black and white; ImageNet's scale has none of its own. */
function rangeOf({ range = [0, 1] }: ImageInput, scale: Scale, isInverted: boolean): readonly [black: number, white: number] {
  const ranges = { card: range, unit: [0, 1], byte: [0, 255], signed: [-1, 1], imagenet: [0, 1] } as const;
  const [black, white] = ranges[scale];
  return isInverted ? [white, black] : [black, white];
}

/** (byte / 255 − mean) / std is black for 0 and white for 255. */
function normalisation(input: ImageInput, scale: Scale, isInverted: boolean): Normalisation {
  if (scale === "imagenet") {
    const inOrder = (list: readonly number[]): readonly number[] => (input.channels === "bgr" ? list.toReversed() : list);
    return { mean: inOrder(IMAGENET.mean), std: inOrder(IMAGENET.std) };
  }
  const [black, white] = rangeOf(input, scale, isInverted);
  return { mean: -black / (white - black), std: 1 / (white - black) };
}

/** A picture of the input's size as its numbers, row-major. @param isInverted what is white in the picture is black for the model */
export function numbersOf(picture: Picture, input: ImageInput, scale: Scale, isInverted: boolean): Float32Array {
  const { width, height, data } = picture;
  const seen = scale === "imagenet" && isInverted ? { width, height, data: data.map((byte, i) => (i % 4 === 3 ? byte : 255 - byte)) } : picture;
  const numbers = imageTensor(seen, { ...normalisation(input, scale, isInverted), layout: input.layout, channels: input.channels }).data as Float32Array;
  // −0 + 0 is 0, which people expect to see.
  return numbers.map((value) => (input.isByte ? Math.round(value) : value) + 0);
}

/** A drawing in white ink on black as the numbers of an input of one channel. */
export function numbersOfInk({ ink }: Drawing, input: ImageInput, scale: Scale, isInverted: boolean): Float32Array {
  const [black, white] = rangeOf(input, scale, isInverted);
  return ink.map((value) => {
    const number = black + value * (white - black);
    return input.isByte ? Math.round(number) : Math.round(number * 1_000) / 1_000;
  });
}

/** The same back: whatever an input of one channel holds, as a drawing. */
export function inkOf(numbers: ArrayLike<number | bigint>, input: ImageInput, scale: Scale, isInverted: boolean): Drawing {
  const { width, height } = input;
  const [black, white] = rangeOf(input, scale, isInverted);
  return { width, height, ink: Float32Array.from({ length: width * height }, (_, i) => Math.min(1, Math.max(0, (Number(numbers[i]) - black) / (white - black)))) };
}
