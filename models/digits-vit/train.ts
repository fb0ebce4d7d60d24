/**
 * Trains the vision transformer: `node models/train.ts digits-vit`.
 *
 * Every square of 2 x 2 pixels becomes a token, with a learned vector for its place. Two blocks follow, each of attention with two heads
 * and of two layers with Gelu, both behind a LayerNormalization and with what they read added to what they give; then the mean of the
 * tokens, and ten scores. It learns from the images of scikit-learn's digits.csv.gz, which Debian's python3-sklearn brings along, without
 * those of digits-test.
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { Random } from "../../core/math/random.ts";
import { readDigits } from "../digits.ts";
import { fit, row, weights } from "../training/fit.ts";
import { Graph } from "../training/graph.ts";
import { gelu, Matrix, type Tape } from "../training/tape.ts";

const BUNDLED = "/usr/lib/python3/dist-packages/sklearn/datasets/data/digits.csv.gz";
const SEED = 20261130;
const [SIDE, PATCH, CLASSES, BRIGHTEST] = [8, 2, 10, 16];
const [WIDTH, HEADS, HIDDEN, BLOCKS] = [24, 2, 48, 2];
const [STEPS, BATCH, RATE, DECAY] = [1_200, 32, 4e-3, 0.01];
const EPSILON = 1e-5;
const ACROSS = SIDE / PATCH;
const TOKENS = ACROSS * ACROSS;

interface Image {
  readonly pixels: readonly number[];
  readonly label: number;
}

/** The images of the file, without the held-out ones. */
function readImages(file: string): Image[] {
  const held = new Set(readDigits().map(({ input }) => new Float32Array(input.buffer).join()));
  const rows = gunzipSync(readFileSync(file)).toString().trim().split("\n").map((line) => line.split(",").map(Number));
  return rows
    .map((numbers) => ({ pixels: numbers.slice(0, SIDE * SIDE).map((pixel) => pixel / BRIGHTEST), label: numbers[SIDE * SIDE] }))
    .filter(({ pixels }) => !held.has(pixels.join()));
}

/** Weights and biases of a layer. */
const layer = (random: Random, inputs: number, outputs: number) => ({ weight: weights(random, inputs, outputs), bias: row(outputs) });
const norm = () => ({ scale: row(WIDTH, 1), bias: row(WIDTH) });

const newBlock = (random: Random) => ({
  before: norm(),
  ...{ query: layer(random, WIDTH, WIDTH), key: layer(random, WIDTH, WIDTH), value: layer(random, WIDTH, WIDTH), output: layer(random, WIDTH, WIDTH) },
  between: norm(),
  ...{ up: layer(random, WIDTH, HIDDEN), down: layer(random, HIDDEN, WIDTH) },
});
const newModel = (random: Random) => ({
  embedding: layer(random, PATCH * PATCH, WIDTH),
  position: weights(random, TOKENS, WIDTH),
  blocks: Array.from({ length: BLOCKS }, () => newBlock(random)),
  last: norm(),
  head: layer(random, WIDTH, CLASSES),
});

type Layer = ReturnType<typeof layer>;
type Norm = ReturnType<typeof norm>;
type Block = ReturnType<typeof newBlock>;
type Model = ReturnType<typeof newModel>;

const parametersOf = ({ embedding, position, blocks, last, head }: Model): Matrix[] => {
  const parts: readonly (Layer | Norm)[] = [embedding, ...blocks.flatMap((block) => Object.values(block)), last, head];
  return [position, ...parts.flatMap((part) => Object.values(part) as Matrix[])];
};

/** Pixels [images, 64] as patches [images * tokens, 4]. */
function patches(images: readonly (readonly number[])[]): Matrix {
  const pixels = images.flatMap((image) =>
    Array.from({ length: SIDE * SIDE }, (_, i) => {
      const [token, inside] = [Math.floor(i / (PATCH * PATCH)), i % (PATCH * PATCH)];
      const [down, along] = [Math.floor(token / ACROSS) * PATCH + Math.floor(inside / PATCH), (token % ACROSS) * PATCH + (inside % PATCH)];
      return image[down * SIDE + along];
    }),
  );
  return new Matrix(images.length * TOKENS, PATCH * PATCH, Float64Array.from(pixels));
}

/** The places [images * heads * tokens] of the parts of the tokens, head by head, among rows [images * tokens * heads]; and back. */
const headFirst = (images: number, [outer, inner]: readonly [number, number]): Int32Array =>
  Int32Array.from({ length: images * outer * inner }, (_, i) => {
    const [image, rest] = [Math.floor(i / (outer * inner)), i % (outer * inner)];
    return image * outer * inner + (rest % inner) * outer + Math.floor(rest / inner);
  });

const linear = (tape: Tape, x: Matrix, { weight, bias }: Layer): Matrix => tape.plus(tape.product(x, weight), bias);
const normalise = (tape: Tape, x: Matrix, { scale, bias }: Norm): Matrix => tape.plus(tape.times(tape.standardise(x, "rows", EPSILON)[0], scale), bias);

function attention(tape: Tape, x: Matrix, { query, key, value, output }: Block): Matrix {
  const images = x.rows / TOKENS;
  const [split, merge] = [headFirst(images, [HEADS, TOKENS]), headFirst(images, [TOKENS, HEADS])];
  const [q, k, v] = [query, key, value].map((part) => tape.gather(tape.reshape(linear(tape, x, part), WIDTH / HEADS), split));
  const groups = images * HEADS;
  const scores = tape.times(tape.product(q, k, { groups, transposed: true }), row(1, SCALE));
  const mixed = tape.product(tape.softmax(scores), v, { groups });
  return linear(tape, tape.reshape(tape.gather(mixed, merge), WIDTH), output);
}
const SCALE = 1 / Math.sqrt(WIDTH / HEADS);

/** Scores [images, classes]. */
function classify(tape: Tape, { embedding, position, blocks, last, head }: Model, images: readonly (readonly number[])[]): Matrix {
  const tokens = blocks.reduce((x, block) => {
    const attended = tape.plus(x, attention(tape, normalise(tape, x, block.before), block));
    const hidden = tape.map(linear(tape, normalise(tape, attended, block.between), block.up), gelu);
    return tape.plus(attended, linear(tape, hidden, block.down));
  }, tape.plus(linear(tape, patches(images), embedding), position));
  const mean = new Matrix(images.length, TOKENS, new Float64Array(images.length * TOKENS).fill(1 / TOKENS));
  return linear(tape, tape.product(mean, normalise(tape, tokens, last), { groups: images.length }), head);
}

function fileOf({ embedding, position, blocks, last, head }: Model): Uint8Array {
  const g = new Graph();
  const constant = (name: string, { rows, columns, values }: Matrix, dims = rows === 1 ? [columns] : [rows, columns]) => g.floats(name, dims, values);
  const project = (name: string, x: string, { weight, bias }: Layer): string =>
    g.node(name, "Add", [g.node(`${name}/product`, "MatMul", [x, constant(`${name}.weight`, weight)]), constant(`${name}.bias`, bias)]);
  const normal = (name: string, x: string, { scale, bias }: Norm): string =>
    g.node(name, "LayerNormalization", [x, constant(`${name}.scale`, scale), constant(`${name}.bias`, bias)], { axis: -1, epsilon: { float: EPSILON } });
  const split = g.integers("heads", [1, TOKENS, HEADS, WIDTH / HEADS]);
  const merged = g.integers("tokens", [1, TOKENS, WIDTH]);
  const scale = g.floats("scale", [], [SCALE]);

  const kernel = Array.from({ length: WIDTH * PATCH * PATCH }, (_, i) => embedding.weight.values[(i % (PATCH * PATCH)) * WIDTH + Math.floor(i / (PATCH * PATCH))]);
  const filters = [g.floats("patches.weight", [WIDTH, 1, PATCH, PATCH], kernel), constant("patches.bias", embedding.bias)];
  const map = g.node("patches", "Conv", ["image", ...filters], { kernel_shape: [PATCH, PATCH], strides: [PATCH, PATCH] });
  const rows = g.node("patches/rows", "Reshape", [map, g.integers("channels", [1, WIDTH, TOKENS])]);
  const placed = g.node("tokens/placed", "Add", [g.node("tokens/list", "Transpose", [rows], { perm: [0, 2, 1] }), constant("position", position)]);
  const tokens = blocks.reduce((x, block, i) => {
    const at = `block${i + 1}`;
    const seen = normal(`${at}/before`, x, block.before);
    const heads = (part: "query" | "key" | "value", perm: readonly number[]): string =>
      g.node(`${at}/${part}/heads`, "Transpose", [g.node(`${at}/${part}/split`, "Reshape", [project(`${at}/${part}`, seen, block[part]), split])], { perm });
    const scores = g.node(`${at}/scores`, "MatMul", [heads("query", [0, 2, 1, 3]), heads("key", [0, 2, 3, 1])]);
    const shares = g.node(`${at}/shares`, "Softmax", [g.node(`${at}/scaled`, "Mul", [scores, scale])], { axis: -1 });
    const mixed = g.node(`${at}/mixed`, "Transpose", [g.node(`${at}/mix`, "MatMul", [shares, heads("value", [0, 2, 1, 3])])], { perm: [0, 2, 1, 3] });
    const attended = g.node(`${at}/attended`, "Add", [x, project(`${at}/output`, g.node(`${at}/merged`, "Reshape", [mixed, merged]), block.output)]);
    const up = project(`${at}/up`, normal(`${at}/between`, attended, block.between), block.up);
    return g.node(at, "Add", [attended, project(`${at}/down`, g.node(`${at}/gelu`, "Gelu", [up], { approximate: "tanh" }), block.down)]);
  }, placed);
  const mean = g.node("mean", "ReduceMean", [normal("last", tokens, last), g.integers("axes", [1])], { keepdims: 0 });
  g.node("head", "Gemm", [mean, constant("head.weight", head.weight), constant("head.bias", head.bias)], {}, ["scores"]);
  return g.model("digits-vit", { name: "image", dims: [1, 1, SIDE, SIDE] }, { name: "scores", dims: [1, CLASSES] });
}

/** @param file scikit-learn's digits.csv.gz */
export function train(file = BUNDLED): Uint8Array {
  const images = readImages(file);
  const random = new Random(SEED);
  const model = newModel(random);
  fit({
    parameters: parametersOf(model),
    ...{ steps: STEPS, rate: RATE, decay: DECAY },
    loss(tape) {
      const batch = Array.from({ length: BATCH }, () => images[Math.floor(random.unit() * images.length)]);
      return tape.crossEntropy(classify(tape, model, batch.map(({ pixels }) => pixels)), batch.map(({ label }) => label));
    },
  });
  return fileOf(model);
}
