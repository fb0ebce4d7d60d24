import * as ort from "onnxruntime-node";
import { lower } from "../../core/compile/lower/lower.ts";
import { valueTypes } from "../../core/compile/shapes.ts";
import { encodeModel, parseModel, type OnnxModel } from "../../core/onnx/model.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";
import { CANONICAL } from "./ort.ts";

const typesOf = (model: OnnxModel) => valueTypes(model, ortRuntime);

/** The file with its nodes lowered in the portable form, as often as there is one to lower. */
export async function loweredFile(file: Uint8Array): Promise<Uint8Array> {
  const model = parseModel(file);
  await lower(model, await typesOf(parseModel(file)), typesOf, { form: "portable" });
  return encodeModel(model);
}

export const domainsOf = (file: Uint8Array): string[] => [...new Set(parseModel(file).graph.node.map(({ domain }) => domain))];
export const nodesOf = (file: Uint8Array): string[] => parseModel(file).graph.node.map(({ opType }) => opType);

export type Feeds = Readonly<Record<string, ort.Tensor>>;

export const floats = (dims: readonly number[], values: ArrayLike<number>): ort.Tensor => new ort.Tensor("float32", Float32Array.from(values), [...dims]);

/** The results of a file, run as it is, on every one of the feeds. */
export async function resultsOf(file: Uint8Array, feeds: readonly Feeds[]): Promise<Record<string, ort.Tensor>[]> {
  const session = await ort.InferenceSession.create(file, CANONICAL);
  try {
    const results: Record<string, ort.Tensor>[] = [];
    for (const each of feeds) results.push({ ...(await session.run(each)) });
    return results;
  } finally {
    await session.release();
  }
}

/** How two results of one output differ. */
export interface Distance {
  readonly shape: string;
  /** Elements that are not the same number; NaN is one. */
  readonly different: number;
  /** The largest distance, of the size of the first's number or 1; infinite where one alone is finite. */
  readonly largest: number;
}

/** How the results of two files differ, output by output, over all feeds. Throws where types or shapes do. */
export async function distances(source: Uint8Array, written: Uint8Array, feeds: readonly Feeds[]): Promise<Record<string, Distance>> {
  const [expected, given] = [await resultsOf(source, feeds), await resultsOf(written, feeds)];
  return Object.fromEntries(
    Object.keys(expected[0]).map((output) => {
      let [different, largest] = [0, 0];
      const shapes = expected.map((results, i) => {
        const [a, b] = [results[output], given[i][output]];
        const shape = `${a.type} [${a.dims.join(", ")}]`;
        if (shape !== `${b.type} [${b.dims.join(", ")}]`) throw new Error(`${output} is ${shape} in the source, ${b.type} [${b.dims.join(", ")}] as it is written`);
        const [x, y] = [a, b].map(({ data }) => Array.from(data as ArrayLike<number | bigint>, Number));
        x.forEach((value, at) => {
          if (value === y[at] || (Number.isNaN(value) && Number.isNaN(y[at]))) return;
          different++;
          largest = Math.max(largest, Number.isFinite(value) && Number.isFinite(y[at]) ? Math.abs(value - y[at]) / Math.max(1, Math.abs(value)) : Infinity);
        });
        return shape;
      });
      return [output, { shape: shapes[0], different, largest }] as const;
    }),
  );
}
