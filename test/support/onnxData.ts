import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { create } from "@bufbuild/protobuf";
import { TensorProtoSchema } from "../../oracle/core/onnx/onnx_pb.js";
import { encodeModel, parseModel } from "../../oracle/core/onnx/model.ts";
import { numbersOf, readConstant } from "../../oracle/core/onnx/tensor.ts";
import { Random } from "../../oracle/core/math/random.ts";

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
