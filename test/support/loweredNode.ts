import * as ort from "onnxruntime-node";
import { lower } from "../../core/compile/lower/lower.ts";
import { valueTypes } from "../../core/compile/shapes.ts";
import { encodeModel, parseModel, type OnnxModel } from "../../core/onnx/model.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";
import { oneNodeModel, type Attribute } from "./onnxModel.ts";
import { CANONICAL, toOrt, type NodeInput } from "./ort.ts";

/** A node with the values of its inputs. */
export interface GivenNode {
  readonly op: string;
  readonly domain?: string;
  readonly opset?: number;
  readonly inputs: readonly (NodeInput | null)[];
  readonly attributes?: Readonly<Record<string, Attribute | undefined>>;
  /** Element types of its outputs. */
  readonly outputs?: readonly number[];
}

const typesOf = (model: OnnxModel) => valueTypes(model, ortRuntime);

/** The model of a node: its inputs are those of the graph, or constants. */
export function fileOf({ inputs, attributes = {}, outputs = [1], ...node }: GivenNode): Uint8Array {
  const stated = Object.entries(attributes).flatMap(([name, value]): [string, Attribute][] => (value === undefined ? [] : [[name, value]]));
  return oneNodeModel({
    ...node,
    inputs: inputs.map((input) => input && { dtype: input.dtype, dims: input.dims, ...(input.constant === true && { raw: input.raw }) }),
    attributes: Object.fromEntries(stated),
    outputs: outputs.map((dtype) => ({ dtype })),
  });
}

/** The file with its nodes written in terms of others; undefined where none was. */
export async function loweredFile(file: Uint8Array): Promise<Uint8Array | undefined> {
  const model = parseModel(file);
  return (await lower(model, await typesOf(parseModel(file)), typesOf, { form: "portable" })) ? encodeModel(model) : undefined;
}

export interface Result {
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

/** What plain onnxruntime gives for the values of the inputs. */
export async function resultsOf(file: Uint8Array, { inputs, outputs = [1] }: GivenNode): Promise<Result[]> {
  const session = await ort.InferenceSession.create(file, CANONICAL);
  try {
    const feeds = inputs.flatMap((input, i) => (input === null || input.constant === true ? [] : [[`x${i}`, toOrt(input)] as const]));
    const results = await session.run(Object.fromEntries(feeds));
    return outputs.map((_, i) => ({ dims: results[`y${i}`].dims, values: Array.from(results[`y${i}`].data as Iterable<number | bigint>, Number) }));
  } finally {
    await session.release();
  }
}

/** The largest distance between two results, of the size of the first's number or 1; infinite where only one is finite. */
export const farthest = (a: Result, b: Result): number =>
  a.values.reduce((most, value, i) => {
    const other = b.values[i];
    if (Object.is(value, other) || value === other) return most;
    return Number.isFinite(value) && Number.isFinite(other) ? Math.max(most, Math.abs(value - other) / Math.max(1, Math.abs(value))) : Infinity;
  }, 0);
