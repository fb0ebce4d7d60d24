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
  readonly channels: 1 | 3;
  readonly layout: "NCHW" | "NHWC";
  /** Pixels are given as whole numbers from 0 to 255. */
  readonly isByte: boolean;
}

/** Whether an input is shaped like a picture: from 4 × 4 to 1,024 × 1,024 pixels, of one channel or three. */
export function imageInput({ dims, dtype }: TensorSpec, hint?: ImageHint): ImageInput | undefined {
  const found = dtype === DType.float32 || dtype === DType.float16 || dtype === DType.uint8 ? layoutOf(dims, hint?.layout) : undefined;
  if (found === undefined) return undefined;
  const { width, height, channels, pixelStride } = found;
  return { width, height, channels, layout: pixelStride === 1 ? "NCHW" : "NHWC", isByte: dtype === DType.uint8 };
}

/** How bytes of pixels become numbers. */
export const SCALES = {
  unit: "black 0, white 1",
  byte: "black 0, white 255",
  signed: "black −1, white 1",
  imagenet: "ImageNet's means and deviations",
} as const;
export type Scale = keyof typeof SCALES;

/** The mean and the standard deviation of ImageNet's channels, red, green and blue, from 0 to 1, as torchvision has them. */
const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

const NORMALISATIONS: Readonly<Record<Scale, Normalisation>> = {
  unit: {},
  byte: { scale: 1 },
  signed: { mean: 0.5, std: 0.5 },
  imagenet: IMAGENET,
};

/** The scales that an input may have, the likeliest first. */
export const scalesFor = ({ channels, isByte }: ImageInput): Scale[] => (isByte ? ["byte"] : channels === 3 ? ["unit", "byte", "signed", "imagenet"] : ["unit", "byte", "signed"]);

/** A picture of the input's size as its numbers, row-major. @param isInverted what is white in the picture is black for the model */
export function numbersOf(picture: Picture, input: ImageInput, scale: Scale, isInverted: boolean): Float32Array {
  const { width, height, data } = picture;
  const seen = isInverted ? { width, height, data: data.map((byte, i) => (i % 4 === 3 ? byte : 255 - byte)) } : picture;
  const numbers = imageTensor(seen, { ...NORMALISATIONS[scale], layout: input.layout, channels: input.channels === 1 ? "grey" : "rgb" }).data as Float32Array;
  return input.isByte ? numbers.map(Math.round) : numbers;
}

/** The numbers that are black and white for a model of one channel. */
const RANGES: Readonly<Record<Exclude<Scale, "imagenet">, readonly [black: number, white: number]>> = { unit: [0, 1], byte: [0, 255], signed: [-1, 1] };

function rangeOf(scale: Scale, isInverted: boolean): readonly [black: number, white: number] {
  const [black, white] = RANGES[scale === "imagenet" ? "unit" : scale];
  return isInverted ? [white, black] : [black, white];
}

/** A drawing in white ink on black as the numbers of an input of one channel. */
export function numbersOfInk({ ink }: Drawing, input: ImageInput, scale: Scale, isInverted: boolean): Float32Array {
  const [black, white] = rangeOf(scale, isInverted);
  return ink.map((value) => {
    const number = black + value * (white - black);
    return input.isByte ? Math.round(number) : Math.round(number * 1_000) / 1_000;
  });
}

/** The same back: whatever an input of one channel holds, as a drawing. */
export function inkOf(numbers: ArrayLike<number | bigint>, { width, height }: ImageInput, scale: Scale, isInverted: boolean): Drawing {
  const [black, white] = rangeOf(scale, isInverted);
  return { width, height, ink: Float32Array.from({ length: width * height }, (_, i) => Math.min(1, Math.max(0, (Number(numbers[i]) - black) / (white - black)))) };
}

/** The scale that a card states by its range, else the likeliest. */
export function likeliestScale(input: ImageInput, hint?: ImageHint): Scale {
  const stated = scalesFor(input).find((scale) => scale !== "imagenet" && String(RANGES[scale]) === String(hint?.range));
  return stated ?? scalesFor(input)[0];
}
