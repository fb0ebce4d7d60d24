/** Whole networks with seeded random weights: as large as they are measured, and small ones of the same operators for tests. */
import { BERT_6, bert } from "./bert.ts";
import { gpt } from "./gpt.ts";
import { MOBILENET, mobilenet, type MobilenetSize } from "./mobilenet.ts";
import { resnet } from "./resnet.ts";
import { VIT_6, vit } from "./vit.ts";

export interface Network {
  readonly name: string;
  /** The ONNX file at the size that figures are given for. */
  readonly full: () => Uint8Array;
  readonly small: () => Uint8Array;
}

const NARROW = { layers: 2, width: 32, heads: 2, inner: 64 };
const SMALL_BERT = { ...NARROW, tokens: 16 };
const SMALL_VIT = { ...NARROW, side: 16, patch: 4, classes: 10 };
const SMALL_MOBILENET: MobilenetSize = {
  side: 32,
  stem: 8,
  head: 32,
  stages: [
    { expansion: 1, channels: 8, blocks: 1, stride: 1 },
    { expansion: 3, channels: 12, blocks: 2, stride: 2 },
  ],
  classes: 10,
};

export const NETWORKS: readonly Network[] = [
  { name: "BERT-6", full: () => bert(), small: () => bert(SMALL_BERT) },
  { name: "BERT-6, Gelu", full: () => bert({ ...BERT_6, gelu: "operator" }), small: () => bert({ ...SMALL_BERT, gelu: "operator" }) },
  { name: "ViT", full: () => vit(), small: () => vit(SMALL_VIT) },
  { name: "ViT, Gelu", full: () => vit({ ...VIT_6, gelu: "operator" }), small: () => vit({ ...SMALL_VIT, gelu: "operator" }) },
  { name: "ResNet-50", full: () => resnet(), small: () => resnet({ side: 32, width: 8, stages: [1, 2], classes: 10 }) },
  { name: "MobileNet", full: () => mobilenet(), small: () => mobilenet(SMALL_MOBILENET) },
  { name: "MobileNet, Relu6", full: () => mobilenet({ ...MOBILENET, activation: "Relu6" }), small: () => mobilenet({ ...SMALL_MOBILENET, activation: "Relu6" }) },
  { name: "GPT-6", full: () => gpt(), small: () => gpt({ ...NARROW, tokens: 16, vocabulary: 40 }) },
];
