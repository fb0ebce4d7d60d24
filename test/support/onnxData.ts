import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { create } from "@bufbuild/protobuf";
import { TensorProtoSchema } from "../../core/onnx/onnx_pb.js";
import { encodeModel, parseModel } from "../../core/onnx/model.ts";
import { numbersOf, readConstant } from "../../core/onnx/tensor.ts";
import { Random } from "../../core/math/random.ts";

/** Folder with the ONNX project's test models, which are not part of this repository; undefined where it is absent. */
export const onnxData: string | undefined = [
  process.env.OPG_ONNX_DATA,
  fileURLToPath(new URL("../../../shared/data", import.meta.url)),
].find((path) => path !== undefined && existsSync(path));

/** The "light" architectures: real graphs whose weights come from ConstantOfShape nodes. */
export const lightModels = ["squeezenet", "resnet50", "vgg19", "densenet121", "inception_v1"] as const;

/** A light model with seeded He-random weights in the place of its constant ones. */
export function readLightModel(folder: string, name: (typeof lightModels)[number]): Uint8Array {
  const model = parseModel(readFileSync(`${folder}/onnx-light/light_${name}.onnx`));
  const { graph } = model;
  const random = new Random(20261120);
  const shapes = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const readers = new Map(graph.node.flatMap((node) => node.input.map((input, i) => [input, { op: node.opType, i }] as const)));
  for (const node of graph.node.filter(({ opType }) => opType === "ConstantOfShape")) {
    const dims = numbersOf(readConstant(shapes.get(node.input[0])!));
    const size = dims.reduce((a, b) => a * b, 1);
    const fanIn = dims.length > 1 ? size / dims[0] : 1;
    const reader = readers.get(node.output[0]);
    const draw = (): number => {
      if (reader?.op === "BatchNormalization" && (reader.i === 1 || reader.i === 4)) return 1 + 0.1 * Math.abs(random.normal());
      return random.normal() * (dims.length > 1 ? Math.sqrt(2 / fanIn) : 0.1);
    };
    const values = Float32Array.from({ length: size }, draw);
    graph.initializer.push(
      create(TensorProtoSchema, { name: node.output[0], dataType: 1, dims: dims.map(BigInt), rawData: new Uint8Array(values.buffer) }),
    );
  }
  graph.node = graph.node.filter(({ opType }) => opType !== "ConstantOfShape");
  return encodeModel(model);
}

/** One of the ONNX project's operator tests. */
export interface NodeTest {
  readonly name: string;
  readonly model: Uint8Array;
  /** TensorProto files by name: input_0.pb, output_0.pb, … */
  readonly values: ReadonlyMap<string, Uint8Array>;
}

/** The operator tests in the archive of the data folder. */
export function readNodeTests(folder: string): NodeTest[] {
  const tar = gunzipSync(readFileSync(`${folder}/onnx-node.tar.gz`));
  const tests = new Map<string, { model?: Uint8Array; values: Map<string, Uint8Array> }>();
  const text = (from: number, length: number) => tar.toString("latin1", from, from + length).replace(/\0.*$/s, "");
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const prefix = text(at + 345, 155);
    const path = prefix === "" ? text(at, 100) : `${prefix}/${text(at, 100)}`;
    const size = parseInt(text(at + 124, 12), 8);
    const [, name, rest] = /([^/]+)\/(model\.onnx|test_data_set_0\/.*\.pb)$/.exec(path) ?? [];
    if (name !== undefined) {
      const test = tests.get(name) ?? { values: new Map<string, Uint8Array>() };
      const data = new Uint8Array(tar.subarray(at + 512, at + 512 + size));
      if (rest === "model.onnx") test.model = data;
      else test.values.set(rest.slice("test_data_set_0/".length), data);
      tests.set(name, test);
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return [...tests].flatMap(([name, { model, values }]) => (model === undefined ? [] : [{ name, model, values }]));
}
