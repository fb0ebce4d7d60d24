import { visible } from "./published.ts";

/** That an input of a model is a picture, and how its numbers are one. */
export interface ImageHint {
  /** Of the input in the model; of a model with one input it may be left out. */
  readonly name?: string;
  /** Axes: [1, channels, height, width], or [1, height, width, channels]. */
  readonly layout?: "NCHW" | "NHWC";
  readonly channels?: "grey" | "rgb" | "bgr";
  /** The numbers that are black and white. */
  readonly range?: readonly [black: number, white: number];
}

/** What a model's card, a JSON file that its owner publishes, says of the numbers that go in and come out. All of it is the owner's word. */
export interface CardHints {
  readonly title?: string;
  readonly images: readonly ImageHint[];
  /** What the places of an output stand for, by the output's name. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
}

/** Characters of a title and of a class. */
const LONGEST = 120;

/** The only one of some; undefined where there are none or more. */
const only = <T,>(list: readonly T[]): T | undefined => (list.length === 1 ? list[0] : undefined);

/** What is said of an input. The one hint is of the one input, under whatever name: before the published file is read, nobody knows its name. @param count inputs of the model */
export const imageOf = ({ images }: CardHints, name: string, count: number): ImageHint | undefined => images.find((hint) => hint.name === name) ?? (count === 1 ? only(images) : undefined);

/** The same of what the places of an output stand for. @param count outputs of the model */
export const labelsOf = ({ labels }: Pick<CardHints, "labels">, name: string, count: number): readonly string[] | undefined =>
  labels[name] ?? (count === 1 ? only(Object.values(labels)) : undefined);

const isText = (value: unknown): value is string => typeof value === "string";
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);
const oneOf = <T extends string>(known: readonly T[], value: unknown): T | undefined => known.find((each) => each === value);

/** Reads what this page can use of a card; what is not of the right form is left out. */
export function hintsIn(card: unknown): CardHints {
  if (!isRecord(card)) return { images: [], labels: {} };
  const { title, inputs, labels } = card;
  const named = isRecord(labels) ? Object.entries(labels).filter((entry): entry is [string, string[]] => Array.isArray(entry[1]) && entry[1].every(isText)) : [];
  const shown = named.map(([output, classes]) => [output, classes.map((label) => visible(label, LONGEST))] as const);
  return { ...(isText(title) && { title: visible(title, LONGEST) }), images: Array.isArray(inputs) ? inputs.flatMap((input) => imageIn(input) ?? []) : [], labels: Object.fromEntries(shown) };
}

function imageIn(input: unknown): ImageHint | undefined {
  if (!isRecord(input) || input.kind !== "image") return undefined;
  const { name, range } = input;
  const layout = oneOf(["NCHW", "NHWC"], input.layout);
  const channels = oneOf(["grey", "rgb", "bgr"], input.channels);
  const isRange = Array.isArray(range) && range.length === 2 && range.every((edge) => typeof edge === "number") && range[0] !== range[1];
  return { ...(isText(name) && { name }), ...(layout && { layout }), ...(channels && { channels }), ...(isRange && { range: range as [number, number] }) };
}
