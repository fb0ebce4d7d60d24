import { readFileSync } from "node:fs";
import type { SlackSummary } from "../core/slack/slackSummary.ts";

/** How well a model was measured to do on data that it was not trained on. */
export interface Figures {
  /** Of a model that tells classes apart. */
  readonly accuracy?: { readonly right: number; readonly total: number };
  /** Of a model that forecasts numbers: the mean of a measure of its errors, in three significant digits. */
  readonly loss?: { readonly measure: string; readonly mean: number; readonly total: number };
  /** The same, right answers or loss, of simpler ways and of the best that there can be. */
  readonly beside?: Readonly<Record<string, number>>;
}

/** A model's card: what it is, under which licence, and how well it does. */
export interface Card extends Figures {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly licence: string;
  readonly data: string;
  readonly input: string;
  readonly output: string;
  /** Inputs of which more is known than type and shape, as the explorer reads them (web/src/data/card.ts). */
  readonly inputs?: readonly { readonly kind: "image"; readonly name: string; readonly channels: "grey"; readonly range: readonly [black: number, white: number] }[];
  /** What the places of an output stand for, by the output's name. */
  readonly labels?: Readonly<Record<string, readonly string[]>>;
  /** How far the rules let it be moved, over the held-out data, rounded. */
  readonly slack?: SlackSummary;
  readonly command: string;
}

const read = (path: string): Buffer => readFileSync(new URL(path, import.meta.url));

/** The ONNX file in a model's folder. */
export const readModel = (name: string): Uint8Array => new Uint8Array(read(`${name}/model.onnx`));

export const readCard = (name: string): Card => JSON.parse(read(`${name}/card.json`).toString()) as Card;
